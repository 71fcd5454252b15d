/* SPDX-License-Identifier: Apache-2.0 */
/* malloc-or-abort: no function of this project sees a NULL from an allocator (guarantee G18). Any
 * thread. */
#pragma once

#include <stddef.h>

void *emis_malloc(size_t size);
void *emis_calloc(size_t count, size_t size);
void *emis_realloc(void *memory, size_t size);
char *emis_strdup(const char *text);
char *emis_strndup(const char *text, size_t size);
char *emis_format_new(const char *format, ...)
    __attribute__((format(printf, 1, 2))); /* caller frees */
