/* SPDX-License-Identifier: Apache-2.0 */
/* lib.h - the natives behind the built-in functions.
 *
 * Parameters are borrowed, results owned.  What takes a closure in Flow (map,
 * filter, sort_by, max_by) is a loop that the compiler writes. */
#ifndef FLOW_LIB_H
#define FLOW_LIB_H

#include <flow/task.h>

/* print: the parts, then a newline, to standard output in one write. */
FlowStatus flow_print(FlowTask *t, const FlowString *text);

/* Counted in code points. */
int64_t flow_string_len(const FlowString *s);
FlowStatus flow_string_split(FlowTask *t, const FlowString *s, const FlowString *separator,
                             FlowList **out);
/* Each code point as a string. */
FlowStatus flow_string_chars(FlowTask *t, const FlowString *s, FlowList **out);
/* The number of the one code point in `s`, and back. */
FlowStatus flow_string_code(FlowTask *t, const FlowString *s, int64_t *out);
FlowStatus flow_string_of_code(FlowTask *t, int64_t code, FlowString **out);
/* What split would give, one after another: *out is whether *piece holds the next one.  *at and
 * *room, 0 before the first, are its own.  A piece that nobody else holds is written over. */
int64_t flow_string_next(FlowTask *t, const FlowString *s, const FlowString *separator, int64_t at,
                         int64_t *room, FlowString **piece); /* the next `at`, or -status */
static inline FlowStatus flow_string_piece(FlowTask *t, const FlowString *s,
                                           const FlowString *separator, int64_t *at, int64_t *room,
                                           FlowString **piece, bool *out)
{
    *out = *at <= (int64_t)flow_string_len_bytes(s);
    int64_t next = *out ? flow_string_next(t, s, separator, *at, room, piece) : *at;
    if (FLOW_UNLIKELY(next < 0))
        return (FlowStatus)-next;
    *at = next;
    return FLOW_OK;
}
FlowStatus flow_string_trim(FlowTask *t, const FlowString *s, FlowString **out);
bool flow_string_starts_with(const FlowString *s, const FlowString *prefix);
bool flow_string_ends_with(const FlowString *s, const FlowString *suffix);
bool flow_string_contains(const FlowString *s, const FlowString *part);
FlowStatus flow_string_join(FlowTask *t, const FlowList *parts, const FlowString *separator,
                            FlowString **out);
FlowStatus flow_string_lower(FlowTask *t, const FlowString *s, FlowString **out);
FlowStatus flow_string_upper(FlowTask *t, const FlowString *s, FlowString **out);
FlowStatus flow_string_replace(FlowTask *t, const FlowString *s, const FlowString *from,
                               const FlowString *to, FlowString **out);
/* s[i], s[from..to]: code points. */
FlowStatus flow_string_at(FlowTask *t, const FlowString *s, int64_t index, FlowString **out);
FlowStatus flow_string_slice(FlowTask *t, const FlowString *s, int64_t from, int64_t to,
                             FlowString **out);
FlowStatus flow_string_repeat(FlowTask *t, const FlowString *s, int64_t times, FlowString **out);
FlowStatus flow_int_parse(FlowTask *t, const FlowString *s, int64_t *out);
FlowStatus flow_float_parse(FlowTask *t, const FlowString *s, double *out);
/* Any value as `print` shows it. */
FlowStatus flow_string_of(FlowTask *t, const FlowType *type, const void *value, FlowString **out);

FlowStatus flow_list_sum_int(FlowTask *t, const FlowList *xs, int64_t *out);
FlowStatus flow_list_sum_float(FlowTask *t, const FlowList *xs, double *out);
/* size and duration too: any type stored as int64_t. */
FlowStatus flow_list_min(FlowTask *t, const FlowList *xs, void *out); /* fails when empty */
FlowStatus flow_list_max(FlowTask *t, const FlowList *xs, void *out);
FlowStatus flow_list_reversed(FlowTask *t, const FlowList *xs, FlowList **out);

FlowStatus flow_file_read_text(FlowTask *t, const FlowString *path, FlowString **out);
/* The file is the old one or the new one, whole. */
FlowStatus flow_file_write_text(FlowTask *t, const FlowString *path, const FlowString *text);
/* Names of what is in a folder, sorted, without `.` and `..`. */
FlowStatus flow_file_list(FlowTask *t, const FlowString *folder, FlowList **out);
FlowStatus flow_file_exists(FlowTask *t, const FlowString *path, bool *out);
FlowStatus flow_file_read_bytes(FlowTask *t, const FlowString *path, FlowString **out);
/* The whole file at once: it is there as it was, or as it shall be. */
FlowStatus flow_file_write_bytes(FlowTask *t, const FlowString *path, const FlowString *content);

FlowStatus flow_time_parse(FlowTask *t, const FlowString *s, int64_t *out);
FlowStatus flow_time_now(FlowTask *t, int64_t *out);
/* Of UTC: 0 year, 1 month, 2 day, 3 hour, 4 minute, 5 second, 6 nanosecond, 7 weekday (1 is
 * Monday). */
int64_t flow_time_part(int64_t time, int64_t part);

/* bytes are strings of any octets. */
FlowStatus flow_bytes_of(FlowTask *t, const FlowString *s, FlowString **out);
FlowStatus flow_bytes_of_list(FlowTask *t, const FlowList *xs, FlowString **out);
FlowStatus flow_bytes_at(FlowTask *t, const FlowString *b, int64_t index, int64_t *out);
FlowStatus flow_bytes_slice(FlowTask *t, const FlowString *b, int64_t from, int64_t to,
                            FlowString **out);
FlowStatus flow_bytes_text(FlowTask *t, const FlowString *b, FlowString **out); /* UTF-8 or fails */
FlowStatus flow_bytes_hex(FlowTask *t, const FlowString *b, FlowString **out);
FlowStatus flow_bytes_base64(FlowTask *t, const FlowString *b, FlowString **out);
FlowStatus flow_bytes_from_hex(FlowTask *t, const FlowString *s, FlowString **out);
FlowStatus flow_bytes_from_base64(FlowTask *t, const FlowString *s, FlowString **out);

/* The parameter `name` from FLOW_PARAM_NAME, and any variable, of the task's environment. */
FlowStatus flow_secret_param(FlowTask *t, const char *name, FlowString **out);
FlowStatus flow_secret_env(FlowTask *t, const FlowString *name, FlowString **out);

/* json.  What does not fit says where in the tree it stands: "at .rows[3].x: …". */
FlowStatus flow_json_parse(FlowTask *t, const FlowString *s, FlowJson **out);
FlowStatus flow_json_of(FlowTask *t, const FlowType *type, const void *value, FlowJson **out);
/* Fills *out, zeroed; what does not fit fails with where it stands and what is wanted. */
FlowStatus flow_json_decode(FlowTask *t, const FlowJson *j, const FlowType *type, void *out);
FlowStatus flow_json_text(FlowTask *t, const FlowJson *j, FlowString **out);
FlowStatus flow_json_kind(FlowTask *t, const FlowJson *j, FlowString **out);
bool flow_json_is_null(const FlowJson *j);
FlowStatus flow_json_len(FlowTask *t, const FlowJson *j, int64_t *out);
FlowStatus flow_json_named(FlowTask *t, FlowJson *j, const FlowString *name, FlowJson **out);
FlowStatus flow_json_at(FlowTask *t, FlowJson *j, int64_t index, FlowJson **out);
/* *out is whether there is one; then *found holds it, owned. */
FlowStatus flow_json_get_name(FlowTask *t, FlowJson *j, const FlowString *name, FlowJson **found,
                              bool *out);
FlowStatus flow_json_get_index(FlowTask *t, FlowJson *j, int64_t index, FlowJson **found,
                               bool *out);
FlowStatus flow_json_keys(FlowTask *t, const FlowJson *j, FlowList **out);
FlowStatus flow_json_int(FlowTask *t, const FlowJson *j, int64_t *out);
FlowStatus flow_json_float(FlowTask *t, const FlowJson *j, double *out);
FlowStatus flow_json_string(FlowTask *t, const FlowJson *j, FlowString **out);
FlowStatus flow_json_bool(FlowTask *t, const FlowJson *j, bool *out);
FlowStatus flow_json_list(FlowTask *t, FlowJson *j, FlowList **out);
FlowStatus flow_json_map(FlowTask *t, FlowJson *j, FlowMap **out);

FlowStatus flow_random_float(FlowTask *t, double *out);                        /* [0, 1) */
FlowStatus flow_random_int(FlowTask *t, const FlowList *range, int64_t *out);  /* of a range */
FlowStatus flow_random_ints(FlowTask *t, int64_t count, const FlowList *range, FlowList **out);
FlowStatus flow_random_floats(FlowTask *t, int64_t count, FlowList **out);
/* Independent streams from equal parts are equal on every machine. */
void flow_random_seed(FlowRandom *random, uint64_t seed, const char *step, const uint64_t *path,
                      size_t path_len, uint32_t round);

/* f of an element: `item` leads to it, the result goes to `out`. */
typedef FlowStatus FlowApply(FlowTask *t, const FlowClosure *f, const void *item, void *out);
/* The results of f in the order of the list, made by as many threads as the task has cores.  `type`
 * is the list's, `result` that of an element of *out.  Of several failures the first in the order
 * of the list counts. */
FlowStatus flow_parallel_map(FlowTask *t, const FlowList *list, const FlowType *type,
                             const FlowClosure *f, const FlowType *result, FlowApply *apply,
                             FlowList **out);
/* Around the making of a constant: several threads may want it first.  Meanwhile the task has one
 * core, as other threads would wait for this one; unlock gives back those that it had. */
uint32_t flow_constants_lock(FlowTask *t);
void flow_constants_unlock(FlowTask *t, uint32_t cpus);
/* Makes the value a literal, which is never freed and which any thread may read. */
FlowStatus flow_value_fix(FlowTask *t, const FlowType *type, const void *value);

/* `current`. */
int64_t flow_current_run_id(const FlowTask *t);
int64_t flow_current_origin(const FlowTask *t); /* 0: the run resumes no other */
int64_t flow_current_index(const FlowTask *t);
FlowStatus flow_current_task_id(FlowTask *t, FlowString **out);
FlowStatus flow_current_user(FlowTask *t, FlowString **out);
FlowStatus flow_current_tags(FlowTask *t, FlowList **out);

/* Runs `text`, which stands at `line` of `file`.  `inputs` and `results` are named tuples, or
 * another type where there are none; *out is zeroed. */
FlowStatus flow_script(FlowTask *t, const char *language, const char *text, const char *file,
                       int64_t line, const FlowType *inputs, const void *values,
                       const FlowType *results, void *out);
/* What C code gave: text that is freed here.  Fails on NULL and on what is not UTF-8. */
FlowStatus flow_string_take_c(FlowTask *t, char *text, FlowString **out);
/* The same for octets, `*len` of them, which is set once the call has been made, and for the text
 * of json.  NULL with a length of 0 are no octets. */
FlowStatus flow_bytes_take_c(FlowTask *t, uint8_t *octets, const int64_t *len, FlowString **out);
FlowStatus flow_json_take_c(FlowTask *t, char *text, FlowJson **out);
FlowStatus flow_round(FlowTask *t, double x, int64_t *out); /* half away from zero */
FlowStatus flow_setenv(FlowTask *t, const char *name, const FlowString *value);
/* assert in a test or a body; `text` shows the expression. */
FLOW_COLD FlowStatus flow_fail_assert(FlowTask *t, const char *text);
/* The same of a comparison: shows what stood on either side of it. */
FLOW_COLD FlowStatus flow_fail_assert_sides(FlowTask *t, const char *text,
                                            const FlowType *left_type, const void *left,
                                            const FlowType *right_type, const void *right);

/* A `test` of the program that `flowc test` makes. */
typedef struct FlowTest {
    const char *name;
    const char *file;
    uint32_t line;
    FlowStatus (*body)(FlowTask *t);
} FlowTest;

/* Runs those whose name contains argv[1], all without it, each in a process of its own, and says
 * on standard output how each went.  The exit code: 0 all passed, 1 not, 2 none of that name.  Of
 * the program there are the file, other files and extern functions alone. */
int flow_test_main(const FlowProgram *program, const FlowTest *tests, size_t count, int argc,
                   char **argv);

#endif
