/* SPDX-License-Identifier: Apache-2.0 */
/* emit_type.c - C structs and FlowType descriptors, made when they are first named.
 *
 * A struct is written after those that it holds by value; descriptors are declared first and may
 * then name one another in any order. */
#include "emit/emit.h"

static bool is_failure(const Emitter *e, const Type *t)
{
    return t == e->program->model->failure;
}

static Str plain_name(Arena *a, Str name)
{
    StrBuf b;
    strbuf_init(&b, a);
    for (size_t i = 0; i < name.len; i++) {
        char c = name.ptr[i];
        bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        strbuf_add_char(&b, plain ? c : '_');
    }
    return strbuf_str(&b);
}

Str emit_field_name(Emitter *e, const Type *owner, uint32_t index)
{
    static const char *const of_matrix[] = {"rows", "cols", "items"};
    if (owner->is_matrix)
        return str_from(of_matrix[index]);
    if (is_failure(e, owner))
        return ir_field_name(e->program, owner, index);
    if (owner->kind == TYPE_TUPLE)
        return str_printf(e->arena, "f_%u", index);
    return str_printf(e->arena, "f_%.*s", STR_ARG(ir_field_name(e->program, owner, index)));
}

/* ---- C types ------------------------------------------------------------------------------- */

static void write_fields(Emitter *e, CWriter *w, const Type *t)
{
    size_t count = ir_field_count(e->program, t);
    for (uint32_t i = 0; i < count; i++) {
        Str name = emit_field_name(e, t, i);
        Str field = emit_declaration(e, ir_field_type(e->program, t, i), name);
        cw_line(w, "%.*s;", STR_ARG(field));
    }
    if (count == 0)
        cw_line(w, "char nothing;");
}

/* The values of all cases in one room, behind the tag. */
static void write_cases(Emitter *e, CWriter *w, const Type *t)
{
    bool is_open = false;
    cw_line(w, "int64_t tag;");
    for (uint32_t i = 0; i < t->fields.count; i++) {
        const Type *values = t->fields.items[i].type;
        if (values->kind != TYPE_TUPLE)
            continue;
        if (!is_open)
            cw_line(w, "union {");
        is_open = true;
        Str field = emit_declaration(e, values, str_printf(e->arena, "case_%u", i));
        cw_line(w, "    %.*s;", STR_ARG(field));
    }
    if (is_open)
        cw_line(w, "};");
}

static const char *struct_name(Emitter *e, const Type *t)
{
    const char *prefix = t->kind == TYPE_OPTION   ? "option"
                         : t->kind == TYPE_TUPLE  ? "tuple"
                         : t->kind == TYPE_RECORD ? "record"
                                                  : "fl";
    Str name = plain_name(e->arena, t->name);
    if (t->kind == TYPE_STRUCT || t->kind == TYPE_ENUM)
        return str_printf(e->arena, "%s_%.*s_%u", prefix, STR_ARG(name), ++e->type_count).ptr;
    return str_printf(e->arena, "%s_%u", prefix, ++e->type_count).ptr;
}

static const char *define_struct(Emitter *e, const Type *t)
{
    CWriter w;
    cw_init(&w, e->arena);
    const char *name = struct_name(e, t);
    map_put_ptr(&e->struct_names, t, (void *)(uintptr_t)name);
    cw_line(&w, "typedef struct %s { /* %.*s */", name, STR_ARG(t->name));
    w.indent++;
    if (t->kind == TYPE_OPTION) {
        Str value = emit_declaration(e, t->item, STR("value"));
        cw_line(&w, "bool some;");
        cw_line(&w, "%.*s;", STR_ARG(value));
    } else if (t->kind == TYPE_ENUM) {
        write_cases(e, &w, t);
    } else {
        write_fields(e, &w, t);
    }
    w.indent--;
    cw_line(&w, "} %s;", name);
    strbuf_add(&e->structs.text, strbuf_str(&w.text));
    cw_flush_left(&e->structs, "%s", "");
    return name;
}

const char *emit_type(Emitter *e, const Type *t)
{
    switch (t->kind) {
    case TYPE_INT:
    case TYPE_SIZE:
    case TYPE_DURATION:
    case TYPE_TIME: return "int64_t";
    case TYPE_FLOAT: return "double";
    case TYPE_BOOL: return "bool";
    case TYPE_STRING:
    case TYPE_BYTES:
    case TYPE_SECRET: return "FlowString *";
    case TYPE_JSON: return "FlowJson *";
    case TYPE_LIST: return "FlowList *";
    case TYPE_MAP: return "FlowMap *";
    case TYPE_FN: return "FlowClosure *";
    case TYPE_OPTION:
    case TYPE_TUPLE:
    case TYPE_STRUCT:
    case TYPE_ENUM:
    case TYPE_RECORD: {
        if (is_failure(e, t))
            return "FlowFailure";
        if (t->is_matrix)
            return "FlowMatrix";
        if (t->is_boxed)
            return "FlowList *";
        const char *known = map_get_ptr(&e->struct_names, t);
        return known ? known : define_struct(e, t);
    }
    default: return "char";
    }
}

static bool is_pointer(const char *type)
{
    return type[strlen(type) - 1] == '*';
}

Str emit_declaration(Emitter *e, const Type *t, Str name)
{
    const char *type = emit_type(e, t);
    return str_printf(e->arena, is_pointer(type) ? "%s%.*s" : "%s %.*s", type, STR_ARG(name));
}

Str emit_pointer_cast(Emitter *e, const Type *t, bool is_const)
{
    const char *type = emit_type(e, t);
    if (!is_const)
        return str_printf(e->arena, is_pointer(type) ? "%s*" : "%s *", type);
    return str_printf(e->arena, is_pointer(type) ? "%sconst *" : "const %s *", type);
}

Str emit_const_pointer(Emitter *e, const Type *t, Str name)
{
    return str_concat(e->arena, emit_pointer_cast(e, t, true), name);
}

/* FlowStatus (*)(FlowTask *, const FlowClosure *, arguments…, result *) */
const char *emit_fn_type(Emitter *e, const Type *t)
{
    const char *known = map_get_ptr(&e->fn_types, t);
    if (known)
        return known;
    const char *name = str_printf(e->arena, "fn_%u", ++e->type_count).ptr;
    StrBuf b;
    strbuf_init(&b, e->arena);
    for (size_t i = 0; i < t->fields.count; i++)
        strbuf_printf(&b, ", %s", emit_type(e, t->fields.items[i].type));
    if (t->item && t->item->kind != TYPE_UNIT)
        strbuf_printf(&b, ", %.*s", STR_ARG(emit_pointer_cast(e, t->item, false)));
    Str params = strbuf_str(&b);
    cw_line(&e->structs, "typedef FlowStatus (*%s)(FlowTask *, const FlowClosure *%.*s);", name,
            STR_ARG(params));
    cw_flush_left(&e->structs, "%s", "");
    map_put_ptr(&e->fn_types, t, (void *)(uintptr_t)name);
    return name;
}

const char *emit_apply(Emitter *e, const Type *t)
{
    const char *known = map_get_ptr(&e->apply_names, t);
    if (known)
        return known;
    const char *fn = emit_fn_type(e, t);
    const char *name = str_printf(e->arena, "apply_%s", fn).ptr;
    Str item = emit_pointer_cast(e, t->fields.items[0].type, true);
    CWriter *w = &e->structs;
    cw_line(w, "static FlowStatus %s(FlowTask *t, const FlowClosure *f, const void *item, "
               "void *out)", name);
    cw_line(w, "{");
    cw_line(w, "    return ((%s)f->call)(t, f, *(%.*s)item, out);", fn, STR_ARG(item));
    cw_line(w, "}");
    cw_flush_left(w, "%s", "");
    map_put_ptr(&e->apply_names, t, (void *)(uintptr_t)name);
    return name;
}

/* ---- descriptors --------------------------------------------------------- */

/* What the runtime itself defines. */
static const char *shared_descriptor(const Emitter *e, const Type *t)
{
    if (is_failure(e, t))
        return "&flow_type_failure";
    if (t->is_matrix)
        return "&flow_type_matrix";
    switch (t->kind) {
    case TYPE_INT: return "&flow_type_int";
    case TYPE_FLOAT: return "&flow_type_float";
    case TYPE_BOOL: return "&flow_type_bool";
    case TYPE_STRING: return "&flow_type_string";
    case TYPE_SIZE: return "&flow_type_size";
    case TYPE_DURATION: return "&flow_type_duration";
    case TYPE_TIME: return "&flow_type_time";
    case TYPE_BYTES: return "&flow_type_bytes";
    case TYPE_JSON: return "&flow_type_json";
    case TYPE_SECRET: return "&flow_type_secret";
    case TYPE_OPTION: return is_failure(e, t->item) ? "&flow_type_failure_option" : NULL;
    case TYPE_LIST:
        return t->item->kind == TYPE_INT      ? "&flow_type_int_list"
               : t->item->kind == TYPE_FLOAT  ? "&flow_type_float_list"
               : t->item->kind == TYPE_BOOL   ? "&flow_type_bool_list"
               : t->item->kind == TYPE_STRING ? "&flow_type_string_list"
                                              : NULL;
    case TYPE_MAP:
    case TYPE_FN:
    case TYPE_TUPLE:
    case TYPE_STRUCT:
    case TYPE_ENUM:
    case TYPE_RECORD: return NULL;
    default: return "&flow_type_unit";
    }
}

static const char *kind_name(const Type *t)
{
    switch (t->kind) {
    case TYPE_LIST: return "FLOW_LIST";
    case TYPE_MAP: return "FLOW_MAP";
    case TYPE_OPTION: return "FLOW_OPTION";
    case TYPE_TUPLE: return "FLOW_TUPLE";
    case TYPE_FN: return "FLOW_CLOSURE";
    case TYPE_ENUM: return "FLOW_ENUM";
    default: return "FLOW_STRUCT";
    }
}

static void write_field_table(Emitter *e, CWriter *w, const Type *t, const char *id)
{
    cw_line(w, "static const FlowField fields_%s[] = {", id);
    w->indent++;
    for (uint32_t i = 0; i < ir_field_count(e->program, t); i++) {
        Str shown = ir_field_name(e->program, t, i);
        Str label = c_string(e->arena, shown);
        Str member = emit_field_name(e, t, i);
        const char *type = emit_descriptor(e, ir_field_type(e->program, t, i));
        cw_line(w, "{%.*s, %s, offsetof(%s, %.*s)},", STR_ARG(label), type, emit_type(e, t),
                STR_ARG(member));
    }
    w->indent--;
    cw_line(w, "};");
}

static void write_case_table(Emitter *e, CWriter *w, const Type *t, const char *id)
{
    cw_line(w, "static const FlowField fields_%s[] = {", id);
    for (uint32_t i = 0; i < t->fields.count; i++) {
        const Type *values = t->fields.items[i].type;
        Str label = c_string(e->arena, t->fields.items[i].name);
        const char *type = emit_descriptor(e, values);
        if (values->kind == TYPE_TUPLE)
            cw_line(w, "    {%.*s, %s, offsetof(%s, case_%u)},", STR_ARG(label), type,
                    emit_type(e, t), i);
        else
            cw_line(w, "    {%.*s, %s, 0},", STR_ARG(label), type);
    }
    cw_line(w, "};");
}

static const char *write_fields_of(Emitter *e, CWriter *w, const Type *t, const char *id)
{
    if (t->is_boxed)
        return "NULL, 0";
    if (t->kind == TYPE_ENUM) {
        write_case_table(e, w, t, id);
        return str_printf(e->arena, "fields_%s, %zu", id, t->fields.count).ptr;
    }
    if (t->kind == TYPE_OPTION) {
        cw_line(w, "static const FlowField fields_%s[] = {{\"\", %s, offsetof(%s, value)}};", id,
                emit_descriptor(e, t->item), emit_type(e, t));
        return str_printf(e->arena, "fields_%s, 1", id).ptr;
    }
    bool has_fields = t->kind == TYPE_TUPLE || t->kind == TYPE_STRUCT || t->kind == TYPE_RECORD;
    size_t count = has_fields ? ir_field_count(e->program, t) : 0;
    if (count == 0)
        return "NULL, 0";
    write_field_table(e, w, t, id);
    return str_printf(e->arena, "fields_%s, %zu", id, count).ptr;
}

static void define_descriptor(Emitter *e, const Type *t, const char *id)
{
    CWriter w;
    cw_init(&w, e->arena);
    const char *fields = write_fields_of(e, &w, t, id);
    bool has_item = t->kind == TYPE_LIST || t->kind == TYPE_MAP || t->kind == TYPE_OPTION;
    const char *item = has_item ? emit_descriptor(e, t->item) : "NULL";
    const char *key = t->kind == TYPE_MAP ? emit_descriptor(e, t->key) : "NULL";
    Str name = c_string(e->arena, t->name);
    cw_line(&w, "static const FlowType type_%s = {%s, sizeof(%s), %s, %.*s, %s, %s, %s};", id,
            kind_name(t), emit_type(e, t), ir_is_counted(e->program, t) ? "true" : "false",
            STR_ARG(name), item, key, fields);
    strbuf_add(&e->descriptors.text, strbuf_str(&w.text));
}

const char *emit_descriptor(Emitter *e, const Type *t)
{
    const char *shared = shared_descriptor(e, t);
    if (shared)
        return shared;
    const char *known = map_get_ptr(&e->descriptors_by_type, t);
    if (known)
        return known;
    const char *id = str_printf(e->arena, "%u", ++e->type_count).ptr;
    const char *text = str_printf(e->arena, "&type_%s", id).ptr;
    map_put_ptr(&e->descriptors_by_type, t, (void *)(uintptr_t)text);
    cw_line(&e->descriptor_names, "static const FlowType type_%s;", id);
    define_descriptor(e, t, id);
    return text;
}

/* ---- literals ------------------------------------------------------------ */

const char *emit_literal(Emitter *e, Str text)
{
    if (text.len == 0)
        return "NULL";
    const char *known = map_get(&e->literals_by_text, text);
    if (known)
        return known;
    size_t id = e->literals_by_text.len + 1;
    Str quoted = c_string(e->arena, text);
    cw_line(&e->literals, "static FLOW_STRING_LITERAL(literal_%zu, %.*s, %zu);", id,
            STR_ARG(quoted), text.len);
    const char *name = str_printf(e->arena, "(FlowString *)&literal_%zu", id).ptr;
    map_put(&e->literals_by_text, text, (void *)(uintptr_t)name);
    return name;
}
