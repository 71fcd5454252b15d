/* SPDX-License-Identifier: Apache-2.0 */
/* What the registry says of the submission's unit and period, as of the instant at which the record
 * arrived. */
#include <string.h>

#include "lib/base/arena.h"
#include "lib/base/date.h"
#include "lib/submission/draft.h"

#define US_PER_MINUTE INT64_C(60000000)

/* The day on which an instant falls in the warehouse's local time. */
static int32_t local_day(int64_t us, int32_t utc_offset_minutes)
{
    int64_t local = us + utc_offset_minutes * US_PER_MINUTE;
    int64_t day = local / EMIS_DATE_US_PER_DAY;
    return (int32_t) (local % EMIS_DATE_US_PER_DAY < 0 ? day - 1 : day);
}

/* What the nearest of the areas above the unit has, or the unit itself; NULL: none has any. */
static const struct catalogue_area_time *nearest(const struct submission_draft *draft,
                                                 const struct registry_place *place,
                                                 const struct catalogue_area_time *areas,
                                                 size_t count)
{
    const struct registry_unit *unit = draft->out->unit;

    while (count > 0 && place != NULL) {
        for (size_t i = 0; i < count; i++) {
            if (strcmp(areas[i].area_code, unit->code) == 0) {
                return &areas[i];
            }
        }
        place = registry_place_above(draft->context->registry, place, &unit);
    }
    return NULL;
}

static int32_t offset_of(const struct submission_draft *draft, const struct registry_place *place)
{
    const struct catalogue *catalogue = draft->context->catalogue;
    const struct catalogue_area_time *area =
        nearest(draft, place, catalogue->utc_offsets, catalogue->utc_offset_count);

    return area == NULL ? draft->context->utc_offset_minutes : area->minutes;
}

static bool is_late(const struct submission_draft *draft, const struct registry_place *place)
{
    const struct catalogue_form *form = draft->out->form;
    const struct registry_period *period = draft->out->period;
    const struct catalogue_area_time *area;
    int64_t day, minutes;

    if (!form->has_deadline) {
        return false;
    }
    area = nearest(draft, place, form->area_deadlines, form->area_deadline_count);
    day = (form->deadline_from == CATALOGUE_FROM_START ? period->starts_on : period->ends_on) +
          (int64_t) (area == NULL ? form->deadline_days : area->days);
    minutes = (area == NULL ? form->deadline_minute : area->minutes) - offset_of(draft, place);
    return draft->out->received_at_us > day * EMIS_DATE_US_PER_DAY + minutes * US_PER_MINUTE;
}

/* Of a unit that is not known the earliest local time is taken: the record is to be parked, not
 * refused. */
static int32_t earliest_offset(const struct submission_context *context)
{
    const struct catalogue *catalogue = context->catalogue;
    int32_t earliest = context->utc_offset_minutes;

    for (size_t i = 0; i < catalogue->utc_offset_count; i++) {
        if (catalogue->utc_offsets[i].minutes > earliest) {
            earliest = catalogue->utc_offsets[i].minutes;
        }
    }
    return earliest;
}

static void check_begun(struct submission_draft *draft, const struct registry_place *place)
{
    const struct submission *out = draft->out;
    int32_t offset_minutes =
        place == NULL ? earliest_offset(draft->context) : offset_of(draft, place);

    if (out->period->starts_on > local_day(out->received_at_us, offset_minutes)) {
        submission_draft_fault_at(draft, E_PERIOD_FUTURE, "/period",
                                  "the period had not begun when the record arrived");
    }
}

/* False: there is no such period of the form. */
static bool check_period(struct submission_draft *draft)
{
    struct submission *out = draft->out;
    const struct catalogue_form *form = out->form;
    out->period =
        registry_period_find(draft->context->registry, draft->period_code, draft->period_size);
    if (out->period == NULL) {
        return submission_draft_fault_at(draft, E_PERIOD_CLOSED, "/period",
                                         "the period is in no calendar");
    }
    if (out->period->kind != form->period_kind) {
        return submission_draft_fault_at(draft, E_PERIOD_KIND, "/period",
                                         "the form's period is a %s",
                                         catalogue_period_kind_name(form->period_kind));
    }
    return true;
}

static void check_version(struct submission_draft *draft)
{
    const struct catalogue_form *form = draft->out->form;
    int32_t starts_on = draft->out->period->starts_on;
    if (starts_on < form->valid_from || starts_on >= form->valid_to) {
        submission_draft_fault_at(draft, E_FORM_VERSION, "/version",
                                  "version %d was not in force for the period", form->version);
    }
}

/* Lanes of all places: the one of the period's last day first, then others that an earlier revision
 * may have counted in. */
static void list_lanes(struct submission_draft *draft, const struct registry_place *place)
{
    const struct registry_unit *unit = draft->out->unit;
    int32_t *lanes = emis_arena_alloc(draft->arena, (unit->place_count + 1) * sizeof *lanes);
    size_t count = 0;
    lanes[count++] = place->lane;
    for (size_t i = 0; i < unit->place_count; i++) {
        size_t known = 0;
        while (known < count && lanes[known] != unit->places[i].lane) {
            known++;
        }
        if (known == count) {
            lanes[count++] = unit->places[i].lane;
        }
    }
    draft->out->lanes = lanes;
    draft->out->lane_count = count;
}

static void check_unit(struct submission_draft *draft, const struct registry_place *place)
{
    const struct submission *out = draft->out;
    if ((out->form->level_mask & 1U << out->unit->level_no) == 0) {
        submission_draft_fault_at(draft, E_REF_LEVEL, "/unit",
                                  "form %s is not for units of level %d", out->form->code,
                                  out->unit->level_no);
    }
    if (place != NULL) {
        list_lanes(draft, place);
    } else if (out->period != NULL) {
        submission_draft_fault_at(draft, E_REF_SCHOOL_CLOSED, "/unit",
                                  "the unit was not open on the period's last day");
    }
}

/* By the registry's own code, or else by "<scheme>:<code>" on the period's last day. A code that
 * stands for a unit on other days only is like a unit that was not open: it does not park, or the
 * healer would find it again for ever. */
static const struct registry_unit *find_unit(const struct submission_draft *draft,
                                             bool *ret_is_of_another_day)
{
    const struct registry *registry = draft->context->registry;
    const struct registry_unit *unit =
        registry_unit_find(registry, draft->unit_code, draft->unit_size);
    bool is_known = false;
    if (unit == NULL && draft->out->period != NULL) {
        unit = registry_unit_by_foreign(registry, draft->unit_code, draft->unit_size,
                                        draft->out->period->ends_on, &is_known);
    }
    *ret_is_of_another_day = unit == NULL && is_known;
    return unit;
}

bool submission_reference_check(struct submission_draft *draft, bool *ret_is_unit_known)
{
    struct submission *out = draft->out;
    const struct registry_place *place = NULL;
    bool is_of_another_day;
    bool is_period_good = check_period(draft);
    out->unit = find_unit(draft, &is_of_another_day);
    if (out->unit != NULL && out->period != NULL) {
        place = registry_place_on(out->unit, out->period->ends_on);
    }
    if (is_period_good) {
        check_begun(draft, place);
        check_version(draft);
        out->is_late = is_late(draft, place);
    }
    if (out->unit != NULL) {
        check_unit(draft, place);
    } else if (is_of_another_day) {
        submission_draft_fault_at(draft, E_REF_SCHOOL_CLOSED, "/unit",
                                  "the code stands for no unit on the period's last day");
    }
    *ret_is_unit_known = out->unit != NULL;
    return draft->fault_count == 0;
}
