/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A catalogue while it is being read: the files, the mistakes found so far, and what the finished
 * structures do not keep. Private to lib/catalogue; one compilation, one thread.
 */
#pragma once

#include "lib/base/arena.h"
#include "lib/catalogue/catalogue.h"
#include "lib/expr/scope.h"

#define CATALOGUE_CODES_MAX      999 /* cut_key = dimension * 1000 + number */
#define CATALOGUE_DIMENSIONS_MAX 31  /* so that cut_key is a smallint */
#define CATALOGUE_LEVELS_MAX     10
#define CATALOGUE_LEVEL_BYTES_MAX \
    30 /* names of constraints and indexes grow from it, to at most 63 bytes */
#define CATALOGUE_FIELDS_MAX      1000
#define CATALOGUE_ROWS_MAX        5000
#define CATALOGUE_TABLE_BYTES_MAX 55
#define CATALOGUE_NAME_BYTES      41 /* of an identifier or a code */

struct catalogue_build_file {
    const struct catalogue_document *document;
    const char *path; /* in the arena; forms and indicators point at the same text */
    size_t mistake_count;
};

/* `"girls": {"indicator": "ENR", "cut": {"sex": "f"}}`; cut_dimension NULL: the total. */
struct catalogue_build_operand {
    const char *name, *indicator, *cut_dimension, *cut_member;
    bool is_before;
};

/* An indicator before its names are resolved. */
struct catalogue_build_indicator {
    struct catalogue_indicator base;
    const char *form, *group, *promotes;
    const char **cuts, **day_cuts;
    struct catalogue_build_operand *operands;
    size_t operand_count;
    const char *level; /* NULL: every level of its operands */
};

/* A value of a cross rule before its names are resolved. */
struct catalogue_build_value {
    struct catalogue_value base;
    const char *indicator, *dimension, *among;
};

/* A cross rule before its names are resolved. */
struct catalogue_build_cross {
    struct catalogue_cross base;
    const char **levels;
    const char *each;
    struct catalogue_build_value *values;
    const char *form, *group;
    const char **keys, **also;
};

struct catalogue_build {
    struct emis_arena *arena;
    struct catalogue *catalogue;
    struct catalogue_build_file *files;
    size_t file_count;
    struct catalogue_list *lists; /* the same arrays as in the catalogue, still open */
    struct catalogue_form *forms;
    struct catalogue_build_indicator *indicators;
    size_t indicator_count;
    struct catalogue_build_cross *crosses;
    size_t cross_count;
    struct catalogue_language *languages;
    catalogue_mistake_fn *on_mistake;
    void *context;
    size_t mistake_count;
    struct emis_error *err; /* the first mistake */
};

/* Report one mistake. pointer "" is the whole file. */
void catalogue_build_mistake(struct catalogue_build *build, const char *path, const char *pointer,
                             const char *format, ...) EMIS_PRINTF(4, 5);
/* Nothing was found wrong with the file so far. */
bool catalogue_build_is_sound(const struct catalogue_build *build, const char *path);

/* parse_*.c: one file each; structure, types, names. */
void catalogue_parse_country(struct catalogue_build *build,
                             const struct catalogue_build_file *file);
void catalogue_parse_levels(struct catalogue_build *build, const struct catalogue_build_file *file);
void catalogue_parse_attributes(struct catalogue_build *build,
                                const struct catalogue_build_file *file);
void catalogue_parse_list(struct catalogue_build *build, const struct catalogue_build_file *file);
void catalogue_parse_labels(struct catalogue_build *build, const struct catalogue_build_file *file);
void catalogue_parse_form(struct catalogue_build *build, const struct catalogue_build_file *file);
void catalogue_parse_indicator(struct catalogue_build *build,
                               const struct catalogue_build_file *file);

void catalogue_parse_cross(struct catalogue_build *build, const struct catalogue_build_file *file);

/* resolve.c: dimensions, then forms, groups, cuts and operands of the indicators; build->indicators
 * must be sorted. */
void catalogue_resolve_indicators(struct catalogue_build *build);

/* resolve_cross.c: levels, indicators, cuts, forms and keys of the cross rules; build->crosses must
 * be sorted. The second: their versions and the names in their texts. */
void catalogue_resolve_crosses(struct catalogue_build *build);
void catalogue_check_crosses(struct catalogue_build *build);

/* check.c: what lies between files: versions, tables, labels. */
void catalogue_check_all(struct catalogue_build *build);

/*
 * expression.c: compile every expression of the catalogue with the numbers it has now. With build:
 * mistakes are reported and files with mistakes left out. build NULL: all must compile (they did
 * before).
 */
void catalogue_expression_compile(struct catalogue *catalogue, struct catalogue_build *build);

/* number.c: give numbers without compiling expressions. */
void catalogue_number_assign(struct catalogue *catalogue, const struct catalogue_number *known,
                             size_t known_count, const struct catalogue_number **ret_new,
                             size_t *ret_new_count);

/* The newest version of the form that has the group, or NULL; *ret_group is set with it. */
const struct catalogue_form *catalogue_form_with_group(const struct catalogue *catalogue,
                                                       const char *code, const char *group,
                                                       const struct catalogue_group **ret_group);
/* A key or field by name, or NULL. */
const struct catalogue_field *catalogue_group_field(const struct catalogue_group *group,
                                                    const char *name);

/* reserved.c */
/* A word that PostgreSQL or the expression language keeps for itself, or a column that every table
 * of core has. */
bool catalogue_reserved_is_column(const char *name);
/* A column that ref.place or mart.dim_area already has. */
bool catalogue_reserved_is_attribute(const char *name);
/* A member of the envelope. */
bool catalogue_reserved_is_envelope(const char *name);
