/* SPDX-License-Identifier: Apache-2.0 */
/* The live test applies the generated DDL to a database of its own; it skips without EMIS_TEST_DSN.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <unistd.h>

#include "lib/catalogue/generate.h"
#include "lib/json/document.h"
#include "lib/store/connection.h"
#include "lib/store/migrate.h"
#include "lib/store/query.h"
#include "tests/unit/catalogue/base.h"

static struct catalogue *numbered(struct base *base)
{
    const struct catalogue_number *added;
    size_t count;
    catalogue_number_apply(base_catalogue(base), NULL, 0, &added, &count);
    return base->catalogue;
}

static void assert_holds(const struct emis_buffer *text, const char *part)
{
    if (strstr(text->data, part) == NULL)
        fail_msg("not there: %s", part);
}

static void test_catalogue_generate_copy__keys_then_fields(void **state)
{
    struct base *base = base_new();
    struct emis_buffer out;
    (void) state;
    emis_buffer_init(&out);
    catalogue_generate_copy(&catalogue_form_newest(numbered(base), "COUNT")->groups[1], &out);
    assert_string_equal(out.data, "COPY core.count_pupil (submission_key, starts_on, unit_id, "
                                  "grade, sex, present, enrolled) FROM STDIN (FORMAT binary)");
    emis_buffer_release(&out);
    base_free(base);
}

static void test_catalogue_generate_ddl__types_and_escapes(void **state)
{
    struct base *base = base_new();
    struct emis_buffer out;
    (void) state;
    emis_buffer_init(&out);
    base_edit(base, "forms/COUNT.v1.json", "\"name\":\"present\",\"type\":\"int\",\"max\":99",
              "\"name\":\"present\",\"type\":\"int\",\"max\":2147483648");
    catalogue_generate_ddl(numbered(base), &out);
    assert_holds(&out, "add column if not exists present bigint");
    assert_holds(&out, "add column if not exists enrolled int");
    assert_holds(&out, "add column if not exists money bigint");
    assert_holds(&out, "add column if not exists note text");
    assert_holds(&out, "grade smallint not null");
    assert_holds(&out, "'Owner''s kind; "); /* the label Owner's kind */
    assert_holds(&out, "'Money; units of 10^-2.'");
    assert_holds(&out, "'Total; null: a check.'");
    assert_holds(&out, "create table if not exists mart.school_indicator_default partition of "
                       "mart.school_indicator default");
    assert_null(strstr(out.data, "mart.district_indicator_default"));
    emis_buffer_release(&out);
    base_free(base);
}

/* The part of the schema at a path of keys. */
static const struct json_value *at(const struct json_document *schema, const char *const *keys)
{
    const struct json_value *value = json_document_root(schema);
    for (; *keys != NULL; keys++) {
        value = json_value_get(value, *keys);
        if (value == NULL)
            fail_msg("the schema has no %s", *keys);
    }
    return value;
}

#define AT(schema, ...) at(schema, (const char *const[]){__VA_ARGS__, NULL})

static void test_catalogue_generate_schema__is_json_and_closed(void **state)
{
    struct base *base = base_new();
    const struct catalogue *catalogue = numbered(base);
    struct json_document *schema;
    struct emis_buffer out;
    struct emis_error err;
    int64_t number;
    bool is_open;
    const char *text;
    size_t size;
    (void) state;
    emis_buffer_init(&out);
    catalogue_generate_schema(catalogue, catalogue_form_newest(catalogue, "COUNT"), &out);
    if (!json_document_new(out.data, out.size, &json_limits_file, &schema, &err))
        fail_msg("%s", err.message);
    assert_true(json_value_bool(AT(schema, "additionalProperties"), &is_open) && !is_open);
    assert_true(json_value_bool(AT(schema, "$defs", "data", "additionalProperties"), &is_open) &&
                !is_open);
    assert_true(json_value_bool(AT(schema, "$defs", "data", "properties", "pupil", "items",
                                   "additionalProperties"),
                                &is_open) &&
                !is_open);
    assert_true(json_value_integer(AT(schema, "$defs", "data", "properties", "pupil", "maxItems"),
                                   &number) &&
                number == 10);
    assert_true(json_value_integer(AT(schema, "properties", "round", "maximum"), &number) &&
                number == 9);
    assert_true(json_value_integer(AT(schema, "properties", "version", "const"), &number) &&
                number == 1);
    assert_true(json_value_string(AT(schema, "properties", "form", "const"), &text, &size));
    assert_string_equal(text, "COUNT");
    assert_int_equal(json_value_size(AT(schema, "required")),
                     9); /* eight of the envelope and round */
    assert_int_equal(json_value_size(AT(schema, "$defs", "data", "required")),
                     3); /* money, note, pupil; not total */
    assert_int_equal(json_value_size(AT(schema, "$defs", "data", "properties", "total", "type")),
                     2); /* integer or null */
    json_document_free(schema);
    emis_buffer_release(&out);
    base_free(base);
}

static void test_catalogue_generate_dictionary__lists_all(void **state)
{
    struct base *base = base_new();
    const struct catalogue *catalogue = numbered(base);
    struct emis_buffer out;
    char text[128];
    (void) state;
    emis_buffer_init(&out);
    catalogue_generate_dictionary(catalogue, &out);
    for (size_t i = 0; i < catalogue->indicator_count; i++) {
        snprintf(text, sizeof text, "### %s: ", catalogue->indicators[i].code);
        assert_holds(&out, text);
    }
    for (size_t i = 0; i < catalogue->list_count; i++) {
        snprintf(text, sizeof text, "id=\"list-%s\"", catalogue->lists[i].code);
        assert_holds(&out, text);
    }
    const struct catalogue_form *form = &catalogue->forms[0];
    for (size_t i = 0; i < form->group_count; i++) {
        for (size_t j = 0; j < form->groups[i].field_count; j++) {
            snprintf(text, sizeof text, "| `%s` |", form->groups[i].fields[j].name);
            assert_holds(&out, text);
        }
    }
    assert_holds(&out, "Present \\| here");
    assert_holds(&out, "0.00 to 1000.50");
    assert_holds(&out, "sum(present) / sum(enrolled) where grade = '1'");
    assert_holds(&out, "girls / (pupils)` with girls = RATE[sex = f]; pupils = RATE");
    assert_holds(&out, "Due 12:30 local time, 5 days after the period's last day");
    assert_holds(&out, "Owed where `owner = 'state'`");
    assert_holds(&out, "`R_TOTAL`");
    emis_buffer_release(&out);
    base_free(base);
}

static char database[64];

static void run(struct store_connection *conn, const char *text)
{
    struct emis_error err;
    if (!store_query_script(conn, text, &err))
        fail_msg("%s %s", err.sqlstate, err.message);
}

static void test_catalogue_generate_ddl__applies_twice_and_grows(void **state)
{
    const char *dsn = getenv("EMIS_TEST_DSN");
    struct emis_error err;
    char text[512];
    (void) state;
    if (dsn == NULL || *dsn == '\0')
        skip();
    struct store_connection *server = store_connection_new(dsn, "emis test", &err);
    if (server == NULL)
        fail_msg("%s", err.message);
    snprintf(database, sizeof database, "emis_catalogue_test_%d", (int) getpid());
    snprintf(text, sizeof text, "create database %s", database);
    run(server, text);
    const bool is_uri = strstr(dsn, "://") != NULL;
    snprintf(text, sizeof text, "%s%sdbname=%s", dsn,
             !is_uri            ? " "
             : strchr(dsn, '?') ? "&"
                                : "?",
             database);
    struct store_connection *conn = store_connection_new(text, "emis test", &err);
    const struct store_migrate_options options = {EMIS_SOURCE_DIR "/sql/migrations", NULL, 0};
    size_t applied;
    if (conn == NULL || !store_migrate_run(conn, &options, NULL, NULL, &applied, &err))
        fail_msg("%s", err.message);
    struct base *base = base_new();
    struct emis_buffer out;
    emis_buffer_init(&out);
    catalogue_generate_ddl(numbered(base), &out);
    run(conn, out.data);
    run(conn, out.data);
    run(conn, "insert into core.count_pupil (submission_key, starts_on, unit_id, grade, sex) "
              "values (1, '2025-01-01', 1, 1, 1)");
    /* The next version has one field more. */
    catalogue_free(base->catalogue);
    base->catalogue = NULL;
    base_edit(base, "forms/COUNT.v1.json", "\"name\":\"enrolled\",\"type\":\"int\",\"max\":99",
              "\"name\":\"enrolled\",\"type\":\"int\"},{\"name\":\"more\",\"type\":\"bool\"");
    base_extend(base, "labels/en.json", "\"field.COUNT.pupil.more\":\"More\"");
    emis_buffer_clear(&out);
    catalogue_generate_ddl(numbered(base), &out);
    run(conn, out.data);
    /* 1/0 where something is not as it must be. */
    run(conn, "select 1 / (select count(*) from core.count_pupil where more is null)");
    run(conn, "select 1 / (case when count(*) = 0 then 1 else 0 end) from pg_catalog.pg_attribute "
              "a join pg_catalog.pg_class c on c.oid = "
              "a.attrelid"
              " where c.relnamespace in ('core'::regnamespace, 'mart'::regnamespace) and c.relkind "
              "in ('r', 'p', 'v') and not c.relispartition"
              " and a.attnum > 0 and not a.attisdropped and pg_catalog.col_description(c.oid, "
              "a.attnum) is null");
    run(conn, "select 1 / (case when count(*) = 0 then 1 else 0 end) from pg_catalog.pg_class c"
              " where c.relnamespace in ('core'::regnamespace, 'mart'::regnamespace) and c.relkind "
              "in ('r', 'p', 'v')"
              " and pg_catalog.obj_description(c.oid, 'pg_class') is null");
    run(conn, "select 1 / (case when count(*) = 0 then 1 else 0 end) from mart.indicator");
    emis_buffer_release(&out);
    base_free(base);
    store_connection_free(conn);
    snprintf(text, sizeof text, "drop database %s", database);
    run(server, text);
    store_connection_free(server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_catalogue_generate_copy__keys_then_fields),
        cmocka_unit_test(test_catalogue_generate_ddl__types_and_escapes),
        cmocka_unit_test(test_catalogue_generate_ddl__applies_twice_and_grows),
        cmocka_unit_test(test_catalogue_generate_schema__is_json_and_closed),
        cmocka_unit_test(test_catalogue_generate_dictionary__lists_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
