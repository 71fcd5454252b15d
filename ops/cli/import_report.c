/* SPDX-License-Identifier: Apache-2.0 */
#include "ops/cli/import_report.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/memory.h"
#include "lib/json/write.h"
#include "ops/cli/print.h"

struct item {
    const char *unit, *period;
    size_t lines;
    bool is_unit_known;
};

/* What is counted by period and in all. */
struct count {
    size_t lines, submissions, parked;
};

struct cli_import_report {
    struct item *items;
    size_t count, capacity;
    size_t warnings;
};

struct cli_import_report *cli_import_report_new(void)
{
    return emis_calloc(1, sizeof(struct cli_import_report));
}

void cli_import_report_add(struct cli_import_report *report,
                           const struct cli_import_submission *submission, bool is_unit_known,
                           size_t warning_count)
{
    if (report->count == report->capacity) {
        report->capacity = report->capacity == 0 ? 1024 : report->capacity * 2;
        report->items = emis_realloc(report->items, report->capacity * sizeof *report->items);
    }
    report->items[report->count++] =
        (struct item){submission->unit, submission->period, submission->row_count, is_unit_known};
    report->warnings += warning_count;
}

static int compare_units(const void *left, const void *right)
{
    return strcmp(((const struct item *) left)->unit, ((const struct item *) right)->unit);
}

static int compare_periods(const void *left, const void *right)
{
    return strcmp(((const struct item *) left)->period, ((const struct item *) right)->period);
}

static void count_units(struct cli_import_report *report, size_t *ret_known, size_t *ret_unknown)
{
    *ret_known = *ret_unknown = 0;
    qsort(report->items, report->count, sizeof *report->items, compare_units);
    for (size_t i = 0; i < report->count; i++) {
        if (i == 0 || strcmp(report->items[i].unit, report->items[i - 1].unit) != 0) {
            *(report->items[i].is_unit_known ? ret_known : ret_unknown) += 1;
        }
    }
}

/* The items from `from` on that are of one period; they are sorted. Returns where the next begins.
 */
static size_t count_period(const struct cli_import_report *report, size_t from,
                           struct count *ret_count)
{
    size_t i = from;

    *ret_count = (struct count){0, 0, 0};
    for (; i < report->count && strcmp(report->items[i].period, report->items[from].period) == 0;
         i++) {
        ret_count->lines += report->items[i].lines;
        ret_count->submissions++;
        ret_count->parked += !report->items[i].is_unit_known;
    }
    return i;
}

static size_t count_lines(const struct cli_import_report *report)
{
    size_t lines = 0;

    for (size_t i = 0; i < report->count; i++) {
        lines += report->items[i].lines;
    }
    return lines;
}

static void print_periods(struct cli_import_report *report, const struct cli_context *cli)
{
    static const struct cli_print_column columns[] = {{"period", 't'},
                                                      {"lines", 'n'},
                                                      {"submissions", 'n'},
                                                      {"of_unknown_units", 'n'},
                                                      {NULL, 0}};
    struct cli_print print;
    struct count count;
    char lines[24], submissions[24], parked[24];

    qsort(report->items, report->count, sizeof *report->items, compare_periods);
    cli_print_init(&print, cli, "emis.import_periods/1", columns);
    for (size_t i = 0, next; i < report->count; i = next) {
        next = count_period(report, i, &count);
        snprintf(lines, sizeof lines, "%zu", count.lines);
        snprintf(submissions, sizeof submissions, "%zu", count.submissions);
        snprintf(parked, sizeof parked, "%zu", count.parked);
        cli_print_row(&print,
                      (const char *const[]){report->items[i].period, lines, submissions, parked});
    }
    cli_print_end(&print);
}

static void write_number(struct json_write *json, const char *key, size_t number)
{
    json_write_key(json, key);
    json_write_i64(json, (int64_t) number);
}

static void write_periods(struct cli_import_report *report, struct json_write *json)
{
    struct count count;

    qsort(report->items, report->count, sizeof *report->items, compare_periods);
    json_write_key(json, "periods");
    json_write_array_begin(json);
    for (size_t i = 0, next; i < report->count; i = next) {
        next = count_period(report, i, &count);
        json_write_object_begin(json);
        json_write_key(json, "period");
        json_write_string(json, report->items[i].period);
        write_number(json, "lines", count.lines);
        write_number(json, "submissions", count.submissions);
        write_number(json, "of_unknown_units", count.parked);
        json_write_object_end(json);
    }
    json_write_array_end(json);
}

/* first NULL: the submissions were sent. */
static void print_json(struct cli_import_report *report, const struct emis_buffer *first,
                       int64_t acknowledged)
{
    size_t known, unknown;
    struct emis_buffer text;
    struct json_write json;

    count_units(report, &known, &unknown);
    emis_buffer_init(&text);
    json_write_init(&json, &text, true);
    json_write_object_begin(&json);
    json_write_key(&json, "schema");
    json_write_string(&json, "emis.import/1");
    json_write_key(&json, "is_dry_run");
    json_write_bool(&json, first != NULL);
    write_number(&json, "lines", count_lines(report));
    write_number(&json, "submissions", report->count);
    write_number(&json, "units_known", known);
    write_number(&json, "units_unknown", unknown);
    write_number(&json, "warnings", report->warnings);
    write_number(&json, "acknowledged", (size_t) acknowledged);
    write_periods(report, &json);
    if (first != NULL) {
        json_write_key(&json, "first");
        json_write_raw(&json, first->data, first->size);
    }
    json_write_object_end(&json);
    fwrite(text.data, 1, text.size, stdout);
    emis_buffer_release(&text);
}

static void print_counts(struct cli_import_report *report)
{
    size_t known, unknown;

    count_units(report, &known, &unknown);
    printf("lines %zu  submissions %zu  units known %zu  unknown %zu  warnings %zu\n",
           count_lines(report), report->count, known, unknown, report->warnings);
}

void cli_import_report_print_dry(struct cli_import_report *report, const struct cli_context *cli,
                                 const struct emis_buffer *first)
{
    if (cli->is_json) {
        print_json(report, first, 0);
        return;
    }
    print_counts(report);
    print_periods(report, cli);
    printf("The first submission:\n");
    fwrite(first->data, 1, first->size, stdout);
    cli_context_say(cli, "dry run: the file is good; nothing was sent");
}

void cli_import_report_print_sent(struct cli_import_report *report, const struct cli_context *cli,
                                  int64_t acknowledged)
{
    if (cli->is_json) {
        print_json(report, NULL, acknowledged);
        return;
    }
    print_counts(report);
    printf("sent and acknowledged %" PRId64 "\n", acknowledged);
}

void cli_import_report_free(struct cli_import_report *report)
{
    if (report == NULL) {
        return;
    }
    free(report->items);
    free(report);
}
