/* SPDX-License-Identifier: Apache-2.0 */
/* lost.c - what could not be read, and the mistakes that only follow from that.
 *
 * Where the text is broken a parameter, a field or a whole declaration can be missing from the
 * tree.  Lost are the names on a line with such a mistake, and broken the declarations whose head
 * has one: a message that a lost name does not exist, or that points at a broken head, is taken
 * back.  One that knows better, since it has help, stays. */
#include "sema/scope.h"

/* How many declarations begin at or before the place. */
static size_t count_until(const AstFile *file, Span place)
{
    size_t low = 0, high = file->decls.count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (file->decls.items[middle]->span.start <= place.start)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* The declaration that the place belongs to, unless it lies in the declaration's block. */
static Decl *head_at(const Model *m, Span place)
{
    const FileScope *scope = scope_of(m, place);
    size_t count = scope ? count_until(scope->file, place) : 0;
    Decl *decl = count ? scope->file->decls.items[count - 1] : NULL;
    bool is_inside = decl && decl->block && place.start > decl->block->span.start;
    return is_inside ? NULL : decl;
}

static bool is_of_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           c == '_' || (unsigned char)c >= 0x80;
}

static Str line_of(const Model *m, Span place)
{
    const Source *source = source_get(m->sources, place.source);
    return source_line(source, source_place(source, place.start).line);
}

static void lose_line(Model *m, Str line)
{
    for (size_t at = 0; at < line.len; at++) {
        size_t start = at;
        while (at < line.len && is_of_word(line.ptr[at]))
            at++;
        if (at > start && !(line.ptr[start] >= '0' && line.ptr[start] <= '9'))
            map_put(&m->lost, str_slice(line, start, at), m);
    }
}

/* Does the line begin a declaration of its own, which is lost, below this one? */
static bool begins_another(const Model *m, const Decl *decl, Str line)
{
    const Source *source = source_get(m->sources, decl->span.source);
    const char *begin = source->text.ptr + decl->span.start;
    return line.len && is_of_word(line.ptr[0]) && begin < line.ptr;
}

void lost_collect(Model *m)
{
    Str last = {0};
    for (size_t i = 0; i < m->diags->items.len; i++) {
        const Diag *d = m->diags->items.items[i];
        if (d->severity != DIAG_ERROR || !diag_is_of_text(d) || d->code == F0128)
            continue; /* a name in the wrong case is read all the same */
        Str line = line_of(m, d->span);
        if (line.ptr != last.ptr) /* which may be long, and all mistakes in it */
            lose_line(m, line);
        last = line;
        Decl *decl = head_at(m, d->span);
        if (decl && !begins_another(m, decl, line))
            decl->is_broken = true;
    }
}

static bool says_missing(const Diag *d)
{
    switch (d->code) {
    case F0201: case F0202: case F0203: case F0256: case F0303: case F0305: return true;
    default: return false;
    }
}

static bool is_at_broken(const Model *m, Span place)
{
    const Decl *decl = head_at(m, place);
    return decl && decl->is_broken;
}

static bool follows(const Diag *d, const void *context)
{
    const Model *m = context;
    if (diag_is_of_text(d))
        return false;
    if (says_missing(d) && !d->help.len && map_has(&m->lost, span_text(m->sources, d->span)))
        return true;
    for (size_t i = 0; i < d->notes.len; i++) {
        if (d->notes.items[i].has_span && is_at_broken(m, d->notes.items[i].span))
            return true;
    }
    return d->code != F0203 && d->code != F0206 && d->code != F0401 && is_at_broken(m, d->span);
}

void lost_withdraw(Model *m)
{
    if (m->lost.len)
        diag_withdraw(m->diags, follows, m);
}
