/* SPDX-License-Identifier: Apache-2.0 */
/* foreign.h - between foreign.c and foreign_value.c: a token that does not fit, and what is known
 * of its place. */
#ifndef FLOW_SYNTAX_FOREIGN_H
#define FLOW_SYNTAX_FOREIGN_H

#include "flow.tab.h"
#include "syntax/build.h"

typedef struct Mistake {
    Parser *p;
    Span at;
    int token, before;
    const Expected *e;
} Mistake;

static inline bool fits(const Mistake *m, int token)
{
    return expected_has(m->e, token);
}

/* An operator could have come, so an expression has just ended. */
static inline bool is_after_value(const Mistake *m)
{
    return fits(m, TOK_PLUS);
}

static inline bool is_at_statement(const Mistake *m)
{
    return fits(m, TOK_LET) && fits(m, TOK_FOR);
}

static inline bool is_at_top(const Mistake *m)
{
    return fits(m, TOK_STEP);
}

static inline bool is_at_value(const Mistake *m)
{
    return fits(m, TOK_INT) && fits(m, TOK_LBRACKET) && fits(m, TOK_LPAREN);
}

static inline bool begins_value(int token)
{
    return token == TOK_NAME || token == TOK_INT || token == TOK_FLOAT || token == TOK_SIZE ||
           token == TOK_DURATION || token == TOK_STRING_BEGIN || token == TOK_TRUE ||
           token == TOK_FALSE || token == TOK_NONE || token == TOK_BAD;
}

/* "`word` is not Flow", and what Flow writes instead. */
Diag *foreign_word(const Mistake *m, Span at, Str word, const char *help);
/* What to say of a word that begins a statement elsewhere, or NULL. */
const char *foreign_statement_help(Str word);
/* The first word of the line that a place lies in. */
Span foreign_first_word(const Parser *p, uint32_t at);
/* What is known of values, patterns and the arms of a `match`; NULL, without a message, else. */
Diag *foreign_value(const Mistake *m);

#endif
