/* SPDX-License-Identifier: Apache-2.0 */
/* tags.c - words in one text. */
#include "cli/tags.h"

#include <string.h>

/* Where the word begins, or NULL. */
static const char *find(const char *tags, size_t len, const char *tag)
{
    size_t tag_len = strlen(tag);
    const char *end = tags + len;
    while (tags < end) {
        const char *blank = memchr(tags, ' ', (size_t)(end - tags));
        const char *word_end = blank ? blank : end;
        if ((size_t)(word_end - tags) == tag_len && memcmp(tags, tag, tag_len) == 0)
            return tags;
        tags = word_end + 1;
    }
    return NULL;
}

bool tags_have(const char *tags, const char *tag)
{
    return find(tags, strlen(tags), tag) != NULL;
}

FlowStatus tags_check(const char *tag, FlowError *err)
{
    bool is_word = tag[0] != '\0';
    for (const unsigned char *at = (const unsigned char *)tag; *at; at++)
        is_word &= *at > ' ' && *at != 0x7f;
    if (is_word)
        return FLOW_OK;
    return flow_error(err, FLOW_EUSAGE, "`%.200s` is no tag: tags are words without blanks", tag);
}

FlowStatus tags_add(Buffer *tags, const char *tag, FlowError *err)
{
    FlowStatus s = tags_check(tag, err);
    if (s != FLOW_OK || (tags->len > 0 && find((char *)tags->bytes, tags->len, tag)))
        return s;
    s = buffer_printf(tags, "%s%s", tags->len > 0 ? " " : "", tag);
    return s == FLOW_OK ? s : flow_error(err, s, "out of memory");
}

bool tags_remove(Buffer *tags, const char *tag)
{
    const char *at = tags->len > 0 ? find((char *)tags->bytes, tags->len, tag) : NULL;
    if (!at)
        return false;
    size_t from = (size_t)(at - (char *)tags->bytes), len = strlen(tag);
    if (from + len < tags->len)
        len++; /* the blank behind it */
    else if (from > 0)
        from--, len++; /* or that before it */
    memmove(tags->bytes + from, tags->bytes + from + len, tags->len - from - len);
    tags->len -= len;
    return true;
}
