/* SPDX-License-Identifier: Apache-2.0 */
/* lower.c - the whole program: what is reached from the steps becomes functions of the IR.
 *
 * Functions are queued when they are first named and lowered one after another; a closure is
 * lowered at once, in the midst of the function that makes it, because the names it captured are
 * bound to other places inside it. */
#include "emit/lower.h"

/* ---- functions ------------------------------------------------------------------------------ */

static Str file_stem(const Model *m, uint32_t source)
{
    Str path = source_get(m->sources, source)->path;
    size_t from = path.len;
    while (from > 0 && path.ptr[from - 1] != '/')
        from--;
    Str name = str_slice(path, from, path.len);
    ptrdiff_t dot = str_find(name, '.');
    return dot > 0 ? str_slice(name, 0, (size_t)dot) : name;
}

static bool c_name_is_taken(const IrProgram *p, Str c_name)
{
    for (size_t i = 0; i < p->functions.len; i++)
        if (str_eq(p->functions.items[i]->c_name, c_name))
            return true;
    return false;
}

/* fl_area, fl_graph_area, step_search, policy_search, … */
static Str c_name_of(Lower *l, const char *prefix, Str name, uint32_t source, bool is_shared)
{
    StrBuf b;
    strbuf_init(&b, l->arena);
    strbuf_printf(&b, "%s_", prefix);
    if (is_shared && source != l->model->file->source)
        strbuf_printf(&b, "%.*s_", STR_ARG(file_stem(l->model, source)));
    strbuf_add(&b, name);
    Str wanted = strbuf_str(&b);
    StrBuf clean;
    strbuf_init(&clean, l->arena);
    for (size_t i = 0; i < wanted.len; i++) {
        char c = wanted.ptr[i];
        bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        strbuf_add_char(&clean, is_plain ? c : '_');
    }
    Str result = strbuf_str(&clean);
    for (unsigned n = 2; c_name_is_taken(l->program, result); n++)
        result = str_printf(l->arena, "%.*s_%u", STR_ARG(wanted), n);
    return result;
}

static IrFunction *function_new(Lower *l, IrFunctionKind kind, Str name, Str c_name,
                                uint32_t source, const Type *result)
{
    IrFunction *f = arena_new(l->arena, IrFunction);
    f->kind = kind;
    f->id = (uint32_t)l->program->functions.len;
    f->name = name;
    f->c_name = c_name;
    f->source = source;
    f->result = result ? result : l->unit_type;
    vec_push(l->arena, &l->program->functions, f);
    return f;
}

IrFunction *lower_function_of(Lower *l, Decl *fn)
{
    IrFunction *f = map_get_ptr(&l->program->by_decl, fn);
    if (f)
        return f;
    Str c_name = c_name_of(l, "fl", fn->name.name, fn->span.source, true);
    IrFunctionKind kind = fn->kind == DECL_EXTERN_FN ? IR_EXTERN : IR_FUNCTION;
    f = function_new(l, kind, fn->name.name, c_name, fn->span.source, fn->result_type);
    f->is_foreign = kind == IR_EXTERN;
    f->decl = fn;
    map_put_ptr(&l->program->by_decl, fn, f);
    return f;
}

IrFunction *lower_constant_of(Lower *l, Decl *constant)
{
    IrFunction *f = map_get_ptr(&l->program->by_decl, constant);
    if (f)
        return f;
    Str c_name = c_name_of(l, "const", constant->name.name, constant->span.source, true);
    const Type *type = constant->checked_type ? constant->checked_type : constant->value->type;
    f = function_new(l, IR_CONSTANT, constant->name.name, c_name, constant->span.source, type);
    f->decl = constant;
    map_put_ptr(&l->program->by_decl, constant, f);
    return f;
}

void lower_note_builtin(Lower *l, const Builtin *b)
{
    for (size_t i = 0; i < l->fn->builtins.len; i++)
        if (l->fn->builtins.items[i] == b)
            return;
    vec_push(l->arena, &l->fn->builtins, b);
}

/* The line alone: a column would cost a walk along the line. */
static uint32_t line_of(const Source *source, uint32_t offset)
{
    uint32_t low = 0, high = source->line_count;
    while (high - low > 1) {
        uint32_t middle = low + (high - low) / 2;
        if (source->lines[middle] <= offset)
            low = middle;
        else
            high = middle;
    }
    return low + 1;
}

void lower_at(Lower *l, Span span)
{
    if (!l->has_fixed_line && span.source == l->fn->source && span.end > 0)
        l->line = line_of(source_get(l->model->sources, span.source), span.start);
}

/* ---- one function -------------------------------------------------------- */

static void open_function(Lower *l, IrFunction *f)
{
    l->fn = f;
    l->step = f->step;
    l->live = (__typeof__(l->live)){0};
    l->unused = (LocalVec){0};
    l->branch = 0;
    l->touched = NULL;
    l->loop = NULL;
    l->landing = NULL;
    l->handler = 0;
    l->is_dead = false;
    f->is_lowered = true;
}

static void add_param(Lower *l, Binding *b, const Type *type, Str name, bool is_var)
{
    uint32_t index = local_new(l, is_var ? IR_SLOT : IR_VALUE, type, name);
    l->fn->locals.items[index].is_param = true;
    l->fn->param_count++;
    if (b)
        bind(l, b, is_var ? ir_pointee(type, index) : ir_local(type, index), !is_var);
}

static IrPlace add_result(Lower *l)
{
    if (l->fn->result->kind == TYPE_UNIT)
        return NOWHERE;
    l->fn->result_local = local_new(l, IR_VALUE, l->fn->result, STR("result"));
    return ir_local(l->fn->result, l->fn->result_local);
}

/* The exit drops everything, so the end of the body need not. */
static void close_function(Lower *l)
{
    if (!l->is_dead)
        emit_leave(l);
}

static void lower_fn_body(Lower *l, IrFunction *f, Decl *fn)
{
    open_function(l, f);
    for (size_t i = 0; i < fn->params.count; i++) {
        Param *p = &fn->params.items[i];
        add_param(l, p->binding, fn->param_types.items[i], p->name.name, p->is_var);
    }
    if (f->kind == IR_EXTERN)
        return;
    lower_at(l, fn->span);
    lower_statements(l, fn->block, add_result(l));
    close_function(l);
}

static void lower_value_body(Lower *l, IrFunction *f, Expr *value)
{
    open_function(l, f);
    lower_at(l, value->span);
    lower_into(l, value, add_result(l));
    close_function(l);
}

/* ---- closures ------------------------------------------------------------ */

static void add_closure_params(Lower *l, Expr *e)
{
    for (size_t i = 0; i < e->more->params.count; i++) {
        Param *p = &e->more->params.items[i];
        const Type *type = p->binding ? p->binding->type : e->type->fields.items[i].type;
        Str name = p->parts ? str_printf(l->arena, "Parts%zu", i) : p->name.name; /* as no local */
        add_param(l, p->binding, type, name, false);
    }
}

static void bind_captures(Lower *l, Expr *e, const Type *captured)
{
    if (!captured)
        return;
    IrPlace captures = pointer_new(l, captured);
    emit_to(l, IR_OP_CAPTURES, pointer_itself(captures), (IrOperand){0});
    for (uint32_t i = 0; i < e->more->captures.count; i++)
        bind(l, e->more->captures.items[i], ir_field(l->program, captures, i), true);
}

static void lower_closure_statements(Lower *l, Expr *e, const Type *captured)
{
    add_closure_params(l, e);
    IrPlace result = add_result(l);
    bind_captures(l, e, captured);
    lower_at(l, e->span);
    if (e->more->block)
        lower_statements(l, e->more->block, result);
    else if (place_is_nowhere(result))
        lower_effect(l, e->more->body_expr);
    else
        lower_into(l, e->more->body_expr, result);
    close_function(l);
}

IrFunction *lower_closure_body(Lower *l, Expr *e, const Type *captured)
{
    IrFunction *outer = l->fn;
    Str name = str_printf(l->arena, "%.*s", STR_ARG(outer->name));
    Str c_name =
        str_printf(l->arena, "closure_%zu_%.*s", l->program->functions.len, STR_ARG(outer->c_name));
    IrFunction *f = function_new(l, IR_CLOSURE_BODY, name, c_name, outer->source, e->type->item);
    f->step = outer->step;
    Lower saved = *l;
    void **bound = arena_new_array(l->arena, void *, e->more->captures.count + 1);
    for (size_t i = 0; i < e->more->captures.count; i++)
        bound[i] = e->more->captures.items[i]->lowered;
    open_function(l, f);
    lower_closure_statements(l, e, captured);
    for (size_t i = 0; i < e->more->captures.count; i++)
        e->more->captures.items[i]->lowered = bound[i];
    *l = saved;
    return f;
}

IrFunction *lower_thunk(Lower *l, Decl *fn, const Type *type)
{
    Str c_name = str_printf(l->arena, "closure_%zu_of_%.*s", l->program->functions.len,
                            STR_ARG(fn->name.name));
    IrFunction *f =
        function_new(l, IR_CLOSURE_BODY, fn->name.name, c_name, fn->span.source, type->item);
    IrOperand *args = operand_array(l, fn->params.count);
    Lower saved = *l;
    open_function(l, f);
    lower_at(l, fn->span);
    for (size_t i = 0; i < type->fields.count; i++)
        add_param(l, NULL, type->fields.items[i].type, fn->params.items[i].name.name, false);
    IrPlace result = add_result(l);
    for (uint32_t i = 0; i < type->fields.count; i++) {
        Val v = val_borrowed(ir_local(type->fields.items[i].type, i), true);
        args[i] = val_as(l, v, fn->param_types.items[i]).op;
    }
    emit_call(l, lower_function_of(l, fn), type->fields.count, args, result);
    close_function(l);
    *l = saved;
    return f;
}

/* ---- steps --------------------------------------------------------------- */

static IrFunction *step_function(Lower *l, IrFunctionKind kind, const char *prefix, StepModel *step)
{
    uint32_t source = step->decl->span.source;
    Str c_name = c_name_of(l, prefix, step->name, source, false);
    IrFunction *f = function_new(l, kind, step->name, c_name, source, NULL);
    f->step = step;
    open_function(l, f);
    lower_at(l, step->decl->span);
    return f;
}

static IrFunction *lower_body(Lower *l, StepModel *step)
{
    IrFunction *f = step_function(l, IR_BODY, "step", step);
    lower_statements(l, step->decl->block, NOWHERE);
    lower_at(l, step->decl->block->close);
    for (uint32_t i = 0; i < step->edges.len; i++)
        if (step->edges.items[i].kind == EDGE_END)
            lower_next(l, step, &step->edges.items[i], i);
    close_function(l);
    return f;
}

bool ir_policy_constant(const Expr *e, IrOperand *out)
{
    if (!e || !e->type)
        return false;
    switch (e->kind) {
    case EXPR_INT:
    case EXPR_SIZE:
    case EXPR_DURATION:
        *out = ir_int(e->type, e->int_value);
        out->float_value = (double)e->int_value;
        return true;
    case EXPR_FLOAT: *out = ir_float(e->type, e->float_value); return true;
    case EXPR_NAME:
        return e->ref == REF_CONST && e->decl && ir_policy_constant(e->decl->value, out);
    default: return false;
    }
}

static void policy_field(Lower *l, IrPolicyField field, Expr *e)
{
    IrOperand constant;
    if (!e || ir_policy_constant(e, &constant))
        return;
    size_t mark = scope_open(l);
    const Type *type = field == IR_POLICY_CPU ? l->float_type : e->type;
    Val v = lower_expr_as(l, e, type);
    IrInst *i = emit(l, IR_OP_POLICY);
    i->int_value = field;
    i->a = v.op;
    scope_close(l, mark);
}

static IrFunction *lower_policy(Lower *l, StepModel *step)
{
    const Policy *p = &step->policy;
    Expr *const exprs[] = {p->cpu,         p->memory,      p->gpu,          p->disk,
                           p->retry_times, p->retry_delay, p->timeout_after};
    bool is_constant = true;
    IrOperand constant;
    for (size_t i = 0; i < IR_POLICY_COUNT; i++)
        is_constant = is_constant && (!exprs[i] || ir_policy_constant(exprs[i], &constant));
    if (is_constant)
        return NULL;
    IrFunction *f = step_function(l, IR_POLICY_OF, "policy", step);
    for (uint32_t i = 0; i < IR_POLICY_COUNT; i++)
        policy_field(l, i, exprs[i]);
    close_function(l);
    return f;
}

static IrFunction *lower_environment(Lower *l, StepModel *step)
{
    const ArgList *vars = &step->policy.environment_vars;
    if (vars->count == 0)
        return NULL;
    IrFunction *f = step_function(l, IR_ENVIRONMENT, "environment", step);
    for (size_t i = 0; i < vars->count; i++) {
        size_t mark = scope_open(l);
        Val v = lower_expr(l, vars->items[i].value);
        RUNTIME(l, RT_SETENV, NOWHERE, ir_chars(vars->items[i].name.name), v.op);
        scope_close(l, mark);
    }
    close_function(l);
    return f;
}

static IrFunction *lower_default(Lower *l, Decl *param)
{
    if (!param->value)
        return NULL;
    uint32_t source = param->span.source;
    Str c_name = c_name_of(l, "default", param->name.name, source, false);
    IrFunction *f =
        function_new(l, IR_DEFAULT, param->name.name, c_name, source, param->checked_type);
    lower_value_body(l, f, param->value);
    return f;
}

/* ---- the program --------------------------------------------------------- */

static void lower_queued(Lower *l)
{
    for (size_t i = 0; i < l->program->functions.len; i++) {
        IrFunction *f = l->program->functions.items[i];
        if (f->is_lowered)
            continue;
        if (f->kind == IR_CONSTANT)
            lower_value_body(l, f, f->decl->value);
        else
            lower_fn_body(l, f, f->decl);
    }
}

static Lower lower_new(Model *m)
{
    Lower l = {.arena = m->arena, .model = m, .program = arena_new(m->arena, IrProgram)};
    l.program->arena = m->arena;
    l.program->model = m;
    map_init(&l.program->by_decl, m->arena);
    map_init(&l.program->record_fields, m->arena);
    l.int_type = type_base(m->types, TYPE_INT);
    l.float_type = type_base(m->types, TYPE_FLOAT);
    l.bool_type = type_base(m->types, TYPE_BOOL);
    l.string_type = type_base(m->types, TYPE_STRING);
    l.unit_type = type_base(m->types, TYPE_UNIT);
    return l;
}

static IrFunction *lower_test(Lower *l, const Decl *test)
{
    Str name = str_printf(l->arena, "test \"%.*s\"", STR_ARG(test->text));
    Str c_name = str_printf(l->arena, "test_%zu", l->program->tests.len + 1);
    IrFunction *f = function_new(l, IR_FUNCTION, name, c_name, test->name.span.source, NULL);
    open_function(l, f);
    lower_at(l, test->name.span);
    lower_statements(l, test->block, NOWHERE);
    close_function(l);
    return f;
}

IrProgram *lower_tests(Model *m)
{
    Lower l = lower_new(m);
    for (size_t i = 0; i < m->tests.len; i++) {
        IrFunction *f = lower_test(&l, m->tests.items[i]);
        vec_push(m->arena, &l.program->tests, f);
    }
    lower_queued(&l);
    callgraph_find_recursion(l.program);
    callgraph_spread(l.program);
    return l.program;
}

IrProgram *lower_program(Model *m)
{
    Lower l = lower_new(m);
    for (size_t i = 0; i < m->params.len; i++) {
        IrFunction *f = lower_default(&l, m->params.items[i]);
        vec_push(m->arena, &l.program->defaults, f);
    }
    for (size_t i = 0; i < m->steps.len; i++) {
        StepModel *step = m->steps.items[i];
        IrStepCode code = {.step = step};
        code.body = lower_body(&l, step);
        code.policy = lower_policy(&l, step);
        code.environment = lower_environment(&l, step);
        vec_push(m->arena, &l.program->steps, code);
    }
    lower_queued(&l);
    callgraph_find_recursion(l.program);
    callgraph_spread(l.program);
    return l.program;
}
