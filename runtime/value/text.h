/* SPDX-License-Identifier: Apache-2.0 */
/* text.h - values as people read them. */
#ifndef VALUE_TEXT_H
#define VALUE_TEXT_H

#include <flow/type.h>

#include "os/buffer.h"

/* Nesting beyond this is refused by what walks into values recursively. */
enum { VALUE_DEPTH_MAX = 1000 };

/* Appends the form that `print` shows; strings are `quoted` or as they are.  FLOW_ENOMEM, or
 * FLOW_FAIL where the value is nested too deeply. */
FlowStatus text_write(Buffer *out, const FlowType *type, const void *value, bool quoted);

#endif
