/* SPDX-License-Identifier: Apache-2.0 */
/* elsewhere.c - what a name that does not exist here may have meant: a word of another language,
 * or a local of another step. */
#include <string.h>

#include "sema/check.h"

typedef struct Word {
    const char *name, *help;
} Word;

static const Word words[] = {
    {"null", "write `none`"},
    {"NULL", "write `none`"},
    {"TRUE", "write `true`"},
    {"FALSE", "write `false`"},
    {"YES", "write `true`"},
    {"NO", "write `false`"},
    {"type", "the type of every value is known: leave it out"},
    {"typeof", "the type of every value is known: leave it out"},
    {"input", "what a run is given is a `param`, above the steps: `param name = \"Ada\"`"},
    {"bool", "compare it, as in `x != 0` or `not s.is_empty()`"},
    {"set", "a list is `[1, 2]`; each once are the `.keys()` of a map"},
    {"tuple", "a tuple is written `(1, 2)`"},
    {"super", "a struct has no parent: it holds what it needs as a field"},
    {"Ok", "give the value alone; what cannot be done ends by `fail \"message\"`"},
    {"Err", "write `fail \"message\"`"},
    {"Some", "write `some(x)`, or `x` alone"},
    {"puts", "write `print(…)`"},
    {"console", "write `print(…)`"},
    {"fmt", "write `print(…)`"},
    {"System", "write `print(…)`"},
    {"os", "variables of the environment are given by `@environment(NAME=\"value\")`"},
    {"sys", "a task is stopped by `fail \"message\"`"},
    {"c", "a list is written `[1, 2, 3]`"},
    {"then", "a block in braces follows the condition: `if x { … }`"},
    {"fi", "a block ends by `}`"},
    {"done", "a block ends by `}`"},
    {"esac", "a block ends by `}`"},
    {"inputs", "a join names its inputs: `join gather(all: [work]) { … }`"},
    {"merge_artifacts", "what no branch changed is there by its bare name: leave it out"},
    {"parallel_map", "write `xs.parallel_map(|x| …)`"},
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
    {"sorted", "write `xs.sort()`; from the greatest down it is `xs.sort().reversed()`"},
    {"params", "a parameter is read by its bare name"},
    {"args", "what a run is given is a `param`, which is read by its bare name"},
    {"argv", "what a run is given is a `param`, which is read by its bare name"},
    {"config", "what a run is given is a `param`, which is read by its bare name"},
    {"snakemake", "a parameter, an item and what was kept are read by their bare names"},
    {"wildcards", "a parameter, an item and what was kept are read by their bare names"},
    {"list", "a list is written `[1, 2]`; `filled(n, x)` has x n times; a range is a list already"},
    {"dict", "a map is written `[\"a\": 1]`"},
    {"open", "a file is read in one call: `file.read_text(path)`"},
    {"process", "a step is written `step NAME { … }`"},
    {"Channel", "one task for each item of a list: `next work foreach xs`"},
    {"panic", "write `fail \"message\"`"},
    {"error", "write `fail \"message\"`"},
    {"die", "write `fail \"message\"`"},
    {"abort", "write `fail \"message\"`"},
    {"assert_eq", "write `assert a == b`, which shows both sides"},
    {"assert_equal", "write `assert a == b`, which shows both sides"},
    {"pow", "write `x ** y`"},
    {"divmod", "write `x div y` and `x % y`"},
    {"parse_int", "write `int(text)`"},
    {"parseInt", "write `int(text)`"},
    {"parse_float", "write `float(text)`"},
    {"parseFloat", "write `float(text)`"},
    {"sleep", "to wait before another attempt: `@retry(times=2, delay=1s)`"},
    {"shell", "a command is run by `script sh \"…\"`"},
    {"sh", "a command is run by `script sh \"…\"`"},
    {"bash", "a command is run by `script sh \"…\"`"},
    {"system", "a command is run by `script sh \"…\"`"},
    {"exec", "a command is run by `script sh \"…\"`"},
    {"subprocess", "a command is run by `script sh \"…\"`"},
    {"debug", "write `print(…)`"},
    {"eprint", "write `print(…)`"},
    {"eprintln", "write `print(…)`"},
    {"statistics", "`import stats` has `stats.mean(xs)`, `stats.median(xs)`, `stats.stddev(xs)`"},
    {"isinstance", "the type of every value is known: leave it out"},
};

const char *foreign_word_help(Str name)
{
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (str_is(name, words[i].name))
            return words[i].help;
    return NULL;
}

/* "write `true`", or "write `print(…)`" for what is called: that word alone can take its place. */
static Str replacement(const char *help, bool is_called)
{
    static const char begin[] = "write `";
    if (strncmp(help, begin, sizeof begin - 1) != 0)
        return (Str){0};
    const char *word = help + sizeof begin - 1;
    size_t len = strspn(word, "abcdefghijklmnopqrstuvwxyz");
    bool is_whole = strcmp(word + len, is_called ? "(…)`" : "`") == 0;
    return is_whole ? (Str){word, len} : (Str){0};
}

void help_foreign_word(Diag *d, Ident name, const char *help, bool is_called)
{
    Str word = replacement(help, is_called);
    if (word.len)
        diag_fix(d, name.span, word, "%s", help);
    else
        diag_help(d, "%s", help);
}

bool edit_import(const Model *m, Diag *d, Str module)
{
    const AstFile *file = m->file;
    if (!file->flow || d->span.source != file->source)
        return false;
    const Decl *first = NULL;
    for (size_t i = 0; i < file->decls.count; i++) {
        const Decl *decl = file->decls.items[i];
        if (decl->kind != DECL_IMPORT)
            continue;
        first = first ? first : decl;
        if (str_eq(decl->name.name, module))
            return true;
    }
    uint32_t at = first ? first->span.start : file->flow->span.end;
    Str text = first ? str_printf(m->arena, "import %.*s\n", STR_ARG(module))
                     : str_printf(m->arena, "\n\nimport %.*s", STR_ARG(module));
    diag_fix(d, (Span){file->source, at, at}, text, "write `import %.*s` at the top",
             STR_ARG(module));
    return true;
}

/* Functions of lists, maps and texts: what Flow calls them, or what it does without. */
static const struct Method {
    const char *name, *ours, *help;
} methods[] = {
    {"append", "push", NULL},
    {"add", "push", NULL},
    {"where", "filter", NULL},
    {"push_back", "push", NULL},
    {"length", "len", NULL},
    {"size", "len", NULL},
    {"strip", "trim", NULL},
    {"sorted", "sort", NULL},
    {"reverse", "reversed", NULL},
    {"reduce", "fold", NULL},
    {"includes", "contains", NULL},
    {"has_key", "contains", NULL},
    {"contains_key", "contains", NULL},
    {"containsKey", "contains", NULL},
    {"has", "contains", NULL},
    {"empty", "is_empty", NULL},
    {"isEmpty", "is_empty", NULL},
    {"toUpperCase", "upper", NULL},
    {"to_upper", "upper", NULL},
    {"uppercase", "upper", NULL},
    {"toLowerCase", "lower", NULL},
    {"to_lower", "lower", NULL},
    {"lowercase", "lower", NULL},
    {"some", "any", NULL},
    {"every", "all", NULL},
    {"items", NULL, "a map is gone over by `for (key, value) in m { … }`"},
    {"iteritems", NULL, "a map is gone over by `for (key, value) in m { … }`"},
    {"entries", NULL, "a map is gone over by `for (key, value) in m { … }`"},
    {"forEach", NULL, "to do something for each item, write a `for` loop"},
    {"for_each", NULL, "to do something for each item, write a `for` loop"},
    {"each", NULL, "to do something for each item, write a `for` loop"},
    {"format", NULL, "a value is put into a text where it stands: \"… {x} …\""},
    {"isdigit", NULL, "try to read it: `try int(s) else 0`"},
    {"isnumeric", NULL, "try to read it: `try int(s) else 0`"},
    {"to_string", NULL, "write `string(x)`, or \"{x}\""},
    {"toString", NULL, "write `string(x)`, or \"{x}\""},
    {"to_int", NULL, "write `int(x)`"},
    {"to_float", NULL, "write `float(x)`"},
    {"to_json", NULL, "write `json(x)`, or `json(x).text()` for a text"},
    {"toJson", NULL, "write `json(x)`, or `json(x).text()` for a text"},
    {"dumps", NULL, "write `json(x).text()`"},
    {"stringify", NULL, "write `json(x).text()`"},
    {"from_json", "decode", NULL},
    {"to", "decode", NULL},
    {"into", "decode", NULL},
    {"copy", NULL, "a copy is made by `var b = a`, and has a life of its own"},
    {"clone", NULL, "a copy is made by `var b = a`, and has a life of its own"},
    {"iter", NULL, "leave it out: a list is gone over as it is"},
    {"collect", NULL, "leave it out: what `map` and `filter` give is a list"},
    {"unwrap", NULL, "open it: `x ?? fail \"no x\"`"},
    {"unwrap_or", NULL, "open it: `x ?? DEFAULT`"},
    {"is_some", NULL, "write `x != none`"},
    {"is_none", NULL, "write `x == none`"},
    {"update", NULL, "an entry is set by `m[key] = value`"},
    {"setdefault", NULL, "set what is missing: `m[key] ?" "?= value`, then read `m[key]`"},
    {"extend", NULL, "lists are joined by `xs + ys`"},
    {"concat", NULL, "lists are joined by `xs + ys`"},
    {"slice", NULL, "a part is written `xs[from..to]`, `xs[from..]` or `xs[..to]`"},
    {"substring", NULL, "a part is written `s[from..to]`, `s[from..]` or `s[..to]`"},
    {"substr", NULL, "a part is written `s[from..to]`, `s[from..]` or `s[..to]`"},
    {"head", "take", NULL},
    {"limit", "take", NULL},
    {"skip", "drop", NULL},
    {"tail", NULL, "all but the first is `xs[1..]`, the last n are `xs[xs.len() - n..]`"},
    {"distinct", "unique", NULL},
    {"dedup", "unique", NULL},
    {"uniq", "unique", NULL},
    {"drop_duplicates", "unique", NULL},
    {"group", "group_by", NULL},
    {"groupby", "group_by", NULL},
    {"index_by", "key_by", NULL},
    {"value_counts", "tally", NULL},
    {"frequencies", "tally", NULL},
    {"sort_by_key", "sort_by", NULL},
    {"order_by", "sort_by", NULL},
    {"max_by_key", "max_by", NULL},
    {"min_by_key", "min_by", NULL},
    {"sort_desc", NULL, "write `xs.sort().reversed()`"},
    {"sum_by", NULL, "write `xs.map(|x| …).sum()`"},
    {"argmax", NULL, "write `xs.enumerate().max_by(|(_, x)| x)`, the place and the value"},
    {"argmin", NULL, "write `xs.enumerate().min_by(|(_, x)| x)`, the place and the value"},
    {"filter_map", NULL, "write `xs.flat_map(|x| if … { [y] } else { [] })`"},
    {"zip_with", NULL, "write `xs.zip(ys).map(|(x, y)| …)`"},
    {"each_with_index", "enumerate", NULL},
    {"indexed", "enumerate", NULL},
    {"with_index", "enumerate", NULL},
    {"find_index", "position", NULL},
    {"findIndex", "position", NULL},
    {"index", "index_of", NULL},
    {"prepend", NULL, "write `xs.insert(0, x)`"},
    {"push_front", NULL, "write `xs.insert(0, x)`"},
    {"unshift", NULL, "write `xs.insert(0, x)`"},
    {"shift", NULL, "write `xs.remove_at(0)`"},
    {"pop_front", NULL, "write `xs.remove_at(0)`"},
    {"clear", NULL, "write `xs = []`, of a map `m = [:]`"},
    {"delete", "remove", NULL},
    {"discard", "remove", NULL},
    {"get_or", NULL, "write `m.get(key) ?? DEFAULT`"},
    {"get_or_default", NULL, "write `m.get(key) ?? DEFAULT`"},
    {"getOrDefault", NULL, "write `m.get(key) ?? DEFAULT`"},
    {"splitlines", "lines", NULL},
    {"split_lines", "lines", NULL},
    {"split_whitespace", "words", NULL},
    {"capitalize", NULL, "write `s[..1].upper() + s[1..]`"},
    {"title", NULL, "write `s[..1].upper() + s[1..]`"},
    {"ljust", NULL, "a width is part of a text: \"{s:<8}\""},
    {"rjust", NULL, "a width is part of a text: \"{s:>8}\""},
    {"center", NULL, "a width is part of a text: \"{s:^8}\""},
    {"zfill", NULL, "zeros are part of a text: \"{n:08}\""},
    {"pad_left", NULL, "a width is part of a text: \"{s:>8}\""},
    {"pad_right", NULL, "a width is part of a text: \"{s:<8}\""},
    {"padStart", NULL, "a width is part of a text: \"{s:>8}\""},
    {"padEnd", NULL, "a width is part of a text: \"{s:<8}\""},
    {"match", NULL, "no text is matched by patterns: use `contains`, `split` or `cut`"},
    {"matches", NULL, "no text is matched by patterns: use `contains`, `split` or `cut`"},
    {"findall", NULL, "no text is matched by patterns: use `contains`, `split` or `cut`"},
    {"to_list", NULL, "a range is a list; a text has `chars`, a map `keys`, `values` and `items`"},
    {"toList", NULL, "a range is a list; a text has `chars`, a map `keys`, `values` and `items`"},
    {"tolist", NULL, "a range is a list; a text has `chars`, a map `keys`, `values` and `items`"},
    {"mean", NULL, "write `import stats` at the top, and `stats.mean(xs)`"},
    {"average", NULL, "write `import stats` at the top, and `stats.mean(xs)`"},
    {"avg", NULL, "write `import stats` at the top, and `stats.mean(xs)`"},
    {"median", NULL, "write `import stats` at the top, and `stats.median(xs)`"},
    {"std", NULL, "write `import stats` at the top, and `stats.stddev(xs)`"},
    {"stddev", NULL, "write `import stats` at the top, and `stats.stddev(xs)`"},
    {"variance", NULL, "write `import stats` at the top, and `stats.variance(xs)`"},
    {"shuffle", NULL, "write `import random` at the top, and `xs.sort_by(|_| random.float())`"},
    {"sample", NULL, "write `import random`, and `xs.sort_by(|_| random.float()).take(n)`"},
    {"choice", NULL, "write `import random` at the top, and `xs[random.int(0..xs.len())]`"},
};

bool foreign_method(Str name, Str *ours, const char **help)
{
    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++) {
        if (!str_is(name, methods[i].name))
            continue;
        *ours = methods[i].ours ? str_from(methods[i].ours) : (Str){0};
        *help = methods[i].help;
        return true;
    }
    return false;
}

const char *list_function_help(Str name, const Type *found)
{
    static const char *const of_maps[][2] = {
        {"map", "of a map: `m.map_values(|value| …)`, or `m.items().map(|(key, value)| …)`"},
        {"filter", "of a map: `m.select(|key, value| …)`"},
        {"sum", "what a map holds is a list by `m.values()`"},
        {"max", "what a map holds is a list by `m.values()`"},
        {"min", "what a map holds is a list by `m.values()`"},
        {"push", "an entry is set by `m[key] = value`"},
        {"insert", "an entry is set by `m[key] = value`"},
        {"extend", "two maps are put together by `m.merge(other)`"},
        {NULL, "a map is a list of pairs by `m.items()`, as in `m.items().find(|(key, _)| …)`"},
    };
    static const char *const of_texts[][2] = {
        {"find", "whether it is there tells `s.contains(x)`, what is around it `s.cut(x)`"},
        {"index_of", "whether it is there tells `s.contains(x)`, what is around it `s.cut(x)`"},
        {"count", "how often it is there is `s.split(x).len() - 1`"},
        {NULL, "the characters of a text are a list by `s.chars()`"},
    };
    const char *const (*row)[2] = found->kind == TYPE_MAP      ? of_maps
                                  : found->kind == TYPE_STRING ? of_texts
                                                               : NULL;
    while (row && (*row)[0] && !str_is(name, (*row)[0]))
        row++;
    return row ? (*row)[1] : NULL;
}

bool foreign_module(Str name)
{
    static const char *const names[] = {"os",      "sys",       "numpy",     "pandas",   "np",
                                        "pd",      "re",        "datetime",  "scipy",    "torch",
                                        "sklearn", "pathlib",   "metaflow", "logging",
                                        "pickle",  "functools", "itertools", "requests"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (str_is(name, names[i]))
            return true;
    return false;
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

bool say_local_of(const Model *m, const StepModel *step, Diag *d, Str name)
{
    const Stmt *s = find_local(step, name);
    if (!s)
        return false;
    Str text = span_text(m->sources, s->span);
    Str rest = str_slice(text, s->keyword_span.end - s->keyword_span.start, text.len);
    diag_note(d, s->pattern->span, "this one is seen in `%.*s` only", STR_ARG(step->name));
    if (str_find(rest, '\n') >= 0)
        rest = str_printf(m->arena, " %.*s = …", STR_ARG(name));
    diag_fix(d, s->keyword_span, STR("keep"), "to see it in later steps, keep it: `keep%.*s`",
             STR_ARG(rest));
    return true;
}

bool say_local_elsewhere(const Model *m, const StepModel *here, Diag *d, Str name)
{
    for (size_t i = 0; i < m->steps.len; i++)
        if (m->steps.items[i] != here && say_local_of(m, m->steps.items[i], d, name))
            return true;
    return false;
}
