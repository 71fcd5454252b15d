/* SPDX-License-Identifier: Apache-2.0 */
/* The type numbers of PostgreSQL's catalogue that this folder speaks (fixed since they were
 * assigned: pg_type.dat). Private to lib/store. */
#pragma once

enum store_oid {
    STORE_OID_BOOL = 16,
    STORE_OID_BYTEA = 17,
    STORE_OID_CHAR = 18,
    STORE_OID_NAME = 19,
    STORE_OID_INT8 = 20,
    STORE_OID_INT2 = 21,
    STORE_OID_INT4 = 23,
    STORE_OID_TEXT = 25,
    STORE_OID_OID = 26,
    STORE_OID_JSON = 114,
    STORE_OID_UNKNOWN = 705,
    STORE_OID_BOOL_ARRAY = 1000,
    STORE_OID_BYTEA_ARRAY = 1001,
    STORE_OID_CHAR_ARRAY = 1002,
    STORE_OID_INT2_ARRAY = 1005,
    STORE_OID_INT4_ARRAY = 1007,
    STORE_OID_TEXT_ARRAY = 1009,
    STORE_OID_INT8_ARRAY = 1016,
    STORE_OID_BPCHAR = 1042,
    STORE_OID_VARCHAR = 1043,
    STORE_OID_DATE = 1082,
    STORE_OID_DATE_ARRAY = 1182,
    STORE_OID_TIMESTAMPTZ = 1184,
    STORE_OID_TIMESTAMPTZ_ARRAY = 1185,
    STORE_OID_NUMERIC = 1700,
    STORE_OID_UUID = 2950,
    STORE_OID_UUID_ARRAY = 2951,
    STORE_OID_USER_FIRST = 16384 /* below are the server's own types; domains are reported as their
                                    base, so above are enums and composites */
};
