/* SPDX-License-Identifier: Apache-2.0 */
#include <signal.h>
#include <stdint.h>

int64_t harmless(int64_t x)
{
    return x;
}

void never_called(void)
{
}

int64_t strike(int64_t x)
{
    raise(SIGSEGV);
    return x;
}
