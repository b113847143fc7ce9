/* SPDX-License-Identifier: Apache-2.0 */
/* lexer.c - what the scanner keeps between tokens: brackets, newlines, the string it is in.
 *
 * Every token passes through lexer_emit_token, which decides from the token before whether a
 * newline in between ends a statement.  Brackets are kept on one stack with the interpolations;
 * closing one that is not the innermost closes those above it too, and words that only begin a
 * statement or a declaration close what cannot go on there.  So the grammar sees balanced
 * brackets, and what it reports is never a consequence of one that is missing. */
#include "syntax/lexer.h"

#include <string.h>

#include "base/utf8.h"
#include "flow.tab.h"
#include "syntax/scan.h"

uint32_t lexer_offset(const Lexer *lx, const unsigned char *at)
{
    return (uint32_t)(at - (const unsigned char *)lx->source->text.ptr);
}

Span lexer_between(const Lexer *lx, const unsigned char *from, const unsigned char *to)
{
    return (Span){lx->source_index, lexer_offset(lx, from), lexer_offset(lx, to)};
}

Span lexer_here(const Lexer *lx)
{
    return lexer_between(lx, lx->start, lx->cursor);
}

Diag *lexer_fault(Lexer *lx, Diag *d)
{
    lx->last_error = d->span.start;
    return d;
}

/* ---- tokens and newlines --------------------------------------------------- */

bool lexer_is_after_value(const Lexer *lx)
{
    switch (lx->previous) {
    case TOK_NAME:
    case TOK_INT:
    case TOK_FLOAT:
    case TOK_SIZE:
    case TOK_DURATION:
    case TOK_STRING_END:
    case TOK_SCRIPT_TEXT:
    case TOK_BAD:
    case TOK_TRUE:
    case TOK_FALSE:
    case TOK_NONE:
    case TOK_RPAREN:
    case TOK_RBRACKET:
    case TOK_RBRACE: return true;
    default: return false;
    }
}

static bool ends_statement(const Lexer *lx)
{
    switch (lx->previous) {
    case TOK_QUESTION:
    case TOK_UNDERSCORE:
    case TOK_BREAK:
    case TOK_CONTINUE:
    case TOK_RETURN: return true;
    default: return lexer_is_after_value(lx);
    }
}

/* Does a line that begins with this go on with the one before? */
static bool continues_statement(int kind)
{
    switch (kind) {
    case TOK_DOT:
    case TOK_QUESTION_DOT:
    case TOK_QUESTION_QUESTION:
    case TOK_AND:
    case TOK_OR:
    case TOK_ELSE:
    case TOK_CATCH: return true;
    default: return false;
    }
}

static bool needs_newline(const Lexer *lx, int kind)
{
    bool is_end = kind == TOK_RBRACE || kind == TOK_END;
    if (lx->wants_newline || (!is_end && !lx->has_line_break))
        return lx->wants_newline;
    return ends_statement(lx) && (is_end || !continues_statement(kind));
}

/* In place: tokens come by the million. */
static Token *add_token(Lexer *lx, int kind, uint32_t start, uint32_t end)
{
    vec_reserve_one(lx->arena, &lx->queue);
    Token *t = &lx->queue.items[lx->queue.len++];
    *t = (Token){.kind = (uint16_t)kind, .span = {lx->source_index, start, end}};
    return t;
}

/* The token, until the next one. */
static Token *emit(Lexer *lx, int kind, uint32_t start, uint32_t end)
{
    if (needs_newline(lx, kind))
        add_token(lx, TOK_NEWLINE, lx->previous_end, lx->previous_end);
    if (lx->is_in_annotations && lx->depth == 0)
        lx->is_in_annotations = kind == TOK_AT || kind == TOK_RPAREN ||
                                (kind == TOK_NAME && lx->previous == TOK_AT);
    lx->wants_newline = false;
    lx->has_line_break = false;
    lx->is_first_in_line = false;
    lx->previous = kind;
    lx->previous_end = end;
    return add_token(lx, kind, start, end);
}

void lexer_emit_token(Lexer *lx, Token t)
{
    *emit(lx, t.kind, t.span.start, t.span.end) = t;
}

/* A token that the text does not have. */
static void supply(Lexer *lx, int kind)
{
    emit(lx, kind, lx->previous_end, lx->previous_end);
}

/* A declaration whose head nothing followed gets an empty body, or the grammar would take the
 * next one that there is. */
static void supply_body(Lexer *lx)
{
    if (!lx->wants_body)
        return;
    lx->wants_body = lx->is_in_head = false;
    supply(lx, TOK_LBRACE);
    supply(lx, TOK_RBRACE);
    lx->queue.items[lx->queue.len - 1].is_missing = true;
    lx->wants_newline = true;
}

void lexer_emit(Lexer *lx, int kind)
{
    bool is_declaration_start = kind == TOK_AT && lexer_is_declaration(lx);
    if (is_declaration_start)
        supply_body(lx);
    size_t len = (size_t)(lx->cursor - lx->start);
    uint32_t start = lexer_offset(lx, lx->start);
    emit(lx, kind, start, start + (uint32_t)len)->text = (Str){(const char *)lx->start, len};
    if (is_declaration_start)
        lx->is_in_annotations = true;
}

void lexer_emit_text(Lexer *lx, const unsigned char *from)
{
    if (from == lx->start)
        return;
    Token t = {.kind = TOK_TEXT, .span = lexer_between(lx, from, lx->start)};
    t.text = (Str){(const char *)from, (size_t)(lx->start - from)};
    lexer_emit_token(lx, t);
}

/* ---- brackets ---------------------------------------------------------------- */

static char innermost(const Lexer *lx)
{
    return lx->depth ? lx->brackets[lx->depth - 1].kind : '\0';
}

/* What the text closes it by; nothing does a block by indentation. */
static char closer_of(char kind)
{
    return kind == '(' ? ')' : kind == '[' ? ']' : kind == ':' ? '\0' : '}';
}

static bool holds_statements(const Lexer *lx)
{
    char kind = innermost(lx);
    return kind == '{' || kind == ':' || kind == '\0';
}

void lexer_close_innermost(Lexer *lx, bool is_supplied)
{
    Bracket b = lx->brackets[--lx->depth];
    int kind = b.kind == '('   ? TOK_RPAREN
               : b.kind == '[' ? TOK_RBRACKET
               : b.kind == '"' ? TOK_INTERP_CLOSE
                               : TOK_RBRACE;
    if (lx->script_depth > (int)lx->depth)
        lx->script_depth = -1;
    if (is_supplied)
        supply(lx, kind);
    else
        lexer_emit(lx, kind);
    if (is_supplied && b.kind != ':')
        lx->queue.items[lx->queue.len - 1].is_missing = true;
    lx->string = b.outer;
}

/* Of an interpolation also the string around it, which ends with it. */
static void supply_closer(Lexer *lx)
{
    bool is_interpolation = innermost(lx) == '"';
    lexer_close_innermost(lx, true);
    if (is_interpolation) {
        supply(lx, TOK_STRING_END);
        lx->string = (StringMode){0};
    }
}

static void close_down_to(Lexer *lx, uint32_t depth)
{
    while (lx->depth > depth)
        supply_closer(lx);
}

/* A block by indentation, with the `}` that it should have had. */
static void close_indented(Lexer *lx)
{
    const Bracket *b = &lx->brackets[lx->depth - 1];
    Str text = lx->source->text;
    uint32_t at = lx->previous_end;
    while (at < text.len && text.ptr[at] != '\n')
        at++;
    StrBuf closer;
    strbuf_init(&closer, lx->arena);
    strbuf_add_char(&closer, '\n');
    strbuf_add_times(&closer, ' ', b->indent);
    strbuf_add_char(&closer, '}');
    diag_fix(b->complaint, (Span){lx->source_index, at, at}, strbuf_str(&closer), "%.*s",
             STR_ARG(b->complaint->help));
    lexer_close_innermost(lx, true);
}

/* Those that are indented as much, as long as nothing else is open in them. */
static void close_all_indented(Lexer *lx, uint32_t indent)
{
    while (innermost(lx) == ':' && lx->brackets[lx->depth - 1].indent >= indent)
        close_indented(lx);
}

bool lexer_is_in_interpolation(const Lexer *lx)
{
    for (uint32_t i = 0; i < lx->depth; i++)
        if (lx->brackets[i].kind == '"')
            return true;
    return false;
}

static bool is_since(uint32_t offset, const Bracket *b)
{
    return offset != LEXER_NOWHERE && offset >= b->span.start;
}

/* A newline is nothing inside of ( and [, so the grammar has often complained already; and a
 * fault may have swallowed the bracket. */
static bool has_complained_since(const Lexer *lx, const Bracket *b)
{
    return b->kind != '{' && (is_since(lx->last_complaint, b) || is_since(lx->last_error, b));
}

/* Has a comment on the line of this bracket, as in `(7 // 2)`, the one that closes it? */
static bool is_closed_in_comment(const Lexer *lx, const Bracket *b)
{
    Str text = lx->source->text;
    for (size_t i = lx->comments.len; i > 0; i--) {
        Span at = lx->comments.items[i - 1].span;
        if (at.start < b->span.start)
            return false;
        Str between = str_slice(text, b->span.start, at.start);
        if (memchr(between.ptr, '\n', between.len))
            continue;
        Str comment = str_slice(text, at.start, at.end);
        return str_starts_with(comment, STR("//")) &&
               memchr(comment.ptr, closer_of(b->kind), comment.len);
    }
    return false;
}

/* NULL where nothing is to be said. */
static Diag *unclosed(Lexer *lx, const Bracket *b)
{
    if (b->kind == '"' && is_since(lx->last_complaint, b))
        return NULL;
    if (b->kind == '"') {
        Diag *d = diag_error(lx->diags, F0103, b->outer.open, "this string is never closed");
        diag_note(d, b->span, "this `{` begins a value inside of it; a brace itself is `\\{`");
        return lexer_fault(lx, d);
    }
    if (b->kind == ':' || has_complained_since(lx, b))
        return NULL;
    bool is_suspected = b->kind == '{' && lx->has_suspect && lx->suspect.start > b->span.start;
    Span open = is_suspected ? lx->suspect : b->span;
    Diag *d = diag_error(lx->diags, F0111, open, "this `%c` is never closed", b->kind);
    diag_label(d, "a `%c` is missing for it", closer_of(b->kind));
    if (is_suspected)
        diag_note(d, lx->suspect_close, "by its place this `}` belongs to another");
    else if (is_closed_in_comment(lx, b))
        diag_help(d, "`//` begins a comment; a division that rounds down is `a div b`");
    return lexer_fault(lx, d);
}

/* The next line that begins as a declaration does, or the end. */
static const unsigned char *next_declaration(const Lexer *lx)
{
    static const char *const words[] = {"flow ",   "import ", "param ", "pool ", "struct ", "enum ",
                                        "extern ", "step ",   "join ",  "test ", "fn ",     "@"};
    Str rest = {(const char *)lx->cursor, (size_t)(lx->limit - lx->cursor)};
    for (ptrdiff_t end; (end = str_find(rest, '\n')) >= 0;) {
        rest = str_slice(rest, (size_t)end + 1, rest.len);
        for (size_t i = 0; i < sizeof words / sizeof *words; i++)
            if (str_starts_with(rest, str_from(words[i])))
                return (const unsigned char *)rest.ptr;
    }
    return lx->limit;
}

void lexer_resume(Lexer *lx)
{
    lx->cursor = lx->has_resumed ? lx->limit : next_declaration(lx);
    lx->has_resumed = true;
    lx->is_first_in_line = lx->has_line_break = true;
    lx->line_indent = 0;
}

static void give_up(Lexer *lx)
{
    Diag *d = diag_error(lx->diags, F0110, lexer_here(lx), "nested too deeply");
    diag_label(lexer_fault(lx, d), "%d brackets are open here", LEXER_MAX_DEPTH);
    diag_help(d, "give a name to a part of it, with `let` or as a function");
    lx->start = lx->cursor;
    lexer_emit(lx, lx->string.quotes ? TOK_STRING_END : TOK_BAD);
    lx->string = (StringMode){0};
    close_down_to(lx, 0);
    lexer_resume(lx);
}

bool lexer_push_bracket(Lexer *lx, char kind)
{
    if (lx->depth == LEXER_MAX_DEPTH) {
        give_up(lx);
        return false;
    }
    lx->brackets[lx->depth++] = (Bracket){kind, lexer_here(lx), lx->string, lx->line_indent, NULL};
    lx->string = (StringMode){0};
    return true;
}

/* At a `{` in the parameters of a declaration: without a default or a closure to belong to, it
 * begins the body, and a `)` is missing. */
static void close_head(Lexer *lx)
{
    if (lx->depth != 1 || lx->brackets[0].kind != '(')
        return;
    const unsigned char *text = (const unsigned char *)lx->source->text.ptr;
    const unsigned char *params = text + lx->brackets[0].span.end;
    size_t len = (size_t)(lx->start - params);
    if (memchr(params, '=', len) || memchr(params, '|', len))
        return;
    Diag *d = unclosed(lx, &lx->brackets[0]);
    if (d)
        diag_note(d, lexer_here(lx), "the body begins here");
    supply_closer(lx);
}

void lexer_open(Lexer *lx, char bracket)
{
    if (bracket == '{' && lx->is_in_head && !lexer_is_type_brace(lx)) {
        close_head(lx);
        lx->is_in_head = lx->depth > 0;
    }
    if (bracket == '{' && lx->script_depth == (int)lx->depth)
        lx->script_depth = -1;
    if (bracket == '{' && lx->depth == 0)
        lx->wants_body = false;
    if (!lexer_push_bracket(lx, bracket))
        return;
    lexer_emit(lx, bracket == '(' ? TOK_LPAREN : bracket == '[' ? TOK_LBRACKET : TOK_LBRACE);
}

/* The depth of the bracket that this one closes, or -1; what lies outside of the innermost
 * interpolation cannot be closed from within. */
static int find_opener(const Lexer *lx, char bracket)
{
    for (uint32_t i = lx->depth; i > 0; i--) {
        char kind = lx->brackets[i - 1].kind;
        if (closer_of(kind) == bracket)
            return (int)i - 1;
        if (kind == '"')
            break;
    }
    return -1;
}

static void stray_closer(Lexer *lx, char bracket)
{
    Diag *d = diag_error(lx->diags, F0111, lexer_here(lx), "this `%c` closes nothing", bracket);
    lexer_fault(lx, d);
    if (innermost(lx) && innermost(lx) != '"' && innermost(lx) != '{') {
        const Bracket *b = &lx->brackets[lx->depth - 1];
        char wanted[2] = {closer_of(b->kind), '\0'};
        diag_note(d, b->span, "what is open here is closed by `%s`", wanted);
        diag_fix(d, lexer_here(lx), str_from(wanted), "write `%s`", wanted);
        lexer_close_innermost(lx, false);
    }
}

/* At a `}`: does it stand further to the left than the line of what it closes? */
static void notice_indent(Lexer *lx)
{
    if (lx->has_suspect || !lx->is_first_in_line || innermost(lx) != '{' || lx->depth < 2)
        return;
    const Bracket *b = &lx->brackets[lx->depth - 1];
    if (lx->line_indent >= b->indent)
        return;
    lx->has_suspect = true;
    lx->suspect = b->span;
    lx->suspect_close = lexer_here(lx);
}

void lexer_close(Lexer *lx, char bracket)
{
    if (bracket == '}') {
        close_all_indented(lx, 0);
        notice_indent(lx);
    }
    int opener = find_opener(lx, bracket);
    if (opener < 0) {
        stray_closer(lx, bracket);
        return;
    }
    if (lx->depth > (uint32_t)opener + 1) {
        Diag *d = unclosed(lx, &lx->brackets[lx->depth - 1]);
        if (d)
            diag_note(d, lexer_here(lx), "this `%c` belongs to another bracket", bracket);
        close_down_to(lx, (uint32_t)opener + 1);
    }
    lexer_close_innermost(lx, false);
}

/* ---- newlines ------------------------------------------------------------------ */

int lexer_find_one_line_string(const Lexer *lx)
{
    for (uint32_t i = 0; i < lx->depth; i++)
        if (lx->brackets[i].kind == '"' && lx->brackets[i].outer.quotes == 1)
            return (int)i;
    return -1;
}

/* Of the line that the cursor is at the start of. */
static uint32_t indent_here(const Lexer *lx)
{
    const unsigned char *at = lx->cursor;
    while (*at == ' ' || *at == '\t')
        at++;
    return (uint32_t)(at - lx->cursor);
}

/* Of the next line that has more than a comment; 0 at the end. */
static uint32_t next_indent(const Lexer *lx)
{
    const unsigned char *line = lx->cursor, *at = line;
    while (at < lx->limit) {
        if (*at == ' ' || *at == '\t' || *at == '\r') {
            at++;
        } else if (*at == '\n') {
            line = ++at;
        } else if (*at == '#' || (at[0] == '/' && at[1] == '/')) {
            while (at < lx->limit && *at != '\n')
                at++;
        } else {
            return (uint32_t)(at - line);
        }
    }
    return 0;
}

bool lexer_is_at_line_end(const Lexer *lx)
{
    const unsigned char *at = lx->cursor;
    while (*at == ' ' || *at == '\t' || *at == '\r')
        at++;
    return lx->queue_next == lx->queue.len &&
           (at == lx->limit || *at == '\n' || *at == '#' || (at[0] == '/' && at[1] == '/'));
}

void lexer_open_indented(Lexer *lx, Span colon, Diag *complaint)
{
    if (!lexer_push_bracket(lx, ':'))
        return;
    lx->brackets[lx->depth - 1].span = colon;
    lx->brackets[lx->depth - 1].complaint = complaint;
    lx->previous = TOK_LBRACE;
    lx->wants_body = lx->is_in_head = false;
}

void lexer_newline(Lexer *lx)
{
    int open = lexer_find_one_line_string(lx);
    if (open >= 0) {
        unclosed(lx, &lx->brackets[open]);
        close_down_to(lx, (uint32_t)open);
    }
    lx->is_first_in_line = true;
    lx->line_indent = indent_here(lx);
    if (!holds_statements(lx))
        return;
    if (innermost(lx) == ':')
        close_all_indented(lx, next_indent(lx));
    lx->has_line_break = true;
    lx->is_first_in_line = true;
    lx->is_in_head = lx->is_in_head && lx->depth > 0;
    if (lx->script_depth == (int)lx->depth && ends_statement(lx))
        lx->script_depth = -1;
}

void lexer_semicolon(Lexer *lx)
{
    const unsigned char *at = lx->cursor;
    while (*at == ' ' || *at == '\t' || *at == '\r')
        at++;
    bool is_last = at == lx->limit || *at == '\n' || *at == '}' || *at == '/';
    const char *help = is_last ? "leave it out, here and wherever else it stands"
                               : "begin a new line instead";
    if (!lx->semicolon) {
        lx->semicolon =
            diag_error(lx->diags, F0121, lexer_here(lx), "a statement ends without `;`");
        diag_label(lexer_fault(lx, lx->semicolon), "the end of the line is enough");
        diag_help(lx->semicolon, "%s", help);
    }
    Str first_help = lx->semicolon->help;
    diag_fix(lx->semicolon, lexer_here(lx), is_last ? STR("") : STR("\n"), "%.*s",
             STR_ARG(first_help));
    if (holds_statements(lx))
        lx->has_line_break = true;
}

void lexer_finish(Lexer *lx)
{
    close_all_indented(lx, 0);
    if (lx->depth > 0) {
        const Bracket *b = &lx->brackets[lx->depth - 1];
        for (uint32_t i = lx->depth; i > 0; i--)
            if (lx->brackets[i - 1].kind == '"')
                b = &lx->brackets[i - 1];
        if (!lx->is_swallowed)
            unclosed(lx, b);
        close_down_to(lx, 0);
    }
    supply_body(lx);
    lx->start = lx->cursor = lx->limit;
    lx->wants_newline = lx->previous != 0;
    lexer_emit(lx, TOK_END);
}

/* ---- words ------------------------------------------------------------------------ */

void lexer_word(Lexer *lx, int kind)
{
    bool is_name =
        lx->previous == TOK_DOT || lx->previous == TOK_QUESTION_DOT || lx->previous == TOK_AT;
    lexer_emit(lx, is_name ? TOK_NAME : kind);
}

static bool is_behind_dot(const Lexer *lx)
{
    return lx->previous == TOK_DOT || lx->previous == TOK_QUESTION_DOT || lx->previous == TOK_AT;
}

/* The innermost bracket that a statement can stand in: how many brackets are open there. */
static uint32_t statement_depth(const Lexer *lx)
{
    uint32_t depth = lx->depth;
    while (depth > 0 &&
           (lx->brackets[depth - 1].kind == '(' || lx->brackets[depth - 1].kind == '['))
        depth--;
    return depth;
}

static Str token_text(const Lexer *lx)
{
    return (Str){(const char *)lx->start, (size_t)(lx->cursor - lx->start)};
}

void lexer_statement_word(Lexer *lx, int kind)
{
    bool is_parameter = kind == TOK_VAR && lx->is_in_head && lx->depth > 0;
    if (lx->is_first_in_line && !is_behind_dot(lx) && !is_parameter) {
        uint32_t depth = statement_depth(lx);
        bool is_in_string = depth > 0 && lx->brackets[depth - 1].kind == '"';
        if (depth < lx->depth && !is_in_string) {
            Diag *d = unclosed(lx, &lx->brackets[lx->depth - 1]);
            if (d)
                diag_note(d, lexer_here(lx), "`%.*s` begins a new statement here",
                          STR_ARG(token_text(lx)));
            close_down_to(lx, depth);
            lx->wants_newline = true;
        } else if (!is_in_string && !ends_statement(lx) && lx->previous != 0 &&
                   lx->previous != TOK_LBRACE && lx->previous != TOK_FAT_ARROW) {
            lx->wants_newline = true; /* what the line before asked for is missing */
        }
    }
    lexer_word(lx, kind);
}

bool lexer_is_declaration(Lexer *lx)
{
    if (lx->depth > 0)
        return false;
    return lx->previous == 0 || lx->is_in_annotations || lx->wants_newline ||
           (lx->has_line_break && ends_statement(lx));
}

/* A word in the first column with a name or a string behind it, as only declarations have it. */
static bool looks_like_declaration(const Lexer *lx)
{
    bool is_in_first_column = lexer_offset(lx, lx->start) == 0 || lx->start[-1] == '\n';
    if (!is_in_first_column)
        return false;
    const unsigned char *at = lx->cursor;
    while (*at == ' ' || *at == '\t')
        at++;
    bool is_letter = (*at >= 'a' && *at <= 'z') || (*at >= 'A' && *at <= 'Z');
    return at > lx->cursor && (is_letter || *at == '_' || *at == '"');
}

static void begin_declaration(Lexer *lx)
{
    if (lexer_is_in_interpolation(lx))
        return;
    close_all_indented(lx, 0);
    if (lx->depth > 0) {
        Diag *d = lx->is_swallowed ? NULL : unclosed(lx, &lx->brackets[lx->depth - 1]);
        if (d)
            diag_note(d, lexer_here(lx),
                      "`%.*s` begins a declaration here, "
                      "and those stand at the top level",
                      STR_ARG(token_text(lx)));
        close_down_to(lx, 0);
    }
    lx->is_swallowed = lx->has_suspect = false;
    lx->wants_newline = lx->previous != 0;
}

void lexer_declaration_word(Lexer *lx, int kind)
{
    if (is_behind_dot(lx)) {
        lexer_emit(lx, TOK_NAME);
        return;
    }
    if (!lexer_is_declaration(lx) && looks_like_declaration(lx))
        begin_declaration(lx);
    bool is_declaration =
        lexer_is_declaration(lx) || (kind == TOK_FN && lx->previous == TOK_EXTERN);
    if (is_declaration) {
        supply_body(lx);
        lx->has_suspect = false;
        lx->is_in_head = kind == TOK_STEP || kind == TOK_JOIN || kind == TOK_FN;
        lx->wants_body = lx->is_in_head && lx->previous != TOK_EXTERN;
    }
    lexer_emit(lx, is_declaration || kind == TOK_FN ? kind : TOK_NAME);
}

/* ---- comments ------------------------------------------------------------------------ */

static void add_comment(Lexer *lx)
{
    Str text = token_text(lx);
    if (text.len && text.ptr[text.len - 1] == '\r') {
        lx->cursor--;
        text.len--;
    }
    bool is_doc = str_starts_with(text, STR("///")) && !str_starts_with(text, STR("////"));
    Comment comment = {lexer_here(lx), is_doc};
    vec_push(lx->arena, &lx->comments, comment);
}

void lexer_comment(Lexer *lx)
{
    const unsigned char *end = memchr(lx->cursor, '\n', (size_t)(lx->limit - lx->cursor));
    lx->cursor = end ? end : lx->limit;
    add_comment(lx);
}

void lexer_block_comment(Lexer *lx)
{
    unsigned depth = 1;
    bool has_newline = false;
    while (depth > 0 && lx->cursor < lx->limit) {
        const unsigned char *c = lx->cursor++;
        if (c[0] == '/' && c[1] == '*') {
            depth++;
            lx->cursor++;
        } else if (c[0] == '*' && c[1] == '/') {
            depth--;
            lx->cursor++;
        } else if (c[0] == '\n') {
            has_newline = true;
        }
    }
    if (depth > 0) {
        Span open = {lx->source_index, lexer_offset(lx, lx->start),
                     lexer_offset(lx, lx->start) + 2};
        Diag *d = diag_error(lx->diags, F0104, open, "this comment is never closed");
        diag_label(lexer_fault(lx, d), "%u `*/` %s missing", depth, depth == 1 ? "is" : "are");
        lx->is_swallowed = true;
        lx->cursor = lx->start + 2;
        lexer_resume(lx);
    }
    add_comment(lx);
    if (has_newline)
        lexer_newline(lx);
}

/* ---- the lexer ------------------------------------------------------------------------- */

/* Once a file, however many there are: a file in another encoding is full of them. */
static void check_utf8(Lexer *lx)
{
    Str text = lx->source->text;
    size_t good = utf8_valid_prefix(text);
    if (good == text.len)
        return;
    Span span = {lx->source_index, (uint32_t)good, (uint32_t)good + 1};
    Diag *d = diag_error(lx->diags, F0102, span, "this byte is not valid UTF-8");
    diag_label(d, "byte 0x%02x", (unsigned)(unsigned char)text.ptr[good]);
    diag_help(d, "save the file as UTF-8");
    lexer_fault(lx, d);
    lx->has_bad_bytes = true;
}

void lexer_init(Lexer *lx, Arena *a, const SourceSet *sources, uint32_t source, DiagList *diags)
{
    const Source *s = source_get(sources, source);
    *lx = (Lexer){.arena = a, .diags = diags, .source = s, .source_index = source};
    lx->start = lx->cursor = (const unsigned char *)s->text.ptr;
    lx->limit = lx->cursor + s->text.len;
    lx->script_depth = -1;
    lx->last_error = lx->last_complaint = LEXER_NOWHERE;
    lx->is_first_in_line = true;
    check_utf8(lx);
    if (str_starts_with(s->text, STR("#!")))
        while (lx->cursor < lx->limit && *lx->cursor != '\n')
            lx->cursor++;
    lx->line_indent = indent_here(lx);
}

const Token *lexer_next(Lexer *lx)
{
    if (lx->queue_next == lx->queue.len) {
        lx->queue_next = 0;
        vec_clear(&lx->queue);
        if (lx->string.quotes)
            scan_string(lx);
        else
            scan_code(lx);
    }
    return &lx->queue.items[lx->queue_next++];
}
