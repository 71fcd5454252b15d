/* SPDX-License-Identifier: Apache-2.0 */
/* How the period of each kind is written. Whether such a period is in a calendar is the registry's
 * affair. */
#include <string.h>

#include "lib/base/date.h"
#include "lib/base/text.h"
#include "lib/submission/draft.h"

/* '0' stands for a digit, everything else for itself. */
static const char *const patterns[CATALOGUE_PERIOD_KINDS] = {
    [CATALOGUE_DAY] = "0000-00-00", [CATALOGUE_WEEK] = "0000-W00",
    [CATALOGUE_MONTH] = "0000-00",  [CATALOGUE_QUARTER] = "0000-Q0",
    [CATALOGUE_TERM] = "SY0000-T0", [CATALOGUE_SCHOOL_YEAR] = "SY0000",
    [CATALOGUE_CAMPAIGN] = NULL,
};

static bool has_pattern(const char *pattern, const char *text, size_t size)
{
    if (strlen(pattern) != size) {
        return false;
    }
    for (size_t i = 0; i < size; i++) {
        bool is_digit = text[i] >= '0' && text[i] <= '9';
        if (pattern[i] == '0' ? !is_digit : text[i] != pattern[i]) {
            return false;
        }
    }
    return true;
}

/* A campaign or round has a code of its own, such as DBT-2025. */
static bool is_campaign(const char *text, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        bool is_letter = text[i] >= 'A' && text[i] <= 'Z';
        bool is_other = (text[i] >= '0' && text[i] <= '9') || text[i] == '-' || text[i] == '_';
        if (!is_letter && (i == 0 || !is_other)) {
            return false;
        }
    }
    return size > 0 && size <= 40;
}

/* The number after the year exists: month 13 does not, week 53 only in a long year. */
static bool is_number_there(enum catalogue_period_kind kind, const char *text)
{
    int year =
        (text[0] - '0') * 1000 + (text[1] - '0') * 100 + (text[2] - '0') * 10 + (text[3] - '0');
    int iso_year = 0;
    int week = 0;
    switch (kind) {
    case CATALOGUE_WEEK:
        week = (text[6] - '0') * 10 + (text[7] - '0');
        if (week < 1 || week > 53 || year < 1900) {
            return false;
        }
        int wanted = week;
        emis_date_iso_week(emis_date_of_iso_week(year, wanted), &iso_year, &week);
        return iso_year == year && week == wanted;
    case CATALOGUE_MONTH:
        return memcmp(text + 5, "01", 2) >= 0 && memcmp(text + 5, "12", 2) <= 0;
    case CATALOGUE_QUARTER:
        return text[6] >= '1' && text[6] <= '4';
    default:
        return true;
    }
}

bool submission_period_check(enum catalogue_period_kind kind, const char *text, size_t size,
                             struct emis_error *err)
{
    bool is_good = kind == CATALOGUE_CAMPAIGN ? is_campaign(text, size)
                                              : has_pattern(patterns[kind], text, size);
    int32_t day;
    if (!is_good) {
        return emis_error_set(err, E_PERIOD_KIND, "the form's period is a %s",
                              catalogue_period_kind_name(kind));
    }
    if (kind == CATALOGUE_DAY) {
        return emis_date_parse(text, size, &day, err);
    }
    if (!is_number_there(kind, text)) {
        return emis_error_set(err, E_DATE_INVALID, "there is no such %s",
                              catalogue_period_kind_name(kind));
    }
    return true;
}
