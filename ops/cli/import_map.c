/* SPDX-License-Identifier: Apache-2.0 */
#include "ops/cli/import_map.h"

#include <string.h>

#include "lib/base/arena.h"
#include "lib/base/text.h"
#include "ops/cli/import_source.h"

static const char *const source_names[] = {"value", "column", "table", "sum", NULL};

static void read_envelope_source(struct cli_import_source_reader *reader,
                                 const struct json_value *root, const char *key, bool is_required,
                                 struct cli_import_source *source)
{
    static const char *const names[] = {"value", "column", "table", NULL};
    static const char *const unit_names[] = {"value", "column", "table", "scheme", NULL};
    const struct json_value *object = json_value_get(root, key);

    if (object == NULL) {
        if (is_required) {
            cli_import_source_mistake(reader, key,
                                      "is missing: {\"value\": ...} or {\"column\": ...}");
        }
        return;
    }
    json_path_push_key(&reader->path, key);
    cli_import_source_read(reader, object, strcmp(key, "unit") == 0 ? unit_names : names, source);
    json_path_pop(&reader->path);
}

static void read_scheme(struct cli_import_source_reader *reader, const struct json_value *root)
{
    const struct json_value *scheme = json_value_get(json_value_get(root, "unit"), "scheme");
    const char *text;
    size_t size;

    if (scheme == NULL) {
        return;
    }
    if (!json_value_string(scheme, &text, &size) || !emis_text_is_identifier(text)) {
        cli_import_source_mistake(reader, "unit",
                                  "scheme must be a code of lower-case letters, digits and _");
        return;
    }
    reader->map->unit_scheme = emis_arena_strdup(reader->arena, text);
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

static bool has_cell(const struct cli_import_cell *cells, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(cells[i].field->name, name) == 0) {
            return true;
        }
    }
    return false;
}

/* How the values of an object of sources are written. */
enum notation {
    NOTATION_SOURCE, /* {"column": ...} */
    NOTATION_VALUE,  /* the constant itself */
    NOTATION_COLUMN  /* the column's name itself */
};

static void read_cell(struct cli_import_source_reader *reader, const struct json_value *value,
                      enum notation notation, struct cli_import_cell *cell)
{
    const char *text = notation == NOTATION_SOURCE ? NULL : cli_import_source_text(reader, value);

    if (notation == NOTATION_SOURCE) {
        cli_import_source_read(reader, value, source_names, &cell->source);
        if (cell->source.kind == CLI_IMPORT_SUM && cell->field->type != CATALOGUE_INT) {
            cli_import_source_mistake(reader, NULL, "a sum is for fields of whole numbers");
        }
        return;
    }
    cell->source.pointer = cli_import_source_here(reader);
    if (text == NULL) {
        cli_import_source_mistake(reader, NULL, "must be a text");
    } else if (notation == NOTATION_VALUE) {
        cell->source.kind = CLI_IMPORT_VALUE;
        cell->source.value = text;
    } else {
        cli_import_source_set_column(reader, &cell->source, text);
    }
}

/* The member `key` of object, {name: source}, appended to cells; fields are those it may name. */
static void read_cells(struct cli_import_source_reader *reader, const struct json_value *object,
                       const char *key, enum notation notation,
                       const struct catalogue_field *fields, size_t field_count,
                       struct cli_import_cell *cells, size_t *count)
{
    const struct json_value *sources = json_value_get(object, key);
    struct json_value_member member;

    if (sources == NULL) {
        return;
    }
    if (!cli_import_source_is_object(sources)) {
        cli_import_source_mistake(reader, key, "must be an object");
        return;
    }
    json_path_push_key(&reader->path, key);
    for (bool more = json_value_first(sources, &member); more; more = json_value_next(&member)) {
        const struct catalogue_field *field = find_field(fields, field_count, member.key);

        if (field == NULL) {
            cli_import_source_mistake(reader, member.key, "the form has no such member here");
        } else if (has_cell(cells, *count, member.key)) {
            cli_import_source_mistake(reader, member.key,
                                      "is given for every row of the group already");
        } else {
            cells[*count] = (struct cli_import_cell){.field = field};
            json_path_push_key(&reader->path, member.key);
            read_cell(reader, member.value, notation, &cells[(*count)++]);
            json_path_pop(&reader->path);
        }
    }
    json_path_pop(&reader->path);
}

static void check_required(struct cli_import_source_reader *reader, const char *key,
                           const struct catalogue_field *fields, size_t field_count,
                           const struct cli_import_cell *cells, size_t count)
{
    for (size_t i = 0; i < field_count; i++) {
        if (fields[i].is_required && !has_cell(cells, count, fields[i].name)) {
            cli_import_source_mistake(
                reader, key, "%s is required by the form and comes from nowhere", fields[i].name);
        }
    }
}

static void read_parts(struct cli_import_source_reader *reader, const struct json_value *root)
{
    const struct catalogue_form *form = reader->map->form;
    struct cli_import_cell *given =
        emis_arena_alloc(reader->arena, (form->key_part_count + 1) * sizeof *given);
    size_t count = 0;

    read_cells(reader, root, "key_parts", NOTATION_SOURCE, form->key_parts, form->key_part_count,
               given, &count);
    check_required(reader, "key_parts", form->key_parts, form->key_part_count, given, count);
    reader->map->parts =
        emis_arena_alloc(reader->arena, (form->key_part_count + 1) * sizeof *given);
    for (size_t i = 0; i < count; i++) {
        reader->map->parts[given[i].field - form->key_parts] = given[i];
    }
}

static const struct catalogue_group *scalar_group(const struct catalogue_form *form)
{
    for (size_t i = 0; i < form->group_count; i++) {
        if (!form->groups[i].is_repeating) {
            return &form->groups[i];
        }
    }
    return NULL;
}

static void read_fields(struct cli_import_source_reader *reader, const struct json_value *root)
{
    static const struct catalogue_group none = {.field_count = 0};
    const struct catalogue_group *group = scalar_group(reader->map->form);

    group = group == NULL ? &none : group;
    reader->map->fields =
        emis_arena_alloc(reader->arena, (group->field_count + 1) * sizeof *reader->map->fields);
    read_cells(reader, root, "fields", NOTATION_SOURCE, group->fields, group->field_count,
               reader->map->fields, &reader->map->field_count);
    check_required(reader, "fields", group->fields, group->field_count, reader->map->fields,
                   reader->map->field_count);
}

static size_t copy_cells(struct cli_import_cell *to, const struct cli_import_cell *from,
                         size_t count)
{
    for (size_t i = 0; i < count; i++) {
        to[i] = from[i];
    }
    return count;
}

/* keys and fields of object, behind those of base (what every row of the group has). */
static struct cli_import_template read_template(struct cli_import_source_reader *reader,
                                                const struct json_value *object, bool is_wide,
                                                const struct catalogue_group *group,
                                                const struct cli_import_template *base)
{
    size_t room = group->key_count + group->field_count + 1, count;
    struct cli_import_cell *keys = emis_arena_alloc(reader->arena, room * sizeof *keys),
                           *fields = emis_arena_alloc(reader->arena, room * sizeof *fields);
    struct cli_import_template template = {.cells = keys};

    template.key_count = copy_cells(keys, base->cells, base->key_count);
    count = copy_cells(fields, base->cells + base->key_count, base->cell_count - base->key_count);
    read_cells(reader, object, "keys", is_wide ? NOTATION_VALUE : NOTATION_SOURCE, group->keys,
               group->key_count, keys, &template.key_count);
    read_cells(reader, object, is_wide ? "columns" : "fields",
               is_wide ? NOTATION_COLUMN : NOTATION_SOURCE, group->fields, group->field_count,
               fields, &count);
    template.cell_count = template.key_count + copy_cells(keys + template.key_count, fields, count);
    return template;
}

static void check_template(struct cli_import_source_reader *reader,
                           const struct catalogue_group *group,
                           const struct cli_import_template *template)
{
    check_required(reader, NULL, group->keys, group->key_count, template->cells,
                   template->key_count);
    check_required(reader, NULL, group->fields, group->field_count,
                   template->cells + template->key_count,
                   template->cell_count - template->key_count);
}

static void read_wide(struct cli_import_source_reader *reader, const struct json_value *wide,
                      const struct cli_import_template *base, struct cli_import_group *group)
{
    static const char *const names[] = {"keys", "columns", NULL};
    size_t count = json_value_size(wide);

    group->templates = emis_arena_alloc(reader->arena, (count + 1) * sizeof *group->templates);
    json_path_push_key(&reader->path, "wide");
    if (json_value_type(wide) != JSON_VALUE_ARRAY || count == 0) {
        cli_import_source_mistake(reader, NULL,
                                  "must be an array of {\"keys\": ..., \"columns\": ...}");
    }
    for (size_t i = 0; json_value_type(wide) == JSON_VALUE_ARRAY && i < count; i++) {
        const struct json_value *item = json_value_at(wide, i);

        json_path_push_index(&reader->path, i);
        if (cli_import_source_members(reader, item, names)) {
            if (json_value_get(item, "columns") == NULL) {
                cli_import_source_mistake(reader, "columns", "is missing: {field: column}");
            }
            group->templates[i] = read_template(reader, item, true, group->group, base);
            check_template(reader, group->group, &group->templates[i]);
            group->template_count = i + 1;
        }
        json_path_pop(&reader->path);
    }
    json_path_pop(&reader->path);
}

/* The walk stands at the group. */
static void read_group(struct cli_import_source_reader *reader, const struct json_value *object,
                       struct cli_import_group *group)
{
    static const char *const names[] = {"keys", "fields", "wide", NULL};
    struct cli_import_cell no_cell;
    const struct cli_import_template none = {.cells = &no_cell};
    const struct json_value *wide = json_value_get(object, "wide");
    struct cli_import_template base;

    if (!cli_import_source_members(reader, object, names)) {
        return;
    }
    base = read_template(reader, object, false, group->group, &none);
    if (wide != NULL) {
        read_wide(reader, wide, &base, group);
        return;
    }
    check_template(reader, group->group, &base);
    group->templates = emis_arena_memdup(reader->arena, &base, sizeof base);
    group->template_count = 1;
}

static const struct catalogue_group *find_group(const struct catalogue_form *form, const char *code)
{
    for (size_t i = 0; i < form->group_count; i++) {
        if (form->groups[i].is_repeating && strcmp(form->groups[i].code, code) == 0) {
            return &form->groups[i];
        }
    }
    return NULL;
}

static void read_groups(struct cli_import_source_reader *reader, const struct json_value *root)
{
    const struct json_value *groups = json_value_get(root, "groups");
    struct cli_import_map *map = reader->map;
    struct json_value_member member;

    if (groups == NULL) {
        return;
    }
    if (!cli_import_source_is_object(groups)) {
        cli_import_source_mistake(reader, "groups", "must be an object");
        return;
    }
    map->groups =
        emis_arena_alloc(reader->arena, (json_value_size(groups) + 1) * sizeof *map->groups);
    json_path_push_key(&reader->path, "groups");
    for (bool more = json_value_first(groups, &member); more; more = json_value_next(&member)) {
        const struct catalogue_group *group = find_group(map->form, member.key);

        if (group == NULL) {
            cli_import_source_mistake(reader, member.key,
                                      "%s has no group of many rows of this name", map->form->code);
            continue;
        }
        json_path_push_key(&reader->path, member.key);
        map->groups[map->group_count].group = group;
        read_group(reader, member.value, &map->groups[map->group_count++]);
        json_path_pop(&reader->path);
    }
    json_path_pop(&reader->path);
}

static void find_form(struct cli_import_source_reader *reader, const struct json_value *root)
{
    const char *code;
    size_t size;
    int64_t version;

    if (!json_value_string(json_value_get(root, "form"), &code, &size) ||
        catalogue_form_newest(reader->catalogue, code) == NULL) {
        cli_import_source_mistake(reader, "form",
                                  "is not a form of the catalogue: see `emis catalogue list`");
        return;
    }
    if (json_value_integer(json_value_get(root, "version"), &version) && version > 0 &&
        version <= INT16_MAX) {
        reader->map->form = catalogue_form_find(reader->catalogue, code, (int16_t) version);
    }
    if (reader->map->form == NULL) {
        cli_import_source_mistake(reader, "version", "is not a version of %s", code);
    }
}

bool cli_import_map_read(const struct json_value *root, const struct catalogue *catalogue,
                         struct emis_arena *arena, cli_csv_mistake_fn *on_mistake, void *context,
                         struct cli_import_map *ret_map)
{
    static const char *const names[] = {"$schema", "form",     "version",      "period",    "unit",
                                        "sender",  "revision", "submitted_at", "key_parts", "blank",
                                        "ignore",  "fields",   "groups",       NULL};
    struct cli_import_map map = {.form = NULL};
    struct cli_import_source_reader reader = {.catalogue = catalogue,
                                              .arena = arena,
                                              .on_mistake = on_mistake,
                                              .context = context,
                                              .map = &map};

    json_path_init(&reader.path);
    (void) cli_import_source_members(&reader, root, names);
    find_form(&reader, root);
    read_envelope_source(&reader, root, "period", true, &map.period);
    read_envelope_source(&reader, root, "unit", true, &map.unit);
    read_envelope_source(&reader, root, "sender", true, &map.sender);
    read_envelope_source(&reader, root, "revision", true, &map.revision);
    read_envelope_source(&reader, root, "submitted_at", false, &map.submitted_at);
    read_scheme(&reader, root);
    map.blanks = cli_import_source_texts(&reader, root, "blank", &map.blank_count);
    map.ignored = cli_import_source_texts(&reader, root, "ignore", &map.ignored_count);
    if (map.form != NULL) {
        read_parts(&reader, root);
        read_fields(&reader, root);
        read_groups(&reader, root);
    }
    if (reader.mistake_count > 0) {
        return false;
    }
    *ret_map = map;
    return true;
}

static void each_cell(const struct cli_import_cell *cells, size_t count,
                      cli_import_map_source_fn on_source, void *context)
{
    for (size_t i = 0; i < count; i++) {
        on_source(context, &cells[i].source);
    }
}

void cli_import_map_each(const struct cli_import_map *map, cli_import_map_source_fn on_source,
                         void *context)
{
    const struct cli_import_source *const envelope[] = {&map->period, &map->unit, &map->sender,
                                                        &map->revision, &map->submitted_at};

    for (size_t i = 0; i < sizeof envelope / sizeof *envelope; i++) {
        on_source(context, envelope[i]);
    }
    each_cell(map->parts, map->form->key_part_count, on_source, context);
    each_cell(map->fields, map->field_count, on_source, context);
    for (size_t i = 0; i < map->group_count; i++) {
        for (size_t j = 0; j < map->groups[i].template_count; j++) {
            const struct cli_import_template *template = &map->groups[i].templates[j];

            each_cell(template->cells, template->cell_count, on_source, context);
        }
    }
}
