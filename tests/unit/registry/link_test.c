/* SPDX-License-Identifier: Apache-2.0 */
/* Which school an entry of a foreign list means. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <time.h>

#include "lib/base/arena.h"
#include "lib/registry/link.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

static const struct registry_link_word words[] = {{"primary school", ""},
                                                  {"english medium", ""},
                                                  {"E.M", ""},
                                                  {"PS", ""},
                                                  {"saint", "st"},
                                                  {"II", "2"},
                                                  {"مدرسة", ""},
                                                  {"الابتدائية", ""}};
static struct emis_arena *arena;

static int score(const char *a, const char *b)
{
    struct registry_link_words *list = registry_link_words_new(arena, words, COUNT(words));
    struct registry_link_name left, right;
    registry_link_name_read(arena, list, a, &left);
    registry_link_name_read(arena, list, b, &right);
    assert_int_equal(registry_link_name_score(&left, &right),
                     registry_link_name_score(&right, &left));
    return registry_link_name_score(&left, &right);
}

static void test_registry_link_name__spelling_does_not_count(void **state)
{
    (void) state;
    assert_int_equal(score("MJI MWEMA", "Mjimwema"), 1000);
    assert_int_equal(score("Izizimba-'A'", "IZIZIMBA A"), 1000);
    assert_int_equal(score("NG'AMBO", "Ng\xe2\x80\x99"
                                      "ambo"),
                     1000);
    assert_int_equal(score("École Élémentaire", "ECOLE ELEMENTAIRE"), 1000);
    assert_int_equal(score("الزهراء", "الزهرا"), 1000); /* hamza */
    assert_int_equal(score("أحمد", "احمد"), 1000);      /* alef with hamza */
    assert_int_equal(score("مصطفى", "مصطفي"), 1000);    /* alef maksura and yeh */
    assert_int_equal(score("فاطمة", "فاطمه"), 1000);    /* teh marbuta and heh */
    assert_int_equal(score("بغـــداد", "بغداد"), 1000); /* tatweel */
    assert_int_equal(score("مُحَمَّد", "محمد"), 1000);      /* vowel marks */
    assert_int_equal(score("کلار", "كلار"), 1000);      /* keheh and kaf */
    assert_int_equal(score("٧ نيسان", "7 نيسان"), 1000);
}

static void test_registry_link_name__common_words_count_little(void **state)
{
    (void) state;
    assert_int_equal(score("Uhuru Primary School", "UHURU"), 970);
    assert_int_equal(score("RASKAZONE E.M", "RASKAZONE ENGLISH MEDIUM"), 970);
    assert_int_equal(score("SAINT MARY", "ST. MARY"), 970);
    assert_int_equal(score("مدرسة النور الابتدائية", "النور"), 970);
    assert_int_equal(score("UHURU ENGLISH MEDIUM", "UHURU ENGLISH MEDIUM"), 1000);
    assert_int_equal(score("PS", "Primary School"), 0); /* nothing is left: by all of it */
}

static void test_registry_link_name__edits_take_their_share(void **state)
{
    (void) state;
    assert_int_equal(score("LORUVANI", "LORUVAN"), 875);
    assert_int_equal(score("MSERIKIA", "MSEREKIA"), 875);
    assert_int_equal(score("SONGAMBELE", "SONAGMBELE"), 900); /* a swap is one edit */
    assert_int_equal(score("BUKANGA JWTZ", "JWTZ BUKANGA"), 950);
    assert_int_equal(score("ST FRANCIS", "ST FRANCIS WA ASISI"), 800);
    assert_int_equal(score("MKAPA", "UHURU WA TAIFA"), 0);
    assert_int_equal(score("", "UHURU"), 0);
    assert_int_equal(score("", ""), 0);
}

static void test_registry_link_name__marks_tell_schools_apart(void **state)
{
    (void) state;
    assert_int_equal(score("MTAKUJA A", "MTAKUJA B"), 679);
    assert_int_equal(score("LAELA 'A'", "LAELA"), 679);
    assert_int_equal(score("NKOMOLO II", "NKOMOLO 2"), 970);
    assert_int_equal(score("NKOMOLO II", "NKOMOLO 3"), 679);
}

#define NAMES(...)        \
    (const char *const[]) \
    {                     \
        __VA_ARGS__       \
    }
#define NONE REGISTRY_LINK_NONE

/* 0 North with 1 Alpha (ward 2 Alpha W) and 3 Beta; 4 South with 5 Alpha. */
static const struct registry_link_place areas[] = {
    {NAMES("North"), 1, NONE}, {NAMES("Alpha DC"), 1, 0},           {NAMES("Alpha Ward"), 1, 1},
    {NAMES("Beta"), 1, 0},     {NAMES("South", "الجنوب"), 2, NONE}, {NAMES("Alpha DC"), 1, 4}};
static const struct registry_link_place units[] = {
    {NAMES("UHURU"), 1, 2},         /* 0 */
    {NAMES("KIBAONI"), 1, 2},       /* 1 */
    {NAMES("UHURU"), 1, 5},         /* 2 */
    {NAMES("MTAKUJA A"), 1, 3},     /* 3 */
    {NAMES("MTAKUJA B"), 1, 3},     /* 4 */
    {NAMES("UMOJA"), 1, 3},         /* 5 */
    {NAMES("UMOJA"), 1, 3},         /* 6 */
    {NAMES("NOOR", "النور"), 2, 5}, /* 7 */
    {NAMES("NAMELOKI"), 1, 5},      /* 8 */
};

static const struct registry_link_proposal *propose(const struct registry_link_entry *entries,
                                                    size_t count)
{
    const struct registry_link_input input = {.words = words,
                                              .word_count = COUNT(words),
                                              .areas = areas,
                                              .area_count = COUNT(areas),
                                              .units = units,
                                              .unit_count = COUNT(units),
                                              .entries = entries,
                                              .entry_count = count,
                                              .entry_area_count = 2};
    return registry_link_propose(arena, &input);
}

static void test_registry_link__the_area_decides_between_equal_names(void **state)
{
    (void) state;
    const struct registry_link_entry entries[] = {{"Uhuru", NAMES("south", "alpha DC")},
                                                  {"Uhuru", NAMES("north", "alpha DC")},
                                                  {"النور", NAMES("south", "alpha DC")}};
    const struct registry_link_proposal *proposals = propose(entries, 3);
    assert_int_equal(proposals[0].unit, 2);
    assert_int_equal(proposals[1].unit, 0);
    assert_int_equal(proposals[2].unit, 7);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(proposals[i].status, REGISTRY_LINK_AUTO);
        assert_int_equal(proposals[i].score, 1000);
    }
}

static void test_registry_link__a_doubt_goes_to_review(void **state)
{
    (void) state;
    const struct registry_link_entry entries[] = {
        {"UMOJA", NAMES("North", "Beta")},   /* two of the name */
        {"MTAKUJA", NAMES("North", "Beta")}, /* A or B */
        {"NAMELOK", NAMES("South", "Alpha DC")},
        {"NAMELOKA", NAMES("South", "Alpha DC")}, /* both claim the same school */
        {"SOKOINE", NAMES("North", "Beta")}};
    const struct registry_link_proposal *proposals = propose(entries, COUNT(entries));
    assert_int_equal(proposals[0].unit, 5);
    assert_int_equal(proposals[0].margin, 0);
    assert_int_equal(proposals[0].status, REGISTRY_LINK_REVIEW);
    assert_int_equal(proposals[1].unit, 3);
    assert_int_equal(proposals[1].score, 679);
    assert_int_equal(proposals[1].margin, 0);
    assert_int_equal(proposals[1].status, REGISTRY_LINK_REVIEW);
    assert_int_equal(proposals[2].unit, 8);
    assert_int_equal(proposals[2].margin, 0);
    assert_int_equal(proposals[2].status, REGISTRY_LINK_REVIEW);
    assert_int_equal(proposals[3].unit, NONE);
    assert_int_equal(proposals[3].status, REGISTRY_LINK_NO_MATCH);
    assert_int_equal(proposals[4].unit, NONE);
    assert_string_equal(registry_link_status_name(proposals[4].status), "none");
}

static void test_registry_link__one_school_for_one_entry(void **state)
{
    (void) state;
    const struct registry_link_entry entries[] = {{"KIBAONE", NAMES("North", "Alpha DC")},
                                                  {"KIBAONI", NAMES("North", "Alpha DC")}};
    const struct registry_link_proposal *proposals = propose(entries, 2);
    assert_int_equal(proposals[1].unit, 1); /* the nearer one, though it comes later */
    assert_int_equal(proposals[1].status, REGISTRY_LINK_AUTO);
    assert_int_equal(proposals[0].unit, NONE);
}

static void test_registry_link__an_area_under_another_name_is_not_sure(void **state)
{
    (void) state;
    const struct registry_link_entry entries[] = {{"UHURU", NAMES("North", "Alphaa DC")},
                                                  {"MTAKUJA A", NAMES("North", "Gamma")},
                                                  {"UHURU", NAMES("East", "Alpha DC")},
                                                  {"NAMELOKI", NAMES("South", "")}};
    const struct registry_link_proposal *proposals = propose(entries, 4);
    assert_int_equal(proposals[0].unit, 0);
    assert_int_equal(proposals[0].area, 1);
    assert_int_equal(proposals[0].status, REGISTRY_LINK_REVIEW);
    assert_int_equal(proposals[1].unit, 3); /* sought in all of the North */
    assert_int_equal(proposals[1].area, 0);
    assert_int_equal(proposals[1].status, REGISTRY_LINK_REVIEW);
    assert_int_equal(proposals[2].unit, NONE); /* not in the whole country */
    assert_int_equal(proposals[2].area, NONE);
    assert_int_equal(proposals[3].unit, 8);
    assert_int_equal(proposals[3].status, REGISTRY_LINK_AUTO);
}

/* As many as a country has; all against all would be 184 times the work. */
static void test_registry_link__areas_bound_the_time(void **state)
{
    (void) state;
    enum { AREAS = 184, EACH = 100 };
    struct registry_link_place *many_areas = emis_arena_alloc(arena, AREAS * sizeof *many_areas);
    struct registry_link_place *many = emis_arena_alloc(arena, AREAS * EACH * sizeof *many);
    struct registry_link_entry *entries = emis_arena_alloc(arena, AREAS * EACH * sizeof *entries);
    for (size_t i = 0; i < AREAS; i++) {
        const char **name = emis_arena_alloc(arena, sizeof *name);
        *name = emis_arena_format(arena, "area number %zu", i);
        many_areas[i] = (struct registry_link_place){name, 1, NONE};
        for (size_t j = 0; j < EACH; j++) {
            const char **unit = emis_arena_alloc(arena, sizeof *unit);
            *unit = emis_arena_format(arena, "school %c%c%zu", (int) ('a' + j % 26),
                                      (int) ('a' + j / 26), j);
            many[i * EACH + j] = (struct registry_link_place){unit, 1, i};
            entries[i * EACH + j] = (struct registry_link_entry){*unit, name};
        }
    }
    const struct registry_link_input input = {.areas = many_areas,
                                              .area_count = AREAS,
                                              .units = many,
                                              .unit_count = AREAS * EACH,
                                              .entries = entries,
                                              .entry_count = AREAS * EACH,
                                              .entry_area_count = 1};
    clock_t begin = clock(); /* of this process: others may be busy */
    const struct registry_link_proposal *proposals = registry_link_propose(arena, &input);
    double took_s = (double) (clock() - begin) / CLOCKS_PER_SEC;
    print_message("18,400 entries and schools in 184 areas: %.1f s\n", took_s);
    for (size_t i = 0; i < AREAS * EACH; i++) {
        assert_int_equal(proposals[i].unit, i);
    }
    assert_true(took_s < 30); /* with sanitizers; all against all takes many minutes */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_registry_link_name__spelling_does_not_count),
        cmocka_unit_test(test_registry_link_name__common_words_count_little),
        cmocka_unit_test(test_registry_link_name__edits_take_their_share),
        cmocka_unit_test(test_registry_link_name__marks_tell_schools_apart),
        cmocka_unit_test(test_registry_link__the_area_decides_between_equal_names),
        cmocka_unit_test(test_registry_link__a_doubt_goes_to_review),
        cmocka_unit_test(test_registry_link__one_school_for_one_entry),
        cmocka_unit_test(test_registry_link__an_area_under_another_name_is_not_sure),
        cmocka_unit_test(test_registry_link__areas_bound_the_time),
    };
    arena = emis_arena_new((size_t) 1 << 20);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    emis_arena_free(arena);
    return failed;
}
