/* SPDX-License-Identifier: Apache-2.0 */
/* json_tree.h - values of JSON: immutable trees that are shared as a whole.
 *
 * A FlowJson is a node.  It knows its place in its tree, and so how it is reached from the root;
 * a reference to any node keeps the whole tree.  NULL is null.  Numbers without a fraction that
 * fit in 64 bits are ints, the others floats; a whole number of more bits is one only where a float
 * has all digits that are written. */
#ifndef VALUE_JSON_TREE_H
#define VALUE_JSON_TREE_H

#include <flow/value.h>

#include "os/buffer.h"

typedef enum JsonKind {
    JSON_NULL,
    JSON_BOOL,
    JSON_INT,
    JSON_FLOAT,
    JSON_STRING,
    JSON_LIST,
    JSON_MAP
} JsonKind;

/* A node as its readers see it; the texts live as long as the tree. */
typedef struct JsonView {
    JsonKind kind;
    int64_t whole; /* of an int; a bool: 0 or 1 */
    double real;   /* of a float */
    const char *text; /* of a string */
    size_t len;       /* of a string its bytes, of a list or map its items */
    const char *name; /* what a map has it under; NULL: it is not in one */
    size_t name_len;
} JsonView;

/* The count of its tree. */
int32_t *json_refs(const FlowJson *j);
JsonView json_view(const FlowJson *j);
/* Item `index` of a list or map; borrowed. */
const FlowJson *json_item(const FlowJson *j, size_t index);
/* What a map has under a name, the last where there are several; NULL: nothing. */
const FlowJson *json_find(const FlowJson *j, const char *name, size_t len);

/* An int equals a float of the same value; the order of a map's entries does not count. */
bool json_equal(const FlowJson *a, const FlowJson *b);
/* Agrees with json_equal; json has no order in the language. */
int json_compare(const FlowJson *a, const FlowJson *b);

/* Appends it as compact JSON. */
FlowStatus json_write(Buffer *out, const FlowJson *j);
/* Appends how it is reached from the root: ".rows[3].x", nothing for the root itself. */
FlowStatus json_write_path(Buffer *out, const FlowJson *j);

/* FLOW_EFORMAT, and in *err what is wrong where, if the text is no JSON. */
FlowStatus json_parse(const char *text, size_t len, FlowJson **out, FlowError *err);
/* For one who knows where a float is wanted: whole numbers are rounded to one. */
FlowStatus json_parse_rounding(const char *text, size_t len, FlowJson **out, FlowError *err);
/* Whether a number in it was rounded. */
bool json_is_rounded(const FlowJson *j);

/* ---- building one -------------------------------------------------------- */

/* Zero-filled is empty; tree_builder_free is allowed after every outcome.  FLOW_ENOMEM is the only
 * failure. */
typedef struct TreeBuilder {
    Buffer nodes;   /* those whose place is known */
    Buffer pending; /* those of the lists and maps that are open */
    Buffer texts;
    uint32_t name, name_len; /* of the next node */
} TreeBuilder;

/* What tree_close needs to know of what tree_open began. */
typedef struct TreeOpen {
    size_t first;
    uint32_t name, name_len;
} TreeOpen;

typedef FlowStatus TreeAdder(TreeBuilder *b, const char *bytes, size_t len);

/* The name of the next node, which goes into a map. */
FlowStatus tree_add_name(TreeBuilder *b, const char *bytes, size_t len);
FlowStatus tree_add_string(TreeBuilder *b, const char *bytes, size_t len);
FlowStatus tree_add_null(TreeBuilder *b);
FlowStatus tree_add_bool(TreeBuilder *b, bool x);
FlowStatus tree_add_int(TreeBuilder *b, int64_t x);
FlowStatus tree_add_float(TreeBuilder *b, double x);
/* One that is not quite what was written. */
FlowStatus tree_add_rounded(TreeBuilder *b, double x);
TreeOpen tree_open(TreeBuilder *b);
FlowStatus tree_close(TreeBuilder *b, TreeOpen open, JsonKind kind);
/* The one node that was added, as the root of a tree; owned. */
FlowStatus tree_finish(TreeBuilder *b, FlowJson **out);
void tree_builder_free(TreeBuilder *b);

#endif
