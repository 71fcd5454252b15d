/* SPDX-License-Identifier: Apache-2.0 */
/* RFC 7396: the examples of its appendix A whose documents are objects, and what a file needs. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "lib/json/document.h"
#include "lib/json/merge.h"

static struct json_document *parse(const char *text)
{
    struct json_document *document;
    struct emis_error err;
    if (!json_document_new(text, strlen(text), &json_limits_file, &document, &err))
        fail_msg("%s: %s", text, err.message);
    return document;
}

/* The merged text without white space; texts of these tests hold none. */
static void merged(const char *base, const char *patch, const char *expected)
{
    struct json_document *under = parse(base), *over = parse(patch);
    struct emis_buffer text;
    struct emis_error err;
    size_t size = 0;
    emis_buffer_init(&text);
    assert_true(json_merge_write(json_document_root(under), json_document_root(over), &text, &err));
    for (size_t i = 0; i < text.size; i++) {
        if (!strchr(" \n", text.data[i]))
            text.data[size++] = text.data[i];
    }
    text.data[size] = '\0';
    assert_string_equal(text.data, expected);
    emis_buffer_release(&text);
    json_document_free(under);
    json_document_free(over);
}

static void test_json_merge__examples_of_the_rfc(void **state)
{
    (void) state;
    merged("{\"a\":\"b\"}", "{\"a\":\"c\"}", "{\"a\":\"c\"}");
    merged("{\"a\":\"b\"}", "{\"b\":\"c\"}", "{\"a\":\"b\",\"b\":\"c\"}");
    merged("{\"a\":\"b\"}", "{\"a\":null}", "{}");
    merged("{\"a\":\"b\",\"b\":\"c\"}", "{\"a\":null}", "{\"b\":\"c\"}");
    merged("{\"a\":[\"b\"]}", "{\"a\":\"c\"}", "{\"a\":\"c\"}");
    merged("{\"a\":\"c\"}", "{\"a\":[\"b\"]}", "{\"a\":[\"b\"]}");
    merged("{\"a\":{\"b\":\"c\"}}", "{\"a\":{\"b\":\"d\",\"c\":null}}", "{\"a\":{\"b\":\"d\"}}");
    merged("{\"a\":[{\"b\":\"c\"}]}", "{\"a\":[1]}", "{\"a\":[1]}");
    merged("{\"e\":null}", "{\"a\":1}", "{\"e\":null,\"a\":1}");
    merged("{}", "{\"a\":{\"bb\":{\"ccc\":null}}}", "{\"a\":{\"bb\":{}}}");
}

static void test_json_merge__order_numbers_and_scripts_stay(void **state)
{
    (void) state;
    merged("{\"z\":1,\"a\":{\"y\":0.25,\"b\":-7},\"m\":[true,null,1e-3]}",
           "{\"a\":{\"b\":1000.5},\"k\":2}",
           "{\"z\":1,\"a\":{\"y\":0.25,\"b\":1000.5},\"m\":[true,null,0.001],\"k\":2}");
    merged("{\"level.cluster\":\"Cluster\"}",
           "{\"level.cluster\":\"\xd9\x86\xd8\xa7\xd8\xad\xd9\x8a\xd8\xa9\\\"\"}",
           "{\"level.cluster\":\"\xd9\x86\xd8\xa7\xd8\xad\xd9\x8a\xd8\xa9\\\"\"}");
}

static void test_json_merge__a_number_that_cannot_be_exact_is_refused(void **state)
{
    struct json_document *under = parse("{\"a\":1e-20}"), *over = parse("{\"b\":1}");
    struct emis_buffer text;
    struct emis_error err;
    (void) state;
    emis_buffer_init(&text);
    assert_false(
        json_merge_write(json_document_root(under), json_document_root(over), &text, &err));
    assert_int_equal(err.code, E_JSON_NUMBER);
    emis_buffer_release(&text);
    json_document_free(under);
    json_document_free(over);
}

static void test_json_merge__who_wrote_a_pointer(void **state)
{
    struct json_document *over = parse("{\"a\":{\"b\":[1,2]},\"x/y\":1,\"t~\":2}");
    const struct json_value *patch = json_document_root(over);
    (void) state;
    assert_true(json_merge_is_patched(patch, "/a/b"));
    assert_true(json_merge_is_patched(patch, "/a/b/1/code")); /* an array is replaced as a whole */
    assert_true(json_merge_is_patched(patch, "/x~1y"));
    assert_true(json_merge_is_patched(patch, "/t~0"));
    assert_true(json_merge_is_patched(patch, ""));
    assert_false(json_merge_is_patched(patch, "/a/c"));
    assert_false(json_merge_is_patched(patch, "/b"));
    json_document_free(over);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_json_merge__examples_of_the_rfc),
        cmocka_unit_test(test_json_merge__order_numbers_and_scripts_stay),
        cmocka_unit_test(test_json_merge__a_number_that_cannot_be_exact_is_refused),
        cmocka_unit_test(test_json_merge__who_wrote_a_pointer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
