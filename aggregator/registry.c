/* SPDX-License-Identifier: Apache-2.0 */
#include "aggregator/registry.h"

#include <stdio.h>
#include <string.h>

#include "aggregator/claim.h"
#include "aggregator/registry_event.h"
#include "aggregator/stats.h"
#include "lib/base/arena.h"
#include "lib/base/buffer.h"
#include "lib/base/log.h"
#include "lib/base/text.h"
#include "lib/registry/apply.h"
#include "lib/store/connection.h"
#include "lib/store/query.h"
#include "lib/store/tx.h"

#define TABLE_MARKER   "/* table */"
#define COLUMNS_MARKER "/* columns */"
#define PASSES_MAX     100 /* events of one run: the lanes are not kept waiting for ever */

extern const struct store_statement aggregator_statements[];

static const struct catalogue_group *group_of(const struct catalogue_form *form, bool is_repeating)
{
    for (size_t i = 0; i < form->group_count; i++) {
        if (form->groups[i].is_repeating == is_repeating) {
            return &form->groups[i];
        }
    }
    return NULL;
}

/* A template with a group's table and columns (keys, then fields) at its markers; they are checked
 * identifiers. */
static void register_template(struct agg_session *session, const char *template_name,
                              const struct catalogue_form *form,
                              const struct catalogue_group *group)
{
    const struct store_statement *statement = aggregator_statements;
    const char *columns, *table;
    struct emis_buffer text;
    char name[64];

    while (strcmp(statement->name, template_name) != 0) {
        statement++;
        EMIS_ASSERT(statement->name != NULL);
    }
    columns = strstr(statement->text, COLUMNS_MARKER);
    table = strstr(statement->text, TABLE_MARKER);
    EMIS_ASSERT(columns != NULL && table != NULL && columns < table &&
                emis_text_is_identifier(group->table));
    emis_buffer_init(&text);
    emis_buffer_append(&text, statement->text, (size_t) (columns - statement->text));
    for (size_t i = 0; i < group->key_count + group->field_count; i++) {
        const struct catalogue_field *field =
            i < group->key_count ? &group->keys[i] : &group->fields[i - group->key_count];

        EMIS_ASSERT(emis_text_is_identifier(field->name));
        emis_buffer_format(&text, ", f.%s", field->name);
    }
    columns += strlen(COLUMNS_MARKER);
    emis_buffer_append(&text, columns, (size_t) (table - columns));
    emis_buffer_text(&text, group->table);
    emis_buffer_text(&text, table + strlen(TABLE_MARKER));
    (void) snprintf(name, sizeof(name), "%s_%s", template_name, form->code);
    store_connection_register_dynamic(session->conn, name, text.data);
    emis_buffer_release(&text);
}

/* Position of a result's column by name; SIZE_MAX if the form has none of it, or the cell is NULL.
 */
static size_t column_of(const struct store_result *result, size_t row, const char *name)
{
    for (size_t i = 0; i < store_result_columns(result); i++) {
        if (strcmp(store_result_column_name(result, i), name) == 0) {
            return store_result_is_null(result, row, i) ? SIZE_MAX : i;
        }
    }
    return SIZE_MAX;
}

static const char *text_of(struct emis_arena *arena, const struct store_result *result, size_t row,
                           const char *name)
{
    size_t column = column_of(result, row, name);

    return column == SIZE_MAX ? ""
                              : emis_arena_strdup(arena, store_result_text(result, row, column));
}

static int16_t number_of(const struct store_result *result, size_t row, const char *name)
{
    size_t column = column_of(result, row, name);

    return column == SIZE_MAX ? 0 : (int16_t) store_result_i32(result, row, column);
}

/* Columns name_<language>; they come sorted only if the form declares them so: sort here. */
static const struct registry_label *labels_of(struct emis_arena *arena,
                                              const struct store_result *result, size_t row,
                                              size_t *ret_count)
{
    size_t columns = store_result_columns(result), count = 0;
    struct registry_label *labels = emis_arena_alloc(arena, (columns + 1) * sizeof(*labels));

    for (size_t i = 0; i < columns; i++) {
        const char *name = store_result_column_name(result, i);

        if (strncmp(name, "name_", 5) != 0 || store_result_is_null(result, row, i)) {
            continue;
        }
        struct registry_label label = {
            .language = emis_arena_strdup(arena, name + 5),
            .name = emis_arena_strdup(arena, store_result_text(result, row, i))};
        size_t at = count++;

        for (; at > 0 && strcmp(labels[at - 1].language, label.language) > 0; at--) {
            labels[at] = labels[at - 1];
        }
        labels[at] = label;
    }
    *ret_count = count;
    return labels;
}

/* The code that the form's own field declares; NULL when it is not a code. */
static const char *code_of(const struct catalogue_group *group, const struct store_result *result,
                           size_t row, const char *name)
{
    for (size_t i = 0; i < group->field_count; i++) {
        if (strcmp(group->fields[i].name, name) == 0 && group->fields[i].list != NULL) {
            return catalogue_code_text(group->fields[i].list, number_of(result, row, name));
        }
    }
    return NULL;
}

static void read_event(struct emis_arena *arena, const struct catalogue *catalogue,
                       const struct catalogue_group *group, const struct store_result *result,
                       size_t row, struct agg_registry_event *event)
{
    int16_t *attributes =
        emis_arena_alloc(arena, (catalogue->attribute_count + 1) * sizeof(*attributes));
    const char *kind = code_of(group, result, row, "kind");
    size_t day = column_of(result, row, "effective_on");

    for (size_t i = 0; i < catalogue->attribute_count; i++) {
        attributes[i] = number_of(result, row, catalogue->attributes[i].code);
    }
    *event = (struct agg_registry_event){
        .submission_key = store_result_i64(result, row, 0),
        .sender_unit = emis_arena_strdup(arena, store_result_text(result, row, 1)),
        .was_refused = store_result_bool(result, row, 2),
        .kind = kind == NULL ? "" : emis_arena_strdup(arena, kind),
        .subject = text_of(arena, result, row, "subject"),
        .effective_on = day == SIZE_MAX ? 0 : store_result_date(result, row, day),
        .parent = text_of(arena, result, row, "parent"),
        .level = text_of(arena, result, row, "level"),
        .name = text_of(arena, result, row, "name"),
        .attributes = attributes,
        .merged_into = text_of(arena, result, row, "merged_into"),
    };
    event->labels = labels_of(arena, result, row, &event->label_count);
}

static bool read_parts(struct agg_session *session, struct emis_arena *arena,
                       const struct catalogue_form *form, struct agg_registry_event *event,
                       struct emis_error *err)
{
    struct store_params params;
    struct store_result *result;
    struct agg_registry_part *parts;
    char name[64];
    bool ok;

    if (group_of(form, true) == NULL) {
        return true;
    }
    (void) snprintf(name, sizeof(name), "event_parts_%s", form->code);
    store_params_init(&params);
    store_params_i64(&params, event->submission_key);
    ok = store_query_run(session->conn, name, &params, &result, err);
    store_params_release(&params);
    if (!ok) {
        return false;
    }
    event->part_count = store_result_rows(result);
    parts = emis_arena_alloc(arena, (event->part_count + 1) * sizeof(*parts));
    for (size_t row = 0; row < event->part_count; row++) {
        parts[row] =
            (struct agg_registry_part){.unit = text_of(arena, result, row, "unit"),
                                       .name = text_of(arena, result, row, "name"),
                                       .weight_percent = number_of(result, row, "weight_percent")};
        parts[row].labels = labels_of(arena, result, row, &parts[row].label_count);
    }
    event->parts = parts;
    store_result_free(result);
    return true;
}

static bool still_waits(struct agg_session *session, const struct agg_registry_event *event,
                        bool *ret_waits, struct emis_error *err)
{
    struct store_params params;
    struct store_result *result;
    bool ok;

    store_params_init(&params);
    store_params_i64(&params, event->submission_key);
    ok = store_query_run(session->conn, "event_waits", &params, &result, err);
    store_params_release(&params);
    if (ok) {
        *ret_waits = store_result_bool(result, 0, 0);
        store_result_free(result);
    }
    return ok;
}

static bool add_successions(struct agg_session *session,
                            const struct agg_registry_succession *successions, size_t count,
                            int64_t version, struct emis_error *err)
{
    bool ok = true;

    for (size_t i = 0; ok && i < count; i++) {
        struct store_params params;

        store_params_init(&params);
        store_params_text(&params, successions[i].from);
        store_params_text(&params, successions[i].to);
        store_params_text(&params, successions[i].kind);
        store_params_i16(&params, successions[i].weight_percent);
        store_params_date(&params, successions[i].effective_on);
        store_params_i64(&params, version);
        ok = store_query_run(session->conn, "add_succession", &params, NULL, err);
        store_params_release(&params);
    }
    return ok;
}

/* The flows of who gave and who took, also where no place of theirs changed. */
static bool dirty_successions(struct agg_session *session, const struct agg_registry_event *event,
                              struct emis_arena *arena, struct emis_error *err)
{
    const struct catalogue *catalogue = session->catalogue;
    int16_t *forms = emis_arena_alloc(arena, (catalogue->form_count + 1) * sizeof(*forms));
    int16_t *levels = emis_arena_alloc(arena, (catalogue->form_count + 1) * sizeof(*levels));
    const char **kinds = emis_arena_alloc(arena, (catalogue->form_count + 1) * sizeof(*kinds));
    struct store_params params;
    size_t count = 0;
    bool ok;

    for (size_t i = 0; i < catalogue->form_count; i++) {
        const struct catalogue_form *form = &catalogue->forms[i];

        if (catalogue_form_newest(catalogue, form->code) == form &&
            agg_claim_has_flow(catalogue, form)) {
            forms[count] = form->number;
            levels[count] = (int16_t) form->leaf_level;
            kinds[count++] = catalogue_period_kind_name(form->period_kind);
        }
    }
    store_params_init(&params);
    store_params_text(&params, event->subject);
    store_params_date(&params, event->effective_on);
    store_params_i16_array(&params, forms, count, NULL);
    store_params_text_array(&params, kinds, count);
    store_params_i16_array(&params, levels, count, NULL);
    ok = store_query_run(session->conn, "dirty_successions", &params, NULL, err);
    store_params_release(&params);
    return ok;
}

struct first_mistake {
    bool is_there;
    size_t line;
    char column[32];
};

static void note_mistake(void *context, size_t line, const char *column, const char *reason)
{
    struct first_mistake *mistake = context;

    (void) reason; /* the first one's is in the error */
    if (!mistake->is_there) {
        *mistake = (struct first_mistake){.is_there = true, .line = line};
        (void) snprintf(mistake->column, sizeof(mistake->column), "%s", column);
    }
}

/* State, compile, write, record. E_REGISTRY, E_DB_DATA: the event is refused. */
static bool write_event(struct agg_session *session, const struct agg_registry_event *event,
                        struct registry_change *change, struct emis_error *err)
{
    const struct agg_registry_succession *successions;
    size_t succession_count;
    struct registry_apply_summary summary;
    struct registry_apply_record record = {.source = "event",
                                           .kind = event->kind,
                                           .unit_code = event->subject,
                                           .effective_on = event->effective_on,
                                           .submission_key = event->submission_key};
    struct first_mistake mistake = {.is_there = false};

    if (!agg_registry_event_state(event, session->catalogue, change, &successions,
                                  &succession_count, err)) {
        return false;
    }
    if (!registry_change_compile(change, note_mistake, &mistake, err)) {
        (void) snprintf(err->pointer, sizeof(err->pointer), "%s",
                        agg_registry_event_pointer(mistake.line, mistake.column));
        return false;
    }
    if (!registry_apply_write(session->conn, session->catalogue, change, &summary, err) ||
        !add_successions(session, successions, succession_count, summary.version, err) ||
        (succession_count > 0 &&
         !dirty_successions(session, event, registry_change_arena(change), err))) {
        return false;
    }
    record.version = summary.version;
    record.changed_count =
        (int32_t) (summary.new_places + summary.resized_places + summary.withdrawn_places);
    return registry_apply_record(session->conn, &record, err);
}

static bool apply_event(struct agg_session *session, const struct agg_registry_event *event,
                        bool *ret_is_applied, struct emis_error *err)
{
    struct registry_change *change = NULL;
    bool waits = false, ok;

    *ret_is_applied = false;
    if (!store_tx_begin(session->conn, err)) {
        return false;
    }
    ok = registry_apply_lock(session->conn, session->catalogue, err) &&
         agg_session_check(session, err) && still_waits(session, event, &waits, err);
    if (ok && waits) {
        ok = registry_apply_load(session->conn, session->catalogue, &change, err) &&
             write_event(session, event, change, err) && store_tx_commit(session->conn, err);
        *ret_is_applied = ok;
    }
    store_tx_rollback(session->conn);
    registry_change_free(change);
    return ok;
}

static bool refuse_event(struct agg_session *session, const struct agg_registry_event *event,
                         const struct emis_error *why, struct emis_error *err)
{
    struct store_params params;
    bool ok;

    store_params_init(&params);
    store_params_i64(&params, event->submission_key);
    store_params_text(&params, event->kind);
    store_params_text(&params, event->subject);
    store_params_date(&params, event->effective_on);
    store_params_i16(&params, (int16_t) why->code);
    store_params_text(&params, why->pointer);
    store_params_text(&params, why->message);
    store_params_i64(&params, session->version);
    ok = store_query_run(session->conn, "refuse_event", &params, NULL, err);
    store_params_release(&params);
    emis_metric_add(&agg_stats.events_refused, 1);
    emis_log_failure(event->was_refused ? EMIS_LOG_DEBUG : EMIS_LOG_WARN, "registry_event_refused",
                     why, "submission_key=%lld kind=%s continuing=yes",
                     (long long) event->submission_key, event->kind);
    return ok;
}

enum decision { FAILED, REFUSED, APPLIED, MOVED };

static enum decision decide_event(struct agg_session *session,
                                  const struct agg_registry_event *event, struct emis_error *err)
{
    struct emis_error why;
    bool is_applied;

    if (apply_event(session, event, &is_applied, &why)) {
        if (is_applied) {
            emis_metric_add(&agg_stats.events_applied, 1);
            emis_log(EMIS_LOG_INFO, "registry_event_applied", "submission_key=%lld kind=%s unit=%s",
                     (long long) event->submission_key, event->kind, event->subject);
        }
        return is_applied ? APPLIED
                          : MOVED; /* not applied: another applier, or a correction, was first */
    }
    if (why.code == E_REGISTRY_MOVED) {
        return MOVED;
    }
    if (why.code != E_REGISTRY && why.code != E_DB_DATA) {
        *err = why;
        return FAILED;
    }
    return refuse_event(session, event, &why, err) ? REFUSED : FAILED;
}

/* The oldest events of one form that wait, in order, until one is applied: then ref.version has
 * moved, and what was read is of an older one. */
static enum decision run_page(struct agg_session *session, struct emis_arena *arena,
                              const struct catalogue_form *form,
                              const struct catalogue_group *group, size_t *ret_count,
                              struct emis_error *err)
{
    enum decision decision = REFUSED;
    struct store_params params;
    struct store_result *result;
    char name[64];
    bool ok;

    (void) snprintf(name, sizeof(name), "pending_events_%s", form->code);
    store_params_init(&params);
    store_params_i16(&params, form->number);
    store_params_i64(&params, session->version);
    ok = store_query_run(session->conn, name, &params, &result, err);
    store_params_release(&params);
    if (!ok) {
        return FAILED;
    }
    *ret_count = store_result_rows(result);
    for (size_t row = 0; decision == REFUSED && row < *ret_count; row++) {
        struct agg_registry_event event;

        read_event(arena, session->catalogue, group, result, row, &event);
        decision = read_parts(session, arena, form, &event, err)
                       ? decide_event(session, &event, err)
                       : FAILED;
    }
    store_result_free(result);
    return decision;
}

/* Page after page: those that were refused do not wait any more under this ref.version. */
static enum decision run_form(struct agg_session *session, struct emis_arena *arena,
                              const struct catalogue_form *form, struct emis_error *err)
{
    const struct catalogue_group *group = group_of(form, false), *part_group = group_of(form, true);
    enum decision decision;
    size_t count = 0;

    if (group == NULL) {
        return REFUSED;
    }
    register_template(session, "pending_events", form, group);
    if (part_group != NULL) {
        register_template(session, "event_parts", form, part_group);
    }
    do {
        decision = run_page(session, arena, form, group, &count, err);
    } while (decision == REFUSED && count > 0);
    return decision;
}

/* One pass under one ref.version. REFUSED: nothing waits any more under it. */
static enum decision run_pass(struct agg_session *session, struct emis_error *err)
{
    struct emis_arena *arena = emis_arena_new(16 * 1024);
    enum decision decision =
        agg_session_look(session, err) &&
                store_query_run(session->conn, "drop_stale_events", NULL, NULL, err)
            ? REFUSED
            : FAILED;

    for (size_t i = 0; decision == REFUSED && i < session->catalogue->form_count; i++) {
        const struct catalogue_form *form = &session->catalogue->forms[i];

        if (form->is_registry_event &&
            catalogue_form_newest(session->catalogue, form->code) == form) {
            decision = run_form(session, arena, form, err);
        }
    }
    emis_arena_free(arena);
    return decision;
}

bool agg_registry_run(struct agg_session *session, size_t *ret_applied, struct emis_error *err)
{
    enum decision decision;
    size_t applied = 0;

    for (int pass = 0; pass < PASSES_MAX; pass++) {
        decision = run_pass(session, err);
        if (decision == FAILED) {
            return false;
        }
        if (decision == REFUSED) {
            break;
        }
        applied += decision == APPLIED;
    }
    *ret_applied = applied;
    return true;
}
