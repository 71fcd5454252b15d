/* SPDX-License-Identifier: Apache-2.0 */
/* The manual of `emis import`: what `emis import --help` prints below the options. */
#pragma once

extern const char cli_import_help[];
