/* SPDX-License-Identifier: Apache-2.0 */
/* type.h - descriptors of Flow types.
 *
 * One walker per task (release, compare, CBOR, JSON, parse, print) reads these
 * tables; no code is generated per type.  The compiler emits them as constants.
 *
 * How values lie in memory:
 *   int, size (bytes), duration (ns), time (ns since 1970)   int64_t
 *   float double    bool bool    string FlowString *    list FlowList *    map FlowMap *
 *   option   struct { bool some; T value; }, fields[0] gives the payload's offset
 *     one that its payload leads back to (field_count 0)   FlowList * of the payload, NULL is none
 *   struct, tuple   a C struct, fields[] in order
 *   enum     struct { int64_t tag; union of payloads }, fields[] one a case in order: its name,
 *            its values as a tuple (unit where it has none), where they lie
 *   bytes    FlowString *, any octets      json  FlowJson *, NULL is null
 *   secret   FlowString *, never stored, written or shown
 *   closure  FlowClosure *
 *   unit     nothing, size 0
 * NULL is the empty string, list and map.  Storage filled with zero bytes is a
 * valid value of every type but closure (0, false, "", [], [:], none). */
#ifndef FLOW_TYPE_H
#define FLOW_TYPE_H

#include <flow/status.h>

typedef enum FlowKind {
    FLOW_UNIT,
    FLOW_INT,
    FLOW_FLOAT,
    FLOW_BOOL,
    FLOW_SIZE,
    FLOW_DURATION,
    FLOW_TIME,
    FLOW_STRING,
    FLOW_LIST,
    FLOW_MAP,
    FLOW_OPTION,
    FLOW_TUPLE,
    FLOW_STRUCT,
    FLOW_CLOSURE,
    FLOW_ENUM,
    FLOW_BYTES,
    FLOW_JSON,
    FLOW_SECRET
} FlowKind;

typedef struct FlowType FlowType;

typedef struct FlowField {
    const char *name; /* "" for an unnamed part of a tuple */
    const FlowType *type;
    uint32_t offset;  /* bytes from the start of the value */
} FlowField;

struct FlowType {
    FlowKind kind;
    uint32_t size;           /* bytes of a value in memory */
    bool counted;            /* holds references: must be retained and released */
    const char *name;        /* as people write it: "int", "[int]", "Found" */
    const FlowType *item;    /* of a list or option; a map's value */
    const FlowType *key;     /* a map's key */
    const FlowField *fields; /* of a struct or tuple; an enum's cases; of an option: the payload */
    uint32_t field_count;
};

/* Defined by the runtime, for the types that every program shares. */
extern const FlowType flow_type_unit, flow_type_int, flow_type_float, flow_type_bool,
    flow_type_size, flow_type_duration, flow_type_time, flow_type_string, flow_type_bytes,
    flow_type_json, flow_type_secret;
extern const FlowType flow_type_int_list, flow_type_float_list, flow_type_bool_list,
    flow_type_string_list;
extern const FlowType flow_type_matrix; /* a struct, FlowMatrix in value.h */

/* Adds a reference to everything that the value at `value` holds directly. */
void flow_value_retain(const FlowType *type, const void *value);

/* Drops them, and fills the value with zero bytes. */
void flow_value_release(const FlowType *type, void *value);

/* Equality by content; nan equals nothing.  Order of a map's entries does not count. */
bool flow_value_equal(const FlowType *type, const void *a, const void *b);

/* <0, 0, >0.  Strings by bytes, lists and tuples element by element, none first, nan last. */
int flow_value_compare(const FlowType *type, const void *a, const void *b);

/* Equal values have equal hashes. */
uint64_t flow_value_hash(const FlowType *type, const void *value);

#endif
