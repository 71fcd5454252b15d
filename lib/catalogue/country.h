/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Countries: directory/countries/<code>/ holds files at the same relative paths as the base. Where
 * the base has the file, the country's is a JSON Merge Patch (RFC 7396) laid over it, else it is a
 * file of its own. Everything after the reading sees the merged texts alone.
 */
#pragma once

#include "lib/catalogue/catalogue.h"

#define CATALOGUE_COUNTRY_FILE "country.json"

/* As catalogue_read_directory, with a country's folder laid over it; country NULL: the base alone.
 * E_USAGE for a country that is not there, E_CATALOGUE for a folder whose files cannot be laid
 * over. */
bool catalogue_country_read(struct emis_arena *arena, const char *directory, const char *country,
                            struct catalogue_document **ret_documents, size_t *ret_count,
                            struct emis_error *err) EMIS_MUST_CHECK;

/* The file to look into for a mistake at a pointer of a merged document: the base's, the country's
 * where the pointer's value comes from it, or both where something is missing; in the arena or
 * borrowed from path. Reads the country's file again. */
const char *catalogue_country_file(struct emis_arena *arena, const char *directory,
                                   const char *country, const char *path, const char *pointer);
