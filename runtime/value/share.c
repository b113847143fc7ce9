/* SPDX-License-Identifier: Apache-2.0 */
/* share.c - see share.h.  Values nest without bound (a chain of options), so what is still to be
 * looked into stands in a list and not on the stack.  An object that has its mark was looked into:
 * that ends the walk where two ways lead to one object.  Taking marks away goes the same way, so
 * it finds room for its list. */
#include "value/share.h"

#include <flow/lib.h>

#include "os/memory.h"
#include "value/json_tree.h"

/* What to do with a count; whether the object has to be looked into. */
typedef bool Mark(int32_t *refs);

static bool mark_shared(int32_t *refs)
{
    if (*refs <= 0)
        return false;
    *refs += FLOW_SHARED;
    return true;
}

static bool mark_plain(int32_t *refs)
{
    if (*refs >= FLOW_LITERAL)
        return false;
    *refs -= FLOW_SHARED;
    return true;
}

static bool mark_literal(int32_t *refs)
{
    if (*refs == FLOW_LITERAL)
        return false;
    *refs = FLOW_LITERAL;
    return true;
}

static bool grow(ShareWalk *w)
{
    size_t cap = w->cap ? 2 * w->cap : 32;
    ShareEntry *items = os_realloc_array(w->items, cap, sizeof *items);
    if (!items)
        return false;
    w->items = items;
    w->cap = cap;
    return true;
}

/* Remembers an object of which something inside is counted. */
static bool push(ShareWalk *w, const FlowType *type, void *object)
{
    if (w->len == w->cap && !grow(w))
        return false;
    w->items[w->len++] = (ShareEntry){type, object};
    return true;
}

static void *pointer_at(const void *value)
{
    void *p;
    memcpy(&p, value, sizeof p);
    return p;
}

/* The count stands first in every object.  One that cannot be remembered loses its mark again. */
static bool visit_object(ShareWalk *w, const FlowType *type, void *object, bool has_more,
                         Mark *mark)
{
    int32_t *refs = object, before = object ? *refs : 0;
    if (!object || !mark(refs) || !has_more || push(w, type, object))
        return true;
    *refs = before;
    return false;
}

static bool list_has_more(const FlowList *list)
{
    return list && !list->is_range && list->len > 0 && list->item->counted;
}

static bool visit(ShareWalk *w, const FlowType *type, const void *value, Mark *mark);

static bool visit_fields(ShareWalk *w, const FlowType *type, const void *value, Mark *mark)
{
    for (uint32_t i = 0; i < type->field_count; i++) {
        const FlowField *field = &type->fields[i];
        if (!visit(w, field->type, (const char *)value + field->offset, mark))
            return false;
    }
    return true;
}

static bool visit_option(ShareWalk *w, const FlowType *type, const void *value, Mark *mark)
{
    if (type->field_count == 0)
        return visit_object(w, type, pointer_at(value), list_has_more(pointer_at(value)), mark);
    const void *payload = flow_option_get(type, value);
    return !payload || visit(w, type->item, payload, mark);
}

/* What lies at `value`, without looking into objects. */
static bool visit(ShareWalk *w, const FlowType *type, const void *value, Mark *mark)
{
    if (!type->counted)
        return true;
    switch (type->kind) {
    case FLOW_BYTES:
    case FLOW_SECRET:
    case FLOW_STRING: return visit_object(w, type, pointer_at(value), false, mark);
    case FLOW_LIST:
        return visit_object(w, type, pointer_at(value), list_has_more(pointer_at(value)), mark);
    case FLOW_MAP: return visit_object(w, type, pointer_at(value), true, mark);
    case FLOW_CLOSURE: return visit_object(w, type, pointer_at(value), true, mark);
    case FLOW_JSON:
        if (pointer_at(value))
            mark(json_refs(pointer_at(value)));
        return true;
    case FLOW_OPTION: return visit_option(w, type, value, mark);
    case FLOW_TUPLE:
    case FLOW_STRUCT: return visit_fields(w, type, value, mark);
    case FLOW_ENUM: {
        const FlowField *one = flow_enum_case(type, value);
        return visit(w, one->type, (const char *)value + one->offset, mark);
    }
    case FLOW_UNIT: case FLOW_INT: case FLOW_FLOAT: case FLOW_BOOL:
    case FLOW_SIZE: case FLOW_DURATION: case FLOW_TIME: break;
    }
    return true;
}

/* ---- looking into objects ------------------------------------------------ */

static bool look_into_list(ShareWalk *w, const FlowList *list, Mark *mark)
{
    for (size_t i = 0; i < list->len; i++)
        if (!visit(w, list->item, flow_list_peek(list, i), mark))
            return false;
    return true;
}

static bool look_into_map(ShareWalk *w, FlowMap *map, Mark *mark)
{
    const FlowType *type = map_type(map);
    map_settle(map);
    for (int64_t i = 0; i < flow_map_len(map); i++)
        if (!visit(w, type->key, flow_map_key_at(map, i), mark) ||
            !visit(w, type->item, flow_map_value_at(map, i), mark))
            return false;
    return true;
}

static bool look_into_closure(ShareWalk *w, const FlowClosure *closure, Mark *mark)
{
    return !closure->captured ||
           visit(w, closure->captured, flow_closure_captures(closure), mark);
}

static bool look_into(ShareWalk *w, ShareEntry entry, Mark *mark)
{
    switch (entry.type->kind) {
    case FLOW_MAP: return look_into_map(w, entry.object, mark);
    case FLOW_CLOSURE: return look_into_closure(w, entry.object, mark);
    default: return look_into_list(w, entry.object, mark);
    }
}

static bool walk(ShareWalk *w, const FlowType *type, const void *value, Mark *mark)
{
    bool is_whole = visit(w, type, value, mark);
    while (is_whole && w->len > 0)
        is_whole = look_into(w, w->items[--w->len], mark);
    w->len = 0;
    return is_whole;
}

/* ---- the three marks ----------------------------------------------------- */

FlowStatus value_share(ShareWalk *w, const FlowType *type, const void *value)
{
    if (walk(w, type, value, mark_shared))
        return FLOW_OK;
    value_unshare(w, type, value);
    return FLOW_ENOMEM;
}

void value_unshare(ShareWalk *w, const FlowType *type, const void *value)
{
    walk(w, type, value, mark_plain);
}

void share_free(ShareWalk *w)
{
    os_free(w->items);
    *w = (ShareWalk){0};
}

FlowStatus flow_value_fix(FlowTask *t, const FlowType *type, const void *value)
{
    ShareWalk w = {0};
    bool is_whole = walk(&w, type, value, mark_literal);
    share_free(&w);
    return is_whole ? FLOW_OK : flow_fail_memory(t, 0);
}
