/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/registry/calendar_plan.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/arena.h"
#include "lib/base/date.h"
#include "lib/base/memory.h"
#include "lib/base/text.h"

#define KIND_FACTOR   100000000
#define YEAR_DAYS_MAX 600
#define ROW_DAYS_MAX  4000

/* Periods; what closes days of a calendar, the stronger after the weaker; exceptions. */
enum row_kind {
    ROW_SCHOOL_YEAR,
    ROW_TERM,
    ROW_CAMPAIGN,
    ROW_WEEKEND,
    ROW_EXAM,
    ROW_HOLIDAY,
    ROW_CLOSED,
    ROW_OPEN,
    ROW_USUAL,
    ROW_KINDS
};

static const char *const row_kinds[ROW_KINDS] = {
    "school_year", "term", "campaign", "weekend", "exam", "holiday", "closed", "open", "usual"};
static const char *const weekdays[] = {"mon", "tue", "wed", "thu", "fri", "sat", "sun"};

struct read_row {
    const struct registry_calendar_row *row;
    enum row_kind kind;
    const char *code;
    const char *area;
    const char *reason;
    const struct catalogue_attribute *attribute; /* NULL: none */
    const char *attribute_code;
    int16_t attribute_number;
    int weekday; /* 1 Monday */
    int32_t starts_on, ends_on;
};

struct planning {
    struct emis_arena *arena;
    const struct catalogue *catalogue;
    registry_mistake_fn *on_mistake;
    void *context;
    struct emis_error *err;
    size_t mistake_count;
    struct read_row *reads;
    size_t read_count;
    struct registry_calendar_period *spans; /* school years, terms and campaigns, known and new */
    size_t span_count;
    struct registry_calendar_period *periods; /* heap; what is new */
    size_t period_count;
    size_t period_capacity;
};

static void mistake(struct planning *planning, size_t line, const char *column, const char *format,
                    ...) EMIS_PRINTF(4, 5);

static void mistake(struct planning *planning, size_t line, const char *column, const char *format,
                    ...)
{
    char reason[300];
    va_list arguments;
    va_start(arguments, format);
    (void) vsnprintf(reason, sizeof reason, format, arguments);
    va_end(arguments);
    if (planning->mistake_count++ == 0) {
        (void) emis_error_set_at(planning->err, E_REGISTRY, column, "%s", reason);
    }
    if (planning->on_mistake != NULL) {
        planning->on_mistake(planning->context, line, column, reason);
    }
}

static const char *text_of(const char *cell)
{
    return cell == NULL ? "" : cell;
}

/* '0' stands for a digit, everything else for itself. */
static bool has_pattern(const char *text, const char *pattern)
{
    size_t i = 0;
    for (; pattern[i] != '\0'; i++) {
        if (pattern[i] == '0' ? text[i] < '0' || text[i] > '9' : text[i] != pattern[i]) {
            return false;
        }
    }
    return text[i] == '\0';
}

static bool is_campaign_code(const char *text)
{
    static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";
    return text[0] >= 'A' && text[0] <= 'Z' && strlen(text) <= 40 &&
           text[strspn(text, allowed)] == '\0' && !has_pattern(text, "SY0000") &&
           !has_pattern(text, "SY0000-T0");
}

static bool is_period(const struct read_row *read)
{
    return read->kind < ROW_WEEKEND;
}

static bool is_exception(const struct read_row *read)
{
    return read->kind >= ROW_CLOSED;
}

static int weekday_of(const char *code)
{
    for (int i = 0; i < 7; i++) {
        if (strcmp(weekdays[i], code) == 0) {
            return i + 1;
        }
    }
    return 0;
}

static void read_code(struct planning *planning, struct read_row *read)
{
    static const char *const wants[ROW_KINDS] = {
        "a school year's code is like SY2022", "a term's code is like SY2022-T1",
        "a campaign's code has capital letters, digits, - and _",
        "a weekend's code is mon, tue, .. or sun"};
    bool is_good = true;
    switch (read->kind) {
    case ROW_SCHOOL_YEAR:
        is_good = has_pattern(read->code, "SY0000");
        break;
    case ROW_TERM:
        is_good = has_pattern(read->code, "SY0000-T0");
        break;
    case ROW_CAMPAIGN:
        is_good = is_campaign_code(read->code);
        break;
    case ROW_WEEKEND:
        read->weekday = weekday_of(read->code);
        is_good = read->weekday != 0;
        break;
    default:
        break;
    }
    if (!is_good) {
        mistake(planning, read->row->line, "code", "%s", wants[read->kind]);
    }
}

static int32_t read_day(struct planning *planning, const struct registry_calendar_row *row,
                        const char *column, const char *cell)
{
    struct emis_error err;
    int32_t day = 0;
    if (!emis_date_parse(text_of(cell), strlen(text_of(cell)), &day, &err)) {
        mistake(planning, row->line, column, "%s", err.message);
    }
    return day;
}

static void read_attributes(struct planning *planning, struct read_row *read)
{
    for (size_t i = 0; read->row->attributes != NULL && i < planning->catalogue->attribute_count;
         i++) {
        const struct catalogue_attribute *attribute = &planning->catalogue->attributes[i];
        const char *code = text_of(read->row->attributes[i]);
        if (*code == '\0') {
            continue;
        }
        read->attribute_number = catalogue_code_number(attribute->list, code, strlen(code));
        if (is_period(read) || is_exception(read)) {
            mistake(planning, read->row->line, attribute->code,
                    "only weekends, exams and holidays differ by it: leave it empty");
        } else if (read->attribute != NULL) {
            mistake(planning, read->row->line, attribute->code,
                    "a calendar is that of one attribute; %s is given too", read->attribute->code);
        } else if (read->attribute_number == 0) {
            mistake(planning, read->row->line, attribute->code, "\"%s\" is not in the code list %s",
                    code, attribute->list->code);
        }
        read->attribute = attribute;
        read->attribute_code = code;
    }
}

static void check_area(struct planning *planning, const struct read_row *read)
{
    if (is_period(read) && *read->area != '\0') {
        mistake(planning, read->row->line, "area",
                "periods are the same in all areas: leave it empty");
    }
    if (is_exception(read) && *read->area == '\0') {
        mistake(planning, read->row->line, "area", "an exception names its school or area");
    }
}

static void check_reason(struct planning *planning, const struct read_row *read)
{
    static const char *const wants[ROW_KINDS] = {[ROW_EXAM] = "an exam has a name",
                                                 [ROW_HOLIDAY] = "a holiday has a name",
                                                 [ROW_CLOSED] = "an exception says why",
                                                 [ROW_OPEN] = "an exception says why"};
    if (wants[read->kind] != NULL && emis_text_is_blank(read->reason, strlen(read->reason))) {
        mistake(planning, read->row->line, "reason", "%s", wants[read->kind]);
    }
}

static void read_one(struct planning *planning, const struct registry_calendar_row *row,
                     struct read_row *read)
{
    size_t before = planning->mistake_count;
    *read = (struct read_row){.row = row,
                              .code = text_of(row->code),
                              .area = text_of(row->area),
                              .reason = text_of(row->reason)};
    while (read->kind < ROW_KINDS && strcmp(row_kinds[read->kind], text_of(row->kind)) != 0) {
        read->kind++;
    }
    if (read->kind == ROW_KINDS) {
        mistake(planning, row->line, "kind",
                "the kind is school_year, term, campaign, weekend, exam, holiday, closed, open or "
                "usual");
        return;
    }
    read_code(planning, read);
    read->starts_on = read_day(planning, row, "starts_on", row->starts_on);
    read->ends_on = read_day(planning, row, "ends_on", row->ends_on);
    check_area(planning, read);
    check_reason(planning, read);
    read_attributes(planning, read);
    if (planning->mistake_count == before &&
        (read->starts_on > read->ends_on || read->ends_on - read->starts_on > ROW_DAYS_MAX)) {
        mistake(planning, row->line, "ends_on",
                "the last day is not before the first, nor more than %d days after it",
                ROW_DAYS_MAX);
    }
}

static int digits(const char *text, size_t count)
{
    int value = 0;
    for (size_t i = 0; i < count; i++) {
        value = value * 10 + (text[i] - '0');
    }
    return value;
}

/* A school year, term or campaign of a row, or NULL when the same one stands or was given before.
 */
static void add_span(struct planning *planning, const struct read_row *read)
{
    struct registry_calendar_period span = {.code = read->code,
                                            .starts_on = read->starts_on,
                                            .ends_on = read->ends_on,
                                            .is_own = true,
                                            .line = read->row->line};
    if (read->kind == ROW_SCHOOL_YEAR) {
        span.kind = CATALOGUE_SCHOOL_YEAR;
        span.school_year = (int16_t) digits(read->code + 2, 4);
        span.period_id = 6 * KIND_FACTOR + span.school_year;
    } else if (read->kind == ROW_TERM) {
        span.kind = CATALOGUE_TERM;
        span.school_year = (int16_t) digits(read->code + 2, 4);
        span.period_id = 5 * KIND_FACTOR + span.school_year * 10 + digits(read->code + 8, 1);
    } else {
        span.kind = CATALOGUE_CAMPAIGN;
    }
    for (size_t i = 0; i < planning->span_count; i++) {
        const struct registry_calendar_period *known = &planning->spans[i];
        if (strcmp(known->code, span.code) != 0) {
            continue;
        }
        if (known->starts_on != span.starts_on || known->ends_on != span.ends_on ||
            known->line != 0) {
            mistake(planning, span.line, "code", "%s is known already%s", span.code,
                    known->line != 0 ? " in this list"
                                     : " with other dates: a period's dates never change");
        }
        return;
    }
    planning->spans[planning->span_count++] = span;
}

static int compare_spans(const void *left, const void *right)
{
    const struct registry_calendar_period *a = left;
    const struct registry_calendar_period *b = right;
    if (a->kind != b->kind) {
        return a->kind < b->kind ? -1 : 1;
    }
    return (a->starts_on > b->starts_on) - (a->starts_on < b->starts_on);
}

static const struct registry_calendar_period *year_of(const struct planning *planning,
                                                      int16_t school_year)
{
    for (size_t i = 0; i < planning->span_count; i++) {
        if (planning->spans[i].kind == CATALOGUE_SCHOOL_YEAR &&
            planning->spans[i].school_year == school_year) {
            return &planning->spans[i];
        }
    }
    return NULL;
}

static void check_neighbours(struct planning *planning, const struct registry_calendar_period *last,
                             const struct registry_calendar_period *next)
{
    size_t line = next->line != 0 ? next->line : last->line;
    if (next->starts_on <= last->ends_on) {
        mistake(planning, line, "starts_on", "%s and %s overlap", last->code, next->code);
    } else if (next->kind == CATALOGUE_SCHOOL_YEAR && next->starts_on != last->ends_on + 1) {
        mistake(
            planning, line, "starts_on",
            "there is a gap between %s and %s: a school year lasts until the day before the next",
            last->code, next->code);
    }
}

static void check_spans(struct planning *planning)
{
    if (planning->span_count > 0) {
        qsort(planning->spans, planning->span_count, sizeof *planning->spans, compare_spans);
    }
    for (size_t i = 0; i < planning->span_count; i++) {
        const struct registry_calendar_period *span = &planning->spans[i];
        const struct registry_calendar_period *year = year_of(planning, span->school_year);
        if (span->kind == CATALOGUE_CAMPAIGN) {
            continue;
        }
        if (i > 0 && planning->spans[i - 1].kind == span->kind) {
            check_neighbours(planning, &planning->spans[i - 1], span);
        }
        if (span->kind == CATALOGUE_SCHOOL_YEAR &&
            span->ends_on - span->starts_on > YEAR_DAYS_MAX) {
            mistake(planning, span->line, "ends_on", "%s is longer than %d days", span->code,
                    YEAR_DAYS_MAX);
        }
        if (span->kind == CATALOGUE_TERM &&
            (year == NULL || span->starts_on < year->starts_on || span->ends_on > year->ends_on)) {
            mistake(planning, span->line, "starts_on", "%s does not lie in its school year",
                    span->code);
        }
    }
}

static void add_period(struct planning *planning, struct registry_calendar_period period)
{
    if (planning->period_count == planning->period_capacity) {
        planning->period_capacity =
            planning->period_capacity == 0 ? 512 : planning->period_capacity * 2;
        planning->periods =
            emis_realloc(planning->periods, planning->period_capacity * sizeof *planning->periods);
    }
    planning->periods[planning->period_count++] = period;
}

static struct registry_calendar_period day_period(const struct planning *planning, int32_t day)
{
    int year, month, date;
    char text[16];
    emis_date_to_civil(day, &year, &month, &date);
    emis_date_format(day, text);
    return (struct registry_calendar_period){.period_id =
                                                 KIND_FACTOR + (year * 100 + month) * 100 + date,
                                             .kind = CATALOGUE_DAY,
                                             .code = emis_arena_strdup(planning->arena, text),
                                             .starts_on = day,
                                             .ends_on = day};
}

/* Whatever day it begins on, a week holds one Thursday and has the code of the ISO week of that
 * day: so the codes, and the years of 53 weeks, are the same in every country. */
static struct registry_calendar_period week_period(const struct planning *planning, int32_t day)
{
    int year, week;
    int32_t first = day - (emis_date_weekday(day) - planning->catalogue->week_starts_on + 7) % 7;
    int32_t thursday = first + (4 - planning->catalogue->week_starts_on + 7) % 7;
    emis_date_iso_week(thursday, &year, &week);
    return (struct registry_calendar_period){
        .period_id = 2 * KIND_FACTOR + year * 100 + week,
        .kind = CATALOGUE_WEEK,
        .code = emis_arena_format(planning->arena, "%04d-W%02d", year, week),
        .starts_on = first,
        .ends_on = first + 6};
}

/* The month that a day lies in. */
static struct registry_calendar_period month_period(const struct planning *planning, int32_t day)
{
    int year, month, date;
    emis_date_to_civil(day, &year, &month, &date);
    return (struct registry_calendar_period){
        .period_id = 3 * KIND_FACTOR + year * 100 + month,
        .kind = CATALOGUE_MONTH,
        .code = emis_arena_format(planning->arena, "%04d-%02d", year, month),
        .starts_on = emis_date_from_civil(year, month, 1),
        .ends_on = emis_date_from_civil(month == 12 ? year + 1 : year, month % 12 + 1, 1) - 1};
}

static struct registry_calendar_period quarter_period(const struct planning *planning, int32_t day)
{
    int year, month, date;
    emis_date_to_civil(day, &year, &month, &date);
    int quarter = (month - 1) / 3 + 1;
    return (struct registry_calendar_period){
        .period_id = 4 * KIND_FACTOR + year * 10 + quarter,
        .kind = CATALOGUE_QUARTER,
        .code = emis_arena_format(planning->arena, "%04d-Q%d", year, quarter),
        .starts_on = emis_date_from_civil(year, quarter * 3 - 2, 1),
        .ends_on =
            emis_date_from_civil(quarter == 4 ? year + 1 : year, quarter * 3 % 12 + 1, 1) - 1};
}

/* Every period of the narrower kinds that a school year touches. */
static void add_narrower(struct planning *planning, const struct registry_calendar_period *year)
{
    struct registry_calendar_period (*const kinds[])(const struct planning *, int32_t) = {
        day_period, week_period, month_period, quarter_period};
    for (size_t kind = 0; kind < sizeof kinds / sizeof kinds[0]; kind++) {
        for (int32_t day = year->starts_on; day <= year->ends_on;) {
            struct registry_calendar_period period = kinds[kind](planning, day);
            period.school_year = year->school_year;
            period.is_own = period.starts_on >= year->starts_on;
            add_period(planning, period);
            day = period.ends_on + 1;
        }
    }
}

static void list_periods(struct planning *planning)
{
    for (size_t i = 0; i < planning->span_count; i++) {
        struct registry_calendar_period span = planning->spans[i];
        if (span.line == 0) {
            continue;
        }
        for (size_t j = 0; span.kind == CATALOGUE_CAMPAIGN && j < planning->span_count; j++) {
            const struct registry_calendar_period *year = &planning->spans[j];
            if (year->kind == CATALOGUE_SCHOOL_YEAR && year->starts_on <= span.starts_on &&
                span.starts_on <= year->ends_on) {
                span.school_year = year->school_year;
            }
        }
        if (span.school_year == 0) {
            mistake(planning, span.line, "starts_on", "%s begins in no school year", span.code);
        }
        add_period(planning, span);
        if (span.kind == CATALOGUE_SCHOOL_YEAR) {
            add_narrower(planning, &span);
        }
    }
}

/* Which row closes each day of an area: a bitmap over the days that its rows span. */
struct spread {
    int32_t first, last;
    bool *is_covered;
    const struct read_row **closed_by;
};

static void spread_row(struct planning *planning, struct spread *spread,
                       const struct read_row *read)
{
    char day_text[16];
    for (int32_t day = read->starts_on; day <= read->ends_on; day++) {
        const struct read_row **closed_by = &spread->closed_by[day - spread->first];
        spread->is_covered[day - spread->first] = true;
        if (read->kind == ROW_WEEKEND && emis_date_weekday(day) != read->weekday) {
            continue;
        }
        if (*closed_by != NULL && (*closed_by)->kind == read->kind) {
            emis_date_format(day, day_text);
            mistake(planning, read->row->line, "starts_on",
                    "%s is closed by another row of the same kind", day_text);
            return;
        }
        if (*closed_by == NULL || read->kind > (*closed_by)->kind) {
            *closed_by = read;
        }
    }
}

static void collect_area(struct planning *planning, const struct spread *spread,
                         struct registry_calendar_area *area)
{
    size_t days = (size_t) (spread->last - spread->first) + 1;
    int32_t *covered = emis_arena_alloc(planning->arena, days * sizeof *covered);
    int32_t *closed = emis_arena_alloc(planning->arena, days * sizeof *closed);
    const char **kinds = emis_arena_alloc(planning->arena, days * sizeof *kinds);
    const char **reasons = emis_arena_alloc(planning->arena, days * sizeof *reasons);
    for (size_t i = 0; i < days; i++) {
        const struct read_row *read = spread->closed_by[i];
        if (spread->is_covered[i]) {
            covered[area->covered_count++] = spread->first + (int32_t) i;
        }
        if (read != NULL) {
            kinds[area->closed_count] = row_kinds[read->kind];
            reasons[area->closed_count] = emis_arena_strdup(
                planning->arena, read->kind == ROW_WEEKEND ? "weekend" : read->reason);
            closed[area->closed_count++] = spread->first + (int32_t) i;
        }
    }
    area->covered_days = covered;
    area->closed_days = closed;
    area->kinds = kinds;
    area->reasons = reasons;
}

static bool is_of_area(const struct read_row *read, const struct registry_calendar_area *area)
{
    return !is_period(read) && !is_exception(read) && strcmp(read->area, area->code) == 0 &&
           read->attribute == area->attribute && read->attribute_number == area->attribute_number;
}

static void spread_area(struct planning *planning, struct registry_calendar_area *area)
{
    struct spread spread = {.first = INT32_MAX, .last = INT32_MIN};
    for (size_t i = 0; i < planning->read_count; i++) {
        const struct read_row *read = &planning->reads[i];
        if (is_of_area(read, area)) {
            spread.first = read->starts_on < spread.first ? read->starts_on : spread.first;
            spread.last = read->ends_on > spread.last ? read->ends_on : spread.last;
        }
    }
    size_t days = (size_t) (spread.last - spread.first) + 1;
    spread.is_covered = emis_arena_alloc(planning->arena, days * sizeof *spread.is_covered);
    spread.closed_by = emis_arena_alloc(planning->arena, days * sizeof *spread.closed_by);
    for (size_t i = 0; i < planning->read_count; i++) {
        const struct read_row *read = &planning->reads[i];
        if (is_of_area(read, area)) {
            spread_row(planning, &spread, read);
        }
    }
    collect_area(planning, &spread, area);
}

static void list_areas(struct planning *planning, struct registry_calendar_plan *plan)
{
    struct registry_calendar_area *areas =
        emis_arena_alloc(planning->arena, (planning->read_count + 1) * sizeof *areas);
    for (size_t i = 0; i < planning->read_count; i++) {
        const struct read_row *read = &planning->reads[i];
        size_t known = 0;
        if (is_period(read) || is_exception(read)) {
            continue;
        }
        while (known < plan->area_count && !is_of_area(read, &areas[known])) {
            known++;
        }
        if (known == plan->area_count) {
            areas[plan->area_count++] = (struct registry_calendar_area){
                .code = emis_arena_strdup(planning->arena, read->area),
                .attribute = read->attribute,
                .attribute_code = read->attribute == NULL
                                      ? NULL
                                      : emis_arena_strdup(planning->arena, read->attribute_code),
                .attribute_number = read->attribute_number,
                .line = read->row->line};
        }
    }
    for (size_t i = 0; i < plan->area_count; i++) {
        spread_area(planning, &areas[i]);
    }
    plan->areas = areas;
}

static int compare_exceptions(const void *left, const void *right)
{
    const struct registry_calendar_exception *a = left;
    const struct registry_calendar_exception *b = right;
    int order = strcmp(a->unit, b->unit);
    if (order != 0) {
        return order;
    }
    return a->day != b->day ? (a->day > b->day) - (a->day < b->day)
                            : (a->line > b->line) - (a->line < b->line);
}

static void list_exceptions(struct planning *planning, struct registry_calendar_plan *plan)
{
    struct registry_calendar_exception *exceptions;
    size_t count = 0;
    char day_text[16];
    for (size_t i = 0; i < planning->read_count; i++) {
        const struct read_row *read = &planning->reads[i];
        count += is_exception(read) ? (size_t) (read->ends_on - read->starts_on) + 1 : 0;
    }
    exceptions = emis_arena_alloc(planning->arena, (count + 1) * sizeof *exceptions);
    for (size_t i = 0; i < planning->read_count; i++) {
        const struct read_row *read = &planning->reads[i];
        for (int32_t day = read->starts_on; is_exception(read) && day <= read->ends_on; day++) {
            exceptions[plan->exception_count++] = (struct registry_calendar_exception){
                .unit = emis_arena_strdup(planning->arena, read->area),
                .day = day,
                .kind = row_kinds[read->kind],
                .reason = emis_arena_strdup(planning->arena, read->reason),
                .line = read->row->line};
        }
    }
    if (count > 0) {
        qsort(exceptions, count, sizeof *exceptions, compare_exceptions);
    }
    for (size_t i = 1; i < count; i++) {
        if (exceptions[i].day == exceptions[i - 1].day &&
            strcmp(exceptions[i].unit, exceptions[i - 1].unit) == 0) {
            emis_date_format(exceptions[i].day, day_text);
            mistake(planning, exceptions[i].line, "starts_on",
                    "%s: another row says what %s is on %s", exceptions[i].kind, exceptions[i].unit,
                    day_text);
        }
    }
    plan->exceptions = exceptions;
}

bool registry_calendar_plan(struct emis_arena *arena, const struct catalogue *catalogue,
                            const struct registry_calendar_row *rows, size_t count,
                            const struct registry_calendar_period *known, size_t known_count,
                            registry_mistake_fn *on_mistake, void *context,
                            struct registry_calendar_plan *ret_plan, struct emis_error *err)
{
    struct planning planning = {.arena = arena,
                                .catalogue = catalogue,
                                .on_mistake = on_mistake,
                                .context = context,
                                .err = err,
                                .read_count = count,
                                .span_count = known_count};
    struct registry_calendar_plan plan = {.period_count = 0};
    planning.reads = emis_arena_alloc(arena, (count + 1) * sizeof *planning.reads);
    planning.spans = emis_arena_alloc(arena, (count + known_count + 1) * sizeof *planning.spans);
    if (known_count > 0) {
        memcpy(planning.spans, known, known_count * sizeof *known);
    }
    for (size_t i = 0; i < count; i++) {
        read_one(&planning, &rows[i], &planning.reads[i]);
    }
    for (size_t i = 0; planning.mistake_count == 0 && i < count; i++) {
        if (is_period(&planning.reads[i])) {
            add_span(&planning, &planning.reads[i]);
        }
    }
    if (planning.mistake_count == 0) {
        check_spans(&planning);
        list_periods(&planning);
        list_areas(&planning, &plan);
        list_exceptions(&planning, &plan);
    }
    plan.period_count = planning.period_count;
    plan.periods = emis_arena_memdup(arena, planning.periods,
                                     planning.period_count * sizeof *planning.periods);
    free(planning.periods);
    if (planning.mistake_count == 0) {
        *ret_plan = plan;
    }
    return planning.mistake_count == 0;
}
