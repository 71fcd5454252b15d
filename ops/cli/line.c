/* SPDX-License-Identifier: Apache-2.0 */
#include "ops/cli/line.h"

#include <string.h>

#include "lib/json/document.h"

static bool keep(const char *text, size_t size, char *out, size_t out_size, struct emis_error *err)
{
    if (size + 1 > out_size) {
        return emis_error_set(err, E_ENV_FIELD, "unit is longer than %zu bytes", out_size - 1);
    }
    memcpy(out, text, size);
    out[size] = '\0';
    return true;
}

/* Behind the closing quote of a string whose opening quote is at `at`, or NULL. */
static const char *skip_string(const char *at, const char *end)
{
    for (at++; at < end; at++) {
        if (*at == '\\') {
            at++;
        } else if (*at == '"') {
            return at + 1;
        }
    }
    return NULL;
}

static const char *skip_space(const char *at, const char *end)
{
    while (at < end && (*at == ' ' || *at == '\t' || *at == '\n' || *at == '\r')) {
        at++;
    }
    return at;
}

/* The string value of "unit" in the outermost object: its first byte, or NULL when the walk does
 * not find one. */
static const char *find_unit(const char *text, const char *end, size_t *ret_size)
{
    int depth = 0;

    for (const char *at = text; at != NULL && at < end;) {
        if (*at == '"') {
            const char *after = skip_string(at, end),
                       *next = after == NULL ? NULL : skip_space(after, end);

            if (depth == 1 && next != NULL && next < end && *next == ':' && after - at == 6 &&
                memcmp(at, "\"unit\"", 6) == 0) {
                next = skip_space(next + 1, end);
                after = next < end && *next == '"' ? skip_string(next, end) : NULL;
                *ret_size = after == NULL ? 0 : (size_t) (after - next) - 2;
                return after == NULL || memchr(next, '\\', *ret_size + 2) != NULL ? NULL : next + 1;
            }
            at = after;
        } else {
            depth += (*at == '{' || *at == '[') - (*at == '}' || *at == ']');
            at++;
        }
    }
    return NULL;
}

bool cli_line_unit(const char *text, size_t size, char *out, size_t out_size,
                   struct emis_error *err)
{
    struct json_document *document;
    const char *unit;
    size_t unit_size;
    bool ok;

    unit = find_unit(text, text + size, &unit_size);
    if (unit != NULL && unit_size > 0) {
        return keep(unit, unit_size, out, out_size, err);
    }
    if (!json_document_new(text, size, &json_limits_file, &document, err)) {
        return false;
    }
    ok = json_value_string(json_value_get(json_document_root(document), "unit"), &unit,
                           &unit_size) &&
         unit_size > 0;
    ok = ok ? keep(unit, unit_size, out, out_size, err)
            : emis_error_set(err, E_ENV_FIELD, "there is no unit to take the record's key from");
    json_document_free(document);
    return ok;
}
