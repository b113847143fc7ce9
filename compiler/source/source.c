/* SPDX-License-Identifier: Apache-2.0 */
/* source.c - a table of where each line begins, searched by halving. */
#include "source/source.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/utf8.h"

void source_set_init(SourceSet *set, Arena *a)
{
    *set = (SourceSet){.arena = a};
}

static void index_lines(Arena *a, Source *s)
{
    const char *end = s->text.ptr + s->text.len;
    VEC(uint32_t) lines = {0};
    vec_push(a, &lines, 0);
    for (const char *at = s->text.ptr; (at = memchr(at, '\n', (size_t)(end - at)));)
        vec_push(a, &lines, (uint32_t)(++at - s->text.ptr));
    s->lines = lines.items;
    s->line_count = (uint32_t)lines.len;
}

static Str without_mark(Str text)
{
    Str mark = STR("\xef\xbb\xbf");
    return str_starts_with(text, mark) ? (Str){text.ptr + mark.len, text.len - mark.len} : text;
}

/* `text` is in the arena, with a NUL behind it. */
static uint32_t add_taken(SourceSet *set, Str path, Str text)
{
    Source *s = arena_new(set->arena, Source);
    s->path = str_copy(set->arena, path);
    s->text = text;
    index_lines(set->arena, s);
    vec_push(set->arena, &set->files, s);
    return (uint32_t)(set->files.len - 1);
}

uint32_t source_add(SourceSet *set, Str path, Str text)
{
    text = without_mark(text);
    if (text.len > SOURCE_MAX_BYTES)
        text.len = SOURCE_MAX_BYTES;
    return add_taken(set, path, str_copy(set->arena, text));
}

/* Reads to the end, whatever kind of file it is; false with errno on failure. */
static bool read_all(FILE *f, StrBuf *text)
{
    struct stat about;
    if (fstat(fileno(f), &about) == 0 && about.st_size > 0 && about.st_size <= SOURCE_MAX_BYTES)
        strbuf_reserve(text, (size_t)about.st_size);
    char piece[16384];
    size_t got;
    while ((got = fread(piece, 1, sizeof piece, f)) > 0) {
        strbuf_add(text, (Str){piece, got});
        if (text->len > SOURCE_MAX_BYTES) {
            errno = EFBIG;
            return false;
        }
    }
    return !ferror(f);
}

bool source_read(SourceSet *set, Str path, uint32_t *out, Str *error)
{
    StrBuf text;
    strbuf_init(&text, set->arena);
    FILE *f = fopen(str_c(set->arena, path), "rb");
    bool is_read = f && read_all(f, &text);
    int why = errno;
    if (f)
        fclose(f);
    if (!is_read) {
        *error = str_printf(set->arena, "cannot read %.*s: %s", STR_ARG(path), strerror(why));
        return false;
    }
    *out = add_taken(set, path, without_mark(strbuf_str(&text)));
    return true;
}

const Source *source_get(const SourceSet *set, uint32_t index)
{
    return set->files.items[index];
}

/* The index of the last line that begins at or before `offset`. */
static uint32_t line_index(const Source *s, uint32_t offset)
{
    uint32_t low = 0, high = s->line_count;
    while (high - low > 1) {
        uint32_t middle = low + (high - low) / 2;
        if (s->lines[middle] <= offset)
            low = middle;
        else
            high = middle;
    }
    return low;
}

Place source_place(const Source *s, uint32_t offset)
{
    uint32_t line = line_index(s, offset);
    Str before = str_slice(s->text, s->lines[line], offset);
    return (Place){line + 1, (uint32_t)utf8_count(before) + 1};
}

Str source_line(const Source *s, uint32_t line)
{
    if (line == 0 || line > s->line_count)
        return (Str){0};
    size_t end = line < s->line_count ? s->lines[line] - 1 : s->text.len;
    Str text = str_slice(s->text, s->lines[line - 1], end);
    if (text.len && text.ptr[text.len - 1] == '\r')
        text.len--;
    return text;
}

Span span_join(Span a, Span b)
{
    return (Span){a.source, a.start, b.end > a.start ? b.end : a.start};
}

Str span_text(const SourceSet *set, Span span)
{
    return str_slice(source_get(set, span.source)->text, span.start, span.end);
}

bool span_eq(Span a, Span b)
{
    return a.source == b.source && a.start == b.start && a.end == b.end;
}

Place span_place(const SourceSet *set, Span span)
{
    return source_place(source_get(set, span.source), span.start);
}

Place span_end_place(const SourceSet *set, Span span)
{
    return source_place(source_get(set, span.source), span.end);
}
