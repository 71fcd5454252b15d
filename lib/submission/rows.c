/* SPDX-License-Identifier: Apache-2.0 */
/* Rows in the order of their keys: what makes two spellings of one content equal, and doubles
 * neighbours. */
#include <stdlib.h>
#include <string.h>

#include "lib/base/arena.h"
#include "lib/submission/draft.h"

static int compare_cells(const struct expr_value *a, const struct expr_value *b)
{
    if (a->text != NULL && b->text != NULL) {
        size_t size = a->text_size < b->text_size ? a->text_size : b->text_size;
        int order = memcmp(a->text, b->text, size);
        return order != 0 ? order : (a->text_size > b->text_size) - (a->text_size < b->text_size);
    }
    return (a->number > b->number) - (a->number < b->number);
}

static int compare_keys(const struct submission_table *table, size_t left, size_t right)
{
    const struct expr_value *a = table->cells + left * table->column_count;
    const struct expr_value *b = table->cells + right * table->column_count;
    int order = 0;
    for (size_t i = 0; order == 0 && i < table->group->key_count; i++) {
        order = compare_cells(&a[i], &b[i]);
    }
    return order;
}

/* Equal keys keep the order of the document, so that of two doubles the second is named. */
static int compare_rows(const void *left, const void *right, void *context)
{
    size_t a = *(const size_t *) left;
    size_t b = *(const size_t *) right;
    int order = compare_keys(context, a, b);
    return order != 0 ? order : (a > b) - (a < b);
}

static void sort_table(struct submission_draft *draft, struct submission_table *table)
{
    table->order = emis_arena_alloc(draft->arena, (table->row_count + 1) * sizeof *table->order);
    for (size_t i = 0; i < table->row_count; i++) {
        table->order[i] = i;
    }
    qsort_r(table->order, table->row_count, sizeof *table->order, compare_rows, table);
    for (size_t i = 1; i < table->row_count; i++) {
        if (compare_keys(table, table->order[i - 1], table->order[i]) == 0) {
            const char *pointer = emis_arena_format(draft->arena, "/data/%s/%zu",
                                                    table->group->code, table->order[i]);
            submission_draft_fault_at(draft, E_ROW_DUP, pointer,
                                      "the row's key is also that of row %zu", table->order[i - 1]);
        }
    }
}

void submission_rows_sort(struct submission_draft *draft)
{
    for (size_t i = 0; i < draft->out->form->group_count; i++) {
        sort_table(draft, &draft->tables[i]);
    }
}
