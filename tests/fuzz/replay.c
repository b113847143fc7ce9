/* SPDX-License-Identifier: Apache-2.0 */
/* replay.c - gives files and the files of folders to a target, without an engine.
 *
 *     replay_check tests/fuzz/regressions/check examples/hello/hello.flow */
#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "fuzz.h"

enum { PATH_BYTES = 4096 };

static unsigned count;

/* The target must not look behind the last byte, so there is none. */
static bool replay_file(const char *path, size_t size)
{
    FILE *file = fopen(path, "rb");
    uint8_t *bytes = malloc(size ? size : 1);
    bool is_read = file && bytes && fread(bytes, 1, size, file) == size;
    if (is_read) {
        count++;
        if (getenv("FLOW_REPLAY_VERBOSE"))
            printf("%s\n", path);
        LLVMFuzzerTestOneInput(bytes, size);
    } else {
        perror(path);
    }
    free(bytes);
    if (file)
        fclose(file);
    return is_read;
}

static bool replay(const char *path);

static bool replay_folder(const char *path)
{
    DIR *folder = opendir(path);
    if (!folder) {
        perror(path);
        return false;
    }
    bool is_read = true;
    for (struct dirent *entry; (entry = readdir(folder));) {
        char inner[PATH_BYTES];
        if (entry->d_name[0] == '.')
            continue;
        snprintf(inner, sizeof inner, "%s/%s", path, entry->d_name);
        is_read = replay(inner) && is_read;
    }
    closedir(folder);
    return is_read;
}

static bool replay(const char *path)
{
    struct stat about;
    if (stat(path, &about) != 0) {
        perror(path);
        return false;
    }
    return S_ISDIR(about.st_mode) ? replay_folder(path) : replay_file(path, (size_t)about.st_size);
}

/* Only an engine asks for mutations. */
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max)
{
    (void)data;
    (void)max;
    return size;
}

int main(int argc, char **argv)
{
    bool is_read = true;
    for (int i = 1; i < argc; i++)
        is_read = replay(argv[i]) && is_read;
    printf("%u inputs\n", count);
    return is_read ? EXIT_SUCCESS : EXIT_FAILURE;
}
