/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading one JSON file of the catalogue: each reader takes a member, checks it, and reports what
 * is wrong at its JSON pointer, so that the parsers are lists of members. A reader that reported
 * something returns a harmless value. Private to lib/catalogue.
 */
#pragma once

#include "lib/catalogue/build.h"
#include "lib/json/path.h"
#include "lib/json/value.h"

struct catalogue_walk {
    struct catalogue_build *build;
    const char *file;
    struct json_path path;
};

/* NAME_denominator is the denominator of the value NAME: no value's own name. */
bool catalogue_walk_is_denominator(const char *name);

/* At the member `key` of where the walk stands; key NULL: there itself. */
void catalogue_walk_mistake(struct catalogue_walk *walk, const char *key, const char *format, ...)
    EMIS_PRINTF(3, 4);
/* The pointer of where the walk stands, in the arena. */
const char *catalogue_walk_pointer(struct catalogue_walk *walk);

/* Every member must be in allowed (NULL at the end) or "$schema". False if it is not an object at
 * all. */
bool catalogue_walk_members(struct catalogue_walk *walk, const struct json_value *object,
                            const char *const *allowed);

/* Text in the arena, not blank; NULL when absent or wrong. */
const char *catalogue_walk_text(struct catalogue_walk *walk, const struct json_value *object,
                                const char *key, bool is_required);
/* [a-z][a-z0-9_]{0,40}, "" when absent or wrong. */
const char *catalogue_walk_identifier(struct catalogue_walk *walk, const struct json_value *object,
                                      const char *key);
/* [A-Z][A-Z0-9_]{0,40}, "" when absent or wrong. */
const char *catalogue_walk_code(struct catalogue_walk *walk, const struct json_value *object,
                                const char *key);
/* fallback when absent; is_required: absent is a mistake. */
int64_t catalogue_walk_integer(struct catalogue_walk *walk, const struct json_value *object,
                               const char *key, bool is_required, int64_t fallback, int64_t min,
                               int64_t max);
bool catalogue_walk_bool(struct catalogue_walk *walk, const struct json_value *object,
                         const char *key, bool is_required, bool fallback);
int32_t catalogue_walk_date(struct catalogue_walk *walk, const struct json_value *object,
                            const char *key, bool is_required, int32_t fallback);
/* Index in names (NULL at the end); fallback when absent; -1 as fallback: required. -1 when wrong.
 */
int catalogue_walk_choice(struct catalogue_walk *walk, const struct json_value *object,
                          const char *key, const char *const *names, int fallback);
/* NULL when absent or wrong; an empty one is given. */
const struct json_value *catalogue_walk_array(struct catalogue_walk *walk,
                                              const struct json_value *object, const char *key,
                                              bool is_required);
/* An array of texts, NULL at the end, in the arena; duplicates are mistakes. Never NULL. */
const char **catalogue_walk_texts(struct catalogue_walk *walk, const struct json_value *object,
                                  const char *key, bool is_required);

/* parse_query.c: the members of a cross rule of method query. */
void catalogue_parse_query(struct catalogue_walk *walk, const struct json_value *root,
                           struct catalogue_build_cross *cross);

/* parse_standing.c: the members of a form and of an indicator that it owns; what they lean on must
 * have been read. */
void catalogue_parse_targets(struct catalogue_walk *walk, const struct json_value *root,
                             struct catalogue_form *form);
void catalogue_parse_standing(struct catalogue_walk *walk, const struct json_value *root,
                              struct catalogue_indicator *indicator);
