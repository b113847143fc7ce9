/* SPDX-License-Identifier: Apache-2.0 */
/* string.h - makes strings in place.
 *
 * A string that is known to be all ASCII says so, which makes s[i] cost nothing; a literal may
 * be ASCII without saying so. */
#ifndef VALUE_STRING_H
#define VALUE_STRING_H

#include <flow/value.h>

enum { STRING_ASCII = 1 }; /* in FlowString.reserved */

/* A unique string with room for `len` bytes, which the caller fills before string_seal.
 * `len` is not 0. */
FlowStatus string_make(FlowTask *t, size_t len, FlowString **out);
void string_seal(FlowString *s);

static inline bool string_is_ascii(const FlowString *s)
{
    return !s || (s->reserved & STRING_ASCII);
}

#endif
