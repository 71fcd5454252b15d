/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The catalogue: levels, attributes, code lists, forms and indicators as declared by the JSON files
 * of catalogue/, read, checked and compiled. Everything that depends on a form or an indicator
 * (decoding, validation, tables, refresh SQL, schemas, documentation) is derived from these
 * structures; no program knows a form by name.
 *
 * A catalogue is immutable once compiled and numbered, and owns all that it points to; any thread
 * may read it. Numbers (smallint in the database) are given by catalogue_number_apply(): they are
 * stable for the life of a warehouse and live in ref.catalogue_number.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/error.h"

struct emis_arena;
struct emis_buffer;
struct expr;

enum catalogue_type {
    CATALOGUE_INT,     /* JSON integer; int4 column, int8 when max > 2^31 - 1 */
    CATALOGUE_DECIMAL, /* exact decimal; int8 column holding value * 10^scale */
    CATALOGUE_CODE,    /* member of a code list; int2 column holding the code's number */
    CATALOGUE_TEXT,    /* text column, NFC */
    CATALOGUE_DATE,    /* date column */
    CATALOGUE_BOOL     /* bool column */
};

/* Period kinds, narrow to wide; also the text of ref.period.kind. */
enum catalogue_period_kind {
    CATALOGUE_DAY,
    CATALOGUE_WEEK,
    CATALOGUE_MONTH,
    CATALOGUE_QUARTER,
    CATALOGUE_TERM,
    CATALOGUE_SCHOOL_YEAR,
    CATALOGUE_CAMPAIGN,
    CATALOGUE_PERIOD_KINDS /* how many there are */
};

struct catalogue_code {
    const char *code;
    int16_t number; /* 1..999, unique in its list */
};

struct catalogue_list { /* codelists/<code>.json */
    const char *code;
    const struct catalogue_code *codes;
    size_t code_count;
};

struct catalogue_level { /* levels.json, country first; level_no is the index */
    const char *code;    /* also names the table mart.<code>_indicator */
};

struct catalogue_attribute { /* attributes.json: what a place is cut by; a column of ref.place */
    const char *code;
    const struct catalogue_list *list;
    int16_t dimension; /* number of the cut dimension; cut_key = dimension * 1000 + code number */
};

/* Cut dimensions are attributes, the list of forms ("form") and those code lists that an indicator
 * is cut by: by the one key column that has the list. */
struct catalogue_dimension {
    const char *code;
    const struct catalogue_list *list; /* NULL for "form": its members are the forms' numbers */
    int16_t number;                    /* 1..31 */
    bool is_attribute;
};

struct catalogue_field {
    const char *name; /* JSON member, column name */
    enum catalogue_type type;
    const struct catalogue_list *list; /* CODE only */
    int scale;                         /* DECIMAL: digits after the point, 0..9 */
    int64_t min, max;                  /* INT, DECIMAL (scaled); inclusive */
    int32_t text_max;                  /* TEXT: code points */
    bool is_required;
    bool is_code_text;          /* TEXT that is a code [A-Za-z0-9_.:/-], such as a unit's code */
    const char *missing_reason; /* why it may be missing; NULL if required */
};

struct catalogue_group {
    const char *code;
    const char *table; /* table of schema core: <form>_<group> in lower case */
    bool is_repeating; /* false: its fields stand in `data` itself; at most one such group a form */
    int32_t rows_min, rows_max;
    const struct catalogue_field
        *keys; /* CODE, INT, DATE or code TEXT, always required; none for a scalar group */
    size_t key_count;
    const struct catalogue_field *fields;
    size_t field_count;
};

enum catalogue_severity { CATALOGUE_REJECT, CATALOGUE_WARN, CATALOGUE_OFF };

struct catalogue_rule {
    int16_t number;
    const char *code;
    enum catalogue_severity severity;
    enum emis_error_code error;          /* E_SUM or E_RULE */
    const struct catalogue_group *group; /* a row-level rule is checked for each row of this
                                            repeating group; NULL: once a submission */
    const char
        *pointer; /* field named in the verdict, relative: "/pupils_total", or a row's "/present" */
    const char *text; /* the expression as written; missing result passes */
    const struct expr
        *check; /* group index = index in form->groups; field index = keys first, then fields */
};

/* The form's submissions set targets: each row of the group one, of the sending unit. */
struct catalogue_targets {
    const struct catalogue_group *group;
    const struct catalogue_field *indicator; /* key: code of an indicator */
    const struct catalogue_field *period;    /* key: code of a period within the submission's own */
    const struct catalogue_field *unit;      /* CODE: percent, number, ratio or index */
    const struct catalogue_field *value;     /* INT or DECIMAL, as the indicator is shown */
};

/* What an area has otherwise; for a unit that of the nearest area above it counts, or its own. */
struct catalogue_area_time {
    const char *area_code; /* of a unit of any level */
    int32_t days;          /* of a deadline */
    int32_t minutes;       /* of a deadline, of the day; of local time, east of UTC */
};

enum catalogue_deadline_from { CATALOGUE_FROM_START, CATALOGUE_FROM_END };

struct catalogue_form {
    int16_t number; /* form_id */
    const char *code;
    int16_t version;
    int32_t valid_from, valid_to; /* on the period's start; half-open; EMIS_DATE_INFINITY */
    enum catalogue_period_kind period_kind;
    uint32_t level_mask; /* bit level_no: levels whose units may send it */
    int leaf_level;      /* the deepest of them: where its indicators start */
    const struct catalogue_field
        *key_parts; /* the form's extra key parts, in the envelope; CODE, INT or code TEXT */
    size_t key_part_count;
    bool is_owed; /* false: nobody owes it (visits, events): what came is what is expected */
    const char *owed_text;   /* condition on place attributes, NULL: every unit of the level */
    const struct expr *owed; /* one group, "place"; field index = index in catalogue->attributes */
    bool has_deadline;
    enum catalogue_deadline_from deadline_from;
    int32_t deadline_days;   /* after the period's first or last day */
    int32_t deadline_minute; /* minute of that day, local time of the unit's area */
    const struct catalogue_area_time *area_deadlines;
    size_t area_deadline_count;
    bool is_school_day_only; /* day forms: owed only on days that the area's calendar does not close
                              */
    bool is_registry_event;  /* its accepted submissions are changes for the applier */
    const struct catalogue_targets *targets; /* NULL: it sets none; at most one form does */
    const struct catalogue_group *groups;
    size_t group_count;
    const struct catalogue_rule *rules;
    size_t rule_count;
    const char *path; /* file it came from, for messages */
};

/* Roll-up classes. What needs population (P) is derived: it is there where its operands are. */
enum catalogue_class {
    CATALOGUE_CLASS_R,        /* ratio: sum / sum */
    CATALOGUE_CLASS_S,        /* share of units: 0/1 over 1 at the leaf */
    CATALOGUE_CLASS_C,        /* count: sum over time and space */
    CATALOGUE_CLASS_L,        /* stock: last value in time, sum in space */
    CATALOGUE_CLASS_F,        /* flow: sum of a period / sum of the one before, on the units that
                                 reported in both */
    CATALOGUE_CLASS_D,        /* derived at each node from other indicators' rows */
    CATALOGUE_CLASS_COVERAGE, /* owed submissions received */
    CATALOGUE_CLASS_ONTIME,   /* owed submissions received by the deadline */
    CATALOGUE_CLASS_FILLED,   /* of those received, those that say something */
    CATALOGUE_CLASS_CLEAN     /* of those received, those that broke no rule of severity warn */
};

struct catalogue_operand { /* D only: a cell of another indicator at the same node */
    const char *name;      /* in numerator and denominator: the cell's numerator; with the suffix
                              _denominator its denominator */
    const struct catalogue_indicator *indicator;
    const struct catalogue_dimension *dimension; /* NULL: total */
    int16_t member;
    const char *member_code; /* the member's text; NULL: total */
    bool is_before;          /* of the period of the same kind before */
};

/* How an area stands in an indicator. Thresholds are of the unscaled value, in units of
 * 10^-CATALOGUE_STANDING_SCALE. */
#define CATALOGUE_STANDING_SCALE 6
struct catalogue_standing {
    bool is_ranked;       /* among its siblings, by direction */
    bool is_dense;        /* after a tie: 1 2 2 3; otherwise 1 2 2 4 */
    int64_t coverage_min; /* least n_reported / n_expected of who is ranked */
    int64_t amber_within; /* of a missed target: amber up to this far from it, then red */
    const struct catalogue_list *band_list; /* NULL: no bands */
    const char *const *bands;               /* codes of the list, from the lowest values up */
    const int64_t *edges; /* where each but the first begins: ascending, band_count - 1 of them */
    size_t band_count;
};

struct catalogue_indicator {
    int16_t number; /* indicator_key */
    const char *code;
    int16_t version;
    int32_t valid_from, valid_to; /* on the period's start */
    enum catalogue_class roll_up;
    const char *unit; /* "n", "ratio", "percent", "index" */
    int32_t factor;   /* for display: 100 for a percentage */
    int16_t decimals; /* for display */
    int8_t direction; /* +1 higher is better, -1, 0 */
    struct catalogue_standing standing;
    /* R, S, C, L, F: one source */
    const struct catalogue_form *form; /* newest version that has the group */
    const struct catalogue_group *group;
    const struct expr *numerator; /* row-level over the group; S: condition; D: over operands */
    const struct expr
        *denominator; /* NULL for C and L; S: "answer is valid", NULL = numerator is not missing */
    const struct expr *where; /* NULL: all rows */
    const char *numerator_text, *denominator_text, *where_text;
    bool is_every;                              /* S: met where every row meets it, not any */
    const struct catalogue_dimension *promotes; /* F: numerator rows count under the code before
                                                   theirs in this list; NULL: under their own */
    const struct catalogue_operand *operands;   /* D; numerator and denominator are over them */
    size_t operand_count;
    int level_no; /* D: the deepest level at which it is made; that of its operands may lie above */
    bool is_summed_above; /* D: above the deepest level it is the sum of its rows below, not derived
                           */
    const struct catalogue_dimension *const *cuts; /* one-way cuts stored from the month up */
    size_t cut_count;
    const struct catalogue_dimension *const
        *day_cuts; /* those also stored for days and weeks at the leaf level; a subset */
    size_t day_cut_count;
    uint32_t period_kinds;  /* bit catalogue_period_kind: which it is stored for */
    const char *source;     /* decree, glossary or catalogue it rests on */
    const char *definition; /* one paragraph in English */
    const char *path;
};

/* What a value takes from the cells of a series: see catalogue/README.md. */
enum catalogue_take {
    CATALOGUE_TAKE_CELL, /* no series: the one cell */
    CATALOGUE_TAKE_LAST,
    CATALOGUE_TAKE_COUNT,
    CATALOGUE_TAKE_MEDIAN,
    CATALOGUE_TAKE_Z,
    CATALOGUE_TAKE_SAME,
    CATALOGUE_TAKE_FULL,
    CATALOGUE_TAKE_HEAPED
};

struct catalogue_value { /* of a cross rule: a cell of an indicator, or what a series of them says
                          */
    const char *name;    /* in the check and in the label */
    const struct catalogue_indicator *indicator;
    const struct catalogue_dimension *dimension; /* NULL: total, or the rule's `each` */
    const char *const *member_codes;             /* summed; of the dimension */
    int16_t *members;
    size_t member_count;
    bool is_each;                           /* the cell of the member that the rule looks at */
    enum catalogue_period_kind period_kind; /* the period of this kind that holds the rule's */
    int shift;                              /* that many periods of the kind before it */
    /* a series: the cells of narrower periods, or of the units of a deeper level in the unit */
    bool is_over;
    enum catalogue_period_kind over;
    int among; /* level_no; -1: none */
    enum catalogue_take take;
    int64_t from, to; /* TAKE_COUNT: of cells whose numerator lies between, inclusive */
    bool has_denominator;
    unsigned scale; /* digits after the point, once compiled */
};

enum catalogue_method { CATALOGUE_COMPARE, CATALOGUE_SHARED, CATALOGUE_QUERY };

/* A rule that looks at more than one submission: it writes findings and never changes a fact. */
struct catalogue_cross { /* rules/<CODE>.v<N>.json */
    int16_t number;      /* of kind "rule", as those of forms */
    const char *code;
    int16_t version;
    int32_t valid_from, valid_to; /* on the period's start */
    const char *severity;         /* "warn", "high" or "off" */
    enum catalogue_method method;
    /* compare */
    uint32_t level_mask; /* bit level_no: units of these levels */
    enum catalogue_period_kind period_kind;
    const struct catalogue_dimension *each; /* NULL: once a unit and period */
    const struct catalogue_value *values;
    size_t value_count;
    const char *check_text;
    const struct expr *check; /* group index = index in values */
    /* shared: rows of one group whose key is held by more than units_max units in one leaf period
     */
    const struct catalogue_form *form;
    const struct catalogue_group *group;
    const struct catalogue_field *const *keys;
    size_t key_count;
    int32_t units_max;
    const char *where_text;
    const struct expr *where; /* NULL: all rows */
    /* query: what a SELECT finds; form: whose submissions it looks at, NULL: those of every form */
    const char *query;
    const char *const *seen; /* its columns that the finding keeps */
    size_t seen_count;
    const struct catalogue_form *const *also; /* a submission of these makes it look at the unit's
                                                 whole school year again */
    size_t also_count;
    bool is_of_lane; /* of any change it answers for all units of the lane, not for the changed */
    const char *source;
    const char *path;
};

struct catalogue_label {
    const char *key; /* "form.ATT_DAILY" */
    const char *text;
    const char *path; /* file it came from */
};

struct catalogue_language { /* labels/<code>.json and labels/<code>.<anything>.json together */
    const char *code;
    const struct catalogue_label *labels; /* sorted by key */
    size_t label_count;
    bool is_unreviewed; /* a file of it says that nobody who speaks it has read it yet */
};

struct catalogue {
    const char *country; /* country.json: whose folder was laid over the base; NULL: nobody's */
    int week_starts_on;  /* 1 Monday to 7 Sunday */
    const struct catalogue_area_time *utc_offsets; /* of areas whose local time is not the
                                                      warehouse's (settings [emis] utc_offset) */
    size_t utc_offset_count;
    const struct catalogue_level *levels;
    size_t level_count;
    const struct catalogue_attribute *attributes;
    size_t attribute_count;
    const struct catalogue_list *lists;
    size_t list_count;
    const struct catalogue_dimension *dimensions;
    size_t dimension_count;
    const struct catalogue_form *forms; /* every version; sorted by code, version */
    size_t form_count;
    const struct catalogue_indicator *indicators; /* every version; sorted by code, version;
                                                     operands of D are never D themselves */
    size_t indicator_count;
    const struct catalogue_cross *crosses; /* every version; sorted by code, version */
    size_t cross_count;
    const struct catalogue_language *languages; /* sorted by code */
    size_t language_count;
    struct emis_arena *arena;
};

/* One file as text: from a directory or from ref.catalogue_document. path is relative to
 * catalogue/, such as "forms/ATT_DAILY.v1.json". */
struct catalogue_document {
    const char *path;
    const char *body;
    size_t body_size;
};

/* The documents of a directory, sorted by path, in the arena. E_NO_INPUT, E_IO. */
bool catalogue_read_directory(struct emis_arena *arena, const char *directory,
                              struct catalogue_document **ret_documents, size_t *ret_count,
                              struct emis_error *err) EMIS_MUST_CHECK;

/* Called for every mistake: file, JSON pointer, reason (one line, says what to do). */
typedef void catalogue_mistake_fn(void *context, const char *path, const char *pointer,
                                  const char *reason);

/*
 * Check and compile. Every mistake is reported, not only the first; E_CATALOGUE (with the first
 * mistake's place) if there was one. documents are borrowed for the call. The result carries
 * provisional numbers (sorted order) until catalogue_number_apply().
 */
bool catalogue_compile(const struct catalogue_document *documents, size_t count,
                       catalogue_mistake_fn *on_mistake, void *context,
                       struct catalogue **ret_catalogue, struct emis_error *err) EMIS_MUST_CHECK;
void catalogue_free(struct catalogue *catalogue);

/* Stable numbers. kind: "form", "indicator", "rule", "dimension" or "code:<list>". */
struct catalogue_number {
    const char *kind;
    const char *code;
    int16_t number;
};
/*
 * Apply the known numbers; codes without one get the next free number of their kind (above all
 * known ones, so that none is reused), in the order of the catalogue, and are returned in *ret_new
 * (in the catalogue's arena) for the caller to store. Must be called before expressions are printed
 * or evaluated with code lists: they are compiled anew.
 */
void catalogue_number_apply(struct catalogue *catalogue, const struct catalogue_number *known,
                            size_t known_count, const struct catalogue_number **ret_new,
                            size_t *ret_new_count);

/* Lookups; NULL if there is none. */
const struct catalogue_form *catalogue_form_find(const struct catalogue *catalogue,
                                                 const char *code, int16_t version);
const struct catalogue_form *catalogue_form_newest(const struct catalogue *catalogue,
                                                   const char *code);
const struct catalogue_form *
catalogue_form_of_targets(const struct catalogue *catalogue); /* newest version */
const struct catalogue_form *catalogue_form_by_number(const struct catalogue *catalogue,
                                                      int16_t number); /* newest version */
const struct catalogue_indicator *catalogue_indicator_find(const struct catalogue *catalogue,
                                                           const char *code); /* newest version */
const struct catalogue_list *catalogue_list_find(const struct catalogue *catalogue,
                                                 const char *code);
const struct catalogue_dimension *catalogue_dimension_find(const struct catalogue *catalogue,
                                                           const char *code);
/* The newest version. */
const struct catalogue_cross *catalogue_cross_find(const struct catalogue *catalogue,
                                                   const char *code);
/* The form's submissions change what some version of the rule looks at. */
bool catalogue_cross_is_fed_by(const struct catalogue *catalogue,
                               const struct catalogue_cross *cross,
                               const struct catalogue_form *form);
/* What is said of its days hangs on which of them are closed: only school days owe it, or a query
 * of a rule looks at it. */
bool catalogue_form_is_of_calendar(const struct catalogue *catalogue,
                                   const struct catalogue_form *form);
/* Some version looks beyond one lane: at the country, or across units. */
bool catalogue_cross_is_country(const struct catalogue *catalogue,
                                const struct catalogue_cross *cross);
/* Number of a code, 0 if it is not in the list. */
int16_t catalogue_code_number(const struct catalogue_list *list, const char *code, size_t size);
const char *catalogue_code_text(const struct catalogue_list *list, int16_t number);

const char *catalogue_period_kind_name(enum catalogue_period_kind kind); /* "day", "week", ... */
bool catalogue_period_kind_by_name(const char *name,
                                   enum catalogue_period_kind *ret_kind) EMIS_MUST_CHECK;
const char *catalogue_class_name(enum catalogue_class roll_up);
/* Of a class about submissions themselves, which is kept by form and has no total. */
bool catalogue_indicator_is_reporting(const struct catalogue_indicator *indicator);
/* Its cells come from leaves of the form, of any version. */
bool catalogue_indicator_is_fed(const struct catalogue_indicator *indicator,
                                const struct catalogue_form *form);
/* A cell of it rests on leaves of the period before too. */
bool catalogue_indicator_is_flow(const struct catalogue_indicator *indicator);
const char *catalogue_take_name(enum catalogue_take take); /* "last", "count", ... */

/* The label of "form.ATT_DAILY", "key.ATT_DAILY.shift", "group.ATT_DAILY.pupil",
 * "field.ATT_DAILY.pupil.present", "rule.ATT_PRESENT", "indicator.ENR", "list.sex", "code.sex.f",
 * "attribute.stage", "level.school" in a language; falls back to NULL. */
const char *catalogue_label(const struct catalogue *catalogue, const char *language,
                            const char *key);
/* Languages that have a labels file, sorted; NULL at the end. */
const char *catalogue_language(const struct catalogue *catalogue, size_t index);
