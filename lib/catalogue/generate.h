/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is derived from a compiled, numbered catalogue as text: the tables of core, the level tables
 * of mart, JSON Schemas, the data dictionary, the binary COPY statements. Pure. The refresh and
 * audit SQL of indicators is in refresh.h.
 */
#pragma once

#include "lib/catalogue/catalogue.h"

/*
 * Idempotent DDL (CREATE TABLE IF NOT EXISTS, ADD COLUMN IF NOT EXISTS, comments): attribute
 * columns of ref.place and mart.dim_area; per form group core.<table> (submission_key bigint not
 * null, starts_on date not null, unit_id int not null, keys, fields) partitioned by range
 * (starts_on) with a DEFAULT partition <table>_default and a plain btree on submission_key; per
 * level mart.<level>_indicator with keys, foreign keys and comments (the deepest level partitioned
 * by range (period_key) with a DEFAULT partition); the view mart.indicator.
 */
void catalogue_generate_ddl(const struct catalogue *catalogue, struct emis_buffer *out);

/*
 * `COPY core.<table> (submission_key, starts_on, unit_id, keys..., fields...) FROM STDIN (FORMAT
 * binary)`; column order is that of the newest version of the form: keys in declared order, then
 * fields in declared order. A field that an older version lacks is NULL. Statement name: "copy_" +
 * table.
 */
void catalogue_generate_copy(const struct catalogue_group *group, struct emis_buffer *out);

/* JSON Schema draft 2020-12 of a whole submission of this form version (envelope and data),
 * indented. */
void catalogue_generate_schema(const struct catalogue *catalogue, const struct catalogue_form *form,
                               struct emis_buffer *out);

/* The data dictionary in Markdown: forms with fields, code lists, indicators with definition,
 * formula, grain, cuts, version history, source. */
void catalogue_generate_dictionary(const struct catalogue *catalogue, struct emis_buffer *out);
