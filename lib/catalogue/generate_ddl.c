/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tables of core and the attribute columns. Every statement may run again: tables are created
 * with the columns that never change, the other columns are added where they are missing, comments
 * are written anew.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "lib/catalogue/generate.h"
#include "lib/catalogue/generate_part.h"

const char *catalogue_generate_column_type(const struct catalogue_field *field)
{
    switch (field->type) {
    case CATALOGUE_INT:
        return field->max > INT32_MAX || field->min < INT32_MIN ? "bigint" : "int";
    case CATALOGUE_DECIMAL:
        return "bigint";
    case CATALOGUE_CODE:
        return "smallint";
    case CATALOGUE_TEXT:
        return "text";
    case CATALOGUE_DATE:
        return "date";
    case CATALOGUE_BOOL:
        return "bool";
    }
    return "";
}

void catalogue_generate_literal(struct emis_buffer *out, const char *text)
{
    emis_buffer_u8(out, '\'');
    for (; *text; text++) {
        if (*text == '\'')
            emis_buffer_u8(out, '\'');
        emis_buffer_u8(out, (uint8_t) *text);
    }
    emis_buffer_u8(out, '\'');
}

const char *catalogue_generate_label(const struct catalogue *catalogue, const char *format, ...)
{
    char key[256];
    va_list args;
    va_start(args, format);
    vsnprintf(key, sizeof key, format, args);
    va_end(args);
    const char *text = catalogue_label(catalogue, "en", key);
    if (!text && catalogue->language_count)
        text = catalogue_label(catalogue, catalogue_language(catalogue, 0), key);
    return text ? text : "";
}

bool catalogue_generate_is_newest(const struct catalogue *catalogue,
                                  const struct catalogue_form *form)
{
    return catalogue_form_newest(catalogue, form->code) == form;
}

/* "; number of the code in the list sex", "; units of 10^-2", ...: what a reader of the column must
 * know beside its label. */
static void print_meaning(struct emis_buffer *text, const struct catalogue_field *field)
{
    if (field->type == CATALOGUE_CODE)
        emis_buffer_format(text, "; number of the code in the list %s", field->list->code);
    if (field->type == CATALOGUE_DECIMAL && field->scale)
        emis_buffer_format(text, "; units of 10^-%d", field->scale);
    if (field->missing_reason)
        emis_buffer_format(text, "; null: %s", field->missing_reason);
}

static void print_column_comment(struct emis_buffer *out, const struct catalogue *catalogue,
                                 const struct catalogue_form *form,
                                 const struct catalogue_group *group,
                                 const struct catalogue_field *field)
{
    struct emis_buffer text;
    emis_buffer_init(&text);
    emis_buffer_text(&text, catalogue_generate_label(catalogue, "field.%s.%s.%s", form->code,
                                                     group->code, field->name));
    print_meaning(&text, field);
    emis_buffer_text(&text, ".");
    emis_buffer_format(out, "comment on column core.%s.%s is ", group->table, field->name);
    catalogue_generate_literal(out, text.data);
    emis_buffer_text(out, ";\n");
    emis_buffer_release(&text);
}

static void print_table_comments(struct emis_buffer *out, const struct catalogue *catalogue,
                                 const struct catalogue_form *form,
                                 const struct catalogue_group *group)
{
    struct emis_buffer text;
    emis_buffer_init(&text);
    emis_buffer_format(&text, "%s: %s. One row per submission",
                       catalogue_generate_label(catalogue, "form.%s", form->code),
                       catalogue_generate_label(catalogue, "group.%s.%s", form->code, group->code));
    for (size_t i = 0; i < group->key_count; i++)
        emis_buffer_format(&text, ", %s", group->keys[i].name);
    emis_buffer_text(&text, ". Insert-only; intake.current says which submission counts.");
    emis_buffer_format(out, "comment on table core.%s is ", group->table);
    catalogue_generate_literal(out, text.data);
    emis_buffer_release(&text);
    emis_buffer_format(
        out,
        ";\ncomment on column core.%s.submission_key is 'The submission that carried the row: log "
        "<< 53 | partition << 40 | offset.';\n"
        "comment on column core.%s.starts_on is 'First day of the submission''s period.';\n"
        "comment on column core.%s.unit_id is 'The school or area it is about: ref.unit.';\n",
        group->table, group->table, group->table);
    for (size_t i = 0; i < group->key_count; i++)
        print_column_comment(out, catalogue, form, group, &group->keys[i]);
    for (size_t i = 0; i < group->field_count; i++)
        print_column_comment(out, catalogue, form, group, &group->fields[i]);
    emis_buffer_format(out,
                       "comment on table core.%s_default is 'Rows of periods that have no "
                       "partition of their own.';\n",
                       group->table);
}

static void print_table(struct emis_buffer *out, const struct catalogue_group *group)
{
    emis_buffer_format(out,
                       "create table if not exists core.%s (\n  submission_key bigint not null,\n  "
                       "starts_on date not null,\n  unit_id int not null",
                       group->table);
    for (size_t i = 0; i < group->key_count; i++)
        emis_buffer_format(out, ",\n  %s %s not null", group->keys[i].name,
                           catalogue_generate_column_type(&group->keys[i]));
    emis_buffer_text(out, ") partition by range (starts_on);\n");
    if (group->field_count)
        emis_buffer_format(out, "alter table core.%s", group->table);
    for (size_t i = 0; i < group->field_count; i++)
        emis_buffer_format(out, "%s\n  add column if not exists %s %s", i ? "," : "",
                           group->fields[i].name,
                           catalogue_generate_column_type(&group->fields[i]));
    if (group->field_count)
        emis_buffer_text(out, ";\n");
    emis_buffer_format(out,
                       "create table if not exists core.%s_default partition of core.%s default;\n",
                       group->table, group->table);
    emis_buffer_format(out, "create index if not exists %s_key_idx on core.%s (submission_key);\n",
                       group->table, group->table);
}

/* Who else holds a key is asked for each key of a submission that changed. */
static void print_key_index(struct emis_buffer *out, const struct catalogue_cross *cross)
{
    if (cross->method == CATALOGUE_SHARED)
        emis_buffer_format(out,
                           "create index if not exists %.30s_%.20s_shared_idx on core.%s (%s, "
                           "starts_on);\n",
                           cross->group->table, cross->keys[0]->name, cross->group->table,
                           cross->keys[0]->name);
}

static void print_attributes(struct emis_buffer *out, const struct catalogue *catalogue)
{
    struct emis_buffer text;
    emis_buffer_init(&text);
    for (size_t i = 0; i < catalogue->attribute_count; i++) {
        const struct catalogue_attribute *attribute = &catalogue->attributes[i];
        const char *label = catalogue_generate_label(catalogue, "attribute.%s", attribute->code);
        emis_buffer_format(out, "alter table ref.place add column if not exists %s smallint;\n",
                           attribute->code);
        emis_buffer_clear(&text);
        emis_buffer_format(&text, "%s; number of the code in the list %s; null: not known.", label,
                           attribute->list->code);
        emis_buffer_format(out, "comment on column ref.place.%s is ", attribute->code);
        catalogue_generate_literal(out, text.data);
        emis_buffer_format(out, ";\nalter table mart.dim_area add column if not exists %s text;\n",
                           attribute->code);
        emis_buffer_clear(&text);
        emis_buffer_format(&text, "%s; code of the list %s; null: not known.", label,
                           attribute->list->code);
        emis_buffer_format(out, "comment on column mart.dim_area.%s is ", attribute->code);
        catalogue_generate_literal(out, text.data);
        emis_buffer_text(out, ";\n");
    }
    emis_buffer_release(&text);
}

void catalogue_generate_ddl(const struct catalogue *catalogue, struct emis_buffer *out)
{
    print_attributes(out, catalogue);
    for (size_t i = 0; i < catalogue->form_count; i++) {
        const struct catalogue_form *form = &catalogue->forms[i];
        if (!catalogue_generate_is_newest(catalogue, form))
            continue;
        for (size_t j = 0; j < form->group_count; j++) {
            emis_buffer_text(out, "\n");
            print_table(out, &form->groups[j]);
            print_table_comments(out, catalogue, form, &form->groups[j]);
        }
    }
    for (size_t i = 0; i < catalogue->cross_count; i++)
        print_key_index(out, &catalogue->crosses[i]);
    catalogue_generate_mart(catalogue, out);
    catalogue_generate_standing(catalogue, out);
}
