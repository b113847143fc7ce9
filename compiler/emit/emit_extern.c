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
 * how many columns; a string, bytes and the text of json are octets and how many.  A `var`
 * parameter is a pointer to what can be changed.  A string, bytes or json that comes back was made
 * by malloc, and is freed here; how many bytes, the function says through a last pointer.  Our code
 * names the C function through an assembler label, so that a name which C or its library has
 * already does no harm there. */
#include "emit/emit.h"

static const char *number_type(const Type *t)
{
    return t->kind == TYPE_FLOAT ? "double" : t->kind == TYPE_BOOL ? "bool" : "int64_t";
}

static void add_param(StrBuf *b, const Type *t, bool is_var)
{
    if (t->kind == TYPE_STRING || t->kind == TYPE_JSON)
        strbuf_add(b, STR("const char *, int64_t"));
    else if (t->kind == TYPE_BYTES)
        strbuf_add(b, STR("const uint8_t *, int64_t"));
    else if (t->kind == TYPE_LIST)
        strbuf_printf(b, "%s%s *, int64_t", is_var ? "" : "const ", number_type(t->item));
    else if (t->is_matrix)
        strbuf_printf(b, "%sdouble *, int64_t, int64_t", is_var ? "" : "const ");
    else
        strbuf_printf(b, "%s%s", number_type(t), is_var ? " *" : "");
}

static const char *result_type(const Type *t)
{
    switch (t->kind) {
    case TYPE_UNIT: return "void ";
    case TYPE_STRING:
    case TYPE_JSON: return "char *";
    case TYPE_BYTES: return "uint8_t *";
    case TYPE_FLOAT: return "double ";
    case TYPE_BOOL: return "bool ";
    default: return "int64_t ";
    }
}

/* The prototype without its semicolon, under `name`. */
static Str prototype(Arena *a, const IrFunction *fn, Str name)
{
    bool says_len = fn->result->kind == TYPE_BYTES;
    StrBuf b;
    strbuf_init(&b, a);
    strbuf_printf(&b, "%s%.*s(", result_type(fn->result), STR_ARG(name));
    for (uint32_t i = 0; i < fn->param_count; i++) {
        strbuf_add(&b, i ? STR(", ") : STR(""));
        add_param(&b, fn->locals.items[i].type, fn->locals.items[i].kind == IR_SLOT);
    }
    if (says_len)
        strbuf_add(&b, fn->param_count ? STR(", int64_t *") : STR("int64_t *"));
    strbuf_add(&b, fn->param_count || says_len ? STR(")") : STR("void)"));
    return strbuf_str(&b);
}

/* ---- the call ------------------------------------------------------------ */

static bool is_list(const IrFunction *fn, uint32_t i)
{
    return fn->locals.items[i].type->kind == TYPE_LIST;
}

static bool is_json(const IrFunction *fn, uint32_t i)
{
    return fn->locals.items[i].type->kind == TYPE_JSON;
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

/* What is made of an argument for the call alone. */
static void declare_rooms(CWriter *w, const IrFunction *fn)
{
    for (uint32_t i = 0; i < fn->param_count; i++) {
        if (is_list(fn, i) && !is_var(fn, i))
            cw_line(w, "FlowList *list_%u = NULL;", i);
        if (is_json(fn, i))
            cw_line(w, "FlowString *text_%u = NULL;", i);
    }
    if (fn->result->kind == TYPE_BYTES)
        cw_line(w, "int64_t len = 0;");
}

static void release_rooms(CWriter *w, const IrFunction *fn)
{
    for (uint32_t i = 0; i < fn->param_count; i++) {
        if (is_list(fn, i) && !is_var(fn, i))
            cw_line(w, "flow_list_release(list_%u);", i);
        if (is_json(fn, i))
            cw_line(w, "flow_string_release(text_%u);", i);
    }
}

/* Lists are made plain arrays: a copy of what is a range, and of what others hold, too, where it
 * can be changed.  Json becomes a text. */
static void prepare_arguments(Emitter *e, CWriter *w, const IrFunction *fn)
{
    for (uint32_t i = 0; i < fn->param_count; i++) {
        bool is_matrix = fn->locals.items[i].type->is_matrix && is_var(fn, i);
        if (!is_list(fn, i) && !is_matrix && !is_json(fn, i))
            continue;
        cw_line(w, "if (s == FLOW_OK)");
        if (is_json(fn, i))
            cw_line(w, "    s = flow_json_text(t, a_%u, &text_%u);", i, i);
        else if (is_matrix)
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
    if (type->kind == TYPE_STRING || type->kind == TYPE_BYTES || type->kind == TYPE_JSON) {
        const char *from = type->kind == TYPE_JSON ? "text" : "a";
        const char *cast = type->kind == TYPE_BYTES ? "(const uint8_t *)" : "";
        return str_printf(e->arena,
                          "%sflow_string_bytes(%s_%u), (int64_t)flow_string_len_bytes(%s_%u)",
                          cast, from, i, from, i);
    }
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
    if (fn->result->kind == TYPE_BYTES)
        strbuf_add(&b, fn->param_count ? STR(", &len") : STR("&len"));
    Str args = strbuf_str(&b);
    cw_line(w, "if (s == FLOW_OK)");
    if (fn->result->kind == TYPE_UNIT)
        cw_line(w, "    extern_%u(%.*s);", fn->id, STR_ARG(args));
    else if (fn->result->kind == TYPE_STRING)
        cw_line(w, "    s = flow_string_take_c(t, extern_%u(%.*s), out);", fn->id, STR_ARG(args));
    else if (fn->result->kind == TYPE_JSON)
        cw_line(w, "    s = flow_json_take_c(t, extern_%u(%.*s), out);", fn->id, STR_ARG(args));
    else if (fn->result->kind == TYPE_BYTES)
        cw_line(w, "    s = flow_bytes_take_c(t, extern_%u(%.*s), &len, out);", fn->id,
                STR_ARG(args));
    else
        cw_line(w, "    *out = extern_%u(%.*s);", fn->id, STR_ARG(args));
}

/* Its place among them, from 1. */
static uint32_t number_of(const IrProgram *p, const IrFunction *fn)
{
    uint32_t number = 0;
    for (size_t i = 0; i <= fn->id; i++)
        number += p->functions.items[i]->kind == IR_EXTERN;
    return number;
}

uint32_t emit_extern_names(Emitter *e)
{
    const IrProgram *p = e->program;
    uint32_t count = 0;
    for (size_t i = 0; i < p->functions.len; i++) {
        const IrFunction *fn = p->functions.items[i];
        if (fn->kind != IR_EXTERN)
            continue;
        if (count++ == 0)
            cw_line(&e->tables, "static const char *const externs[] = {");
        cw_line(&e->tables, "    \"%.*s\",", STR_ARG(fn->name));
    }
    if (count > 0)
        cw_line(&e->tables, "};");
    return count;
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
    declare_rooms(w, fn);
    prepare_arguments(e, w, fn);
    cw_line(w, "flow_at_foreign(t, %u);", number_of(e->program, fn));
    write_call(e, w, fn);
    cw_line(w, "flow_at_foreign(t, 0);");
    release_rooms(w, fn);
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

/* The prototype with what Flow calls each parameter.  A message of the C compiler points at the
 * .flow file, where the author says what the types are. */
static Str documented(Arena *a, const SourceSet *sources, const IrFunction *fn)
{
    Span at = fn->decl->name.span;
    Str file = c_string(a, source_get(sources, at.source)->path);
    StrBuf b;
    strbuf_init(&b, a);
    strbuf_printf(&b, "\n/* %.*s(", STR_ARG(fn->name));
    for (uint32_t i = 0; i < fn->param_count; i++) {
        const Type *type = fn->locals.items[i].type;
        Str name = fn->decl->params.items[i].name.name;
        strbuf_printf(&b, "%s%s%.*s: %.*s", i ? ", " : "", is_var(fn, i) ? "var " : "",
                      STR_ARG(name), STR_ARG(type->name));
    }
    if (fn->result->kind != TYPE_UNIT)
        strbuf_printf(&b, ") -> %.*s */\n", STR_ARG(fn->result->name));
    else
        strbuf_add(&b, STR(") */\n"));
    Str declared = prototype(a, fn, fn->name);
    strbuf_printf(&b, "#line %u %.*s\n%.*s;\n", span_place(sources, at).line, STR_ARG(file),
                  STR_ARG(declared));
    return strbuf_str(&b);
}

ForeignFiles emit_foreign_files(IrProgram *p)
{
    ForeignFiles files = {0};
    for (size_t i = 0; i < p->functions.len; i++) {
        const IrFunction *fn = p->functions.items[i];
        if (fn->kind != IR_EXTERN)
            continue;
        ForeignFile *file = file_of(p->arena, &files, fn->decl->from_source);
        Str text = documented(p->arena, p->model->sources, fn);
        file->header = str_concat(p->arena, file->header, text);
    }
    return files;
}
