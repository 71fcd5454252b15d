/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/buffer.h"
#include "lib/base/text.h"
#include "lib/json/document.h"

static char scratch[] = "/tmp/emis-json-suite-XXXXXX";

static int unpack(void **state)
{
    char command[512];
    (void) state;

    if (mkdtemp(scratch) == NULL)
        return -1;
    snprintf(command, sizeof(command),
             "cd %s && tar xJf %s/tests/fixtures/json/JSONTestSuite.tar.xz && tar xJf "
             "%s/tests/fixtures/json/utf8tests.tar.xz",
             scratch, EMIS_SOURCE_DIR, EMIS_SOURCE_DIR);
    return system(command) == 0 ? 0 : -1;
}

static int remove_scratch(void **state)
{
    char command[64];
    (void) state;

    snprintf(command, sizeof(command), "rm -rf %s", scratch);
    return system(command) == 0 ? 0 : -1;
}

static void read_file(const char *path, struct emis_buffer *ret)
{
    char block[4096];
    size_t got;
    FILE *file = fopen(path, "rb");

    assert_non_null(file);
    while ((got = fread(block, 1, sizeof(block), file)) > 0)
        emis_buffer_append(ret, block, got);
    fclose(file);
}

static enum emis_error_code parse(const struct emis_buffer *text)
{
    struct json_document *document;
    struct emis_error err;

    if (!json_document_new(text->data, text->size, &json_limits_default, &document, &err))
        return err.code;
    json_document_free(document);
    return EMIS_OK;
}

/* {"v":<bytes>} */
static enum emis_error_code parse_wrapped(const struct emis_buffer *bytes)
{
    struct emis_buffer text;

    emis_buffer_init(&text);
    emis_buffer_text(&text, "{\"v\":");
    if (bytes->size > 0)
        emis_buffer_append(&text, bytes->data, bytes->size);
    emis_buffer_text(&text, "}");
    enum emis_error_code code = parse(&text);
    emis_buffer_release(&text);
    return code;
}

/* What RFC 8259 accepts and we refuse, on purpose. */
static enum emis_error_code refused_code(const char *name)
{
    static const struct {
        const char *name;
        enum emis_error_code code;
    } refused[] = {
        {"y_object_duplicated_key.json", E_JSON_DUP_KEY},
        {"y_object_duplicated_key_and_value.json", E_JSON_DUP_KEY},
        {"y_object_escaped_null_in_key.json", E_JSON_NUL},
        {"y_string_null_escape.json", E_JSON_NUL},
        {"y_number_double_close_to_zero.json", E_JSON_NUMBER}, /* 80 characters */
    };

    for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
        if (strcmp(refused[i].name, name) == 0)
            return refused[i].code;
    }
    return EMIS_OK;
}

struct tally {
    int accepted[3]; /* y, n, i */
    int files[3];
};

static void judge(const char *name, struct tally *tally)
{
    char path[600];
    struct emis_buffer bytes;

    emis_buffer_init(&bytes);
    snprintf(path, sizeof(path), "%s/test_parsing/%s", scratch, name);
    read_file(path, &bytes);
    enum emis_error_code bare = parse(&bytes), wrapped = parse_wrapped(&bytes);
    emis_buffer_release(&bytes);

    size_t kind = *name == 'y' ? 0 : *name == 'n' ? 1 : 2;
    tally->files[kind]++;
    tally->accepted[kind] += wrapped == EMIS_OK;
    if (kind == 0 && wrapped != refused_code(name))
        fail_msg("%s: %s", name, emis_error_name(wrapped));
    if (kind == 0 && bare != wrapped && bare != E_JSON_TOPLEVEL)
        fail_msg("%s as a document: %s", name, emis_error_name(bare));
    if (kind == 1 && (wrapped < 100 || bare < 100))
        fail_msg("%s was accepted", name);
    if (kind == 2 && wrapped != EMIS_OK && wrapped < 100)
        fail_msg("%s: %s", name, emis_error_name(wrapped));
}

static void test_json_suite__every_file_as_a_value(void **state)
{
    struct tally tally = {{0}, {0}};
    char path[128];
    struct dirent *entry;
    (void) state;

    snprintf(path, sizeof(path), "%s/test_parsing", scratch);
    DIR *folder = opendir(path);
    assert_non_null(folder);
    while ((entry = readdir(folder)) != NULL) {
        if (strchr("yni", entry->d_name[0]) != NULL && entry->d_name[1] == '_')
            judge(entry->d_name, &tally);
    }
    closedir(folder);
    print_message("accepted: y %d of %d, n %d of %d, i %d of %d\n", tally.accepted[0],
                  tally.files[0], tally.accepted[1], tally.files[1], tally.accepted[2],
                  tally.files[2]);
    assert_int_equal(tally.files[0] + tally.files[1] + tally.files[2], 318);
    assert_int_equal(tally.accepted[0], 90);
    assert_int_equal(tally.accepted[1], 0);
    assert_int_equal(tally.accepted[2], 2);
}

/* Bytes of "C2 A9 ..." up to a colon or the line's end. */
static size_t unhex(const char *text, char *out)
{
    size_t size = 0;
    unsigned byte;

    while (sscanf(text, " %2x", &byte) == 1) {
        out[size++] = (char) byte;
        text += strspn(text, " ") + 2;
    }
    return size;
}

static bool is_plain(const char *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        if ((unsigned char) bytes[i] < 0x20 || bytes[i] == '"' || bytes[i] == '\\')
            return false;
    }
    return true;
}

static void judge_utf8(const char *line, const char *bytes, size_t size, bool is_valid)
{
    struct emis_buffer text;

    emis_buffer_init(&text);
    emis_buffer_text(&text, "{\"v\":\"");
    emis_buffer_append(&text, bytes, size);
    emis_buffer_text(&text, "\"}");
    enum emis_error_code code = parse(&text);
    emis_buffer_release(&text);
    if (code != (is_valid ? EMIS_OK : E_JSON_UTF8) && (!is_valid || is_plain(bytes, size)))
        fail_msg("%s: %s", line, emis_error_name(code));
}

static void test_json_suite__utf8_sequences(void **state)
{
    char path[128], line[1024], bytes[512];
    int valid = 0, invalid = 0;
    (void) state;

    snprintf(path, sizeof(path), "%s/utf8tests.txt", scratch);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    while (fgets(line, sizeof(line), file) != NULL) {
        const char *good = strstr(line, ":valid hex:"), *bad = strstr(line, ":invalid hex:");
        if (line[0] == '#' || (good == NULL && bad == NULL))
            continue;
        size_t size = unhex(good != NULL ? good + 11 : bad + 13, bytes);
        assert_true(size > 0);
        judge_utf8(line, bytes, size, good != NULL);
        valid += good != NULL;
        invalid += bad != NULL;
    }
    fclose(file);
    print_message("utf8tests: %d valid, %d invalid\n", valid, invalid);
    assert_true(valid > 10 && invalid > 50);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_json_suite__every_file_as_a_value),
        cmocka_unit_test(test_json_suite__utf8_sequences),
    };
    return cmocka_run_group_tests(tests, unpack, remove_scratch);
}
