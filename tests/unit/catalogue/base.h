/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A small sound catalogue in memory, and edits of it: replace one text in one file, replace a file,
 * remove it, add one. Tests change one thing and look at what is reported.
 */
#pragma once

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/arena.h"
#include "lib/base/buffer.h"
#include "lib/base/memory.h"
#include "lib/catalogue/catalogue.h"

#define BASE_FILES_MAX    32
#define BASE_MISTAKES_MAX 2000

struct base_mistake {
    char path[64], pointer[128], reason[400];
};

struct base {
    struct catalogue_document documents[BASE_FILES_MAX];
    char *bodies[BASE_FILES_MAX];
    size_t count;
    struct base_mistake *mistakes;
    size_t mistake_count;
    struct catalogue *catalogue; /* NULL when it did not compile */
    struct emis_error err;
};

static const char *const base_files[][2] = {
    {"levels.json", "{\"levels\":[\"country\",\"district\",\"school\"]}"},
    {"attributes.json", "{\"attributes\":[{\"code\":\"owner\",\"list\":\"owner\"}]}"},
    {"codelists/owner.json", "{\"code\":\"owner\",\"codes\":[\"state\",\"private\"]}"},
    {"codelists/sex.json", "{\"code\":\"sex\",\"codes\":[\"m\",\"f\"]}"},
    {"codelists/grade.json", "{\"code\":\"grade\",\"codes\":[\"1\",\"2\"]}"},
    {"forms/COUNT.v1.json",
     "{\"code\":\"COUNT\",\"version\":1,\"valid_from\":\"2000-01-01\",\"period_kind\":\"month\","
     "\"unit_levels\":[\"school\"],"
     "\"key_parts\":[{\"name\":\"round\",\"type\":\"int\",\"min\":1,\"max\":9}],\"owed\":\"owner = "
     "'state'\","
     "\"deadline\":{\"from\":\"end\",\"days\":5,\"time\":\"12:30\"},"
     "\"groups\":[{\"code\":\"form\",\"rows\":\"one\",\"fields\":["
     "{\"name\":\"total\",\"type\":\"int\",\"required\":false,\"missing\":\"a check\"},"
     "{\"name\":\"money\",\"type\":\"decimal\",\"scale\":2,\"max\":1000.5},{\"name\":\"note\","
     "\"type\":\"text\",\"text_max\":50}]},"
     "{\"code\":\"pupil\",\"rows\":\"many\",\"rows_min\":1,\"rows_max\":10,\"keys\":[{\"name\":"
     "\"grade\",\"type\":\"code\",\"list\":"
     "\"grade\"},"
     "{\"name\":\"sex\",\"type\":\"code\",\"list\":\"sex\"}],\"fields\":[{\"name\":\"present\","
     "\"type\":\"int\",\"max\":99},"
     "{\"name\":\"enrolled\",\"type\":\"int\",\"max\":99}]}],"
     "\"rules\":[{\"code\":\"R_PRESENT\",\"group\":\"pupil\",\"check\":\"present <= "
     "enrolled\",\"severity\":\"reject\",\"error\":\"E_RULE\","
     "\"pointer\":\"/present\"},"
     "{\"code\":\"R_TOTAL\",\"check\":\"sum(pupil.present) = "
     "total\",\"severity\":\"reject\",\"error\":\"E_SUM\",\"pointer\":\"/total\"}]}"},
    {"indicators/RATE.v1.json",
     "{\"code\":\"RATE\",\"version\":1,\"valid_from\":\"2000-01-01\",\"class\":\"R\",\"unit\":"
     "\"percent\",\"factor\":100,\"decimals\":1,"
     "\"direction\":1,\"form\":\"COUNT\",\"group\":\"pupil\",\"numerator\":\"present\","
     "\"denominator\":\"enrolled\",\"where\":\"grade = "
     "'1'\","
     "\"cuts\":[\"sex\",\"owner\"],\"day_cuts\":[\"sex\"],\"periods\":[\"month\",\"school_year\"],"
     "\"definition\":\"d\",\"source\":\"s\"}"},
    {"indicators/PARITY.v1.json",
     "{\"code\":\"PARITY\",\"version\":1,\"valid_from\":\"2000-01-01\",\"class\":\"D\",\"unit\":"
     "\"index\",\"factor\":1,\"decimals\":3,"
     "\"direction\":0,\"values\":{\"girls\":{\"indicator\":\"RATE\",\"cut\":{\"sex\":\"f\"}},"
     "\"pupils\":{\"indicator\":\"RATE\"}},\"numerator\":\"girls\",\"denominator\":\"pupils\","
     "\"cuts\":[],\"day_cuts\":[],\"periods\":[\"month\"],\"definition\":\"d\",\"source\":\"s\"}"},
    {"indicators/CAME.v1.json", "{\"code\":\"CAME\",\"version\":1,\"valid_from\":\"2000-01-01\","
                                "\"class\":\"coverage\",\"unit\":\"percent\",\"factor\":100,"
                                "\"decimals\":1,\"direction\":1,\"cuts\":[\"form\"],\"periods\":["
                                "\"month\"],\"definition\":\"d\",\"source\":\"s\"}"},
    {"labels/en.json", "{\"level.country\":\"Country\",\"level.district\":\"District\",\"level."
                       "school\":\"School\",\"attribute.owner\":\"Owner's kind\","
                       "\"list.owner\":\"Owner\",\"code.owner.state\":\"State\",\"code.owner."
                       "private\":\"Private\",\"list.sex\":\"Sex\",\"code.sex.m\":"
                       "\"Boys\","
                       "\"code.sex.f\":\"Girls\",\"list.grade\":\"Grade\",\"code.grade.1\":\"One\","
                       "\"code.grade.2\":\"Two\",\"form.COUNT\":\"Count\","
                       "\"key.COUNT.round\":\"Round\",\"group.COUNT.form\":\"Month\",\"group.COUNT."
                       "pupil\":\"Pupils\",\"field.COUNT.form.total\":\"Total\","
                       "\"field.COUNT.form.money\":\"Money\",\"field.COUNT.form.note\":\"Note\","
                       "\"field.COUNT.pupil.grade\":\"Grade\","
                       "\"field.COUNT.pupil.sex\":\"Sex\",\"field.COUNT.pupil.present\":\"Present "
                       "| here\",\"field.COUNT.pupil.enrolled\":\"Enrolled\","
                       "\"rule.R_PRESENT\":\"Present\",\"rule.R_TOTAL\":\"Total\",\"indicator."
                       "RATE\":\"Rate\",\"indicator.PARITY\":\"Parity\","
                       "\"indicator.CAME\":\"Came\"}"},
};

/* path with this body; body NULL removes it. */
static inline void base_put(struct base *base, const char *path, const char *body)
{
    size_t at = 0;
    while (at < base->count && strcmp(base->documents[at].path, path) != 0)
        at++;
    if (at < base->count)
        free(base->bodies[at]);
    if (body == NULL) {
        base->count--;
        base->documents[at] = base->documents[base->count];
        base->bodies[at] = base->bodies[base->count];
        return;
    }
    assert_true(at < BASE_FILES_MAX);
    base->bodies[at] = emis_strdup(body);
    base->documents[at] = (struct catalogue_document){path, base->bodies[at], strlen(body)};
    base->count += at == base->count;
}

static inline const char *base_body(const struct base *base, const char *path)
{
    for (size_t i = 0; i < base->count; i++) {
        if (strcmp(base->documents[i].path, path) == 0)
            return base->bodies[i];
    }
    fail_msg("no file %s", path);
    return "";
}

/* In the file, the first `from` becomes `to`. from must be there: an edit that changes nothing
 * proves nothing. */
static inline void base_edit(struct base *base, const char *path, const char *from, const char *to)
{
    const char *body = base_body(base, path);
    const char *at = strstr(body, from);
    if (at == NULL)
        fail_msg("%s does not hold %s", path, from);
    char *edited = emis_format_new("%.*s%s%s", (int) (at - body), body, to, at + strlen(from));
    base_put(base, path, edited);
    free(edited);
}

/* Add members to an object whose text ends in }. */
static inline void base_extend(struct base *base, const char *path, const char *members)
{
    const char *body = base_body(base, path);
    char *edited = emis_format_new("%.*s,%s}", (int) strlen(body) - 1, body, members);
    base_put(base, path, edited);
    free(edited);
}

static inline struct base *base_new(void)
{
    struct base *base = emis_calloc(1, sizeof *base);
    base->mistakes = emis_calloc(BASE_MISTAKES_MAX, sizeof *base->mistakes);
    for (size_t i = 0; i < sizeof base_files / sizeof *base_files; i++)
        base_put(base, base_files[i][0], base_files[i][1]);
    return base;
}

static inline void base_note(void *context, const char *path, const char *pointer,
                             const char *reason)
{
    struct base *base = context;
    assert_true(base->mistake_count < BASE_MISTAKES_MAX);
    struct base_mistake *mistake = &base->mistakes[base->mistake_count++];
    snprintf(mistake->path, sizeof mistake->path, "%s", path);
    snprintf(mistake->pointer, sizeof mistake->pointer, "%s", pointer);
    snprintf(mistake->reason, sizeof mistake->reason, "%s", reason);
}

static inline bool base_compile(struct base *base)
{
    base->mistake_count = 0;
    return catalogue_compile(base->documents, base->count, base_note, base, &base->catalogue,
                             &base->err);
}

/* Compile; it must be sound. */
static inline struct catalogue *base_catalogue(struct base *base)
{
    if (!base_compile(base))
        fail_msg("%s", base->err.message);
    return base->catalogue;
}

static inline void base_free(struct base *base)
{
    catalogue_free(base->catalogue);
    for (size_t i = 0; i < base->count; i++)
        free(base->bodies[i]);
    free(base->mistakes);
    free(base);
}

/* The byte after the JSON value that begins at `at`. */
static inline const char *base_value_end(const char *at)
{
    int depth = 0;
    bool is_text = false;
    for (;; at++) {
        if (is_text) {
            is_text = *at != '"';
            continue;
        }
        if (depth == 0 && (*at == ',' || *at == ']' || *at == '}'))
            return at;
        is_text = *at == '"';
        depth += (*at == '{' || *at == '[') - (*at == '}' || *at == ']');
    }
}

/* Every value of the file in turn becomes one of another type, and the catalogue that make() gives
 * is compiled with it; counts them. */
static inline void base_try_types(struct base *(*make)(void), const char *path, const char *body,
                                  size_t *tried, size_t *refused)
{
    static const char *const values[] = {"7",    "-1.5", "\"x\"", "\"\"", "null",
                                         "true", "[]",   "{}",    "[[]]", "{\"a\":{}}"};
    for (const char *at = body; *at != '\0'; at++) {
        bool is_value = at > body + 1 && ((at[-1] == ':' && at[-2] == '"') || at[-1] == '[' ||
                                          (at[-1] == ',' && *at == '{'));
        if (!is_value || *at == ']')
            continue;
        for (size_t j = 0; j < sizeof values / sizeof *values; j++) {
            struct base *base = make();
            char *edited =
                emis_format_new("%.*s%s%s", (int) (at - body), body, values[j], base_value_end(at));
            base_put(base, path, edited);
            ++*tried;
            *refused += !base_compile(base);
            free(edited);
            base_free(base);
        }
    }
}
