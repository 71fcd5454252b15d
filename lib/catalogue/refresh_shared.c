/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keys that too many units hold in one leaf period: the staff code that two schools list, the
 * visitor who was at many schools on one day. Whoever's submission changed is looked at with every
 * unit that holds one of its keys, so the statement runs under the country's lock and answers for
 * units of all lanes.
 */
#include "lib/catalogue/refresh_part.h"

#include "lib/expr/print.h"

static const char *fact_alias(void *context, size_t group)
{
    (void) context;
    (void) group;
    return "f";
}

/* The key as text; parts are apart by a blank, which no code holds. NULL where a part is missing.
 */
static void print_subject(struct emis_buffer *out, const struct catalogue_cross *cross)
{
    for (size_t i = 0; i < cross->key_count; i++) {
        const struct catalogue_field *key = cross->keys[i];

        emis_buffer_text(out, i ? " || ' ' || " : "");
        if (key->type != CATALOGUE_CODE) {
            emis_buffer_format(out, "f.%s", key->name);
            continue;
        }
        emis_buffer_format(out, "case f.%s", key->name);
        for (size_t j = 0; j < key->list->code_count; j++) {
            emis_buffer_format(out, " when %d then '%s'", key->list->codes[j].number,
                               key->list->codes[j].code);
        }
        emis_buffer_text(out, " end");
    }
}

/* The keys that the changed units hold, and those that a finding says they held. */
static void print_keyed(struct emis_buffer *out, const struct catalogue_cross *cross)
{
    emis_buffer_format(out,
                       "with touched as materialized (\n"
                       "  select distinct q.period_id, q.starts_on, t.unit_id\n"
                       "  from unnest($1::int[], $2::int[]) as t (leaf_id, unit_id)\n"
                       "  join ref.period q on q.period_id = t.leaf_id and q.kind = '%s'\n"
                       "  where exists (select from ref.place p where p.unit_id = t.unit_id and "
                       "p.lane = $3::int)),\n"
                       "keyed as materialized (\n"
                       "  select x.period_id, ",
                       catalogue_period_kind_name(cross->form->period_kind));
    print_subject(out, cross);
    emis_buffer_format(
        out,
        " as subject\n"
        "  from touched x join intake.current c on c.form_id = %d and c.period_id = x.period_id "
        "and c.unit_id = x.unit_id and not c.is_retract\n"
        "  join core.%s f on f.submission_key = c.submission_key and f.starts_on = x.starts_on\n"
        "  union\n"
        "  select x.period_id, o.subject from touched x\n"
        "  cross join lateral (select o.subject from control.finding o where o.unit_id = x.unit_id "
        "and " REFRESH_HIDDEN(
            "o", "rule_id") " = %d\n"
                            "    and " REFRESH_HIDDEN(
                                "o", "period_id") " = x.period_id and o.closed_at is null offset "
                                                  "0) o)",
        cross->form->number, cross->group->table, cross->number);
}

/* Who holds them, by one version of the rule. */
static void print_held(struct emis_buffer *out, const struct catalogue_cross *cross)
{
    emis_buffer_format(
        out,
        ",\nheld_v%d as (\n"
        "  select k.period_id, k.subject, h.*\n"
        "  from keyed k join ref.period q on q.period_id = k.period_id\n"
        "  cross join lateral (select distinct f.unit_id, p.lane, u.code\n"
        "    from (select f.submission_key, f.unit_id from core.%s f\n"
        "      where f.%s = split_part(k.subject, ' ', 1) and f.starts_on = q.starts_on and "
        "k.subject = ",
        cross->version, cross->group->table, cross->keys[0]->name);
    print_subject(out, cross);
    if (cross->where != NULL) {
        emis_buffer_text(out, "\n        and ");
        expr_print_sql(cross->where, fact_alias, NULL, out);
    }
    emis_buffer_format(
        out,
        " offset 0) f\n"
        "    cross join lateral (select c.unit_id from intake.current c where c.form_id = %d and "
        "c.period_id = q.period_id\n"
        "      and c.unit_id = f.unit_id and c.submission_key = f.submission_key and not "
        "c.is_retract offset 0) c\n"
        "    join ref.place p on p.unit_id = f.unit_id and p.until_version is null\n"
        "      and p.valid_from <= q.ends_on and q.ends_on < p.valid_to\n"
        "    join ref.unit u on u.unit_id = f.unit_id offset 0) h\n"
        "  where ",
        cross->form->number);
    refresh_part_when(out, 1U << cross->form->period_kind, cross->valid_from, cross->valid_to);
    emis_buffer_text(out, ")");
}

void refresh_shared_keys_print(struct emis_buffer *out, const struct catalogue_cross *first,
                               const struct catalogue_cross *last)
{
    print_keyed(out, last);
    for (const struct catalogue_cross *cross = first; cross <= last; cross++) {
        print_held(out, cross);
    }
}

void refresh_shared_arm_print(struct emis_buffer *out, const struct catalogue_cross *cross)
{
    emis_buffer_format(
        out,
        "  union all\n"
        "  select h.unit_id, h.lane, h.period_id, h.subject, %d::smallint as rule_version, '%s' as "
        "severity,\n"
        "    jsonb_build_object('subject', h.subject, 'units', cardinality(h.codes), 'others', "
        "array_to_string(array_remove(h.codes, h.code), ', ')) as seen\n"
        "  from (select h.*, array_agg(h.code) over (partition by h.period_id, h.subject order by "
        "h.code\n"
        "      rows between unbounded preceding and unbounded following) as codes from held_v%d h) "
        "h\n"
        "  where cardinality(h.codes) > %d\n",
        cross->version, cross->severity, cross->version, cross->units_max);
}
