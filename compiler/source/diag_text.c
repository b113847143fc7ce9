/* SPDX-License-Identifier: Apache-2.0 */
/* diag_text.c - diagnostics as a person reads them.
 *
 *     error[F0201]: there is no step named `serach`
 *       --> cliques.flow:27:10
 *        |
 *     27 |     next serach foreach seeds
 *        |          ^^^^^^ not a step of this flow
 *     note: a step with a similar name is declared here
 *       --> cliques.flow:33:6
 *     ...
 *     help: did you mean `search`?
 *
 * A tab is shown as four blanks, what a terminal would obey as `?`, and of a very long line only
 * the part around the place. */
#include <string.h>

#include "base/utf8.h"
#include "source/diag.h"

enum { TAB_WIDTH = 4, LONG_LINE = 240, SHOWN_BEFORE = 80, SHOWN_AFTER = 120 };

typedef struct Printer {
    const SourceSet *sources;
    FILE *out;
    bool is_coloured;
} Printer;

static const char red[] = "\033[1;31m", yellow[] = "\033[1;33m", cyan[] = "\033[1;36m",
                  green[] = "\033[1;32m", blue[] = "\033[34m", bold[] = "\033[1m",
                  plain[] = "\033[0m";

static void colour(const Printer *p, const char *code)
{
    if (p->is_coloured)
        fputs(code, p->out);
}

static void repeat(FILE *out, char c, size_t times)
{
    while (times-- > 0)
        fputc(c, out);
}

/* Moves an offset forward to where a code point begins. */
static size_t align(Str s, size_t at)
{
    while (at < s.len && ((unsigned char)s.ptr[at] & 0xc0) == 0x80)
        at++;
    return at < s.len ? at : s.len;
}

/* Prints to `out`, unless it is NULL; returns the columns that it takes. */
static size_t show(FILE *out, Str s)
{
    size_t columns = 0;
    while (s.len) {
        uint32_t c = 0;
        size_t len = utf8_decode(s, &c);
        Str piece = {s.ptr, len};
        if (len == 0)
            piece = STR("\xef\xbf\xbd");
        else if (c == '\t')
            piece = (Str){"    ", TAB_WIDTH};
        else if (c < ' ' || (c >= 0x7f && c < 0xa0) || (c >= 0x202a && c <= 0x202e))
            piece = STR("?");
        if (out)
            fwrite(piece.ptr, 1, piece.len, out);
        columns += utf8_width(piece);
        len = len ? len : 1;
        s.ptr += len;
        s.len -= len;
    }
    return columns;
}

static size_t digits(uint32_t n)
{
    size_t count = 1;
    for (; n >= 10; n /= 10)
        count++;
    return count;
}

static void gutter(const Printer *p, size_t width, uint32_t line)
{
    colour(p, blue);
    if (line)
        fprintf(p->out, "%*u |", (int)width, line);
    else
        fprintf(p->out, "%*s |", (int)width, "");
    colour(p, plain);
}

/* The line with the place underlined; a place over several lines is underlined on its first. */
static void snippet(const Printer *p, Span span, Str label, const char *mark_colour)
{
    const Source *source = source_get(p->sources, span.source);
    Place place = source_place(source, span.start);
    size_t width = digits(place.line);
    fprintf(p->out, "%*s", (int)width, "");
    colour(p, blue);
    fputs("--> ", p->out);
    colour(p, plain);
    fprintf(p->out, "%.*s:%u:%u\n", STR_ARG(source->path), place.line, place.column);

    Str line = source_line(source, place.line);
    size_t begin = 0, end = line.len, from = span.start - source->lines[place.line - 1];
    from = from < line.len ? from : line.len;
    size_t to = from + (span.end - span.start);
    if (line.len > LONG_LINE) {
        begin = from > SHOWN_BEFORE ? align(line, from - SHOWN_BEFORE) : 0;
        end = align(line, from + SHOWN_AFTER);
    }
    to = to < end ? to : end;

    gutter(p, width, 0);
    fputc('\n', p->out);
    gutter(p, width, place.line);
    if (end > begin)
        fputc(' ', p->out);
    if (begin > 0)
        fputs("...", p->out);
    show(p->out, str_slice(line, begin, end));
    fputs(end < line.len ? "...\n" : "\n", p->out);

    gutter(p, width, 0);
    repeat(p->out, ' ', 1 + (begin > 0 ? 3 : 0) + show(NULL, str_slice(line, begin, from)));
    size_t marks = show(NULL, str_slice(line, from, to));
    colour(p, mark_colour);
    repeat(p->out, '^', marks ? marks : 1);
    if (label.len)
        fprintf(p->out, " %.*s", STR_ARG(label));
    colour(p, plain);
    fputc('\n', p->out);
}

static void print_note(const Printer *p, const DiagNote *note)
{
    colour(p, cyan);
    fputs("note", p->out);
    colour(p, plain);
    fprintf(p->out, ": %.*s\n", STR_ARG(note->message));
    if (note->has_span)
        snippet(p, note->span, (Str){0}, cyan);
}

static void print_diag(const Printer *p, const Diag *d)
{
    const char *severity_colour = d->severity == DIAG_ERROR ? red : yellow;
    colour(p, severity_colour);
    fprintf(p->out, "%s[%s]", diag_severity_name(d->severity), diag_code_name(d->code));
    colour(p, plain);
    colour(p, bold);
    fprintf(p->out, ": %.*s\n", STR_ARG(d->message));
    colour(p, plain);
    snippet(p, d->span, d->label, severity_colour);
    for (size_t i = 0; i < d->notes.len; i++)
        print_note(p, &d->notes.items[i]);
    if (d->help.len) {
        colour(p, green);
        fputs("help", p->out);
        colour(p, plain);
        fprintf(p->out, ": %.*s\n", STR_ARG(d->help));
    }
}

void diag_print_text(const DiagList *list, FILE *out, bool is_coloured, size_t cut)
{
    Printer p = {list->sources, out, is_coloured};
    for (size_t i = 0; i < list->items.len; i++) {
        if (i > 0)
            fputc('\n', out);
        print_diag(&p, list->items.items[i]);
    }
    if (cut > 0)
        fprintf(out, "\n%zu more error%s not shown: mend these first\n", cut,
                cut == 1 ? " is" : "s are");
}
