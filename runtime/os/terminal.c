/* SPDX-License-Identifier: Apache-2.0 */
/* terminal.c - the echo of a terminal, switched off and on; widths as the C library knows them. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "os/terminal.h"

#include <locale.h>
#include <signal.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>
#include <wchar.h>

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

/* Whatever the locale of the user is: what is printed is UTF-8. */
static locale_t utf8_locale(void)
{
    static locale_t made;
    if (!made)
        made = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
    return made;
}

size_t terminal_point(const char *text, size_t len, size_t *columns)
{
    *columns = 1;
    if ((unsigned char)text[0] < 0x80)
        return 1;
    locale_t utf8 = utf8_locale(), before_it = utf8 ? uselocale(utf8) : (locale_t)0;
    wchar_t point;
    mbstate_t state = {0};
    size_t size = mbrtowc(&point, text, len, &state);
    bool is_whole = utf8 && size > 0 && size <= len;
    int width = is_whole ? wcwidth(point) : -1;
    if (before_it)
        uselocale(before_it);
    if (width >= 0)
        *columns = (size_t)width;
    return is_whole ? size : 1;
}
