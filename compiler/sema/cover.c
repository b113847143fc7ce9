/* SPDX-License-Identifier: Apache-2.0 */
/* Do the arms of a match cover everything?  A matrix of patterns, a row an arm without a guard, is
 * taken apart column by column: for each constructor of the first column's type the rows that it
 * fits go on with its parts in the column's stead.  A way down on which no row is left is a value
 * that no arm covers.  A row is useful if there is a value that none before it covers. */
#include "sema/check_match.h"

typedef struct Pat {
    enum { PAT_ANY, PAT_CASE, PAT_LITERAL, PAT_OR } kind;
    uint32_t index;           /* CASE */
    const Expr *literal;
    const struct Pat **parts; /* CASE, OR */
    size_t count;
} Pat;

typedef struct Row {
    const Pat **cells;
} Row;

typedef VEC(Row) Rows;

typedef struct Cover {
    Arena *arena;
    size_t budget; /* rows that may still be looked at: a match of a machine's making ends, too */
} Cover;

enum { BUDGET = 200000 };

static const Pat any = {PAT_ANY, 0, NULL, NULL, 0};

/* ---- types as constructors ------------------------------------------------------- */

/* 0: without number. */
static size_t case_count(const Type *t)
{
    switch (t->kind) {
    case TYPE_BOOL: case TYPE_OPTION: return 2;
    case TYPE_TUPLE: case TYPE_STRUCT: return 1;
    case TYPE_ENUM: return t->fields.count;
    default: return 0;
    }
}

static size_t part_count(const Type *t, uint32_t index)
{
    switch (t->kind) {
    case TYPE_OPTION: return index;
    case TYPE_TUPLE: case TYPE_STRUCT: return t->fields.count;
    case TYPE_ENUM: {
        const Type *values = t->fields.items[index].type;
        return values->kind == TYPE_TUPLE ? values->fields.count : 0;
    }
    default: return 0;
    }
}

static const Type *part_type(const Type *t, uint32_t index, size_t part)
{
    switch (t->kind) {
    case TYPE_OPTION: return t->item;
    case TYPE_ENUM: return t->fields.items[index].type->fields.items[part].type;
    default: return t->fields.items[part].type;
    }
}

/* ---- patterns as constructors ---------------------------------------------------- */

static const Pat *pat_of(Cover *v, const Pattern *p);

static const Pat *pat_with_parts(Cover *v, const Pattern *p, int kind, uint32_t index)
{
    Pat *pat = arena_new(v->arena, Pat);
    pat->kind = kind;
    pat->index = index;
    pat->count = p->parts.count;
    pat->parts = arena_new_array(v->arena, const Pat *, p->parts.count + 1);
    for (size_t i = 0; i < p->parts.count; i++)
        pat->parts[i] = pat_of(v, p->parts.items[i]);
    return pat;
}

static const Pat *pat_of(Cover *v, const Pattern *p)
{
    switch (p->kind) {
    case PATTERN_TUPLE: return pat_with_parts(v, p, PAT_CASE, 0);
    case PATTERN_OR: return pat_with_parts(v, p, PAT_OR, 0);
    case PATTERN_CASE: {
        uint32_t index = p->type->kind == TYPE_ENUM     ? p->index
                         : p->type->kind == TYPE_OPTION ? p->parts.count > 0
                                                        : 0;
        return pat_with_parts(v, p, PAT_CASE, index);
    }
    case PATTERN_LITERAL: {
        Pat *pat = arena_new(v->arena, Pat);
        bool is_bool = p->literal->kind == EXPR_BOOL;
        *pat = (Pat){is_bool ? PAT_CASE : PAT_LITERAL,
                     is_bool ? (uint32_t)p->literal->int_value : 0, p->literal, NULL, 0};
        return pat;
    }
    default: return &any;
    }
}

static bool literals_equal(const Expr *a, const Expr *b)
{
    if (a->kind != b->kind)
        return false;
    if (a->kind == EXPR_UNARY)
        return literals_equal(a->left, b->left);
    if (a->kind == EXPR_FLOAT)
        return a->float_value == b->float_value;
    if (a->kind != EXPR_STRING)
        return a->int_value == b->int_value;
    Str x = a->parts.count ? a->parts.items[0].text : (Str){0};
    Str y = b->parts.count ? b->parts.items[0].text : (Str){0};
    return str_eq(x, y);
}

/* ---- taking the first column apart ------------------------------------------------ */

static void add_row(Cover *v, Rows *out, const Pat *const *head, size_t head_count,
                    const Pat *const *tail, size_t tail_count)
{
    Row row = {arena_new_array(v->arena, const Pat *, head_count + tail_count + 1)};
    for (size_t i = 0; i < head_count; i++)
        row.cells[i] = head ? head[i] : &any;
    for (size_t i = 0; i < tail_count; i++)
        row.cells[head_count + i] = tail[i];
    vec_push(v->arena, out, row);
    if (v->budget)
        v->budget--;
}

/* Alternatives of the first column become rows of their own. */
static void add_expanded(Cover *v, Rows *out, const Row *row, size_t width)
{
    const Pat *first = row->cells[0];
    if (first->kind != PAT_OR) {
        vec_push(v->arena, out, *row);
        return;
    }
    for (size_t i = 0; i < first->count; i++) {
        Rows one = {0};
        add_row(v, &one, &first->parts[i], 1, row->cells + 1, width - 1);
        add_expanded(v, out, &one.items[0], width);
    }
}

static Rows expand(Cover *v, const Rows *rows, size_t width)
{
    Rows out = {0};
    for (size_t i = 0; i < rows->len; i++)
        add_expanded(v, &out, &rows->items[i], width);
    return out;
}

/* The rows that fit constructor `index`, with its `parts` in the first column's stead. */
static Rows rows_of_case(Cover *v, const Rows *rows, uint32_t index, size_t parts, size_t width)
{
    Rows out = {0};
    for (size_t i = 0; i < rows->len; i++) {
        const Pat *first = rows->items[i].cells[0];
        bool fits = first->kind == PAT_CASE && first->index == index && first->count == parts;
        if (fits || first->kind == PAT_ANY)
            add_row(v, &out, fits ? first->parts : NULL, parts, rows->items[i].cells + 1,
                    width - 1);
    }
    return out;
}

/* The rows that fit a literal; NULL: one that stands nowhere. */
static Rows rows_of_literal(Cover *v, const Rows *rows, const Expr *literal, size_t width)
{
    Rows out = {0};
    for (size_t i = 0; i < rows->len; i++) {
        const Pat *first = rows->items[i].cells[0];
        bool fits = literal && first->kind == PAT_LITERAL &&
                    literals_equal(first->literal, literal);
        if (fits || first->kind == PAT_ANY)
            add_row(v, &out, NULL, 0, rows->items[i].cells + 1, width - 1);
    }
    return out;
}

static bool uses_case(const Rows *rows, uint32_t index)
{
    for (size_t i = 0; i < rows->len; i++) {
        const Pat *first = rows->items[i].cells[0];
        if (first->kind == PAT_CASE && first->index == index)
            return true;
    }
    return false;
}

static bool uses_all_cases(const Rows *rows, size_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        if (!uses_case(rows, i))
            return false;
    }
    return count > 0;
}

static const Type **types_of_case(Cover *v, const Type *const *types, uint32_t index, size_t parts,
                                  size_t width)
{
    const Type **out = arena_new_array(v->arena, const Type *, parts + width);
    for (size_t i = 0; i < parts; i++)
        out[i] = part_type(types[0], index, i);
    for (size_t i = 1; i < width; i++)
        out[parts + i - 1] = types[i];
    return out;
}

/* ---- what is not covered ----------------------------------------------------------- */

static Str case_text(Cover *v, const Type *t, uint32_t index, const Str *parts, size_t count)
{
    StrBuf b;
    strbuf_init(&b, v->arena);
    switch (t->kind) {
    case TYPE_BOOL: return index ? STR("true") : STR("false");
    case TYPE_OPTION: strbuf_add(&b, index ? STR("some") : STR("none")); break;
    case TYPE_ENUM: strbuf_add(&b, t->fields.items[index].name); break;
    case TYPE_STRUCT: strbuf_add(&b, t->decl->name.name); break;
    default: break;
    }
    for (size_t i = 0; i < count; i++)
        strbuf_printf(&b, "%s%.*s", i ? ", " : "(", parts ? (int)parts[i].len : 1,
                      parts ? parts[i].ptr : "_");
    if (count)
        strbuf_add_char(&b, ')');
    return strbuf_str(&b);
}

/* Fills `out`, a text for each column, with a value that no row covers. */
static bool find_missing(Cover *v, const Rows *given, const Type *const *types, size_t width,
                         Str *out);

static bool missing_in_case(Cover *v, const Rows *rows, const Type *const *types, size_t width,
                            uint32_t index, Str *out)
{
    size_t parts = part_count(types[0], index);
    Rows inner = rows_of_case(v, rows, index, parts, width);
    const Type **inner_types = types_of_case(v, types, index, parts, width);
    Str *texts = arena_new_array(v->arena, Str, parts + width);
    if (!find_missing(v, &inner, inner_types, parts + width - 1, texts))
        return false;
    out[0] = case_text(v, types[0], index, texts, parts);
    for (size_t i = 1; i < width; i++)
        out[i] = texts[parts + i - 1];
    return true;
}

/* Some case stands nowhere in the first column: only rows that take anything cover it. */
static bool missing_beside(Cover *v, const Rows *rows, const Type *const *types, size_t width,
                           Str *out)
{
    Rows rest = rows_of_literal(v, rows, NULL, width);
    if (!find_missing(v, &rest, types + 1, width - 1, out + 1))
        return false;
    size_t count = case_count(types[0]);
    bool uses_any = false;
    for (uint32_t i = 0; i < count; i++)
        uses_any |= uses_case(rows, i);
    out[0] = STR("_");
    for (uint32_t i = 0; uses_any && i < count; i++) {
        if (uses_case(rows, i))
            continue;
        out[0] = case_text(v, types[0], i, NULL, part_count(types[0], i));
        break;
    }
    return true;
}

static bool find_missing(Cover *v, const Rows *given, const Type *const *types, size_t width,
                         Str *out)
{
    if (!v->budget)
        return false;
    if (!width)
        return given->len == 0;
    Rows rows = expand(v, given, width);
    size_t count = case_count(types[0]);
    if (!uses_all_cases(&rows, count))
        return missing_beside(v, &rows, types, width, out);
    for (uint32_t i = 0; i < count; i++) {
        if (missing_in_case(v, &rows, types, width, i, out))
            return true;
    }
    return false;
}

/* ---- arms that are never taken ------------------------------------------------------ */

static bool is_useful(Cover *v, const Rows *given, const Type *const *types, size_t width,
                      const Row *row);

static bool useful_in_case(Cover *v, const Rows *rows, const Type *const *types, size_t width,
                           uint32_t index, const Row *row)
{
    size_t parts = part_count(types[0], index);
    Rows one = {0};
    vec_push(v->arena, &one, *row);
    one = rows_of_case(v, &one, index, parts, width);
    if (!one.len)
        return true;
    Rows inner = rows_of_case(v, rows, index, parts, width);
    return is_useful(v, &inner, types_of_case(v, types, index, parts, width), parts + width - 1,
                     &one.items[0]);
}

static bool useful_any(Cover *v, const Rows *rows, const Type *const *types, size_t width,
                       const Row *row)
{
    size_t count = case_count(types[0]);
    if (!uses_all_cases(rows, count)) {
        Rows rest = rows_of_literal(v, rows, NULL, width);
        return is_useful(v, &rest, types + 1, width - 1, &(Row){row->cells + 1});
    }
    for (uint32_t i = 0; i < count; i++) {
        if (useful_in_case(v, rows, types, width, i, row))
            return true;
    }
    return false;
}

static bool is_useful(Cover *v, const Rows *given, const Type *const *types, size_t width,
                      const Row *row)
{
    if (!v->budget)
        return true;
    if (!width)
        return given->len == 0;
    Rows rows = expand(v, given, width), own = {0};
    add_expanded(v, &own, row, width);
    for (size_t i = 0; i < own.len; i++) {
        const Row *one = &own.items[i];
        const Pat *first = one->cells[0];
        bool found = false;
        if (first->kind == PAT_CASE) {
            found = useful_in_case(v, &rows, types, width, first->index, one);
        } else if (first->kind == PAT_LITERAL) {
            Rows rest = rows_of_literal(v, &rows, first->literal, width);
            found = is_useful(v, &rest, types + 1, width - 1, &(Row){one->cells + 1});
        } else {
            found = useful_any(v, &rows, types, width, one);
        }
        if (found)
            return true;
    }
    return false;
}

/* ---- the match --------------------------------------------------------------------- */

static bool has_broken_pattern(const Pattern *p)
{
    if (!p || p->kind == PATTERN_ERROR)
        return true;
    for (size_t i = 0; i < p->parts.count; i++) {
        if (has_broken_pattern(p->parts.items[i]))
            return true;
    }
    return false;
}

static bool is_same_word(Str a, Str b)
{
    bool is_same = a.len == b.len;
    for (size_t i = 0; is_same && i < a.len; i++)
        is_same = (a.ptr[i] | 0x20) == (b.ptr[i] | 0x20);
    return is_same;
}

/* Why the arm at `index` is never taken: often by a case that is written as a name. */
static void say_above(Checker *c, Diag *d, const Expr *match, size_t index, const Type *type)
{
    (void)c;
    for (size_t i = 0; i < index && type->kind == TYPE_ENUM; i++) {
        const Pattern *p = match->more->arms.items[i].pattern;
        for (size_t k = 0; p->kind == PATTERN_NAME && k < type->decl->cases.count; k++) {
            Str name = type->decl->cases.items[k].name.name;
            if (!is_same_word(p->name.name, name))
                continue;
            diag_note(d, p->span, "`%.*s` is a name, and takes everything", STR_ARG(p->name.name));
            diag_fix(d, p->span, name, "the case is written `%.*s`", STR_ARG(name));
            return;
        }
    }
    diag_help(d, "the arms above cover all of it");
}

void check_cover(Checker *c, const Expr *match, const Type *type)
{
    Cover v = {.arena = c->arena, .budget = BUDGET};
    Rows rows = {0};
    for (size_t i = 0; i < match->more->arms.count; i++) {
        const MatchArm *arm = &match->more->arms.items[i];
        if (has_broken_pattern(arm->pattern))
            return;
        const Pat *pat = pat_of(&v, arm->pattern);
        Rows one = {0};
        add_row(&v, &one, &pat, 1, NULL, 0);
        if (!is_useful(&v, &rows, &type, 1, &one.items[0])) {
            Diag *d = diag_warning(c->m->diags, F0265, arm->pattern->span,
                                   "this arm is never taken");
            say_above(c, d, match, i, type);
        }
        if (!arm->guard)
            vec_push(c->arena, &rows, one.items[0]);
    }
    Str missing;
    if (!find_missing(&v, &rows, &type, 1, &missing))
        return;
    Diag *d = diag_error(c->m->diags, F0327, match->more->condition->span,
                         "this `match` does not cover `%.*s`", STR_ARG(missing));
    diag_label(d, "`%.*s`", STR_ARG(type->name));
    diag_help(d, str_is(missing, "_") ? "add an arm for all the others: `_ => …`"
                                      : "add an arm: `%.*s => …`",
              STR_ARG(missing));
}
