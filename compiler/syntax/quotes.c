/* SPDX-License-Identifier: Apache-2.0 */
/* quotes.c - where strings and the texts of scripts begin and end, and the values in them.
 *
 * Raw text becomes tokens here in one go.  Of other strings flow.re scans what stands between the
 * quotes, and a value in one is a bracket like others, which keeps the string around it. */
#include "flow.tab.h"
#include "syntax/scan.h"

static void string_end(Lexer *lx)
{
    lx->string = (StringMode){0};
    lexer_emit(lx, TOK_STRING_END);
}

static size_t count_quotes(const Lexer *lx, const unsigned char *at)
{
    const unsigned char *c = at;
    while (c < lx->limit && *c == '"')
        c++;
    return (size_t)(c - at);
}

/* Moves the cursor to the closing quotes, or to where the string has to end without them. */
static bool find_closing_quotes(Lexer *lx, uint8_t quotes)
{
    while (lx->cursor < lx->limit && !(quotes == 1 && *lx->cursor == '\n')) {
        size_t count = count_quotes(lx, lx->cursor);
        if (count >= quotes) {
            lx->cursor += count - quotes; /* those before the last belong to the text */
            return true;
        }
        lx->cursor += count ? count : 1;
    }
    return false;
}

static void report_unclosed(Lexer *lx, Span open, uint8_t quotes)
{
    static const char marks[] = "\"\"\"\"\"\"";
    Diag *d = diag_error(lx->diags, F0103, open, "this string is never closed");
    diag_label(lexer_fault(lx, d), "it ends with `%.*s`", (int)quotes, marks);
    if (quotes == 1)
        diag_help(d, "a string of several lines stands between `\"\"\"` and `\"\"\"`");
}

/* A string of several lines that has no end is taken to end where declarations go on. */
static bool has_no_end(Lexer *lx, const Token *open)
{
    const unsigned char *text = lx->cursor;
    bool has_end = open->quotes == 1 || find_closing_quotes(lx, open->quotes);
    lx->cursor = text;
    return !has_end;
}

static void emit_whole(Lexer *lx, Token t, Str body, int kind)
{
    Span open = t.span;
    t.span.end = lexer_offset(lx, lx->cursor);
    t.text = body;
    if (kind == TOK_SCRIPT_TEXT) {
        t.kind = (uint16_t)kind;
        lexer_emit_token(lx, t);
        return;
    }
    Span text = {open.source, open.end, open.end + (uint32_t)body.len};
    Span close = {open.source, text.end, t.span.end};
    Token begin = {.kind = TOK_STRING_BEGIN, .span = open, .quotes = t.quotes, .is_raw = true};
    lexer_emit_token(lx, begin);
    if (body.len)
        lexer_emit_token(lx, (Token){.kind = TOK_TEXT, .span = text, .text = body});
    lexer_emit_token(lx, (Token){.kind = TOK_STRING_END, .span = close});
}

static void scan_without_end(Lexer *lx, Token t, int kind)
{
    report_unclosed(lx, t.span, t.quotes);
    lx->is_swallowed = true;
    const char *text = (const char *)lx->cursor;
    bool has_line_break = lx->has_line_break;
    lexer_resume(lx);
    lx->has_line_break = has_line_break;
    emit_whole(lx, t, (Str){text, (size_t)((const char *)lx->cursor - text)}, kind);
    lx->is_first_in_line = true;
}

/* The quote that would end the text if `\"` were one in it, where such stand before the one at the
 * cursor and behind it on the line; else NULL. */
static const unsigned char *escaped_end(const Lexer *lx, const unsigned char *text)
{
    if (lx->cursor == text || lx->cursor[-1] != '\\')
        return NULL;
    const unsigned char *c = lx->cursor + 1;
    while (c < lx->limit && *c != '\n' && *c != '"')
        c += *c == '\\' && c + 1 < lx->limit && c[1] != '\n' ? 2 : 1;
    return c < lx->limit && *c == '"' ? c : NULL;
}

/* From the quote at `open` to that at `end` there are `\"`, which are none in a raw text. */
static void report_escaped(Lexer *lx, Span open, const unsigned char *end)
{
    const unsigned char *text = lx->start + 1;
    uint32_t at = lexer_offset(lx, lx->cursor);
    Diag *d = diag_error(lx->diags, F0121, (Span){open.source, at - 1, at + 1},
                         "a script's text is raw, so the quote of `\\\"` ends it");
    if (*text == '\\') { /* a quote would follow those that open the text */
        diag_help(d, "put the text between `\"\"\"`, with its quotes as they are");
        return;
    }
    diag_fix(d, open, STR("\"\"\""), "-");
    for (const unsigned char *c = text; c < end; c += *c == '\\' ? 2 : 1) {
        at = lexer_offset(lx, c);
        if (*c == '\\' && c[1] == '"')
            diag_fix(d, (Span){open.source, at, at + 1}, STR(""), "-");
    }
    at = lexer_offset(lx, end);
    diag_fix(d, (Span){open.source, at, at + 1}, STR("\"\"\""),
             "put it between `\"\"\"`, with its quotes as they are");
}

/* The text of a script or a raw string, whose opening quotes end at the cursor. */
static void scan_raw(Lexer *lx, Token t, int kind)
{
    const char *text = (const char *)lx->cursor;
    bool is_closed = find_closing_quotes(lx, t.quotes), is_line = t.quotes == 1 && is_closed;
    const unsigned char *end = is_line && kind == TOK_SCRIPT_TEXT ?
                                   escaped_end(lx, lx->start + 1) : NULL;
    if (end) {
        report_escaped(lx, t.span, end);
        lx->cursor = end;
    }
    Str body = {text, (size_t)((const char *)lx->cursor - text)};
    if (is_closed)
        lx->cursor += t.quotes;
    else
        report_unclosed(lx, t.span, t.quotes);
    emit_whole(lx, t, body, kind);
}

/* Two quotes are an empty string, six and eight an empty one of three and of four; otherwise as
 * many as there are open it, up to five. */
static size_t opening_quotes(size_t run, bool *is_empty)
{
    *is_empty = run == 2 || run == 6 || run == 8;
    if (*is_empty)
        return run / 2;
    return run < 5 ? run : 5;
}

void lexer_open_string(Lexer *lx, bool is_raw)
{
    const unsigned char *quote = lx->start + is_raw;
    bool is_empty;
    size_t quotes = opening_quotes((size_t)(lx->cursor - quote), &is_empty);
    lx->cursor = quote + quotes;
    Token t = {.kind = TOK_STRING_BEGIN, .span = lexer_here(lx), .quotes = (uint8_t)quotes};
    t.is_raw = is_raw;
    bool is_script = lx->script_depth == (int)lx->depth;
    if (is_script)
        lx->script_depth = -1;
    if (!is_empty && has_no_end(lx, &t)) {
        scan_without_end(lx, t, is_script ? TOK_SCRIPT_TEXT : TOK_TEXT);
    } else if (is_script) {
        scan_raw(lx, t, TOK_SCRIPT_TEXT);
    } else if (is_raw) {
        scan_raw(lx, t, TOK_TEXT);
    } else {
        lexer_emit_token(lx, t);
        lx->string = (StringMode){t.span, t.quotes, false};
        if (is_empty) {
            lx->start = lx->cursor;
            lx->cursor += quotes;
            string_end(lx);
        }
    }
}

bool lexer_end_string(Lexer *lx, const unsigned char *text)
{
    size_t run = (size_t)(lx->cursor - lx->start);
    size_t quotes = lx->string.quotes;
    if (run < quotes)
        return false;
    lx->start = quotes == 1 ? lx->start : lx->cursor - quotes;
    lx->cursor = lx->start + quotes;
    lexer_emit_text(lx, text);
    string_end(lx);
    return true;
}

/* Where strings stand in each other, the outermost is reported once they are closed. */
void lexer_unclosed_string(Lexer *lx, const unsigned char *text)
{
    lx->cursor = lx->start;
    lexer_emit_text(lx, text);
    bool is_at_end = lx->start == lx->limit;
    if (is_at_end ? !lexer_is_in_interpolation(lx) : lexer_find_one_line_string(lx) < 0)
        report_unclosed(lx, lx->string.open, lx->string.quotes);
    string_end(lx);
}

void lexer_open_interpolation(Lexer *lx)
{
    StringMode outer = lx->string;
    if (!lexer_push_bracket(lx, '"'))
        return;
    lx->brackets[lx->depth - 1].outer = outer;
    lexer_emit(lx, TOK_INTERP_OPEN);
}

static bool ends_format(unsigned char c)
{
    return c == '}' || c == '{' || c == '"' || c == '\n';
}

void lexer_format(Lexer *lx)
{
    const unsigned char *text = lx->cursor;
    while (lx->cursor < lx->limit && !ends_format(*lx->cursor))
        lx->cursor++;
    bool is_closed = lx->cursor < lx->limit && *lx->cursor == '}';
    Token t = {.kind = TOK_FORMAT, .span = lexer_between(lx, text, lx->cursor)};
    t.text = (Str){(const char *)text, (size_t)(lx->cursor - text)};
    if (is_closed) {
        lexer_emit_token(lx, t);
    } else {
        const Bracket *b = &lx->brackets[lx->depth - 1];
        Diag *d = diag_error(lx->diags, F0108, b->span, "this `{` is never closed");
        diag_label(d, "a value in a string ends with `}`");
        lexer_fault(lx, d);
        diag_help(d, "a brace itself is `\\{`, and raw text holds any: `r\"\"\"…\"\"\"`");
        lexer_close_innermost(lx, true);
    }
}
