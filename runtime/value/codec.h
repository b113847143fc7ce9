/* SPDX-License-Identifier: Apache-2.0 */
/* codec.h - values as CBOR, as eight raw bytes, as JSON, and from a command line.
 *
 * CBOR (RFC 8949), so that any language reads it:
 *   int, size, duration, time   integer        float    float64    bool   true, false
 *   string   text                              struct, tuple   array of the fields in order
 *   [int], [size], [duration], [time]   tag 79 (RFC 8746), int64 little-endian
 *   [float]  tag 86, float64 little-endian     range    tag 60010 on [start, len, step]
 *   other lists   array                        map      map, in order of insertion
 *   none     null; some(x) is x, or [x] where x may be null: an option itself, json
 *   bytes    byte string     json  as CBOR has the same data     secret  null
 *   unit     null
 *
 * A closure cannot be stored: FLOW_EFORMAT. */
#ifndef VALUE_CODEC_H
#define VALUE_CODEC_H

#include <flow/value.h>

#include "os/buffer.h"

/* Appends; on failure *out is as it was. */
FlowStatus value_encode(const FlowType *type, const void *value, Buffer *out, FlowError *err);

/* Fills *out (zeroed, type->size bytes) from exactly `len` bytes, which are not trusted:
 * FLOW_EFORMAT where they are no value of that type.  On failure *out is zero again. */
FlowStatus value_decode(const FlowType *type, const void *bytes, size_t len, void *out,
                        FlowError *err);

/* int, float, bool, size, duration, time: stored as eight raw bytes in place of CBOR. */
bool value_is_fixed(const FlowType *type);
int64_t value_fixed_get(const FlowType *type, const void *value);
void value_fixed_put(const FlowType *type, int64_t bits, void *out);

/* Appends one line's worth of JSON: struct as object, tuple as array (object when its parts are
 * named), map with string keys as object, else as list of pairs, size in bytes, duration in
 * seconds, time as RFC 3339 text, bytes as base64, nan and inf as strings, none as null. */
FlowStatus value_write_json(const FlowType *type, const void *value, Buffer *out);
/* What shows values to people writes a range of more numbers than these as {"start":0,"len":9,
 * "step":1}. */
enum { VALUE_RANGE_MOST = 1 << 20 };
FlowStatus value_write_json_range(Buffer *out, int64_t start, uint64_t len, int64_t step);
/* The bytes, which are UTF-8, with quotes around them. */
FlowStatus value_write_json_string(Buffer *out, const char *bytes, size_t len);

/* Appends CBOR whose type nobody knows any more as JSON: a struct as array, a duration in
 * nanoseconds.  FLOW_EFORMAT where the bytes are not one item; *out is then as it was. */
FlowStatus cbor_to_json(const void *bytes, size_t len, Buffer *out, FlowError *err);

/* Appends the type's structure as one word without blanks, "[Point{x:int,y:int}]?": equal for
 * types whose values are stored alike. */
FlowStatus type_write_text(const FlowType *type, Buffer *out);

/* Reads what a person wrote on the command line into *out (zeroed).  FLOW_EUSAGE with what was
 * expected, and an example, where it is no value of that type; *out is then zero again. */
FlowStatus value_parse(const FlowType *type, const char *text, void *out, FlowError *err);
/* As value_parse; what is wrong inside of it is said as NAME[2], not as "the value[2]". */
FlowStatus value_parse_named(const FlowType *type, const char *name, const char *text, void *out,
                             FlowError *err);
/* Appends what value_parse expects: "a whole number, such as 42". */
FlowStatus value_expected(const FlowType *type, Buffer *out);
/* Reads one JSON value of a file, in which a number is a number and a bool is a bool: what stands
 * in quotes is none, save a size, duration or time, and what JSON's numbers cannot say. */
FlowStatus value_parse_json(const FlowType *type, const char *name, const char *text, void *out,
                            FlowError *err);
/* As value_parse_json, of json that a flow has; what of an object no field is for is passed over.
 * FLOW_EUSAGE says "at .rows[3].x: expected …; found …". */
FlowStatus value_of_json(const FlowType *type, const FlowJson *json, void *out, FlowError *err);

#endif
