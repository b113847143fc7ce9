/* SPDX-License-Identifier: Apache-2.0 */
#include "os/interpreter.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <flow/program.h>

const OsInterpreter os_interpreters[] = {
    {"sh", "sh", "dash", FLOW_STEP_SH},
    {"python", "python3", "python3", FLOW_STEP_PYTHON},
    {"node", "node", "nodejs", FLOW_STEP_NODE},
    {"r", "Rscript", "r-base-core r-cran-jsonlite", FLOW_STEP_R},
    {NULL, NULL, NULL, 0},
};

bool os_is_installed(const char *program)
{
    const char *path = getenv("PATH");
    char candidate[PATH_MAX];
    for (const char *at = path ? path : "/usr/bin:/bin"; *at; at += *at == ':') {
        size_t len = strcspn(at, ":");
        snprintf(candidate, sizeof candidate, "%.*s/%s", (int)len, at, program);
        if (len > 0 && access(candidate, X_OK) == 0)
            return true;
        at += len;
    }
    return false;
}
