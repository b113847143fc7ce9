/* SPDX-License-Identifier: Apache-2.0 */
/* blob_value.c - see blob_value.h. */
#include "store/blob_value.h"

#include "value/codec.h"
#include "value/npy.h"

bool blob_value_is_npy(const FlowType *type, const void *value, size_t most)
{
    NpyFile file;
    return npy_describe(type, value, &file) && file.items_len > most;
}

FlowStatus blob_value_put(BlobBatch *b, const FlowType *type, const void *value, FlowDigest *digest,
                          uint64_t *len, FlowError *err)
{
    NpyFile file;
    if (!npy_describe(type, value, &file))
        return flow_error(err, FLOW_EFORMAT, "a %s has no .npy form", type->name);
    const Bytes pieces[] = {{file.header, sizeof file.header}, {file.items, file.items_len}};
    *len = sizeof file.header + file.items_len;
    return blob_batch_put_pieces(b, pieces, 2, digest, err);
}

static FlowStatus read_mapped(const FlowType *type, OsMap *map, const char *path, void *out,
                              FlowError *err)
{
    if (npy_is(map->bytes, map->len))
        return npy_adopt(type, map, path, out, err);
    return value_decode(type, map->bytes, map->len, out, err);
}

FlowStatus blob_value_read(const char *dir, const FlowType *type, const FlowDigest *digest,
                           uint64_t len, void *out, FlowError *err)
{
    OsMap map = {0};
    FlowError why = {0};
    Buffer path = {0};
    FlowStatus s = blob_path(dir, digest, &path, err);
    if (s == FLOW_OK)
        s = blob_map_writable(dir, digest, (size_t)len, &map, err);
    if (s != FLOW_OK) {
        buffer_free(&path);
        return s;
    }
    s = read_mapped(type, &map, (const char *)path.bytes, out, &why);
    os_unmap(&map);
    buffer_free(&path);
    if (s == FLOW_EFORMAT)
        return blob_damaged(dir, digest, why.message, err);
    return s == FLOW_OK ? s : flow_error(err, s, "%s", why.message);
}
