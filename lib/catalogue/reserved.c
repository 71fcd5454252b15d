/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "lib/catalogue/build.h"

/* PostgreSQL 15's words of category R and T (pg_get_keywords()), sorted. Generated names stand
 * unquoted. */
static const char *const sql_words[] = {
    "all",
    "analyse",
    "analyze",
    "and",
    "any",
    "array",
    "as",
    "asc",
    "asymmetric",
    "authorization",
    "binary",
    "both",
    "case",
    "cast",
    "check",
    "collate",
    "collation",
    "column",
    "concurrently",
    "constraint",
    "create",
    "cross",
    "current_catalog",
    "current_date",
    "current_role",
    "current_schema",
    "current_time",
    "current_timestamp",
    "current_user",
    "default",
    "deferrable",
    "desc",
    "distinct",
    "do",
    "else",
    "end",
    "except",
    "false",
    "fetch",
    "for",
    "foreign",
    "freeze",
    "from",
    "full",
    "grant",
    "group",
    "having",
    "ilike",
    "in",
    "initially",
    "inner",
    "intersect",
    "into",
    "is",
    "isnull",
    "join",
    "lateral",
    "leading",
    "left",
    "like",
    "limit",
    "localtime",
    "localtimestamp",
    "natural",
    "not",
    "notnull",
    "null",
    "offset",
    "on",
    "only",
    "or",
    "order",
    "outer",
    "overlaps",
    "placing",
    "primary",
    "references",
    "returning",
    "right",
    "select",
    "session_user",
    "similar",
    "some",
    "symmetric",
    "table",
    "tablesample",
    "then",
    "to",
    "trailing",
    "true",
    "union",
    "unique",
    "user",
    "using",
    "variadic",
    "verbose",
    "when",
    "where",
    "window",
    "with",
};

/* The expression language's own words, the columns of every table of core, and PostgreSQL's system
 * columns. */
static const char *const column_words[] = {
    "between", "cmax",      "cmin",           "count", "ctid",     "if",      "max",  "min",
    "missing", "starts_on", "submission_key", "sum",   "tableoid", "unit_id", "xmax", "xmin",
};

/* Columns of ref.place and mart.dim_area, and of the files by which areas and calendars come. */
static const char *const attribute_words[] = {
    "area",
    "area_key",
    "attribute",
    "calendar_id",
    "code",
    "ends_on",
    "is_current",
    "kind",
    "lane",
    "lat",
    "level",
    "level_code",
    "level_no",
    "lon",
    "name",
    "parent",
    "parent_area_key",
    "parent_place_id",
    "path",
    "place_id",
    "reason",
    "since_version",
    "unit_code",
    "until_version",
    "valid_from",
    "valid_to",
};

static const char *const envelope_words[] = {
    "data",   "form",          "late_reason",  "period", "retract", "revision",
    "sender", "submission_id", "submitted_at", "unit",   "version",
};

static int compare_word(const void *key, const void *word)
{
    return strcmp(key, *(const char *const *) word);
}

#define IS_AMONG(words, name)                                                                    \
    (bsearch((name), (words), sizeof(words) / sizeof *(words), sizeof *(words), compare_word) != \
     NULL)

bool catalogue_reserved_is_column(const char *name)
{
    return IS_AMONG(sql_words, name) || IS_AMONG(column_words, name);
}

bool catalogue_reserved_is_attribute(const char *name)
{
    return catalogue_reserved_is_column(name) || IS_AMONG(attribute_words, name) ||
           strcmp(name, "form") == 0;
}

bool catalogue_reserved_is_envelope(const char *name)
{
    return IS_AMONG(envelope_words, name);
}
