/* SPDX-License-Identifier: Apache-2.0 */
/* secret.h - where the secrets of a run are: in its environment, and nowhere else. */
#ifndef VALUE_SECRET_H
#define VALUE_SECRET_H

#include <stddef.h>

enum { SECRET_VARIABLE_MAX = 300 };

/* FLOW_PARAM_API_TOKEN, of the parameter `api_token`; a name too long is cut. */
static inline void secret_variable(const char *param, char out[SECRET_VARIABLE_MAX])
{
    static const char prefix[] = "FLOW_PARAM_";
    size_t n = 0;
    for (const char *c = prefix; *c; c++)
        out[n++] = *c;
    for (; *param && n < SECRET_VARIABLE_MAX - 1; param++)
        out[n++] = *param >= 'a' && *param <= 'z' ? (char)(*param - 'a' + 'A') : *param;
    out[n] = '\0';
}

#endif
