/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The bounds that a document must keep before any parser sees it. They exist because a parser's
 * memory is a multiple (up to 77) of its input: bytes alone bound nothing. Constants; any thread.
 */
#pragma once

#include <stddef.h>

struct json_limits {
    size_t bytes_max;      /* of the whole document: E_REC_TOO_LARGE */
    size_t depth_max;      /* containers inside each other, the outermost counts 1: E_JSON_DEPTH */
    size_t containers_max; /* objects and arrays: E_JSON_TOKENS */
    size_t tokens_max;     /* braces, brackets, commas, colons and scalars: E_JSON_TOKENS */
    size_t number_bytes_max;       /* characters of one number: E_JSON_NUMBER */
    size_t significant_digits_max; /* of a number with fraction or exponent, at most 15 (what a
                                      double keeps): E_JSON_NUMBER */
    size_t string_bytes_max; /* UTF-8 bytes of one string after unescaping: E_FIELD_LENGTH; of a
                                key: E_JSON_TOKENS */
};

/* 1 MiB, depth 16, 20,000 containers, 200,000 tokens, 32 characters, 15 digits, 4,096 bytes: a
 * submission's. */
extern const struct json_limits json_limits_default;

/* For files that operators write (catalogue, snapshots): 16 MiB, depth 32, 500,000 containers,
 * 5,000,000 tokens, strings of 64 KiB. */
extern const struct json_limits json_limits_file;
