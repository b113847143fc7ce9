/* SPDX-License-Identifier: Apache-2.0 */
/* emit_extern.c - calls of the user's C.
 *
 *     extern fn dot(a: [float], b: [float]) -> float from "dot.c"
 *
 * is in C
 *
 *     double dot(const double *, int64_t, const double *, int64_t);
 *
 * A list is its items and how many there are, a matrix its elements, row by row, how many rows and
 * how many columns, a string its bytes and how many; a `var` parameter
 * is a pointer to what can be changed.  A string that comes back was made by malloc, and is freed
 * here.  Our code names the C function through an assembler label, so that a name which C or its
 * library has already does no harm there. */
#include "emit/emit.h"

static const char *number_type(const Type *t)
{
    return t->kind == TYPE_FLOAT ? "double" : t->kind == TYPE_BOOL ? "bool" : "int64_t";
}

static void add_param(StrBuf *b, const Type *t, bool is_var)
{
    if (t->kind == TYPE_STRING)
        strbuf_add(b, STR("const char *, int64_t"));
    else if (t->kind == TYPE_LIST)
        strbuf_printf(b, "%s%s *, int64_t", is_var ? "" : "const ", number_type(t->item));
    else if (t->is_matrix)
        strbuf_printf(b, "%sdouble *, int64_t, int64_t", is_var ? "" : "const ");
    else
        strbuf_printf(b, "%s%s", number_type(t), is_var ? " *" : "");
}

/* The prototype without its semicolon, under `name`. */
static Str prototype(Arena *a, const IrFunction *fn, Str name)
{
    const Type *result = fn->result;
    StrBuf b;
    strbuf_init(&b, a);
    strbuf_printf(&b, "%s%.*s(",
                  result->kind == TYPE_UNIT     ? "void "
                  : result->kind == TYPE_STRING ? "char *"
                  : result->kind == TYPE_FLOAT  ? "double "
                  : result->kind == TYPE_BOOL   ? "bool "
                                                : "int64_t ",
                  STR_ARG(name));
    for (uint32_t i = 0; i < fn->param_count; i++) {
        strbuf_add(&b, i ? STR(", ") : STR(""));
        add_param(&b, fn->locals.items[i].type, fn->locals.items[i].kind == IR_SLOT);
    }
    strbuf_add(&b, fn->param_count ? STR(")") : STR("void)"));
    return strbuf_str(&b);
}

/* ---- the call ------------------------------------------------------------ */

static bool is_list(const IrFunction *fn, uint32_t i)
{
    return fn->locals.items[i].type->kind == TYPE_LIST;
}

static bool is_var(const IrFunction *fn, uint32_t i)
{
    return fn->locals.items[i].kind == IR_SLOT;
}

static Str head(Emitter *e, const IrFunction *fn)
{
    StrBuf b;
    strbuf_init(&b, e->arena);
    strbuf_printf(&b, "static FlowStatus %.*s(FlowTask *t", STR_ARG(fn->c_name));
    for (uint32_t i = 0; i < fn->param_count; i++) {
        const Type *type = fn->locals.items[i].type;
        Str name = str_printf(e->arena, "a_%u", i);
        Str param = is_var(fn, i) ? str_concat(e->arena, emit_pointer_cast(e, type, false), name)
                                  : emit_declaration(e, type, name);
        strbuf_printf(&b, ", %.*s", STR_ARG(param));
    }
    if (fn->result->kind != TYPE_UNIT)
        strbuf_printf(&b, ", %.*sout", STR_ARG(emit_pointer_cast(e, fn->result, false)));
    strbuf_add_char(&b, ')');
    return strbuf_str(&b);
}

/* Lists are made plain arrays: a copy of what is a range, and of what others hold, too, where it
 * can be changed. */
static void prepare_lists(Emitter *e, CWriter *w, const IrFunction *fn)
{
    for (uint32_t i = 0; i < fn->param_count; i++) {
        bool is_matrix = fn->locals.items[i].type->is_matrix && is_var(fn, i);
        if (!is_list(fn, i) && !is_matrix)
            continue;
        cw_line(w, "if (s == FLOW_OK)");
        if (is_matrix)
            cw_line(w, "    s = flow_matrix_reserve(t, a_%u);", i);
        else if (is_var(fn, i))
            cw_line(w, "    s = flow_list_reserve(t, a_%u, %s, (size_t)flow_list_len(*a_%u));", i,
                    emit_descriptor(e, fn->locals.items[i].type->item), i);
        else
            cw_line(w, "    s = flow_list_flat(t, a_%u, &list_%u);", i, i);
    }
}

static Str argument(Emitter *e, const IrFunction *fn, uint32_t i)
{
    const Type *type = fn->locals.items[i].type;
    if (type->kind == TYPE_STRING)
        return str_printf(e->arena, "flow_string_bytes(a_%u), (int64_t)flow_string_len_bytes(a_%u)",
                          i, i);
    if (type->is_matrix) {
        const char *m = str_printf(e->arena, is_var(fn, i) ? "a_%u->" : "a_%u.", i).ptr;
        return str_printf(e->arena, "%sitems ? %sitems->items : NULL, %srows, %scols", m, m, m, m);
    }
    if (type->kind != TYPE_LIST)
        return str_printf(e->arena, "a_%u", i);
    const char *list = str_printf(e->arena, is_var(fn, i) ? "(*a_%u)" : "list_%u", i).ptr;
    return str_printf(e->arena, "%s ? (%s%s *)%s->items : NULL, flow_list_len(%s)", list,
                      is_var(fn, i) ? "" : "const ", number_type(type->item), list, list);
}

static void write_call(Emitter *e, CWriter *w, const IrFunction *fn)
{
    StrBuf b;
    strbuf_init(&b, e->arena);
    for (uint32_t i = 0; i < fn->param_count; i++) {
        Str one = argument(e, fn, i);
        strbuf_printf(&b, "%s%.*s", i ? ", " : "", STR_ARG(one));
    }
    Str args = strbuf_str(&b);
    cw_line(w, "if (s == FLOW_OK)");
    if (fn->result->kind == TYPE_UNIT)
        cw_line(w, "    extern_%u(%.*s);", fn->id, STR_ARG(args));
    else if (fn->result->kind == TYPE_STRING)
        cw_line(w, "    s = flow_string_take_c(t, extern_%u(%.*s), out);", fn->id, STR_ARG(args));
    else
        cw_line(w, "    *out = extern_%u(%.*s);", fn->id, STR_ARG(args));
}

void emit_extern(Emitter *e, const IrFunction *fn)
{
    CWriter *w = &e->functions;
    Str name = str_printf(e->arena, "extern_%u", fn->id);
    Str declared = prototype(e->arena, fn, name), text = head(e, fn);
    cw_line(&e->prototypes, "extern %.*s __asm__(\"%.*s\");", STR_ARG(declared),
            STR_ARG(fn->name));
    cw_line(&e->prototypes, "%.*s;", STR_ARG(text));
    cw_line(w, "%.*s", STR_ARG(text));
    cw_open(w);
    cw_line(w, "FlowStatus s = FLOW_OK;");
    cw_line(w, "(void)t;");
    for (uint32_t i = 0; i < fn->param_count; i++)
        if (is_list(fn, i) && !is_var(fn, i))
            cw_line(w, "FlowList *list_%u = NULL;", i);
    prepare_lists(e, w, fn);
    write_call(e, w, fn);
    for (uint32_t i = 0; i < fn->param_count; i++)
        if (is_list(fn, i) && !is_var(fn, i))
            cw_line(w, "flow_list_release(list_%u);", i);
    cw_line(w, "return s;");
    cw_close(w, "");
    cw_flush_left(w, "%s", "");
}

/* ---- the user's files ---------------------------------------------------- */

static ForeignFile *file_of(Arena *a, ForeignFiles *files, uint32_t source)
{
    for (size_t i = 0; i < files->len; i++)
        if (files->items[i].source == source)
            return &files->items[i];
    ForeignFile fresh = {source, STR("#include <stdbool.h>\n#include <stdint.h>\n")};
    vec_push(a, files, fresh);
    return &files->items[files->len - 1];
}

ForeignFiles emit_foreign_files(IrProgram *p)
{
    ForeignFiles files = {0};
    for (size_t i = 0; i < p->functions.len; i++) {
        const IrFunction *fn = p->functions.items[i];
        if (fn->kind != IR_EXTERN)
            continue;
        ForeignFile *file = file_of(p->arena, &files, fn->decl->from_source);
        Str line = str_printf(p->arena, "%.*s;\n",
                              STR_ARG(prototype(p->arena, fn, fn->name)));
        file->header = str_concat(p->arena, file->header, line);
    }
    return files;
}
