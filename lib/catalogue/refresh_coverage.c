/* SPDX-License-Identifier: Apache-2.0 */
/* The statements of reporting at the leaf level: who owed a form, who sent it, in time, filled and
 * clean. */
#include "lib/catalogue/refresh.h"
#include "lib/catalogue/refresh_part.h"

/* The period kinds of every indicator of reporting. */
static uint32_t coverage_kinds(const struct catalogue *catalogue)
{
    uint32_t kinds = 0;

    for (size_t i = 0; i < catalogue->indicator_count; i++) {
        const struct catalogue_indicator *indicator = &catalogue->indicators[i];

        if (catalogue_indicator_is_reporting(indicator)) {
            kinds |= indicator->period_kinds;
        }
    }
    return kinds;
}

/* What an indicator of reporting counts of the owed leaves, in `counted`. */
static const char *reporting_count(enum catalogue_class roll_up)
{
    switch (roll_up) {
    case CATALOGUE_CLASS_ONTIME:
        return "n_ontime";
    case CATALOGUE_CLASS_FILLED:
        return "n_filled";
    case CATALOGUE_CLASS_CLEAN:
        return "n_clean";
    default:
        return "n_reported";
    }
}

/* Whether it is about what came, and not about what was owed: then nothing came is no value. */
static bool is_of_received(const struct catalogue_indicator *indicator)
{
    return indicator->roll_up == CATALOGUE_CLASS_FILLED ||
           indicator->roll_up == CATALOGUE_CLASS_CLEAN;
}

/* Rows of the form's cut in one indicator of reporting, where its definition holds. */
static void print_coverage_arm(struct emis_buffer *out, const struct catalogue_indicator *indicator,
                               int cut_key)
{
    emis_buffer_format(
        out,
        "  select c.period_id as period_key, %d::smallint as indicator_key, "
        "%d::smallint as cut_key, c.place_id as area_key,\n"
        "    c.%s::bigint as numerator, c.%s::bigint as denominator, c.n_expected, c.n_reported,\n"
        "    %s as status, %d::smallint as definition_version\n"
        "  from counted c join ref.period q on q.period_id = c.period_id\n"
        "  where ",
        indicator->number, cut_key, reporting_count(indicator->roll_up),
        is_of_received(indicator) ? "n_received" : "n_expected",
        is_of_received(indicator) ? "case when c.n_received is null then 'missing' when "
                                    "c.n_reported < c.n_expected then 'provisional' else 'ok' end"
                                  : "'ok'",
        indicator->version);
    refresh_part_when(out, indicator->period_kinds, indicator->valid_from, indicator->valid_to);
    emis_buffer_text(out, "\n");
}

/* The fields of a group that may be left out, as arguments; returns whether there are any. */
static bool print_optional(struct emis_buffer *out, const struct catalogue_group *group)
{
    const char *comma = "";

    for (size_t i = 0; i < group->field_count; i++) {
        if (!group->fields[i].is_required) {
            emis_buffer_format(out, "%sf.%s", comma, group->fields[i].name);
            comma = ", ";
        }
    }
    return *comma != '\0';
}

/* One row where a submission s says something: it has a row of a group that may be without, or a
 * field that may be left out. A form that has neither cannot be empty. */
static void print_says_something(struct emis_buffer *out, const struct catalogue_form *form)
{
    struct emis_buffer optional;
    const char *separator = "";

    emis_buffer_init(&optional);
    for (size_t i = form->group_count; i-- > 0;) {
        const struct catalogue_group *group = &form->groups[i];
        bool is_only = *separator == '\0' && i == 0;

        emis_buffer_clear(&optional);
        if (!group->is_repeating && !print_optional(&optional, group) && !is_only) {
            continue;
        }
        emis_buffer_format(out,
                           "%sselect true as is_filled from core.%s f where f.submission_key = "
                           "s.submission_key and f.starts_on = s.starts_on",
                           separator, group->table);
        if (optional.size > 0) {
            emis_buffer_format(out, " and num_nonnulls(%s) > 0", optional.data);
        }
        separator = "\n    union all ";
    }
    emis_buffer_release(&optional);
}

/* `seen`: the slots of the lane, and of each submission whether it says something and whether it
 * broke a rule of severity warn. Rules that hold for every form, by which a clock is wrong or
 * nobody owes it, say nothing about the data. */
static void print_seen(struct emis_buffer *out, const struct catalogue_form *form)
{
    emis_buffer_text(out, ",\nseen as materialized (\n  select s.*, v.is_filled, w.is_warned from "
                          "slot s\n  left join lateral (");
    print_says_something(out, form);
    emis_buffer_text(out, " limit 1) v on true\n"
                          "  left join lateral (select true as is_warned from intake.warning w "
                          "where w.submission_key = s.submission_key\n"
                          "    and w.unit_id = s.unit_id and w.rule_id > 0 limit 1) w on true\n"
                          "  where s.lane = $3::int)");
}

/* n_received is n_reported, but null where that is 0. A leaf of several submissions is on time or
 * filled if one of them is, and clean if all are. */
static void print_coverage_counted(struct emis_buffer *out)
{
    emis_buffer_text(
        out,
        ",\ncounted as (\n  select c.*, nullif(c.n_reported, 0) as n_received,\n"
        "    case when c.n_reported > 0 then c.n_some end as n_filled, case when c.n_reported > 0 "
        "then c.n_reported - c.n_warned end as n_clean\n"
        "  from (select s.period_id, s.place_id, count(*)::int as n_expected, (count(*) filter "
        "(where s.is_reported))::int as n_reported,\n"
        "    (count(*) filter (where s.is_on_time))::int as n_ontime, (count(*) filter (where "
        "s.is_filled))::int as n_some,\n"
        "    (count(*) filter (where s.is_warned))::int as n_warned\n"
        "  from (select *, unnest(periods) as period_id from (\n"
        "    select s.leaf_id, s.periods, s.place_id, bool_or(s.submission_key is not null) as "
        "is_reported,\n"
        "      bool_or(s.submission_key is not null and not s.is_late) as is_on_time, "
        "bool_or(s.is_filled) as is_filled, bool_or(s.is_warned) as is_warned\n"
        "    from seen s group by s.place_id, s.leaf_id, s.periods) s) s\n"
        "  group by s.period_id, s.place_id) c)");
}

void refresh_coverage_print(struct emis_buffer *out, const struct catalogue *catalogue,
                            const struct catalogue_form *form, enum refresh_end end)
{
    const struct catalogue_dimension *dimension = catalogue_dimension_find(catalogue, "form");
    int cut_key = dimension->number * 1000 + form->number;
    struct emis_buffer owned;

    EMIS_ASSERT(form->is_owed);
    emis_buffer_init(&owned);
    refresh_part_target(out, end, coverage_kinds(catalogue), REFRESH_BEGINNING, EMIS_DATE_INFINITY);
    refresh_part_slot(out, end, catalogue, form);
    print_seen(out, form);
    print_coverage_counted(out);
    emis_buffer_text(out, ",\nfresh as materialized (\n");
    for (size_t i = 0; i < catalogue->indicator_count; i++) {
        const struct catalogue_indicator *indicator = &catalogue->indicators[i];

        if (!catalogue_indicator_is_reporting(indicator)) {
            continue;
        }
        emis_buffer_text(out, owned.size == 0 ? "" : "  union all\n");
        print_coverage_arm(out, indicator, cut_key);
        emis_buffer_format(&owned, "%s%d", owned.size == 0 ? "m.indicator_key in (" : ", ",
                           indicator->number);
    }
    emis_buffer_text(out, ")");
    emis_buffer_format(&owned, ") and " REFRESH_CUT_OF("m") " = %d", cut_key);
    if (end == REFRESH_ANSWER) {
        refresh_part_answer(out, "leaf");
    } else {
        refresh_part_leaf_scope(out, form->leaf_level, REFRESH_BEGINNING, EMIS_DATE_INFINITY);
        refresh_part_end(out, end, catalogue->levels[form->leaf_level].code, owned.data);
    }
    emis_buffer_release(&owned);
}
