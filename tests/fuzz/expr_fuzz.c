/* SPDX-License-Identifier: Apache-2.0 */
/* Any text: refused with a column, or an expression that prints and evaluates, with every field
 * missing and with every field large. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/expr/print.h"
#include "tests/unit/expr/fixture.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void evaluate(const struct expr *expr, struct fixture *fixture)
{
    struct expr_source source = {
        .context = fixture, .row_count = fixture_row_count, .value = fixture_value};
    struct emis_error err;
    struct expr_value value;

    if (!expr_evaluate(expr, &source, &value, &err))
        EMIS_ASSERT(err.code == E_EXPR_RANGE);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct fixture fixture;
    struct emis_arena *arena = emis_arena_new(16384);
    char *text = malloc(size + 1);
    const struct expr *expr;
    struct emis_error err;
    struct emis_buffer sql;

    memcpy(text, data, size);
    text[size] = '\0';
    if (!expr_compile(arena, text, size % 2 == 0 ? &fixture_form : &fixture_row, &expr, &err)) {
        EMIS_ASSERT(strncmp(err.message, "column ", 7) == 0);
    } else {
        emis_buffer_init(&sql);
        expr_print_sql(expr, NULL, NULL, &sql);
        emis_buffer_release(&sql);
        fixture_init(&fixture);
        fixture_set(&fixture, CLASS, 0, SEX, 1);
        evaluate(expr, &fixture);
        for (size_t i = 0; i < 2 * SCHOOL_FIELDS; i++)
            fixture.values[i % 2][0][i / 2] = (struct expr_value){
                .number = i == 3 ? 1 : INT64_MAX - 3, .text = "x", .text_size = 1};
        evaluate(expr, &fixture);
    }
    free(text);
    emis_arena_free(arena);
    return 0;
}
