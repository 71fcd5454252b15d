/* SPDX-License-Identifier: Apache-2.0 */
#include "ops/cli/compatibility.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "lib/catalogue/country.h"

struct comparison {
    const struct catalogue *stored, *wanted;
    catalogue_mistake_fn *on_mistake;
    void *context;
    size_t count;
};

static void conflict(struct comparison *comparison, const char *path, const char *format, ...)
    EMIS_PRINTF(3, 4);

static void conflict(struct comparison *comparison, const char *path, const char *format, ...)
{
    char reason[512];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(reason, sizeof reason, format, arguments);
    va_end(arguments);
    comparison->count++;
    comparison->on_mistake(comparison->context, path, "", reason);
}

/* The columns hold values of the same type and meaning. */
static bool is_same_column(const struct catalogue_field *a, const struct catalogue_field *b)
{
    if (a->type != b->type || a->scale != b->scale || (a->list == NULL) != (b->list == NULL)) {
        return false;
    }
    if (a->type == CATALOGUE_INT && (a->max > INT32_MAX) != (b->max > INT32_MAX)) {
        return false;
    }
    return a->list == NULL || strcmp(a->list->code, b->list->code) == 0;
}

static const struct catalogue_field *find_field(const struct catalogue_field *fields, size_t count,
                                                const char *name)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(fields[i].name, name) == 0) {
            return &fields[i];
        }
    }
    return NULL;
}

static void compare_fields(struct comparison *comparison, const struct catalogue_form *form,
                           const struct catalogue_group *stored,
                           const struct catalogue_group *wanted)
{
    for (size_t i = 0; i < stored->field_count; i++) {
        const struct catalogue_field *field =
            find_field(wanted->fields, wanted->field_count, stored->fields[i].name);

        if (field == NULL) {
            conflict(comparison, form->path,
                     "field %s of group %s is stored and may not be removed; write a new version "
                     "of the form",
                     stored->fields[i].name, stored->code);
        } else if (!is_same_column(&stored->fields[i], field)) {
            conflict(
                comparison, form->path,
                "field %s of group %s is stored with another type; give the new one another name",
                field->name, stored->code);
        }
    }
}

static void compare_keys(struct comparison *comparison, const struct catalogue_form *form,
                         const struct catalogue_group *stored, const struct catalogue_group *wanted)
{
    bool is_same = stored->key_count == wanted->key_count;

    for (size_t i = 0; is_same && i < stored->key_count; i++) {
        is_same = strcmp(stored->keys[i].name, wanted->keys[i].name) == 0 &&
                  is_same_column(&stored->keys[i], &wanted->keys[i]);
    }
    if (!is_same) {
        conflict(
            comparison, form->path,
            "the keys of group %s are stored and may not change; give the new group another code",
            stored->code);
    }
}

static const struct catalogue_group *find_group(const struct catalogue_form *form, const char *code)
{
    for (size_t i = 0; i < form->group_count; i++) {
        if (strcmp(form->groups[i].code, code) == 0) {
            return &form->groups[i];
        }
    }
    return NULL;
}

static void compare_form(struct comparison *comparison, const struct catalogue_form *stored)
{
    const struct catalogue_form *wanted =
        catalogue_form_find(comparison->wanted, stored->code, stored->version);

    if (wanted == NULL) {
        conflict(comparison, stored->path,
                 "%s version %d is stored and may not be removed; end it with valid_to",
                 stored->code, stored->version);
        return;
    }
    if (wanted->period_kind != stored->period_kind || wanted->level_mask != stored->level_mask) {
        conflict(comparison, wanted->path,
                 "%s version %d is stored; its period_kind and unit_levels may not change; give "
                 "the new form another code",
                 stored->code, stored->version);
    }
    if (stored->targets != NULL && wanted->targets == NULL) {
        conflict(comparison, wanted->path,
                 "%s version %d has set targets; it keeps its member \"targets\"", stored->code,
                 stored->version);
    }
    for (size_t i = 0; i < stored->group_count; i++) {
        const struct catalogue_group *group = find_group(wanted, stored->groups[i].code);

        if (group == NULL) {
            conflict(comparison, wanted->path,
                     "group %s is stored and may not be removed; write a new version of the form",
                     stored->groups[i].code);
        } else {
            compare_keys(comparison, wanted, &stored->groups[i], group);
            compare_fields(comparison, wanted, &stored->groups[i], group);
        }
    }
}

/* A new version of a form writes to the tables of the old one. */
static void compare_newer(struct comparison *comparison, const struct catalogue_form *stored)
{
    const struct catalogue_form *newest = catalogue_form_newest(comparison->wanted, stored->code);

    for (size_t i = 0;
         newest != NULL && newest->version != stored->version && i < stored->group_count; i++) {
        const struct catalogue_group *group = find_group(newest, stored->groups[i].code);

        for (size_t j = 0; group != NULL && j < stored->groups[i].field_count; j++) {
            const struct catalogue_field *field =
                find_field(group->fields, group->field_count, stored->groups[i].fields[j].name);

            if (field != NULL && !is_same_column(&stored->groups[i].fields[j], field)) {
                conflict(comparison, newest->path,
                         "field %s of group %s is stored with another type; give the new one "
                         "another name",
                         field->name, group->code);
            }
        }
        if (group != NULL) {
            compare_keys(comparison, newest, &stored->groups[i], group);
        }
    }
}

static void compare_lists(struct comparison *comparison)
{
    for (size_t i = 0; i < comparison->stored->list_count; i++) {
        const struct catalogue_list *stored = &comparison->stored->lists[i];
        const struct catalogue_list *wanted = catalogue_list_find(comparison->wanted, stored->code);

        for (size_t j = 0; j < stored->code_count; j++) {
            if (wanted == NULL || catalogue_code_number(wanted, stored->codes[j].code,
                                                        strlen(stored->codes[j].code)) == 0) {
                conflict(comparison, "codelists",
                         "code %s of list %s is stored and may not be removed; leave it, and "
                         "refuse it by a rule",
                         stored->codes[j].code, stored->code);
            }
        }
    }
}

static void compare_levels(struct comparison *comparison)
{
    bool is_same = comparison->stored->level_count == comparison->wanted->level_count;

    for (size_t i = 0; is_same && i < comparison->stored->level_count; i++) {
        is_same =
            strcmp(comparison->stored->levels[i].code, comparison->wanted->levels[i].code) == 0;
    }
    if (!is_same) {
        conflict(comparison, "levels.json",
                 "the levels are stored and may not change; other levels need another database");
    }
}

/* False when the two are of different countries: then nothing else is worth comparing. */
static bool compare_country(struct comparison *comparison)
{
    const char *stored = comparison->stored->country, *wanted = comparison->wanted->country;

    if (stored != NULL && (wanted == NULL || strcmp(stored, wanted) != 0)) {
        conflict(comparison, CATALOGUE_COUNTRY_FILE,
                 "the database is that of country %s: migrate with --country %s, or another "
                 "database",
                 stored, stored);
        return false;
    }
    if (comparison->stored->week_starts_on != comparison->wanted->week_starts_on) {
        conflict(comparison, CATALOGUE_COUNTRY_FILE,
                 "week_starts_on may not change: the stored weeks keep their days; another day "
                 "needs another database");
    }
    return true;
}

static const struct catalogue_indicator *same_version(const struct catalogue *catalogue,
                                                      const struct catalogue_indicator *stored)
{
    for (size_t i = 0; i < catalogue->indicator_count; i++) {
        if (strcmp(catalogue->indicators[i].code, stored->code) == 0 &&
            catalogue->indicators[i].version == stored->version) {
            return &catalogue->indicators[i];
        }
    }
    return NULL;
}

/* The leaves that decide where the indicator has cells: of its form, or of what it is derived
 * over; "" where they are of every owed form. */
static const char *source_of(const struct catalogue_indicator *indicator)
{
    if (indicator->roll_up == CATALOGUE_CLASS_D) {
        indicator = indicator->operands[0].indicator;
    }
    return indicator->form == NULL ? "" : indicator->form->code;
}

/* Values stored from another form's leaves would stay: no refresh of the new form visits them. */
static void compare_indicators(struct comparison *comparison)
{
    for (size_t i = 0; i < comparison->stored->indicator_count; i++) {
        const struct catalogue_indicator *stored = &comparison->stored->indicators[i];
        const struct catalogue_indicator *wanted = same_version(comparison->wanted, stored);

        if (wanted == NULL) {
            conflict(comparison, stored->path,
                     "version %d of indicator %s has stored values and may not be removed; end it "
                     "with valid_to",
                     stored->version, stored->code);
        } else if (stored->roll_up != wanted->roll_up ||
                   strcmp(source_of(stored), source_of(wanted)) != 0) {
            conflict(comparison, wanted->path,
                     "version %d of indicator %s has stored values; its class and the form that "
                     "it is computed from stay; give the new one another code",
                     stored->version, stored->code);
        }
    }
}

static void compare_attributes(struct comparison *comparison)
{
    for (size_t i = 0; i < comparison->stored->attribute_count; i++) {
        const struct catalogue_attribute *stored = &comparison->stored->attributes[i];
        bool is_found = false;

        for (size_t j = 0; j < comparison->wanted->attribute_count; j++) {
            const struct catalogue_attribute *wanted = &comparison->wanted->attributes[j];

            is_found |= strcmp(stored->code, wanted->code) == 0 &&
                        strcmp(stored->list->code, wanted->list->code) == 0;
        }
        if (!is_found) {
            conflict(comparison, "attributes.json",
                     "attribute %s is stored and may neither be removed nor take another list; "
                     "give the new one another code",
                     stored->code);
        }
    }
}

size_t cli_compatibility_check(const struct catalogue *stored, const struct catalogue *wanted,
                               catalogue_mistake_fn *on_mistake, void *context)
{
    struct comparison comparison = {stored, wanted, on_mistake, context, 0};

    if (!compare_country(&comparison)) {
        return comparison.count;
    }
    compare_levels(&comparison);
    compare_attributes(&comparison);
    compare_lists(&comparison);
    for (size_t i = 0; i < stored->form_count; i++) {
        compare_form(&comparison, &stored->forms[i]);
        compare_newer(&comparison, &stored->forms[i]);
    }
    compare_indicators(&comparison);
    return comparison.count;
}
