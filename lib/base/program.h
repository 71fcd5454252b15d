/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How a program of ours starts: its settings from file, environment and command line, its log, and
 * the answers to --help and --version. Called once from main, before any thread.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/error.h"
#include "lib/base/log.h"
#include "lib/base/settings.h"

#define EMIS_PROGRAM_CONFIG_FILE \
    "/etc/emis/emis.conf" /* read if it is there; -c FILE must be there */

struct emis_program_flag {
    const char *name; /* "--once"; the list ends with NULL */
    const char *description;
    bool *is_set;
};

struct emis_program {
    const char *name;                              /* "emis-ingest" */
    const char *purpose;                           /* one line for --help */
    const struct emis_settings_key *const *tables; /* ends with NULL */
    const struct emis_program_flag *flags;         /* of this program only; NULL: none */
};

/* [log] level, format. */
extern const struct emis_settings_key emis_program_settings[];
/* [ingest] and [aggregate]. Each is read by its daemon alone; they are here because `emis` checks
 * and prints them too, on a machine that may have no daemon. */
extern const struct emis_settings_key emis_program_ingest_settings[];
extern const struct emis_settings_key emis_program_aggregate_settings[];

/* [log] level and format. E_CONFIG. */
bool emis_program_check_log(const struct emis_settings *settings, enum emis_log_level *ret_level,
                            struct emis_error *err) EMIS_MUST_CHECK;
/* [aggregate] open_periods: auto or manual. E_CONFIG. */
bool emis_program_opens_periods(const struct emis_settings *settings, bool *ret_is_auto,
                                struct emis_error *err) EMIS_MUST_CHECK;

/* Version of the build, "0.1.0". */
const char *emis_program_version(void);

/*
 * Fill settings from the defaults, the configuration file (config_file NULL:
 * EMIS_PROGRAM_CONFIG_FILE if it exists) and the environment. The caller then applies --set.
 * E_CONFIG.
 */
bool emis_program_load(struct emis_settings *settings, const char *config_file,
                       struct emis_error *err) EMIS_MUST_CHECK;

/*
 * The command line of a daemon: -c FILE, --set SECTION.KEY=VALUE, --keys (print the reference),
 * --help, --version and the program's own flags. Declares the tables ([kafka] passes through),
 * loads everything and starts the log. *ret_is_done: the program has answered and exits 0. E_USAGE,
 * E_CONFIG.
 */
bool emis_program_start(const struct emis_program *program, int argc, char *const *argv,
                        struct emis_settings **ret_settings, bool *ret_is_done,
                        struct emis_error *err) EMIS_MUST_CHECK;

/*
 * A daemon that was asked to stop has so many seconds: then the process ends with the status,
 * whatever hangs. Nothing is tidied up, so only for programs whose uncommitted work comes again.
 */
void emis_program_bound_stop(unsigned int seconds, int status);

/* Print err as a person reads it ("name: message", "hint: ...") on stderr; returns its exit status.
 */
int emis_program_fail(const char *name, const struct emis_error *err);
