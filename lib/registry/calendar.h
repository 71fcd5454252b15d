/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Import of a calendar: school years, terms and campaigns become periods (with their days, weeks,
 * months and quarters); a week begins on the catalogue's day and has the code of the ISO week of
 * its Thursday; weekends, exams and holidays of an area, or of its places with one code of an
 * attribute, become closed days. A unit follows the calendar of its nearest area that has one,
 * itself included, and there the one of its attribute before the plain one. A list is the full
 * statement about the closed days of the dates that its rows cover, for the areas that it names.
 * Days on which a school or an area is an exception go before all calendars; the nearest unit's
 * holds. Checked as a whole and applied in one transaction, or not at all. Blocking; the
 * connection's thread.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/catalogue/catalogue.h"
#include "lib/registry/change.h"

struct store_connection;

/* Every cell as text; NULL or "" is empty. Borrowed during the call. */
struct registry_calendar_row {
    size_t line;      /* for mistakes */
    const char *kind; /* school_year, term, campaign, weekend, exam, holiday, closed, open, usual */
    const char *code; /* SY2022, SY2022-T1, a campaign's own, mon .. sun, or empty */
    const char *area; /* weekend, exam, holiday: code of the area; empty: the country. closed, open,
                         usual: of the school or area */
    const char *starts_on;         /* YYYY-MM-DD, first day */
    const char *ends_on;           /* last day */
    const char *reason;            /* exam, holiday: its name; closed, open: why */
    const char *const *attributes; /* one code per attribute of the catalogue, in its order; NULL
                                      or "": none. Weekend, exam, holiday: of which places */
};

struct registry_calendar_options {
    bool is_dry_run;
    registry_mistake_fn *on_mistake; /* may be NULL; called for every mistake */
    void *context;
};

struct registry_calendar_summary {
    int64_t version; /* the new ref.version, or 0 when nothing changed */
    int64_t new_periods;
    int64_t new_closed_days;
    int64_t ended_closed_days;
    int64_t new_calendars;
    int64_t changed_exceptions; /* ended and new */
    int64_t dirty_rows;
};

/*
 * conn must be idle. E_REGISTRY: bad cells, school years that overlap or leave a gap, terms that
 * overlap or lie outside their year, a known period with other dates, doubled days, unknown areas,
 * an area whose calendars would be told apart by two attributes;
 * on_mistake has told each, err holds the first with its column as pointer; nothing was applied. A
 * dry run does everything and rolls back.
 */
bool registry_calendar_import(struct store_connection *conn, const struct catalogue *catalogue,
                              const struct registry_calendar_row *rows, size_t count,
                              const struct registry_calendar_options *options,
                              struct registry_calendar_summary *ret_summary,
                              struct emis_error *err) EMIS_MUST_CHECK;
