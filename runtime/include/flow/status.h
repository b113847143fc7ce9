/* SPDX-License-Identifier: Apache-2.0 */
/* status.h - what a runtime function answers.
 *
 * Every function that can fail returns a FlowStatus and fills its result
 * parameter, which stands last, only on FLOW_OK.  Inside a task the words of
 * the failure are in the task (flow/task.h); elsewhere in a FlowError. */
#ifndef FLOW_STATUS_H
#define FLOW_STATUS_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#if defined(__GNUC__)
#define FLOW_MUST_CHECK __attribute__((warn_unused_result))
#define FLOW_PRINTF(text, first) __attribute__((format(printf, text, first)))
#define FLOW_LIKELY(x) __builtin_expect(!!(x), 1)
#define FLOW_UNLIKELY(x) __builtin_expect(!!(x), 0)
#define FLOW_COLD __attribute__((cold, noinline))
#ifdef __OPTIMIZE__
#define FLOW_SMALL static inline __attribute__((always_inline)) /* put into its callers */
#else
#define FLOW_SMALL static
#endif
#define FLOW_APART static __attribute__((noinline)) /* has the registers for itself */
#else
#define FLOW_MUST_CHECK
#define FLOW_PRINTF(text, first)
#define FLOW_LIKELY(x) (x)
#define FLOW_UNLIKELY(x) (x)
#define FLOW_COLD
#define FLOW_SMALL static
#define FLOW_APART static
#endif

typedef enum FlowStatus {
    FLOW_OK = 0,
    FLOW_FAIL,   /* the task failed: a `fail`, a checked operation, a library error */
    FLOW_ENOMEM, /* an allocation failed */
    FLOW_EIO,    /* a file, the disk or the database failed */
    FLOW_EFORMAT,/* stored or given bytes are not what they should be */
    FLOW_ENOENT, /* what was asked for is not there */
    FLOW_EBUSY,  /* another process owns it */
    FLOW_EUSAGE  /* the command line is wrong */
} FlowStatus;

/* Words of a failure outside of a task: what happened, where, what to do. */
typedef struct FlowError {
    FlowStatus status;
    char message[1000];
} FlowError;

/* Fills *err (NULL is allowed) and returns `status`, so that one can write
 * `return flow_error(err, FLOW_EIO, "cannot open %s: %s", path, why);` */
FlowStatus flow_error(FlowError *err, FlowStatus status, const char *format, ...)
    FLOW_PRINTF(3, 4);

#endif
