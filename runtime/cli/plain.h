/* SPDX-License-Identifier: Apache-2.0 */
/* plain.h - text of tasks, values and messages on a terminal, which must not move the cursor or
 * worse.
 *
 * Elsewhere, as in a file, the text goes as it is. */
#ifndef CLI_PLAIN_H
#define CLI_PLAIN_H

#include "cli/console.h"

/* One line, without its end.  On a terminal what stands before its last carriage return is left
 * out, colours that are switched on end with the line, and other control characters than tabs are
 * shown: an escape as \e, others as \x07. */
void plain_line(Console *c, ConsoleTo to, const char *text, size_t len);
/* Each line of the text, with `before` before it and an end behind it. */
void plain_lines(Console *c, ConsoleTo to, const char *before, const char *text, size_t len);
/* Lines as they are, ends included; what has no end gets none. */
void plain_text(Console *c, ConsoleTo to, const char *text, size_t len);
/* As plain_text, of what is no progress bar: all of it is shown, a carriage return as \x0d. */
void plain_value(Console *c, ConsoleTo to, const char *text, size_t len);

#endif
