/* SPDX-License-Identifier: Apache-2.0 */
/* The world in which the tests of this folder judge: the real catalogue, a small registry, three
 * signing keys. One per test program. */
#pragma once

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/arena.h"
#include "lib/base/date.h"
#include "lib/base/memory.h"
#include "lib/submission/judge.h"
#include "lib/submission/keyring.h"

#define WORLD_TIMESTAMP      "2025-10-01T06:00:00Z"
#define WORLD_ATTRIBUTES_MAX 16

struct world {
    struct catalogue *catalogue;
    struct registry *registry;
    struct submission_keyring *keyring;
    struct submission_context context;
    struct emis_arena *arena;
};

static inline int64_t world_instant(const char *text)
{
    struct emis_error err;
    int64_t us = 0;
    if (!emis_date_parse_instant(text, strlen(text), &us, &err)) {
        fprintf(stderr, "%s: %s\n", text, err.message);
        abort();
    }
    return us;
}

static inline void world_print_mistake(void *context, const char *path, const char *pointer,
                                       const char *reason)
{
    (void) context;
    fprintf(stderr, "%s%s: %s\n", path, pointer, reason);
}

static inline struct catalogue *world_catalogue(void)
{
    struct emis_arena *arena = emis_arena_new(1 << 16);
    struct catalogue_document *documents;
    const struct catalogue_number *numbers;
    struct catalogue *catalogue;
    struct emis_error err;
    size_t count;
    if (!catalogue_read_directory(arena, EMIS_SOURCE_DIR "/catalogue", &documents, &count, &err) ||
        !catalogue_compile(documents, count, world_print_mistake, NULL, &catalogue, &err)) {
        fprintf(stderr, "%s %s\n", err.pointer, err.message);
        abort();
    }
    catalogue_number_apply(catalogue, NULL, 0, &numbers, &count);
    emis_arena_free(arena);
    return catalogue;
}

/*
 * K1 the country; G1 and G2 its governorates; D1, D2 districts; C1 a cluster; S1 a school of the
 * government that moved from G1 to G2 on 2025-09-20; S2 a school of G1; S3 one that was closed on
 * 2025-01-01; S4 one that opened on 2025-09-30. The board's code PS1 is S2's until 2025-09-29 and
 * then S1's; PS2 is S2's from 2025-10-01 on.
 */
static inline struct registry *world_registry(size_t attribute_count)
{
    int32_t begin = emis_date_from_civil(2000, 1, 1);
    int32_t move = emis_date_from_civil(2025, 9, 20);
    const int16_t attributes[WORLD_ATTRIBUTES_MAX] = {1, 1, 2}; /* government, urban, primary */
    const struct registry_place moved[] = {{8, 7, 3, move, EMIS_DATE_INFINITY, attributes},
                                           {7, 6, 2, begin, move, attributes}};
    const struct registry_place country = {1, 0, 1, begin, EMIS_DATE_INFINITY, NULL};
    const struct registry_place g1 = {2, 1, 2, begin, EMIS_DATE_INFINITY, NULL};
    const struct registry_place g2 = {3, 1, 3, begin, EMIS_DATE_INFINITY, NULL};
    const struct registry_place closed = {9, 6, 2, begin, emis_date_from_civil(2025, 1, 1), NULL};
    const struct registry_place opened = {
        10, 6, 2, emis_date_from_civil(2025, 9, 30), EMIS_DATE_INFINITY, NULL};
    const struct registry_unit units[] = {
        {11, "S1", 4, moved, 2},   {1, "K1", 0, &country, 1}, {2, "G1", 1, &g1, 1},
        {3, "G2", 1, &g2, 1},      {4, "D1", 2, &g1, 1},      {5, "D2", 2, &g2, 1},
        {6, "C1", 3, &g1, 1},      {12, "S2", 4, &g1, 1},     {13, "S3", 4, &closed, 1},
        {14, "S4", 4, &opened, 1},
    };
    struct registry_period periods[] = {
        {20250928, CATALOGUE_DAY, "2025-09-28", emis_date_from_civil(2025, 9, 28),
         emis_date_from_civil(2025, 9, 28), 2025},
        {20250929, CATALOGUE_DAY, "2025-09-29", emis_date_from_civil(2025, 9, 29),
         emis_date_from_civil(2025, 9, 29), 2025},
        {20250930, CATALOGUE_DAY, "2025-09-30", emis_date_from_civil(2025, 9, 30),
         emis_date_from_civil(2025, 9, 30), 2025},
        {20251001, CATALOGUE_DAY, "2025-10-01", emis_date_from_civil(2025, 10, 1),
         emis_date_from_civil(2025, 10, 1), 2025},
        {20251002, CATALOGUE_DAY, "2025-10-02", emis_date_from_civil(2025, 10, 2),
         emis_date_from_civil(2025, 10, 2), 2025},
        {19990104, CATALOGUE_DAY, "1999-01-04", emis_date_from_civil(1999, 1, 4),
         emis_date_from_civil(1999, 1, 4), 1998},
        {202509, CATALOGUE_MONTH, "2025-09", emis_date_from_civil(2025, 9, 1),
         emis_date_from_civil(2025, 9, 30), 2025},
        {20240630, CATALOGUE_DAY, "2024-06-30", emis_date_from_civil(2024, 6, 30),
         emis_date_from_civil(2024, 6, 30), 2023},
        {202539, CATALOGUE_WEEK, "2025-W39", emis_date_from_civil(2025, 9, 22),
         emis_date_from_civil(2025, 9, 28), 2025},
        {20253, CATALOGUE_QUARTER, "2025-Q3", emis_date_from_civil(2025, 7, 1),
         emis_date_from_civil(2025, 9, 30), 2025},
        {20251, CATALOGUE_TERM, "SY2025-T1", emis_date_from_civil(2025, 9, 1),
         emis_date_from_civil(2026, 1, 15), 2025},
        {20211, CATALOGUE_TERM, "SY2020-T2", emis_date_from_civil(2021, 1, 18),
         emis_date_from_civil(2021, 6, 30), 2020},
        {700000001, CATALOGUE_CAMPAIGN, "DBT-2025", emis_date_from_civil(2025, 9, 1),
         emis_date_from_civil(2025, 10, 31), 2025},
        {2024, CATALOGUE_SCHOOL_YEAR, "SY2024", emis_date_from_civil(2024, 9, 1),
         emis_date_from_civil(2025, 6, 30), 2024},
        {2025, CATALOGUE_SCHOOL_YEAR, "SY2025", emis_date_from_civil(2025, 9, 1),
         emis_date_from_civil(2026, 6, 30), 2025},
        {2026, CATALOGUE_SCHOOL_YEAR, "SY2026", emis_date_from_civil(2026, 9, 1),
         emis_date_from_civil(2027, 6, 30), 2026},
    };
    const struct registry_foreign_code codes[] = {
        {"board:PS1", 12, INT32_MIN, emis_date_from_civil(2025, 9, 30)},
        {"board:PS1", 11, emis_date_from_civil(2025, 9, 30), EMIS_DATE_INFINITY},
        {"board:PS2", 12, emis_date_from_civil(2025, 10, 1), EMIS_DATE_INFINITY},
        {"S2", 11, INT32_MIN, EMIS_DATE_INFINITY}, /* not as it is written: the own code wins */
    };
    return registry_new_with_codes(7, units, sizeof units / sizeof *units, attribute_count, periods,
                                   sizeof periods / sizeof *periods, codes,
                                   sizeof codes / sizeof *codes);
}

/* Write text to a new file of that mode; the caller unlinks and frees the path. */
static inline char *world_file(const char *text, mode_t mode)
{
    char *path = emis_strdup("/tmp/emis-test-XXXXXX");
    int fd = mkstemp(path);
    if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t) strlen(text) ||
        fchmod(fd, mode) != 0) {
        abort();
    }
    close(fd);
    return path;
}

#define WORLD_SECRET_A "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
#define WORLD_SECRET_B "f00102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"

static inline struct submission_keyring *world_keyring(void)
{
    struct submission_keyring *keyring;
    struct emis_error err;
    char *path = world_file(
        "{\"keys\":[{\"id\":\"import\",\"secret\":\"" WORLD_SECRET_A "\",\"backdate\":true},"
        "{\"id\":\"gateway\",\"secret\":\"" WORLD_SECRET_B "\",\"backdate\":false,\"units\":\"*\"},"
        "{\"id\":\"narrow\",\"secret\":\"" WORLD_SECRET_B "\",\"units\":\"S2*\"}]}",
        0600);
    if (!submission_keyring_load(path, &keyring, &err)) {
        fprintf(stderr, "%s %s\n", err.pointer, err.message);
        abort();
    }
    unlink(path);
    free(path);
    return keyring;
}

static inline void world_open(struct world *world)
{
    world->catalogue = world_catalogue();
    world->registry = world_registry(world->catalogue->attribute_count);
    world->keyring = world_keyring();
    world->arena = emis_arena_new(1 << 16);
    world->context = (struct submission_context){
        .catalogue = world->catalogue,
        .registry = world->registry,
        .keyring = world->keyring,
        .utc_offset_minutes = 180,
        .record_bytes_max = 1 << 20,
    };
}

static inline void world_close(struct world *world)
{
    emis_arena_free(world->arena);
    submission_keyring_free(world->keyring);
    registry_free(world->registry);
    catalogue_free(world->catalogue);
}

/* A record of a value, with the key of school S1 and the default timestamp. */
static inline struct submission_record world_record(const void *value, size_t size)
{
    return (struct submission_record){
        .log_no = 1,
        .partition = 2,
        .offset = 3,
        .timestamp_us = world_instant(WORLD_TIMESTAMP),
        .key = "S1",
        .key_size = 2,
        .has_key = true,
        .value = value,
        .value_size = size,
        .has_value = true,
    };
}

/* The file's bytes, for free(); NULL if there is none. */
static inline char *world_read(const char *path, size_t *ret_size)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        return NULL;
    }
    fseek(file, 0, SEEK_END);
    size_t size = (size_t) ftell(file);
    rewind(file);
    char *bytes = emis_malloc(size + 1);
    *ret_size = fread(bytes, 1, size, file);
    bytes[*ret_size] = '\0';
    fclose(file);
    return bytes;
}
