/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A time-true answer: an indicator in a period, as of a day or as it was, as known now or then,
 * made in temporary tables of one session by the rules that fill the mart
 * (lib/catalogue/refresh.h). Reads one snapshot, writes nothing. One thread; one answer at a time,
 * and one that was kept.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/error.h"

struct catalogue;
struct cli_context;
struct store_connection;

struct cli_answer {
    struct cli_context *cli;
    struct store_connection *conn;
    struct catalogue *catalogue;
    int64_t version;       /* of ref.version, that the catalogue was read at */
    const char *indicator; /* its code */
    bool is_whole;         /* with every cut, not only the one asked for */
    struct cli_answer_period {
        int32_t key, starts_on;
    } periods[2];        /* the one asked for; that of the same kind before */
    size_t period_count; /* 0: there is no such period, and an answer has no cells */
    bool is_narrow;      /* a day or week: some cuts are not kept */
    char day[16];        /* of the present answer; "": as was */
};

/* Connect for --indicator and --period of the command. Released also after a failure. E_USAGE,
 * E_REGISTRY_MOVED, E_DATABASE. */
bool cli_answer_init(struct cli_answer *answer, struct cli_context *cli,
                     struct emis_error *err) EMIS_MUST_CHECK;
/* The steps of it: connect and read the catalogue; make tables, and the statements of the catalogue
 * as it now is; begin a snapshot, in which the registry is that of the catalogue; choose the
 * period.
 */
bool cli_answer_open(struct cli_answer *answer, struct cli_context *cli, const char *indicator,
                     struct emis_error *err) EMIS_MUST_CHECK;
bool cli_answer_prepare(struct cli_answer *answer, struct emis_error *err) EMIS_MUST_CHECK;
bool cli_answer_begin(struct cli_answer *answer, struct emis_error *err) EMIS_MUST_CHECK;
bool cli_answer_choose(struct cli_answer *answer, const char *period,
                       struct emis_error *err) EMIS_MUST_CHECK;
/* as_of: a day, "today" or "was"; known: a day, an instant or "now"; NULL: was, now. E_USAGE,
 * E_NOT_FOUND when the registry does not reach back to the day. */
bool cli_answer_make(struct cli_answer *answer, const char *as_of, const char *known,
                     struct emis_error *err) EMIS_MUST_CHECK;
/* As was, computed anew from the submissions that are current; what is derived, from what it rests
 * on as the mart has it. */
bool cli_answer_make_anew(struct cli_answer *answer, struct emis_error *err) EMIS_MUST_CHECK;
/* Put the present answer aside as the first of two. */
bool cli_answer_keep(struct cli_answer *answer, struct emis_error *err) EMIS_MUST_CHECK;
void cli_answer_release(struct cli_answer *answer);
