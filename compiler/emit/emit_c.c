/* SPDX-License-Identifier: Apache-2.0 */
/* emit_c.c - one C function for each function of the IR.
 *
 *     static FlowStatus fl_area(FlowTask *t, double v_r, double *out)
 *     {
 *         locals, all zero
 *         what it does; a failure jumps to `done` (or to the handler of a `try`)
 *     done:
 *         notes the place of a failure, drops all locals, hands the result over
 *     } */
#include "emit/emit.h"

/* ---- what a function uses -------------------------------------------------------------------- */

static void use_place(FunctionWriter *f, const IrPlace *p, bool reads)
{
    for (uint32_t i = 0; i < p->path_len; i++)
        if (p->path[i].kind == IR_AT_LOCAL) {
            f->uses[p->path[i].index]++;
            f->reads[p->path[i].index]++;
        }
    if (p->base != IR_LOCAL && p->base != IR_POINTEE)
        return;
    f->uses[p->index]++;
    if (reads || p->base == IR_POINTEE)
        f->reads[p->index]++;
}

static void use_operand(FunctionWriter *f, const IrOperand *o)
{
    if (o->kind == IR_PLACE || o->kind == IR_ADDRESS)
        use_place(f, &o->place, true);
}

static bool takes_address(const FunctionWriter *f, const IrInst *i)
{
    bool is_call = i->op == IR_OP_CALL || i->op == IR_OP_CALL_VALUE || i->op == IR_OP_RUNTIME;
    if (is_call && inst_comes_through(f, i))
        return false;
    return i->op == IR_OP_CALL || i->op == IR_OP_CALL_VALUE || i->op == IR_OP_CLOSURE ||
           (i->op == IR_OP_RUNTIME && ir_runtime[i->runtime].result == RT_STATUS) ||
           i->op == IR_OP_HANDLED || i->op == IR_OP_RELEASE;
}

/* A jump to a label that was passed makes a loop. */
static void survey_label(FunctionWriter *f, const IrInst *i, bool *is_passed)
{
    if (i->op == IR_OP_LABEL) {
        is_passed[i->label] = true;
        return;
    }
    f->is_target[i->label] = true;
    f->is_loop[i->label] |= is_passed[i->label];
}

static void survey(FunctionWriter *f)
{
    bool *is_passed = arena_new_array(f->e->arena, bool, f->fn->label_count + 1);
    for (size_t k = 0; k < f->fn->code.len; k++) {
        const IrInst *i = &f->fn->code.items[k];
        use_place(f, &i->dst, takes_address(f, i));
        use_operand(f, &i->a);
        use_operand(f, &i->b);
        for (size_t n = 0; n < i->args.count; n++)
            use_operand(f, &i->args.items[n]);
        bool is_last = k + 1 == f->fn->code.len;
        if (i->op == IR_OP_LEAVE && !is_last)
            f->is_target[0] = true;
        if (i->label)
            survey_label(f, i, is_passed);
        if (inst_can_fail(i)) {
            f->is_target[i->handler] = true;
            f->has_line |= i->op != IR_OP_HANDLED;
        }
    }
}

/* ---- names --------------------------------------------------------------- */

static Str local_name(FunctionWriter *f, Map *taken, uint32_t index)
{
    Arena *a = f->e->arena;
    const IrLocal *local = &f->fn->locals.items[index];
    const bool is_result = f->fn->result->kind != TYPE_UNIT && index == f->fn->result_local;
    if (is_result)
        return STR("result");
    if (local->name.len == 0) {
        const char *prefix = local->kind == IR_VALUE ? "x" : local->kind == IR_TEXT ? "text" : "p";
        return str_printf(a, "%s_%u", prefix, index);
    }
    Str name = str_printf(a, "v_%.*s", STR_ARG(local->name));
    if (map_has(taken, name))
        name = str_printf(a, "v_%.*s_%u", STR_ARG(local->name), index);
    map_put(taken, name, NULL);
    return name;
}

static void name_locals(FunctionWriter *f)
{
    Map taken;
    map_init(&taken, f->e->arena);
    for (uint32_t i = 0; i < f->fn->locals.len; i++)
        f->names[i] = local_name(f, &taken, i);
}

/* ---- heads --------------------------------------------------------------- */

static Str param_text(FunctionWriter *f, uint32_t index)
{
    const IrLocal *local = &f->fn->locals.items[index];
    if (local->kind != IR_SLOT)
        return emit_declaration(f->e, local->type, f->names[index]);
    return str_concat(f->e->arena, emit_pointer_cast(f->e, local->type, false), f->names[index]);
}

/* A few operations, no loop and no call: what C would have as an expression. */
static bool is_small(const IrFunction *fn)
{
    enum { SMALL_MAX = 40 };
    if (fn->kind != IR_FUNCTION || fn->can_recur || fn->code.len > SMALL_MAX)
        return false;
    for (size_t i = 0; i < fn->locals.len; i++)
        if (fn->locals.items[i].kind != IR_VALUE && !fn->locals.items[i].is_param)
            return false;
    for (size_t i = 0; i < fn->code.len; i++) {
        const IrInst *inst = &fn->code.items[i];
        bool is_light = inst->op == IR_OP_RUNTIME
                            ? (ir_runtime[inst->runtime].flags & (RT_LIGHT | RT_MATH)) != 0
                            : inst->op != IR_OP_CALL && inst->op != IR_OP_CALL_VALUE &&
                                  inst->op != IR_OP_CLOSURE && inst->op != IR_OP_HANDLED;
        bool fails = inst->op == IR_OP_RUNTIME &&
                     (inst->runtime == RT_FAIL || inst->runtime == RT_FAIL_WORDS);
        if (!is_light && !fails)
            return false;
    }
    return true;
}

static Str head_text(FunctionWriter *f)
{
    const IrFunction *fn = f->fn;
    StrBuf b;
    strbuf_init(&b, f->e->arena);
    const bool is_computed = fn->kind == IR_CONSTANT;
    const char *how = is_small(fn) ? "FLOW_SMALL" : f->has_fast ? "FLOW_APART" : "static";
    strbuf_printf(&b, "%s FlowStatus %.*s%s(FlowTask *t", how, STR_ARG(fn->c_name),
                  is_computed ? "_value" : "");
    if (fn->kind == IR_CLOSURE_BODY)
        strbuf_add(&b, STR(", const FlowClosure *self"));
    if (fn->kind == IR_POLICY_OF)
        strbuf_add(&b, STR(", FlowPolicy *policy"));
    for (uint32_t i = 0; i < fn->param_count; i++) {
        Str param = param_text(f, i);
        strbuf_printf(&b, ", %.*s", STR_ARG(param));
    }
    if (fn->kind == IR_DEFAULT) {
        strbuf_add(&b, STR(", void *out"));
    } else if (fn->result->kind != TYPE_UNIT) {
        Str out = emit_pointer_cast(f->e, fn->result, false);
        strbuf_printf(&b, ", %.*sout", STR_ARG(out));
    }
    strbuf_add_char(&b, ')');
    return strbuf_str(&b);
}

/* ---- locals -------------------------------------------------------------- */

static const char *zero_of(const FunctionWriter *f, const Type *t)
{
    const char *type = emit_type(f->e, t);
    if (type[strlen(type) - 1] == '*')
        return "NULL";
    return t->kind == TYPE_BOOL    ? "false"
           : t->kind == TYPE_FLOAT ? "0.0"
           : ir_is_int(t)          ? "0"
                                   : "{0}";
}

static void declare_local(FunctionWriter *f, uint32_t index)
{
    const IrLocal *local = &f->fn->locals.items[index];
    Str name = f->names[index];
    Str text;
    switch (local->kind) {
    case IR_TEXT: cw_line(f->w, "FlowText %.*s = {0};", STR_ARG(name)); break;
    case IR_SLOT: cw_line(f->w, "void *%.*s = NULL;", STR_ARG(name)); break;
    case IR_POINTER:
        text = emit_const_pointer(f->e, local->type, name);
        cw_line(f->w, "%.*s = NULL;", STR_ARG(text));
        break;
    case IR_VALUE:
        text = emit_declaration(f->e, local->type, name);
        cw_line(f->w, "%.*s = %s;", STR_ARG(text), zero_of(f, local->type));
        break;
    }
}

static bool is_result(const FunctionWriter *f, uint32_t index)
{
    return f->fn->result->kind != TYPE_UNIT && index == f->fn->result_local;
}

static bool is_dropped(const FunctionWriter *f, uint32_t index)
{
    const IrLocal *local = &f->fn->locals.items[index];
    if (local->is_param || is_result(f, index) || f->uses[index] == 0)
        return false;
    return local->kind == IR_TEXT ||
           (local->kind == IR_VALUE && ir_is_counted(f->e->program, local->type));
}

static void declare_locals(FunctionWriter *f)
{
    for (uint32_t i = f->fn->param_count; i < f->fn->locals.len; i++)
        if (f->uses[i] > 0 || is_result(f, i))
            declare_local(f, i);
}

/* What is only written would be warned about. */
static void quiet_locals(FunctionWriter *f)
{
    for (uint32_t i = 0; i < f->fn->locals.len; i++) {
        bool is_param = i < f->fn->param_count;
        bool is_quiet = f->reads[i] > 0 || is_result(f, i) || is_dropped(f, i);
        if (!is_quiet && (is_param || f->uses[i] > 0))
            cw_line(f->w, "(void)%.*s;", STR_ARG(f->names[i]));
    }
}

static void declare_slots(FunctionWriter *f)
{
    const StepModel *step = f->fn->step;
    for (uint32_t k = 0; step && k < step->slots.len; k++) {
        bool is_used = false;
        for (size_t n = 0; n < f->fn->code.len && !is_used; n++) {
            const IrInst *i = &f->fn->code.items[n];
            is_used = (i->a.place.base == IR_IN && i->a.place.index == k) ||
                      (i->b.place.base == IR_IN && i->b.place.index == k);
            for (size_t m = 0; m < i->args.count; m++)
                is_used |=
                    i->args.items[m].place.base == IR_IN && i->args.items[m].place.index == k;
        }
        Str name = str_printf(f->e->arena, "in_%u", k);
        Str pointer = emit_const_pointer(f->e, step->slots.items[k].type, name);
        Str label = step->slots.items[k].binding ? step->slots.items[k].binding->name : (Str){0};
        if (is_used)
            cw_line(f->w, "%.*s = t->in[%u]; /* %.*s */", STR_ARG(pointer), k, STR_ARG(label));
    }
}

/* ---- exits --------------------------------------------------------------- */

static void hand_over(FunctionWriter *f)
{
    const Type *type = f->fn->result;
    bool can_fail = f->is_target[0];
    Str cast = emit_pointer_cast(f->e, type, false);
    const char *fill = f->fn->kind == IR_DEFAULT
                           ? str_printf(f->e->arena, "*(%.*s)out = result;", STR_ARG(cast)).ptr
                           : "*out = result;";
    if (!can_fail) {
        cw_line(f->w, "%s", fill);
        return;
    }
    cw_line(f->w, "if (s == FLOW_OK)");
    cw_line(f->w, "    %s", fill);
    if (!ir_is_counted(f->e->program, type))
        return;
    cw_line(f->w, "else");
    f->w->indent++;
    emit_drop(f, type, STR("result"), false);
    f->w->indent--;
}

static void write_exit(FunctionWriter *f)
{
    const IrFunction *fn = f->fn;
    Str name = c_string(f->e->arena, fn->name), file = c_string(f->e->arena, f->file);
    if (f->is_target[0])
        cw_flush_left(f->w, "done:");
    cw_restore_line(f->w);
    if (f->has_line) {
        cw_line(f->w, "if (s != FLOW_OK)");
        cw_line(f->w, "    flow_trace(t, %.*s, %.*s, line);", STR_ARG(name), STR_ARG(file));
    }
    if (fn->can_recur)
        cw_line(f->w, "flow_leave(t);");
    for (uint32_t i = 0; i < fn->locals.len; i++) {
        if (!is_dropped(f, i))
            continue;
        if (fn->locals.items[i].kind == IR_TEXT)
            cw_line(f->w, "flow_text_free(&%.*s);", STR_ARG(f->names[i]));
        else
            emit_drop(f, fn->locals.items[i].type, f->names[i], false);
    }
    if (fn->result->kind != TYPE_UNIT)
        hand_over(f);
    cw_line(f->w, f->is_target[0] || f->has_line ? "return s;" : "return FLOW_OK;");
}

/* ---- functions ----------------------------------------------------------- */

static bool has_status(const FunctionWriter *f)
{
    return f->is_target[0] || f->has_line;
}

static bool mentions_task(Str body)
{
    for (size_t i = 0; i + 2 < body.len; i++) {
        bool starts = i == 0 || !((body.ptr[i - 1] >= 'a' && body.ptr[i - 1] <= 'z') ||
                                  body.ptr[i - 1] == '_');
        if (starts && body.ptr[i] == 't' &&
            (body.ptr[i + 1] == ',' || body.ptr[i + 1] == '-' || body.ptr[i + 1] == ')'))
            return true;
    }
    return false;
}

static void write_recursion_guard(FunctionWriter *f)
{
    if (!f->fn->can_recur)
        return;
    cw_line(f->w, "s = flow_enter(t);");
    cw_line(f->w, "if (s != FLOW_OK)");
    cw_line(f->w, "    goto done;");
}

static void write_statements(FunctionWriter *f)
{
    size_t count = f->fn->code.len;
    for (size_t k = 0; k < count; k++) {
        const IrInst *i = &f->fn->code.items[k];
        if (k + 1 == count && i->op == IR_OP_LEAVE)
            break;
        emit_inst(f, i);
    }
}

/* Where threads may come to it, the first one computes it, and its counts stand still. */
static void write_shared_constant(Emitter *e, const IrFunction *fn, const char *name)
{
    CWriter *w = &e->functions;
    cw_line(w, "if (!__atomic_load_n(&is_known, __ATOMIC_ACQUIRE)) {");
    cw_line(w, "    FlowStatus s = FLOW_OK;");
    cw_line(w, "    uint32_t cpus = flow_constants_lock(t);");
    cw_line(w, "    if (!is_known)");
    cw_line(w, "        s = %s_value(t, &value);", name);
    if (ir_is_counted(e->program, fn->result)) {
        cw_line(w, "    if (s == FLOW_OK)");
        cw_line(w, "        s = flow_value_fix(t, %s, &value);", emit_descriptor(e, fn->result));
    }
    cw_line(w, "    __atomic_store_n(&is_known, s == FLOW_OK, __ATOMIC_RELEASE);");
    cw_line(w, "    flow_constants_unlock(t, cpus);");
    cw_line(w, "    if (s != FLOW_OK)");
    cw_line(w, "        return s;");
    cw_line(w, "}");
}

static void write_plain_constant(Emitter *e, const IrFunction *fn, const char *name)
{
    CWriter *w = &e->functions;
    cw_line(w, "if (!is_known) {");
    cw_line(w, "    FlowStatus s = %s_value(t, &value);", name);
    cw_line(w, "    if (s != FLOW_OK)");
    cw_line(w, "        return s;");
    cw_line(w, "    is_known = true;");
    cw_line(w, "}");
    if (ir_is_counted(e->program, fn->result))
        cw_line(w, "flow_value_retain(%s, &value);", emit_descriptor(e, fn->result));
}

/* A constant is computed when it is first wanted, then kept for the life of the process. */
static void write_constant(Emitter *e, const IrFunction *fn)
{
    CWriter *w = &e->functions;
    Str value = emit_declaration(e, fn->result, STR("value"));
    Str out = emit_pointer_cast(e, fn->result, false);
    const char *name = str_printf(e->arena, "%.*s", STR_ARG(fn->c_name)).ptr;
    cw_line(&e->prototypes, "static FlowStatus %s(FlowTask *t, %.*sout);", name, STR_ARG(out));
    cw_line(w, "static FlowStatus %s(FlowTask *t, %.*sout)", name, STR_ARG(out));
    cw_open(w);
    cw_line(w, "static bool is_known;");
    cw_line(w, "static %.*s;", STR_ARG(value));
    if (e->has_threads)
        write_shared_constant(e, fn, name);
    else
        write_plain_constant(e, fn, name);
    cw_line(w, "*out = value;");
    cw_line(w, "return FLOW_OK;");
    cw_close(w, "");
    cw_flush_left(w, "%s", "");
}

/* A recursive function can fail at its very beginning. */
static void survey_recursion(FunctionWriter *f)
{
    if (!f->fn->can_recur)
        return;
    f->is_target[0] = true;
    f->has_line = true;
}

static void write_function(Emitter *e, const IrFunction *fn)
{
    CWriter body, *w = &e->functions;
    FunctionWriter f = {.e = e, .w = &body, .fn = fn};
    size_t n = fn->locals.len + 1;
    cw_init(&body, e->arena);
    body.indent = 1;
    f.names = arena_new_array(e->arena, Str, n);
    f.reads = arena_new_array(e->arena, uint32_t, n);
    f.uses = arena_new_array(e->arena, uint32_t, n);
    f.is_target = arena_new_array(e->arena, bool, fn->label_count + 1);
    f.is_loop = arena_new_array(e->arena, bool, fn->label_count + 1);
    f.file = source_get(e->program->model->sources, fn->source)->path;
    survey(&f);
    survey_recursion(&f);
    name_locals(&f);
    views_find(&f);
    write_recursion_guard(&f);
    write_statements(&f);
    write_exit(&f);
    Str head = head_text(&f);
    Str text = strbuf_str(&body.text);
    cw_line(&e->prototypes, "%.*s;", STR_ARG(head));
    cw_line(w, "%.*s", STR_ARG(head));
    cw_open(w);
    f.w = w;
    if (has_status(&f))
        cw_line(w, "FlowStatus s = FLOW_OK;");
    if (f.has_line)
        cw_line(w, "uint32_t line = %u;", fn->code.len ? fn->code.items[0].line : 0);
    declare_slots(&f);
    declare_locals(&f);
    views_declare(&f);
    count_declare(&f);
    if (!mentions_task(text))
        cw_line(w, "(void)t;");
    if (fn->kind == IR_CLOSURE_BODY)
        cw_line(w, "(void)self;");
    quiet_locals(&f);
    cw_flush_left(w, "%s", "");
    strbuf_add(&w->text, text);
    cw_close(w, "");
    cw_flush_left(w, "%s", "");
    if (fn->kind == IR_CONSTANT)
        write_constant(e, fn);
}

/* Functions that only dead code calls are left out. */
static void reach(Emitter *e, const IrFunction *fn)
{
    if (!fn || e->is_reached[fn->id])
        return;
    e->is_reached[fn->id] = true;
    for (size_t i = 0; i < fn->code.len; i++) {
        const IrInst *inst = &fn->code.items[i];
        e->has_threads |= inst->op == IR_OP_RUNTIME && inst->runtime == RT_PARALLEL_MAP;
        reach(e, inst->callee);
    }
}

enum { FILE_UNNAMED = 255 }; /* the largest number that fits beside a line */

/* 0: the flow's own. */
static uint32_t file_number(Emitter *e, uint32_t source)
{
    uint32_t number = 1;
    if (source == e->program->model->file->source)
        return 0;
    for (; number <= e->files.len; number++)
        if (e->files.items[number - 1] == source)
            return number;
    if (number < FILE_UNNAMED)
        vec_push(e->arena, &e->files, source);
    return number;
}

/* What a function notes as the line that runs is one of its own file. */
static void begin_file(Emitter *e, const IrFunction *fn)
{
    uint32_t number = file_number(e, fn->source);
    if (number == e->in_file)
        return;
    e->in_file = number;
    cw_flush_left(&e->functions, "#undef FLOW_IN_FILE");
    cw_flush_left(&e->functions, "#define FLOW_IN_FILE %uu", number);
}

void emit_functions(Emitter *e)
{
    IrProgram *p = e->program;
    e->is_reached = arena_new_array(e->arena, bool, p->functions.len + 1);
    for (size_t i = 0; i < p->tests.len; i++)
        reach(e, p->tests.items[i]);
    for (size_t i = 0; i < p->defaults.len; i++)
        reach(e, p->defaults.items[i]);
    for (size_t i = 0; i < p->steps.len; i++) {
        reach(e, p->steps.items[i].body);
        reach(e, p->steps.items[i].policy);
        reach(e, p->steps.items[i].environment);
    }
    for (size_t i = 0; i < p->functions.len; i++) {
        const IrFunction *fn = p->functions.items[i];
        if (!e->is_reached[fn->id])
            continue;
        if (fn->kind != IR_EXTERN)
            begin_file(e, fn);
        if (fn->kind == IR_EXTERN)
            emit_extern(e, fn);
        else
            write_function(e, fn);
    }
}
