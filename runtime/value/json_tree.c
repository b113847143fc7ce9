/* SPDX-License-Identifier: Apache-2.0 */
/* json_tree.c - one block a tree: its head, its nodes, its texts.
 *
 * The items of a list or map lie one after another, and before the node that holds them, so the
 * root is the last node.  A node finds the head by its own index. */
#include "value/json_tree.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "os/memory.h"
#include "value/codec.h"
#include "value/number.h"

struct FlowJson {
    uint32_t index, parent; /* the root is its own parent */
    uint32_t kind;
    uint32_t len;            /* of a string, list or map; of a float 1 where it was rounded */
    uint32_t name, name_len; /* in the texts; NO_NAME: it has none */
    union {
        int64_t whole;
        double real;
        uint64_t at; /* a string's place in the texts; the index of a list's first item */
    };
};

typedef struct Tree {
    int32_t refs;
    uint32_t reserved;
    const char *texts;
} Tree;

#define NO_NAME UINT32_MAX

static Tree *tree_of(const FlowJson *j)
{
    return (Tree *)(uintptr_t)(const void *)(j - j->index) - 1;
}

int32_t *json_refs(const FlowJson *j)
{
    return &tree_of(j)->refs;
}

FlowJson *flow_json_retain(FlowJson *j)
{
    if (j)
        flow_refs_up(&tree_of(j)->refs);
    return j;
}

void flow_json_release(FlowJson *j)
{
    if (j && flow_refs_down(&tree_of(j)->refs))
        os_free(tree_of(j));
}

/* ---- reading ------------------------------------------------------------- */

JsonView json_view(const FlowJson *j)
{
    JsonView v = {JSON_NULL, 0, 0, NULL, 0, NULL, 0};
    if (!j)
        return v;
    v.kind = (JsonKind)j->kind;
    v.len = j->len;
    if (j->name != NO_NAME) {
        v.name = tree_of(j)->texts + j->name;
        v.name_len = j->name_len;
    }
    if (v.kind == JSON_FLOAT)
        v.real = j->real;
    else if (v.kind == JSON_STRING)
        v.text = tree_of(j)->texts + j->at;
    else
        v.whole = j->whole;
    return v;
}

const FlowJson *json_item(const FlowJson *j, size_t index)
{
    return j - j->index + j->at + index;
}

static bool is_named(const FlowJson *item, const char *name, size_t len)
{
    return item->name_len == len && memcmp(tree_of(item)->texts + item->name, name, len) == 0;
}

const FlowJson *json_find(const FlowJson *j, const char *name, size_t len)
{
    for (size_t i = j->len; i-- > 0;)
        if (is_named(json_item(j, i), name, len))
            return json_item(j, i);
    return NULL;
}

bool json_is_rounded(const FlowJson *j)
{
    if (!j || j->kind < JSON_LIST)
        return j && j->kind == JSON_FLOAT && j->len > 0;
    for (size_t i = 0; i < j->len; i++)
        if (json_is_rounded(json_item(j, i)))
            return true;
    return false;
}

static bool is_number(JsonView v)
{
    return v.kind == JSON_INT || v.kind == JSON_FLOAT;
}

static double real_of(JsonView v)
{
    return v.kind == JSON_INT ? (double)v.whole : v.real;
}

static bool has_names_of(const FlowJson *a, const FlowJson *b)
{
    for (size_t i = 0; i < b->len; i++) {
        JsonView v = json_view(json_item(b, i));
        if (!is_named(json_item(a, i), v.name, v.name_len) && !json_find(a, v.name, v.name_len))
            return false;
    }
    return true;
}

/* Maps that were made alike have their entries at the same places.  A name may stand in a map
 * twice, so one may have all names of another that is as long, and be another. */
static bool items_equal(const FlowJson *a, const FlowJson *b)
{
    if (a->kind == JSON_MAP && !has_names_of(a, b))
        return false;
    for (size_t i = 0; i < a->len; i++) {
        const FlowJson *x = json_item(a, i), *y = json_item(b, i);
        if (a->kind == JSON_MAP) {
            JsonView v = json_view(x);
            y = is_named(y, v.name, v.name_len) ? y : json_find(b, v.name, v.name_len);
        }
        if (!y || !json_equal(x, y))
            return false;
    }
    return true;
}

bool json_equal(const FlowJson *a, const FlowJson *b)
{
    JsonView x = json_view(a), y = json_view(b);
    if (a == b)
        return true;
    if (x.kind != y.kind)
        return is_number(x) && is_number(y) && real_of(x) == real_of(y);
    switch (x.kind) {
    case JSON_NULL: return true;
    case JSON_BOOL:
    case JSON_INT: return x.whole == y.whole;
    case JSON_FLOAT: return x.real == y.real;
    case JSON_STRING: return x.len == y.len && memcmp(x.text, y.text, x.len) == 0;
    case JSON_LIST:
    case JSON_MAP: return x.len == y.len && items_equal(a, b);
    }
    return false;
}

int json_compare(const FlowJson *a, const FlowJson *b)
{
    if (json_equal(a, b))
        return 0;
    JsonView x = json_view(a), y = json_view(b);
    if (x.kind != y.kind)
        return x.kind < y.kind ? -1 : 1;
    return (uintptr_t)a < (uintptr_t)b ? -1 : 1;
}

/* ---- writing ------------------------------------------------------------- */

static FlowStatus write_items(Buffer *out, const FlowJson *j)
{
    bool is_map = j->kind == JSON_MAP;
    FlowStatus s = buffer_append_byte(out, is_map ? '{' : '[');
    for (size_t i = 0; s == FLOW_OK && i < j->len; i++) {
        JsonView v = json_view(json_item(j, i));
        if (i > 0)
            s = buffer_append_byte(out, ',');
        if (s == FLOW_OK && is_map)
            s = value_write_json_string(out, v.name, v.name_len);
        if (s == FLOW_OK && is_map)
            s = buffer_append_byte(out, ':');
        if (s == FLOW_OK)
            s = json_write(out, json_item(j, i));
    }
    return s == FLOW_OK ? buffer_append_byte(out, is_map ? '}' : ']') : s;
}

FlowStatus json_write(Buffer *out, const FlowJson *j)
{
    char text[NUMBER_TEXT_MAX];
    JsonView v = json_view(j);
    switch (v.kind) {
    case JSON_NULL: return buffer_append_text(out, "null");
    case JSON_BOOL: return buffer_append_text(out, v.whole ? "true" : "false");
    case JSON_INT: return buffer_printf(out, "%" PRId64, v.whole);
    case JSON_FLOAT: return buffer_append(out, text, number_write_float(v.real, text));
    case JSON_STRING: return value_write_json_string(out, v.text, v.len);
    case JSON_LIST:
    case JSON_MAP: return write_items(out, j);
    }
    return FLOW_EFORMAT;
}

static bool is_word(JsonView v)
{
    for (size_t i = 0; i < v.name_len; i++) {
        char c = v.name[i];
        bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
        if (!is_letter && (i == 0 || c < '0' || c > '9'))
            return false;
    }
    return v.name_len > 0;
}

FlowStatus json_write_path(Buffer *out, const FlowJson *j)
{
    if (!j || j->parent == j->index)
        return FLOW_OK;
    const FlowJson *above = j - j->index + j->parent;
    JsonView v = json_view(j);
    FlowStatus s = json_write_path(out, above);
    if (s != FLOW_OK)
        return s;
    if (!v.name)
        return buffer_printf(out, "[%" PRIu64 "]", j->index - above->at);
    if (is_word(v))
        return buffer_printf(out, ".%.*s", (int)v.name_len, v.name);
    s = buffer_append_byte(out, '[');
    if (s == FLOW_OK)
        s = value_write_json_string(out, v.name, v.name_len);
    return s == FLOW_OK ? buffer_append_byte(out, ']') : s;
}

/* ---- building ------------------------------------------------------------ */

static FlowStatus add_text(TreeBuilder *b, const char *bytes, size_t len, uint32_t *at)
{
    if (len >= NO_NAME || b->texts.len >= NO_NAME - len)
        return FLOW_ENOMEM;
    *at = (uint32_t)b->texts.len;
    return buffer_append(&b->texts, bytes, len);
}

static FlowJson new_node(TreeBuilder *b, JsonKind kind)
{
    FlowJson node = {.kind = kind, .name = NO_NAME};
    if (b->name_len) {
        node.name = b->name;
        node.name_len = b->name_len - 1;
    }
    b->name_len = 0;
    return node;
}

static FlowStatus add_node(TreeBuilder *b, const FlowJson *node)
{
    return buffer_append(&b->pending, node, sizeof *node);
}

FlowStatus tree_add_name(TreeBuilder *b, const char *bytes, size_t len)
{
    FlowStatus s = add_text(b, bytes, len, &b->name);
    if (s == FLOW_OK)
        b->name_len = (uint32_t)len + 1; /* 0: there is none */
    return s;
}

FlowStatus tree_add_string(TreeBuilder *b, const char *bytes, size_t len)
{
    FlowJson node = new_node(b, JSON_STRING);
    uint32_t at;
    FlowStatus s = add_text(b, bytes, len, &at);
    if (s != FLOW_OK)
        return s;
    node.len = (uint32_t)len;
    node.at = at;
    return add_node(b, &node);
}

FlowStatus tree_add_null(TreeBuilder *b)
{
    FlowJson node = new_node(b, JSON_NULL);
    return add_node(b, &node);
}

FlowStatus tree_add_bool(TreeBuilder *b, bool x)
{
    FlowJson node = new_node(b, JSON_BOOL);
    node.whole = x;
    return add_node(b, &node);
}

FlowStatus tree_add_int(TreeBuilder *b, int64_t x)
{
    FlowJson node = new_node(b, JSON_INT);
    node.whole = x;
    return add_node(b, &node);
}

FlowStatus tree_add_float(TreeBuilder *b, double x)
{
    FlowJson node = new_node(b, JSON_FLOAT);
    node.real = x;
    return add_node(b, &node);
}

FlowStatus tree_add_rounded(TreeBuilder *b, double x)
{
    FlowJson node = new_node(b, JSON_FLOAT);
    node.real = x;
    node.len = 1;
    return add_node(b, &node);
}

TreeOpen tree_open(TreeBuilder *b)
{
    TreeOpen open = {b->pending.len, b->name, b->name_len};
    b->name_len = 0;
    return open;
}

FlowStatus tree_close(TreeBuilder *b, TreeOpen open, JsonKind kind)
{
    size_t room = b->pending.len - open.first, len = room / sizeof(FlowJson);
    size_t at = b->nodes.len / sizeof(FlowJson);
    if (at + len >= NO_NAME)
        return FLOW_ENOMEM;
    FlowStatus s = room ? buffer_append(&b->nodes, b->pending.bytes + open.first, room) : FLOW_OK;
    if (s != FLOW_OK)
        return s;
    b->pending.len = open.first;
    b->name = open.name;
    b->name_len = open.name_len;
    FlowJson node = new_node(b, kind);
    node.len = (uint32_t)len;
    node.at = at;
    return add_node(b, &node);
}

static void link_nodes(FlowJson *nodes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        nodes[i].index = nodes[i].parent = (uint32_t)i;
        bool has_items = nodes[i].kind == JSON_LIST || nodes[i].kind == JSON_MAP;
        for (size_t k = 0; has_items && k < nodes[i].len; k++)
            nodes[nodes[i].at + k].parent = (uint32_t)i;
    }
}

FlowStatus tree_finish(TreeBuilder *b, FlowJson **out)
{
    size_t room = b->nodes.len + b->pending.len, count = room / sizeof(FlowJson);
    Tree *tree = os_alloc(sizeof *tree + room + b->texts.len + 1);
    if (!tree)
        return FLOW_ENOMEM;
    FlowJson *nodes = (FlowJson *)(void *)(tree + 1);
    char *texts = (char *)nodes + room;
    if (b->nodes.len)
        memcpy(nodes, b->nodes.bytes, b->nodes.len);
    memcpy((char *)nodes + b->nodes.len, b->pending.bytes, b->pending.len);
    if (b->texts.len)
        memcpy(texts, b->texts.bytes, b->texts.len);
    *tree = (Tree){.refs = 1, .texts = texts};
    link_nodes(nodes, count);
    *out = &nodes[count - 1];
    return FLOW_OK;
}

void tree_builder_free(TreeBuilder *b)
{
    buffer_free(&b->nodes);
    buffer_free(&b->pending);
    buffer_free(&b->texts);
    b->name_len = 0;
}
