/* SPDX-License-Identifier: Apache-2.0 */
/* arith.c - checked arithmetic that is too long for a header. */
#include <math.h>

#include <flow/task.h>

#include "value/number.h"

FlowStatus flow_int_pow(FlowTask *t, int64_t base, int64_t exponent, int64_t *out)
{
    if (exponent < 0)
        return flow_fail(t, "an int cannot be raised to a negative power; use a float, as in "
                            "2.0 ** -1");
    int64_t result = 1;
    while (exponent > 0) {
        if ((exponent & 1) && __builtin_mul_overflow(result, base, &result))
            return flow_fail_overflow(t, "**");
        exponent >>= 1;
        /* The last square is not used, so it may not fail either. */
        if (exponent > 0 && __builtin_mul_overflow(base, base, &base))
            return flow_fail_overflow(t, "**");
    }
    *out = result;
    return FLOW_OK;
}

/* Both bounds are floats exactly; INT64_MAX is none. */
static bool fits_int(double x)
{
    return x >= -0x1p63 && x < 0x1p63;
}

static FlowStatus fail_wide(FlowTask *t, double x)
{
    char text[NUMBER_TEXT_MAX];
    size_t len = number_write_float(x, text);
    return flow_fail(t, "%.*s cannot be made an int: it does not fit in 64 bits", (int)len, text);
}

FlowStatus flow_int_of_float(FlowTask *t, double x, int64_t *out)
{
    if (isnan(x))
        return flow_fail(t, "nan cannot be made an int");
    if (!fits_int(x))
        return fail_wide(t, x);
    *out = (int64_t)x;
    return FLOW_OK;
}

FlowStatus flow_quantity_scale(FlowTask *t, int64_t quantity, double factor, int64_t *out)
{
    double product = round((double)quantity * factor);
    if (isnan(product))
        return flow_fail(t, "a size or duration cannot be multiplied by nan");
    if (!fits_int(product))
        return flow_fail_overflow(t, "*");
    *out = (int64_t)product;
    return FLOW_OK;
}
