/* SPDX-License-Identifier: Apache-2.0 */
/* diag.h - diagnostics as data.
 *
 * A diagnostic is a code, a place, a message, a label under that place, related places, help and
 * edits.  Passes add to one DiagList and never print; terminal, JSON and editors render from it.
 * A list belongs to one thread, its contents to its arena.
 *
 *     Diag *d = diag_error(diags, F0201, span, "there is no step named `%.*s`", STR_ARG(name));
 *     diag_label(d, "not a step of this flow");
 *     diag_note(d, near, "a step with a similar name is declared here");
 *     diag_fix(d, span, near_name, "did you mean `%.*s`?", STR_ARG(near_name)); */
#ifndef FLOW_SOURCE_DIAG_H
#define FLOW_SOURCE_DIAG_H

#include <stdbool.h>
#include <stdio.h>

#include "base/arena.h"
#include "base/str.h"
#include "base/vec.h"
#include "source/source.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum DiagSeverity { DIAG_ERROR, DIAG_WARNING } DiagSeverity;

typedef enum DiagCode {
#define X(code, severity, title) code,
#include "source/diag_codes.def"
    DIAG_CODE_COUNT
} DiagCode;

/* A related place with its message; without a place where `has_span` is false. */
typedef struct DiagNote {
    bool has_span;
    Span span;
    Str message;
} DiagNote;

/* Replaces the text of `span` by `text`; an empty span inserts. */
typedef struct DiagEdit {
    Span span;
    Str text;
} DiagEdit;

typedef struct DiagList DiagList;

typedef struct Diag {
    DiagList *list;
    DiagCode code;
    DiagSeverity severity;
    Span span;
    Str message;
    Str label; /* under the place; empty where there is none */
    Str help;
    VEC(DiagNote) notes;
    VEC(DiagEdit) edits;
    uint32_t order; /* of arrival, which decides between equal places */
} Diag;

struct DiagList {
    Arena *arena;
    const SourceSet *sources;
    VEC(Diag *) items;
    size_t error_count; /* as reported, before collapsing */
    Diag *lost;         /* what all that come after DIAG_KEPT_MAX share; not shown */
};

#define DIAG_SHOWN_MAX 50    /* after so many errors the rest is noise */
#define DIAG_KEPT_MAX  10000 /* and after so many is not even kept, only counted */

void diag_list_init(DiagList *list, Arena *a, const SourceSet *sources);

/* Adds a diagnostic; the result is never NULL and lives as long as the arena.  The code's own
 * severity is what counts in `diag_add`; `diag_error` and `diag_warning` say it at the place. */
Diag *diag_add(DiagList *list, DiagCode code, Span span, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
Diag *diag_error(DiagList *list, DiagCode code, Span span, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
Diag *diag_warning(DiagList *list, DiagCode code, Span span, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

/* Each returns `d`. */
Diag *diag_label(Diag *d, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
Diag *diag_note(Diag *d, Span span, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
Diag *diag_remark(Diag *d, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
Diag *diag_help(Diag *d, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Help with the edit that does it; may be called again for a fix in several places, where the
 * last message stays.  `replacement` is copied. */
Diag *diag_fix(Diag *d, Span span, Str replacement, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

/* Takes back those that `is_meant` picks; `context` is handed to it. */
typedef bool DiagPick(const Diag *d, const void *context);
void diag_withdraw(DiagList *list, DiagPick *is_meant, const void *context);
/* Is it about how a file is written (F01xx), not about what that means? */
bool diag_is_of_text(const Diag *d);

bool diag_has_errors(const DiagList *list);

/* Sorts by place, drops all but the first of those with the same span, and cuts after
 * DIAG_SHOWN_MAX errors; `*cut` says how many errors were left out.  Renderers expect it done. */
void diag_finish(DiagList *list, size_t *cut);

const char *diag_code_name(DiagCode code);  /* "F0201" */
const char *diag_code_title(DiagCode code); /* "a string that is never closed" */
const char *diag_code_page(DiagCode code);  /* the long form, or NULL */
bool diag_code_find(Str name, DiagCode *out);
const char *diag_severity_name(DiagSeverity severity); /* "error" */

/* diag_text.c: all diagnostics as a person reads them; `cut` as diag_finish gave it. */
void diag_print_text(const DiagList *list, FILE *out, bool colour, size_t cut);

/* diag_json.c: one JSON object a line. */
void diag_print_json(const DiagList *list, FILE *out);

#ifdef __cplusplus
}
#endif
#endif
