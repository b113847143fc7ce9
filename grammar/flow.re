/* SPDX-License-Identifier: Apache-2.0 */
/* flow.re - the scanner's rules: what tokens look like.
 *
 * Two modes, one function each: code and the text of a string.  A rule that says `again` gives no
 * token.  What people bring from other languages is read as what it means here, and reported.
 * `[^]` is one code point, `*` one byte that is not valid UTF-8. */
#include <ctype.h>
#include <stdlib.h>

#include "base/utf8.h"
#include "flow.tab.h"
#include "syntax/scan.h"

/*!re2c
re2c:yyfill:enable = 0;
re2c:eof = 0;
re2c:encoding:utf8 = 1;
re2c:define:YYCTYPE = "unsigned char";
re2c:define:YYCURSOR = "lx->cursor";
re2c:define:YYLIMIT = "lx->limit";

letter  = [a-zA-Z_];
digit   = [0-9];
word    = letter (letter | digit)*;
digits  = digit ("_"? digit)*;
blank   = [ \t];
quotes  = ["];
curly   = [\u2018\u2019\u201a-\u201f\u00ab\u00bb];
space   = [\u00a0\u2000-\u200b\u202f\u3000\ufeff];
foreign = [^\x00-\x7f] \ curly \ space;
*/

static Diag *other_language(Lexer *lx, const char *replacement, const char *what)
{
    Diag *d = diag_error(lx->diags, F0121, lexer_here(lx), "`%.*s` is not Flow",
                         (int)(lx->cursor - lx->start), (const char *)lx->start);
    if (replacement)
        diag_fix(d, lexer_here(lx), str_from(replacement), "%s", what);
    else
        diag_help(d, "%s", what);
    return lexer_fault(lx, d);
}

/* What is written instead of a character that other languages have. */
static const char *meaning_elsewhere(unsigned char c)
{
    switch (c) {
    case '\'':
    case '`': return "strings stand between `\"` and `\"`";
    case '\\':
        return "a closure is written `|x| x + 1`; a line goes on by itself after an operator";
    case '&': return "conditions are joined by `and`; of bits there is `a.bit_and(b)`";
    case '^': return "a power is written `a ** b`; of bits there is `a.bit_xor(b)`";
    case '~': return "the opposite of a condition is `not x`; of bits there is `a.bit_not()`";
    case '$': return "a value in a string is `{x}`, and names stand as they are";
    default: return NULL;
    }
}

static void meaningless(Lexer *lx)
{
    if (lx->has_bad_bytes)
        return;
    Diag *d = diag_error(lx->diags, F0101, lexer_here(lx), "this character has no meaning here");
    unsigned char c = *lx->start;
    if (c < ' ' || c == 0x7f)
        diag_label(d, "a control character, 0x%02x", c);
    else if (meaning_elsewhere(c))
        diag_help(d, "%s", meaning_elsewhere(c));
    lexer_fault(lx, d);
}

static void foreign_name(Lexer *lx)
{
    Diag *d = diag_error(lx->diags, F0101, lexer_here(lx), "this is no name");
    diag_label(lexer_fault(lx, d), "names are made of a-z, A-Z, 0-9 and _");
    lexer_word(lx, TOK_NAME);
}

static void curly_quote(Lexer *lx)
{
    Diag *d = diag_error(lx->diags, F0101, lexer_here(lx), "this is not a string's quote");
    diag_fix(lexer_fault(lx, d), lexer_here(lx), STR("\""), "strings stand between `\"` and `\"`");
}

/* A whole string between them. */
static void curly_quotes(Lexer *lx)
{
    Str text = { (const char *)lx->start, (size_t)(lx->cursor - lx->start) };
    uint32_t quote;
    size_t open = utf8_decode(text, &quote), close = 1;
    while (((unsigned char)text.ptr[text.len - close] & 0xc0) == 0x80)
        close++;
    Str inner = str_slice(text, open, text.len - close);
    Diag *d = diag_error(lx->diags, F0101, lexer_here(lx), "these are not a string's quotes");
    diag_fix(lexer_fault(lx, d), lexer_here(lx),
             str_printf(lx->arena, "\"%.*s\"", STR_ARG(inner)),
             "strings stand between `\"` and `\"`");
    lexer_emit(lx, TOK_BAD);
}

static void strange_space(Lexer *lx)
{
    Diag *d = diag_error(lx->diags, F0101, lexer_here(lx), "this is no plain space");
    diag_fix(lexer_fault(lx, d), lexer_here(lx), STR(" "), "write a plain one");
}

static void hash_comment(Lexer *lx)
{
    if (lx->hash)
        diag_fix(lx->hash, lexer_here(lx), STR("//"), "comments begin with `//`");
    else
        lx->hash = other_language(lx, "//", "comments begin with `//`");
    lexer_comment(lx);
    lx->comments.len--;
}

/* 'text' becomes the string that was meant, and `text` too. */
static void single_quotes(Lexer *lx)
{
    Diag *d = diag_error(lx->diags, F0121, lexer_here(lx), "a string stands in double quotes");
    const unsigned char *quote = lx->start;
    while (*quote != '\'' && *quote != '`')
        quote++;
    diag_fix(lexer_fault(lx, d), lexer_here(lx),
             str_printf(lx->arena, "\"%.*s\"", (int)(lx->cursor - quote - 2),
                        (const char *)quote + 1),
             *quote == '`' ? "write `\"` on both sides" : "write `\"` for `%c`", *quote);
    lexer_emit(lx, TOK_BAD);
}

/* The letter before a string that has values in it everywhere. */
static void string_prefix(Lexer *lx)
{
    Diag *d = diag_error(lx->diags, F0121, lexer_here(lx), "a string needs no `%c`", *lx->start);
    diag_fix(lexer_fault(lx, d), lexer_here(lx), STR(""),
             "leave it out: `{x}` is a value in every string");
}

/* \"text\" in a value inside of a string, as other languages want it. */
static void escaped_quotes(Lexer *lx)
{
    Diag *d = diag_error(lx->diags, F0121, lexer_here(lx),
                         "a string inside of a string needs no backslashes");
    size_t len = (size_t)(lx->cursor - lx->start) - 4;
    diag_fix(lexer_fault(lx, d), lexer_here(lx),
             str_printf(lx->arena, "\"%.*s\"", (int)len, (const char *)lx->start + 2),
             "write `\"` for `\\\"`");
    lexer_emit(lx, TOK_BAD);
}

/* The name that ends where the token begins. */
static Str word_before(const Lexer *lx)
{
    const char *end = (const char *)lx->start, *at = end;
    uint32_t left = lexer_here(lx).start;
    for (; left > 0 && (at[-1] == '_' || isalnum((unsigned char)at[-1])); left--)
        at--;
    return (Str){at, (size_t)(end - at)};
}

static void dot_number(Lexer *lx)
{
    if (lx->previous == TOK_NAME || lx->previous == TOK_RPAREN) {
        Str name = word_before(lx);
        if (!name.len)
            name = STR("…");
        other_language(lx, NULL,
                       str_printf(lx->arena, "a tuple is taken apart: `let (a, b) = %.*s`",
                                  STR_ARG(name)).ptr);
        return;
    }
    Diag *d = diag_error(lx->diags, F0106, lexer_here(lx), "a number has a digit before its dot");
    lexer_fault(lx, d);
    diag_fix(d, lexer_here(lx), str_printf(lx->arena, "0%.*s", (int)(lx->cursor - lx->start),
                                           (const char *)lx->start), "write a 0 there");
    lexer_emit(lx, TOK_BAD);
}

static void bad_number(Lexer *lx)
{
    Diag *d = diag_error(lx->diags, F0106, lexer_here(lx), "this is no number");
    diag_help(lexer_fault(lx, d), "0x takes 0-9 and a-f, 0o takes 0-7, 0b takes 0 and 1");
    lexer_emit(lx, TOK_BAD);
}

/* `||` begins a closure without parameters, save where an operator is due. */
static void double_bar(Lexer *lx)
{
    if (lexer_is_after_value(lx)) {
        other_language(lx, "or", "write `or`");
        lexer_emit(lx, TOK_OR);
    } else {
        lexer_emit(lx, TOK_BAR_BAR);
    }
}

static void replaced(Lexer *lx, int kind, const char *replacement)
{
    Str shown = str_trim(str_from(replacement));
    other_language(lx, replacement, str_printf(lx->arena, "write `%.*s`", STR_ARG(shown)).ptr);
    lexer_emit(lx, kind);
}

static bool is_word_byte(unsigned char c)
{
    return c == '_' || (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
}

static Str word_ending(const Lexer *lx, const unsigned char *end)
{
    const unsigned char *start = end, *text = (const unsigned char *)lx->source->text.ptr;
    while (start > text && is_word_byte(start[-1]))
        start--;
    return (Str){ (const char *)start, (size_t)(end - start) };
}

/* A part of the token as one of its own. */
static void emit_name(Lexer *lx, Str name)
{
    const unsigned char *start = lx->start, *cursor = lx->cursor;
    lx->start = (const unsigned char *)name.ptr;
    lx->cursor = lx->start + name.len;
    lexer_emit(lx, TOK_NAME);
    lx->start = start;
    lx->cursor = cursor;
}

/* `xs[::2]`; elsewhere the path to a name. */
static void double_colon(Lexer *lx)
{
    bool is_slice = lx->depth > 0 && lx->brackets[lx->depth - 1].kind == '[';
    if (!is_slice) {
        replaced(lx, TOK_DOT, ".");
        return;
    }
    other_language(lx, NULL, "a part of a list is `xs[a..b]`, and every second item "
                             "`(0..xs.len() div 2).map(|i| xs[2 * i])`");
    lexer_emit(lx, TOK_DOT_DOT);
}

/* `x := 1` makes a name; behind `let` or a type it only gives it a value. */
static void bind_name(Lexer *lx)
{
    const unsigned char *at = lx->start, *text = (const unsigned char *)lx->source->text.ptr;
    while (at > text && at[-1] == ' ')
        at--;
    Str name = word_ending(lx, at);
    const unsigned char *first = (const unsigned char *)name.ptr;
    while (first > text && (first[-1] == ' ' || first[-1] == '\t'))
        first--;
    if (!name.len || (first > text && first[-1] != '\n')) {
        replaced(lx, TOK_EQUAL, "=");
        return;
    }
    Span here = lexer_here(lx);
    Diag *d = diag_error(lx->diags, F0121, here, "`:=` is not Flow");
    uint32_t start = here.start - (uint32_t)((const char *)lx->start - name.ptr);
    diag_fix(d, (Span){ here.source, start, start }, STR("let "), " ");
    diag_fix(lexer_fault(lx, d), here, STR("="),
             "write `let %.*s = …`, or `var` to change it later", STR_ARG(name));
    lexer_emit(lx, TOK_EQUAL);
}

/* `x := 1` at the beginning of a line; `(n := 1)` inside of an expression. */
static void colon_equal(Lexer *lx)
{
    if (lx->depth == 0 || lx->brackets[lx->depth - 1].kind != '(') {
        bind_name(lx);
        return;
    }
    other_language(lx, NULL, "a name is bound on a line of its own: `let n = …`");
    lexer_emit(lx, TOK_FORMAT); /* fits nowhere: what these brackets hold is left out */
}

/* `print!(…)` and `x!`; in front of a condition it is `not`. */
static void exclamation(Lexer *lx)
{
    bool is_close = lexer_is_after_value(lx) && lx->start[-1] != ' ';
    if (!is_close) {
        replaced(lx, TOK_NOT, "not ");
        return;
    }
    bool is_macro = *lx->cursor == '(' || *lx->cursor == '[';
    other_language(lx, is_macro ? "" : NULL,
                   is_macro ? "leave it out"
                            : "what may be none is opened by `x ?? fail \"no x\"`");
}

/* `1...5` and `1..<5`. */
static void long_range(Lexer *lx)
{
    other_language(lx, lx->start[2] == '.' ? "..=" : "..",
                   "a range is `1..5` without its end, and `1..=5` with it");
    lexer_emit(lx, TOK_DOT_DOT);
}

/* The end of a loop's head that is written as in C or Go, or NULL where it is none. */
static const unsigned char *foreign_head(const Lexer *lx)
{
    const unsigned char *at = lx->cursor;
    bool has_part = false;
    for (; *at && *at != '\n' && *at != '{'; at++) {
        if (strncmp((const char *)at, " in ", 4) == 0)
            return NULL;
        has_part |= *at == ';' || (at[0] == ':' && at[1] == '=') || (at[0] == ' ' && at[1] == ':');
        has_part |= strncmp((const char *)at, " of ", 4) == 0;
    }
    while (has_part && at > lx->cursor && (at[-1] == ' ' || at[-1] == '\r' || at[-1] == ':'))
        at--;
    return has_part && *lx->cursor != ':' ? at : NULL;
}

/* The name that such a loop counts by: the last one before an `=`, `:` or `of`. */
static Str counted_name(const unsigned char *at, const unsigned char *end)
{
    Str name = { "", 0 };
    for (; at < end && *at != '=' && *at != ':' && *at != ';'; at++) {
        const unsigned char *start = at;
        while (at < end && is_word_byte(*at))
            at++;
        Str word = { (const char *)start, (size_t)(at - start) };
        if (str_is(word, "of"))
            break;
        if (word.len)
            name = word;
        if (at == end || *at == '=' || *at == ':' || *at == ';')
            break;
    }
    return name;
}

/* Of `for (int i = 0; i < 3; i++)` and its kin one thing is said; it is read as `for i in …`. */
static void for_word(Lexer *lx)
{
    const unsigned char *head = lx->cursor, *end = foreign_head(lx);
    lexer_statement_word(lx, TOK_FOR);
    if (!end || lx->previous != TOK_FOR)
        return;
    lx->start = head + 1;
    lx->cursor = end;
    Diag *d = diag_error(lx->diags, F0121, lexer_here(lx), "a loop goes over a list or a range");
    diag_help(d, "write `for x in xs { … }`, `for i in 0..10 { … }` or `while true { … }`");
    lexer_fault(lx, d);
    Str name = counted_name(head, end);
    if (name.len)
        emit_name(lx, name);
    else
        lexer_emit(lx, TOK_UNDERSCORE);
    lexer_emit(lx, TOK_IN);
    lexer_emit(lx, TOK_BAD);
}

/* `x++` is read as `x += 1`. */
static void increment(Lexer *lx, int kind, const char *replacement)
{
    const unsigned char *at = lx->cursor;
    while (*at == ' ')
        at++;
    if (kind == TOK_PLUS_EQUAL && (*at == '[' || *at == '"') && lexer_is_after_value(lx)) {
        replaced(lx, TOK_PLUS, "+");
        return;
    }
    other_language(lx, lexer_is_after_value(lx) ? replacement : NULL,
                   kind == TOK_PLUS_EQUAL ? "write `+= 1`" : "write `-= 1`");
    if (!lexer_is_after_value(lx))
        return;
    lexer_emit(lx, kind);
    Token one = { .kind = TOK_INT, .span = lexer_here(lx), .integer = 1 };
    lexer_emit_token(lx, one);
}

static bool is_name_here(const Lexer *lx)
{
    return lx->previous == TOK_DOT || lx->previous == TOK_QUESTION_DOT || lx->previous == TOK_AT;
}

static void none_word(Lexer *lx)
{
    if (is_name_here(lx))
        lexer_emit(lx, TOK_NAME);
    else
        replaced(lx, TOK_NONE, "none");
}

/* A declaration's word elsewhere, where a declaration begins; a name otherwise. */
static void foreign_declaration(Lexer *lx, int kind, const char *replacement)
{
    if (lexer_is_declaration(lx) && !is_name_here(lx))
        replaced(lx, kind, replacement);
    else
        lexer_word(lx, TOK_NAME);
}

static void foreign_catch(Lexer *lx)
{
    if (lx->previous != TOK_RBRACE) {
        lexer_word(lx, TOK_NAME);
        return;
    }
    other_language(lx, NULL, "what failed is caught by `catch NAME { … }`");
    lexer_emit(lx, TOK_CATCH);
}

static void else_if(Lexer *lx)
{
    if (is_name_here(lx)) {
        lexer_emit(lx, TOK_NAME);
        return;
    }
    replaced(lx, TOK_ELSE, "else if");
    lexer_emit(lx, TOK_IF);
}

/* ---- flows of another language ------------------------------------------------- */

static bool is_assigned(const Lexer *lx)
{
    const unsigned char *at = lx->cursor;
    while (*at == ' ')
        at++;
    return at[0] == '=' && at[1] != '=';
}

/* `self.x`: one message about what is kept, and one about what is read, are enough. */
static void self_name(Lexer *lx)
{
    Str name = word_ending(lx, lx->cursor);
    bool is_kept = lx->is_first_in_line && is_assigned(lx);
    bool *has_named = is_kept ? &lx->has_named_self_kept : &lx->has_named_self_read;
    if (!*has_named) {
        Diag *d = diag_error(lx->diags, F0121, lexer_here(lx), "`self` is not Flow");
        Span self = lexer_here(lx);
        self.end -= (uint32_t)name.len;
        lexer_fault(lx, d);
        if (str_is(name, "input"))
            diag_help(d, "what a foreach gives to a step is its item: "
                         "`step NAME(item: int) { … }`");
        else
            diag_fix(d, self, is_kept ? STR("keep ") : STR(""),
                     is_kept ? "what later steps are to see is kept: `keep %.*s = …`"
                             : "what a step before has kept is read by its bare name, `%.*s`",
                     STR_ARG(name));
    }
    *has_named = true;
    lexer_emit(lx, TOK_BAD);
}

typedef struct NextPart {
    Str name;
    bool is_list; /* of `foreach='xs'` */
} NextPart;

/* Up to the `)` behind `self.next(`; how many parts there are, or 0 if it is anything unusual. */
static int read_self_next(Lexer *lx, NextPart *parts, int max)
{
    const unsigned char *YYMARKER;
    for (int count = 0; count < max;) {
        /*!re2c
        [ \t\r\n,]+                       { continue; }
        ")"                               { return count; }
        "self" blank* "." blank* word     {
            parts[count++] = (NextPart){word_ending(lx, lx->cursor), false};
            continue;
        }
        "foreach" blank* "=" blank* ['"] word ['"]  {
            parts[count++] = (NextPart){word_ending(lx, lx->cursor - 1), true};
            continue;
        }
        $                                 { return 0; }
        *                                 { return 0; }
        */
    }
    return 0;
}

/* At the `(`: gives the parts of the `next` that was meant. */
static void self_next(Lexer *lx)
{
    enum { MAX = 20 };
    NextPart parts[MAX];
    const unsigned char *open = lx->cursor;
    int count = read_self_next(lx, parts, MAX);
    if (count == 0)
        lx->cursor = open;
    StrBuf text;
    strbuf_init(&text, lx->arena);
    strbuf_add(&text, STR("next"));
    for (int i = 0; i < count; i++)
        strbuf_printf(&text, "%s %.*s", parts[i].is_list ? " foreach" : i ? "," : "",
                      STR_ARG(parts[i].name));
    Diag *d = diag_error(lx->diags, F0121, lexer_here(lx), "`self.next` is not Flow");
    lexer_fault(lx, d);
    if (count)
        diag_fix(d, lexer_here(lx), strbuf_str(&text), "write `%.*s`", STR_ARG(strbuf_str(&text)));
    else
        diag_help(d, "write `next work`, `next a, b` or `next work foreach xs`");
    lexer_emit(lx, TOK_NEXT);
    for (int i = 0; i < count; i++) {
        if (i > 0)
            lexer_emit(lx, parts[i].is_list ? TOK_FOREACH : TOK_COMMA);
        if (parts[i].is_list)
            lexer_emit(lx, TOK_BAD); /* kept as `self.xs`, so not known by its name */
        else
            emit_name(lx, parts[i].name);
    }
    if (count == 0)
        lexer_open(lx, '(');
}

/* `def work(self)` and `class Flow(FlowSpec)`: the declaration that was meant, and its name. */
static void foreign_flow(Lexer *lx, int kind)
{
    if (lx->depth > 0) { /* of a class */
        lx->cursor = lx->start + 3;
        lexer_word(lx, TOK_NAME);
        return;
    }
    const unsigned char *end = lx->cursor, *at = lx->start;
    while (is_word_byte(*at))
        at++;
    while (!is_word_byte(*at))
        at++;
    while (is_word_byte(*at))
        at++;
    Str name = word_ending(lx, at);
    const char *word = kind == TOK_FLOW ? "flow" : kind == TOK_STEP ? "step" : "join";
    Diag *d = diag_error(lx->diags, F0121, lexer_here(lx), "this is not how a %s is written", word);
    lexer_fault(lx, d);
    if (kind == TOK_JOIN)
        diag_help(d, "a join names the steps that it closes: `join %.*s(all: [work]) { … }`",
                  STR_ARG(name));
    else
        diag_fix(d, lexer_here(lx), str_printf(lx->arena, "%s %.*s", word, STR_ARG(name)),
                 "write `%s %.*s%s`", word, STR_ARG(name), kind == TOK_FLOW ? "" : " { … }");
    lx->cursor = lx->start + 1;
    lexer_declaration_word(lx, kind);
    emit_name(lx, name);
    lx->cursor = end;
}

static void step_annotation(Lexer *lx)
{
    if (!lx->has_named_step)
        other_language(lx, "", "leave it out: `step NAME { … }` is enough");
    lx->has_named_step = true;
}

/* Outside of brackets in an interpolation it begins the format. */
static void colon(Lexer *lx)
{
    if (lx->depth > 0 && lx->brackets[lx->depth - 1].kind == '"')
        lexer_format(lx);
    else
        lexer_emit(lx, TOK_COLON);
}

/* The text of a script follows at this bracket depth, unless it is taken from a file. */
static void script(Lexer *lx)
{
    lexer_word(lx, TOK_SCRIPT);
    if (lx->previous == TOK_SCRIPT)
        lx->script_depth = (int)lx->depth;
}

static void from(Lexer *lx)
{
    lexer_word(lx, TOK_FROM);
    lx->script_depth = -1;
}

void scan_code(Lexer *lx)
{
    const unsigned char *YYMARKER, *YYCTXMARKER = lx->cursor;
again:
    while (*lx->cursor == ' ')
        lx->cursor++;
    lx->start = lx->cursor;
    /*!re2c
    $               { lexer_finish(lx); return; }
    [ \t\r]+        { goto again; }
    "\n"            { lexer_newline(lx); if (lx->queue.len) return; goto again; }
    "//"            { lexer_comment(lx); goto again; }
    "/" "*"         { lexer_block_comment(lx); if (lx->queue.len) return; goto again; }
    ";"             { lexer_semicolon(lx); goto again; }
    "#"             { hash_comment(lx); goto again; }

    "("             { lexer_open(lx, '('); return; }
    "["             { lexer_open(lx, '['); return; }
    "{"             { lexer_open(lx, '{'); return; }
    ")"             { lexer_close(lx, ')'); if (lx->queue.len) return; goto again; }
    "]"             { lexer_close(lx, ']'); if (lx->queue.len) return; goto again; }
    "}"             { lexer_close(lx, '}'); if (lx->queue.len) return; goto again; }

    quotes+         { lexer_open_string(lx, false); return; }
    "r" quotes+     { lexer_open_string(lx, true); return; }
    [fFuU]? "'" [^'"\n]* "'" { single_quotes(lx); return; }
    "`" [^`"\n]* "`" { single_quotes(lx); return; }
    [fFuU] / quotes { string_prefix(lx); goto again; }
    "\\\"" [^"\\\n]* "\\\""  { escaped_quotes(lx); return; }

    "0" | digits                    { lexer_integer(lx, 10); return; }
    "0x" [0-9a-fA-F] ("_"? [0-9a-fA-F])*  { lexer_integer(lx, 16); return; }
    "0o" [0-7] ("_"? [0-7])*        { lexer_integer(lx, 8); return; }
    "0b" [01] ("_"? [01])*          { lexer_integer(lx, 2); return; }
    "0" [xob] (letter | digit)*     { bad_number(lx); return; }
    digits ("." digits)? [eE] [+-]? digits  { lexer_float(lx); return; }
    digits "." digits               { lexer_float(lx); return; }
    digits ("." digits)? word       { lexer_quantity(lx); return; }
    "." digits                      { dot_number(lx); if (lx->queue.len) return; goto again; }

    ","   { lexer_emit(lx, TOK_COMMA); return; }
    ":"   { colon(lx); return; }
    "."   { lexer_emit(lx, TOK_DOT); return; }
    "?."  { lexer_emit(lx, TOK_QUESTION_DOT); return; }
    "??"  { lexer_emit(lx, TOK_QUESTION_QUESTION); return; }
    "?"   { lexer_emit(lx, TOK_QUESTION); return; }
    ".."  { lexer_emit(lx, TOK_DOT_DOT); return; }
    "..=" { lexer_emit(lx, TOK_DOT_DOT_EQUAL); return; }
    "@"   { lexer_emit(lx, TOK_AT); return; }
    "|"   { lexer_emit(lx, TOK_BAR); return; }
    "||"  { double_bar(lx); return; }
    "->"  { lexer_emit(lx, TOK_ARROW); return; }
    "=>"  { lexer_emit(lx, TOK_FAT_ARROW); return; }
    "+"   { lexer_emit(lx, TOK_PLUS); return; }
    "-"   { lexer_emit(lx, TOK_MINUS); return; }
    "*"   { lexer_emit(lx, TOK_STAR); return; }
    "**"  { lexer_emit(lx, TOK_STAR_STAR); return; }
    "/"   { lexer_emit(lx, TOK_SLASH); return; }
    "%"   { lexer_emit(lx, TOK_PERCENT); return; }
    "="   { lexer_emit(lx, TOK_EQUAL); return; }
    "+="  { lexer_emit(lx, TOK_PLUS_EQUAL); return; }
    "-="  { lexer_emit(lx, TOK_MINUS_EQUAL); return; }
    "*="  { lexer_emit(lx, TOK_STAR_EQUAL); return; }
    "**=" { lexer_emit(lx, TOK_STAR_STAR_EQUAL); return; }
    "/="  { lexer_emit(lx, TOK_SLASH_EQUAL); return; }
    "%="  { lexer_emit(lx, TOK_PERCENT_EQUAL); return; }
    "??=" { lexer_emit(lx, TOK_COALESCE_EQUAL); return; }
    "=="  { lexer_emit(lx, TOK_EQUAL_EQUAL); return; }
    "!="  { lexer_emit(lx, TOK_NOT_EQUAL); return; }
    "<"   { lexer_emit(lx, TOK_LESS); return; }
    "<="  { lexer_emit(lx, TOK_LESS_EQUAL); return; }
    ">"   { lexer_emit(lx, TOK_GREATER); return; }
    ">="  { lexer_emit(lx, TOK_GREATER_EQUAL); return; }

    "==="  { replaced(lx, TOK_EQUAL_EQUAL, "=="); return; }
    "<>"   { replaced(lx, TOK_NOT_EQUAL, "!="); return; }
    "!=="  { replaced(lx, TOK_NOT_EQUAL, "!="); return; }
    "&&"   { replaced(lx, TOK_AND, "and"); return; }
    "!"    { exclamation(lx); if (lx->queue.len) return; goto again; }
    "::"   { double_colon(lx); return; }
    ":="   { colon_equal(lx); return; }
    "..." | "..<"  { long_range(lx); return; }
    "++"   { increment(lx, TOK_PLUS_EQUAL, " += 1"); if (lx->queue.len) return; goto again; }
    "--"   { increment(lx, TOK_MINUS_EQUAL, " -= 1"); if (lx->queue.len) return; goto again; }

    "flow"    { lexer_declaration_word(lx, TOK_FLOW); return; }
    "import"  { lexer_declaration_word(lx, TOK_IMPORT); return; }
    "param"   { lexer_declaration_word(lx, TOK_PARAM); return; }
    "pool"    { lexer_declaration_word(lx, TOK_POOL); return; }
    "struct"  { lexer_declaration_word(lx, TOK_STRUCT); return; }
    "enum"    { lexer_declaration_word(lx, TOK_ENUM); return; }
    "extern"  { lexer_declaration_word(lx, TOK_EXTERN); return; }
    "step"    { lexer_declaration_word(lx, TOK_STEP); return; }
    "join"    { lexer_declaration_word(lx, TOK_JOIN); return; }
    "test"    { lexer_declaration_word(lx, TOK_TEST); return; }
    "fn"      { lexer_declaration_word(lx, TOK_FN); return; }

    "let"      { lexer_statement_word(lx, TOK_LET); return; }
    "var"      { lexer_statement_word(lx, TOK_VAR); return; }
    "keep"     { lexer_statement_word(lx, TOK_KEEP); return; }
    "for"      { for_word(lx); return; }
    "while"    { lexer_statement_word(lx, TOK_WHILE); return; }
    "break"    { lexer_statement_word(lx, TOK_BREAK); return; }
    "continue" { lexer_statement_word(lx, TOK_CONTINUE); return; }
    "next"     { lexer_statement_word(lx, TOK_NEXT); return; }
    "assert"   { lexer_statement_word(lx, TOK_ASSERT); return; }
    "checkpoint" blank+ "every" / [^a-zA-Z0-9_]
               { lexer_statement_word(lx, TOK_CHECKPOINT); return; }

    "and"      { lexer_word(lx, TOK_AND); return; }
    "as"       { lexer_word(lx, TOK_AS); return; }
    "catch"    { lexer_word(lx, TOK_CATCH); return; }
    "div"      { lexer_word(lx, TOK_DIV); return; }
    "else"     { lexer_word(lx, TOK_ELSE); return; }
    "fail"     { lexer_word(lx, TOK_FAIL); return; }
    "false"    { lexer_word(lx, TOK_FALSE); return; }
    "foreach"  { lexer_word(lx, TOK_FOREACH); return; }
    "if"       { lexer_word(lx, TOK_IF); return; }
    "in"       { lexer_word(lx, TOK_IN); return; }
    "match"    { lexer_word(lx, TOK_MATCH); return; }
    "none"     { lexer_word(lx, TOK_NONE); return; }
    "not"      { lexer_word(lx, TOK_NOT); return; }
    "or"       { lexer_word(lx, TOK_OR); return; }
    "return"   { lexer_word(lx, TOK_RETURN); return; }
    "true"     { lexer_word(lx, TOK_TRUE); return; }
    "try"      { lexer_word(lx, TOK_TRY); return; }
    "_"        { lexer_emit(lx, TOK_UNDERSCORE); return; }
    "not" blank+ "in" / [^a-zA-Z0-9_]  { lexer_emit(lx, TOK_NOT_IN); return; }
    "from" / blank* "r"? quotes        { from(lx); return; }
    "script" / blank+ ("python" | "r" | "sh" | "node") [^a-zA-Z0-9_]  { script(lx); return; }
    "script" / blank+ word "("         { script(lx); return; }
    "script" / blank+ word blank* (quotes | "->")  { script(lx); return; }

    "null" | "nil" | "undefined"  { none_word(lx); return; }
    "elif" | "elsif" | "elseif"   { else_if(lx); return; }
    "def" | "func" | "function"   { foreign_declaration(lx, TOK_FN, "fn"); return; }
    "class"                       { foreign_declaration(lx, TOK_STRUCT, "struct"); return; }
    "except" | "rescue"           { foreign_catch(lx); return; }
    "const"                       { foreign_declaration(lx, TOK_LET, "let"); return; }

    "self" blank* "." blank* word               { self_name(lx); return; }
    "self" blank* "." blank* "next" blank* "("         { self_next(lx); return; }
    "@" blank* "step" / blank* [\r\n/]                  { step_annotation(lx); goto again; }
    "def" blank+ word blank* "(" blank* "self" blank* ")"
                        { foreign_flow(lx, TOK_STEP); return; }
    "def" blank+ word blank* "(" blank* "self" blank* "," blank* word blank* ")"
                        { foreign_flow(lx, TOK_JOIN); return; }
    "class" blank+ word blank* "(" blank* "FlowSpec" blank* ")" blank* ":"
                        { foreign_flow(lx, TOK_FLOW); return; }

    word                { lexer_word(lx, TOK_NAME); return; }
    (letter | digit | foreign)* foreign (letter | digit | foreign)*  { foreign_name(lx); return; }
    curly ([^"\n] \ curly)* curly   { curly_quotes(lx); return; }
    curly               { curly_quote(lx); goto again; }
    space               { strange_space(lx); goto again; }
    [^]                 { meaningless(lx); goto again; }
    *                   { goto again; } // reported when the file was opened
    */
}

static void bad_escape(Lexer *lx)
{
    Diag *d = diag_error(lx->diags, F0105, lexer_here(lx), "there is no escape `%.*s`",
                         (int)(lx->cursor - lx->start), (const char *)lx->start);
    lexer_fault(lx, d);
    diag_help(d, "there are \\n \\r \\t \\0 \\\\ \\\" \\{ \\} and \\u{...}; "
                 "a raw string r\"...\" has none");
}

static void check_code_point(Lexer *lx)
{
    unsigned long c = strtoul((const char *)lx->start + 3, NULL, 16);
    if (c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff)) {
        Diag *d = diag_error(lx->diags, F0105, lexer_here(lx), "there is no character U+%lX", c);
        lexer_fault(lx, d);
    }
}

static void double_brace(Lexer *lx)
{
    Diag *d = diag_error(lx->diags, F0108, lexer_here(lx), "`{{` is no brace in a string");
    diag_fix(lexer_fault(lx, d), lexer_here(lx), STR("\\{"), "a brace is written `\\{`");
}

void scan_string(Lexer *lx)
{
    const unsigned char *YYMARKER;
    const unsigned char *text = lx->cursor;
again:
    lx->start = lx->cursor;
    /*!re2c
    $           { lexer_unclosed_string(lx, text); return; }
    "\n"        { if (lx->string.quotes > 1) goto again; lexer_unclosed_string(lx, text); return; }
    quotes+     { if (lexer_end_string(lx, text)) return; goto again; }
    "{"         { lexer_emit_text(lx, text); lexer_open_interpolation(lx); return; }
    "{{"        { double_brace(lx); goto again; }
    "\\" [nrt0\\"{}]                    { goto again; }
    "\\u{" [0-9a-fA-F]{1,6} "}"         { check_code_point(lx); goto again; }
    "\\" [^\n]                          { bad_escape(lx); goto again; }
    "\\"                                { bad_escape(lx); goto again; }
    [^\n"\\{]                           { goto again; }
    *                                   { goto again; }
    */
}
