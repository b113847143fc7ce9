/* SPDX-License-Identifier: Apache-2.0 */
/* redact.h - takes the values of secrets out of text that goes to a log.
 *
 * Only what is there exactly as the secret is found: its bytes one after another, without blanks
 * at its ends.  A secret of less than REDACT_LEAST bytes would be found everywhere, and is left. */
#ifndef LIB_REDACT_H
#define LIB_REDACT_H

#include <sys/types.h>

#include <flow/task.h>

#include "os/buffer.h"

enum { REDACT_LEAST = 4, REDACT_SAID = 4096 };

typedef struct Redactor {
    struct RedactNeedle {
        const char *bytes; /* borrowed */
        size_t len;
    } *needles;
    size_t count;
    bool begins[256]; /* whether a needle begins with this byte */
} Redactor;

/* What was asked for as a secret in this process, by the variable that has it. */
FlowStatus redact_note(const char *variable);
/* A redactor of those; {0} before.  redactor_free is allowed after every outcome. */
FlowStatus redactor_init(Redactor *r);
FlowStatus redactor_add(Redactor *r, const char *bytes, size_t len);
void redactor_free(Redactor *r);

/* Appends `len` more bytes of a text to *out, each secret as `***`.  What may be the beginning of
 * one waits in *held ({0} at first) for more, unless this `is_end`. */
FlowStatus redact_more(const Redactor *r, Buffer *held, const char *bytes, size_t len, bool is_end,
                       Buffer *out);
/* A whole text. */
FlowStatus redact_text(const Redactor *r, const char *bytes, size_t len, Buffer *out);

/* Two pipes, between a child's standard output and error and ours. */
typedef struct RedactPipes {
    int from[2], to[2]; /* -1: closed */
    size_t said_len;
    char said[REDACT_SAID]; /* what went to our standard error last */
} RedactPipes;
/* On failure (with errno) nothing is open. */
FlowStatus redact_pipes_open(RedactPipes *p);
/* In the child, after the fork: nothing but calls that are safe there. */
void redact_pipes_become(const RedactPipes *p);
/* Hands on what the child prints until it has closed both, or has ended: then *status is set, and
 * *has_ended.  The pipes are closed. */
FlowStatus redact_pipes_pump(RedactPipes *p, const Redactor *r, pid_t child, int *status,
                             bool *has_ended, FlowError *err);
void redact_pipes_close(RedactPipes *p);

#endif
