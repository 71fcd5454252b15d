/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/catalogue/refresh.h"

#include <string.h>

#include "lib/base/arena.h"
#include "lib/catalogue/refresh_part.h"

struct statement_list {
    struct catalogue *catalogue;
    struct catalogue_statement *items;
    size_t count;
    size_t capacity;
};

static const char *const end_verbs[] = {
    [REFRESH_APPLY] = "refresh", [REFRESH_AUDIT] = "audit", [REFRESH_ANSWER] = "answer"};

static void list_add(struct statement_list *list, const char *name, const struct emis_buffer *text)
{
    EMIS_ASSERT(list->count < list->capacity);
    list->items[list->count].name = name;
    list->items[list->count].text = emis_arena_strdup(list->catalogue->arena, text->data);
    list->count++;
}

static bool has_class(const struct catalogue *catalogue, enum catalogue_class roll_up)
{
    for (size_t i = 0; i < catalogue->indicator_count; i++) {
        if (catalogue->indicators[i].roll_up == roll_up) {
            return true;
        }
    }
    return false;
}

static void add_leaves(struct statement_list *list, enum refresh_end end, struct emis_buffer *text)
{
    for (size_t i = 0; i < list->catalogue->indicator_count; i++) {
        const struct catalogue_indicator *indicator = &list->catalogue->indicators[i];

        if (indicator->form == NULL ||
            (end != REFRESH_ANSWER &&
             catalogue_refresh_leader(list->catalogue, indicator) != indicator)) {
            continue;
        }
        emis_buffer_clear(text);
        refresh_leaf_print(text, list->catalogue, indicator, end);
        list_add(list,
                 emis_arena_format(list->catalogue->arena, "%s_leaf_%s_v%d", end_verbs[end],
                                   indicator->code, indicator->version),
                 text);
    }
}

static bool has_reporting(const struct catalogue *catalogue)
{
    for (size_t i = 0; i < catalogue->indicator_count; i++) {
        if (catalogue_indicator_is_reporting(&catalogue->indicators[i])) {
            return true;
        }
    }
    return false;
}

static void add_coverage(struct statement_list *list, enum refresh_end end,
                         struct emis_buffer *text)
{
    if (!has_reporting(list->catalogue)) {
        return;
    }
    for (size_t i = 0; i < list->catalogue->form_count; i++) {
        const struct catalogue_form *form = &list->catalogue->forms[i];

        if (!form->is_owed || catalogue_form_newest(list->catalogue, form->code) != form) {
            continue;
        }
        emis_buffer_clear(text);
        refresh_coverage_print(text, list->catalogue, form, end);
        list_add(
            list,
            emis_arena_format(list->catalogue->arena, "%s_coverage_%s", end_verbs[end], form->code),
            text);
    }
}

static void add_nodes(struct statement_list *list, enum refresh_end end, struct emis_buffer *text)
{
    for (int level_no = 0; level_no < (int) list->catalogue->level_count; level_no++) {
        const char *code = list->catalogue->levels[level_no].code;

        if (level_no + 1 < (int) list->catalogue->level_count) {
            emis_buffer_clear(text);
            refresh_up_print(text, list->catalogue, level_no, end);
            list_add(list,
                     emis_arena_format(list->catalogue->arena, "%s_up_%s", end_verbs[end], code),
                     text);
        }
    }
}

static bool has_derived(const struct catalogue *catalogue, const struct catalogue_form *form)
{
    for (size_t i = 0; i < catalogue->indicator_count; i++) {
        if (catalogue->indicators[i].roll_up == CATALOGUE_CLASS_D &&
            catalogue_indicator_is_fed(&catalogue->indicators[i], form)) {
            return true;
        }
    }
    return false;
}

static void add_derived(struct statement_list *list, enum refresh_end end, struct emis_buffer *text)
{
    struct catalogue *catalogue = list->catalogue;

    for (size_t i = 0; i < catalogue->form_count; i++) {
        const struct catalogue_form *form = &catalogue->forms[i];

        if (!has_derived(catalogue, form) || catalogue_form_newest(catalogue, form->code) != form) {
            continue;
        }
        for (int level_no = 0; level_no <= form->leaf_level; level_no++) {
            emis_buffer_clear(text);
            refresh_derived_print(text, catalogue, form, level_no, end);
            list_add(list,
                     emis_arena_format(catalogue->arena, "%s_derived_%s_%s", end_verbs[end],
                                       form->code, catalogue->levels[level_no].code),
                     text);
        }
    }
}

static void add_standings(struct statement_list *list, enum refresh_end end,
                          struct emis_buffer *text)
{
    bool has_targets = catalogue_form_of_targets(list->catalogue) != NULL;

    for (int level_no = 0; level_no < (int) list->catalogue->level_count; level_no++) {
        for (int is_by_target = 0; is_by_target <= has_targets; is_by_target++) {
            emis_buffer_clear(text);
            refresh_standing_print(text, list->catalogue, level_no, is_by_target == 1, end);
            list_add(list,
                     emis_arena_format(list->catalogue->arena, "%s_%s_%s", end_verbs[end],
                                       is_by_target == 1 ? "target" : "standing",
                                       list->catalogue->levels[level_no].code),
                     text);
        }
    }
}

static void add_crosses(struct statement_list *list, enum refresh_end end, struct emis_buffer *text)
{
    for (size_t i = 0; i < list->catalogue->cross_count; i++) {
        const struct catalogue_cross *cross = &list->catalogue->crosses[i];

        if (catalogue_cross_find(list->catalogue, cross->code) != cross) {
            continue;
        }
        emis_buffer_clear(text);
        refresh_cross_print(text, list->catalogue, cross, end);
        list_add(
            list,
            emis_arena_format(list->catalogue->arena, "%s_cross_%s", end_verbs[end], cross->code),
            text);
    }
}

void catalogue_refresh_statements(struct catalogue *catalogue,
                                  const struct catalogue_statement **ret_statements,
                                  size_t *ret_count)
{
    struct statement_list list = {.catalogue = catalogue};
    struct emis_buffer text;

    list.capacity =
        2 * (catalogue->indicator_count + catalogue->form_count * (1 + catalogue->level_count) +
             3 * catalogue->level_count + catalogue->cross_count);
    list.items = emis_arena_alloc(catalogue->arena, list.capacity * sizeof(*list.items));
    emis_buffer_init(&text);
    for (int end = REFRESH_APPLY; end <= REFRESH_AUDIT; end++) {
        add_leaves(&list, (enum refresh_end) end, &text);
        add_coverage(&list, (enum refresh_end) end, &text);
        add_nodes(&list, (enum refresh_end) end, &text);
        add_derived(&list, (enum refresh_end) end, &text);
        add_standings(&list, (enum refresh_end) end, &text);
        add_crosses(&list, (enum refresh_end) end, &text);
    }
    emis_buffer_release(&text);
    *ret_statements = list.items;
    *ret_count = list.count;
}

void catalogue_answer_statements(struct catalogue *catalogue,
                                 const struct catalogue_statement **ret_statements,
                                 size_t *ret_count)
{
    struct statement_list list = {.catalogue = catalogue};
    struct emis_buffer text;

    list.capacity = catalogue->indicator_count + catalogue->form_count + 2;
    list.items = emis_arena_alloc(catalogue->arena, list.capacity * sizeof(*list.items));
    emis_buffer_init(&text);
    add_leaves(&list, REFRESH_ANSWER, &text);
    add_coverage(&list, REFRESH_ANSWER, &text);
    emis_buffer_clear(&text);
    refresh_up_print(&text, catalogue, 0, REFRESH_ANSWER);
    list_add(&list, "answer_up", &text);
    if (has_class(catalogue, CATALOGUE_CLASS_D)) {
        emis_buffer_clear(&text);
        refresh_derived_print(&text, catalogue, NULL, 0, REFRESH_ANSWER);
        list_add(&list, "answer_derived", &text);
    }
    emis_buffer_release(&text);
    *ret_statements = list.items;
    *ret_count = list.count;
}

void catalogue_answer_reach_back(struct catalogue *catalogue, const char *code)
{
    struct catalogue_indicator *indicators = (struct catalogue_indicator *) catalogue->indicators;
    const struct catalogue_indicator *newest = catalogue_indicator_find(catalogue, code);

    for (size_t i = 0; i < catalogue->indicator_count; i++) {
        if (strcmp(indicators[i].code, code) == 0) {
            indicators[i].valid_from = REFRESH_BEGINNING;
            if (&indicators[i] != newest) {
                indicators[i].valid_to = REFRESH_BEGINNING;
            }
        }
    }
}
