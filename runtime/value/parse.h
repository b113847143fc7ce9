/* SPDX-License-Identifier: Apache-2.0 */
/* parse.h - between parse.c, which reads words, and json_read.c, which reads trees of JSON.
 *
 * Both fill zeroed room; what a failure leaves in it, the caller releases. */
#ifndef VALUE_PARSE_H
#define VALUE_PARSE_H

#include <stdbool.h>

#include "value/codec.h"
#include "value/json_tree.h"

typedef struct Parser {
    FlowError *err;
    const char *name;   /* of the whole: "the value", or a parameter; NULL: json of a flow */
    const FlowJson *at; /* what is read of a tree */
    bool is_tree;       /* `at` says where; NULL is null there */
    bool is_key;        /* the name under which `at` has something */
    bool is_exact;      /* no number or bool in quotes */
} Parser;

/* FLOW_EUSAGE: what was found, where, and what was expected. */
FlowStatus parser_mismatch(const Parser *p, const FlowType *type, const char *text, size_t len);
FlowStatus parser_memory(const Parser *p);
FlowStatus parser_refuse_secret(const Parser *p);
/* Appends where p->at is: "rows[3].x", and ".rows[3].x" or "the top" in json of a flow. */
FlowStatus parser_write_place(const Parser *p, Buffer *out);

/* A scalar type is one whose value is written as a word or as a text. */
bool parser_is_scalar(const FlowType *type);
FlowStatus parser_scalar(const Parser *p, const FlowType *type, const char *text, size_t len,
                         void *out);

/* json_read.c */
const FlowField *field_named(const FlowType *type, const char *name, size_t len);
FlowStatus parser_tree(Parser *p, const FlowType *type, const FlowJson *json, void *out);

#endif
