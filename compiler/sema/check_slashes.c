/* SPDX-License-Identifier: Apache-2.0 */
/* `let half = n // 2` is `n` and a comment.  Who divides like that in another language means a
 * quotient, so a comment that is a number, or the name of one, behind a number is warned of. */
#include "sema/check.h"

/* What stands behind `//` on the line that goes on at `at`, without blanks; *comment is all of
 * it.  Empty where there is no such comment. */
static Str comment_behind(Checker *c, Span value, Span *comment)
{
    Str text = source_get(c->m->sources, value.source)->text;
    Str rest = str_slice(text, value.end, text.len);
    ptrdiff_t end = str_find(rest, '\n');
    Str line = str_slice(rest, 0, end < 0 ? rest.len : (size_t)end);
    Str trimmed = str_trim(line);
    if (!str_starts_with(trimmed, STR("//")))
        return (Str){0};
    comment->source = value.source;
    comment->start = value.end + (uint32_t)(trimmed.ptr - line.ptr);
    comment->end = comment->start + (uint32_t)trimmed.len;
    return str_trim(str_slice(trimmed, 2, trimmed.len));
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* 2, 1_000 or 0.5 */
static bool is_number_text(Str text)
{
    bool has_dot = false;
    for (size_t i = 0; i < text.len; i++) {
        bool is_inside = i > 0 && i + 1 < text.len;
        if (text.ptr[i] == '.' && is_inside && !has_dot)
            has_dot = true;
        else if (!is_digit(text.ptr[i]) && !(text.ptr[i] == '_' && is_inside))
            return false;
    }
    return text.len > 0;
}

/* The type of a number that stands in a comment alone, or NULL. */
static const Type *number_in(Checker *c, Str text)
{
    if (is_number_text(text))
        return str_find(text, '.') < 0 ? c->int_ : c->float_;
    const Type *t = check_value_type(c, text);
    return t && type_is_number(t) ? t : NULL;
}

void check_meant_division(Checker *c, Span stmt, const Expr *value)
{
    Span comment;
    const Type *t = value ? value->type : NULL;
    if (!t || !type_is_number(t) || type_is_error(t))
        return;
    Str by = comment_behind(c, stmt, &comment);
    const Type *divisor = by.len ? number_in(c, by) : NULL;
    if (!divisor || type_is_error(divisor))
        return;
    Diag *d = diag_warning(c->m->diags, F0270, comment, "`//` begins a comment, so this divides "
                           "nothing");
    diag_label(d, "a comment");
    if (t->kind == TYPE_INT && divisor->kind == TYPE_INT)
        diag_fix(d, comment, str_printf(c->arena, "div %.*s", STR_ARG(by)),
                 "ints are divided, rounding down, by `div`: `div %.*s`", STR_ARG(by));
    else
        diag_help(d, "floats are divided by `/`, and `math.floor(a / b)` rounds that down");
}
