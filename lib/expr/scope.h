/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What names mean in an expression: groups, their fields, types, code lists and SQL columns, as
 * plain tables that the catalogue builds and keeps for as long as any expression compiled over
 * them. Constant data; any thread.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Codes are their numbers, in C and in SQL (smallint). */
enum expr_type { EXPR_NUMBER, EXPR_BOOL, EXPR_CODE, EXPR_TEXT, EXPR_DATE };

#define EXPR_SCALE_MAX 9

struct expr_code {
    const char *code;
    int16_t number;
};

struct expr_codes {
    const char *name; /* of the code list; two fields compare only if their lists have one name */
    const struct expr_code *codes;
    size_t code_count;
};

/* A field. Numbers are exact: an int64 that counts units of 10^-scale; scale 0 is an integer. */
struct expr_field {
    const char *name;
    enum expr_type type;
    unsigned scale;                 /* EXPR_NUMBER: 0 to EXPR_SCALE_MAX */
    const struct expr_codes *codes; /* EXPR_CODE only */
    const char *column;             /* SQL column, an identifier; NULL: the same as name */
    bool is_numeric_column; /* EXPR_NUMBER: the column is numeric(p, scale), not a scaled smallint,
                               integer or bigint */
};

struct expr_group {
    const char *name; /* an identifier, also the default SQL alias */
    bool is_repeating;
    const struct expr_field *fields;
    size_t field_count;
};

/*
 * A name without group is looked up in the row group, then in the groups that do not repeat (twice
 * there: an error). `group.field` may name the row group or a group that does not repeat; any group
 * inside sum, count, min and max, where all fields are of the one group and names without group are
 * that group's.
 */
struct expr_scope {
    const struct expr_group *groups;
    size_t group_count;
    int row_group; /* index of the group whose rows the expression is about, or -1 */
};
