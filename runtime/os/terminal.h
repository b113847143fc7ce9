/* SPDX-License-Identifier: Apache-2.0 */
/* terminal.h - whether what is typed shows on the terminal that standard error leads to.
 *
 * Only a process that has the terminal (it is in its foreground) changes anything there. */
#ifndef OS_TERMINAL_H
#define OS_TERMINAL_H

#include <stdbool.h>

/* Remembers how the terminal is, for what follows here and in processes that are forked. */
void terminal_remember(void);
/* Safe in a signal's handler. */
void terminal_echo(bool is_on);
/* Ends what terminal_echo has begun, on behalf of a process that could not: only if the terminal is
 * as that had left it, since its next user may have come already. */
void terminal_mend(void);

#endif
