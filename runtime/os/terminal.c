/* SPDX-License-Identifier: Apache-2.0 */
/* terminal.c - the echo of a terminal, switched off and on. */
#include "os/terminal.h"

#include <signal.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

static struct termios before;
static bool is_known;

static bool is_ours(void)
{
    return tcgetpgrp(STDERR_FILENO) == getpgrp();
}

void terminal_remember(void)
{
    is_known = tcgetattr(STDERR_FILENO, &before) == 0 && (before.c_lflag & ECHO) && is_ours();
}

void terminal_echo(bool is_on)
{
    struct termios now;
    if (!is_known || !is_ours() || tcgetattr(STDERR_FILENO, &now) != 0)
        return;
    if (is_on)
        now.c_lflag |= ECHO;
    else
        now.c_lflag &= ~(tcflag_t)ECHO;
    tcsetattr(STDERR_FILENO, TCSANOW, &now);
}

void terminal_mend(void)
{
    struct termios now;
    sigset_t stop;
    if (!is_known || tcgetattr(STDERR_FILENO, &now) != 0)
        return;
    bool is_left = now.c_lflag == (before.c_lflag & ~(tcflag_t)ECHO) &&
                   now.c_iflag == before.c_iflag && now.c_oflag == before.c_oflag;
    if (!is_left)
        return;
    sigemptyset(&stop);
    sigaddset(&stop, SIGTTOU);
    sigprocmask(SIG_BLOCK, &stop, NULL); /* the terminal is not ours any more */
    tcsetattr(STDERR_FILENO, TCSANOW, &before);
}
