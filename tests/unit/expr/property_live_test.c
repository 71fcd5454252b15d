/* SPDX-License-Identifier: Apache-2.0 */
/*
 * C and PostgreSQL agree: at least 100,000 random expressions over random rows, printed as SQL and
 * evaluated by a real server, compared value by value and failure by failure. Needs EMIS_TEST_DSN
 * and psql; EMIS_TEST_SEED repeats a run.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/clock.h"
#include "lib/base/date.h"
#include "lib/expr/node.h"
#include "lib/expr/print.h"
#include "tests/unit/expr/fixture.h"

#define EXPRESSIONS 100000
#define PER_QUERY   1000
#define FIXTURES    64
#define EMPTY       0 /* the fixture whose groups have no rows */

enum place { OF_ROW, OF_SCHOOL, OF_EMPTY_GROUP, INSIDE_SUM };

static uint64_t seed_now;
static struct fixture fixtures[FIXTURES];

static uint64_t random_below(uint64_t bound)
{
    seed_now ^= seed_now << 13;
    seed_now ^= seed_now >> 7;
    seed_now ^= seed_now << 17;
    return (seed_now >> 11) % bound;
}

/* Mostly small, sometimes so large that sums and products overflow. */
static int64_t random_number(void)
{
    static const int64_t bounds[] = {
        3, 10, 1000, 100000, INT64_C(5000000000), INT64_C(400000000000000), INT64_MAX};
    int64_t bound = bounds[random_below(7)];
    int64_t number = (int64_t) random_below((uint64_t) bound);

    if (bound == INT64_MAX && random_below(4) == 0)
        return random_below(2) ? INT64_MAX - (int64_t) random_below(3)
                               : INT64_MIN + (int64_t) random_below(3);
    return random_below(2) ? number : -number;
}

static struct expr_value random_value(const struct expr_field *field)
{
    static const char *const texts[] = {"a", "b", "a-b"};
    struct expr_value value = {.is_missing = random_below(6) == 0};

    if (value.is_missing)
        return value;
    if (field->type == EXPR_NUMBER)
        value.number = random_number();
    else if (field->type == EXPR_BOOL)
        value.number = (int64_t) random_below(2);
    else if (field->type == EXPR_CODE)
        value.number = 1 + (int64_t) random_below(2);
    else if (field->type == EXPR_DATE)
        value.number = (int64_t) random_below(20) + 9000;
    else
        value.text = texts[random_below(3)];
    value.text_size = value.text == NULL ? 0 : strlen(value.text);
    return value;
}

static void make_fixtures(void)
{
    for (size_t i = 0; i < FIXTURES; i++) {
        fixture_init(&fixtures[i]);
        fixtures[i].rows[CLASS] = i == EMPTY ? 0 : 1 + random_below(FIXTURE_ROWS_MAX);
        for (size_t group = SCHOOL; group <= CLASS; group++) {
            for (size_t row = 0; row < fixtures[i].rows[group]; row++) {
                for (size_t field = 0; field < SCHOOL_FIELDS; field++)
                    fixtures[i].values[group][row][field] =
                        random_value(&fixture_groups[group].fields[field]);
            }
        }
    }
}

/* The generator writes text that is well typed by construction; scale_max keeps products within
 * EXPR_SCALE_MAX. */
struct generator {
    struct emis_buffer *out;
    enum place place;
};

static void generate_number(struct generator *to, int depth, unsigned scale_max);
static void generate_bool(struct generator *to, int depth);

static void put(struct generator *to, const char *text)
{
    emis_buffer_text(to->out, text);
}

static bool may_sum(const struct generator *to)
{
    return to->place == OF_SCHOOL || to->place == OF_EMPTY_GROUP;
}

static void generate_literal(struct generator *to, unsigned scale_max)
{
    static const uint64_t bounds[] = {10, 100, 100, 1000, 1000000, 3000000000u, INT64_MAX / 2};
    unsigned scale = (unsigned) random_below(scale_max + 1);

    emis_buffer_format(to->out, "%" PRIu64, random_below(bounds[random_below(scale > 0 ? 4 : 7)]));
    if (scale > 0)
        emis_buffer_format(to->out, ".%0*" PRIu64, (int) scale, random_below(10));
}

/* A field of the type and scale, or a literal where there is none. */
static void generate_number_leaf(struct generator *to, unsigned scale_max)
{
    static const char *const of_class[] = {"class.pupils", "class.grade", "class.area",
                                           "class.fee"};
    static const char *const of_school[] = {"school.rooms", "school.total", "school.budget",
                                            "school.budget"};
    size_t pick = random_below(4);

    if (random_below(4) == 0 || to->place == OF_EMPTY_GROUP || (pick >= 2 && scale_max < 4))
        generate_literal(to, scale_max);
    else if (to->place == INSIDE_SUM || (to->place == OF_ROW && random_below(3) > 0))
        put(to, of_class[pick]);
    else
        put(to, of_school[pick]);
}

static void generate_where(struct generator *to, int depth)
{
    if (random_below(2) == 0) {
        put(to, " where ");
        generate_bool(to, depth - 1);
    }
    put(to, ")");
}

static void generate_aggregate(struct generator *to, int depth, unsigned scale_max)
{
    static const char *const openers[] = {"sum((class.grade - class.grade) + ",
                                          "sum(0 * class.pupils + ", "min(class.grade + ",
                                          "max(class.grade * "};
    enum place outside = to->place;
    size_t pick = random_below(6);

    to->place = INSIDE_SUM;
    if (pick < 4) {
        put(to, openers[pick]);
        generate_number(to, depth - 1, scale_max);
    } else {
        put(to, pick == 4 ? "sum(class.pupils" : "count(class");
    }
    generate_where(to, depth);
    to->place = outside;
}

static void generate_if(struct generator *to, int depth, unsigned scale_max)
{
    put(to, "if(");
    generate_bool(to, depth - 1);
    put(to, ", ");
    generate_number(to, depth - 1, scale_max);
    put(to, ", ");
    generate_number(to, depth - 1, scale_max);
    put(to, ")");
}

static void generate_divide(struct generator *to, int depth)
{
    put(to, "divide(");
    generate_number(to, depth - 1, 4);
    put(to, ", ");
    generate_number(to, depth - 1, 4);
    put(to, ")");
}

static void generate_number(struct generator *to, int depth, unsigned scale_max)
{
    static const char *const operators[] = {" + ", " - ", " * "};
    uint64_t pick = random_below(12);

    if (depth <= 0 || pick == 0) {
        if (may_sum(to) && random_below(3) > 0)
            generate_aggregate(to, depth > 1 ? depth : 1, scale_max);
        else
            generate_number_leaf(to, scale_max);
    } else if (pick < 8) {
        size_t which = pick % 3;
        put(to, "(");
        generate_number(to, depth - 1, which == 2 ? scale_max / 2 : scale_max);
        put(to, operators[which]);
        generate_number(to, depth - 1, which == 2 ? scale_max / 2 : scale_max);
        put(to, ")");
    } else if (pick == 8 && scale_max >= EXPR_DIVIDE_DIGITS && random_below(4) > 0) {
        generate_divide(to, depth);
    } else if (pick == 8) {
        put(to, "-(");
        generate_number(to, depth - 1, scale_max);
        put(to, ")");
    } else if (pick < 11 || !may_sum(to)) {
        generate_if(to, depth, scale_max);
    } else {
        generate_aggregate(to, depth, scale_max);
    }
}

static void generate_bool_leaf(struct generator *to)
{
    static const char *const of_class[] = {"class.is_mixed",         "class.sex = 'F'",
                                           "class.sex not in ('M')", "class.born_on > '2024-09-01'",
                                           "missing(class.sex)",     "class.sex in ('F', 'M')",
                                           "missing(class.born_on)"};
    static const char *const of_school[] = {
        "school.is_open",       "school.head_sex <> 'F'",    "school.note = 'a-b'",
        "missing(school.note)", "school.note in ('a', 'b')", "school.opened_on <= '2024-09-02'",
        "school.is_open = true"};
    static const char *const of_empty[] = {"missing(max(class.born_on))", "count(class) = 0",
                                           "true", "min(class.born_on) < '2024-09-01'"};

    if (random_below(12) == 0)
        put(to, random_below(2) ? "true" : "false");
    else if (to->place == OF_EMPTY_GROUP)
        put(to, of_empty[random_below(4)]);
    else if (to->place == INSIDE_SUM || (to->place == OF_ROW && random_below(2)))
        put(to, of_class[random_below(7)]);
    else
        put(to, of_school[random_below(7)]);
}

static void generate_comparison(struct generator *to, int depth)
{
    static const char *const operators[] = {
        " = ",  " <> ",      " < ",           " <= ",  " > ",
        " >= ", " between ", " not between ", " in (", " not in ("};
    size_t pick = random_below(10);

    generate_number(to, depth - 1, EXPR_DIVIDE_DIGITS);
    put(to, operators[pick]);
    if (pick >= 8) {
        emis_buffer_format(to->out, "%" PRIu64 ", -%" PRIu64 ".5)", random_below(10),
                           random_below(5));
        return;
    }
    generate_number(to, depth - 1, 4);
    if (pick >= 6) {
        put(to, " and ");
        generate_number(to, depth - 2, 4);
    }
}

static void generate_bool(struct generator *to, int depth)
{
    uint64_t pick = random_below(10);

    if (depth <= 0 || pick == 0) {
        generate_bool_leaf(to);
    } else if (pick < 4) {
        put(to, "(");
        generate_comparison(to, depth);
        put(to, ")");
    } else if (pick < 7) {
        put(to, "(");
        generate_bool(to, depth - 1);
        put(to, random_below(2) ? " and " : " or ");
        generate_bool(to, depth - 1);
        put(to, ")");
    } else if (pick < 8) {
        put(to, "not (");
        generate_bool(to, depth - 1);
        put(to, ")");
    } else {
        put(to, "missing(");
        generate_number(to, depth - 1, 4);
        put(to, ")");
    }
}

/* One compared expression: what C says, kept until PostgreSQL has spoken. */
struct verdict {
    char *text;
    char *sql;
    char value[64];
};

struct run {
    struct emis_arena *arena;
    struct verdict *verdicts;
    size_t count;
    size_t rejected; /* a constant part overflowed: no SQL exists */
    size_t failures;
    size_t missing;
    size_t with_decimals;
};

static void format_verdict(const struct expr *expr, bool is_good, const struct expr_value *value,
                           char out[64])
{
    if (!is_good)
        strcpy(out, "22003");
    else if (value->is_missing)
        strcpy(out, "missing");
    else if (expr_result_type(expr) == EXPR_BOOL)
        strcpy(out, value->number ? "true" : "false");
    else
        snprintf(out, 64, "%" PRId64, value->number);
}

static const char *from_clause(enum place place, size_t fixture, size_t row, char out[256])
{
    if (place == OF_ROW)
        snprintf(out, 256, "FROM school JOIN class USING (id) WHERE id = %zu AND class.row = %zu",
                 fixture, row);
    else if (place == OF_SCHOOL)
        snprintf(out, 256,
                 "FROM school JOIN class USING (id) WHERE school.id = %zu GROUP BY school.id",
                 fixture);
    else
        snprintf(out, 256, "FROM class WHERE id = %d", EMPTY);
    return out;
}

/* The language's bounds: the only other reason for which a generated text may not compile. */
static bool is_too_large(const struct emis_error *err)
{
    return strstr(err->message, "too large") != NULL ||
           strstr(err->message, "longer than") != NULL ||
           strstr(err->message, "more than 32 of") != NULL;
}

static bool add_expression(struct run *run, enum place place)
{
    struct emis_buffer text, sql;
    struct generator to = {.out = &text, .place = place};
    const struct expr *expr;
    struct emis_error err;
    struct expr_value value;
    char from[256];

    emis_buffer_init(&text);
    int depth = 3 + (random_below(8) == 0);
    if (random_below(3) == 0)
        generate_bool(&to, depth);
    else
        generate_number(&to, depth, EXPR_DIVIDE_DIGITS);
    bool is_compiled = expr_compile(run->arena, text.data,
                                    place == OF_ROW ? &fixture_row : &fixture_form, &expr, &err);
    if (!is_compiled && err.code != E_EXPR_RANGE && !is_too_large(&err))
        fail_msg("%s: %s", err.message, text.data);
    if (!is_compiled || expr->root->depth < 4 ||
        (place == OF_EMPTY_GROUP && !expr_has_aggregate(expr))) {
        run->rejected += !is_compiled && err.code == E_EXPR_RANGE;
        emis_buffer_release(&text);
        return false;
    }
    size_t fixture = place == OF_EMPTY_GROUP ? EMPTY : 1 + random_below(FIXTURES - 1);
    struct expr_source source = {
        .context = &fixtures[fixture],
        .row_count = fixture_row_count,
        .value = fixture_value,
        .row = place == OF_ROW ? random_below(fixtures[fixture].rows[CLASS]) : 0};
    struct verdict *verdict = &run->verdicts[run->count++];
    bool is_good = expr_evaluate(expr, &source, &value, &err);
    format_verdict(expr, is_good, &value, verdict->value);
    run->failures += !is_good;
    run->missing += is_good && value.is_missing;
    run->with_decimals += strchr(text.data, '.') != NULL &&
                          (strstr(text.data, "budget") != NULL || strstr(text.data, "fee") != NULL);
    emis_buffer_init(&sql);
    emis_buffer_text(&sql, "SELECT ");
    expr_print_sql(expr, NULL, NULL, &sql);
    emis_buffer_format(&sql, " %s", from_clause(place, fixture, source.row, from));
    verdict->text = text.data;
    verdict->sql = sql.data;
    return true;
}

static void write_value(FILE *script, const struct expr_field *field,
                        const struct expr_value *value)
{
    char date[16];

    if (value->is_missing) {
        fputs(", NULL", script);
    } else if (field->type == EXPR_NUMBER && field->is_numeric_column) {
        fprintf(script, ", %" PRId64 "::numeric * 1e-%u", value->number, field->scale);
    } else if (field->type == EXPR_BOOL) {
        fputs(value->number ? ", true" : ", false", script);
    } else if (field->type == EXPR_DATE) {
        emis_date_format((int32_t) value->number, date);
        fprintf(script, ", '%s'", date);
    } else if (field->type == EXPR_TEXT) {
        fprintf(script, ", '%s'", value->text);
    } else {
        fprintf(script, ", '%" PRId64 "'", value->number);
    }
}

static void write_tables(FILE *script)
{
    fputs("\\set ON_ERROR_STOP on\n"
          "SET client_min_messages = warning;\nSET jit = off;\n"
          "CREATE TEMP TABLE school (id int PRIMARY KEY, row int, rooms bigint, budget_scaled "
          "bigint, is_open boolean, opened_on date, head_sex smallint,"
          " note text, total bigint);\n"
          "CREATE TEMP TABLE class (id int, row int, pupils bigint, grade bigint, sex smallint, "
          "fee bigint, area numeric(22,3), born_on date,"
          " is_mixed boolean);\n"
          "CREATE FUNCTION pg_temp.try_sql(i_sql text) RETURNS text LANGUAGE plpgsql AS $$ DECLARE "
          "result text; BEGIN\n"
          "EXECUTE i_sql INTO STRICT result; RETURN coalesce(result, 'missing'); EXCEPTION WHEN "
          "others THEN RETURN SQLSTATE; END $$;\n",
          script);
    for (size_t i = 0; i < FIXTURES; i++) {
        for (size_t group = SCHOOL; group <= CLASS; group++) {
            for (size_t row = 0; row < fixtures[i].rows[group]; row++) {
                fprintf(script, "INSERT INTO %s VALUES (%zu, %zu", fixture_groups[group].name, i,
                        row);
                for (size_t field = 0; field < SCHOOL_FIELDS; field++)
                    write_value(script, &fixture_groups[group].fields[field],
                                &fixtures[i].values[group][row][field]);
                fputs(");\n", script);
            }
        }
    }
}

static void write_queries(FILE *script, const struct run *run)
{
    for (size_t i = 0; i < run->count; i++) {
        fputs(i % PER_QUERY == 0 ? "SELECT n || ' ' || pg_temp.try_sql(q) FROM (VALUES\n" : ",\n",
              script);
        fprintf(script, "(%zu, $q$%s$q$)", i, run->verdicts[i].sql);
        if (i % PER_QUERY == PER_QUERY - 1 || i == run->count - 1)
            fputs(") v(n, q) ORDER BY n;\n", script);
    }
}

/* Returns the number of differences, or SIZE_MAX when the answers are not one for each question;
 * prints the first few whole. */
static size_t compare_answers(FILE *answers, const struct run *run)
{
    char line[256];
    size_t read = 0, differences = 0;

    while (fgets(line, sizeof(line), answers) != NULL) {
        char *value = strchr(line, ' ');
        size_t index = strtoul(line, NULL, 10);
        line[strcspn(line, "\n")] = '\0';
        if (value == NULL || index != read++ || index >= run->count)
            return SIZE_MAX;
        const char *got = strcmp(value + 1, "t") == 0   ? "true"
                          : strcmp(value + 1, "f") == 0 ? "false"
                                                        : value + 1;
        if (strcmp(got, run->verdicts[index].value) == 0)
            continue;
        if (differences++ < 3)
            print_error("C: %s, PostgreSQL: %s\n  %s\n  %s\n", run->verdicts[index].value, got,
                        run->verdicts[index].text, run->verdicts[index].sql);
    }
    return read == run->count ? differences : SIZE_MAX;
}

static size_t ask_postgres(const struct run *run)
{
    char path[] = "/tmp/emis-expr-XXXXXX", command[64];
    FILE *script = fdopen(mkstemp(path), "w");

    assert_non_null(script);
    write_tables(script);
    write_queries(script, run);
    assert_int_equal(fclose(script), 0);
    snprintf(command, sizeof(command), "psql -XqAt -d \"$EMIS_TEST_DSN\" -f %s", path);
    FILE *answers = popen(command, "r");
    assert_non_null(answers);
    size_t differences = compare_answers(answers, run);
    int status = pclose(answers);
    unlink(path);
    assert_int_equal(status, 0);
    assert_int_not_equal(differences, SIZE_MAX);
    return differences;
}

static void release(struct run *run)
{
    for (size_t i = 0; i < run->count; i++) {
        free(run->verdicts[i].text);
        free(run->verdicts[i].sql);
    }
    free(run->verdicts);
    emis_arena_free(run->arena);
}

static void test_expr_property__c_and_postgresql_agree(void **state)
{
    struct run run = {.arena = emis_arena_new(1 << 20),
                      .verdicts = calloc(EXPRESSIONS, sizeof(struct verdict))};
    const char *given = getenv("EMIS_TEST_SEED");
    (void) state;

    if (getenv("EMIS_TEST_DSN") == NULL) {
        release(&run);
        skip();
    }
    seed_now = given != NULL ? strtoull(given, NULL, 10) : (uint64_t) emis_clock_now_us();
    print_message("EMIS_TEST_SEED=%" PRIu64 "\n", seed_now);
    seed_now =
        seed_now * 2862933555777941757u + 3037000493u; /* neighbouring seeds start far apart */
    make_fixtures();
    for (size_t tries = 0; run.count < EXPRESSIONS; tries++) {
        add_expression(&run, tries % 8 == 0 ? OF_EMPTY_GROUP : tries % 2 == 0 ? OF_ROW : OF_SCHOOL);
        if (tries % 1000 == 0)
            emis_arena_clear(run.arena);
    }
    size_t differences = ask_postgres(&run);
    print_message("%zu expressions: %zu failed with 22003, %zu missing, %zu with decimals; %zu "
                  "more had a constant part that overflows; %zu differences\n",
                  run.count, run.failures, run.missing, run.with_decimals, run.rejected,
                  differences);
    assert_int_equal(differences, 0);
    assert_true(run.failures * 20 >= run.count);
    assert_true(run.missing * 20 >= run.count);
    assert_true(run.with_decimals * 5 >= run.count);
    release(&run);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_expr_property__c_and_postgresql_agree)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
