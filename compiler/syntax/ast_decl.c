/* SPDX-License-Identifier: Apache-2.0 */
/* ast_decl.c - constructors of declarations, and what is wrong with them by their form alone. */
#include "syntax/build.h"

AnnotationVec *vec_of_annotation(Parser *p, AnnotationVec *v, const Annotation *x)
{
    APPEND(p, AnnotationVec, v, *x);
}

ParamVec *vec_of_param(Parser *p, ParamVec *v, const Param *x)
{
    APPEND(p, ParamVec, v, *x);
}

GenericVec *vec_of_generic(Parser *p, GenericVec *v, const Generic *x)
{
    APPEND(p, GenericVec, v, *x);
}

CaseVec *vec_of_case(Parser *p, CaseVec *v, const EnumCase *x)
{
    APPEND(p, CaseVec, v, *x);
}

Param *param_new(Parser *p, Span name, TypeExpr *type, Expr *fallback, bool is_var)
{
    p->made.param = (Param){
        .name = ident_at(p, name), .type = type, .fallback = fallback, .is_var = is_var};
    return &p->made.param;
}

Param *param_untyped(Parser *p, Span place, Expr *fallback, bool is_var)
{
    Ident name = ident_at(p, place);
    Diag *d = diag_error(p->diags, F0120, name.span, "`%.*s` has no type", STR_ARG(name.name));
    bool is_join = foreign_line_begins(p, name.span.start, "join");
    if (is_join && str_is(name.name, "inputs"))
        diag_help(d, "a join names the steps that lead into it: of a foreach `(all: [work])`, of "
                     "branches one input each, `(a: fit, b: score)`");
    else
        diag_help(d, is_join ? "a join names the steps it closes: `%.*s: [work]`, or `%.*s: work`"
                         : "write it behind a colon, as in `%.*s: int`",
              STR_ARG(name.name), STR_ARG(name.name));
    TypeExpr *type = type_expr_of(p, TYPE_EXPR_ERROR, name.span, NULL, NULL);
    return param_new(p, place, type, fallback, is_var);
}

/* That is how a pattern tells a case from a name that it binds. */
static void check_capital(Parser *p, Ident name, const char *what)
{
    if (name.name.len == 0 || (name.name.ptr[0] >= 'A' && name.name.ptr[0] <= 'Z'))
        return;
    Diag *d =
        diag_error(p->diags, F0128, name.span, "the name of %s begins with a capital letter", what);
    Str capital = str_copy(p->arena, name.name);
    char *first = (char *)(uintptr_t)capital.ptr;
    if (*first >= 'a' && *first <= 'z') {
        *first = (char)(*first - 'a' + 'A');
        diag_fix(d, name.span, capital, "call it `%.*s`", STR_ARG(capital));
    }
}

Generic *generic_new(Parser *p, Span name, Span ability)
{
    p->made.generic = (Generic){ident_at(p, name), ident_at(p, ability)};
    return &p->made.generic;
}

EnumCase *case_new(Parser *p, Span name, ParamVec *params)
{
    EnumCase c = {.name = ident_at(p, name)};
    check_capital(p, c.name, "a case");
    TAKE(p, ParamVec, c.params, params);
    p->made.enum_case = c;
    return &p->made.enum_case;
}

Annotation *annotation_new(Parser *p, Span span, Span name, ArgVec *args)
{
    Annotation a = {.name = ident_at(p, name), .span = span};
    TAKE(p, ArgVec, a.args, args);
    p->made.annotation = a;
    return &p->made.annotation;
}

Decl *decl_new(Parser *p, DeclKind kind, Span span, Span name)
{
    Decl *d = arena_new(p->arena, Decl);
    d->kind = kind;
    d->span = span;
    d->name = ident_at(p, name);
    return d;
}

Decl *decl_typed(Parser *p, DeclKind kind, Span span, Span name, TypeExpr *type)
{
    Decl *d = decl_new(p, kind, span, name);
    d->type = type;
    return d;
}

Decl *decl_value(Parser *p, Span span, Decl *head, Expr *value)
{
    (void)p;
    head->span = span;
    head->value = value;
    return head;
}

Decl *decl_import(Parser *p, Span span, IdentVec *path, Span alias)
{
    Decl *d = decl_new(p, DECL_IMPORT, span, alias.end ? alias : vec_last(path).span);
    TAKE(p, IdentVec, d->path, path);
    return d;
}

Decl *decl_struct(Parser *p, Span span, Span name, GenericVec *generics, ParamVec *fields)
{
    Decl *d = decl_new(p, DECL_STRUCT, span, name);
    check_capital(p, d->name, "a struct");
    TAKE(p, GenericVec, d->generics, generics);
    TAKE(p, ParamVec, d->params, fields);
    return d;
}

Decl *decl_enum(Parser *p, Span span, Span name, GenericVec *generics, CaseVec *cases)
{
    Decl *d = decl_new(p, DECL_ENUM, span, name);
    check_capital(p, d->name, "an enum");
    TAKE(p, GenericVec, d->generics, generics);
    TAKE(p, CaseVec, d->cases, cases);
    return d;
}

Decl *decl_fn(Parser *p, Span span, Span name, GenericVec *generics, ParamVec *params,
              TypeExpr *result, Block *block)
{
    Decl *d = decl_new(p, DECL_FN, span, name);
    TAKE(p, GenericVec, d->generics, generics);
    TAKE(p, ParamVec, d->params, params);
    d->result = result;
    d->block = block;
    return d;
}

Decl *decl_extern(Parser *p, Span span, Span name, ParamVec *params, TypeExpr *result, Expr *from)
{
    Decl *d = decl_new(p, DECL_EXTERN_FN, span, name);
    TAKE(p, ParamVec, d->params, params);
    d->result = result;
    d->text = expr_plain_text(p, from);
    return d;
}

Decl *decl_step(Parser *p, DeclKind kind, Span span, Span name, ParamVec *items, Block *block)
{
    Decl *d = decl_new(p, kind, span, name);
    TAKE(p, ParamVec, d->params, items);
    d->block = block;
    return d;
}

Decl *decl_test(Parser *p, Span span, Expr *name, Block *block)
{
    Decl *d = decl_new(p, DECL_TEST, span, (Span){0});
    d->text = expr_plain_text(p, name);
    d->name.span = name->span;
    d->block = block;
    return d;
}

Decl *decl_annotated(Parser *p, AnnotationVec *annotations, Decl *d)
{
    if (d->kind == DECL_STEP || d->kind == DECL_JOIN) {
        TAKE(p, AnnotationVec, d->annotations, annotations);
        return d;
    }
    Diag *diag = diag_error(p->diags, F0125, annotations->items[0].span,
                            "an annotation stands before a step or a join");
    diag_note(diag, d->span, "this is what it stands before");
    return d;
}

void parser_add(Parser *p, Decl *d)
{
    if (d->kind == DECL_FLOW && p->flow) {
        Diag *diag = diag_error(p->diags, F0126, d->span, "a file has one flow");
        diag_note(diag, p->flow->span, "it is named here");
        diag_help(diag, "put the other one into a file of its own");
        return;
    }
    if (d->kind == DECL_FLOW)
        p->flow = d;
    vec_push(p->arena, &p->decls, d);
}
