/* SPDX-License-Identifier: Apache-2.0 */
/* machine.h - how much of this machine may be used. */
#ifndef SCHED_MACHINE_H
#define SCHED_MACHINE_H

#include "os/gpu.h"

typedef struct Machine {
    double cores;   /* a cgroup may allow parts of one */
    int64_t memory; /* bytes */
    GpuList gpus;
} Machine;

/* What the kernel has, less what the process's affinity and its cgroups (v2) forbid. */
void machine_measure(Machine *out);

#endif
