/* SPDX-License-Identifier: Apache-2.0 */
/* catalogue check, list, show, schema, dictionary: from the files alone, without a database. */
#include <stdio.h>
#include <string.h>

#include "lib/base/arena.h"
#include "lib/base/buffer.h"
#include "lib/base/date.h"
#include "lib/base/memory.h"
#include "lib/base/text.h"
#include "lib/catalogue/country.h"
#include "lib/catalogue/generate.h"
#include "ops/cli/commands.h"
#include "ops/cli/dimension.h"
#include "ops/cli/print.h"

/* The files, read; mistakes are rows of the print. */
struct reading {
    struct emis_arena *arena;
    const char *folder, *country;
    struct catalogue_document *documents;
    size_t document_count;
    struct catalogue *catalogue;
    struct cli_print *print; /* NULL: mistakes go to standard error */
    size_t mistake_count;
};

static void add_mistake(void *context, const char *path, const char *pointer, const char *reason)
{
    struct reading *reading = context;

    path = catalogue_country_file(reading->arena, reading->folder, reading->country, path, pointer);
    reading->mistake_count++;
    if (reading->print != NULL) {
        cli_print_row(reading->print, (const char *const[]){path, pointer, reason});
    } else {
        fprintf(stderr, "%s%s%s: %s\n", path, pointer[0] == '\0' ? "" : " ", pointer, reason);
    }
}

static void reading_release(struct reading *reading)
{
    catalogue_free(reading->catalogue);
    emis_arena_free(reading->arena);
}

/* --catalogue, the operand given as a folder, or the catalogue beside sql/. Release it also after a
 * failure. */
static bool reading_init(struct reading *reading, struct cli_context *cli, const char *folder,
                         struct cli_print *print, struct emis_error *err)
{
    const struct catalogue_number *given;
    const char *root;
    size_t given_count;
    bool ok = true;

    *reading = (struct reading){.arena = emis_arena_new(1 << 16),
                                .folder = folder,
                                .country = cli_context_option(cli, "country"),
                                .print = print};
    if (folder == NULL) {
        ok = cli_context_root(cli, &root, err);
        reading->folder = ok ? emis_arena_format(reading->arena, "%s/catalogue", root) : NULL;
    }
    ok = ok &&
         catalogue_country_read(reading->arena, reading->folder, reading->country,
                                &reading->documents, &reading->document_count, err) &&
         catalogue_compile(reading->documents, reading->document_count, add_mistake, reading,
                           &reading->catalogue, err);
    if (ok) {
        catalogue_number_apply(reading->catalogue, NULL, 0, &given, &given_count);
    }
    return ok;
}

static void add_languages(struct emis_buffer *text, const struct catalogue *catalogue)
{
    for (size_t i = 0; i < catalogue->language_count; i++) {
        emis_buffer_format(text, "%s%s%s", i == 0 ? "" : ", ", catalogue->languages[i].code,
                           catalogue->languages[i].is_unreviewed ? " (unreviewed)" : "");
    }
}

/* Versions of one code count once. */
static void say_counts(const struct cli_context *cli, const struct reading *reading)
{
    const struct catalogue *catalogue = reading->catalogue;
    size_t forms = 0, rules = 0, indicators = 0, crosses = 0;
    struct emis_buffer languages;

    for (size_t i = 0; i < catalogue->form_count; i++) {
        if (catalogue_form_newest(catalogue, catalogue->forms[i].code) == &catalogue->forms[i]) {
            forms++;
            rules += catalogue->forms[i].rule_count;
        }
    }
    for (size_t i = 0; i < catalogue->indicator_count; i++) {
        indicators += i + 1 == catalogue->indicator_count ||
                      strcmp(catalogue->indicators[i].code, catalogue->indicators[i + 1].code) != 0;
    }
    for (size_t i = 0; i < catalogue->cross_count; i++) {
        crosses +=
            catalogue_cross_find(catalogue, catalogue->crosses[i].code) == &catalogue->crosses[i];
    }
    emis_buffer_init(&languages);
    add_languages(&languages, catalogue);
    cli_context_say(cli,
                    "%zu files: %zu forms with %zu rules, %zu indicators, %zu rules over several "
                    "submissions, %zu code lists; labels: %s",
                    reading->document_count, forms, rules, indicators, crosses,
                    catalogue->list_count, languages.data);
    emis_buffer_release(&languages);
}

bool cli_catalogue_check(struct cli_context *cli, struct emis_error *err)
{
    static const struct cli_print_column columns[] = {
        {"file", 't'}, {"pointer", 't'}, {"reason", 't'}, {NULL, 0}};
    const char *folder =
        cli->operand_count > 0 ? cli->operands[0] : cli_context_option(cli, "catalogue");
    struct reading reading;
    struct cli_print print;
    bool ok;

    cli_print_init(&print, cli, "emis.catalogue_check/1", columns);
    ok = reading_init(&reading, cli, folder, &print, err);
    if (!ok && reading.mistake_count > 0) {
        (void) emis_error_set(err, E_CATALOGUE, "%zu mistake%s", reading.mistake_count,
                              reading.mistake_count == 1 ? "" : "s");
    }
    if (ok) {
        say_counts(cli, &reading);
        cli_context_say(cli, "no mistake");
    }
    if (reading.mistake_count > 0 || cli->is_json) {
        cli_print_end(&print);
    }
    reading_release(&reading);
    return ok;
}

static void add_listed(struct cli_print *print, const char *kind, const char *code, int version,
                       int32_t valid_from, int32_t valid_to, const char *name)
{
    char number[16], from[16], to[16] = "";

    snprintf(number, sizeof number, "%d", version);
    emis_date_format(valid_from, from);
    if (valid_to != EMIS_DATE_INFINITY) {
        emis_date_format(valid_to, to);
    }
    cli_print_row(print,
                  (const char *const[]){kind, code, number, from, to[0] == '\0' ? NULL : to, name});
}

bool cli_catalogue_list(struct cli_context *cli, struct emis_error *err)
{
    static const struct cli_print_column columns[] = {
        {"kind", 't'},     {"code", 't'}, {"version", 'n'}, {"valid_from", 't'},
        {"valid_to", 't'}, {"name", 't'}, {NULL, 0}};
    struct reading reading;
    struct cli_print print;
    bool ok = reading_init(&reading, cli, cli_context_option(cli, "catalogue"), NULL, err);

    cli_print_init(&print, cli, "emis.catalogue/1", columns);
    for (size_t i = 0; ok && i < reading.catalogue->form_count; i++) {
        const struct catalogue_form *form = &reading.catalogue->forms[i];

        add_listed(&print, "form", form->code, form->version, form->valid_from, form->valid_to,
                   cli_dimension_label(reading.catalogue,
                                       emis_arena_format(reading.arena, "form.%s", form->code),
                                       NULL));
    }
    for (size_t i = 0; ok && i < reading.catalogue->indicator_count; i++) {
        const struct catalogue_indicator *indicator = &reading.catalogue->indicators[i];

        add_listed(&print, "indicator", indicator->code, indicator->version, indicator->valid_from,
                   indicator->valid_to,
                   cli_dimension_label(
                       reading.catalogue,
                       emis_arena_format(reading.arena, "indicator.%s", indicator->code), NULL));
    }
    for (size_t i = 0; ok && i < reading.catalogue->cross_count; i++) {
        const struct catalogue_cross *cross = &reading.catalogue->crosses[i];

        add_listed(&print, "rule", cross->code, cross->version, cross->valid_from, cross->valid_to,
                   cli_dimension_label(reading.catalogue,
                                       emis_arena_format(reading.arena, "rule.%s", cross->code),
                                       NULL));
    }
    if (ok) {
        cli_print_end(&print);
        say_counts(cli, &reading);
    } else {
        emis_buffer_release(&print.text);
    }
    reading_release(&reading);
    return ok;
}

/* The documents that hold the code: its versions as they are written. */
static bool show_documents(const struct cli_context *cli, const struct reading *reading,
                           const char *code, struct emis_error *err)
{
    struct emis_buffer text;
    struct json_write json;
    size_t found = 0;

    emis_buffer_init(&text);
    json_write_init(&json, &text, true);
    json_write_object_begin(&json);
    json_write_key(&json, "schema");
    json_write_string(&json, "emis.catalogue_document/1");
    json_write_key(&json, "documents");
    json_write_array_begin(&json);
    for (size_t i = 0; i < reading->document_count; i++) {
        const struct catalogue_document *document = &reading->documents[i];
        const char *name = strrchr(document->path, '/');
        size_t size = strlen(code);

        if (name == NULL || strncmp(name + 1, code, size) != 0 || name[1 + size] != '.' ||
            strncmp(document->path, "labels/", 7) == 0) {
            continue;
        }
        found++;
        json_write_raw(&json, document->body, document->body_size);
        if (!cli->is_json) {
            fwrite(document->body, 1, document->body_size, stdout);
        }
    }
    json_write_array_end(&json);
    json_write_object_end(&json);
    if (found > 0 && cli->is_json) {
        fwrite(text.data, 1, text.size, stdout);
    }
    emis_buffer_release(&text);
    return found > 0 ||
           emis_error_set(err, E_NOT_FOUND,
                          "the catalogue has no %s; `emis catalogue list` prints the codes", code);
}

bool cli_catalogue_show(struct cli_context *cli, struct emis_error *err)
{
    struct reading reading;
    bool ok = reading_init(&reading, cli, cli_context_option(cli, "catalogue"), NULL, err) &&
              show_documents(cli, &reading, cli->operands[0], err);

    reading_release(&reading);
    return ok;
}

static bool print_schema(const struct cli_context *cli, const struct catalogue *catalogue,
                         struct emis_error *err)
{
    const struct catalogue_form *form = catalogue_form_newest(catalogue, cli->operands[0]);
    struct emis_buffer text;
    int64_t version;

    if (cli->operand_count > 1) {
        if (!emis_text_parse_i64(cli->operands[1], strlen(cli->operands[1]), &version) ||
            version < 1 || version > 32000) {
            return emis_error_set(err, E_USAGE, "%s is no version", cli->operands[1]);
        }
        form = catalogue_form_find(catalogue, cli->operands[0], (int16_t) version);
    }
    if (form == NULL) {
        return emis_error_set(
            err, E_NOT_FOUND,
            "the catalogue has no form %s%s%s; `emis catalogue list` prints the codes",
            cli->operands[0], cli->operand_count > 1 ? " version " : "",
            cli->operand_count > 1 ? cli->operands[1] : "");
    }
    emis_buffer_init(&text);
    catalogue_generate_schema(catalogue, form, &text);
    fwrite(text.data, 1, text.size, stdout);
    emis_buffer_release(&text);
    return true;
}

bool cli_catalogue_schema(struct cli_context *cli, struct emis_error *err)
{
    struct reading reading;
    bool ok = reading_init(&reading, cli, cli_context_option(cli, "catalogue"), NULL, err) &&
              print_schema(cli, reading.catalogue, err);

    reading_release(&reading);
    return ok;
}

bool cli_catalogue_dictionary(struct cli_context *cli, struct emis_error *err)
{
    struct emis_buffer text;
    struct reading reading;
    bool ok = reading_init(&reading, cli, cli_context_option(cli, "catalogue"), NULL, err);

    if (ok) {
        emis_buffer_init(&text);
        catalogue_generate_dictionary(reading.catalogue, &text);
        fwrite(text.data, 1, text.size, stdout);
        emis_buffer_release(&text);
    }
    reading_release(&reading);
    return ok;
}
