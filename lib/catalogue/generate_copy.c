/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/catalogue/generate.h"
#include "lib/catalogue/generate_part.h"

void catalogue_generate_copy(const struct catalogue_group *group, struct emis_buffer *out)
{
    emis_buffer_format(out, "COPY core.%s (submission_key, starts_on, unit_id", group->table);
    for (size_t i = 0; i < group->key_count; i++)
        emis_buffer_format(out, ", %s", group->keys[i].name);
    for (size_t i = 0; i < group->field_count; i++)
        emis_buffer_format(out, ", %s", group->fields[i].name);
    emis_buffer_text(out, ") FROM STDIN (FORMAT binary)");
}
