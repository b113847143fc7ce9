/* SPDX-License-Identifier: Apache-2.0 */
/* ast_dump.c - the tree as text, one node a line. */
#include "syntax/ast_dump.h"

#include <inttypes.h>

typedef struct Dumper {
    FILE *out;
    int indent;
} Dumper;

static void dump_expr(Dumper *d, const char *role, const Expr *e);
static void dump_block(Dumper *d, const char *role, const Block *b);
static void dump_pattern(Dumper *d, const char *role, const Pattern *p);

/* "indent role: what" without its end. */
static void begin(Dumper *d, const char *role, const char *what)
{
    fprintf(d->out, "%*s", d->indent * 2, "");
    if (role)
        fprintf(d->out, "%s: ", role);
    fputs(what, d->out);
}

static void end(Dumper *d)
{
    fputc('\n', d->out);
}

static void word(Dumper *d, Str text)
{
    if (text.len)
        fprintf(d->out, " %.*s", STR_ARG(text));
}

static void quoted(Dumper *d, Str text)
{
    fputs(" \"", d->out);
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        if (c == '\n')
            fputs("\\n", d->out);
        else if (c == '"' || c == '\\')
            fprintf(d->out, "\\%c", c);
        else if (c < ' ' || c == 0x7f)
            fprintf(d->out, "\\%03o", c);
        else
            fputc(c, d->out);
    }
    fputc('"', d->out);
}

/* ---- types -------------------------------------------------------------------- */

/* On the line of what has the type. */
static void type_inline(Dumper *d, const TypeExpr *t)
{
    static const char *const open[] = {"<error>", "", "[", "[", "(", "", "fn(", ""};
    static const char *const close[] = {"", "", "]", "]", ")", "?", ")", ""};
    const char *separator = t->kind == TYPE_EXPR_MAP     ? ": "
                            : t->kind == TYPE_EXPR_UNION ? " | "
                                                         : ", ";
    bool is_fn_option = t->kind == TYPE_EXPR_OPTION && t->args.items[0]->kind == TYPE_EXPR_FN;
    fputs(is_fn_option ? "(" : open[t->kind], d->out);
    if (t->kind == TYPE_EXPR_NAME) {
        if (t->module.name.len)
            fprintf(d->out, "%.*s.", STR_ARG(t->module.name));
        fprintf(d->out, "%.*s%s", STR_ARG(t->name.name), t->args.count ? "[" : "");
    }
    for (size_t i = 0; i < t->args.count; i++) {
        fputs(i ? separator : "", d->out);
        if (i < t->names.count && t->names.items[i].name.len)
            fprintf(d->out, "%.*s: ", STR_ARG(t->names.items[i].name));
        type_inline(d, t->args.items[i]);
    }
    bool has_args = t->kind == TYPE_EXPR_NAME && t->args.count;
    fputs(is_fn_option ? ")?" : has_args ? "]" : close[t->kind], d->out);
    if (t->result) {
        fputs(" -> ", d->out);
        type_inline(d, t->result);
    }
}

static void of_type(Dumper *d, const TypeExpr *t)
{
    if (t) {
        fputs(" : ", d->out);
        type_inline(d, t);
    }
}

static void dump_param(Dumper *d, const char *role, const Param *p)
{
    begin(d, NULL, role);
    fputs(p->is_var ? " var" : "", d->out);
    word(d, p->name.name);
    of_type(d, p->type);
    end(d);
    d->indent++;
    dump_expr(d, "default", p->fallback);
    d->indent--;
}

static void dump_params(Dumper *d, const char *role, const Param *params, size_t count)
{
    for (size_t i = 0; i < count; i++)
        dump_param(d, role, &params[i]);
}

/* ---- patterns ------------------------------------------------------------------- */

static void dump_pattern(Dumper *d, const char *role, const Pattern *p)
{
    static const char *const kinds[] = {"error", "_", "bind", "literal", "case", "tuple", "or"};
    if (!p)
        return;
    begin(d, role, kinds[p->kind]);
    word(d, p->name.name);
    end(d);
    d->indent++;
    dump_expr(d, NULL, p->literal);
    for (size_t i = 0; i < p->parts.count; i++)
        dump_pattern(d, NULL, p->parts.items[i]);
    d->indent--;
}

/* ---- expressions ---------------------------------------------------------------- */

static const char *const expr_kinds[] = {
    "error",   "int",  "float", "bool",  "size",   "duration", "string", "none",   "name",
    "field",   "call", "index", "unary", "binary", "range",    "list",   "map",    "tuple",
    "closure", "if",   "match", "try",   "try",    "block",    "fail",   "return", "script",
};

static const char *const op_names[] = {
    "=", "+",  "-", "*",  "/",  "div",    "%",   "**", "@",  "==", "!=",
    "<", "<=", ">", ">=", "in", "not in", "and", "or", "??", "-",  "not",
};

static void dump_args(Dumper *d, ArgList args)
{
    for (size_t i = 0; i < args.count; i++) {
        char name[80] = "arg";
        if (args.items[i].name.name.len)
            snprintf(name, sizeof name, "arg %.*s", STR_ARG(args.items[i].name.name));
        dump_expr(d, name, args.items[i].value);
    }
}

static void dump_parts(Dumper *d, const Expr *e)
{
    PartList parts = expr_parts(e);
    for (size_t i = 0; i < parts.count; i++) {
        const StringPart *part = &parts.items[i];
        begin(d, NULL, part->value ? "value" : "text");
        if (!part->value || part->format_span.end > part->format_span.start)
            quoted(d, part->value ? part->format : part->text);
        end(d);
        d->indent++;
        dump_expr(d, NULL, part->value);
        d->indent--;
    }
}

static void dump_script(Dumper *d, const Script *s)
{
    dump_args(d, s->inputs);
    dump_params(d, "result", s->results.items, s->results.count);
    begin(d, NULL, s->from.len ? "from" : "text");
    quoted(d, s->from.len ? s->from : s->text);
    end(d);
}

static void dump_arms(Dumper *d, const Expr *e)
{
    for (size_t i = 0; i < e->more->arms.count; i++) {
        dump_pattern(d, "case", e->more->arms.items[i].pattern);
        d->indent++;
        dump_expr(d, "if", e->more->arms.items[i].guard);
        dump_expr(d, "then", e->more->arms.items[i].value);
        d->indent--;
    }
}

static void expr_details(Dumper *d, const Expr *e)
{
    switch (e->kind) {
    case EXPR_INT:
    case EXPR_BOOL:
    case EXPR_SIZE:
    case EXPR_DURATION: fprintf(d->out, " %" PRId64, e->int_value); break;
    case EXPR_FLOAT: fprintf(d->out, " %.17g", e->float_value); break;
    case EXPR_UNARY:
    case EXPR_BINARY: fprintf(d->out, " %s", op_names[e->op]); break;
    case EXPR_SCRIPT: word(d, e->more->script->language.name); break;
    case EXPR_NAME:
    case EXPR_FIELD: word(d, e->name.name); break;
    default: word(d, e->more->catch_name.name); break;
    }
    if (e->is_closed)
        fputs(" closed", d->out);
    if (e->is_optional)
        fputs(" optional", d->out);
}

static void dump_expr(Dumper *d, const char *role, const Expr *e)
{
    if (!e)
        return;
    begin(d, role, expr_kinds[e->kind]);
    expr_details(d, e);
    end(d);
    d->indent++;
    dump_pattern(d, "let", e->more->pattern);
    dump_expr(d, NULL, e->more->condition);
    dump_expr(d, NULL, e->base);
    dump_expr(d, e->kind == EXPR_RANGE ? "from" : NULL, e->left);
    dump_expr(d, e->kind == EXPR_RANGE ? "to" : NULL, e->right);
    dump_args(d, expr_args(e));
    ExprList items = expr_items(e);
    for (size_t i = 0; i < items.count; i++) {
        dump_expr(d, "key", i < e->more->keys.count ? e->more->keys.items[i] : NULL);
        dump_expr(d, NULL, items.items[i]);
    }
    dump_parts(d, e);
    dump_params(d, "param", e->more->params.items, e->more->params.count);
    if (e->more->script)
        dump_script(d, e->more->script);
    dump_block(d, NULL, e->more->block);
    dump_block(d, "catch", e->more->catch_block);
    dump_expr(d, NULL, e->more->body_expr);
    dump_arms(d, e);
    dump_expr(d, "else", e->more->else_expr);
    d->indent--;
}

/* ---- statements ------------------------------------------------------------------- */

static void dump_stmt(Dumper *d, const Stmt *s)
{
    static const char *const kinds[] = {
        "error", "do",       "let",    "var",  "keep", "assign",     "for",    "while",
        "break", "continue", "return", "fail", "next", "checkpoint", "assert",
    };
    begin(d, NULL, kinds[s->kind]);
    if (s->kind == STMT_ASSIGN)
        fprintf(d->out, " %s%s", s->op ? op_names[s->op] : "", "=");
    for (size_t i = 0; i < s->targets.count; i++)
        word(d, s->targets.items[i].name);
    of_type(d, s->declared);
    end(d);
    d->indent++;
    dump_pattern(d, NULL, s->pattern);
    dump_expr(d, "target", s->target);
    dump_expr(d, s->kind == STMT_NEXT ? "foreach" : NULL, s->value);
    dump_block(d, NULL, s->block);
    d->indent--;
}

static void dump_block(Dumper *d, const char *role, const Block *b)
{
    if (!b)
        return;
    begin(d, role, "block");
    end(d);
    d->indent++;
    for (size_t i = 0; i < b->stmts.count; i++)
        dump_stmt(d, b->stmts.items[i]);
    d->indent--;
}

/* ---- declarations ----------------------------------------------------------------- */

static void dump_head(Dumper *d, const Decl *decl)
{
    static const char *const kinds[] = {"error", "flow",   "import", "param", "const",
                                        "pool",  "struct", "enum",   "fn",    "extern fn",
                                        "step",  "join",   "test"};
    begin(d, NULL, kinds[decl->kind]);
    word(d, decl->name.name);
    for (size_t i = 0; i < decl->path.count; i++)
        fprintf(d->out, "%s%.*s", i ? "." : " = ", STR_ARG(decl->path.items[i].name));
    for (size_t i = 0; i < decl->generics.count; i++) {
        fputs(" generic", d->out);
        word(d, decl->generics.items[i].name.name);
        word(d, decl->generics.items[i].ability.name);
    }
    of_type(d, decl->type);
    if (decl->result) {
        fputs(" -> ", d->out);
        type_inline(d, decl->result);
    }
    if (decl->text.len)
        quoted(d, decl->text);
    end(d);
}

static void dump_decl(Dumper *d, const Decl *decl)
{
    dump_head(d, decl);
    d->indent++;
    if (decl->doc.len) {
        begin(d, NULL, "doc");
        quoted(d, decl->doc);
        end(d);
    }
    for (size_t i = 0; i < decl->annotations.count; i++) {
        begin(d, NULL, "@");
        fprintf(d->out, "%.*s\n", STR_ARG(decl->annotations.items[i].name.name));
        d->indent++;
        dump_args(d, decl->annotations.items[i].args);
        d->indent--;
    }
    for (size_t i = 0; i < decl->cases.count; i++) {
        begin(d, NULL, "case");
        word(d, decl->cases.items[i].name.name);
        end(d);
        d->indent++;
        dump_params(d, "part", decl->cases.items[i].params.items,
                    decl->cases.items[i].params.count);
        d->indent--;
    }
    dump_params(d, "param", decl->params.items, decl->params.count);
    dump_expr(d, NULL, decl->value);
    dump_block(d, NULL, decl->block);
    d->indent--;
}

void ast_dump(const AstFile *file, FILE *out)
{
    Dumper d = {.out = out};
    for (size_t i = 0; i < file->decls.count; i++)
        dump_decl(&d, file->decls.items[i]);
}
