/* SPDX-License-Identifier: Apache-2.0 */
/* What the generators share. Private to lib/catalogue. Pure. */
#pragma once

#include "lib/base/buffer.h"
#include "lib/catalogue/catalogue.h"

/* The type of a field's column in core. */
const char *catalogue_generate_column_type(const struct catalogue_field *field);
/* Text as an SQL literal with its quotes. */
void catalogue_generate_literal(struct emis_buffer *out, const char *text);
/* The label of the key made by format: English, else that of the first language; never NULL. */
const char *catalogue_generate_label(const struct catalogue *catalogue, const char *format, ...)
    EMIS_PRINTF(2, 3);
/* The newest version of a form? The older ones have no tables of their own. */
bool catalogue_generate_is_newest(const struct catalogue *catalogue,
                                  const struct catalogue_form *form);

/* The level tables and the view mart.indicator. */
void catalogue_generate_mart(const struct catalogue *catalogue, struct emis_buffer *out);
/* The standing tables and the view mart.standing. */
void catalogue_generate_standing(const struct catalogue *catalogue, struct emis_buffer *out);
/* Of the dictionary: how areas stand in an indicator. */
void catalogue_generate_standing_lines(const struct catalogue_indicator *indicator,
                                       struct emis_buffer *out);
