/* SPDX-License-Identifier: Apache-2.0 */
/* console.h - standard output and standard error of the program.
 *
 * Both are buffered, and written in the order in which they were filled where they lead to the same
 * place.  Whoever reads them may go away (`| head`): then the rest is dropped in silence. */
#ifndef CLI_CONSOLE_H
#define CLI_CONSOLE_H

#include <flow/status.h>

#include "os/buffer.h"

enum { CONSOLE_STREAM_BYTES = 32 * 1024 };

typedef enum ConsoleTo { CONSOLE_OUT, CONSOLE_ERR } ConsoleTo;

typedef enum Paint {
    PAINT_NONE,
    PAINT_GOOD,
    PAINT_BAD,
    PAINT_BUSY,
    PAINT_WARNING,
    PAINT_DIM,
    PAINT_STRONG
} Paint;

typedef struct ConsoleStream {
    int fd;
    bool is_terminal;
    bool has_color;
    int error; /* errno of a write that failed; nothing is written any more */
    size_t len;
    char bytes[CONSOLE_STREAM_BYTES];
} ConsoleStream;

typedef struct Console {
    ConsoleStream streams[2];
    bool is_same_place;
    /* While something is drawn below the lines of a terminal, they wait here for its next frame. */
    Buffer held;
    void (*frame)(void *ctx); /* writes what is held; NULL: nothing is drawn */
    void *frame_ctx;
    int64_t second; /* that `stamp` shows */
    char stamp[32];
} Console;

void console_init(Console *c);
/* `when` is "auto", "always" or "never"; NULL is auto: on a terminal that can, without NO_COLOR. */
void console_set_color(Console *c, const char *when);
/* What follows on the stream has this colour, where there is any. */
void console_paint(Console *c, ConsoleTo to, Paint paint);
/* The escape sequence of the colour. */
const char *paint_sequence(Paint paint);
/* The colour of "done", "failed", "running", … */
Paint paint_of_state(const char *state);
/* From now on the frame writes what goes to a terminal; NULL ends that. */
void console_hold(Console *c, void (*frame)(void *ctx), void *ctx);
/* Writes all of it to standard error at once, past all buffers. */
void console_write_frame(Console *c, const void *bytes, size_t len);

void console_write(Console *c, ConsoleTo to, const char *bytes, size_t len);
void console_text(Console *c, ConsoleTo to, const char *text);
void console_printf(Console *c, ConsoleTo to, const char *format, ...) FLOW_PRINTF(3, 4);
/* "2026-11-20 21:55:01.123 ", the time now. */
void console_stamp(Console *c, ConsoleTo to);
/* "error: …"; further lines of the message stand as they are. */
void console_error(Console *c, const char *message);
void console_flush(Console *c);
/* Nobody reads standard output any more. */
bool console_is_closed(const Console *c);
/* Flushes; says, and answers false, when standard output could not be written whole for another
 * reason than that nobody reads it. */
bool console_finish(Console *c);

/* Columns of the terminal that the stream is, 80 where it is none. */
size_t console_width(const Console *c, ConsoleTo to);

/* How many bytes of the text go on a line of so many columns: up to a blank or a newline, or a
 * whole word where it alone is too long. */
size_t console_fit(const char *text, size_t len, size_t columns);

/* "2026-11-20 21:55:01" in local time, from ns since 1970. */
void console_time(int64_t ns, char out[32]);
/* "<1 ms", "12 ms", "2.3 s", "4 min 10 s", "3 h 5 min", from ns. */
void console_duration(int64_t ns, char out[32]);
/* "0 bytes", "532 bytes", "1.2 KB", "24 MB", "1.5 GB": at most three digits, of 1000 each. */
void console_size(uint64_t bytes, char out[32]);

#endif
