/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/memory.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/error.h"

/* write(2), not stdio: stdio may want memory. */
static void *need(void *memory)
{
    static const char message[] =
        "out of memory: stopping; a restart continues from the committed position\n";
    if (memory == NULL) {
        ssize_t ignored = write(STDERR_FILENO, message, sizeof message - 1);
        (void) ignored;
        abort();
    }
    return memory;
}

void *emis_malloc(size_t size)
{
    return need(malloc(size > 0 ? size : 1));
}

void *emis_calloc(size_t count, size_t size)
{
    return need(count > 0 && size > 0 ? calloc(count, size) : calloc(1, 1));
}

void *emis_realloc(void *memory, size_t size)
{
    return need(realloc(memory, size > 0 ? size : 1));
}

char *emis_strdup(const char *text)
{
    return need(strdup(text));
}

char *emis_strndup(const char *text, size_t size)
{
    return need(strndup(text, size));
}

char *emis_format_new(const char *format, ...)
{
    char *text = NULL;
    va_list args;
    va_start(args, format);
    int length = vasprintf(&text, format, args);
    va_end(args);
    return need(length < 0 ? NULL : text);
}
