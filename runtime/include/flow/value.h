/* SPDX-License-Identifier: Apache-2.0 */
/* value.h - strings, lists, maps and closures as generated code sees them.
 *
 * Reference counts and copy on write.  Parameters are borrowed, results are
 * owned.  A mutator takes the address of the caller's reference and makes it
 * unique first.  NULL is the empty value of each.  On failure arguments stay as
 * they were, and the task holds the reason. */
#ifndef FLOW_VALUE_H
#define FLOW_VALUE_H

#include <string.h>

#include <flow/type.h>

typedef struct FlowTask FlowTask;

/* Counts of references.  One of FLOW_LITERAL marks what is never freed; those below it are of what
 * several threads share (value/share.h), counted from FLOW_SHARED upwards by atomic operations. */
#define FLOW_LITERAL (-1)
#define FLOW_SHARED INT32_MIN

#if defined __has_feature
#if __has_feature(thread_sanitizer)
#define __SANITIZE_THREAD__ 1
#endif
#endif

/* Read plainly, so that loops may read it once: of what other threads count, each value that may
 * be seen says the same, that it is shared. */
static inline int32_t flow_refs(const int32_t *refs)
{
#ifdef __SANITIZE_THREAD__
    return __atomic_load_n(refs, __ATOMIC_RELAXED);
#else
    return *refs;
#endif
}
static inline void flow_refs_up(int32_t *refs)
{
    int32_t n = flow_refs(refs);
    if (n > 0)
        *refs = n + 1;
    else if (FLOW_UNLIKELY(n < FLOW_LITERAL))
        __atomic_add_fetch(refs, 1, __ATOMIC_RELAXED);
}
/* Whether that was the last one. */
static inline bool flow_refs_down(int32_t *refs)
{
    int32_t n = flow_refs(refs);
    if (n > 0)
        *refs = n - 1;
    else if (FLOW_UNLIKELY(n < FLOW_LITERAL))
        return __atomic_sub_fetch(refs, 1, __ATOMIC_ACQ_REL) == FLOW_SHARED;
    return n == 1;
}

typedef struct FlowString {
    int32_t refs;
    uint32_t reserved;
    size_t len; /* bytes of valid UTF-8; a NUL follows */
    char bytes[];
} FlowString;

typedef struct FlowList {
    int32_t refs;
    uint32_t is_range;    /* items are start, start + step, …; `items` is NULL */
    size_t len, cap;
    const FlowType *item;
    int64_t start, step;  /* of a range; of one that lies in a mapped file: the runtime's */
    void *items;          /* len values of `item`, one after another */
} FlowList;

/* Row by row; the list is NULL where there are no numbers, and never a range. */
typedef struct FlowMatrix {
    int64_t rows, cols;
    FlowList *items;
} FlowMatrix;

typedef struct FlowMap FlowMap; /* keeps the order of first insertion */

/* `call` points at a function of the closure's own C type, cast by the caller:
 * FlowStatus (*)(FlowTask *, const FlowClosure *, arguments…, result *) */
typedef struct FlowClosure {
    int32_t refs;
    uint32_t reserved;
    void (*call)(void);
    const FlowType *captured; /* a struct; its value follows at flow_closure_captures */
} FlowClosure;

/* ---- strings ---------------------------------------------------------- */

/* So many bytes can be read of each string that is there, whatever its length. */
#define FLOW_STRING_MIN 16

/* static FLOW_STRING_LITERAL(lit_1, "text", 4);  then (FlowString *)&lit_1 */
#define FLOW_STRING_LITERAL(id, text, length)                                                      \
    struct { int32_t refs; uint32_t reserved; size_t len;                                          \
             char bytes[(length) < FLOW_STRING_MIN ? FLOW_STRING_MIN : (length) + 1]; }            \
        id = {-1, 0, (length), text}

static inline size_t flow_string_len_bytes(const FlowString *s) { return s ? s->len : 0; }
static inline const char *flow_string_bytes(const FlowString *s) { return s ? s->bytes : ""; }

static inline FlowString *flow_string_retain(FlowString *s)
{
    if (s)
        flow_refs_up(&s->refs);
    return s;
}
void flow_string_release(FlowString *s);

/* NULL with `t` failed when there is no memory; also NULL for the empty string. */
FlowStatus flow_string_new(FlowTask *t, const char *bytes, size_t len, FlowString **out);
FlowStatus flow_string_concat(FlowTask *t, const FlowString *a, const FlowString *b,
                              FlowString **out);
/* The same into *s, which grows in place where it has no other owner.  `b` may be *s. */
FlowStatus flow_string_append(FlowTask *t, FlowString **s, const FlowString *b);
int flow_string_compare(const FlowString *a, const FlowString *b);
bool flow_string_equal(const FlowString *a, const FlowString *b);

/* Interpolation: append parts one after another, then take the text.
 * Zero-filled is empty.  flow_text_free is allowed after every outcome. */
typedef struct FlowText {
    char *bytes;
    size_t len, cap;
} FlowText;
FlowStatus flow_text_bytes(FlowTask *t, FlowText *text, const char *bytes, size_t len);
/* Any value in the form that `print` shows; strings as they are at the top level. */
FlowStatus flow_text_value(FlowTask *t, FlowText *text, const FlowType *type, const void *value);
/* `spec` is the text after the colon of an interpolation, checked by the compiler:
 * [[fill]align][sign][0][width][,][.precision][type], align < > ^, type d x X b o e f g % s. */
FlowStatus flow_text_format(FlowTask *t, FlowText *text, const FlowType *type, const void *value,
                            const char *spec);
FlowStatus flow_text_take(FlowTask *t, FlowText *text, FlowString **out);
void flow_text_free(FlowText *text);

/* ---- secrets and json --------------------------------------------------- */

/* As flow_string_release; what is freed is overwritten first. */
void flow_secret_release(FlowString *s);

/* A value of JSON: a node of a tree that is shared by all who hold a node of it. */
typedef struct FlowJson FlowJson;
FlowJson *flow_json_retain(FlowJson *j);
void flow_json_release(FlowJson *j);

/* ---- lists ------------------------------------------------------------ */

static inline int64_t flow_list_len(const FlowList *l) { return l ? (int64_t)l->len : 0; }

/* The same of a list whose items are no ints, so that it is no range: its items lie in memory, and
 * who compiles this may know that sums of their indexes fit. */
#define FLOW_ITEMS_MOST (INT64_MAX >> 4)
static inline int64_t flow_list_count(const FlowList *l)
{
    int64_t len = flow_list_len(l);
#if defined(__GNUC__)
    if ((uint64_t)len > (uint64_t)FLOW_ITEMS_MOST)
        __builtin_unreachable();
#endif
    return len;
}

static inline FlowList *flow_list_retain(FlowList *l)
{
    if (l)
        flow_refs_up(&l->refs);
    return l;
}
void flow_list_release(FlowList *l);

/* A unique list of `len` zero-filled values, with room for `cap`. */
FlowStatus flow_list_new(FlowTask *t, const FlowType *item, size_t len, size_t cap, FlowList **out);
/* The ints from `start`, `len` of them, `step` apart; takes no room. */
FlowStatus flow_list_range(FlowTask *t, int64_t start, int64_t len, int64_t step, FlowList **out);
/* start..end, or start..=end when `closed`. */
FlowStatus flow_list_span(FlowTask *t, int64_t start, int64_t end, bool closed, FlowList **out);

/* Makes *list unshared, no range, with room for `cap` values. */
FlowStatus flow_list_reserve(FlowTask *t, FlowList **list, const FlowType *item, size_t cap);
/* Appends a copy of the value (retained). */
FlowStatus flow_list_push(FlowTask *t, FlowList **list, const FlowType *item, const void *value);
/* Where value `index` lies, unshared, to be written; fails out of range. */
FlowStatus flow_list_slot(FlowTask *t, FlowList **list, const FlowType *item, int64_t index,
                          void **out);
/* Copies value `index` to `out` (retained); fails out of range. */
FlowStatus flow_list_at(FlowTask *t, const FlowList *list, int64_t index, void *out);
/* The list itself, or a range as a list of its ints; owned. */
FlowStatus flow_list_flat(FlowTask *t, FlowList *list, FlowList **out);
FlowStatus flow_list_slice(FlowTask *t, const FlowList *list, int64_t from, int64_t to,
                           FlowList **out);
FlowStatus flow_list_concat(FlowTask *t, const FlowType *item, const FlowList *a, const FlowList *b,
                            FlowList **out);
/* The same into *list, which grows in place where it has no other owner.  `b` may be *list. */
FlowStatus flow_list_append(FlowTask *t, FlowList **list, const FlowType *item, const FlowList *b);
FlowStatus flow_list_contains(FlowTask *t, const FlowType *item, const FlowList *list,
                              const void *value, bool *out);
/* Stable.  `keys` (NULL: the list itself) has as many values as the list. */
FlowStatus flow_list_sort(FlowTask *t, const FlowList *list, const FlowList *keys, bool descending,
                          FlowList **out);

FLOW_COLD FlowStatus flow_fail_index(FlowTask *t, int64_t index, int64_t len);

/* The payload of an option, NULL for none. */
static inline const void *flow_option_get(const FlowType *type, const void *option)
{
    if (type->field_count > 0)
        return *(const bool *)option ? (const char *)option + type->fields[0].offset : NULL;
    FlowList *box;
    memcpy(&box, option, sizeof box);
    return box ? box->items : NULL;
}
/* Makes `option`, which is none, some(zero); *payload is where its value is written. */
FlowStatus flow_option_make(FlowTask *t, const FlowType *type, void *option, void **payload);
/* The case that a value of an enum is. */
static inline const FlowField *flow_enum_case(const FlowType *type, const void *value)
{
    int64_t tag;
    memcpy(&tag, value, sizeof tag);
    return &type->fields[(uint64_t)tag < type->field_count ? tag : 0];
}

/* Reads without a call; borrowed: the result lives as long as the list does.
 * Only for lists whose item is no int (those may be ranges). */
static inline const void *flow_list_peek(const FlowList *l, size_t index)
{
    return (const char *)l->items + index * l->item->size;
}
static inline int64_t flow_list_peek_int(const FlowList *l, size_t index)
{
    return l->is_range ? l->start + (int64_t)index * l->step : ((const int64_t *)l->items)[index];
}

/* What a loop that indexes a list looks at: where its items lie, how many of them can be read there
 * (none of a range), and how many written (none where the list has another owner). */
static inline void *flow_list_items(const FlowList *l) { return l ? l->items : NULL; }
static inline uint64_t flow_list_flat_len(const FlowList *l)
{
    return l && !l->is_range ? l->len : 0;
}
static inline uint64_t flow_list_own_len(const FlowList *l)
{
    return l && flow_refs(&l->refs) == 1 && !l->is_range ? l->len : 0;
}

/* The two that loops call the most, without a call where the list has no other owner.  `size` is
 * item->size, which the compiler knows. */

/* flow_list_slot. */
static inline FlowStatus flow_list_open(FlowTask *t, FlowList **list, const FlowType *item,
                                        size_t size, int64_t index, void **out)
{
    FlowList *l = *list;
    if (FLOW_UNLIKELY(!l || flow_refs(&l->refs) != 1 || l->is_range ||
                      (uint64_t)index >= (uint64_t)l->len))
        return flow_list_slot(t, list, item, index, out);
    *out = (char *)l->items + (size_t)index * size;
    return FLOW_OK;
}

/* Appends a zero value and gives its place, valid until the list changes. */
static inline FlowStatus flow_list_add(FlowTask *t, FlowList **list, const FlowType *item,
                                       size_t size, void **out)
{
    FlowList *l = *list;
    if (FLOW_UNLIKELY(!l || flow_refs(&l->refs) != 1 || l->is_range || l->len >= l->cap)) {
        FlowStatus s = flow_list_reserve(t, list, item, l ? l->len + 1 : 4);
        if (s != FLOW_OK)
            return s;
        l = *list;
    }
    *out = memset((char *)l->items + l->len * size, 0, size);
    l->len++;
    return FLOW_OK;
}

/* ---- matrices --------------------------------------------------------- */

/* All zero.  Fails where the size is below zero, or no memory could hold it. */
FlowStatus flow_matrix_new(FlowTask *t, int64_t rows, int64_t cols, FlowMatrix *out);
/* From a list of rows, lists of floats that are of one length. */
FlowStatus flow_matrix_of(FlowTask *t, const FlowList *rows, FlowMatrix *out);
/* Makes its elements unshared. */
FlowStatus flow_matrix_reserve(FlowTask *t, FlowMatrix *m);
/* These fail where the sizes do not go together. */
FlowStatus flow_matrix_add(FlowTask *t, const FlowMatrix *a, const FlowMatrix *b, FlowMatrix *out);
FlowStatus flow_matrix_sub(FlowTask *t, const FlowMatrix *a, const FlowMatrix *b, FlowMatrix *out);
FlowStatus flow_matrix_product(FlowTask *t, const FlowMatrix *a, const FlowMatrix *b,
                               FlowMatrix *out);
FlowStatus flow_matrix_apply(FlowTask *t, const FlowMatrix *m, const FlowList *column,
                             FlowList **out);
FlowStatus flow_matrix_scale(FlowTask *t, const FlowMatrix *m, double factor, FlowMatrix *out);
FlowStatus flow_matrix_divide(FlowTask *t, const FlowMatrix *m, double divisor, FlowMatrix *out);
FlowStatus flow_matrix_row(FlowTask *t, const FlowMatrix *m, int64_t index, FlowList **out);
FlowStatus flow_matrix_col(FlowTask *t, const FlowMatrix *m, int64_t index, FlowList **out);
FlowStatus flow_matrix_transpose(FlowTask *t, const FlowMatrix *m, FlowMatrix *out);

FLOW_COLD FlowStatus flow_fail_cell(FlowTask *t, int64_t rows, int64_t cols, int64_t row,
                                    int64_t col);

/* Where among its numbers an element lies. */
static inline FlowStatus flow_matrix_cell(FlowTask *t, int64_t rows, int64_t cols, int64_t row,
                                          int64_t col, int64_t *out)
{
    if (FLOW_UNLIKELY((uint64_t)row >= (uint64_t)rows || (uint64_t)col >= (uint64_t)cols))
        return flow_fail_cell(t, rows, cols, row, col);
    *out = row * cols + col;
    return FLOW_OK;
}

/* ---- maps ------------------------------------------------------------- */

FlowMap *flow_map_retain(FlowMap *m);
void flow_map_release(FlowMap *m);
int64_t flow_map_len(const FlowMap *m);
/* `map` is the map's type; key and value are copied (retained). */
FlowStatus flow_map_put(FlowTask *t, FlowMap **m, const FlowType *map, const void *key,
                        const void *value);
/* Borrowed value of `key`, or NULL. */
const void *flow_map_find(const FlowMap *m, const FlowType *map, const void *key);
/* Copies the value to `out` (retained); fails when there is no such key. */
FlowStatus flow_map_at(FlowTask *t, const FlowMap *m, const FlowType *map, const void *key,
                       void *out);
/* Where the value of `key` lies, unshared, to be written; when `insert`, a zero value is made. */
FlowStatus flow_map_slot(FlowTask *t, FlowMap **m, const FlowType *map, const void *key,
                         bool insert, void **out);
/* The same with `insert`, where `found` is what flow_map_find said of the key, and the map has not
 * been changed since. */
static inline FlowStatus flow_map_place(FlowTask *t, FlowMap **m, const FlowType *map,
                                        const void *key, const void *found, void **out)
{
    if (!found || flow_refs((const int32_t *)(const void *)*m) != 1) /* refs stands first */
        return flow_map_slot(t, m, map, key, true, out);
    *out = (void *)(uintptr_t)found;
    return FLOW_OK;
}
FlowStatus flow_map_remove(FlowTask *t, FlowMap **m, const FlowType *map, const void *key);
/* Entry `index` in order of insertion; borrowed. */
const void *flow_map_key_at(const FlowMap *m, int64_t index);
const void *flow_map_value_at(const FlowMap *m, int64_t index);
FlowStatus flow_map_keys(FlowTask *t, const FlowMap *m, const FlowType *map, FlowList **out);
FlowStatus flow_map_values(FlowTask *t, const FlowMap *m, const FlowType *map, FlowList **out);

/* ---- closures --------------------------------------------------------- */

/* Captured values are copied from `captures` (retained). */
FlowStatus flow_closure_new(FlowTask *t, void (*call)(void), const FlowType *captured,
                            const void *captures, FlowClosure **out);
FlowClosure *flow_closure_retain(FlowClosure *c);
void flow_closure_release(FlowClosure *c);
static inline const void *flow_closure_captures(const FlowClosure *c) { return c + 1; }

#endif
