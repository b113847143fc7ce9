/* SPDX-License-Identifier: Apache-2.0 */
/* file.c - the module `file`. */
#include "os/file.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>

#include <flow/lib.h>

#include "value/string.h"
#include "value/utf8.h"

/* A path of C ends at a NUL: one that holds a NUL would name another file. */
static FlowStatus check_path(FlowTask *t, const FlowString *path)
{
    size_t len = flow_string_len_bytes(path);
    if (len == 0)
        return flow_fail(t, "the path of a file is empty");
    if (memchr(path->bytes, '\0', len))
        return flow_fail(t, "the path \"%s…\" holds a NUL byte", path->bytes);
    return FLOW_OK;
}

static FlowStatus fail_with(FlowTask *t, FlowStatus status, const FlowError *err)
{
    return status == FLOW_ENOMEM ? flow_fail_memory(t, 0) : flow_fail(t, "%s", err->message);
}

/* The text is sealed, but may not be valid. */
static FlowStatus read_whole(FlowTask *t, const FlowString *path, FlowString **out)
{
    FlowStatus s = check_path(t, path);
    if (s != FLOW_OK)
        return s;
    Buffer octets = {0};
    FlowError err;
    s = string_room(t, &octets);
    if (s == FLOW_OK && (s = os_read_file(path->bytes, &octets, &err)) != FLOW_OK)
        s = fail_with(t, s, &err);
    if (s == FLOW_OK)
        s = string_adopt(t, &octets, out);
    buffer_free(&octets);
    return s;
}

FlowStatus flow_file_read_bytes(FlowTask *t, const FlowString *path, FlowString **out)
{
    return read_whole(t, path, out);
}

FlowStatus flow_file_write_bytes(FlowTask *t, const FlowString *path, const FlowString *content)
{
    FlowStatus s = check_path(t, path);
    if (s != FLOW_OK)
        return s;
    FlowError err;
    s = os_write_file_atomically(path->bytes, flow_string_bytes(content),
                                 flow_string_len_bytes(content), &err);
    return s == FLOW_OK ? FLOW_OK : fail_with(t, s, &err);
}

FlowStatus flow_file_read_text(FlowTask *t, const FlowString *path, FlowString **out)
{
    FlowString *text;
    FlowStatus s = read_whole(t, path, &text);
    if (s != FLOW_OK)
        return s;
    if (!string_is_ascii(text) && !utf8_is_valid(text->bytes, text->len)) {
        flow_string_release(text);
        return flow_fail(t, "%s is no text: it is not valid UTF-8", path->bytes);
    }
    *out = text;
    return FLOW_OK;
}

FlowStatus flow_file_exists(FlowTask *t, const FlowString *path, bool *out)
{
    FlowStatus s = check_path(t, path);
    if (s != FLOW_OK)
        return s;
    FlowError err;
    s = os_exists(path->bytes, out, &err);
    return s == FLOW_OK ? FLOW_OK : fail_with(t, s, &err);
}

FlowStatus flow_file_write_text(FlowTask *t, const FlowString *path, const FlowString *text)
{
    FlowStatus s = check_path(t, path);
    if (s != FLOW_OK)
        return s;
    FlowError err;
    s = os_write_file_atomically(path->bytes, flow_string_bytes(text), flow_string_len_bytes(text),
                                 &err);
    return s == FLOW_OK ? FLOW_OK : fail_with(t, s, &err);
}

static FlowStatus push_name(FlowTask *t, const char *folder, const char *name, FlowList **list)
{
    size_t len = strlen(name);
    if (!utf8_is_valid(name, len))
        return flow_fail(t, "the name of a file in %s is no text: it is not valid UTF-8", folder);
    FlowString *text = NULL;
    FlowStatus s = flow_string_new(t, name, len, &text);
    if (s == FLOW_OK)
        s = flow_list_push(t, list, &flow_type_string, &text);
    flow_string_release(text);
    return s;
}

static FlowStatus push_names(FlowTask *t, DIR *from, const char *folder, FlowList **list)
{
    FlowStatus s = FLOW_OK;
    errno = 0;
    for (struct dirent *entry; s == FLOW_OK && (entry = readdir(from));) {
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            s = push_name(t, folder, entry->d_name, list);
        errno = 0;
    }
    return s == FLOW_OK && errno ? flow_fail(t, "cannot list %s: %s", folder, os_error_text(errno))
                                 : s;
}

FlowStatus flow_file_list(FlowTask *t, const FlowString *folder, FlowList **out)
{
    FlowStatus s = check_path(t, folder);
    if (s != FLOW_OK)
        return s;
    DIR *from = opendir(folder->bytes);
    if (!from)
        return flow_fail(t, "cannot list %s: %s", folder->bytes, os_error_text(errno));
    FlowList *names = NULL;
    s = push_names(t, from, folder->bytes, &names);
    closedir(from);
    if (s == FLOW_OK)
        s = flow_list_sort(t, names, NULL, false, out);
    flow_list_release(names);
    return s;
}
