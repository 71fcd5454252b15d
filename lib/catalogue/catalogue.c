/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/catalogue/catalogue.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/arena.h"
#include "lib/catalogue/build.h"

void catalogue_free(struct catalogue *catalogue)
{
    if (catalogue)
        emis_arena_free(catalogue->arena);
}

const struct catalogue_form *catalogue_form_find(const struct catalogue *catalogue,
                                                 const char *code, int16_t version)
{
    for (size_t i = 0; i < catalogue->form_count; i++) {
        const struct catalogue_form *form = &catalogue->forms[i];
        if (form->version == version && strcmp(form->code, code) == 0)
            return form;
    }
    return NULL;
}

/* Versions of one code stand together, ascending: the last is the newest. */
const struct catalogue_form *catalogue_form_newest(const struct catalogue *catalogue,
                                                   const char *code)
{
    for (size_t i = catalogue->form_count; i-- > 0;) {
        if (strcmp(catalogue->forms[i].code, code) == 0)
            return &catalogue->forms[i];
    }
    return NULL;
}

const struct catalogue_form *catalogue_form_of_targets(const struct catalogue *catalogue)
{
    for (size_t i = catalogue->form_count; i-- > 0;) {
        if (catalogue->forms[i].targets)
            return &catalogue->forms[i];
    }
    return NULL;
}

const struct catalogue_form *catalogue_form_by_number(const struct catalogue *catalogue,
                                                      int16_t number)
{
    for (size_t i = catalogue->form_count; i-- > 0;) {
        if (catalogue->forms[i].number == number)
            return &catalogue->forms[i];
    }
    return NULL;
}

const struct catalogue_indicator *catalogue_indicator_find(const struct catalogue *catalogue,
                                                           const char *code)
{
    for (size_t i = catalogue->indicator_count; i-- > 0;) {
        if (strcmp(catalogue->indicators[i].code, code) == 0)
            return &catalogue->indicators[i];
    }
    return NULL;
}

const struct catalogue_list *catalogue_list_find(const struct catalogue *catalogue,
                                                 const char *code)
{
    for (size_t i = 0; i < catalogue->list_count; i++) {
        if (strcmp(catalogue->lists[i].code, code) == 0)
            return &catalogue->lists[i];
    }
    return NULL;
}

const struct catalogue_dimension *catalogue_dimension_find(const struct catalogue *catalogue,
                                                           const char *code)
{
    for (size_t i = 0; i < catalogue->dimension_count; i++) {
        if (strcmp(catalogue->dimensions[i].code, code) == 0)
            return &catalogue->dimensions[i];
    }
    return NULL;
}

int16_t catalogue_code_number(const struct catalogue_list *list, const char *code, size_t size)
{
    for (size_t i = 0; i < list->code_count; i++) {
        const char *member = list->codes[i].code;
        if (strncmp(member, code, size) == 0 && member[size] == 0)
            return list->codes[i].number;
    }
    return 0;
}

const char *catalogue_code_text(const struct catalogue_list *list, int16_t number)
{
    for (size_t i = 0; i < list->code_count; i++) {
        if (list->codes[i].number == number)
            return list->codes[i].code;
    }
    return NULL;
}

static const char *const kind_names[CATALOGUE_PERIOD_KINDS] = {
    "day", "week", "month", "quarter", "term", "school_year", "campaign"};

const char *catalogue_period_kind_name(enum catalogue_period_kind kind)
{
    return kind_names[kind];
}

bool catalogue_period_kind_by_name(const char *name, enum catalogue_period_kind *ret_kind)
{
    for (int kind = 0; kind < CATALOGUE_PERIOD_KINDS; kind++) {
        if (strcmp(kind_names[kind], name) != 0)
            continue;
        *ret_kind = (enum catalogue_period_kind) kind;
        return true;
    }
    return false;
}

const char *catalogue_class_name(enum catalogue_class roll_up)
{
    static const char *const names[] = {"R", "S",        "C",      "L",      "F",
                                        "D", "coverage", "ontime", "filled", "clean"};
    return names[roll_up];
}

bool catalogue_indicator_is_reporting(const struct catalogue_indicator *indicator)
{
    return indicator->roll_up >= CATALOGUE_CLASS_COVERAGE;
}

bool catalogue_indicator_is_fed(const struct catalogue_indicator *indicator,
                                const struct catalogue_form *form)
{
    if (catalogue_indicator_is_reporting(indicator))
        return form->is_owed;
    for (size_t i = 0; i < indicator->operand_count; i++) {
        if (indicator->operands[i].indicator &&
            catalogue_indicator_is_fed(indicator->operands[i].indicator, form))
            return true;
    }
    return indicator->form && strcmp(indicator->form->code, form->code) == 0;
}

bool catalogue_indicator_is_flow(const struct catalogue_indicator *indicator)
{
    for (size_t i = 0; i < indicator->operand_count; i++) {
        if (indicator->operands[i].is_before)
            return true;
    }
    return indicator->roll_up == CATALOGUE_CLASS_F;
}

static int compare_label(const void *key, const void *label)
{
    return strcmp(key, ((const struct catalogue_label *) label)->key);
}

const char *catalogue_label(const struct catalogue *catalogue, const char *language,
                            const char *key)
{
    for (size_t i = 0; i < catalogue->language_count; i++) {
        const struct catalogue_language *one = &catalogue->languages[i];
        if (strcmp(one->code, language) != 0 || one->label_count == 0)
            continue;
        const struct catalogue_label *label =
            bsearch(key, one->labels, one->label_count, sizeof *label, compare_label);
        return label ? label->text : NULL;
    }
    return NULL;
}

const char *catalogue_language(const struct catalogue *catalogue, size_t index)
{
    return index < catalogue->language_count ? catalogue->languages[index].code : NULL;
}

const struct catalogue_field *catalogue_group_field(const struct catalogue_group *group,
                                                    const char *name)
{
    for (size_t i = 0; i < group->key_count; i++) {
        if (strcmp(group->keys[i].name, name) == 0)
            return &group->keys[i];
    }
    for (size_t i = 0; i < group->field_count; i++) {
        if (strcmp(group->fields[i].name, name) == 0)
            return &group->fields[i];
    }
    return NULL;
}

const struct catalogue_form *catalogue_form_with_group(const struct catalogue *catalogue,
                                                       const char *code, const char *group,
                                                       const struct catalogue_group **ret_group)
{
    for (size_t i = catalogue->form_count; i-- > 0;) {
        const struct catalogue_form *form = &catalogue->forms[i];
        if (strcmp(form->code, code) != 0)
            continue;
        for (size_t j = 0; j < form->group_count; j++) {
            if (strcmp(form->groups[j].code, group) != 0)
                continue;
            *ret_group = &form->groups[j];
            return form;
        }
    }
    return NULL;
}
