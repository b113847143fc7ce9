/* SPDX-License-Identifier: Apache-2.0 */
#include "store/gc_blobs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "os/file.h"
#include "os/memory.h"

enum { HEX_FOLDER = 2, HEX_REST = 62, PATH_ROOM = 4096 + 300 };

static FlowStatus no_memory(const BlobSweep *sweep, FlowError *err)
{
    return flow_error(err, FLOW_ENOMEM, "cannot list the blobs in %s: no memory", sweep->dir);
}

static FlowStatus cannot(const char *what, const char *path, FlowError *err)
{
    return flow_error(err, FLOW_EIO, "cannot %s %s: %s", what, path, os_error_text(errno));
}

/* ---- the list ----------------------------------------------------------- */

static SweepEntry *place_of(SweepEntry *entries, size_t cap, const FlowDigest *digest)
{
    size_t at;
    memcpy(&at, digest->bytes, sizeof at);
    for (at &= cap - 1; entries[at].is_there; at = (at + 1) & (cap - 1)) {
        if (digest_equal(&entries[at].digest, digest))
            break;
    }
    return &entries[at];
}

static FlowStatus grow(BlobSweep *sweep, FlowError *err)
{
    size_t cap = sweep->cap ? sweep->cap * 2 : 1024;
    SweepEntry *entries = os_alloc_zero(cap * sizeof *entries);
    if (!entries)
        return no_memory(sweep, err);
    for (size_t i = 0; i < sweep->cap; i++) {
        if (sweep->entries[i].is_there)
            *place_of(entries, cap, &sweep->entries[i].digest) = sweep->entries[i];
    }
    os_free(sweep->entries);
    sweep->entries = entries;
    sweep->cap = cap;
    return FLOW_OK;
}

static FlowStatus add_blob(BlobSweep *sweep, const FlowDigest *digest, FlowError *err)
{
    FlowStatus s = 2 * sweep->count >= sweep->cap ? grow(sweep, err) : FLOW_OK;
    if (s != FLOW_OK)
        return s;
    SweepEntry *entry = place_of(sweep->entries, sweep->cap, digest);
    sweep->count += !entry->is_there;
    *entry = (SweepEntry){.digest = *digest, .is_there = true};
    return FLOW_OK;
}

static FlowStatus add_part(BlobSweep *sweep, const char *name, FlowError *err)
{
    if (sweep->part_count == sweep->part_cap) {
        size_t cap = sweep->part_cap ? sweep->part_cap * 2 : 16;
        char **parts = os_realloc_array(sweep->parts, cap, sizeof *parts);
        if (!parts)
            return no_memory(sweep, err);
        sweep->parts = parts;
        sweep->part_cap = cap;
    }
    char *copy = os_copy_string(name);
    if (!copy)
        return no_memory(sweep, err);
    sweep->parts[sweep->part_count++] = copy;
    return FLOW_OK;
}

/* ---- listing ------------------------------------------------------------ */

static bool is_old(const BlobSweep *sweep, const struct stat *st)
{
    return S_ISREG(st->st_mode) &&
           (int64_t)st->st_mtim.tv_sec * 1000000000 + st->st_mtim.tv_nsec < sweep->before;
}

static FlowStatus list_folder(BlobSweep *sweep, const char *prefix, FlowError *err)
{
    char path[PATH_ROOM], hex[HEX_FOLDER + HEX_REST + 1];
    struct stat st;
    FlowDigest digest;
    FlowStatus s = FLOW_OK;
    snprintf(path, sizeof path, "%.4000s/%s", sweep->dir, prefix);
    DIR *folder = opendir(path);
    if (!folder)
        return errno == ENOENT ? FLOW_OK : cannot("read the folder", path, err);
    for (struct dirent *entry; s == FLOW_OK && (entry = readdir(folder));) {
        if (strlen(entry->d_name) != HEX_REST)
            continue;
        snprintf(hex, sizeof hex, "%.2s%.62s", prefix, entry->d_name);
        if (digest_parse(hex, &digest) &&
            fstatat(dirfd(folder), entry->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
            is_old(sweep, &st))
            s = add_blob(sweep, &digest, err);
    }
    closedir(folder);
    return s;
}

static FlowStatus list_all(BlobSweep *sweep, DIR *top, FlowError *err)
{
    FlowStatus s = FLOW_OK;
    struct stat st;
    for (struct dirent *entry; s == FLOW_OK && (entry = readdir(top));) {
        const char *name = entry->d_name;
        if (strncmp(name, ".part-", 6) == 0) {
            if (fstatat(dirfd(top), name, &st, AT_SYMLINK_NOFOLLOW) == 0 && is_old(sweep, &st))
                s = add_part(sweep, name, err);
        } else if (strlen(name) == HEX_FOLDER && name[0] != '.') {
            s = list_folder(sweep, name, err);
        }
    }
    return s;
}

FlowStatus blob_sweep_begin(BlobSweep *sweep, const char *dir, int64_t before, FlowError *err)
{
    *sweep = (BlobSweep){.dir = dir, .before = before};
    DIR *top = opendir(dir);
    if (!top)
        return errno == ENOENT ? FLOW_OK : cannot("read the folder", dir, err);
    FlowStatus s = list_all(sweep, top, err);
    closedir(top);
    return s;
}

/* ---- what is named ------------------------------------------------------ */

static void spare(BlobSweep *sweep, const FlowDigest *digest)
{
    if (sweep->count > 0)
        place_of(sweep->entries, sweep->cap, digest)->is_spared = true;
}

/* References stand only in cells of their own bytes. */
static void spare_cells(BlobSweep *sweep, const Column *column)
{
    FlowDigest digest;
    uint64_t len, rows = column->kind == COLUMN_CONST && column->n > 0 ? 1 : column->n;
    if (column->is_fixed)
        return;
    for (uint64_t i = 0; i < rows; i++) {
        Cell cell = column_cell(column, i);
        if (cell.is_present && blob_ref_decode(cell.bytes, cell.len, &digest, &len))
            spare(sweep, &digest);
    }
}

/* A column that cannot be read names nothing any more; `store check` says so. */
static void spare_column(BlobSweep *sweep, const void *bytes, size_t len)
{
    Column column;
    if (column_open(bytes, len, &column, NULL) == FLOW_OK)
        spare_cells(sweep, &column);
}

/* SQLite's bytes lie anywhere; a column must be aligned. */
static FlowStatus spare_inline(BlobSweep *sweep, Bytes body, FlowError *err)
{
    void *copy = os_copy_bytes((const char *)body.bytes, body.len);
    if (!copy)
        return no_memory(sweep, err);
    spare_column(sweep, copy, body.len);
    os_free(copy);
    return FLOW_OK;
}

FlowStatus blob_sweep_spare(BlobSweep *sweep, const ColRow *row, FlowError *err)
{
    const uint8_t *bytes;
    if (row->body.len > 0)
        return spare_inline(sweep, row->body, err);
    spare(sweep, &row->digest);
    FlowStatus s = blob_map(sweep->dir, &row->digest, (size_t)row->blob_len, &bytes, err);
    if (s == FLOW_ENOENT || s == FLOW_EFORMAT)
        return FLOW_OK;
    if (s != FLOW_OK)
        return s;
    spare_column(sweep, bytes, (size_t)row->blob_len);
    blob_unmap(bytes, (size_t)row->blob_len);
    return FLOW_OK;
}

/* ---- removing ----------------------------------------------------------- */

/* Whether it is still old is asked again when nobody can be putting it. */
static bool remove_file(const BlobSweep *sweep, const char *path, bool is_dry, uint64_t *bytes)
{
    struct stat st;
    int lock = is_dry ? -1 : blob_lock(sweep->dir, true);
    bool is_gone = (is_dry || lock >= 0) && lstat(path, &st) == 0 && is_old(sweep, &st) &&
                   (is_dry || unlink(path) == 0);
    os_close(lock);
    if (is_gone)
        *bytes += (uint64_t)st.st_size;
    return is_gone;
}

FlowStatus blob_sweep_finish(BlobSweep *sweep, bool is_dry, uint64_t *files, uint64_t *bytes,
                             FlowError *err)
{
    char path[PATH_ROOM], hex[65];
    uint64_t of_parts = 0;
    for (size_t i = 0; i < sweep->part_count; i++) {
        snprintf(path, sizeof path, "%.4000s/%.255s", sweep->dir, sweep->parts[i]);
        remove_file(sweep, path, is_dry, &of_parts);
    }
    *bytes += of_parts;
    for (size_t i = 0; i < sweep->cap; i++) {
        const SweepEntry *entry = &sweep->entries[i];
        if (!entry->is_there || entry->is_spared)
            continue;
        digest_hex(&entry->digest, hex);
        snprintf(path, sizeof path, "%.4000s/%.2s/%s", sweep->dir, hex, hex + 2);
        if (remove_file(sweep, path, is_dry, bytes))
            (*files)++;
        else if (access(path, W_OK) != 0 && errno != ENOENT)
            return cannot("remove", path, err);
    }
    return FLOW_OK;
}

void blob_sweep_free(BlobSweep *sweep)
{
    for (size_t i = 0; i < sweep->part_count; i++)
        os_free(sweep->parts[i]);
    os_free(sweep->parts);
    os_free(sweep->entries);
    *sweep = (BlobSweep){0};
}
