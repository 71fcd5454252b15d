/* SPDX-License-Identifier: Apache-2.0 */
/* The manuals of `emis registry import` and `emis calendar import`: what their --help prints below
 * the options. */
#pragma once

extern const char cli_registry_help[];
extern const char cli_calendar_help[];
