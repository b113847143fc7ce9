/* SPDX-License-Identifier: Apache-2.0 */
/* cbor_tags.h - what encoder and decoder must agree on. */
#ifndef VALUE_CBOR_TAGS_H
#define VALUE_CBOR_TAGS_H

#include <flow/type.h>

enum {
    CBOR_TAG_INT64_LE = 79,   /* RFC 8746 */
    CBOR_TAG_FLOAT64_LE = 86, /* RFC 8746 */
    CBOR_TAG_RANGE = 60010    /* ours: [start, len, step] */
};

/* The tag of a list of such items when it is stored as a typed array, else 0. */
static inline uint64_t cbor_array_tag(const FlowType *item)
{
    switch (item->kind) {
    case FLOW_INT:
    case FLOW_SIZE:
    case FLOW_DURATION:
    case FLOW_TIME: return CBOR_TAG_INT64_LE;
    case FLOW_FLOAT: return CBOR_TAG_FLOAT64_LE;
    default: return 0;
    }
}

/* Where null would be ambiguous, some(x) is an array of one. */
static inline bool cbor_wraps_some(const FlowType *option)
{
    FlowKind kind = option->item->kind;
    return kind == FLOW_OPTION || kind == FLOW_UNIT || kind == FLOW_JSON;
}

#endif
