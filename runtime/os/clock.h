/* SPDX-License-Identifier: Apache-2.0 */
/* clock.h - what time it is. */
#ifndef OS_CLOCK_H
#define OS_CLOCK_H

#include <stdint.h>

int64_t os_now_ns(void);       /* since 1970, UTC */
int64_t os_monotonic_ns(void); /* never goes back; same origin in all processes of a machine */

#endif
