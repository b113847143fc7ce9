/* SPDX-License-Identifier: Apache-2.0 */
/* parse.c - feeds tokens to the grammar, and gives each declaration its documentation.
 *
 * The grammar is made into two parsers.  The plain one gives up at the first mistake; then the
 * careful one begins anew, which knows exactly what could have come and goes on behind it.  What
 * has no mistake gets the same tree from both.
 *
 * While the careful one leaves an error behind it drops tokens until one fits.  A bracket that does
 * not fit is dropped with all that it holds, so that a `}` or a newline inside of it is not
 * taken for the end of what is broken.
 *
 * Documentation is found by place: the `///` lines right above a declaration, or else the one
 * behind it on its line. */
#include "syntax/parse.h"

#include <string.h>

#include "flow.tab.h"
#include "syntax/build.h"

static int nesting(int token)
{
    switch (token) {
    case TOK_LPAREN:
    case TOK_LBRACKET:
    case TOK_LBRACE:
    case TOK_INTERP_OPEN: return 1;
    case TOK_RPAREN:
    case TOK_RBRACKET:
    case TOK_RBRACE:
    case TOK_INTERP_CLOSE: return -1;
    default: return 0;
    }
}

static bool deepens(int token)
{
    return nesting(token) >= 0 && token != TOK_NEWLINE && token != TOK_END;
}

static void skip_bracket(Parser *p)
{
    for (int depth = 1; depth > 0;) {
        int kind = lexer_next(&p->lexer)->kind;
        if (kind == TOK_END)
            return;
        depth += nesting(kind);
    }
}

static Value value_of(const Parser *p, const Token *t)
{
    switch (t->kind) {
    case TOK_STRING_BEGIN: return (Value){.opening = {t->quotes, t->is_raw}};
    case TOK_SCRIPT_TEXT: {
        Str *text = arena_new(p->arena, Str);
        *text = t->text;
        return (Value){.script = text};
    }
    case TOK_FLOAT: return (Value){.real = t->real};
    default: return (Value){.integer = t->integer}; /* of one without a value: anything */
    }
}

/* Messages show what a number was written as. */
static Token with_text(const Parser *p, Token t)
{
    if (t.kind == TOK_INT || t.kind == TOK_FLOAT || t.kind == TOK_SIZE || t.kind == TOK_DURATION)
        t.text = str_slice(p->text->text, t.span.start, t.span.end);
    return t;
}

static bool is_done(const Parser *p)
{
    return p->is_for_one && p->decls.len;
}

/* The scanner of the plain parser; what only the careful one can judge is no token at all. */
int flow_plain_lex(Value *value, Span *at, Parser *p)
{
    const Token *t = lexer_next(&p->lexer);
    p->current.kind = t->kind;
    p->current.is_missing = t->is_missing;
    *value = value_of(p, t);
    *at = t->span;
    if (is_done(p))
        return TOK_END;
    return t->kind == TOK_COLON && lexer_is_at_line_end(&p->lexer) ? TOK_FLOW_UNDEF : t->kind;
}

static bool is_at_type(flow_pstate *ps, Parser *p)
{
    return flow_takes(ps, p, TOK_FN) && flow_takes(ps, p, TOK_LBRACKET) &&
           !flow_takes(ps, p, TOK_INT);
}

/* What a token is meant to be, where other languages write it otherwise. */
static Token as_meant(flow_pstate *ps, Parser *p, Token t)
{
    if (t.kind == TOK_COLON && lexer_is_at_line_end(&p->lexer) && flow_takes(ps, p, TOK_LBRACE))
        return foreign_block(p, t);
    if (t.kind == TOK_LBRACE && is_at_type(ps, p))
        return foreign_map_type(p, t);
    if (t.kind == TOK_RBRACE && t.span.start == p->type_end) {
        p->type_end = 0;
        t.kind = TOK_RBRACKET;
    }
    return t;
}

/* The line break that is missing between two statements on a line; they are told of once. */
static void part_statements(flow_pstate *ps, Parser *p, const Token *second)
{
    if (!foreign_begins_statement(p, second) || !flow_takes(ps, p, TOK_NEWLINE) ||
        flow_takes(ps, p, second->kind) || flow_takes(ps, p, TOK_COMMA))
        return;
    foreign_two_statements(p, second);
    Span at = {second->span.source, second->span.start, second->span.start};
    flow_push_parse(ps, TOK_NEWLINE, &(Value){0}, &at, p);
}

/* Until the end, or the first declaration that is whole. */
static void feed(Parser *p)
{
    flow_pstate *ps = flow_pstate_new();
    if (!ps)
        arena_exhausted();
    int status = YYPUSH_MORE;
    while (status == YYPUSH_MORE && !is_done(p)) {
        Token t = as_meant(ps, p, *lexer_next(&p->lexer));
        if (p->type_end && t.kind == TOK_NEWLINE)
            continue;
        part_statements(ps, p, &t);
        if (flow_is_deep(ps) && deepens(t.kind)) {
            parser_too_deep(p, t.span);
            t.kind = TOK_FORMAT; /* which fits nowhere, so that the parser backs out */
        }
        Value value = value_of(p, &t);
        p->current = with_text(p, t);
        status = flow_push_parse(ps, t.kind, &value, &t.span, p);
        p->previous = p->current;
        if (nesting(t.kind) > 0 && status == YYPUSH_MORE && flow_is_dropping(ps))
            skip_bracket(p);
    }
    flow_pstate_delete(ps);
}

/* ---- documentation -------------------------------------------------------------- */

/* The first comment that begins at or after `offset`. */
static size_t find_comment(const AstFile *file, uint32_t offset)
{
    size_t low = 0, high = file->comments.count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (file->comments.items[middle].span.start < offset)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Only blanks in [from, to), and at most so many newlines? */
static bool is_gap(const Parser *p, uint32_t from, uint32_t to, unsigned newlines)
{
    for (uint32_t i = from; i < to; i++) {
        char c = p->text->text.ptr[i];
        if (c == '\n' && newlines-- == 0)
            return false;
        if (c != '\n' && c != ' ' && c != '\t' && c != '\r')
            return false;
    }
    return true;
}

static bool begins_line(const Parser *p, uint32_t offset)
{
    while (offset > 0 &&
           (p->text->text.ptr[offset - 1] == ' ' || p->text->text.ptr[offset - 1] == '\t'))
        offset--;
    return offset == 0 || p->text->text.ptr[offset - 1] == '\n';
}

/* Without the slashes and one blank behind them. */
static Str comment_text(const Parser *p, const Comment *c)
{
    Str s = str_slice(p->text->text, c->span.start + 3, c->span.end);
    if (s.len && s.ptr[0] == ' ')
        s = str_slice(s, 1, s.len);
    while (s.len && (s.ptr[s.len - 1] == ' ' || s.ptr[s.len - 1] == '\t'))
        s.len--;
    return s;
}

static Str doc_above(const Parser *p, const AstFile *file, uint32_t start)
{
    size_t end = find_comment(file, start), first = end;
    uint32_t next = start;
    while (first > 0) {
        const Comment *c = &file->comments.items[first - 1];
        if (!c->is_doc || !is_gap(p, c->span.end, next, 1) || !begins_line(p, c->span.start))
            break;
        next = c->span.start;
        first--;
    }
    StrBuf doc;
    strbuf_init(&doc, p->arena);
    for (size_t i = first; i < end; i++) {
        if (i > first)
            strbuf_add_char(&doc, '\n');
        strbuf_add(&doc, comment_text(p, &file->comments.items[i]));
    }
    return first < end ? strbuf_str(&doc) : (Str){0};
}

static Str doc_behind(const Parser *p, const AstFile *file, uint32_t end)
{
    size_t at = find_comment(file, end);
    if (at == file->comments.count || !file->comments.items[at].is_doc ||
        !is_gap(p, end, file->comments.items[at].span.start, 0))
        return (Str){0};
    return str_copy(p->arena, comment_text(p, &file->comments.items[at]));
}

static void document(const Parser *p, const AstFile *file, Decl *d)
{
    uint32_t start = d->annotations.count ? d->annotations.items[0].span.start : d->span.start;
    d->doc = doc_above(p, file, start);
    if (d->doc.len == 0)
        d->doc = doc_behind(p, file, d->span.end);
}

/* What is read: a file, or one declaration of it. */
typedef struct Wanted {
    const SourceSet *sources;
    uint32_t source;
    const Decl *decl; /* NULL: the file */
} Wanted;

static Parser *parser_new(Arena *a, const Wanted *wanted, DiagList *diags)
{
    Parser *p = arena_new(a, Parser);
    p->arena = a;
    p->diags = diags;
    p->source = wanted->source;
    p->text = source_get(wanted->sources, p->source);
    lexer_init(&p->lexer, a, wanted->sources, p->source, diags);
    if (wanted->decl) {
        p->is_for_one = true;
        p->lexer.start = p->lexer.cursor =
            (const unsigned char *)p->text->text.ptr + wanted->decl->span.start;
    }
    return p;
}

static Parser *parse(Arena *a, const Wanted *wanted, DiagList *diags)
{
    DiagList before = *diags;
    Parser *p = parser_new(a, wanted, diags);
    if (flow_plain_parse(p) == 0)
        return p;
    *diags = before; /* all that was said is said again */
    p = parser_new(a, wanted, diags);
    feed(p);
    return p;
}

Decl *parse_again(Arena *a, const SourceSet *sources, const Decl *decl)
{
    DiagList quiet;
    diag_list_init(&quiet, a, sources);
    Parser *p = parse(a, &(Wanted){sources, decl->span.source, decl}, &quiet);
    return p->decls.len ? p->decls.items[0] : NULL;
}

AstFile *parse_file(Arena *a, const SourceSet *sources, uint32_t source, DiagList *diags)
{
    Parser *p = parse(a, &(Wanted){sources, source, NULL}, diags);
    AstFile *file = arena_new(a, AstFile);
    file->source = source;
    file->flow = p->flow;
    file->decls.items = p->decls.items;
    file->decls.count = p->decls.len;
    file->comments.items = p->lexer.comments.items;
    file->comments.count = p->lexer.comments.len;
    for (size_t i = 0; i < file->decls.count; i++)
        document(p, file, file->decls.items[i]);
    return file;
}
