/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_fix.c - `flowc fix`: does what the help of messages says, where it says it as an edit. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd.h"

const char cmd_fix_help[] =
    "usage: flowc fix FILE...\n"
    "\n"
    "Does what the help of errors says (`did you mean`, `write … instead`) in the files\n"
    "themselves, and shows what is left. Warnings are left alone, save that `n // 2`, where a\n"
    "comment begins, becomes `n div 2`.\n"
    "\n"
    "Exit code: 0 no errors are left, 1 some are, 2 wrong usage.\n";

typedef VEC(const DiagEdit *) Edits;

static bool overlaps(const DiagEdit *a, const DiagEdit *b)
{
    return a->span.start <= b->span.end && b->span.start <= a->span.end;
}

/* All edits of a message or none: those that touch an earlier one's wait for the next turn. */
static bool can_do(const Diag *d, const Edits *chosen, uint32_t source)
{
    for (size_t i = 0; i < d->edits.len; i++) {
        if (d->edits.items[i].span.source != source)
            return false;
        for (size_t k = 0; k < chosen->len; k++)
            if (overlaps(&d->edits.items[i], chosen->items[k]))
                return false;
    }
    return d->severity == DIAG_ERROR || d->code == F0270;
}

static int by_place(const void *a, const void *b)
{
    const DiagEdit *const *x = a, *const *y = b;
    return ((*x)->span.start > (*y)->span.start) - ((*x)->span.start < (*y)->span.start);
}

static Edits choose(Compilation *c)
{
    Edits chosen = {0};
    for (size_t i = 0; i < c->diags.items.len; i++) {
        const Diag *d = c->diags.items.items[i];
        if (!can_do(d, &chosen, c->file->source))
            continue;
        for (size_t k = 0; k < d->edits.len; k++)
            vec_push(&c->arena, &chosen, &d->edits.items[k]);
    }
    if (chosen.len > 0)
        qsort(chosen.items, chosen.len, sizeof *chosen.items, by_place);
    return chosen;
}

static Str edited(Compilation *c, const Edits *edits)
{
    Str text = source_get(&c->sources, c->file->source)->text;
    uint32_t at = 0;
    StrBuf b;
    strbuf_init(&b, &c->arena);
    for (size_t i = 0; i < edits->len; i++) {
        strbuf_add(&b, str_slice(text, at, edits->items[i]->span.start));
        strbuf_add(&b, edits->items[i]->text);
        at = edits->items[i]->span.end;
    }
    strbuf_add(&b, str_slice(text, at, text.len));
    return strbuf_str(&b);
}

/* One line of text, as it is named in a report: without what breaks or indents it. */
static Str in_one_line(Arena *a, Str text)
{
    enum { SHOWN_MAX = 60 };
    StrBuf b;
    strbuf_init(&b, a);
    text = str_trim(text);
    for (size_t i = 0; i < text.len; i++)
        strbuf_add(&b, text.ptr[i] == '\n' ? STR("; ") : str_slice(text, i, i + 1));
    Str line = strbuf_str(&b);
    if (line.len <= SHOWN_MAX)
        return line;
    size_t end = SHOWN_MAX;
    while (end > 0 && ((unsigned char)line.ptr[end] & 0xc0) == 0x80)
        end--; /* not within a character */
    return str_printf(a, "%.*s…", (int)end, line.ptr);
}

/* Where the first of what is taken away stands; newlines and blanks may go with it. */
static uint32_t edit_start(Str old, const DiagEdit *e)
{
    size_t blanks = 0;
    while (blanks < old.len && (old.ptr[blanks] == '\n' || old.ptr[blanks] == ' '))
        blanks++;
    return e->span.start + (uint32_t)(blanks < old.len ? blanks : 0);
}

/* "hello.flow:3: `let` became `keep`": each edit on a line of its own. */
static void tell(Compilation *c, const char *path, const Edits *edits)
{
    for (size_t i = 0; i < edits->len; i++) {
        const DiagEdit *e = edits->items[i];
        Str whole = span_text(&c->sources, e->span);
        Str old = in_one_line(&c->arena, whole), now = in_one_line(&c->arena, e->text);
        Place at = source_place(source_get(&c->sources, e->span.source), edit_start(whole, e));
        fprintf(stderr, "%s:%u: ", path, at.line);
        if (old.len && now.len)
            fprintf(stderr, "`%.*s` became `%.*s`\n", STR_ARG(old), STR_ARG(now));
        else if (old.len)
            fprintf(stderr, "`%.*s` was taken away\n", STR_ARG(old));
        else
            fprintf(stderr, "`%.*s` was put in\n", STR_ARG(now));
    }
}

/* Beside, then renamed, with the rights of the file that it replaces. */
static int replace(Arena *a, const char *path, Str text)
{
    const char *fresh = str_printf(a, "%s.%ld.new", path, (long)getpid()).ptr;
    struct stat st;
    FILE *file = stat(path, &st) == 0 ? fopen(fresh, "we") : NULL;
    if (!file)
        return cmd_fail("cannot write %s: %s", fresh, strerror(errno));
    bool is_written = fwrite(text.ptr, 1, text.len, file) == text.len;
    is_written = fchmod(fileno(file), st.st_mode & 07777) == 0 && is_written;
    is_written = fclose(file) == 0 && is_written;
    if (is_written && rename(fresh, path) == 0)
        return EXIT_OK;
    int code = cmd_fail("cannot write %s: %s", path, strerror(errno));
    unlink(fresh);
    return code;
}

/* One turn; *done counts the edits.  Without any, shows what is left. */
static int fix_once(const char *path, size_t *done)
{
    Compilation c;
    Str error;
    int code = EXIT_OK;
    *done = 0;
    if (!compile(&c, str_from(path), COMPILE_TYPES, &error)) {
        code = cmd_fail("%.*s", STR_ARG(error));
    } else {
        Edits edits = choose(&c);
        *done = edits.len;
        if (edits.len > 0)
            code = replace(&c.arena, path, edited(&c, &edits));
        if (edits.len > 0 && code == EXIT_OK)
            tell(&c, path, &edits);
        else if (edits.len == 0)
            cmd_show(&c);
        if (edits.len == 0 && diag_has_errors(&c.diags))
            code = EXIT_FAILED;
    }
    compile_free(&c);
    return code;
}

static int fix_file(const char *path)
{
    enum { TURNS_MAX = 10 }; /* a fix may show the next mistake, but not without end */
    size_t all = 0, done = 1;
    int code = EXIT_OK;
    for (int turn = 0; turn < TURNS_MAX && done > 0 && (turn == 0 || code == EXIT_OK); turn++) {
        code = fix_once(path, &done);
        all += done;
    }
    fprintf(stderr, "flowc: %s: %zu edit%s\n", path, all, all == 1 ? "" : "s");
    return code;
}

int cmd_fix(int argc, char **argv)
{
    int worst = EXIT_OK;
    if (argc == 0)
        return cmd_usage("fix", "name a file, as in `flowc fix hello.flow`");
    for (int i = 0; i < argc; i++)
        if (argv[i][0] == '-')
            return cmd_unknown_option("fix", argv[i]);
    for (int i = 0; i < argc; i++)
        if (fix_file(argv[i]) != EXIT_OK)
            worst = EXIT_FAILED;
    return worst;
}
