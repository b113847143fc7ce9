/* SPDX-License-Identifier: Apache-2.0 */
/* terminal.h - whether what is typed shows on the terminal that standard error leads to, and how
 * many columns a text takes there.
 *
 * Only a process that has the terminal (it is in its foreground) changes anything there. */
#ifndef OS_TERMINAL_H
#define OS_TERMINAL_H

#include <stdbool.h>
#include <stddef.h>

/* Remembers how the terminal is, for what follows here and in processes that are forked. */
void terminal_remember(void);
/* Safe in a signal's handler. */
void terminal_echo(bool is_on);
/* Ends what terminal_echo has begun, on behalf of a process that could not: only if the terminal is
 * as that had left it, since its next user may have come already. */
void terminal_mend(void);

/* Of the code point at the beginning of `len` bytes of text: how many bytes it takes, and in
 * *columns how many columns of a terminal: CJK and emoji 2, an accent that stands on the letter
 * before it none.  A byte that is no UTF-8 takes 1. */
size_t terminal_point(const char *text, size_t len, size_t *columns);

#endif
