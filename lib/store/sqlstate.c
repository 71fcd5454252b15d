/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/store/sqlstate.h"

#include <stddef.h>
#include <string.h>

#include "lib/base/error.h"

struct rule {
    const char *prefix; /* of the SQLSTATE: two characters are a class, five a code */
    enum store_sqlstate_action action;
};

/* The table of guarantee G14; the first prefix that fits decides, what fits none is unknown and
 * pauses. */
static const struct rule rules[] = {
    {"08", STORE_SQLSTATE_RECONNECT},    {"57P01", STORE_SQLSTATE_RECONNECT},
    {"57P02", STORE_SQLSTATE_RECONNECT}, {"57P03", STORE_SQLSTATE_RECONNECT},
    {"57P05", STORE_SQLSTATE_RECONNECT}, {"53300", STORE_SQLSTATE_RECONNECT},
    {"40001", STORE_SQLSTATE_RETRY_NOW}, {"40P01", STORE_SQLSTATE_RETRY_NOW},
    {"55P03", STORE_SQLSTATE_RETRY_NOW}, {"57014", STORE_SQLSTATE_HALVE},
    {"54000", STORE_SQLSTATE_POISON},    {"44000", STORE_SQLSTATE_POISON},
    {"22", STORE_SQLSTATE_POISON},       {"23", STORE_SQLSTATE_POISON},
};

static bool has_prefix(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

enum store_sqlstate_action store_sqlstate_classify(const char *sqlstate, bool connection_lost,
                                                   const char *constraint)
{
    if (connection_lost || sqlstate == NULL || sqlstate[0] == '\0')
        return STORE_SQLSTATE_RECONNECT;
    const bool is_named = constraint != NULL && constraint[0] != '\0';
    /* No partition for the row: the schema's fault, not the datum's. */
    if (strcmp(sqlstate, "23514") == 0 && !is_named)
        return STORE_SQLSTATE_PAUSE;
    if (strcmp(sqlstate, "23505") == 0 && is_named) {
        if (has_prefix(constraint, "ledger_"))
            return STORE_SQLSTATE_FENCED_LEDGER;
        if (has_prefix(constraint, "submission_"))
            return STORE_SQLSTATE_RETRY_BATCH;
    }
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
        if (has_prefix(sqlstate, rules[i].prefix))
            return rules[i].action;
    }
    return STORE_SQLSTATE_PAUSE;
}

const char *store_sqlstate_action_name(enum store_sqlstate_action action)
{
    static const char *const names[] = {"none",  "reconnect",     "retry_now",   "halve",
                                        "pause", "fenced_ledger", "retry_batch", "poison"};
    EMIS_ASSERT((size_t) action < sizeof names / sizeof names[0]);
    return names[action];
}
