/* SPDX-License-Identifier: Apache-2.0 */
/* scan.h - what the parts of the scanner need of each other; nobody else includes it.
 *
 * flow.re knows what tokens look like, lexer.c keeps brackets, newlines and the queue, quotes.c
 * knows where strings begin and end, literal.c reads numbers and the text of strings.  A scan_
 * function scans from the cursor and puts at least one token into the queue. */
#ifndef FLOW_SYNTAX_SCAN_H
#define FLOW_SYNTAX_SCAN_H

#include "syntax/lexer.h"

/* ---- flow.re ---- */

void scan_code(Lexer *lx);
void scan_string(Lexer *lx);

/* ---- lexer.c ---- */

uint32_t lexer_offset(const Lexer *lx, const unsigned char *at);
Span lexer_here(const Lexer *lx); /* from `start` to the cursor */
Span lexer_between(const Lexer *lx, const unsigned char *from, const unsigned char *to);

/* Remembers that there was a fault here, so that none follows from it; returns `d`. */
Diag *lexer_fault(Lexer *lx, Diag *d);

/* Puts a token into the queue, and a NEWLINE before it where one belongs. */
void lexer_emit(Lexer *lx, int kind);
void lexer_emit_token(Lexer *lx, Token t);
void lexer_emit_text(Lexer *lx, const unsigned char *from); /* TEXT up to `start`, if any */

/* Words: a keyword unless it stands behind a `.` or `@`; one that begins a statement; one that is
 * a keyword only where a declaration begins. */
void lexer_word(Lexer *lx, int kind);
void lexer_statement_word(Lexer *lx, int kind);
void lexer_declaration_word(Lexer *lx, int kind);
bool lexer_is_declaration(Lexer *lx);

void lexer_open(Lexer *lx, char bracket);
void lexer_close(Lexer *lx, char bracket);
void lexer_newline(Lexer *lx);
void lexer_semicolon(Lexer *lx);
void lexer_finish(Lexer *lx);
void lexer_comment(Lexer *lx);
void lexer_block_comment(Lexer *lx);

/* A bracket on the stack, which keeps the string that it stands in; false after a message. */
bool lexer_push_bracket(Lexer *lx, char kind);
/* Its token, `is_supplied` where the text has none. */
void lexer_close_innermost(Lexer *lx, bool is_supplied);
bool lexer_is_in_interpolation(const Lexer *lx);
/* The outermost interpolation of a string that must end on its line, or -1. */
int lexer_find_one_line_string(const Lexer *lx);
/* Goes on where the next declaration is; the second time it is no use any more. */
void lexer_resume(Lexer *lx);

/* Does the token before end an expression, so that an operator can follow? */
bool lexer_is_after_value(const Lexer *lx);

/* ---- quotes.c ---- */

/* At the quotes from `start` to the cursor, with an `r` before them if raw. */
void lexer_open_string(Lexer *lx, bool is_raw);
void lexer_open_interpolation(Lexer *lx);
void lexer_format(Lexer *lx);
/* At a run of quotes in a string: whether it ends the string. */
bool lexer_end_string(Lexer *lx, const unsigned char *text);
void lexer_unclosed_string(Lexer *lx, const unsigned char *text);

/* ---- literal.c: each emits the token, or a fault and BAD ---- */

void lexer_integer(Lexer *lx, unsigned base);
void lexer_float(Lexer *lx);
void lexer_quantity(Lexer *lx);

/* Is the `{` before the cursor that of `(ages: {string: int})`, meant for a map's type? */
bool lexer_is_type_brace(const Lexer *lx);

#endif
