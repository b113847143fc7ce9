/* SPDX-License-Identifier: Apache-2.0 */
/* gpu.h - which GPUs this machine may use.
 *
 * What FLOW_GPUS lists ("0,1"; empty for none); without it what CUDA_VISIBLE_DEVICES
 * leaves us; without that one for each /dev/nvidia0, /dev/nvidia1, … */
#ifndef OS_GPU_H
#define OS_GPU_H

#include <stddef.h>
#include <stdint.h>

enum { GPU_MAX = 64, GPU_NAME_MAX = 64, GPU_TEXT_MAX = GPU_MAX * GPU_NAME_MAX };

typedef struct GpuList {
    uint32_t count;
    char names[GPU_MAX][GPU_NAME_MAX]; /* as CUDA_VISIBLE_DEVICES takes them */
} GpuList;

/* Always the same list, and order, in one program and its children. */
void gpu_list_read(GpuList *out);

/* The names of those in `mask`, with commas between. */
void gpu_names(const GpuList *list, uint64_t mask, char text[GPU_TEXT_MAX]);

#endif
