/* SPDX-License-Identifier: Apache-2.0 */
/* syntax_error.c - what to say where a token does not fit.
 *
 * The automaton tells exactly what could have come.  Tokens that belong together are named
 * together ("an expression"), what could have gone on with an expression is left out, and if
 * more than three remain none is named.  What people bring along from other languages is answered
 * by foreign.c. */
#include <string.h>

#include "flow.tab.h"
#include "syntax/build.h"

enum { NAMED_MAX = 3, SHOWN_MAX = 40 };

static const short expression_starts[] = {
    TOK_NAME, TOK_INT,     TOK_FLOAT, TOK_SIZE,   TOK_DURATION, TOK_BAD,    TOK_STRING_BEGIN,
    TOK_TRUE, TOK_FALSE,   TOK_NONE,  TOK_LPAREN, TOK_LBRACKET, TOK_MINUS,  TOK_NOT,
    TOK_BAR,  TOK_BAR_BAR, TOK_IF,    TOK_MATCH,  TOK_TRY,      TOK_SCRIPT, 0};
static const short leaving[] = {TOK_FAIL, TOK_RETURN, TOK_BREAK, TOK_CONTINUE, TOK_NEXT, 0};
static const short statement_starts[] = {
    TOK_LET,   TOK_VAR,      TOK_KEEP, TOK_FOR,  TOK_WHILE,  TOK_ASSERT, TOK_CHECKPOINT,
    TOK_BREAK, TOK_CONTINUE, TOK_NEXT, TOK_FAIL, TOK_RETURN, 0};
static const short declaration_starts[] = {TOK_FLOW, TOK_IMPORT, TOK_PARAM, TOK_POOL,    TOK_STRUCT,
                                           TOK_ENUM, TOK_EXTERN, TOK_FN,    TOK_STEP,    TOK_JOIN,
                                           TOK_TEST, TOK_LET,    TOK_AT,    TOK_NEWLINE, 0};
static const short type_starts[] = {TOK_NAME, TOK_LPAREN, TOK_LBRACKET, TOK_FN, 0};
static const short pattern_starts[] = {
    TOK_NAME,         TOK_INT,        TOK_FLOAT, TOK_SIZE, TOK_DURATION,
    TOK_STRING_BEGIN, TOK_TRUE,       TOK_FALSE, TOK_NONE, TOK_LPAREN,
    TOK_MINUS,        TOK_UNDERSCORE, 0};
static const short operators[] = {TOK_DOT,
                                  TOK_QUESTION_DOT,
                                  TOK_QUESTION_QUESTION,
                                  TOK_LPAREN,
                                  TOK_LBRACKET,
                                  TOK_PLUS,
                                  TOK_MINUS,
                                  TOK_STAR,
                                  TOK_STAR_STAR,
                                  TOK_SLASH,
                                  TOK_PERCENT,
                                  TOK_DIV,
                                  TOK_AT,
                                  TOK_DOT_DOT,
                                  TOK_DOT_DOT_EQUAL,
                                  TOK_EQUAL_EQUAL,
                                  TOK_NOT_EQUAL,
                                  TOK_LESS,
                                  TOK_LESS_EQUAL,
                                  TOK_GREATER,
                                  TOK_GREATER_EQUAL,
                                  TOK_IN,
                                  TOK_NOT_IN,
                                  TOK_AND,
                                  TOK_OR,
                                  0};
static const short assignments[] = {TOK_EQUAL,         TOK_PLUS_EQUAL,      TOK_MINUS_EQUAL,
                                    TOK_STAR_EQUAL,    TOK_STAR_STAR_EQUAL, TOK_SLASH_EQUAL,
                                    TOK_PERCENT_EQUAL, TOK_COALESCE_EQUAL,  0};

static const short type_parts[] = {TOK_QUESTION, TOK_BAR, TOK_DOT, TOK_LBRACKET, 0};
static const short closers[] = {TOK_RPAREN,       TOK_RBRACKET,   TOK_RBRACE,
                                TOK_INTERP_CLOSE, TOK_STRING_END, 0};
static const short binders[] = {TOK_LET, TOK_VAR, TOK_KEEP, TOK_FOR, 0};
static const short shown_as_written[] = {TOK_NAME, TOK_INT, TOK_FLOAT, TOK_SIZE, TOK_DURATION, 0};

/* Bison counts tokens from 256 on. */
static unsigned bit_of(int token)
{
    return (unsigned)(token - 256);
}

bool expected_has(const Expected *e, int token)
{
    return token == TOK_END ? e->has_end
                            : (e->tokens[bit_of(token) / 64] >> (bit_of(token) % 64) & 1) != 0;
}

static void leave_out(Expected *e, int token)
{
    e->tokens[bit_of(token) / 64] &= ~(UINT64_C(1) << (bit_of(token) % 64));
}

static void leave_out_all(Expected *e, const short *tokens)
{
    for (; *tokens; tokens++)
        leave_out(e, *tokens);
}

static bool is_one_of(int token, const short *tokens)
{
    for (; *tokens; tokens++)
        if (*tokens == token)
            return true;
    return false;
}

void expected_add(Expected *e, int token, const char *name)
{
    if (token == TOK_END) {
        e->has_end = true;
        return;
    }
    e->tokens[bit_of(token) / 64] |= UINT64_C(1) << (bit_of(token) % 64);
    e->names[bit_of(token)] = name;
}

/* What the place asks for, taken together; NULL where it is no such place. */
static const char *take_group(Expected *e, int before)
{
    if (expected_has(e, TOK_LET) && expected_has(e, TOK_FOR)) {
        leave_out_all(e, statement_starts);
        leave_out_all(e, expression_starts);
        return "a statement";
    }
    if (expected_has(e, TOK_STEP)) {
        leave_out_all(e, declaration_starts);
        e->has_end = false;
        return "a declaration";
    }
    if (expected_has(e, TOK_INT) && expected_has(e, TOK_UNDERSCORE)) {
        leave_out_all(e, pattern_starts);
        leave_out(e, TOK_LBRACKET);
        return is_one_of(before, binders) ? "a name" : "a pattern";
    }
    if (expected_has(e, TOK_INT) && expected_has(e, TOK_LBRACKET)) {
        leave_out_all(e, expression_starts);
        leave_out_all(e, leaving);
        leave_out(e, TOK_LBRACE);
        return "an expression";
    }
    if (expected_has(e, TOK_FN) && expected_has(e, TOK_NAME)) {
        leave_out_all(e, type_starts);
        return "a type";
    }
    if (expected_has(e, TOK_PLUS)) {
        leave_out_all(e, operators);
        leave_out_all(e, assignments);
    }
    if (expected_has(e, TOK_QUESTION))
        leave_out_all(e, type_parts);
    return NULL;
}

/* "a, b or c", or nothing where that would be a long list. */
static Str describe(Parser *p, Expected e)
{
    const char *names[NAMED_MAX + 1];
    size_t count = 0;
    const char *group = take_group(&e, p->previous.kind);
    if (group)
        names[count++] = group;
    for (int token = TOK_NEWLINE; token <= TOK_GREATER_EQUAL && count <= NAMED_MAX; token++)
        if (expected_has(&e, token))
            names[count++] = e.names[bit_of(token)];
    if (count > NAMED_MAX && group)
        count = 1;
    if (count == 0 || count > NAMED_MAX)
        return (Str){0};
    StrBuf b;
    strbuf_init(&b, p->arena);
    for (size_t i = 0; i < count; i++)
        strbuf_printf(&b, "%s%s", i == 0 ? "" : i + 1 == count ? " or " : ", ", names[i]);
    return strbuf_str(&b);
}

/* Was a bracket supplied just before, or has the scanner found fault with this line or the one
 * before?  Then this follows from it. */
static bool follows_from_fault(const Parser *p)
{
    if (is_one_of(p->previous.kind, closers) && p->previous.span.start == p->previous.span.end)
        return true;
    if (p->lexer.last_error == LEXER_NOWHERE)
        return false;
    uint32_t line = p->previous.span.start;
    while (line > 0 && p->text->text.ptr[line - 1] != '\n')
        line--;
    return p->lexer.last_error >= line;
}

/* Of the head of a loop one thing is said, which is how it is written. */
static bool follows_in_loop_head(const Parser *p, Span at)
{
    Str text = p->text->text;
    uint32_t line = at.start;
    while (line > 0 && text.ptr[line - 1] != '\n')
        line--;
    bool is_since = p->lexer.last_complaint != LEXER_NOWHERE && p->lexer.last_complaint >= line;
    while (line < text.len && text.ptr[line] == ' ')
        line++;
    return is_since && str_starts_with(str_slice(text, line, text.len), STR("for "));
}

/* The line goes on in a comment: `if n // 2 == 0 {`. */
static bool ends_in_comment(const Parser *p, Span at)
{
    Str rest = str_slice(p->text->text, at.start, p->text->text.len);
    return p->current.kind == TOK_NEWLINE && str_starts_with(str_trim(rest), STR("//"));
}

/* Where lines in a bracket go on as one, the one that is not closed is far from what shows it. */
static void note_open_bracket(const Parser *p, Diag *d, Span at)
{
    if (!p->lexer.depth)
        return;
    const Bracket *b = &p->lexer.brackets[p->lexer.depth - 1];
    bool is_before = b->span.start < at.start;
    Str between = str_slice(p->text->text, is_before ? b->span.start : at.start, at.start);
    if ((b->kind == '(' || b->kind == '[') && str_find(between, '\n') >= 0)
        diag_note(d, b->span, "this `%c` is open", b->kind);
}

/* What may have been meant there; NULL: nothing that is known. */
static const char *help_unexpected(const Parser *p, Span at, Str wanted)
{
    if (ends_in_comment(p, at))
        return "`//` begins a comment; a division that rounds down is `a div b`";
    if (p->current.kind == TOK_LBRACKET && str_starts_with(wanted, STR("a pattern")))
        return "no pattern takes a list apart: bind it, and ask about it behind `if`, as in "
               "`xs if xs.len() == 2 => …`";
    if (p->current.kind == TOK_NAME && str_is(p->current.text, "with"))
        return "a copy with some fields changed is `x.with(name=value)`";
    if (str_is(wanted, "`else`"))
        return "what a failure gives instead stands behind `else`: `try f() else 0`; or handle it "
               "by `try { … } catch err { … }`";
    return NULL;
}

static void unexpected(Parser *p, Span at, const char *found, const Expected *expected)
{
    Str wanted = describe(p, *expected);
    if (is_one_of(p->current.kind, shown_as_written) && p->current.text.len <= SHOWN_MAX)
        found = str_printf(p->arena, "`%.*s`", STR_ARG(p->current.text)).ptr;
    if (wanted.len) {
        Diag *d =
            diag_error(p->diags, F0120, at, "expected %.*s, but found %s", STR_ARG(wanted), found);
        diag_label(d, "expected %.*s", STR_ARG(wanted));
        note_open_bracket(p, d, at);
        const char *help = help_unexpected(p, at, wanted);
        if (help)
            diag_help(d, "%s", help);
    } else {
        diag_error(p->diags, F0120, at, "%s is not expected here", found);
    }
}

void parser_unexpected(Parser *p, Span at, const char *found, const Expected *expected)
{
    bool is_silent = follows_from_fault(p) || p->has_deep || follows_in_loop_head(p, at);
    p->lexer.last_complaint = at.start;
    if (!is_silent && !foreign_mistake(p, at, expected))
        unexpected(p, at, found, expected);
}

void parser_too_deep(Parser *p, Span at)
{
    if (p->has_deep)
        return;
    p->has_deep = true;
    Diag *d = diag_error(p->diags, F0110, at, "nested too deeply");
    diag_help(d, "give a name to a part of it, with `let` or as a function");
}
