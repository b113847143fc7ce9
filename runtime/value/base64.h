/* SPDX-License-Identifier: Apache-2.0 */
/* base64.h - octets as text (RFC 4648, with padding), for JSON and what has no octets. */
#ifndef VALUE_BASE64_H
#define VALUE_BASE64_H

#include "os/buffer.h"

FlowStatus base64_write(Buffer *out, const char *octets, size_t len);
/* FLOW_EFORMAT where the text is not the one form that base64_write gives; *out may hold a part. */
FlowStatus base64_read(const char *text, size_t len, Buffer *out);

#endif
