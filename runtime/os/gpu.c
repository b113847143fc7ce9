/* SPDX-License-Identifier: Apache-2.0 */
#include "os/gpu.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void add(GpuList *list, const char *name, size_t len)
{
    if (len == 0 || len >= GPU_NAME_MAX || list->count == GPU_MAX)
        return;
    snprintf(list->names[list->count++], GPU_NAME_MAX, "%.*s", (int)len, name);
}

static void read_names(GpuList *list, const char *text)
{
    while (*text) {
        text += strspn(text, ", ");
        size_t len = strcspn(text, ", ");
        add(list, text, len);
        text += len;
    }
}

static int by_number(const void *a, const void *b)
{
    return (int)strtol(a, NULL, 10) - (int)strtol(b, NULL, 10);
}

static void read_devices(GpuList *list)
{
    static const char prefix[] = "nvidia";
    DIR *folder = opendir("/dev");
    if (!folder)
        return;
    for (struct dirent *entry; (entry = readdir(folder));) {
        const char *number = entry->d_name + sizeof prefix - 1;
        if (strncmp(entry->d_name, prefix, sizeof prefix - 1) != 0 || !*number ||
            number[strspn(number, "0123456789")] != '\0')
            continue;
        add(list, number, strlen(number));
    }
    closedir(folder);
    qsort(list->names, list->count, sizeof list->names[0], by_number);
}

void gpu_list_read(GpuList *out)
{
    const char *text = getenv("FLOW_GPUS");
    if (!text)
        text = getenv("CUDA_VISIBLE_DEVICES");
    out->count = 0;
    if (text)
        read_names(out, text);
    else
        read_devices(out);
}

void gpu_names(const GpuList *list, uint64_t mask, char text[GPU_TEXT_MAX])
{
    size_t len = 0;
    text[0] = '\0';
    for (uint32_t i = 0; i < list->count; i++) {
        if (mask >> i & 1)
            len += (size_t)snprintf(text + len, GPU_TEXT_MAX - len, "%s%s", len > 0 ? "," : "",
                                    list->names[i]);
    }
}
