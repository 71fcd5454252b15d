/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/json/document.h"

#include <errno.h>
#include <jansson.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/memory.h"
#include "lib/json/prescan.h"

struct json_document {
    json_t *root; /* an object */
};

static pthread_once_t is_ready = PTHREAD_ONCE_INIT;

static void set_up_jansson(void)
{
    json_set_alloc_funcs(emis_malloc, free);
    json_object_seed(0);
}

static enum emis_error_code code_of(const json_error_t *error)
{
    switch (json_error_code(error)) {
    case json_error_end_of_input_expected:
        return E_JSON_TRAILING;
    case json_error_duplicate_key:
        return E_JSON_DUP_KEY;
    case json_error_numeric_overflow:
        return E_JSON_NUMBER;
    case json_error_stack_overflow:
        return E_JSON_DEPTH;
    case json_error_invalid_utf8:
        return E_JSON_UTF8;
    case json_error_null_character:
    case json_error_null_byte_in_key:
        return E_JSON_NUL;
    default:
        return E_JSON_SYNTAX;
    }
}

/* Jansson's own text quotes the input, so that ours goes by the code alone. */
static const char *reason_of(enum emis_error_code code)
{
    switch (code) {
    case E_JSON_TRAILING:
        return "bytes follow the document";
    case E_JSON_DUP_KEY:
        return "a key occurs twice in one object";
    case E_JSON_NUMBER:
        return "a number is out of range";
    default:
        return "not JSON";
    }
}

/* The digits of an exponent at `text`, made to stand for -99 if they stand for less. */
static size_t tame_exponent(char *text, size_t size)
{
    size_t digits = strspn(text, "0123456789");
    size_t zeros = strspn(text, "0");

    if (digits > size)
        digits = size;
    if (digits - (zeros < digits ? zeros : digits) > 2) {
        memset(text, '0', digits);
        memset(text + digits - 2, '9', 2);
    }
    return digits;
}

/*
 * A double turns 1e-400 into 0, which would be taken for a zero that was never sent. Numbers with
 * exponents below -99 are read as if the exponent were -99: not zero either, and not exact at any
 * scale, so that the verdict is the right one. Returns a copy, or NULL if there is no such
 * exponent.
 */
static char *tame_exponents_new(const char *bytes, size_t size)
{
    char *copy = NULL;
    bool is_in_string = false;

    if (memmem(bytes, size, "e-", 2) == NULL && memmem(bytes, size, "E-", 2) == NULL)
        return NULL;
    copy = emis_malloc(size + 1);
    memcpy(copy, bytes, size);
    copy[size] = '\0';
    for (size_t i = 0; i + 1 < size; i++) {
        if (copy[i] == '"')
            is_in_string = !is_in_string;
        else if (is_in_string && copy[i] == '\\')
            i++;
        else if (!is_in_string && (copy[i] == 'e' || copy[i] == 'E') && copy[i + 1] == '-')
            i += 1 + tame_exponent(copy + i + 2, size - i - 2);
    }
    return copy;
}

bool json_document_new(const void *bytes, size_t size, const struct json_limits *limits,
                       struct json_document **ret, struct emis_error *err)
{
    json_error_t error;

    pthread_once(&is_ready, set_up_jansson);
    if (!json_prescan(bytes, size, limits, err))
        return false;
    char *tamed = tame_exponents_new(bytes, size);
    json_t *root = json_loadb(tamed != NULL ? tamed : bytes, size,
                              JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &error);
    free(tamed);
    if (root == NULL) {
        enum emis_error_code code = code_of(&error);
        return emis_error_set(err, code, "%s at line %d column %d", reason_of(code), error.line,
                              error.column);
    }
    if (!json_is_object(root)) {
        json_decref(root);
        return emis_error_set(err, E_JSON_TOPLEVEL,
                              "the document is not an object at line 1 column 1");
    }
    struct json_document *document = emis_malloc(sizeof(*document));
    document->root = root;
    *ret = document;
    return true;
}

/* At most limit + 1 bytes, so that a file that is too large is seen as such. */
static bool read_stream(FILE *file, size_t limit, char **ret, size_t *ret_size)
{
    size_t size = 0, capacity = 65536;
    char *bytes = emis_malloc(capacity);

    for (;;) {
        size_t got = fread(bytes + size, 1, capacity - size, file);
        size += got;
        if (got == 0 || size > limit)
            break;
        if (size == capacity) {
            capacity *= 2;
            bytes = emis_realloc(bytes, capacity);
        }
    }
    if (ferror(file)) {
        free(bytes);
        return false;
    }
    *ret = bytes;
    *ret_size = size;
    return true;
}

bool json_document_read_new(const char *path, const struct json_limits *limits,
                            struct json_document **ret, struct emis_error *err)
{
    char *bytes;
    size_t size;
    FILE *file = fopen(path, "rbe");

    if (file == NULL)
        return emis_error_set_at(err, E_NO_INPUT, path, "could not open %s: %s", path,
                                 strerror(errno));
    bool is_read = read_stream(file, limits->bytes_max, &bytes, &size);
    int cause = errno;
    fclose(file);
    if (!is_read)
        return emis_error_set_at(err, E_IO, path, "could not read %s: %s", path, strerror(cause));
    bool is_done = json_document_new(bytes, size, limits, ret, err);
    free(bytes);
    if (!is_done)
        snprintf(err->pointer, sizeof(err->pointer), "%s", path);
    return is_done;
}

const struct json_value *json_document_root(const struct json_document *document)
{
    return (const struct json_value *) document->root;
}

void json_document_free(struct json_document *document)
{
    if (document == NULL)
        return;
    json_decref(document->root);
    free(document);
}
