/* SPDX-License-Identifier: Apache-2.0 */
/* tags.h - the tags of a run: words with a blank between each two, in the order they were given. */
#ifndef CLI_TAGS_H
#define CLI_TAGS_H

#include <stdbool.h>
#include <stddef.h>

#include "os/buffer.h"

bool tags_have(const char *tags, const char *tag);
/* FLOW_EUSAGE where it is no word: empty, with a blank or a control character. */
FlowStatus tags_check(const char *tag, FlowError *err);
/* Appends what is not there already. */
FlowStatus tags_add(Buffer *tags, const char *tag, FlowError *err);
/* Takes it out; false when it is not there. */
bool tags_remove(Buffer *tags, const char *tag);

#endif
