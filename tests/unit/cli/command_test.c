/* SPDX-License-Identifier: Apache-2.0 */
/* The table of commands, which parsing, help and documentation are made of. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/buffer.h"
#include "ops/cli/command.h"
#include "ops/cli/context.h"
#include "ops/cli/print.h"

static void test_cli_command__every_row_is_complete(void **state)
{
    (void) state;
    for (const struct cli_command *command = cli_command_table; command->name != NULL; command++) {
        char start[64];

        (void) snprintf(start, sizeof start, "emis %s", command->name);
        assert_non_null(command->run);
        assert_true(command->operands_min <= command->operands_max);
        assert_int_equal(command->operands[0] == '\0', command->operands_max == 0);
        assert_true(command->help[0] != '\0' && command->help[strlen(command->help) - 1] != '.');
        if (strncmp(command->example, start, strlen(start)) != 0) {
            fail_msg("the example of %s is: %s", command->name, command->example);
        }
    }
}

static void test_cli_command__names_are_told_apart(void **state)
{
    (void) state;
    for (const struct cli_command *a = cli_command_table; a->name != NULL; a++) {
        for (const struct cli_command *b = cli_command_table; b < a; b++) {
            assert_string_not_equal(a->name, b->name);
        }
    }
}

static void test_cli_command__options_are_unique_and_fit(void **state)
{
    (void) state;
    for (const struct cli_command *command = cli_command_table; command->name != NULL; command++) {
        for (size_t i = 0; command->options != NULL && command->options[i].name != NULL; i++) {
            assert_true(i < CLI_OPTIONS_MAX);
            assert_true(command->options[i].help[0] != '\0');
            for (size_t j = 0; j < i; j++) {
                assert_string_not_equal(command->options[i].name, command->options[j].name);
            }
        }
    }
}

static int run(const char *const *arguments)
{
    char *argv[16] = {(char *) "emis"};
    int argc = 1;

    for (; arguments[argc - 1] != NULL; argc++) {
        argv[argc] = (char *) arguments[argc - 1];
    }
    return cli_command_main(argc, argv);
}

#define RUN(...) run((const char *const[]){__VA_ARGS__, NULL})
/* No broker is there: what is refused is refused before one is asked. */
#define SEND_FOLDER(folder)                                    \
    RUN("send", "--from-files", folder, "--null-key", "--set", \
        "kafka.bootstrap.servers=127.0.0.1:1")

static void test_cli_command__exit_statuses(void **state)
{
    (void) state;
    assert_int_equal(RUN("--version"), 0);
    assert_int_equal(RUN("version", "--json"), 0);
    assert_int_equal(RUN("--json", "version"), 0);
    assert_int_equal(RUN("--help"), 0);
    assert_int_equal(RUN("db", "--help"), 0);
    assert_int_equal(RUN("db", "migrate", "--help"), 0);
    assert_int_equal(RUN("db"), 64);
    assert_int_equal(RUN("nonsense"), 64);
    assert_int_equal(RUN("db", "nonsense"), 64);
    assert_int_equal(RUN("version", "operand"), 64);
    assert_int_equal(RUN("version", "--nonsense"), 64);
    assert_int_equal(RUN("--set"), 64);
    assert_int_equal(RUN("registry", "import"), 64);
    assert_int_equal(RUN("--set", "nonsense.key=1", "version"), 78);
    assert_int_equal(RUN("send", "/nonexistent", "--raw-key", "a", "--null-key"), 64);
    assert_int_equal(RUN("send", "--null-value"), 64);
    assert_int_equal(RUN("rejects", "replay"), 64);
    assert_int_equal(RUN("rejects", "show", "0/1"), 64);
    assert_int_equal(RUN("rejects", "list", "--limit", "3"), 64);
    assert_int_equal(RUN("indicator", "backcast"), 64);
    assert_int_equal(RUN("indicator", "backcast", "NIPUN_SCH", "--to", "SY2025"), 64);
    assert_int_equal(RUN("indicator", "get", "--backcast"), 64);
    assert_int_equal(
        RUN("indicator", "get", "--indicator", "NIPUN_SCH", "--backcast", "--known", "now"), 64);
}

/* Which one is meant is not guessed; what is documented to be repeated is. */
static void test_cli_command__an_option_counts_once(void **state)
{
    (void) state;
    assert_int_equal(RUN("-c", "/dev/null", "-c", "/dev/null", "version"), 64);
    assert_int_equal(RUN("-c", "/dev/null", "version", "-c", "/dev/null"), 64);
    assert_int_equal(RUN("--root", "/", "--root", "/", "version"), 64);
    assert_int_equal(RUN("--json", "version", "--json"), 0);
    assert_int_equal(RUN("--set", "topics.partitions=2", "--set", "log.level=info", "version"), 0);
    assert_int_equal(RUN("catalogue", "check", "--country", "xx", "--country", "xx"), 64);
    assert_int_equal(RUN("rejects", "list", "--limit", "1", "--limit", "1", "--all"), 64);
    for (const struct cli_command *command = cli_command_table; command->name != NULL; command++) {
        for (size_t i = 0; command->options != NULL && command->options[i].name != NULL; i++) {
            const char *argument = command->options[i].argument;
            bool is_said = strstr(command->options[i].help, "repeated") != NULL ||
                           strstr(command->options[i].help, "given twice") != NULL;

            assert_int_equal(argument != NULL && strstr(argument, "...") != NULL, is_said);
        }
    }
}

static void test_cli_command__arguments_are_text(void **state)
{
    (void) state;
    assert_int_equal(RUN("catalogue", "check", "--country", "\xff"), 64);
    assert_int_equal(RUN("catalogue", "check", "--country=p\xe9"), 64);
    assert_int_equal(RUN("catalogue", "show", "AT\xc3"), 64);
    assert_int_equal(RUN("-c", "/\xff", "version"), 64);
    assert_int_equal(RUN("--set", "log.level=\xff", "version"), 64);
    assert_int_equal(RUN("versi\xf3n"), 64);
    assert_int_equal(RUN("version", "--\xff"), 64);
}

/* A folder or a pipe among the files is told at once; nothing waits for it. */
static void test_cli_send__from_files_takes_files_alone(void **state)
{
    char folder[] = "/tmp/emis-send-XXXXXX", entry[64], file[64];

    (void) state;
    assert_non_null(mkdtemp(folder));
    (void) snprintf(entry, sizeof entry, "%s/b", folder);
    (void) snprintf(file, sizeof file, "%s/a", folder);
    assert_int_equal(symlink("/dev/null/nothing", file), 0);
    (void) alarm(20);
    assert_int_equal(SEND_FOLDER(folder), 66);
    assert_int_equal(unlink(file), 0);
    assert_int_equal(mkdir(entry, 0700), 0);
    assert_int_equal(SEND_FOLDER(folder), 66);
    assert_int_equal(rmdir(entry), 0);
    assert_int_equal(mkfifo(entry, 0600), 0);
    assert_int_equal(SEND_FOLDER(folder), 66);
    assert_int_equal(unlink(entry), 0);
    (void) alarm(0);
    assert_int_equal(rmdir(folder), 0);
}

static void test_cli_print__bytes_are_shown_escaped(void **state)
{
    struct emis_buffer text;

    (void) state;
    emis_buffer_init(&text);
    cli_print_escaped(&text, "a\\\n\t\x1b[31m\xff\0z", 12);
    assert_string_equal(text.data, "a\\\\\\n\\x09\\x1b[31m\\xff\\x00z");
    emis_buffer_release(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cli_command__every_row_is_complete),
        cmocka_unit_test(test_cli_command__names_are_told_apart),
        cmocka_unit_test(test_cli_command__options_are_unique_and_fit),
        cmocka_unit_test(test_cli_command__exit_statuses),
        cmocka_unit_test(test_cli_command__an_option_counts_once),
        cmocka_unit_test(test_cli_command__arguments_are_text),
        cmocka_unit_test(test_cli_send__from_files_takes_files_alone),
        cmocka_unit_test(test_cli_print__bytes_are_shown_escaped),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
