/* SPDX-License-Identifier: Apache-2.0 */
/* "host:port": whether it is one, and to a listening socket. Any thread. */
#pragma once

#include <stdint.h>

#include "lib/base/error.h"

/* E_CONFIG with the address as pointer, as below. Nothing is opened. */
bool http_address_check(const char *address, struct emis_error *err) EMIS_MUST_CHECK;
/* A non-blocking listening socket, the caller's, and its port. E_CONFIG with the address as
 * pointer. */
bool http_address_listen(const char *address, int *ret_fd, uint16_t *ret_port,
                         struct emis_error *err) EMIS_MUST_CHECK;
