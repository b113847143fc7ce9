/* SPDX-License-Identifier: Apache-2.0 */
/* foreign_value.c - what other languages write for values, patterns and the arms of a `match`. */
#include <string.h>

#include "syntax/foreign.h"

/* ---- the arms of a `match` -------------------------------------------------------- */

static Diag *arm_word(const Mistake *m)
{
    bool is_case = m->before == TOK_NAME && str_is(m->p->previous.text, "case");
    if (is_case && (fits(m, TOK_FAT_ARROW) || is_after_value(m)) && m->token != TOK_NEWLINE) {
        Diag *d = diag_error(m->p->diags, F0121, m->p->previous.span, "`case` is not Flow");
        Span blank = {m->at.source, m->p->previous.span.start, m->at.start};
        return diag_fix(d, blank, STR(""), "an arm of a `match` is `PATTERN => value`");
    }
    bool is_at_arm = fits(m, TOK_UNDERSCORE) && fits(m, TOK_RBRACE);
    if (m->token != TOK_ELSE || !is_at_arm)
        return NULL;
    Diag *d = diag_error(m->p->diags, F0121, m->at, "the last arm of a `match` is not an `else`");
    return diag_fix(d, m->at, STR("_"), "write `_ => …`, which takes all the others");
}

/* Behind a pattern. */
static Diag *after_pattern(const Mistake *m)
{
    if (!fits(m, TOK_FAT_ARROW))
        return NULL;
    Diag *d = NULL;
    if (m->token == TOK_COLON || m->token == TOK_ARROW || m->token == TOK_EQUAL) {
        d = diag_error(m->p->diags, F0121, m->at, "an arm of a `match` has a `=>`");
        return diag_fix(d, m->at, m->token == TOK_COLON ? STR(" =>") : STR("=>"), "write `=>`");
    }
    if (m->token == TOK_DOT_DOT || m->token == TOK_DOT_DOT_EQUAL) {
        d = diag_error(m->p->diags, F0121, m->at, "a range is no pattern");
        return diag_help(d, "add a condition to a name: `n if n in 1..=5 => …`");
    }
    if (m->token == TOK_COMMA || m->token == TOK_OR) {
        d = diag_error(m->p->diags, F0121, m->at, "several patterns are joined by `|`");
        Str bar = m->token == TOK_COMMA ? STR(" |") : STR("|");
        return diag_fix(d, m->at, bar, "write `1 | 2 => …`");
    }
    if (m->token == TOK_AND) {
        d = diag_error(m->p->diags, F0121, m->at, "a condition of an arm follows its pattern");
        return diag_fix(d, m->at, STR("if"), "write `n if n > 1 => …`");
    }
    return NULL;
}

/* A word of the language where a name is made. */
static Diag *word_as_name(const Mistake *m)
{
    static const short makers[] = {TOK_LET, TOK_VAR, TOK_KEEP, TOK_FN,
                                   TOK_STEP, TOK_JOIN, TOK_PARAM, TOK_FOR};
    Str word = m->p->current.text;
    bool is_word = word.len > 1 && word.ptr[0] >= 'a' && word.ptr[0] <= 'z';
    bool is_maker = false;
    for (size_t i = 0; i < sizeof makers / sizeof *makers; i++)
        is_maker |= m->before == makers[i];
    bool is_loop = m->before == TOK_FOR && m->token == TOK_IN;
    if (!is_maker || !is_word || m->token == TOK_NAME || is_loop)
        return NULL;
    Diag *d = diag_error(m->p->diags, F0120, m->at, "`%.*s` is a word of the language",
                         STR_ARG(word));
    return diag_help(d, "take another name, as `my_%.*s`", STR_ARG(word));
}

static Diag *range_by_steps(const Mistake *m)
{
    bool is_range = m->token == TOK_DOT_DOT || m->token == TOK_DOT_DOT_EQUAL;
    if (!is_range || !fits(m, TOK_LBRACE) || !fits(m, TOK_AND))
        return NULL;
    Diag *d = diag_error(m->p->diags, F0121, m->at, "a range goes by ones");
    return diag_help(d, "by twos: `(0..5).map(|i| 2 * i)`, or a `while` loop");
}

static Diag *dot_at_end(const Mistake *m)
{
    const char *text = m->p->text->text.ptr;
    uint32_t dot = m->p->previous.span.start;
    bool is_digit = dot > 0 && text[dot - 1] >= '0' && text[dot - 1] <= '9';
    if (m->before != TOK_DOT || !is_digit || m->token == TOK_NAME)
        return NULL;
    Diag *d = diag_error(m->p->diags, F0106, m->p->previous.span, "a number ends with a digit");
    return diag_fix(d, m->p->previous.span, STR(".0"), "write a 0 behind the dot");
}

static Diag *test_name(const Mistake *m)
{
    if (m->before != TOK_TEST || m->token != TOK_NAME)
        return NULL;
    Diag *d = diag_error(m->p->diags, F0120, m->at, "a test is named by a text");
    return diag_fix(d, m->at, str_printf(m->p->arena, "\"%.*s\"", STR_ARG(m->p->current.text)),
                    "write `test \"%.*s\" { … }`", STR_ARG(m->p->current.text));
}

static Diag *in_pattern(const Mistake *m)
{
    bool is_pattern = fits(m, TOK_UNDERSCORE) && fits(m, TOK_INT) && !fits(m, TOK_PLUS);
    if (!is_pattern)
        return NULL;
    bool is_compared = m->token == TOK_GREATER || m->token == TOK_GREATER_EQUAL ||
                       m->token == TOK_LESS || m->token == TOK_LESS_EQUAL ||
                       m->token == TOK_IN || m->token == TOK_EQUAL_EQUAL;
    if (is_compared) {
        Diag *d = diag_error(m->p->diags, F0121, m->at, "a comparison is no pattern");
        return diag_help(d, "add a condition to a name: `n if n > 5 => …`");
    }
    if (m->before != TOK_LPAREN || m->token != TOK_RPAREN)
        return NULL;
    Span both = span_join(m->p->previous.span, m->at);
    Diag *d = diag_error(m->p->diags, F0127, both, "there is nothing in these parentheses");
    return diag_fix(d, both, STR(""), "a case without values is written by its name alone");
}

/* ---- values ------------------------------------------------------------------------ */

static Diag *spread(const Mistake *m)
{
    if ((m->token != TOK_STAR && m->token != TOK_STAR_STAR) || fits(m, TOK_STAR))
        return NULL;
    bool is_param = fits(m, TOK_VAR) && fits(m, TOK_RPAREN) && !fits(m, TOK_INT);
    if (!is_param && m->before != TOK_LPAREN && m->before != TOK_LBRACKET && m->before != TOK_COMMA)
        return NULL;
    Diag *d = diag_error(m->p->diags, F0121, m->at,
                         is_param ? "a function has a fixed number of parameters"
                                  : "a list is not spread out by `%s`",
                         m->token == TOK_STAR ? "*" : "**");
    return diag_help(d, is_param ? "take a list: `fn total(xs: [int])`"
                                 : "lists are joined by `xs + ys`, and handed on as they are");
}

static Diag *struct_in_braces(const Mistake *m)
{
    if (m->token != TOK_LBRACE || !is_after_value(m) || fits(m, TOK_LBRACE))
        return NULL;
    const Token *before = &m->p->previous;
    bool is_type = before->kind == TOK_NAME && before->text.ptr[0] >= 'A' &&
                   before->text.ptr[0] <= 'Z';
    if (is_type) {
        Diag *d = diag_error(m->p->diags, F0121, m->at, "a struct is made by calling its name");
        return diag_help(d, "write `%.*s(x=1, y=2)`", STR_ARG(before->text));
    }
    if (before->kind != TOK_NAME && before->kind != TOK_RPAREN)
        return NULL;
    Span first = foreign_first_word(m->p, m->at.start);
    Str word = str_slice(m->p->text->text, first.start, first.end);
    if (foreign_statement_help(word))
        return foreign_word(m, first, word, foreign_statement_help(word));
    Diag *d = diag_error(m->p->diags, F0121, m->at, "a block belongs to `if`, `for` and the like");
    return diag_help(d, "a closure is written `|x| x + 1`, and one with a block `|x| { … }`");
}

static Diag *cast(const Mistake *m)
{
    if (m->token != TOK_AS || !is_after_value(m))
        return NULL;
    Diag *d = diag_error(m->p->diags, F0121, m->at, "a value is turned into another by a call");
    return diag_help(d, "write `float(x)`, `int(x)` or `string(x)`");
}

static Diag *empty_parentheses(const Mistake *m)
{
    if (m->token != TOK_RPAREN || m->before != TOK_LPAREN || !is_at_value(m))
        return NULL;
    Diag *d = diag_error(m->p->diags, F0121, span_join(m->p->previous.span, m->at),
                         "there is no empty tuple");
    return diag_help(d, "where nothing is to be done, write an empty block: `{ }`");
}

static Diag *shift(const Mistake *m)
{
    Str rest = m->p->text->text;
    if (m->token == TOK_BAR && is_after_value(m) && rest.ptr[m->at.end] == '>') {
        Diag *d = diag_error(m->p->diags, F0121, m->at, "`|>` is not Flow");
        return diag_help(d, "write `f(x)`, or `x.f()`");
    }
    bool is_left = m->before == TOK_LESS && (m->token == TOK_LESS || m->token == TOK_LESS_EQUAL);
    bool is_right = m->before == TOK_GREATER &&
                    (m->token == TOK_GREATER || m->token == TOK_GREATER_EQUAL);
    if (!is_left && !is_right && !(m->token == TOK_BAR && is_after_value(m)))
        return NULL;
    Diag *d = diag_error(m->p->diags, F0121, m->token == TOK_BAR
                                                 ? m->at
                                                 : span_join(m->p->previous.span, m->at),
                         "there are no operators for bits");
    return diag_help(d, "write `a.shift_left(2)`, `a.shift_right(2)`, `a.bit_and(b)`, "
                        "`a.bit_or(b)`; a condition is joined by `and` and `or`");
}

static Diag *list_without_commas(const Mistake *m)
{
    bool is_value = begins_value(m->token) && begins_value(m->before);
    if (!is_value || !fits(m, TOK_RBRACKET) || !fits(m, TOK_COMMA))
        return NULL;
    Diag *d = diag_error(m->p->diags, F0120, m->at, "a `,` is missing before this");
    Span end = {m->at.source, m->p->previous.span.end, m->p->previous.span.end};
    return diag_fix(d, end, STR(","), "the values of a list are parted by `,`");
}

static Diag *else_of_loop(const Mistake *m)
{
    if (m->token != TOK_ELSE || m->before != TOK_RBRACE || !fits(m, TOK_NEWLINE))
        return NULL;
    Diag *d = diag_error(m->p->diags, F0121, m->at, "`else` belongs to an `if`");
    return diag_help(d, "what is to be done after a loop stands behind it");
}

static Diag *catch_form(const Mistake *m)
{
    if (m->before != TOK_CATCH || m->token == TOK_NAME)
        return NULL;
    Diag *d = diag_error(m->p->diags, F0121, m->at, "`catch` takes a name for the message");
    return diag_help(d, "write `catch err { … }`; it takes every failure");
}

static Diag *annotation_in_body(const Mistake *m)
{
    if (m->token != TOK_AT || !is_at_statement(m))
        return NULL;
    Diag *d = diag_error(m->p->diags, F0125, m->at, "an annotation stands before a step or a join");
    return diag_help(d, "write it above the `step` that it is for");
}

static Diag *module_in_quotes(const Mistake *m)
{
    if (m->token != TOK_STRING_BEGIN || m->before != TOK_IMPORT)
        return NULL;
    Diag *d = diag_error(m->p->diags, F0121, m->at, "a module is named without quotes");
    return diag_help(d, "write `import random`, or the name of a .flow file beside this one");
}

static Diag *empty_braces(const Mistake *m)
{
    if (m->token != TOK_INTERP_CLOSE || m->before != TOK_INTERP_OPEN)
        return NULL;
    Diag *d = diag_error(m->p->diags, F0121, span_join(m->p->previous.span, m->at),
                         "there is no value in these braces");
    return diag_help(d, "write the value in them: `{name}`; braces alone are `\\{\\}`");
}

static Diag *catch_argument(const Mistake *m)
{
    if (m->token != TOK_VAR || m->before != TOK_LPAREN)
        return NULL;
    Span at = foreign_first_word(m->p, m->at.start);
    if (!str_starts_with(str_slice(m->p->text->text, at.start, m->at.start), STR("@catch(")))
        return NULL;
    Diag *d = diag_error(m->p->diags, F0121, m->at, "`@catch` takes a name alone");
    return diag_help(d, "write `@catch(error)`: then `error` says what went wrong");
}

static Diag *text_at_top(const Mistake *m)
{
    if (m->token != TOK_STRING_BEGIN || !is_at_top(m))
        return NULL;
    Diag *d = diag_error(m->p->diags, F0121, m->at, "a text stands in the body of a step");
    return diag_help(d, "what documents a flow or a step is a comment: `/// …` on the line above");
}

static Diag *type_in_angles(const Mistake *m)
{
    bool is_type = fits(m, TOK_QUESTION) && !is_after_value(m) && m->before == TOK_NAME;
    if (!is_type || (m->token != TOK_LESS && m->token != TOK_BAR))
        return NULL;
    if (m->token == TOK_LESS) {
        Diag *d = diag_error(m->p->diags, F0121, m->at, "types have no `<…>`");
        return diag_help(d, "a list is `[int]`, a map `[string: int]`, what may be missing `int?`");
    }
    Diag *d = diag_error(m->p->diags, F0121, m->at, "a value has one type");
    return diag_help(d, "what may be missing is `int?`; of several kinds is an `enum`");
}

/* `f: (int) -> int` */
static Diag *function_type(const Mistake *m)
{
    bool is_type = fits(m, TOK_QUESTION) && !is_after_value(m);
    if (m->token == TOK_STRING_BEGIN && fits(m, TOK_FN) && fits(m, TOK_LBRACKET) &&
        !fits(m, TOK_INT)) {
        Diag *d = diag_error(m->p->diags, F0121, m->at, "a type is not a text");
        return diag_help(d, "one of a few words is an `enum`: `enum Mode { Fast, Slow }`");
    }
    if (m->token != TOK_ARROW || m->before != TOK_RPAREN || !is_type)
        return NULL;
    Str text = m->p->text->text;
    uint32_t at = m->p->previous.span.start;
    for (int depth = 1; at > 0 && depth > 0;) {
        at--;
        depth += text.ptr[at] == ')' ? 1 : text.ptr[at] == '(' ? -1 : 0;
    }
    Diag *d = diag_error(m->p->diags, F0121, m->at, "the type of a function begins with `fn`");
    Str params = str_slice(text, at, m->p->previous.span.end);
    return diag_fix(d, (Span){m->at.source, at, at}, STR("fn"), "write `fn%.*s -> …`",
                    STR_ARG(params));
}

/* `keep total += 1` */
static Diag *changed_where_bound(const Mistake *m)
{
    static const short changes[] = {TOK_PLUS_EQUAL, TOK_MINUS_EQUAL, TOK_STAR_EQUAL,
                                    TOK_SLASH_EQUAL, TOK_PERCENT_EQUAL};
    Str text = str_trim(str_slice(m->p->text->text, 0, m->p->previous.span.start));
    bool is_change = false;
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++)
        is_change |= m->token == changes[i];
    if (!is_change || m->before != TOK_NAME || !fits(m, TOK_EQUAL) || is_after_value(m))
        return NULL;
    Str name = m->p->previous.text, op = m->p->current.text;
    Diag *d = diag_error(m->p->diags, F0121, m->at, "`%.*s` changes what there is already",
                         STR_ARG(op));
    if (text.len > 4 && str_is(str_slice(text, text.len - 4, text.len), "keep"))
        return diag_help(d, "take over the value of before by `keep %.*s` on a line of its own, "
                            "then `%.*s %.*s …`", STR_ARG(name), STR_ARG(name), STR_ARG(op));
    return diag_help(d, "a variable begins with `var %.*s = …`; to change it: `%.*s %.*s …`",
                     STR_ARG(name), STR_ARG(name), STR_ARG(op));
}

/* `Point(x: 1)` */
static Diag *named_by_colon(const Mistake *m)
{
    bool is_in_call = fits(m, TOK_COMMA) && fits(m, TOK_RPAREN) && is_after_value(m);
    if (m->token != TOK_COLON || m->before != TOK_NAME || !is_in_call)
        return NULL;
    Diag *d = diag_error(m->p->diags, F0121, m->at, "an argument is named by `=`");
    return diag_fix(d, m->at, STR("="), "write `%.*s=…`", STR_ARG(m->p->previous.text));
}

/* `script sh(x) -> n: int "…"` */
static Diag *bare_result(const Mistake *m)
{
    if (m->token != TOK_NAME || m->before != TOK_ARROW || !fits(m, TOK_LPAREN) ||
        fits(m, TOK_NAME))
        return NULL;
    Diag *d = diag_error(m->p->diags, F0121, m->at, "the results of a script stand in parentheses");
    return diag_help(d, "write `-> (%.*s: int)`", STR_ARG(m->p->current.text));
}

Diag *foreign_value(const Mistake *m)
{
    static Diag *(*const rules[])(const Mistake *) = {
        word_as_name, range_by_steps, dot_at_end, test_name, arm_word, after_pattern, in_pattern,
        type_in_angles, spread, shift, cast, empty_parentheses, list_without_commas,
        else_of_loop, catch_form, annotation_in_body, module_in_quotes, text_at_top,
        empty_braces, catch_argument, struct_in_braces, function_type, bare_result,
        named_by_colon, changed_where_bound};
    Diag *d = NULL;
    for (size_t i = 0; !d && i < sizeof rules / sizeof *rules; i++)
        d = rules[i](m);
    return d;
}
