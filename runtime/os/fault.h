/* SPDX-License-Identifier: Apache-2.0 */
/* fault.h - makes the nth call of a kind fail, once.
 *
 * Armed by a test, or for a whole process by the environment:
 * FLOW_FAULT=write:3 (several with commas), read once as the program starts; each of its
 * processes counts for itself, from where its parent stood.  write:3@worker counts in
 * workers only, in each from its beginning.
 * What is not armed costs one load. */
#ifndef OS_FAULT_H
#define OS_FAULT_H

#include <stdbool.h>

typedef enum OsFault {
    OS_FAULT_ALLOC,
    OS_FAULT_OPEN,
    OS_FAULT_READ,
    OS_FAULT_WRITE,
    OS_FAULT_FSYNC,
    OS_FAULT_RENAME,
    OS_FAULT_MKDIR,
    OS_FAULT_UNLINK,
    OS_FAULT_MAP,
    OS_FAULT_COUNT
} OsFault;

/* The nth call of `kind` from now on fails (n >= 1; 0 disarms). */
void os_fault_arm(OsFault kind, unsigned n);
/* In a worker, as it begins: arms what FLOW_FAULT=KIND:N@worker asks for. */
void os_fault_arm_worker(void);
/* Disarms every kind. */
void os_fault_disarm(void);
/* Whether a fault has struck since the last os_fault_arm or os_fault_disarm. */
bool os_fault_struck(void);

/* For the seam itself: counts a call; true when this one must fail. */
extern bool os_faults_armed;
bool os_fault_count(OsFault kind);
static inline bool os_fault(OsFault kind)
{
    return os_faults_armed && os_fault_count(kind);
}

#endif
