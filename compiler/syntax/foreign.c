/* SPDX-License-Identifier: Apache-2.0 */
/* foreign.c - forms that people bring from other languages, and what Flow writes instead.
 *
 * Each rule knows a mistake by the token that does not fit, the one before, and what could have
 * come in its place.  What the scanner can tell by the text alone is answered in flow.re. */
#include <string.h>

#include "source/suggest.h"
#include "syntax/foreign.h"
#include "syntax/literal.h"

typedef struct Word {
    const char *name, *help;
} Word;

/* Does a token stand first in its line? */
static bool begins_line(const Parser *p, Span token)
{
    const char *text = p->text->text.ptr;
    uint32_t at = token.start;
    while (at > 0 && (text[at - 1] == ' ' || text[at - 1] == '\t'))
        at--;
    return at == 0 || text[at - 1] == '\n';
}

bool foreign_line_begins(const Parser *p, uint32_t at, const char *word)
{
    Str text = p->text->text;
    while (at > 0 && text.ptr[at - 1] != '\n')
        at--;
    while (at < text.len && (text.ptr[at] == ' ' || text.ptr[at] == '\t'))
        at++;
    size_t len = strlen(word), end = at + len;
    return str_is(str_slice(text, at, end), word) && (end >= text.len || text.ptr[end] == ' ');
}

Span foreign_first_word(const Parser *p, uint32_t at)
{
    Str text = p->text->text;
    while (at > 0 && text.ptr[at - 1] != '\n')
        at--;
    while (at < text.len && (text.ptr[at] == ' ' || text.ptr[at] == '\t'))
        at++;
    Span word = {p->source, at, at};
    while (word.end < text.len && text.ptr[word.end] >= 'a' && text.ptr[word.end] <= 'z')
        word.end++;
    return word;
}

static const char *find_word(const Word *words, size_t count, Str name)
{
    for (size_t i = 0; i < count; i++)
        if (str_is(name, words[i].name))
            return words[i].help;
    return NULL;
}
#define FIND_WORD(words, name) find_word(words, sizeof(words) / sizeof *(words), name)

Diag *foreign_word(const Mistake *m, Span at, Str word, const char *help)
{
    Diag *d = diag_error(m->p->diags, F0121, at, "`%.*s` is not Flow", STR_ARG(word));
    return diag_help(d, "%s", help);
}

/* ---- words ----------------------------------------------------------------------- */

static const char *const declaration_words[] = {"flow", "import", "param", "pool", "struct", "enum",
                                                "extern", "step", "join", "test", "let", "fn"};
enum { INNER_WORDS = 2 }; /* the last ones, which begin something in a body too */

static bool is_declaration_word(Str word)
{
    size_t count = sizeof declaration_words / sizeof *declaration_words - INNER_WORDS;
    for (size_t i = 0; i < count; i++)
        if (str_is(word, declaration_words[i]))
            return true;
    return false;
}

static Suggest nearest(Str word, const char *const *words, size_t count)
{
    Suggest s;
    suggest_init(&s, word);
    for (size_t i = 0; i < count; i++)
        suggest_offer(&s, str_from(words[i]), NULL);
    return s;
}

static bool meant_declaration(Diag *d, Span at, Str word)
{
    Suggest s = nearest(word, declaration_words,
                        sizeof declaration_words / sizeof *declaration_words);
    if (s.found)
        diag_fix(d, at, s.best, "did you mean `%.*s`?", STR_ARG(s.best));
    return s.found;
}

/* `kep x = 1`, `retrun x`. */
static Diag *misspelt_statement(const Mistake *m, Span at, Str word)
{
    static const char *const words[] = {"keep", "let",    "var",   "return", "next", "fail",
                                        "for",  "assert", "while", "match",  "if",   "try"};
    Suggest s = nearest(word, words, sizeof words / sizeof *words);
    if (!s.found)
        return NULL;
    Diag *d = diag_error(m->p->diags, F0120, at, "no statement begins with `%.*s`", STR_ARG(word));
    return diag_fix(d, at, s.best, "did you mean `%.*s`?", STR_ARG(s.best));
}

/* Words that stand where a declaration should. */
static const char *top_word_help(Str word)
{
    static const Word words[] = {
        {"from", "a module is taken in whole: `import random`"},
        {"include", "a module is taken in by `import NAME`"},
        {"require", "a module is taken in by `import NAME`"},
        {"use", "a module is taken in by `import NAME`"},
        {"using", "a module is taken in by `import NAME`"},
        {"workflow", "a flow is named by `flow NAME`, and its steps stand below"},
        {"dag", "a flow is named by `flow NAME`, and its steps stand below"},
        {"pipeline", "a flow is named by `flow NAME`, and its steps stand below"},
        {"package", "a file is a module by its name: leave this line out"},
        {"module", "a file is a module by its name: leave this line out"},
        {"namespace", "a file is a module by its name: leave this line out"},
        {"task", "a step is written `step NAME { … }`"},
        {"process", "a step is written `step NAME { … }`: what it reads was kept before, what it "
                    "leaves is `keep x = …`, its command is `script sh(…)`"},
        {"rule", "a step is written `step NAME { … }`: what it reads was kept before, what it "
                 "leaves is `keep x = …`, its command is `script sh(…)`"},
        {"type", "a type of one's own is a `struct` or an `enum`"},
        {"interface", "a type of one's own is a `struct` or an `enum`"},
        {"record", "a type of one's own is a `struct` or an `enum`"},
        {"data", "a type of one's own is a `struct` or an `enum`"},
        {"public", "all names of a file can be used by others: leave it out"},
        {"pub", "all names of a file can be used by others: leave it out"},
        {"export", "all names of a file can be used by others: leave it out"},
        {"private", "all names of a file can be used by others: leave it out"},
        {"static", "a constant is written `let NAME = value`"},
        {"async", "steps run side by side, and calls wait: leave it out"},
        {"impl", "functions stand by themselves: `fn area(s: Shape)` is called `s.area()`"},
        {"trait", "functions stand by themselves: `fn area(s: Shape)` is called `s.area()`"},
        {"typedef", "a type of one's own is a `struct` or an `enum`"},
        {"library", "a module is taken in by `import NAME`"},
        {"configfile", "what a run is given is a `param`: `param words = \"words.txt\"`"},
        {"with", "steps stand at the top level, and name the one after them: `next NAME`"},
        {"call", "a step goes on to another by `next NAME`"},
        {"fun", "a function is written `fn NAME(x: int) -> int { … }`"},
        {"void", "a function is written `fn NAME(x: int) -> int { … }`"},
    };
    return FIND_WORD(words, word);
}

const char *foreign_statement_help(Str word)
{
    static const Word words[] = {
        {"raise", "a task is stopped by `fail \"message\"`"},
        {"throw", "a task is stopped by `fail \"message\"`"},
        {"panic", "a task is stopped by `fail \"message\"`"},
        {"del", "an entry of a map is taken out by `m.remove(key)`; names end with their block"},
        {"delete", "an entry of a map is taken out by `m.remove(key)`; names end with their block"},
        {"lambda", "a closure is written `|x| x + 1`"},
        {"await", "a call waits by itself: leave it out"},
        {"async", "steps run side by side, and calls wait: leave it out"},
        {"go", "what runs side by side is a step: `next a, b`, or `next a foreach xs`"},
        {"spawn", "what runs side by side is a step: `next a, b`, or `next a foreach xs`"},
        {"goto", "a step goes on to another by `next NAME`"},
        {"yield", "a list is built by `xs.push(x)`, or by `xs.map(|x| …)`"},
        {"global", "what later steps are to see is kept: `keep x = …`"},
        {"nonlocal", "a closure holds values as they were: use a `for` loop"},
        {"const", "a value with a name is written `let NAME = value`"},
        {"val", "a value with a name is written `let NAME = value`"},
        {"mut", "a variable is written `var NAME = value`"},
        {"auto", "a value with a name is written `let NAME = value`"},
        {"new", "a struct is made by calling its name: `Point(x=1, y=2)`"},
        {"switch", "a choice by value is written `match x { … }`"},
        {"select", "a choice by value is written `match x { … }`"},
        {"case", "a case of `match` is written `PATTERN => value`"},
        {"when", "a case of `match` is written `PATTERN => value`"},
        {"unless", "write `if not …`"},
        {"until", "write `while not …`"},
        {"loop", "a loop without an end is written `while true { … }`"},
        {"with", "a file is read in one call: `file.read_text(path)`"},
        {"def", "functions stand at the top level only: `fn NAME(x: int) -> int { … }`"},
        {"func", "functions stand at the top level only: `fn NAME(x: int) -> int { … }`"},
        {"function", "functions stand at the top level only: `fn NAME(x: int) -> int { … }`"},
        {"class", "structs stand at the top level only: `struct NAME { x: int }`"},
        {"from", "a module is taken in at the top of the file: `import random`"},
        {"is", "two values are compared by `==` and `!=`"},
        {"then", "a block in braces follows the condition: `if x { … }`"},
        {"do", "a block in braces follows the condition: `while x { … }`"},
        {"mod", "the rest of a division is `a % b`"},
        {"xor", "of two conditions one: `a != b`"},
        {"final", "a value with a name is written `let NAME = value`"},
        {"export", "what later steps are to see is kept: `keep x = …`"},
        {"typeof", "the type of every value is known: leave it out"},
        {"instanceof", "the type of every value is known; cases are told apart by `match`"},
        {"guard", "what may be missing is opened by `let x = y ?? fail \"no y\"`"},
        {"defer", "what is to be done last stands last"},
        {"finally", "what is to be done in any case stands behind the `try`"},
        {"fun", "a closure is written `|x| x + 1`"},
        {"puts", "write `print(…)`"},
        {"echo", "write `print(…)`"},
        {"println", "write `print(…)`"},
        {"unsigned", "a variable is written `var NAME = value`"},
        {"elif", "write `else if`"},
        {"to", "a range is written `0..10`, or `0..=10` with its end"},
    };
    return FIND_WORD(words, word);
}

/* Parts of a process of Nextflow or a rule of Snakemake, each with a colon behind. */
static const char *section_help(Str word)
{
    static const Word words[] = {
        {"input", "a step reads what was kept before it, by name, and its items: `step a(x: int)`"},
        {"output", "what a step leaves behind is kept: `keep rows = …`"},
        {"script", "a command is run by `script sh(rows=rows) \"\"\"…\"\"\"`"},
        {"shell", "a command is run by `script sh(rows=rows) \"\"\"…\"\"\"`"},
        {"exec", "what a step does are the lines of its body"},
        {"run", "what a step does are the lines of its body"},
        {"params", "what a run is given is a `param` at the top: `param alpha = 0.1`"},
        {"threads", "what a step needs stands above it: `@resources(cpu=4)`"},
        {"resources", "what a step needs stands above it: `@resources(cpu=4, memory=2GB)`"},
        {"wildcards", "one task for each item of a list is `next work foreach xs`"},
        {"container", "an image is named where a step runs: `@batch(image=\"…\")`"},
        {"conda", "an image is named where a step runs: `@batch(image=\"…\")`"},
        {"publishDir", "what a step leaves behind is kept: `keep rows = …`"},
        {"log", "what a step prints is kept: `print(…)`"},
    };
    return FIND_WORD(words, word);
}

static bool is_before_colon(const Mistake *m, Span word)
{
    Str text = m->p->text->text;
    return word.end < text.len && text.ptr[word.end] == ':';
}

static Diag *section(const Mistake *m, Span at, Str word)
{
    const char *help = is_before_colon(m, at) ? section_help(word) : NULL;
    if (!help)
        return NULL;
    Diag *d = diag_error(m->p->diags, F0121, at, "a step has no part `%.*s:`", STR_ARG(word));
    return diag_help(d, "%s", help);
}

static bool is_type_word(Str word)
{
    static const char *const words[] = {"int",  "float", "bool", "string", "double",
                                        "long", "char",  "str",  "list",   "dict"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (str_is(word, words[i]))
            return true;
    return false;
}

static Diag *word_at_top(const Mistake *m)
{
    if (!is_at_top(m))
        return NULL;
    Str word = m->p->current.text;
    const char *help = m->token == TOK_NAME ? top_word_help(word) : NULL;
    if (help)
        return foreign_word(m, m->at, word, help);
    Diag *part = m->token == TOK_NAME ? section(m, m->at, word) : NULL;
    if (part)
        return part;
    if (m->token == TOK_VAR || m->token == TOK_KEEP) {
        Diag *d = diag_error(m->p->diags, F0125, m->at, "`%.*s` stands in the body of a step",
                             STR_ARG(word));
        return diag_help(d, "up here a constant is `let NAME = value`, "
                            "and what a run is given is `param NAME = value`");
    }
    static const short statements[] = {
        TOK_NAME,   TOK_IF,    TOK_FOR,      TOK_WHILE,  TOK_MATCH,      TOK_NEXT, TOK_FAIL,
        TOK_RETURN, TOK_BREAK, TOK_CONTINUE, TOK_ASSERT, TOK_CHECKPOINT, TOK_TRY};
    for (size_t i = 0; i < sizeof statements / sizeof *statements; i++) {
        if (m->token != statements[i])
            continue;
        Diag *d = diag_error(m->p->diags, F0125, m->at, "expected a declaration, but found `%.*s`",
                             STR_ARG(word));
        if (m->token == TOK_NAME && meant_declaration(d, m->at, word))
            return d;
        return diag_help(d, "what is to be done stands in the body of a step or a function; "
                            "a flow begins in `step start { … }`");
    }
    return NULL;
}

/* Is the token that does not fit followed by one `=`? */
static bool is_followed_by_equal(const Mistake *m)
{
    Str text = m->p->text->text;
    size_t at = m->at.end;
    while (at < text.len && text.ptr[at] == ' ')
        at++;
    return at + 1 < text.len && text.ptr[at] == '=' && text.ptr[at + 1] != '=';
}

/* Two words side by side, the first of which means something elsewhere. */
static Diag *word_before_value(const Mistake *m)
{
    const Token *first = &m->p->previous;
    if (first->kind != TOK_NAME || !is_after_value(m))
        return NULL;
    bool is_named = m->token == TOK_NAME || m->token == TOK_STRING_BEGIN;
    if (is_named && is_declaration_word(first->text)) {
        Diag *d = diag_error(m->p->diags, F0125, first->span, "`%.*s` stands at the top level only",
                             STR_ARG(first->text));
        return diag_label(d, "this is inside of a body");
    }
    if (!begins_value(m->token) && m->token != TOK_LBRACE && m->token != TOK_LET)
        return NULL;
    const char *help = foreign_statement_help(first->text);
    if (help)
        return foreign_word(m, first->span, first->text, help);
    if (!begins_line(m->p, first->span) || m->token == TOK_LBRACE)
        return NULL;
    Diag *misspelt = misspelt_statement(m, first->span, first->text);
    if (misspelt)
        return misspelt;
    bool is_binding = m->token == TOK_NAME && is_followed_by_equal(m);
    if (m->token == TOK_NAME && (is_type_word(first->text) || is_binding)) {
        Diag *d =
            diag_error(m->p->diags, F0121, first->span, "a variable begins with `let` or `var`");
        return diag_help(d,
                         "write `let %.*s = …`, or `var` to change it later; its type is known",
                         STR_ARG(m->p->current.text));
    }
    Diag *d = diag_error(m->p->diags, F0121, m->at, "what a call is given stands in parentheses");
    return diag_help(d, "write `%.*s(…)`", STR_ARG(first->text));
}

/* A number, a blank and what is meant to be its unit. */
static Diag *unit_apart(const Mistake *m)
{
    static const char *const units[] = {"second", "seconds", "sec",   "s",   "minute", "minutes",
                                        "min",    "hour",    "hours", "h",   "day",    "days",
                                        "week",   "weeks",   "B",     "kB",  "KB",     "MB",
                                        "GB",     "TB",      "KiB",   "MiB", "GiB",    "TiB"};
    if (m->token != TOK_NAME || (m->before != TOK_INT && m->before != TOK_FLOAT))
        return NULL;
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        if (!str_is(m->p->current.text, units[i]))
            continue;
        Diag *d = diag_error(m->p->diags, F0107, m->at, "a unit stands right behind its number");
        return diag_help(d, "as in `30s`, `5min`, `1.5h`, `2d` and `4GB`");
    }
    return NULL;
}

/* `x is y` and `x is not y`. */
static Diag *is_operator(const Mistake *m)
{
    Str text = m->p->text->text;
    Span at = m->at;
    Str rest = str_slice(text, at.end, at.end + 5 < text.len ? at.end + 5 : text.len);
    bool is_not = str_is(rest, " not ");
    if (is_not)
        at.end += 4;
    Diag *d = diag_error(m->p->diags, F0121, at, "`%s` is not Flow", is_not ? "is not" : "is");
    return diag_fix(d, at, is_not ? STR("!=") : STR("=="),
                    "two values are compared by `==` and `!=`");
}

/* The second of two words side by side. */
static Diag *word_after_value(const Mistake *m)
{
    if (m->token != TOK_NAME || !is_after_value(m))
        return NULL;
    Str word = m->p->current.text;
    static const char *const operators[] = {"is",  "then",       "do", "mod", "xor",
                                            "to", "instanceof"};
    for (size_t i = 0; i < sizeof operators / sizeof *operators; i++)
        if (str_is(word, operators[i]))
            return str_is(word, "is") ? is_operator(m)
                                      : foreign_word(m, m->at, word, foreign_statement_help(word));
    return NULL;
}

/* ---- blocks and declarations ----------------------------------------------------- */

static Diag *colon(const Mistake *m)
{
    if (m->token != TOK_COLON)
        return NULL;
    const Token *word = &m->p->previous;
    Diag *part = begins_line(m->p, word->span) && is_after_value(m) && fits(m, TOK_NEWLINE)
                     ? section(m, word->span, word->text)
                     : NULL;
    if (part)
        return part;
    if (word->kind == TOK_NAME && is_after_value(m) && fits(m, TOK_NEWLINE) &&
        foreign_statement_help(word->text))
        return foreign_word(m, word->span, word->text, foreign_statement_help(word->text));
    if (fits(m, TOK_ARROW)) {
        Diag *d = diag_error(m->p->diags, F0121, m->at, "the type of a result stands behind `->`");
        return diag_fix(d, m->at, STR(" ->"), "write `->` for `:`");
    }
    if (fits(m, TOK_LBRACE)) {
        Diag *d = diag_error(m->p->diags, F0121, m->at, "a block stands in braces");
        return diag_help(d, "write `{` for this `:`, and `}` behind the block");
    }
    bool is_slice = fits(m, TOK_RBRACKET) && fits(m, TOK_DOT_DOT);
    if (is_slice || (is_at_value(m) && fits(m, TOK_DOT_DOT))) {
        Diag *d = diag_error(m->p->diags, F0121, m->at, "a part of a list is taken by `..`");
        return diag_fix(d, m->at, STR(".."), "write `xs[a..b]`, `xs[a..]` or `xs[..b]`");
    }
    return NULL;
}

static Diag *brace_on_next_line(const Mistake *m)
{
    if (m->token != TOK_NEWLINE || !fits(m, TOK_LBRACE))
        return NULL;
    Str text = m->p->text->text;
    size_t at = m->at.end;
    while (at < text.len && strchr(" \t\r\n", text.ptr[at]))
        at++;
    if (at >= text.len || text.ptr[at] != '{')
        return NULL;
    Span brace = {m->at.source, (uint32_t)at, (uint32_t)at + 1};
    Diag *d = diag_error(m->p->diags, F0120, brace, "this `{` belongs on the line above");
    diag_fix(d, (Span){m->at.source, m->at.end, (uint32_t)at}, STR(" "),
             "a block begins on the line of what it belongs to");
    return d;
}

static Diag *function_in_body(const Mistake *m)
{
    if (m->token != TOK_FN || !(fits(m, TOK_LET) || is_at_value(m)))
        return NULL;
    if (!fits(m, TOK_LET)) {
        Diag *d = diag_error(m->p->diags, F0121, m->at, "a closure is written without `fn`");
        return diag_help(d, "write `|x| x * x`, or `|x| { … }`");
    }
    Diag *d = diag_error(m->p->diags, F0125, m->at, "functions stand at the top level only");
    return diag_help(d, "inside of a body a closure is `|x| x * x`");
}

static Diag *type_without_colon(const Mistake *m)
{
    if (m->token != TOK_NAME || m->before != TOK_NAME || !fits(m, TOK_COLON) || is_after_value(m))
        return NULL;
    Str first = m->p->previous.text, second = m->p->current.text;
    Str between = str_slice(m->p->text->text, m->p->previous.span.end, m->at.start);
    if (str_find(between, '\n') >= 0)
        return NULL; /* inside of a bracket that is never closed */
    const char *help = foreign_statement_help(first);
    if (str_is(first, "mut")) {
        Diag *d = diag_error(m->p->diags, F0121, m->p->previous.span, "`mut` is not Flow");
        return diag_help(d, "a variable is written `var %.*s = value`", STR_ARG(second));
    }
    if (help)
        return foreign_word(m, m->p->previous.span, first, help);
    bool is_typed = is_type_word(first) || is_type_word(second) ||
                    (second.ptr[0] >= 'A' && second.ptr[0] <= 'Z');
    if (!is_typed && is_followed_by_equal(m)) {
        Diag *d = diag_error(m->p->diags, F0121, m->at, "a function's parameters stand in bars");
        return diag_help(d, "write `let %.*s = |%.*s: int| …`, or `fn %.*s(…)` at the top level",
                         STR_ARG(first), STR_ARG(second), STR_ARG(first));
    }
    bool is_turned = is_type_word(first) && !is_type_word(second);
    Diag *d = diag_error(m->p->diags, F0121, m->at, "a type stands behind its name and a colon");
    return diag_fix(d, span_join(m->p->previous.span, m->at),
                    str_printf(m->p->arena, "%.*s: %.*s", STR_ARG(is_turned ? second : first),
                               STR_ARG(is_turned ? first : second)),
                    "write `%.*s: %.*s`", STR_ARG(is_turned ? second : first),
                    STR_ARG(is_turned ? first : second));
}

/* ---- bindings and assignments ---------------------------------------------------- */

static Diag *without_value(const Mistake *m)
{
    bool is_binding = fits(m, TOK_EQUAL) && !is_after_value(m) && !fits(m, TOK_NEWLINE);
    if (m->token != TOK_NEWLINE || !is_binding)
        return NULL;
    Diag *d = diag_error(m->p->diags, F0120, m->at, "a value is missing here");
    diag_label(d, "expected `= …`");
    if (foreign_line_begins(m->p, m->at.start, "let") ||
        foreign_line_begins(m->p, m->at.start, "var"))
        diag_help(d, "every name begins with a value; what may be missing is `var x: int? = none`");
    return d;
}

/* `for (let i = 0; …)`, `for (x : xs)`, `for (;;)`: up to its `in` a loop can only be meant so. */
static Diag *loop_form(const Mistake *m)
{
    bool is_before_in = fits(m, TOK_IN) && !is_after_value(m);
    bool is_in_name = fits(m, TOK_UNDERSCORE) && fits(m, TOK_INT) && !fits(m, TOK_LBRACKET);
    bool is_head = is_before_in || is_in_name || m->before == TOK_FOR ||
                   (m->before == TOK_LPAREN && fits(m, TOK_UNDERSCORE));
    if (!is_head || !foreign_line_begins(m->p, m->at.start, "for"))
        return NULL;
    Diag *d = diag_error(m->p->diags, F0121, m->at, "a loop goes over a list or a range");
    return diag_help(d, "write `for x in xs { … }`, `for i in 0..10 { … }` or `while true { … }`");
}

/* Has this line an `=` before, so that its name has its value already? */
static bool is_assigned_before(const Mistake *m)
{
    const char *text = m->p->text->text.ptr;
    for (uint32_t at = m->at.start; at > 0 && text[at - 1] != '\n'; at--) {
        bool is_single = text[at - 1] == '=' && text[at] != '=' && text[at] != '>';
        if (is_single && at > 1 && !strchr("=!<>", text[at - 2]))
            return true;
    }
    return false;
}

static Diag *equal(const Mistake *m)
{
    if (m->token != TOK_EQUAL || fits(m, TOK_EQUAL) || !fits(m, TOK_EQUAL_EQUAL))
        return NULL;
    if (fits(m, TOK_NEWLINE) && is_assigned_before(m)) {
        Diag *d = diag_error(m->p->diags, F0121, m->at, "an assignment is no value");
        return diag_help(d, "write one assignment a line: `b = 3`, then `a = b`");
    }
    if (fits(m, TOK_NEWLINE)) {
        Diag *d = diag_error(m->p->diags, F0123, m->at,
                             "what stands before this `=` cannot be assigned to");
        return diag_help(d, "to compare two values write `==`");
    }
    Diag *d = diag_error(m->p->diags, F0121, m->at, "`=` gives a value to a name");
    return diag_fix(d, m->at, STR("=="), "to compare two values write `==`");
}

/* `let x <- 3` */
static Diag *arrow_for_equal(const Mistake *m)
{
    Str text = m->p->text->text;
    if (m->token != TOK_LESS || !fits(m, TOK_EQUAL) || is_after_value(m) ||
        m->at.end >= text.len || text.ptr[m->at.end] != '-')
        return NULL;
    Span arrow = {m->at.source, m->at.start, m->at.end + 1};
    Diag *d = diag_error(m->p->diags, F0121, arrow, "`<-` is not Flow");
    return diag_fix(d, arrow, STR("="), "write `=`");
}

/* `xs.each(|x| sum += x)` */
static Diag *assignment_in_closure(const Mistake *m)
{
    static const short assigning[] = {TOK_PLUS_EQUAL,  TOK_MINUS_EQUAL,   TOK_STAR_EQUAL,
                                      TOK_SLASH_EQUAL, TOK_PERCENT_EQUAL, TOK_EQUAL};
    bool is_assigning = false;
    for (size_t i = 0; i < sizeof assigning / sizeof *assigning; i++)
        is_assigning |= m->token == assigning[i];
    if (!is_assigning || fits(m, m->token) || m->before != TOK_NAME || !is_after_value(m))
        return NULL;
    const char *text = m->p->text->text.ptr;
    uint32_t at = m->p->previous.span.start;
    while (at > 0 && text[at - 1] == ' ')
        at--;
    if (at == 0 || text[at - 1] != '|')
        return NULL;
    Diag *d = diag_error(m->p->diags, F0121, m->at, "an assignment is no value");
    return diag_help(d, "a closure cannot change what is outside of it: write "
                        "`for x in xs { sum += x }`, or `xs.fold(0, |sum, x| sum + x)`");
}

/* Several values that should stand in parentheses. */
static Diag *comma(const Mistake *m)
{
    if (m->token != TOK_COMMA)
        return NULL;
    if (foreign_line_begins(m->p, m->at.start, "import") && fits(m, TOK_NEWLINE)) {
        Diag *d = diag_error(m->p->diags, F0121, m->at, "a line imports one module");
        return diag_fix(d, m->at, STR("\nimport"), "write `import` again on the next line");
    }
    if (!is_after_value(m) || !fits(m, TOK_NEWLINE))
        return NULL;
    if (foreign_line_begins(m->p, m->at.start, "assert")) {
        Diag *d = diag_error(m->p->diags, F0121, m->at, "`assert` takes no message");
        return diag_help(d, "with a message of one's own: `if not … { fail \"message\" }`");
    }
    if (fits(m, TOK_EQUAL)) {
        Diag *d = diag_error(m->p->diags, F0121, m->at, "one place is assigned to at a time");
        return diag_help(d, "to swap two values: `let (x, y) = (b, a)`, then `a = x` and `b = y`");
    }
    Diag *d = diag_error(m->p->diags, F0121, m->at, "several values stand in parentheses");
    return diag_help(d, "write `(a, b)`");
}

/* Behind the name of a step. */
static Diag *after_next(const Mistake *m)
{
    if (m->token == TOK_IF || m->token == TOK_QUESTION || m->token == TOK_EQUAL) {
        Diag *d = diag_error(m->p->diags, F0121, m->at, "a condition stands around a `next`");
        return diag_help(d, "write `if c { next work } else { next other }`");
    }
    if (m->token != TOK_LPAREN)
        return NULL;
    Diag *d = diag_error(m->p->diags, F0121, m->at, "a step is not given arguments");
    return diag_help(d, "what it reads is kept before, as in `keep rows = …`; one task for each "
                        "item of a list is `next work foreach xs`");
}

static Diag *next_form(const Mistake *m)
{
    if (m->before == TOK_COMMA && m->token == TOK_FOREACH) {
        Diag *d = diag_error(m->p->diags, F0121, m->at, "no comma stands before `foreach`");
        return diag_fix(d, m->p->previous.span, STR(""), "write `next work foreach xs`");
    }
    if (m->before == TOK_FOREACH && m->token == TOK_EQUAL) {
        Diag *d = diag_error(m->p->diags, F0121, m->at, "no `=` stands behind `foreach`");
        return diag_fix(d, m->at, STR(""), "write `next work foreach xs`");
    }
    if (m->before == TOK_NAME && fits(m, TOK_FOREACH))
        return after_next(m);
    if (m->before != TOK_NEXT)
        return NULL;
    if (m->token == TOK_RBRACE || m->token == TOK_NEWLINE) {
        Diag *d = diag_error(m->p->diags, F0120, m->p->previous.span,
                             "`next` does not say which step comes next");
        return diag_help(d, "write `next work`, `next a, b` or `next work foreach xs`");
    }
    Diag *d = diag_error(m->p->diags, F0121, m->at, "the name of a step stands behind `next`");
    return diag_help(d, "write `next work`, `next a, b` or `next work foreach xs`, "
                        "without parentheses or quotes");
}

/* ---- expressions ----------------------------------------------------------------- */

static Diag *choice(const Mistake *m)
{
    if (!is_after_value(m) || (m->token != TOK_QUESTION && m->token != TOK_IF))
        return NULL;
    Diag *d = m->token == TOK_IF
                  ? diag_error(m->p->diags, F0121, m->at, "a choice begins with its condition")
                  : diag_error(m->p->diags, F0121, m->at, "`?` belongs to types");
    return diag_help(d, m->token == TOK_IF ? "write `if c { a } else { b }`"
                                           : "a choice is written `if c { a } else { b }`, "
                                             "a value in place of `none` is `x ?? y`");
}

static Diag *comprehension(const Mistake *m)
{
    bool is_in_brackets = fits(m, TOK_RBRACKET) || fits(m, TOK_RPAREN);
    if (m->token != TOK_FOR || !is_after_value(m) || !is_in_brackets)
        return NULL;
    Diag *d =
        diag_error(m->p->diags, F0121, m->at, "a list is made of another by `map` and `filter`");
    return diag_help(d, "write `xs.map(|x| …)`, or `xs.filter(|x| …)`");
}

static Diag *arrow(const Mistake *m)
{
    if ((m->token != TOK_FAT_ARROW && m->token != TOK_ARROW) || !is_after_value(m))
        return NULL;
    Diag *d = diag_error(m->p->diags, F0121, m->at, "a closure's parameters stand between bars");
    return diag_help(d, "write `|x| x + 1`; a field is `p.x`");
}

/* ---- expressions ----------------------------------------------------------------- */

static Diag *brace_as_value(const Mistake *m)
{
    if (m->token != TOK_LBRACE || !is_at_value(m))
        return NULL;
    if (m->before == TOK_IF || m->before == TOK_WHILE)
        return diag_error(m->p->diags, F0120, m->at, "a condition is missing before this block");
    Diag *d = diag_error(m->p->diags, F0121, m->at, "braces hold blocks only");
    return diag_help(d, "a list is `[1, 2]`, a map `[\"a\": 1]`, a struct `Point(x=1, y=2)`");
}

static Diag *operator_in_front(const Mistake *m)
{
    static const short operators[] = {
        TOK_PLUS,    TOK_STAR,          TOK_STAR_STAR,   TOK_SLASH,     TOK_PERCENT, TOK_DIV,
        TOK_DOT_DOT, TOK_DOT_DOT_EQUAL, TOK_EQUAL_EQUAL, TOK_NOT_EQUAL, TOK_LESS,    TOK_LESS_EQUAL,
        TOK_GREATER, TOK_GREATER_EQUAL, TOK_IN,          TOK_NOT_IN};
    if (!is_at_statement(m) || !begins_line(m->p, m->at))
        return NULL;
    for (size_t i = 0; i < sizeof operators / sizeof *operators; i++) {
        if (m->token != operators[i])
            continue;
        Str text = m->p->current.text;
        Diag *d = diag_error(m->p->diags, F0120, m->at, "a statement does not begin with `%.*s`",
                             STR_ARG(text));
        return diag_help(d, "to go on with the line above, end that one with `%.*s`",
                         STR_ARG(text));
    }
    return NULL;
}

/* Where the line ends that a place lies in, without blanks and a comment. */
static uint32_t line_end(const Parser *p, uint32_t at)
{
    Str text = p->text->text;
    uint32_t end = at;
    while (end < text.len && text.ptr[end] != '\n' && strncmp(text.ptr + end, "//", 2) != 0)
        end++;
    while (end > at && strchr(" \t\r", text.ptr[end - 1]))
        end--;
    return end;
}

static Str indentation(const Parser *p, uint32_t at)
{
    Str text = p->text->text;
    while (at > 0 && text.ptr[at - 1] != '\n')
        at--;
    uint32_t end = at;
    while (end < text.len && (text.ptr[end] == ' ' || text.ptr[end] == '\t'))
        end++;
    return str_slice(text, at, end);
}

static bool begins_statement(int token)
{
    static const short starts[] = {TOK_NEXT,   TOK_LET,   TOK_VAR,      TOK_KEEP,
                                   TOK_FOR,    TOK_WHILE, TOK_ASSERT,   TOK_FAIL,
                                   TOK_RETURN, TOK_BREAK, TOK_CONTINUE, TOK_CHECKPOINT};
    for (size_t i = 0; i < sizeof starts / sizeof *starts; i++)
        if (token == starts[i])
            return true;
    return false;
}

static Diag *say_two(const Parser *p, const Token *second)
{
    Diag *d = diag_error(p->diags, F0120, second->span, "`%.*s` begins another statement",
                         STR_ARG(second->text));
    diag_label(d, "a statement stands on a line of its own");
    Str indent = indentation(p, second->span.start);
    Str text = str_printf(p->arena, "\n%.*s", STR_ARG(indent));
    Span between = {second->span.source, p->previous.span.end, second->span.start};
    return diag_fix(d, between, text, "put it on the next line");
}

/* `for i in 0..3 print(i)` */
static Diag *body_without_braces(const Mistake *m)
{
    static const char *const words[] = {"for", "while", "if"};
    const char *word = NULL;
    if (!fits(m, TOK_LBRACE) || (m->token != TOK_NAME && !begins_statement(m->token)))
        return NULL;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (foreign_line_begins(m->p, m->at.start, words[i]))
            word = words[i];
    if (!word)
        return NULL;
    Diag *d = diag_error(m->p->diags, F0120, m->at, "what this `%s` does is not in braces", word);
    Span begin = {m->at.source, m->at.start, m->at.start};
    uint32_t end = line_end(m->p, m->at.start);
    diag_fix(d, begin, STR("{ "), "write `{` here");
    return diag_fix(d, (Span){m->at.source, end, end}, STR(" }"),
                    "write `{` here, and `}` behind the last statement of the body");
}

/* `x = 1 next end` */
static Diag *two_on_a_line(const Mistake *m)
{
    if (!fits(m, TOK_NEWLINE) || !begins_statement(m->token) || begins_line(m->p, m->at))
        return NULL;
    return say_two(m->p, &m->p->current);
}

/* `enum Color { RED = 1 }` */
static Diag *numbered_case(const Mistake *m)
{
    bool is_behind_case = m->token == TOK_EQUAL && fits(m, TOK_COMMA) && fits(m, TOK_LPAREN) &&
                          !fits(m, TOK_RPAREN);
    if (!is_behind_case || m->before != TOK_NAME || fits(m, TOK_PLUS) || fits(m, TOK_COLON))
        return NULL;
    Diag *d = diag_error(m->p->diags, F0121, m->at, "the cases of an enum have no numbers");
    return diag_help(d, "leave it out, here and wherever else it stands: "
                        "`enum Color { Red, Green }`");
}

/* ---- all of them ----------------------------------------------------------------- */

Diag *foreign_mistake(Parser *p, Span at, const Expected *e)
{
    static Diag *(*const rules[])(const Mistake *) = {
        word_at_top, word_before_value, word_after_value, unit_apart, colon, brace_on_next_line,
        function_in_body, type_without_colon, without_value, loop_form, foreign_value,
        assignment_in_closure, arrow_for_equal, equal, comma, next_form, choice, comprehension,
        arrow, numbered_case, brace_as_value,
        operator_in_front, body_without_braces, two_on_a_line};
    Mistake m = {p, at, p->current.kind, p->previous.kind, e};
    Diag *d = NULL;
    for (size_t i = 0; !d && i < sizeof rules / sizeof *rules; i++)
        d = rules[i](&m);
    return d;
}

Token foreign_block(Parser *p, Token t)
{
    Diag *d = diag_error(p->diags, F0121, t.span, "a block stands in braces");
    diag_fix(d, t.span, STR(" {"), "write `{` for this `:`, and `}` below the block");
    lexer_open_indented(&p->lexer, t.span, d);
    t.kind = TOK_LBRACE;
    return t;
}

bool foreign_begins_statement(const Parser *p, const Token *t)
{
    static const short ends[] = {TOK_RPAREN, TOK_RBRACKET, TOK_RBRACE, TOK_STRING_END};
    const Token *last = &p->previous;
    Str text = p->text->text;
    bool is_call = t->kind == TOK_NAME && t->span.end < text.len && text.ptr[t->span.end] == '(';
    bool is_behind = false;
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
        is_behind |= last->kind == ends[i];
    return is_behind && last->span.start < last->span.end && !begins_line(p, t->span) &&
           (is_call || begins_statement(t->kind));
}

void foreign_two_statements(Parser *p, const Token *second)
{
    say_two(p, second);
}

Token foreign_map_type(Parser *p, Token t)
{
    Str text = p->text->text;
    uint32_t end = literal_map_type_end(text, t.span.end);
    if (!end)
        return t;
    Str inside = str_slice(text, t.span.end, end);
    Span whole = {t.span.source, t.span.start, end + 1};
    Diag *d = diag_error(p->diags, F0121, whole, "the type of a map stands in brackets");
    diag_fix(d, whole, str_printf(p->arena, "[%.*s]", STR_ARG(inside)), "write `[%.*s]`",
             STR_ARG(inside));
    p->type_end = end;
    t.kind = TOK_LBRACKET;
    return t;
}
