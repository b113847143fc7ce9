/* SPDX-License-Identifier: Apache-2.0 */
/* emit_view.c - where the items of a list lie, kept in plain C locals while a loop reads them.
 *
 * A view of a place that holds a list is three locals: items_0, its items; len_0, how many can be
 * read there (none of a range); own_0, how many can be written there (none where the list has
 * another owner).  So one compare in registers answers for bounds, ranges and sharing at once, and
 * no store of the loop makes C read the list's head again.
 *
 * Views are of places that a loop indexes.  They are filled before the outermost loop that does,
 * and again behind each instruction in it that may put another list there, lengthen it, or hand
 * out one more reference; those of what a pointer leads to only behind what sets the pointer.
 * What is filled for nothing, the C compiler leaves out.
 *
 * The list of a matrix has two more: rows_0 and cols_0. */
#include "emit/emit.h"

/* ---- places ------------------------------------------------------------------------------- */

static bool is_pointer_local(const FunctionWriter *f, const IrPlace *p)
{
    return p->base == IR_POINTEE && f->fn->locals.items[p->index].kind == IR_POINTER;
}

static bool can_be_viewed(const FunctionWriter *f, const IrPlace *p)
{
    if (p->base == IR_NOWHERE || !p->type || p->type->kind != TYPE_LIST)
        return false;
    for (uint32_t i = 0; i < p->path_len; i++)
        if (p->path[i].kind != IR_FIELD)
            return false;
    const IrLocal *local = p->base == IR_IN ? NULL : &f->fn->locals.items[p->index];
    return !local || (p->base == IR_LOCAL && local->kind == IR_VALUE) ||
           (p->base == IR_POINTEE && (local->kind == IR_POINTER || local->is_param));
}

static bool is_same_place(const IrPlace *a, const IrPlace *b)
{
    if (a->base != b->base || a->index != b->index || a->path_len != b->path_len)
        return false;
    for (uint32_t i = 0; i < a->path_len; i++)
        if (a->path[i].index != b->path[i].index)
            return false;
    return true;
}

static bool is_open(const IrInst *i)
{
    return i->op == IR_OP_RUNTIME && i->runtime == RT_LIST_OPEN;
}

/* The list that an instruction indexes, or NULL. */
static const IrPlace *indexed_place(const IrInst *i)
{
    if ((i->op == IR_OP_ITEM || i->op == IR_OP_ELEMENT) && i->a.kind == IR_PLACE)
        return &i->a.place;
    if (is_open(i) && i->args.items[0].kind == IR_ADDRESS)
        return &i->args.items[0].place;
    return NULL;
}

/* ---- which there are ---------------------------------------------------------------------- */

static View *view_for(FunctionWriter *f, const IrPlace *p)
{
    for (size_t v = 0; v < f->views.len; v++)
        if (is_same_place(&f->views.items[v].place, p))
            return &f->views.items[v];
    View *view = vec_add(f->e->arena, &f->views);
    view->place = *p;
    view->id = (uint32_t)f->views.len - 1;
    view->from = UINT32_MAX;
    return view;
}

/* Of each instruction: where the outermost loop that holds it begins and ends. */
static void find_loops(FunctionWriter *f)
{
    size_t count = f->fn->code.len;
    uint32_t *place = arena_new_array(f->e->arena, uint32_t, f->fn->label_count + 1);
    f->label_at = place;
    f->loop_from = arena_new_array(f->e->arena, uint32_t, count + 1);
    f->loop_to = arena_new_array(f->e->arena, uint32_t, count + 1);
    for (uint32_t k = 0; k < count; k++)
        if (f->fn->code.items[k].op == IR_OP_LABEL)
            place[f->fn->code.items[k].label] = k + 1;
    for (uint32_t k = 0; k < count; k++) {
        const IrInst *i = &f->fn->code.items[k];
        if (i->op == IR_OP_LABEL || !i->label || !place[i->label] || place[i->label] > k)
            continue;
        for (uint32_t n = place[i->label] - 1; n <= k; n++) {
            if (!f->loop_to[n] || f->loop_from[n] > place[i->label] - 1)
                f->loop_from[n] = place[i->label] - 1;
            if (f->loop_to[n] < k)
                f->loop_to[n] = k;
        }
    }
}

void views_find(FunctionWriter *f)
{
    size_t count = f->fn->code.len;
    find_loops(f);
    f->view_of = arena_new_array(f->e->arena, uint32_t, count + 1);
    for (size_t k = 0; k < count; k++) {
        const IrPlace *p = f->loop_to[k] ? indexed_place(&f->fn->code.items[k]) : NULL;
        if (!p || !can_be_viewed(f, p))
            continue;
        View *view = view_for(f, p);
        const IrInst *i = &f->fn->code.items[k];
        view->is_written |= is_open(i);
        view->needs_len |= !is_open(i) && (!i->is_sure || p->type->item->kind == TYPE_INT);
        f->view_of[k] = view->id + 1;
        if (view->from > f->loop_from[k])
            view->from = f->loop_from[k];
        if (view->to < f->loop_to[k])
            view->to = f->loop_to[k];
    }
}

const View *view_at(const FunctionWriter *f, const IrInst *i)
{
    uint32_t id = f->view_of[i - f->fn->code.items];
    return id ? &f->views.items[id - 1] : NULL;
}

bool view_is_checked(const FunctionWriter *f, const IrInst *i)
{
    if (!view_at(f, i))
        return false;
    bool may_be_range = i->op == IR_OP_ITEM && i->a.type->item->kind == TYPE_INT;
    bool is_viewed = is_open(i) || i->op == IR_OP_ITEM || i->a.type->item->kind != TYPE_INT;
    return is_viewed && (is_open(i) || may_be_range || !i->is_sure);
}

const View *view_of_list(const FunctionWriter *f, const IrPlace *list, size_t k)
{
    for (size_t v = 0; v < f->views.len; v++) {
        const View *view = &f->views.items[v];
        if (k >= view->from && k <= view->to && is_same_place(&view->place, list))
            return view;
    }
    return NULL;
}

const char *list_len_name(const Type *list)
{
    bool may_be_range = !list || list->kind != TYPE_LIST || list->item->kind == TYPE_INT;
    return may_be_range ? "flow_list_len" : "flow_list_count";
}

static bool is_of_matrix(const View *v)
{
    const IrPlace *p = &v->place;
    return p->path_len > 0 && p->path[p->path_len - 1].owner &&
           p->path[p->path_len - 1].owner->is_matrix;
}

/* The same but for the last step. */
static bool are_of_one(const IrPlace *a, const IrPlace *b)
{
    IrPlace x = *a, y = *b;
    if (x.path_len == 0 || y.path_len == 0)
        return false;
    x.path_len--;
    y.path_len--;
    return is_same_place(&x, &y);
}

const View *view_beside(const FunctionWriter *f, const IrPlace *size, size_t k)
{
    if (!f->loop_to[k])
        return NULL;
    for (size_t v = 0; v < f->views.len; v++) {
        const View *view = &f->views.items[v];
        if (is_of_matrix(view) && k >= view->from && k <= view->to &&
            are_of_one(&view->place, size))
            return view;
    }
    return NULL;
}

const View *view_of_cell(const FunctionWriter *f, const IrInst *i)
{
    if (i->op != IR_OP_RUNTIME || i->runtime != RT_MATRIX_CELL ||
        i->args.items[0].kind != IR_PLACE)
        return NULL;
    return view_beside(f, &i->args.items[0].place, (size_t)(i - f->fn->code.items));
}

/* ---- what changes one ---------------------------------------------------------------------- */

/* One may be a part of the other, or what leads to it. */
static bool overlaps(const IrPlace *a, const IrPlace *b)
{
    bool is_in = a->base == IR_IN;
    if (a->base == IR_NOWHERE || is_in != (b->base == IR_IN) || a->index != b->index)
        return false;
    if (a->base != b->base)
        return true;
    for (uint32_t i = 0; i < a->path_len && i < b->path_len; i++)
        if (a->path[i].kind == IR_FIELD && a->path[i].index != b->path[i].index)
            return false;
    return true;
}

/* Gives a list away, or may let it be changed. */
static bool hands_over(const FunctionWriter *f, const IrOperand *o, const IrPlace *p)
{
    if (o->kind != IR_ADDRESS && o->kind != IR_PLACE)
        return false;
    bool is_counted = o->kind == IR_ADDRESS || !o->place.type ||
                      ir_is_counted(f->e->program, o->place.type);
    return is_counted && overlaps(&o->place, p);
}

static bool is_harmless(const IrInst *i)
{
    return i->op == IR_OP_ITEM || i->op == IR_OP_ELEMENT || i->op == IR_OP_ITEMS ||
           i->op == IR_OP_IS_NULL || (i->op == IR_OP_RUNTIME && i->runtime == RT_LIST_LEN);
}

static bool writes_over(const FunctionWriter *f, const IrInst *i, const IrPlace *p)
{
    const IrPlace *dst = &i->dst;
    if (!overlaps(dst, p))
        return false;
    if (is_pointer_local(f, p))
        return dst->base == IR_LOCAL;
    return dst->path_len == 0 || !dst->type || !ir_is_scalar(dst->type);
}

static bool changes(const FunctionWriter *f, const IrInst *i, const View *v)
{
    if (i->op == IR_OP_HANDLED)
        return !is_pointer_local(f, &v->place);
    if (i->op != IR_OP_LABEL && writes_over(f, i, &v->place))
        return true;
    if (is_harmless(i) || (is_open(i) && view_at(f, i) == v))
        return false;
    if (hands_over(f, &i->a, &v->place) || hands_over(f, &i->b, &v->place))
        return true;
    for (size_t k = 0; k < i->args.count; k++)
        if (hands_over(f, &i->args.items[k], &v->place))
            return true;
    return false;
}

bool view_is_steady(const FunctionWriter *f, const View *v, size_t from, size_t to)
{
    for (size_t k = from; k < to && k < f->fn->code.len; k++)
        if (changes(f, &f->fn->code.items[k], v))
            return false;
    return true;
}

/* ---- filling them ------------------------------------------------------------------------- */

/* Rows and columns, which lie beside the list. */
static void fill_size(FunctionWriter *f, const View *v)
{
    IrPlace size = v->place;
    IrStep *path = arena_new_array(f->e->arena, IrStep, size.path_len);
    memcpy(path, size.path, size.path_len * sizeof *path);
    size.path = path;
    path[size.path_len - 1].index = 0;
    Str rows = place_text(f, &size);
    path[size.path_len - 1].index = 1;
    Str cols = place_text(f, &size);
    cw_line(f->w, "rows_%u = %.*s;", v->id, STR_ARG(rows));
    cw_line(f->w, "cols_%u = %.*s;", v->id, STR_ARG(cols));
}

void view_fill(FunctionWriter *f, const View *v)
{
    Str list = place_text(f, &v->place);
    const Type *item = v->place.type->item;
    cw_line(f->w, "items_%u = flow_list_items(%.*s);", v->id, STR_ARG(list));
    if (v->needs_len)
        cw_line(f->w, "len_%u = %s(%.*s);", v->id,
                item->kind == TYPE_INT ? "flow_list_flat_len" : "(uint64_t)flow_list_count",
                STR_ARG(list));
    if (v->is_written)
        cw_line(f->w, "own_%u = flow_list_own_len(%.*s);", v->id, STR_ARG(list));
    if (is_of_matrix(v))
        fill_size(f, v);
}

static bool is_filled_at(const FunctionWriter *f, const View *v, size_t k)
{
    return k >= v->from && k <= v->to && !is_pointer_local(f, &v->place);
}

static bool begins_loops(const FunctionWriter *f, const IrInst *i)
{
    size_t k = (size_t)(i - f->fn->code.items);
    return i->op == IR_OP_LABEL && f->loop_to[k] && f->loop_from[k] == k;
}

const IrInst *views_way_around(const FunctionWriter *f, const IrInst *i)
{
    size_t k = (size_t)(i - f->fn->code.items);
    bool is_any_filled = false;
    if (!begins_loops(f, i) || (i[1].op != IR_OP_JUMP_UNLESS && i[1].op != IR_OP_JUMP_IF))
        return NULL;
    for (size_t v = 0; v < f->views.len; v++)
        is_any_filled |= is_filled_at(f, &f->views.items[v], k);
    return is_any_filled && f->label_at[i[1].label] > f->loop_to[k] + 1 ? &i[1] : NULL;
}

void views_before(FunctionWriter *f, const IrInst *i)
{
    size_t k = (size_t)(i - f->fn->code.items);
    for (size_t v = 0; v < f->views.len && begins_loops(f, i); v++)
        if (is_filled_at(f, &f->views.items[v], k))
            view_fill(f, &f->views.items[v]);
}

void views_after(FunctionWriter *f, const IrInst *i)
{
    uint32_t k = (uint32_t)(i - f->fn->code.items);
    for (size_t v = 0; v < f->views.len; v++) {
        const View *view = &f->views.items[v];
        bool is_near = is_pointer_local(f, &view->place) || (k >= view->from && k <= view->to);
        if (is_near && changes(f, i, view))
            view_fill(f, view);
    }
}

void views_declare(FunctionWriter *f)
{
    for (size_t v = 0; v < f->views.len; v++) {
        const View *view = &f->views.items[v];
        Str cast = emit_pointer_cast(f->e, view->place.type->item, false);
        cw_line(f->w, "%.*sitems_%u = NULL;", STR_ARG(cast), view->id);
        if (view->needs_len)
            cw_line(f->w, "uint64_t len_%u = 0;", view->id);
        if (view->is_written)
            cw_line(f->w, "uint64_t own_%u = 0;", view->id);
        if (is_of_matrix(view)) {
            cw_line(f->w, "int64_t rows_%u = 0, cols_%u = 0;", view->id, view->id);
            /* A loop over all of its cells, as `map` is, asks for neither. */
            cw_line(f->w, "(void)rows_%u, (void)cols_%u;", view->id, view->id);
        }
    }
}
