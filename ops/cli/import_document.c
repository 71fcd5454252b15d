/* SPDX-License-Identifier: Apache-2.0 */
#include "ops/cli/import_document.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/arena.h"
#include "lib/base/digest.h"
#include "lib/base/memory.h"
#include "lib/base/text.h"
#include "lib/json/write.h"

#define NAME_BYTES 64 /* a field's or group's code and its NUL */

/* A document while it is being written. */
struct writer {
    struct cli_import_document *document;
    struct cli_import_mistakes *mistakes;
    struct json_write json;
};

void cli_import_document_init(struct cli_import_document *document,
                              const struct cli_import_map *map, const struct cli_csv *csv,
                              const char *submitted_at)
{
    *document = (struct cli_import_document){
        .map = map, .csv = csv, .submitted_at = submitted_at, .arena = emis_arena_new(1 << 16)};
    emis_buffer_init(&document->text);
    document->origins = emis_calloc(map->group_count + 1, sizeof *document->origins);
    for (size_t i = 0; i < map->group_count; i++) {
        emis_buffer_init(&document->origins[i]);
    }
}

static const struct cli_csv_row *row_at(const struct cli_import_document *document, size_t index)
{
    return &document->csv->rows[document->submission->rows[index]];
}

/* Digits, with a point and more digits perhaps: what a decimal may be in quotes. */
static bool is_decimal(const char *text)
{
    size_t size = strspn(text + (text[0] == '-'), "0123456789");
    const char *at = text + (text[0] == '-') + size;

    return size > 0 && (*at == '\0' || (*at == '.' && at[1] != '\0' &&
                                        at[1 + strspn(at + 1, "0123456789")] == '\0'));
}

static void wrong_text(struct writer *writer, const struct cli_import_source *source, size_t line,
                       const char *text, const char *what)
{
    char shown[NAME_BYTES];

    emis_text_escape(text, strlen(text), shown, sizeof shown);
    cli_import_value_mistake(writer->mistakes, E_FIELD_TYPE, line,
                             cli_import_value_column(source, writer->document->arena),
                             "\"%s\" is not %s", shown, what);
    json_write_null(&writer->json);
}

/* A text as the JSON type of its field. */
static void write_typed(struct writer *writer, const struct cli_import_cell *cell, size_t line,
                        const char *text)
{
    struct json_write *json = &writer->json;
    int64_t number;

    switch (cell->field->type) {
    case CATALOGUE_INT:
        if (cli_import_value_integer(
                text, line, cli_import_value_column(&cell->source, writer->document->arena),
                E_FIELD_TYPE, writer->mistakes, &number)) {
            json_write_i64(json, number);
        } else {
            json_write_null(json);
        }
        return;
    case CATALOGUE_DECIMAL:
        if (is_decimal(text)) {
            json_write_string(json, text);
        } else {
            wrong_text(writer, &cell->source, line, text,
                       "a number such as 12.5: no separators of thousands, a point before the "
                       "fraction");
        }
        return;
    case CATALOGUE_BOOL:
        if (strcmp(text, "true") == 0 || strcmp(text, "false") == 0) {
            json_write_bool(json, text[0] == 't');
        } else {
            wrong_text(writer, &cell->source, line, text,
                       "true or false: translate it by a table of the map");
        }
        return;
    case CATALOGUE_CODE:
    case CATALOGUE_TEXT:
    case CATALOGUE_DATE:
        json_write_string(json, text);
        return;
    }
}

/* A blank is left out: whether it may be missing is the form's decision. */
static void write_cell(struct writer *writer, const struct cli_import_cell *cell,
                       const struct cli_csv_row *row)
{
    const char *text;

    if (cli_import_value_read(writer->document->map, &cell->source, row, writer->document->arena,
                              writer->mistakes, &text) &&
        text != NULL) {
        json_write_key(&writer->json, cell->field->name);
        write_typed(writer, cell, row->line, text);
    }
}

/* The value that all lines of the submission must have in common: that of the first. */
static bool read_common(struct writer *writer, const struct cli_import_source *source,
                        const char **ret_text)
{
    const struct cli_import_document *document = writer->document;
    const char *text;

    if (!cli_import_value_read(document->map, source, row_at(document, 0), document->arena,
                               writer->mistakes, ret_text)) {
        return false;
    }
    for (size_t i = 1; i < document->submission->row_count; i++) {
        const struct cli_csv_row *row = row_at(document, i);

        if (!cli_import_value_read(document->map, source, row, document->arena, writer->mistakes,
                                   &text)) {
            return false;
        }
        if ((text == NULL) != (*ret_text == NULL) ||
            (text != NULL && strcmp(text, *ret_text) != 0)) {
            cli_import_value_mistake(
                writer->mistakes, E_INPUT, row->line,
                cli_import_value_column(source, document->arena),
                "the value differs from that of line %zu, which is of the same submission: one "
                "of them is wrong",
                row_at(document, 0)->line);
            return false;
        }
    }
    return true;
}

static void write_common(struct writer *writer, const struct cli_import_source *source,
                         const char *name, const char *fallback)
{
    const char *text;

    if (read_common(writer, source, &text)) {
        json_write_key(&writer->json, name);
        json_write_string(&writer->json, text != NULL ? text : fallback);
    }
}

static void write_field(struct writer *writer, const struct cli_import_cell *cell)
{
    const char *text;

    if (read_common(writer, &cell->source, &text) && text != NULL) {
        json_write_key(&writer->json, cell->field->name);
        write_typed(writer, cell, row_at(writer->document, 0)->line, text);
    }
}

static bool is_all_blank(const struct writer *writer, const struct cli_import_cell *cells,
                         size_t count, const struct cli_csv_row *row, bool *ret_has_column)
{
    bool is_blank = true;

    for (size_t i = 0; i < count; i++) {
        *ret_has_column |= cells[i].source.column_count > 0;
        is_blank &= cells[i].source.column_count == 0 ||
                    cli_import_value_is_blank(writer->document->map, &cells[i].source, row);
    }
    return is_blank;
}

/* A line has no such row when every field that the template takes from it is blank; where the
 * fields are constants, or there are none, when its keys are. */
static bool has_row(const struct writer *writer, const struct cli_import_template *template,
                    const struct cli_csv_row *row)
{
    size_t keys = template->key_count;
    bool has_column = false, is_blank;

    is_blank =
        is_all_blank(writer, template->cells + keys, template->cell_count - keys, row, &has_column);
    if (has_column) {
        return !is_blank;
    }
    is_blank = is_all_blank(writer, template->cells, keys, row, &has_column);
    return !has_column || !is_blank;
}

static void write_row(struct writer *writer, const struct cli_import_template *template,
                      const struct cli_csv_row *row)
{
    json_write_object_begin(&writer->json);
    for (size_t i = 0; i < template->cell_count; i++) {
        write_cell(writer, &template->cells[i], row);
    }
    json_write_object_end(&writer->json);
}

static void write_group(struct writer *writer, size_t index)
{
    struct cli_import_document *document = writer->document;
    const struct cli_import_group *group = &document->map->groups[index];

    emis_buffer_clear(&document->origins[index]);
    json_write_key(&writer->json, group->group->code);
    json_write_array_begin(&writer->json);
    for (size_t i = 0; i < document->submission->row_count; i++) {
        for (size_t j = 0; j < group->template_count; j++) {
            const struct cli_import_origin origin = {i, j};

            if (has_row(writer, &group->templates[j], row_at(document, i))) {
                write_row(writer, &group->templates[j], row_at(document, i));
                emis_buffer_append(&document->origins[index], &origin, sizeof origin);
            }
        }
    }
    json_write_array_end(&writer->json);
}

static void write_parts(struct writer *writer)
{
    const struct cli_import_document *document = writer->document;

    for (size_t i = 0; i < document->map->form->key_part_count; i++) {
        json_write_key(&writer->json, document->map->parts[i].field->name);
        write_typed(writer, &document->map->parts[i], row_at(document, 0)->line,
                    document->submission->parts[i]);
    }
}

/* id NULL: everything but the id. */
static void write_members(struct writer *writer, const char *id)
{
    const struct cli_import_document *document = writer->document;
    struct json_write *json = &writer->json;

    json_write_object_begin(json);
    if (id != NULL) {
        json_write_key(json, "submission_id");
        json_write_string(json, id);
    }
    json_write_key(json, "form");
    json_write_string(json, document->map->form->code);
    json_write_key(json, "version");
    json_write_i64(json, document->map->form->version);
    json_write_key(json, "unit");
    json_write_string(json, document->submission->unit);
    json_write_key(json, "period");
    json_write_string(json, document->submission->period);
    write_parts(writer);
    json_write_key(json, "revision");
    json_write_i64(json, document->submission->revision);
    write_common(writer, &document->map->submitted_at, "submitted_at", document->submitted_at);
    write_common(writer, &document->map->sender, "sender", NULL);
    json_write_key(json, "data");
    json_write_object_begin(json);
    for (size_t i = 0; i < document->map->field_count; i++) {
        write_field(writer, &document->map->fields[i]);
    }
    for (size_t i = 0; i < document->map->group_count; i++) {
        write_group(writer, i);
    }
    json_write_object_end(json);
    json_write_object_end(json);
}

static void write_text(struct cli_import_document *document, const char *id, bool is_indented,
                       struct cli_import_mistakes *mistakes)
{
    struct writer writer = {.document = document, .mistakes = mistakes};

    emis_buffer_clear(&document->text);
    json_write_init(&writer.json, &document->text, is_indented);
    write_members(&writer, id);
}

bool cli_import_document_write(struct cli_import_document *document,
                               const struct cli_import_submission *submission, bool is_indented,
                               struct cli_import_mistakes *mistakes)
{
    uint8_t digest[EMIS_DIGEST_BYTES];
    char id[37];
    size_t told = mistakes->count;

    emis_arena_clear(document->arena);
    document->submission = submission;
    write_text(document, NULL, false, mistakes);
    if (mistakes->count != told) {
        return false;
    }
    emis_digest_sha256(document->text.data, document->text.size, digest);
    digest[6] = (uint8_t) (0x80 | (digest[6] & 0x0f)); /* version 8, of our own making (RFC 9562) */
    digest[8] = (uint8_t) (0x80 | (digest[8] & 0x3f));
    emis_text_format_uuid(digest, id);
    write_text(document, id, is_indented, mistakes);
    return true;
}

static const struct cli_import_source *find_source(const struct cli_import_cell *cells,
                                                   size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(cells[i].field->name, name) == 0) {
            return &cells[i].source;
        }
    }
    return NULL;
}

static const struct cli_import_source *envelope_source(const struct cli_import_map *map,
                                                       const char *name)
{
    const struct {
        const char *name;
        const struct cli_import_source *source;
    } members[] = {{"unit", &map->unit},
                   {"period", &map->period},
                   {"sender", &map->sender},
                   {"revision", &map->revision},
                   {"submitted_at", &map->submitted_at}};

    for (size_t i = 0; i < sizeof members / sizeof *members; i++) {
        if (strcmp(members[i].name, name) == 0) {
            return members[i].source->kind == CLI_IMPORT_NONE ? NULL : members[i].source;
        }
    }
    return find_source(map->parts, map->form->key_part_count, name);
}

/* The first cell of a template that comes from a column: it names the row where no field is named.
 * In a wide file that is a field's, in a long one a key's. */
static const struct cli_import_source *row_source(const struct cli_import_template *template)
{
    for (size_t i = 0; i < template->cell_count; i++) {
        if (template->cells[i].source.column_count > 0) {
            return &template->cells[i].source;
        }
    }
    return NULL;
}

/* Behind "/data/<group>/": "17" or "17/pupils". */
static const struct cli_import_source *group_source(const struct cli_import_document *document,
                                                    size_t index, const char *rest,
                                                    size_t *ret_line)
{
    const struct cli_import_origin *origins = (const void *) document->origins[index].data;
    size_t count = document->origins[index].size / sizeof *origins;
    char *end;
    unsigned long row = strtoul(rest, &end, 10);
    const struct cli_import_template *template;

    if (end == rest || row >= count) {
        return NULL;
    }
    template = &document->map->groups[index].templates[origins[row].template_index];
    *ret_line = row_at(document, origins[row].row)->line;
    return *end == '/' ? find_source(template->cells, template->cell_count, end + 1)
                       : row_source(template);
}

/* Behind "/data/": a field, a group, or something inside a group. */
static const struct cli_import_source *data_source(const struct cli_import_document *document,
                                                   const char *rest, size_t *ret_line)
{
    const struct cli_import_map *map = document->map;
    const char *slash = strchr(rest, '/');
    size_t size = slash == NULL ? strlen(rest) : (size_t) (slash - rest);

    for (size_t i = 0; slash != NULL && i < map->group_count; i++) {
        const char *code = map->groups[i].group->code;

        if (strlen(code) == size && memcmp(code, rest, size) == 0) {
            return group_source(document, i, slash + 1, ret_line);
        }
    }
    return find_source(map->fields, map->field_count, rest);
}

void cli_import_document_place(struct cli_import_document *document, const char *pointer,
                               size_t *ret_line, const char **ret_column)
{
    const struct cli_import_source *source = NULL;

    *ret_line = row_at(document, 0)->line;
    if (strncmp(pointer, "/data/", 6) == 0) {
        source = data_source(document, pointer + 6, ret_line);
    } else if (pointer[0] == '/') {
        source = envelope_source(document->map, pointer + 1);
    }
    *ret_column = source == NULL ? "" : cli_import_value_column(source, document->arena);
}

void cli_import_document_release(struct cli_import_document *document)
{
    for (size_t i = 0; i < document->map->group_count; i++) {
        emis_buffer_release(&document->origins[i]);
    }
    free(document->origins);
    emis_buffer_release(&document->text);
    emis_arena_free(document->arena);
}
