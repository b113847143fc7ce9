/* SPDX-License-Identifier: Apache-2.0 */
/* Foreign code: which types cross over to it, and the files that it comes from. */
#include "sema/check.h"

/* ---- files ----------------------------------------------------------------------- */

static Str beside(Checker *c, uint32_t source, Str name)
{
    Str path = source_get(c->m->sources, source)->path;
    size_t folder = path.len;
    while (folder > 0 && path.ptr[folder - 1] != '/')
        folder--;
    if (str_starts_with(name, STR("/")))
        return name;
    return str_concat(c->arena, str_slice(path, 0, folder), name);
}

uint32_t check_foreign_file(Checker *c, Span place, Str name)
{
    Str path = beside(c, place.source, name), why;
    for (uint32_t i = 0; i < c->m->sources->files.len; i++) {
        if (str_eq(source_get(c->m->sources, i)->path, path))
            return i;
    }
    uint32_t source;
    if (source_read(c->m->sources, path, &source, &why))
        return source;
    Diag *d = diag_error(c->m->diags, F0331, place, "%.*s", STR_ARG(why));
    diag_help(d, "the path counts from the folder of this .flow file");
    return 0;
}

/* ---- extern functions ------------------------------------------------------------ */

static bool is_number(const Type *t)
{
    return t->kind == TYPE_INT || t->kind == TYPE_FLOAT || t->kind == TYPE_SIZE ||
           t->kind == TYPE_DURATION;
}

static bool can_be_given(const Type *t, bool is_var)
{
    bool is_list = t->kind == TYPE_LIST && is_number(t->item);
    return is_number(t) || t->kind == TYPE_BOOL || is_list || type_is_error(t) ||
           (t->kind == TYPE_STRING && !is_var);
}

static bool can_be_result(const Type *t)
{
    return is_number(t) || t->kind == TYPE_BOOL || t->kind == TYPE_STRING ||
           t->kind == TYPE_UNIT || type_is_error(t);
}

static void refuse(Checker *c, Span span, const Type *t, const char *verb, const char *which)
{
    Diag *d = diag_error(c->m->diags, F0330, span, "C code cannot %s a `%.*s`", verb,
                         STR_ARG(t->name));
    diag_help(d, "%s", which);
}

void check_extern(Checker *c, Decl *decl)
{
    for (size_t i = 0; i < decl->params.count; i++) {
        const Param *p = &decl->params.items[i];
        const Type *type = decl->param_types.items[i];
        if (!can_be_given(type, p->is_var))
            refuse(c, p->type->span, type, p->is_var ? "change" : "take",
                   "it takes numbers, bools, sizes, durations, strings, and lists of numbers; a "
                   "`var` one of them, save strings, it can change");
    }
    if (!can_be_result(decl->result_type))
        refuse(c, decl->result->span, decl->result_type, "give",
               "it gives a number, bool, size, duration or string; a list comes back through a "
               "`var` parameter that has its length already");
    decl->from_source = check_foreign_file(c, decl->name.span, decl->text);
}
