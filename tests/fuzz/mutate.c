/* SPDX-License-Identifier: Apache-2.0 */
/* A part is a piece of a text.  Every change replaces one part by another, which may be empty. */
#include "mutate.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

#include "fuzz.h"

typedef struct Part {
    size_t start, end;
} Part;

typedef struct Text {
    uint8_t *bytes;
    size_t size, max;
    uint64_t random;
} Text;

static const char *const snippets[] = {
    "int",
    "float",
    "bool",
    "string",
    "size",
    "duration",
    "time",
    "secret",
    "json",
    "matrix",
    "[int]",
    "[string]",
    "[string: int]",
    "[int: [string]]",
    "(int, string)",
    "(low: int, high: int)",
    "int?",
    "[int?]?",
    "fn(int) -> int",
    "[good | poor]",
    "Failure?",
    "0",
    "1",
    "-1",
    "9223372036854775807",
    "-9223372036854775808",
    "1.5",
    "1e308",
    "0x7f",
    "4GB",
    "30s",
    "1.5h",
    "true",
    "false",
    "none",
    "\"\"",
    "\"a {x} b\"",
    "\"{x:.2f}\"",
    "r\"raw\"",
    "\"\"\"\n    text\n    \"\"\"",
    "[]",
    "[:]",
    "[1, 2]",
    "[\"a\": 1]",
    "(1, \"x\")",
    "1..5",
    "1..=5",
    "|x| x",
    "|a, b| { a }",
    "|| 1",
    "|x: int| { return x }",
    "current.attempt",
    "current.run_id",
    "x ?? 0",
    "x ?? fail \"no\"",
    "x?.y",
    "xs[0]",
    "xs[1..]",
    "x.with(y=1)",
    "if x { 1 } else { 2 }",
    "match x { 1 => 2, _ => 3 }",
    "try f(x) else 0",
    "xs.map(|x| x + 1)",
    "xs.max_by(|x| x.y)",
    "xs.fold(0, |a, b| a + b)",
    "random.int(0..9)",
    "not ",
    " and ",
    " or ",
    " in ",
    " div ",
    " + ",
    " - ",
    " * ",
    " / ",
    " ** ",
    " % ",
    " == ",
    " < ",
    " ?? ",
    "..",
    "..=",
    "\nlet a = 1",
    "\nvar b = [1]",
    "\nkeep c = 1",
    "\nkeep c",
    "\nkeep (d, e) = (1, 2)",
    "\nc = 2",
    "\nc += 1",
    "\nnext end",
    "\nnext a, b",
    "\nnext a foreach c",
    "\nif true { next a } else { next b }",
    "\nfor i in 0..3 {\n}",
    "\nwhile true { break }",
    "\nreturn",
    "\nreturn 1",
    "\nfail \"x\"",
    "\nbreak",
    "\ncheckpoint every 1min",
    "\nassert true",
    "\nprint(c)",
    "\nif let v = x { print(v) }",
    "\ntry { f() } catch e { print(e.message) }",
    "\nstep a {\n    next end\n}\n",
    "\nstep b(i: int) {\n    next j\n}\n",
    "\njoin j(all: [b]) {\n    next end\n}\n",
    "\njoin j(x: a, y: b) {\n    next end\n}\n",
    "\nfn f(x: int) -> int { x }\n",
    "\nfn g[T, K: ordered](xs: [T], by: fn(T) -> K) -> T? { none }\n",
    "\nfn h(var xs: [int]) { xs.push(1) }\n",
    "\nstruct S { a: int, b: [S] }\n",
    "\nenum E { A, B(int) }\n",
    "\nlet k = 1\n",
    "\nparam p = 1\n",
    "\nparam q: [string] = []\n",
    "\nimport random\n",
    "\nimport file\n",
    "\nimport math as m\n",
    "\n@retry(times=3, delay=1s)\n",
    "\n@timeout(1h)\n",
    "\n@catch(error)\n",
    "\n@resources(cpu=2, memory=1GB)\n",
    "\n@environment(A=\"b\")\n",
    "\n@batch(pool=x)\n",
    "flow F\n",
    "flow F\n\nstep start {\n    next end\n}\n",
};

/* ---- chance --------------------------------------------------------------------- */

static uint64_t chance(Text *t)
{
    t->random ^= t->random << 13;
    t->random ^= t->random >> 7;
    t->random ^= t->random << 17;
    return t->random;
}

static size_t below(Text *t, size_t limit)
{
    return limit ? (size_t)(chance(t) % limit) : 0;
}

static Text text_of(uint8_t *bytes, size_t size, size_t max, unsigned seed)
{
    Text t = {bytes, size, max, UINT64_C(0x9e3779b97f4a7c15) ^ ((uint64_t)seed << 17 | seed)};
    for (int i = 0; i < 4; i++)
        chance(&t);
    return t;
}

/* ---- parts ------------------------------------------------------------------------- */

static bool is_word_byte(uint8_t c)
{
    return isalnum(c) || c == '_';
}

/* The word or the single character at a place. */
static Part token_at(const Text *t, size_t at)
{
    Part p = {at, at + (at < t->size)};
    if (at >= t->size || !is_word_byte(t->bytes[at]))
        return p;
    while (p.start > 0 && is_word_byte(t->bytes[p.start - 1]))
        p.start--;
    while (p.end < t->size && is_word_byte(t->bytes[p.end]))
        p.end++;
    return p;
}

/* Some token, a word if one is near. */
static Part some_token(Text *t)
{
    size_t at = below(t, t->size);
    for (size_t i = 0; i < 20 && at + i < t->size; i++)
        if (is_word_byte(t->bytes[at + i]))
            return token_at(t, at + i);
    return token_at(t, at);
}

static Part line_at(const Text *t, size_t at)
{
    Part p = {at, at};
    while (p.start > 0 && t->bytes[p.start - 1] != '\n')
        p.start--;
    while (p.end < t->size && t->bytes[p.end] != '\n')
        p.end++;
    p.end += p.end < t->size;
    return p;
}

static Part some_line(Text *t)
{
    return line_at(t, below(t, t->size));
}

static bool begins_declaration(const Text *t, size_t line)
{
    return line < t->size && (isalpha(t->bytes[line]) || t->bytes[line] == '@');
}

static Part some_declaration(Text *t)
{
    Part p = some_line(t);
    while (p.start > 0 && !begins_declaration(t, p.start))
        p.start = line_at(t, p.start - 1).start;
    while (p.end < t->size && !begins_declaration(t, p.end))
        p.end = line_at(t, p.end).end;
    return p;
}

/* The brackets that open at or behind a place, with what they hold. */
static Part some_group(Text *t, char open)
{
    size_t at = below(t, t->size);
    while (at < t->size && t->bytes[at] != (uint8_t)open)
        at++;
    Part p = {at, at};
    int depth = 0;
    for (; p.end < t->size; p.end++) {
        uint8_t c = t->bytes[p.end];
        depth += c == '(' || c == '[' || c == '{';
        depth -= c == ')' || c == ']' || c == '}';
        if (depth == 0)
            break;
    }
    p.end += p.end < t->size;
    return p;
}

static Part some_part(Text *t, char open)
{
    switch (below(t, 4)) {
    case 0: return some_token(t);
    case 1: return some_line(t);
    case 2: return some_declaration(t);
    default: return some_group(t, open);
    }
}

/* ---- changes ------------------------------------------------------------------------ */

static void replace(Text *t, Part old, const uint8_t *bytes, size_t len)
{
    size_t rest = t->size - old.end;
    if (old.start + len + rest > t->max)
        return;
    memmove(t->bytes + old.start + len, t->bytes + old.end, rest);
    if (len)
        memcpy(t->bytes + old.start, bytes, len);
    t->size = old.start + len + rest;
}

/* `old` becomes a copy of `by`, which may lie in it. */
static void copy_over(Text *t, Part old, Part by)
{
    size_t len = by.end - by.start;
    uint8_t *copy = malloc(len + 1);
    if (!copy)
        return;
    memcpy(copy, t->bytes + by.start, len);
    replace(t, old, copy, len);
    free(copy);
}

static Part before(Part p)
{
    return (Part){p.start, p.start};
}

static void put_snippet(Text *t, Part old)
{
    const char *s = snippets[below(t, sizeof snippets / sizeof *snippets)];
    replace(t, old, (const uint8_t *)s, strlen(s));
}

static void wrap(Text *t, Part p)
{
    static const char *const around[][2] = {{"(", ")"}, {"[", "]"}, {"{", "}"}, {"\"{", "}\""},
                                            {"some(", ")"}, {"/*", "*/"}, {"not ", ""}, {"-", ""},
                                            {"", "?"}, {"", ".len()"}, {"", "()"}, {"", "[0]"}};
    size_t i = below(t, sizeof around / sizeof *around);
    Part end = {p.end, p.end};
    replace(t, end, (const uint8_t *)around[i][1], strlen(around[i][1]));
    replace(t, before(p), (const uint8_t *)around[i][0], strlen(around[i][0]));
}

static void change_once(Text *t)
{
    static const char openers[] = "([{";
    char open = openers[below(t, 3)];
    switch (below(t, 14)) {
    case 0:
    case 1:
    case 2: copy_over(t, some_token(t), some_token(t)); break;
    case 3:
    case 4: put_snippet(t, some_token(t)); break;
    case 5: put_snippet(t, before(some_token(t))); break;
    case 6: replace(t, some_part(t, open), NULL, 0); break;
    case 7: copy_over(t, before(some_line(t)), some_line(t)); break;
    case 8: copy_over(t, some_line(t), some_line(t)); break;
    case 9: copy_over(t, before(some_declaration(t)), some_declaration(t)); break;
    case 10:
    case 11: copy_over(t, some_group(t, open), some_group(t, open)); break;
    case 12: wrap(t, some_part(t, open)); break;
    default: t->size = LLVMFuzzerMutate(t->bytes, t->size, t->max); break;
    }
}

size_t mutate_program(uint8_t *data, size_t size, size_t max, unsigned seed)
{
    Text t = text_of(data, size, max, seed);
    for (size_t left = 1 + below(&t, 4); left > 0; left--)
        change_once(&t);
    return t.size;
}

size_t cross_programs(const uint8_t *a, size_t a_size, const uint8_t *b, size_t b_size,
                      uint8_t *out, size_t max, unsigned seed)
{
    if (a_size > max)
        a_size = max;
    memcpy(out, a, a_size);
    uint8_t *copy = malloc(b_size + 1);
    if (!copy)
        return a_size;
    memcpy(copy, b, b_size);
    Text to = text_of(out, a_size, max, seed), from = text_of(copy, b_size, b_size, seed + 1);
    Part taken = some_part(&from, '{');
    bool is_whole_line = taken.end > taken.start && copy[taken.end - 1] == '\n';
    Part place = is_whole_line ? before(some_line(&to)) : some_part(&to, '{');
    replace(&to, place, copy + taken.start, taken.end - taken.start);
    free(copy);
    return to.size;
}
