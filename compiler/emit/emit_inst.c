/* SPDX-License-Identifier: Apache-2.0 */
/* emit_inst.c - one instruction as one or two statements of C. */
#include "emit/emit.h"

/* ---- places and operands ------------------------------------------------------------------ */

static Str join(FunctionWriter *f, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static Str join(FunctionWriter *f, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    Str s = str_vprintf(f->e->arena, fmt, args);
    va_end(args);
    return s;
}

/* The pointer that leads to a pointee, as an expression of its own type. */
static Str pointer_text(FunctionWriter *f, const IrPlace *place)
{
    if (place->base == IR_IN)
        return join(f, "in_%u", place->index);
    const IrLocal *local = &f->fn->locals.items[place->index];
    Str name = f->names[place->index];
    if (local->kind != IR_SLOT || local->is_param)
        return name;
    Str cast = emit_pointer_cast(f->e, place->base_type, false);
    return join(f, "((%.*s)%.*s)", STR_ARG(cast), STR_ARG(name));
}

/* An option whose payload leads back to it is a list of one, or NULL. */
static Str boxed_text(FunctionWriter *f, const IrStep *step, Str before, bool is_pointer)
{
    const char *star = is_pointer ? "*" : "";
    if (step->kind == IR_SOME)
        return join(f, "(%s%.*s != NULL)", star, STR_ARG(before));
    Str cast = emit_pointer_cast(f->e, step->owner->item, false);
    return join(f, "((%.*s)(%s%.*s)->items)[0]", STR_ARG(cast), star, STR_ARG(before));
}

static Str step_text(FunctionWriter *f, const IrStep *step, Str before, bool is_pointer)
{
    const char *link = is_pointer ? "->" : ".";
    if ((step->kind == IR_PAYLOAD || step->kind == IR_SOME) && step->owner->is_boxed)
        return boxed_text(f, step, before, is_pointer);
    switch (step->kind) {
    case IR_TAG: return join(f, "%.*s%stag", STR_ARG(before), link);
    case IR_CASE: return join(f, "%.*s%scase_%u", STR_ARG(before), link, step->index);
    case IR_PAYLOAD: return join(f, "%.*s%svalue", STR_ARG(before), link);
    case IR_SOME: return join(f, "%.*s%ssome", STR_ARG(before), link);
    case IR_FIELD: {
        Str field = emit_field_name(f->e, step->owner, step->index);
        return join(f, "%.*s%s%.*s", STR_ARG(before), link, STR_ARG(field));
    }
    case IR_AT_LOCAL: return join(f, "%.*s[%.*s]", STR_ARG(before), STR_ARG(f->names[step->index]));
    default: return join(f, "%.*s[%u]", STR_ARG(before), step->index);
    }
}

Str place_text(FunctionWriter *f, const IrPlace *place)
{
    bool is_pointer = place->base != IR_LOCAL;
    Str text = is_pointer ? pointer_text(f, place) : f->names[place->index];
    if (is_pointer && place->path_len == 0)
        return join(f, "*%.*s", STR_ARG(text));
    for (uint32_t i = 0; i < place->path_len; i++)
        text = step_text(f, &place->path[i], text, is_pointer && i == 0);
    return text;
}

static Str address_text(FunctionWriter *f, const IrPlace *place)
{
    if (place->base != IR_LOCAL && place->path_len == 0)
        return pointer_text(f, place);
    Str text = place_text(f, place);
    return join(f, "&%.*s", STR_ARG(text));
}

static Str zero_text(FunctionWriter *f, const Type *t)
{
    const char *type = emit_type(f->e, t);
    if (t->kind == TYPE_BOOL)
        return STR("false");
    if (t->kind == TYPE_FLOAT)
        return STR("0.0");
    if (type[strlen(type) - 1] == '*')
        return join(f, "(%s)NULL", type);
    return ir_is_int(t) ? STR("0") : join(f, "(%s){0}", type);
}

Str operand_text(FunctionWriter *f, const IrOperand *o)
{
    Arena *a = f->e->arena;
    switch (o->kind) {
    case IR_PLACE: return place_text(f, &o->place);
    case IR_ADDRESS: return address_text(f, &o->place);
    case IR_INT: return c_int(a, o->int_value);
    case IR_FLOAT: return c_float(a, o->float_value);
    case IR_BOOL: return o->int_value ? STR("true") : STR("false");
    case IR_STRING: return str_from(emit_literal(f->e, o->text));
    case IR_BYTES: {
        Str text = c_string(a, o->text);
        return join(f, "%.*s, %zu", STR_ARG(text), o->text.len);
    }
    case IR_CHARS: return c_string(a, o->text);
    case IR_DESCRIPTOR: return str_from(emit_descriptor(f->e, o->type));
    case IR_ITEM_SIZE: return join(f, "sizeof(%s)", emit_type(f->e, o->type));
    case IR_ZERO: return zero_text(f, o->type);
    default: return STR("NULL");
    }
}

/* ---- failures ------------------------------------------------------------ */

bool inst_can_fail(const IrInst *i)
{
    switch (i->op) {
    case IR_OP_RUNTIME: return ir_runtime[i->runtime].result == RT_STATUS;
    case IR_OP_CALL:
    case IR_OP_CALL_VALUE:
    case IR_OP_CLOSURE:
    case IR_OP_HANDLED: return true;
    case IR_OP_ITEM:
    case IR_OP_ELEMENT: return !i->is_sure;
    default: return false;
    }
}

static bool calls_out(const IrInst *i)
{
    if (i->op == IR_OP_RUNTIME)
        return !(ir_runtime[i->runtime].flags & RT_LIGHT) && inst_can_fail(i);
    return i->op == IR_OP_CALL || i->op == IR_OP_CALL_VALUE || i->op == IR_OP_CLOSURE;
}

static bool is_between(const FunctionWriter *f, uint32_t label, size_t from, size_t end)
{
    size_t at = label ? f->label_at[label] : 0;
    return at > from && at <= end;
}

static bool is_certain(const FunctionWriter *f, const IrInst *i)
{
    return f->is_plain && f->is_certain[i - f->fn->code.items];
}

static Str label_text(FunctionWriter *f, uint32_t label)
{
    if (f->is_plain && is_between(f, label, f->plain_from, f->plain_end))
        return join(f, "plain_%u", label);
    if (f->is_fast && is_between(f, label, f->fast_from, f->fast_end))
        return join(f, "fast_%u", label);
    if (fast_is_left(f) && is_between(f, label, f->fast_from, f->fast_from + 1))
        return join(f, "enter_%u", label);
    return label ? join(f, "at_%u", label) : STR("done");
}

static void write_check(FunctionWriter *f, const IrInst *i)
{
    Str label = label_text(f, i->handler);
    cw_line(f->w, "if (s != FLOW_OK)");
    cw_line(f->w, "    goto %.*s;", STR_ARG(label));
}

/* Where we are: for the trace of a failure, and for whoever looks while it runs. */
static void write_place(FunctionWriter *f, const IrInst *i)
{
    bool shows = i->line != f->shown && i->op != IR_OP_LABEL && i->op != IR_OP_LEAVE &&
                 i->op != IR_OP_JUMP && i->op != IR_OP_RELEASE;
    if (shows && i->line > 0) {
        Str file = c_string(f->e->arena, f->file);
        cw_flush_left(f->w, "#line %u %.*s", i->line, STR_ARG(file));
        f->shown = i->line;
    }
    if (calls_out(i) && i->line != f->noted) {
        cw_line(f->w, "flow_at(t, line = %u);", i->line);
        f->noted = f->line = i->line;
    } else if (inst_can_fail(i) && i->op != IR_OP_HANDLED && i->line != f->line &&
               !(f->is_fast && fast_leaves(f, i))) {
        cw_line(f->w, "line = %u;", i->line);
        f->line = i->line;
        f->noted = 0;
    }
}

/* ---- calls --------------------------------------------------------------- */

static void add_args(FunctionWriter *f, StrBuf *b, const IrInst *i, bool needs_comma)
{
    for (size_t k = 0; k < i->args.count; k++) {
        Str arg = operand_text(f, &i->args.items[k]);
        strbuf_printf(b, "%s%.*s", needs_comma || k > 0 ? ", " : "", STR_ARG(arg));
    }
}

bool inst_comes_through(const FunctionWriter *f, const IrInst *i)
{
    if (i->dst.base != IR_LOCAL || i->dst.path_len > 0)
        return false;
    if (i->op == IR_OP_RUNTIME && (ir_runtime[i->runtime].flags & RT_LIGHT))
        return false;
    IrLocalKind kind = f->fn->locals.items[i->dst.index].kind;
    return kind == IR_SLOT || (kind == IR_VALUE && ir_is_scalar(i->dst.type));
}

static void add_result(FunctionWriter *f, StrBuf *b, const IrInst *i)
{
    if (i->dst.base == IR_NOWHERE)
        return;
    Str out = inst_comes_through(f, i) ? STR("&got") : address_text(f, &i->dst);
    strbuf_printf(b, ", %.*s", STR_ARG(out));
}

static void open_result(FunctionWriter *f, const IrInst *i)
{
    if (!inst_comes_through(f, i))
        return;
    cw_line(f->w, "{");
    f->w->indent++;
    if (f->fn->locals.items[i->dst.index].kind == IR_SLOT)
        cw_line(f->w, "void *got = NULL;");
    else
        cw_line(f->w, "%s got = 0;", emit_type(f->e, i->dst.type));
}

static void close_result(FunctionWriter *f, const IrInst *i)
{
    if (!inst_comes_through(f, i))
        return;
    Str dst = place_text(f, &i->dst);
    cw_line(f->w, "%.*s = got;", STR_ARG(dst));
    f->w->indent--;
    cw_line(f->w, "}");
}

static bool always_fails(const IrInst *i)
{
    return i->runtime == RT_FAIL || i->runtime == RT_FAIL_WORDS || i->runtime == RT_FAIL_INDEX ||
           i->runtime == RT_FAIL_ASSERT || i->runtime == RT_FAIL_ASSERT_SIDES;
}

static void write_plain(FunctionWriter *f, const IrInst *i)
{
    Str dst = place_text(f, &i->dst);
    Str a = operand_text(f, &i->args.items[0]), b = operand_text(f, &i->args.items[1]);
    cw_line(f->w, "%.*s = %.*s %s %.*s;", STR_ARG(dst), STR_ARG(a),
            arithmetic_operator(i->runtime), STR_ARG(b));
}

/* flow_matrix_cell through a view. */
static void write_cell(FunctionWriter *f, const IrInst *i, const View *v)
{
    Str dst = place_text(f, &i->dst), label = label_text(f, i->handler);
    Str row = operand_text(f, &i->args.items[2]), col = operand_text(f, &i->args.items[3]);
    if (!is_certain(f, i)) {
        cw_line(f->w,
                "if (FLOW_UNLIKELY((uint64_t)%.*s >= (uint64_t)rows_%u || (uint64_t)%.*s >= "
                "(uint64_t)cols_%u)) {",
                STR_ARG(row), v->id, STR_ARG(col), v->id);
        cw_line(f->w, "    s = flow_fail_cell(t, rows_%u, cols_%u, %.*s, %.*s);", v->id, v->id,
                STR_ARG(row), STR_ARG(col));
        cw_line(f->w, "    goto %.*s;", STR_ARG(label));
        cw_line(f->w, "}");
    }
    cw_line(f->w, "%.*s = %.*s * cols_%u + %.*s;", STR_ARG(dst), STR_ARG(row), v->id,
            STR_ARG(col));
}

static void write_runtime(FunctionWriter *f, const IrInst *i)
{
    const View *of_cell = view_of_cell(f, i);
    if (of_cell) {
        write_cell(f, i, of_cell);
        return;
    }
    if (is_certain(f, i)) {
        write_plain(f, i);
        return;
    }
    if (f->is_fast && fast_leaves(f, i)) {
        fast_arithmetic(f, i);
        return;
    }
    const IrRuntimeInfo *fn = &ir_runtime[i->runtime];
    bool has_task = (fn->flags & RT_TASK) != 0;
    StrBuf b;
    strbuf_init(&b, f->e->arena);
    bool is_len = i->runtime == RT_LIST_LEN && i->args.items[0].kind == IR_PLACE;
    const char *name = is_len ? list_len_name(i->args.items[0].place.type) : fn->name;
    strbuf_printf(&b, "%s(%s", name, has_task ? "t" : "");
    add_args(f, &b, i, has_task);
    f->e->uses_math |= (fn->flags & RT_MATH) != 0;
    if (i->runtime == RT_PARALLEL_MAP)
        strbuf_printf(&b, ", %s", emit_apply(f->e, i->args.items[2].type));
    if (fn->result == RT_STATUS) {
        add_result(f, &b, i);
        Str call = strbuf_str(&b);
        open_result(f, i);
        cw_line(f->w, "s = %.*s);", STR_ARG(call));
        if (always_fails(i)) {
            Str label = label_text(f, i->handler);
            cw_line(f->w, "goto %.*s;", STR_ARG(label));
        } else {
            write_check(f, i);
        }
        close_result(f, i);
        return;
    }
    Str call = strbuf_str(&b);
    if (i->dst.base == IR_NOWHERE) {
        cw_line(f->w, "%.*s);", STR_ARG(call));
        return;
    }
    Str dst = place_text(f, &i->dst);
    cw_line(f->w, "%.*s = %.*s);", STR_ARG(dst), STR_ARG(call));
}

static void write_call(FunctionWriter *f, const IrInst *i)
{
    StrBuf b;
    strbuf_init(&b, f->e->arena);
    if (i->op == IR_OP_CALL) {
        strbuf_printf(&b, "%.*s(t", STR_ARG(i->callee->c_name));
    } else {
        Str closure = operand_text(f, &i->a);
        strbuf_printf(&b, "((%s)(%.*s)->call)(t, %.*s", emit_fn_type(f->e, i->a.type),
                      STR_ARG(closure), STR_ARG(closure));
    }
    add_args(f, &b, i, true);
    add_result(f, &b, i);
    Str call = strbuf_str(&b);
    open_result(f, i);
    cw_line(f->w, "s = %.*s);", STR_ARG(call));
    write_check(f, i);
    close_result(f, i);
    f->noted = 0; /* the callee noted lines of its own */
}

static void write_closure(FunctionWriter *f, const IrInst *i)
{
    Str dst = address_text(f, &i->dst);
    bool captures = i->a.kind == IR_PLACE;
    Str from = captures ? address_text(f, &i->a.place) : STR("NULL");
    cw_line(f->w, "s = flow_closure_new(t, (void (*)(void))%.*s, %s, %.*s, %.*s);",
            STR_ARG(i->callee->c_name), captures ? emit_descriptor(f->e, i->a.type) : "NULL",
            STR_ARG(from), STR_ARG(dst));
    write_check(f, i);
}

/* ---- ownership ----------------------------------------------------------- */

static const char *release_name(const Type *t)
{
    switch (t->kind) {
    case TYPE_STRING:
    case TYPE_BYTES: return "flow_string_release";
    case TYPE_SECRET: return "flow_secret_release";
    case TYPE_JSON: return "flow_json_release";
    case TYPE_OPTION: return t->is_boxed ? "flow_list_release" : NULL;
    case TYPE_LIST: return "flow_list_release";
    case TYPE_MAP: return "flow_map_release";
    case TYPE_FN: return "flow_closure_release";
    default: return NULL;
    }
}

static const char *retain_name(const Type *t)
{
    switch (t->kind) {
    case TYPE_STRING:
    case TYPE_BYTES:
    case TYPE_SECRET: return "flow_string_retain";
    case TYPE_JSON: return "flow_json_retain";
    case TYPE_OPTION: return t->is_boxed ? "flow_list_retain" : NULL;
    case TYPE_LIST: return "flow_list_retain";
    case TYPE_MAP: return "flow_map_retain";
    case TYPE_FN: return "flow_closure_retain";
    default: return NULL;
    }
}

static Str address_of(FunctionWriter *f, Str place)
{
    return place.ptr[0] == '*' ? str_slice(place, 1, place.len) : join(f, "&%.*s", STR_ARG(place));
}

void emit_drop(FunctionWriter *f, const Type *t, Str place, bool zeroes)
{
    const char *release = release_name(t);
    if (release) {
        cw_line(f->w, "%s(%.*s);", release, STR_ARG(place));
        if (zeroes)
            cw_line(f->w, "%.*s = NULL;", STR_ARG(place));
        return;
    }
    Str address = address_of(f, place);
    cw_line(f->w, "flow_value_release(%s, %.*s);", emit_descriptor(f->e, t), STR_ARG(address));
}

static void write_release(FunctionWriter *f, const IrInst *i)
{
    Str place = place_text(f, &i->dst);
    bool is_text = i->dst.base == IR_LOCAL && f->fn->locals.items[i->dst.index].kind == IR_TEXT;
    if (is_text)
        cw_line(f->w, "flow_text_free(&%.*s);", STR_ARG(place));
    else
        emit_drop(f, i->dst.type, place, true);
}

static void write_copy(FunctionWriter *f, const IrInst *i)
{
    Str dst = place_text(f, &i->dst), from = operand_text(f, &i->a);
    const char *retain = retain_name(i->dst.type);
    if (retain) {
        cw_line(f->w, "%.*s = %s(%.*s);", STR_ARG(dst), retain, STR_ARG(from));
        return;
    }
    Str address = address_of(f, dst);
    cw_line(f->w, "%.*s = %.*s;", STR_ARG(dst), STR_ARG(from));
    cw_line(f->w, "flow_value_retain(%s, %.*s);", emit_descriptor(f->e, i->dst.type),
            STR_ARG(address));
}

static void write_zero(FunctionWriter *f, const IrOperand *o)
{
    Str place = operand_text(f, o);
    if (release_name(o->type))
        cw_line(f->w, "%.*s = NULL;", STR_ARG(place));
    else if (ir_is_counted(f->e->program, o->type))
        cw_line(f->w, "%.*s = (%s){0};", STR_ARG(place), emit_type(f->e, o->type));
}

static void write_move(FunctionWriter *f, const IrInst *i)
{
    Str dst = place_text(f, &i->dst), from = operand_text(f, &i->a);
    cw_line(f->w, "%.*s = %.*s;", STR_ARG(dst), STR_ARG(from));
    write_zero(f, &i->a);
}

static void write_keep(FunctionWriter *f, const IrInst *i)
{
    Str from = operand_text(f, &i->a);
    Str cast = emit_pointer_cast(f->e, i->a.type, false);
    cw_line(f->w, "*(%.*s)t->out[%lld] = %.*s;", STR_ARG(cast), (long long)i->int_value,
            STR_ARG(from));
    write_zero(f, &i->a);
}

/* ---- operators ----------------------------------------------------------- */

static const char *c_operator(Op op)
{
    switch (op) {
    case OP_ADD: return "+";
    case OP_SUB: return "-";
    case OP_MUL: return "*";
    case OP_FDIV: return "/";
    case OP_EQ: return "==";
    case OP_NE: return "!=";
    case OP_LT: return "<";
    case OP_LE: return "<=";
    case OP_GT: return ">";
    default: return ">=";
    }
}

static Op opposite(Op op)
{
    switch (op) {
    case OP_EQ: return OP_NE;
    case OP_NE: return OP_EQ;
    case OP_LT: return OP_GE;
    case OP_LE: return OP_GT;
    case OP_GT: return OP_LE;
    default: return OP_LT;
    }
}

static Str condition_text(FunctionWriter *f, const IrInst *i)
{
    bool negated = i->op == IR_OP_JUMP_UNLESS;
    Str a = operand_text(f, &i->a);
    if (i->binary == OP_NONE)
        return join(f, negated ? "!%.*s" : "%.*s", STR_ARG(a));
    Str b = operand_text(f, &i->b);
    bool is_float = i->a.type && i->a.type->kind == TYPE_FLOAT;
    if (negated && is_float && i->binary != OP_EQ && i->binary != OP_NE)
        return join(f, "!(%.*s %s %.*s)", STR_ARG(a), c_operator(i->binary), STR_ARG(b));
    Op op = negated ? opposite(i->binary) : i->binary;
    return join(f, "%.*s %s %.*s", STR_ARG(a), c_operator(op), STR_ARG(b));
}

static void write_branch(FunctionWriter *f, const IrInst *i)
{
    if (is_certain(f, i)) /* the test in front of the next turn does as well */
        return;
    Str condition = condition_text(f, i);
    Str label = label_text(f, i->label);
    cw_line(f->w, "if (%.*s)", STR_ARG(condition));
    cw_line(f->w, "    goto %.*s;", STR_ARG(label));
}

static void write_set(FunctionWriter *f, const IrInst *i, const char *before)
{
    Str dst = place_text(f, &i->dst), a = operand_text(f, &i->a);
    cw_line(f->w, "%.*s = %s%.*s;", STR_ARG(dst), before, STR_ARG(a));
}

static void write_binary(FunctionWriter *f, const IrInst *i)
{
    Str dst = place_text(f, &i->dst), a = operand_text(f, &i->a), b = operand_text(f, &i->b);
    cw_line(f->w, "%.*s = %.*s %s %.*s;", STR_ARG(dst), STR_ARG(a), c_operator(i->binary),
            STR_ARG(b));
}

/* ---- elements ------------------------------------------------------------ */

static void write_bounds(FunctionWriter *f, const IrInst *i, Str list, Str index)
{
    Str label = label_text(f, i->handler);
    cw_line(f->w, "if ((uint64_t)%.*s >= (uint64_t)flow_list_len(%.*s)) {", STR_ARG(index),
            STR_ARG(list));
    cw_line(f->w, "    s = flow_fail_index(t, %.*s, flow_list_len(%.*s));", STR_ARG(index),
            STR_ARG(list));
    cw_line(f->w, "    goto %.*s;", STR_ARG(label));
    cw_line(f->w, "}");
}

/* Behind the check of an index.  No list is as long as that: C compilers warn of what is not
 * reached all the same. */
static Str offset_text(FunctionWriter *f, const IrOperand *index)
{
    bool is_never = index->kind == IR_INT && (index->int_value < 0 || index->int_value >> 40 > 0);
    return is_never ? STR("0") : operand_text(f, index);
}

/* What does not fit is left to the slow copy, which begins anew with this instruction.  A list that
 * the loop writes has to be its own sooner or later: one limit for both saves a compare. */
static void write_way_out(FunctionWriter *f, const IrInst *i, Str index)
{
    const View *v = view_at(f, i);
    cw_line(f->w, "if (FLOW_UNLIKELY((uint64_t)%.*s >= %s_%u))", STR_ARG(index),
            fast_writes(f, v) ? "own" : "len", v->id);
    cw_line(f->w, "    goto slow_%zu;", (size_t)(i - f->fn->code.items));
}

/* The same through a view.  Ints may be a range, which has no items to look at. */
static void write_viewed(FunctionWriter *f, const IrInst *i, const View *v)
{
    Str list = operand_text(f, &i->a), index = operand_text(f, &i->b);
    Str dst = place_text(f, &i->dst), at = offset_text(f, &i->b);
    const char *star = i->op == IR_OP_ITEM ? "*" : "";
    bool may_be_range = i->a.type->item->kind == TYPE_INT;
    bool is_checked = (may_be_range || !i->is_sure) && !is_certain(f, i);
    if (is_checked && f->is_fast)
        write_way_out(f, i, index);
    if (!is_checked || f->is_fast) {
        cw_line(f->w, "%.*s = %s(items_%u + %.*s);", STR_ARG(dst), star, v->id, STR_ARG(at));
        if (may_be_range && i->op == IR_OP_ITEM)
            fast_after_item(f, i);
        return;
    }
    cw_line(f->w, "if (FLOW_UNLIKELY((uint64_t)%.*s >= len_%u)) {", STR_ARG(index), v->id);
    f->w->indent++;
    if (!i->is_sure)
        write_bounds(f, i, list, index);
    if (may_be_range)
        cw_line(f->w, "%.*s = flow_list_peek_int(%.*s, (size_t)%.*s);", STR_ARG(dst), STR_ARG(list),
                STR_ARG(index));
    f->w->indent--;
    cw_line(f->w, may_be_range ? "} else {" : "}");
    cw_line(f->w, "%s%.*s = %s(items_%u + %.*s);", may_be_range ? "    " : "", STR_ARG(dst), star,
            v->id, STR_ARG(at));
    if (may_be_range)
        cw_line(f->w, "}");
}

/* flow_list_open: where the list has another owner it is copied, and then looked at anew. */
static void write_open(FunctionWriter *f, const IrInst *i, const View *v)
{
    Str dst = place_text(f, &i->dst), list = operand_text(f, &i->args.items[0]);
    Str item = operand_text(f, &i->args.items[1]), index = operand_text(f, &i->args.items[3]);
    Str at = offset_text(f, &i->args.items[3]);
    if (f->is_fast && !is_certain(f, i))
        write_way_out(f, i, index);
    if (f->is_fast || is_certain(f, i)) {
        cw_line(f->w, "%.*s = items_%u + %.*s;", STR_ARG(dst), v->id, STR_ARG(at));
        return;
    }
    cw_line(f->w, "if (FLOW_UNLIKELY((uint64_t)%.*s >= own_%u)) {", STR_ARG(index), v->id);
    f->w->indent++;
    cw_line(f->w, "void *slot = NULL;");
    cw_line(f->w, "s = flow_list_slot(t, %.*s, %.*s, %.*s, &slot);", STR_ARG(list), STR_ARG(item),
            STR_ARG(index));
    write_check(f, i);
    cw_line(f->w, "%.*s = slot;", STR_ARG(dst));
    view_fill(f, v);
    f->w->indent--;
    cw_line(f->w, "} else {");
    cw_line(f->w, "    %.*s = items_%u + %.*s;", STR_ARG(dst), v->id, STR_ARG(at));
    cw_line(f->w, "}");
}

static void write_element(FunctionWriter *f, const IrInst *i)
{
    const View *v = view_at(f, i);
    if (v && (i->a.type->item->kind != TYPE_INT || i->op == IR_OP_ITEM)) {
        write_viewed(f, i, v);
        return;
    }
    Str list = operand_text(f, &i->a), index = operand_text(f, &i->b);
    Str dst = place_text(f, &i->dst), at = offset_text(f, &i->b);
    const Type *item = i->a.type->item;
    Str cast = emit_pointer_cast(f->e, item, true);
    if (!i->is_sure)
        write_bounds(f, i, list, index);
    if (i->op == IR_OP_ITEM && item->kind == TYPE_INT)
        cw_line(f->w, "%.*s = flow_list_peek_int(%.*s, (size_t)%.*s);", STR_ARG(dst), STR_ARG(list),
                STR_ARG(index));
    else if (i->op == IR_OP_ITEM)
        cw_line(f->w, "%.*s = ((%.*s)(%.*s)->items)[%.*s];", STR_ARG(dst), STR_ARG(cast),
                STR_ARG(list), STR_ARG(at));
    else
        cw_line(f->w, "%.*s = (%.*s)(%.*s)->items + %.*s;", STR_ARG(dst), STR_ARG(cast),
                STR_ARG(list), STR_ARG(at));
}

/* ---- the rest ------------------------------------------------------------ */

static const char *const policy_fields[IR_POLICY_COUNT] = {
    "cpu", "memory", "gpu", "disk", "retry_times", "retry_delay", "timeout",
};

static void write_handled(FunctionWriter *f, const IrInst *i)
{
    Str label = label_text(f, i->handler);
    Str out = i->dst.base == IR_NOWHERE ? STR("NULL") : address_text(f, &i->dst);
    cw_line(f->w, "if (s != FLOW_FAIL)");
    cw_line(f->w, "    goto %.*s;", STR_ARG(label));
    cw_line(f->w, "s = flow_handled(t, %.*s);", STR_ARG(out));
    write_check(f, i);
}

/* Loops in a fast copy that say where they are: the others are entered so often that it counts. */
enum { MARKED_DEPTH = 2 };

/* A copy may be without the check that leads to a label. */
static void write_label(FunctionWriter *f, const IrInst *i)
{
    f->line = f->noted = 0;
    if (fast_is_left(f) && (size_t)(i - f->fn->code.items) == f->fast_from)
        return;
    bool is_plain_head = f->is_plain && (size_t)(i - f->fn->code.items) == f->plain_from;
    bool is_deep = f->is_fast && fast_depth(f, i) > MARKED_DEPTH;
    if (f->is_loop[i->label] && i->line > 0 && !is_plain_head && !is_deep)
        cw_line(f->w, "flow_at_loop(t, %u);", i->line);
    if (!f->is_target[i->label])
        return;
    Str label = label_text(f, i->label);
    cw_flush_left(f->w, "%.*s:%s;", STR_ARG(label),
                  f->is_plain || f->is_fast ? " __attribute__((unused))" : "");
}

static void write_jump(FunctionWriter *f, uint32_t label)
{
    Str text = label_text(f, label);
    cw_line(f->w, "goto %.*s;", STR_ARG(text));
}

static void write_simple(FunctionWriter *f, const IrInst *i)
{
    Str a = operand_text(f, &i->a);
    Str dst = i->dst.base == IR_NOWHERE ? (Str){0} : place_text(f, &i->dst);
    switch (i->op) {
    case IR_OP_ITEMS: cw_line(f->w, "%.*s = %.*s->items;", STR_ARG(dst), STR_ARG(a)); break;
    case IR_OP_CAPTURES: cw_line(f->w, "%.*s = flow_closure_captures(self);", STR_ARG(dst)); break;
    case IR_OP_IS_NULL: cw_line(f->w, "%.*s = %.*s == NULL;", STR_ARG(dst), STR_ARG(a)); break;
    case IR_OP_CURRENT:
        cw_line(f->w, i->int_value ? "%.*s = (int64_t)t->round + 1;" : "%.*s = t->attempt;",
                STR_ARG(dst));
        break;
    case IR_OP_POLICY:
        cw_line(f->w, "policy->%s = %.*s;", policy_fields[i->int_value], STR_ARG(a));
        break;
    case IR_OP_FAN:
        cw_line(f->w, "t->fan = %.*s;", STR_ARG(a));
        write_zero(f, &i->a);
        break;
    case IR_OP_WAY: cw_line(f->w, "t->way = %lld;", (long long)i->int_value); break;
    default: break;
    }
}

/* Loops without a turn need none. */
static void write_views(FunctionWriter *f, const IrInst *i)
{
    const IrInst *way_around = views_way_around(f, i);
    if (way_around) {
        write_place(f, way_around);
        write_branch(f, way_around);
    }
    views_before(f, i);
}

void emit_inst(FunctionWriter *f, const IrInst *i)
{
    if (!f->is_plain && !f->is_fast)
        write_views(f, i);
    fast_before(f, i);
    count_before(f, i);
    write_place(f, i);
    switch (i->op) {
    case IR_OP_LABEL: write_label(f, i); break;
    case IR_OP_JUMP: write_jump(f, i->label); break;
    case IR_OP_JUMP_IF:
    case IR_OP_JUMP_UNLESS: write_branch(f, i); break;
    case IR_OP_SET: write_set(f, i, ""); break;
    case IR_OP_COPY: write_copy(f, i); break;
    case IR_OP_MOVE: write_move(f, i); break;
    case IR_OP_RELEASE: write_release(f, i); break;
    case IR_OP_BINARY: write_binary(f, i); break;
    case IR_OP_NOT: write_set(f, i, "!"); break;
    /* `--` is another operator. */
    case IR_OP_NEGATE: write_set(f, i, i->a.kind == IR_FLOAT ? "- " : "-"); break;
    case IR_OP_CAST:
        write_set(f, i, i->dst.type->kind == TYPE_FLOAT ? "(double)" : "(int64_t)");
        break;
    case IR_OP_RUNTIME:
        if (i->runtime == RT_LIST_OPEN && view_at(f, i))
            write_open(f, i, view_at(f, i));
        else
            write_runtime(f, i);
        break;
    case IR_OP_CALL:
    case IR_OP_CALL_VALUE: write_call(f, i); break;
    case IR_OP_CLOSURE: write_closure(f, i); break;
    case IR_OP_ITEM:
    case IR_OP_ELEMENT: write_element(f, i); break;
    case IR_OP_KEEP: write_keep(f, i); break;
    case IR_OP_HANDLED: write_handled(f, i); break;
    case IR_OP_LEAVE: write_jump(f, 0); break;
    default: write_simple(f, i); break;
    }
    views_after(f, i);
    count_after(f, i);
    fast_after(f, i);
}
