/* SPDX-License-Identifier: Apache-2.0 */
/* What the registry says of the submission's unit and period, as of the instant at which the record
 * arrived. */
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

static bool is_late(const struct submission_draft *draft)
{
    const struct catalogue_form *form = draft->out->form;
    const struct registry_period *period = draft->out->period;
    if (!form->has_deadline) {
        return false;
    }
    int64_t day = (int64_t) (form->deadline_from == CATALOGUE_FROM_START ? period->starts_on
                                                                         : period->ends_on) +
                  form->deadline_days;
    int64_t deadline_us =
        day * EMIS_DATE_US_PER_DAY +
        (form->deadline_minute - draft->context->utc_offset_minutes) * US_PER_MINUTE;
    return draft->out->received_at_us > deadline_us;
}

static void check_period(struct submission_draft *draft)
{
    struct submission *out = draft->out;
    const struct catalogue_form *form = out->form;
    out->period =
        registry_period_find(draft->context->registry, draft->period_code, draft->period_size);
    if (out->period == NULL) {
        submission_draft_fault_at(draft, E_PERIOD_CLOSED, "/period",
                                  "the period is in no calendar");
        return;
    }
    if (out->period->kind != form->period_kind) {
        submission_draft_fault_at(draft, E_PERIOD_KIND, "/period", "the form's period is a %s",
                                  catalogue_period_kind_name(form->period_kind));
        return;
    }
    if (out->period->starts_on >
        local_day(out->received_at_us, draft->context->utc_offset_minutes)) {
        submission_draft_fault_at(draft, E_PERIOD_FUTURE, "/period",
                                  "the period had not begun when the record arrived");
    }
    if (out->period->starts_on < form->valid_from || out->period->starts_on >= form->valid_to) {
        submission_draft_fault_at(draft, E_FORM_VERSION, "/version",
                                  "version %d was not in force for the period", form->version);
    }
    out->is_late = is_late(draft);
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

static void check_unit(struct submission_draft *draft)
{
    const struct submission *out = draft->out;
    if ((out->form->level_mask & 1U << out->unit->level_no) == 0) {
        submission_draft_fault_at(draft, E_REF_LEVEL, "/unit",
                                  "form %s is not for units of level %d", out->form->code,
                                  out->unit->level_no);
    }
    if (out->period == NULL) {
        return;
    }
    const struct registry_place *place = registry_place_on(out->unit, out->period->ends_on);
    if (place == NULL) {
        submission_draft_fault_at(draft, E_REF_SCHOOL_CLOSED, "/unit",
                                  "the unit was not open on the period's last day");
        return;
    }
    list_lanes(draft, place);
}

/* By the registry's own code, or else by "<scheme>:<code>" on the period's last day. A code that
 * stands for a unit on other days only is like a unit that was not open: it does not park, or the
 * healer would find it again for ever. */
static const struct registry_unit *find_unit(struct submission_draft *draft)
{
    const struct registry *registry = draft->context->registry;
    const struct registry_unit *unit =
        registry_unit_find(registry, draft->unit_code, draft->unit_size);
    bool is_known = false;
    if (unit == NULL && draft->out->period != NULL) {
        unit = registry_unit_by_foreign(registry, draft->unit_code, draft->unit_size,
                                        draft->out->period->ends_on, &is_known);
    }
    if (unit == NULL && is_known) {
        submission_draft_fault_at(draft, E_REF_SCHOOL_CLOSED, "/unit",
                                  "the code stands for no unit on the period's last day");
    }
    return unit;
}

bool submission_reference_check(struct submission_draft *draft, bool *ret_is_unit_known)
{
    check_period(draft);
    draft->out->unit = find_unit(draft);
    if (draft->out->unit != NULL) {
        check_unit(draft);
    }
    *ret_is_unit_known = draft->out->unit != NULL;
    return draft->fault_count == 0;
}
