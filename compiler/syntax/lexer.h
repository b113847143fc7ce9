/* SPDX-License-Identifier: Apache-2.0 */
/* lexer.h - the contract that grammar/flow.re fulfils: bytes to tokens.
 *
 * A Lexer reads one source and keeps three things: the brackets that are open, the token before,
 * and the string it is in.  A string becomes ordinary tokens,
 *
 *     "a {x:.2f}"   STRING_BEGIN  TEXT  INTERP_OPEN  NAME  FORMAT  INTERP_CLOSE  STRING_END
 *
 * and brackets always come out balanced: one that is missing is reported and supplied.  NEWLINE
 * stands where a newline ends a statement, and before each `}` that ends a statement without one.
 * After END come only ENDs.  What cannot be read is reported here and sent on as BAD, which the
 * grammar takes for an expression, or left out. */
#ifndef FLOW_SYNTAX_LEXER_H
#define FLOW_SYNTAX_LEXER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/str.h"
#include "base/vec.h"
#include "source/diag.h"
#include "source/source.h"
#include "syntax/ast.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct Token {
    uint16_t kind;   /* TOK_… of flow.tab.h */
    uint8_t quotes;  /* STRING_BEGIN, SCRIPT_TEXT: how many on each side */
    bool is_raw;     /* STRING_BEGIN */
    bool is_missing; /* a bracket that the text should have, and does not */
    Span span;
    union {
        Str text;        /* as written; of TEXT and SCRIPT_TEXT without the quotes */
        int64_t integer; /* INT; SIZE in bytes; DURATION in nanoseconds */
        double real;     /* FLOAT */
    };
} Token;

/* Brackets may stand in each other this deep: later passes recurse. */
#define LEXER_MAX_DEPTH 200

#define LEXER_NOWHERE UINT32_MAX

/* The string that is being read. */
typedef struct StringMode {
    Span open;      /* its opening quotes */
    uint8_t quotes; /* 0: in no string */
    bool is_raw;
} StringMode;

typedef struct Bracket {
    char kind; /* '(' '[' '{', '"' for the `{` of an interpolation, ':' of a block by indentation */
    Span span;
    StringMode outer; /* of an interpolation: the string that goes on after it */
    uint32_t indent;  /* of its line */
    Diag *complaint;  /* of a ':': gets the edit that closes the block */
} Bracket;

typedef struct Lexer {
    Arena *arena;
    DiagList *diags;
    const Source *source;
    uint32_t source_index;
    const unsigned char *start, *cursor, *limit; /* of the token, behind it, behind the text */

    Bracket brackets[LEXER_MAX_DEPTH];
    uint32_t depth;
    uint32_t line_indent; /* of the line of the cursor, strings and comments apart */
    StringMode string;

    /* The first block of the declaration that was closed further to the left than it began: if a
     * `}` turns out to be missing, then this one's. */
    Span suspect, suspect_close;
    bool has_suspect;

    int previous;          /* kind of the last token, NEWLINE apart; 0 at the start */
    uint32_t previous_end; /* where it ended */
    bool has_line_break;   /* a newline that may end a statement came after it */
    uint32_t line_break;   /* where that newline is */
    bool is_first_in_line;
    bool wants_newline;     /* NEWLINE comes next, whatever stood before */
    bool is_in_annotations; /* behind an `@` of the top level: a declaration follows */
    bool is_in_head;        /* behind `step`, `join` or `fn`, before its body */
    bool wants_body;        /* the same, also on the lines below */
    int script_depth;       /* bracket depth of a `script` that waits for its text, or -1 */

    VEC(Token) queue; /* scanned or supplied, and not yet given out */
    size_t queue_next;
    VEC(Comment) comments;

    uint32_t last_error;     /* where the scanner last found fault; LEXER_NOWHERE: nowhere */
    uint32_t last_complaint; /* the same of the grammar, which sets it */
    bool has_bad_bytes;      /* it is no text, or none in UTF-8 */
    bool is_swallowed;       /* a comment or string took all that follows, brackets included */
    bool has_resumed;        /* behind one of those, which is done once */
    /* One message about each is enough. */
    bool has_named_step;
    Diag *semicolon, *hash; /* named once, with an edit for each */
    bool has_named_self_kept, has_named_self_read;
} Lexer;

void lexer_init(Lexer *lx, Arena *a, const SourceSet *sources, uint32_t source, DiagList *diags);

/* Valid until the next call. */
const Token *lexer_next(Lexer *lx);

/* Behind the last token: is there nothing more on its line, comments apart? */
bool lexer_is_at_line_end(const Lexer *lx);

/* The `:` that was given out last begins a block as other languages have it: it is one `{`, and
 * the `}` follows before the next line that is indented no more than this one. */
void lexer_open_indented(Lexer *lx, Span colon, Diag *complaint);

#ifdef __cplusplus
}
#endif
#endif
