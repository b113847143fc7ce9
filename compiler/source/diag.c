/* SPDX-License-Identifier: Apache-2.0 */
/* diag.c - collecting diagnostics, and putting them in the order in which they are shown. */
#include "source/diag.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"

#define ERROR   DIAG_ERROR
#define WARNING DIAG_WARNING

static const struct {
    const char *name;
    DiagSeverity severity;
    const char *title;
} codes[] = {
#define X(code, severity, title) {#code, severity, title},
#include "source/diag_codes.def"
};

void diag_list_init(DiagList *list, Arena *a, const SourceSet *sources)
{
    *list = (DiagList){.arena = a, .sources = sources};
}

static bool is_full(const DiagList *list)
{
    return list->items.len >= DIAG_KEPT_MAX;
}

/* Counts one that is not kept, and gives what stands for it. */
static Diag *lose(DiagList *list, DiagSeverity severity)
{
    if (!list->lost)
        list->lost = arena_new(list->arena, Diag);
    list->lost->list = list;
    list->error_count += severity == DIAG_ERROR;
    return list->lost;
}

static bool is_lost(const Diag *d)
{
    return d == d->list->lost;
}

static Diag *add(DiagList *list, DiagCode code, DiagSeverity severity, Span span, Str message)
{
    Diag *d = arena_new(list->arena, Diag);
    d->list = list;
    d->code = code;
    d->severity = severity;
    d->span = span;
    d->message = message;
    d->order = (uint32_t)list->items.len;
    vec_push(list->arena, &list->items, d);
    if (severity == DIAG_ERROR)
        list->error_count++;
    return d;
}

/* What is quoted from a file may be no UTF-8. */
#define FORMATTED(arena, text)                                                                     \
    va_list args;                                                                                  \
    va_start(args, fmt);                                                                           \
    Str text = utf8_clean((arena), str_vprintf((arena), fmt, args));                               \
    va_end(args)

Diag *diag_add(DiagList *list, DiagCode code, Span span, const char *fmt, ...)
{
    if (is_full(list))
        return lose(list, codes[code].severity);
    FORMATTED(list->arena, message);
    return add(list, code, codes[code].severity, span, message);
}

Diag *diag_error(DiagList *list, DiagCode code, Span span, const char *fmt, ...)
{
    if (is_full(list))
        return lose(list, DIAG_ERROR);
    FORMATTED(list->arena, message);
    return add(list, code, DIAG_ERROR, span, message);
}

Diag *diag_warning(DiagList *list, DiagCode code, Span span, const char *fmt, ...)
{
    if (is_full(list))
        return lose(list, DIAG_WARNING);
    FORMATTED(list->arena, message);
    return add(list, code, DIAG_WARNING, span, message);
}

Diag *diag_label(Diag *d, const char *fmt, ...)
{
    if (is_lost(d))
        return d;
    FORMATTED(d->list->arena, label);
    d->label = label;
    return d;
}

Diag *diag_note(Diag *d, Span span, const char *fmt, ...)
{
    if (is_lost(d))
        return d;
    FORMATTED(d->list->arena, message);
    DiagNote note = {true, span, message};
    vec_push(d->list->arena, &d->notes, note);
    return d;
}

Diag *diag_remark(Diag *d, const char *fmt, ...)
{
    if (is_lost(d))
        return d;
    FORMATTED(d->list->arena, message);
    DiagNote note = {.message = message};
    vec_push(d->list->arena, &d->notes, note);
    return d;
}

Diag *diag_help(Diag *d, const char *fmt, ...)
{
    if (is_lost(d))
        return d;
    FORMATTED(d->list->arena, help);
    d->help = help;
    return d;
}

Diag *diag_fix(Diag *d, Span span, Str replacement, const char *fmt, ...)
{
    if (is_lost(d))
        return d;
    FORMATTED(d->list->arena, help);
    d->help = help;
    DiagEdit edit = {span, str_copy(d->list->arena, replacement)};
    vec_push(d->list->arena, &d->edits, edit);
    return d;
}

void diag_withdraw(DiagList *list, DiagPick *is_meant, const void *context)
{
    size_t kept = 0;
    for (size_t i = 0; i < list->items.len; i++) {
        Diag *d = list->items.items[i];
        if (!is_meant(d, context))
            list->items.items[kept++] = d;
        else if (d->severity == DIAG_ERROR)
            list->error_count--;
    }
    list->items.len = kept;
}

bool diag_is_of_text(const Diag *d)
{
    return strncmp(codes[d->code].name, "F01", 3) == 0;
}

bool diag_has_errors(const DiagList *list)
{
    return list->error_count > 0;
}

#define COMPARE(x, y)                                                                              \
    do {                                                                                           \
        if ((x) != (y))                                                                            \
            return (x) < (y) ? -1 : 1;                                                             \
    } while (0)

static int compare(const void *left, const void *right)
{
    const Diag *a = *(Diag *const *)left, *b = *(Diag *const *)right;
    COMPARE(a->span.source, b->span.source);
    COMPARE(a->span.start, b->span.start);
    COMPARE(a->severity, b->severity);
    COMPARE(a->order, b->order);
    return 0;
}

/* F02xx speak of the flow as a whole, and several can be true of its name at once. */
static bool is_about_the_flow(const Diag *d)
{
    return codes[d->code].name[2] == '2';
}

static bool collapses(const Diag *kept, const Diag *d)
{
    if (!span_eq(kept->span, d->span))
        return false;
    return kept->code == d->code || !is_about_the_flow(kept) || !is_about_the_flow(d);
}

static bool is_repeated(const DiagList *list, size_t kept, const Diag *d)
{
    for (size_t i = kept; i > 0 && list->items.items[i - 1]->span.start == d->span.start; i--)
        if (collapses(list->items.items[i - 1], d))
            return true;
    return false;
}

void diag_finish(DiagList *list, size_t *cut)
{
    if (list->items.len)
        qsort(list->items.items, list->items.len, sizeof *list->items.items, compare);

    size_t kept = 0, errors = 0, collected = 0;
    for (size_t i = 0; i < list->items.len; i++)
        collected += list->items.items[i]->severity == DIAG_ERROR;
    *cut = list->error_count - collected;
    for (size_t i = 0; i < list->items.len; i++) {
        Diag *d = list->items.items[i];
        if (is_repeated(list, kept, d))
            continue;
        errors += d->severity == DIAG_ERROR;
        if (errors > DIAG_SHOWN_MAX)
            *cut += d->severity == DIAG_ERROR;
        else
            list->items.items[kept++] = d;
    }
    list->items.len = kept;
}

const char *diag_code_name(DiagCode code)
{
    return codes[code].name;
}

const char *diag_code_title(DiagCode code)
{
    return codes[code].title;
}

const char *diag_code_page(DiagCode code)
{
    static const char *const pages[DIAG_CODE_COUNT] = {
#define P(code, text) [code] = (text),
#include "source/diag_pages.def"
    };
    return pages[code];
}

bool diag_code_find(Str name, DiagCode *out)
{
    for (size_t i = 0; i < DIAG_CODE_COUNT; i++) {
        if (str_is(name, codes[i].name)) {
            *out = (DiagCode)i;
            return true;
        }
    }
    return false;
}

const char *diag_severity_name(DiagSeverity severity)
{
    return severity == DIAG_ERROR ? "error" : "warning";
}
