/* SPDX-License-Identifier: Apache-2.0 */
#include "sema/model.h"

static void add_field(Arena *a, Type *type, const char *name, const Type *of)
{
    TypeField *f = &type->fields.items[type->fields.count++];
    *f = (TypeField){.name = str_copy(a, str_from(name)), .type = of};
}

/* struct Failure { message: string, why: string, attempts: int }, as runtime and C know it. */
static const Type *failure_new(Model *m)
{
    Decl *decl = arena_new(m->arena, Decl);
    decl->kind = DECL_STRUCT;
    decl->name.name = STR("Failure");
    Type *type = type_struct_new(m->types, decl, decl->name.name);
    type->fields.items = arena_new_array(m->arena, TypeField, 3);
    add_field(m->arena, type, "message", type_base(m->types, TYPE_STRING));
    add_field(m->arena, type, "why", type_base(m->types, TYPE_STRING));
    add_field(m->arena, type, "attempts", type_base(m->types, TYPE_INT));
    decl->checked_type = type;
    decl->is_checked = true;
    return type;
}

Model *model_new(Arena *a, SourceSet *sources, DiagList *diags, AstFile *file)
{
    Model *m = arena_new(a, Model);
    m->arena = a;
    m->sources = sources;
    m->diags = diags;
    m->file = file;
    m->types = type_table_new(a);
    m->builtins = builtin_table_new(a, m->types);
    map_init(&m->steps_by_name, a);
    map_init(&m->instances, a);
    map_init(&m->made_types, a);
    map_init(&m->kept_by_name, a);
    map_init(&m->prelude, a);
    map_init(&m->lost, a);
    m->failure = failure_new(m);
    if (file->flow)
        m->flow_name = file->flow->name.name;
    return m;
}
