/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/http/guard.h"

#include <string.h>
#include <strings.h>

/* How often the headers occur that decide where a request ends and whom it is for. */
struct census {
    int lengths;
    int codings;
    int hosts;
    int authorizations;
    bool is_misnamed;
    bool is_not_a_count; /* a Content-Length that is not digits alone */
};

static bool is_token(const char *name)
{
    for (const char *c = name; *c != '\0'; c++) {
        if (*c <= 0x20 || *c == 0x7F) {
            return false;
        }
    }
    return *name != '\0';
}

static enum MHD_Result count_header(void *context, enum MHD_ValueKind kind, const char *name,
                                    const char *value)
{
    struct census *census = context;
    (void) kind;
    census->is_misnamed |= !is_token(name);
    census->lengths += strcasecmp(name, "Content-Length") == 0;
    census->codings += strcasecmp(name, "Transfer-Encoding") == 0;
    census->hosts += strcasecmp(name, "Host") == 0;
    census->authorizations += strcasecmp(name, "Authorization") == 0;
    if (strcasecmp(name, "Content-Length") == 0) {
        census->is_not_a_count |=
            value == NULL || *value == '\0' || value[strspn(value, "0123456789")] != '\0';
    }
    return MHD_YES;
}

const char *http_guard_refusal(struct MHD_Connection *connection, const char *version)
{
    struct census census = {0};
    (void) MHD_get_connection_values(connection, MHD_HEADER_KIND, count_header, &census);
    if (census.is_misnamed) {
        return "a header's name is malformed";
    }
    if (census.lengths > 1 || census.codings > 1 || (census.lengths > 0 && census.codings > 0) ||
        census.is_not_a_count) {
        return "the length of the body is ambiguous";
    }
    if (census.hosts > 1 || (census.hosts == 0 && strcmp(version, MHD_HTTP_VERSION_1_1) == 0)) {
        return "send exactly one Host";
    }
    return census.authorizations > 1 ? "send Authorization once" : NULL;
}

bool http_guard_has_body(struct MHD_Connection *connection)
{
    const char *length = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Content-Length");
    const char *coding =
        MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Transfer-Encoding");
    return coding != NULL || (length != NULL && strspn(length, "0") != strlen(length));
}
