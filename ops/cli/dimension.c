/* SPDX-License-Identifier: Apache-2.0 */
#include "ops/cli/dimension.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/arena.h"
#include "lib/base/memory.h"
#include "lib/store/connection.h"
#include "lib/store/query.h"

const char *cli_dimension_language(const struct catalogue *catalogue)
{
    for (size_t i = 0; catalogue_language(catalogue, i) != NULL; i++) {
        if (strcmp(catalogue_language(catalogue, i), "en") == 0) {
            return "en";
        }
    }
    return catalogue_language(catalogue, 0);
}

const char *cli_dimension_label(const struct catalogue *catalogue, const char *key,
                                const char *fallback)
{
    const char *language = cli_dimension_language(catalogue);
    const char *label = language == NULL ? NULL : catalogue_label(catalogue, language, key);

    return label == NULL ? fallback : label;
}

static bool write_indicator(struct store_connection *conn, const struct catalogue *catalogue,
                            const struct catalogue_indicator *indicator, struct emis_error *err)
{
    char *key = emis_format_new("indicator.%s", indicator->code);
    struct store_params params;
    bool ok;

    store_params_init(&params);
    store_params_i16(&params, indicator->number);
    store_params_text(&params, indicator->code);
    store_params_text(&params, cli_dimension_label(catalogue, key, indicator->code));
    store_params_text(&params, indicator->definition);
    store_params_text(&params, indicator->unit);
    store_params_i32(&params, indicator->factor);
    store_params_i16(&params, indicator->decimals);
    store_params_i16(&params, indicator->direction);
    store_params_text(&params, catalogue_class_name(indicator->roll_up));
    store_params_text(&params, indicator->source);
    ok = store_query_run(conn, "sync_put_indicator", &params, NULL, err);
    for (size_t i = 0; ok && catalogue_language(catalogue, i) != NULL; i++) {
        const char *label = catalogue_label(catalogue, catalogue_language(catalogue, i), key);

        store_params_clear(&params);
        store_params_i16(&params, indicator->number);
        store_params_text(&params, catalogue_language(catalogue, i));
        store_params_text(&params, label == NULL ? indicator->code : label);
        ok = store_query_run(conn, "sync_put_indicator_label", &params, NULL, err);
    }
    store_params_release(&params);
    free(key);
    return ok;
}

/* Rows of mart.dim_cut as they are gathered. */
struct cut_list {
    struct emis_arena *arena;
    int16_t *keys;
    const char **dimensions, **members, **names;
    size_t count;
};

static void add_cut(struct cut_list *list, const struct catalogue *catalogue,
                    const struct catalogue_dimension *dimension, int16_t number, const char *member,
                    const char *label_key)
{
    list->keys[list->count] = (int16_t) (dimension->number * 1000 + number);
    list->dimensions[list->count] = dimension->code;
    list->members[list->count] = member;
    list->names[list->count] = cli_dimension_label(catalogue, label_key, member);
    list->count++;
}

static void gather_dimension(struct cut_list *list, const struct catalogue *catalogue,
                             const struct catalogue_dimension *dimension)
{
    for (size_t i = 0; dimension->list != NULL && i < dimension->list->code_count; i++) {
        const struct catalogue_code *code = &dimension->list->codes[i];

        add_cut(list, catalogue, dimension, code->number, code->code,
                emis_arena_format(list->arena, "code.%s.%s", dimension->list->code, code->code));
    }
    for (size_t i = 0; dimension->list == NULL && i < catalogue->form_count; i++) {
        const struct catalogue_form *form = &catalogue->forms[i];

        if (catalogue_form_newest(catalogue, form->code) == form) {
            add_cut(list, catalogue, dimension, form->number, form->code,
                    emis_arena_format(list->arena, "form.%s", form->code));
        }
    }
}

static bool write_cuts(struct store_connection *conn, const struct catalogue *catalogue,
                       struct emis_arena *arena, struct emis_error *err)
{
    struct cut_list list = {.arena = arena};
    struct store_params params;
    size_t capacity = 1;
    bool ok;

    for (size_t i = 0; i < catalogue->dimension_count; i++) {
        capacity += catalogue->dimensions[i].list == NULL
                        ? catalogue->form_count
                        : catalogue->dimensions[i].list->code_count;
    }
    list.keys = emis_arena_alloc(arena, capacity * sizeof *list.keys);
    list.dimensions = emis_arena_alloc(arena, capacity * sizeof *list.dimensions);
    list.members = emis_arena_alloc(arena, capacity * sizeof *list.members);
    list.names = emis_arena_alloc(arena, capacity * sizeof *list.names);
    for (size_t i = 0; i < catalogue->dimension_count; i++) {
        gather_dimension(&list, catalogue, &catalogue->dimensions[i]);
    }
    store_params_init(&params);
    store_params_i16_array(&params, list.keys, list.count, NULL);
    store_params_text_array(&params, list.dimensions, list.count);
    store_params_text_array(&params, list.members, list.count);
    store_params_text_array(&params, list.names, list.count);
    ok = store_query_run(conn, "sync_put_cuts", &params, NULL, err);
    store_params_release(&params);
    return ok;
}

bool cli_dimension_write(struct store_connection *conn, const struct catalogue *catalogue,
                         struct emis_error *err)
{
    struct emis_arena *arena = emis_arena_new(1 << 14);
    bool ok = write_cuts(conn, catalogue, arena, err);

    for (size_t i = 0; ok && i < catalogue->indicator_count; i++) {
        const struct catalogue_indicator *indicator = &catalogue->indicators[i];

        if (catalogue_indicator_find(catalogue, indicator->code) == indicator) {
            ok = write_indicator(conn, catalogue, indicator, err);
        }
    }
    emis_arena_free(arena);
    return ok;
}
