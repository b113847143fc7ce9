/* SPDX-License-Identifier: Apache-2.0 */
/* string.h - makes strings in place.
 *
 * A string that is known to be all ASCII says so, which makes s[i] cost nothing; a literal may
 * be ASCII without saying so. */
#ifndef VALUE_STRING_H
#define VALUE_STRING_H

#include <flow/value.h>

#include "os/buffer.h"

/* In FlowString.reserved.  Behind the end of a roomy string FLOW_STRING_MIN bytes can be read. */
enum { STRING_ASCII = 1, STRING_ROOMY = 2 };

/* A unique string with room for `len` bytes, which the caller fills before string_seal.
 * `len` is not 0. */
FlowStatus string_make(FlowTask *t, size_t len, FlowString **out);
void string_seal(FlowString *s);
/* The same with room behind it. */
FlowStatus string_make_roomy(FlowTask *t, size_t len, FlowString **out);

/* Bytes read into a buffer become a string where they are: string_room leaves an empty buffer the
 * room for a string's head, string_adopt makes it that string, and takes it.  Both fail without
 * memory; the buffer is then the caller's, as before. */
FlowStatus string_room(FlowTask *t, Buffer *b);
FlowStatus string_adopt(FlowTask *t, Buffer *b, FlowString **out);

static inline bool string_is_ascii(const FlowString *s)
{
    return !s || (s->reserved & STRING_ASCII);
}

#endif
