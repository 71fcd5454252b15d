/* SPDX-License-Identifier: Apache-2.0 */
/* Stable numbers. Readers see a catalogue as constant; here, and only here, its numbers are still
 * open. */
#include <string.h>

#include "lib/base/arena.h"
#include "lib/catalogue/build.h"

/* What is known and what was given now. Invariant: within a kind no number is given twice, also not
 * those of codes that are gone. */
struct numbering {
    struct emis_arena *arena;
    const struct catalogue_number *known;
    size_t known_count;
    struct catalogue_number *added;
    size_t added_count, added_capacity;
};

static void append(struct numbering *numbering, struct catalogue_number number)
{
    if (numbering->added_count == numbering->added_capacity) {
        size_t capacity = numbering->added_capacity ? numbering->added_capacity * 2 : 64;
        struct catalogue_number *larger =
            emis_arena_alloc(numbering->arena, capacity * sizeof *larger);
        if (numbering->added_count)
            memcpy(larger, numbering->added, numbering->added_count * sizeof *larger);
        numbering->added = larger;
        numbering->added_capacity = capacity;
    }
    numbering->added[numbering->added_count++] = number;
}

/* Look for (kind, code) in numbers; raises *max to the largest number of the kind. 0: not there. */
static int16_t look_up(const struct catalogue_number *numbers, size_t count, const char *kind,
                       const char *code, int16_t *max)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(numbers[i].kind, kind) != 0)
            continue;
        if (strcmp(numbers[i].code, code) == 0)
            return numbers[i].number;
        if (numbers[i].number > *max)
            *max = numbers[i].number;
    }
    return 0;
}

static int16_t take(struct numbering *numbering, const char *kind, const char *code, int16_t limit)
{
    int16_t max = 0;
    int16_t number = look_up(numbering->known, numbering->known_count, kind, code, &max);
    if (!number)
        number = look_up(numbering->added, numbering->added_count, kind, code, &max);
    if (number)
        return number;
    EMIS_ASSERT(max < limit);
    append(numbering, (struct catalogue_number){kind, code, (int16_t) (max + 1)});
    return (int16_t) (max + 1);
}

static void number_lists(struct numbering *numbering, const struct catalogue *catalogue)
{
    for (size_t i = 0; i < catalogue->list_count; i++) {
        const struct catalogue_list *list = &catalogue->lists[i];
        struct catalogue_code *codes = (struct catalogue_code *) list->codes;
        const char *kind = emis_arena_format(numbering->arena, "code:%s", list->code);
        for (size_t j = 0; j < list->code_count; j++)
            codes[j].number = take(numbering, kind, codes[j].code, CATALOGUE_CODES_MAX);
    }
}

static void number_dimensions(struct numbering *numbering, const struct catalogue *catalogue)
{
    struct catalogue_dimension *dimensions = (struct catalogue_dimension *) catalogue->dimensions;
    struct catalogue_attribute *attributes = (struct catalogue_attribute *) catalogue->attributes;
    for (size_t i = 0; i < catalogue->dimension_count; i++)
        dimensions[i].number =
            take(numbering, "dimension", dimensions[i].code, CATALOGUE_DIMENSIONS_MAX);
    for (size_t i = 0; i < catalogue->attribute_count; i++)
        attributes[i].dimension = catalogue_dimension_find(catalogue, attributes[i].code)->number;
}

static void number_forms(struct numbering *numbering, const struct catalogue *catalogue)
{
    struct catalogue_form *forms = (struct catalogue_form *) catalogue->forms;
    for (size_t i = 0; i < catalogue->form_count; i++) {
        struct catalogue_rule *rules = (struct catalogue_rule *) forms[i].rules;
        forms[i].number = take(numbering, "form", forms[i].code, CATALOGUE_CODES_MAX);
        for (size_t j = 0; j < forms[i].rule_count; j++)
            rules[j].number = take(numbering, "rule", rules[j].code, 32000);
    }
}

static void number_operand(struct catalogue_operand *operand)
{
    if (operand->dimension)
        operand->member = catalogue_code_number(operand->dimension->list, operand->member_code,
                                                strlen(operand->member_code));
}

static void number_indicators(struct numbering *numbering, const struct catalogue *catalogue)
{
    struct catalogue_indicator *indicators = (struct catalogue_indicator *) catalogue->indicators;
    for (size_t i = 0; i < catalogue->indicator_count; i++) {
        indicators[i].number = take(numbering, "indicator", indicators[i].code, 32000);
        for (size_t j = 0; j < indicators[i].operand_count; j++)
            number_operand((struct catalogue_operand *) &indicators[i].operands[j]);
    }
}

static void number_crosses(struct numbering *numbering, const struct catalogue *catalogue)
{
    struct catalogue_cross *crosses = (struct catalogue_cross *) catalogue->crosses;
    for (size_t i = 0; i < catalogue->cross_count; i++) {
        crosses[i].number = take(numbering, "rule", crosses[i].code, 32000);
        for (size_t j = 0; j < crosses[i].value_count; j++) {
            const struct catalogue_value *value = &crosses[i].values[j];
            for (size_t k = 0; k < value->member_count; k++)
                value->members[k] = catalogue_code_number(
                    value->dimension->list, value->member_codes[k], strlen(value->member_codes[k]));
        }
    }
}

void catalogue_number_assign(struct catalogue *catalogue, const struct catalogue_number *known,
                             size_t known_count, const struct catalogue_number **ret_new,
                             size_t *ret_new_count)
{
    struct numbering numbering = {
        .arena = catalogue->arena, .known = known, .known_count = known_count};
    number_lists(&numbering, catalogue);
    number_dimensions(&numbering, catalogue);
    number_forms(&numbering, catalogue);
    number_indicators(&numbering, catalogue);
    number_crosses(&numbering, catalogue);
    *ret_new = numbering.added;
    *ret_new_count = numbering.added_count;
}

void catalogue_number_apply(struct catalogue *catalogue, const struct catalogue_number *known,
                            size_t known_count, const struct catalogue_number **ret_new,
                            size_t *ret_new_count)
{
    catalogue_number_assign(catalogue, known, known_count, ret_new, ret_new_count);
    catalogue_expression_compile(catalogue, NULL);
}
