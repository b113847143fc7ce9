/* SPDX-License-Identifier: Apache-2.0 */
/* elsewhere.c - what a name that does not exist here may have meant: a word of another language,
 * or a local of another step. */
#include "sema/check.h"

typedef struct Word {
    const char *name, *help;
} Word;

static const Word words[] = {
    {"null", "write `none`"},
    {"nil", "write `none`"},
    {"None", "write `none`"},
    {"True", "write `true`"},
    {"False", "write `false`"},
    {"self", "a function gets what it works on as an argument"},
    {"this", "a function gets what it works on as an argument"},
    {"pass", "leave it out: a block may be empty"},
    {"str", "write `string(x)`, or \"{x}\""},
    {"range", "a range is written `0..n`, or `0..=n` with its end"},
    {"printf", "write `print(\"… {x} …\")`"},
    {"println", "write `print(…)`"},
    {"echo", "write `print(…)`"},
    {"raise", "write `fail \"message\"`"},
    {"throw", "write `fail \"message\"`"},
    {"exit", "a task is stopped by `fail \"message\"`, and left by `next`"},
    {"append", "write `xs.push(x)`"},
    {"length", "write `xs.len()`"},
    {"sorted", "write `xs.sort()`"},
    {"list", "a list is written `[1, 2]`, and a range is one already"},
    {"dict", "a map is written `[\"a\": 1]`"},
    {"open", "a file is read in one call: `file.read_text(path)`"},
    {"isinstance", "the type of every value is known: leave it out"},
};

const char *foreign_word_help(Str name)
{
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (str_is(name, words[i].name))
            return words[i].help;
    return NULL;
}

static bool binds(const Pattern *p, Str name)
{
    if (p->kind == PATTERN_NAME && str_eq(p->name.name, name))
        return true;
    for (size_t i = 0; i < p->parts.count; i++)
        if (binds(p->parts.items[i], name))
            return true;
    return false;
}

/* The `let` or `var` of that name at the top level of a step's body. */
static const Stmt *find_local(const StepModel *step, Str name)
{
    const Block *body = step->decl->block;
    for (size_t i = 0; body && i < body->stmts.count; i++) {
        const Stmt *s = body->stmts.items[i];
        bool is_binding = s->kind == STMT_LET || s->kind == STMT_VAR;
        if (is_binding && s->pattern && binds(s->pattern, name))
            return s;
    }
    return NULL;
}

bool say_local_elsewhere(const Model *m, const StepModel *here, Diag *d, Str name)
{
    for (size_t i = 0; i < m->steps.len; i++) {
        const StepModel *step = m->steps.items[i];
        const Stmt *s = step == here ? NULL : find_local(step, name);
        if (!s)
            continue;
        diag_note(d, s->pattern->span, "this one is seen in `%.*s` only", STR_ARG(step->name));
        diag_help(d, "to see it in later steps, keep it there: `keep %.*s = …`", STR_ARG(name));
        return true;
    }
    return false;
}
