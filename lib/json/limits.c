/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/json/limits.h"

const struct json_limits json_limits_default = {
    .bytes_max = 1048576,
    .depth_max = 16,
    .containers_max = 20000,
    .tokens_max = 200000,
    .number_bytes_max = 32,
    .significant_digits_max = 15,
    .string_bytes_max = 4096,
};

const struct json_limits json_limits_file = {
    .bytes_max = 16777216,
    .depth_max = 32,
    .containers_max = 500000,
    .tokens_max = 5000000,
    .number_bytes_max = 32,
    .significant_digits_max = 15,
    .string_bytes_max = 65536,
};
