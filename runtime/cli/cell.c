/* SPDX-License-Identifier: Apache-2.0 */
/* cell.c - a cell becomes a value in memory, the value becomes JSON. */
#include "cli/cell.h"

#include <inttypes.h>
#include <string.h>

#include "os/memory.h"
#include "store/blob.h"
#include "value/codec.h"

static FlowStatus no_memory(FlowError *err)
{
    return flow_error(err, FLOW_ENOMEM, "out of memory");
}

static FlowStatus decode_blob(const char *blobs, const FlowType *type, const FlowDigest *digest,
                              size_t len, void *value, FlowError *err)
{
    const uint8_t *bytes = NULL;
    FlowStatus s = blob_map(blobs, digest, len, &bytes, err);
    if (s != FLOW_OK)
        return s;
    s = value_decode(type, bytes, len, value, err);
    blob_unmap(bytes, len);
    return s;
}

static FlowStatus decode(const char *blobs, const FlowType *type, const Cell *cell, void *value,
                         FlowError *err)
{
    if (value_is_fixed(type)) {
        value_fixed_put(type, cell->fixed, value);
        return FLOW_OK;
    }
    FlowDigest digest;
    uint64_t len;
    if (blob_ref_decode(cell->bytes, cell->len, &digest, &len))
        return decode_blob(blobs, type, &digest, (size_t)len, value, err);
    return value_decode(type, cell->bytes, cell->len, value, err);
}

static FlowStatus write_plain(const FlowType *type, const void *value, Buffer *out)
{
    if (type->kind != FLOW_STRING)
        return value_write_json(type, value, out);
    const FlowString *text = *(FlowString *const *)value;
    return text ? buffer_append(out, text->bytes, text->len) : FLOW_OK;
}

/* A value whose type is another by now, or is not known, shows what its bytes say. */
static FlowStatus write_generic(const char *blobs, const Cell *cell, Buffer *out, FlowError *err)
{
    FlowDigest digest;
    uint64_t len;
    if (cell->len == 0)
        return buffer_printf(out, "%" PRId64, cell->fixed) == FLOW_OK ? FLOW_OK : no_memory(err);
    if (!blob_ref_decode(cell->bytes, cell->len, &digest, &len))
        return cbor_to_json(cell->bytes, cell->len, out, err);
    const uint8_t *bytes = NULL;
    FlowStatus s = blob_map(blobs, &digest, (size_t)len, &bytes, err);
    if (s != FLOW_OK)
        return s;
    s = cbor_to_json(bytes, (size_t)len, out, err);
    blob_unmap(bytes, (size_t)len);
    return s;
}

static FlowStatus write_cell(const char *blobs, const FlowType *type, const Cell *cell,
                             FlowStatus (*write)(const FlowType *, const void *, Buffer *),
                             Buffer *out, FlowError *err)
{
    if (!cell->is_present)
        return buffer_append_text(out, "null") == FLOW_OK ? FLOW_OK : no_memory(err);
    void *value = os_alloc_zero(type->size);
    if (!value)
        return no_memory(err);
    FlowStatus s = decode(blobs, type, cell, value, err);
    if (s == FLOW_EFORMAT)
        s = write_generic(blobs, cell, out, err);
    else if (s == FLOW_OK && write(type, value, out) != FLOW_OK)
        s = no_memory(err);
    flow_value_release(type, value);
    os_free(value);
    return s;
}

FlowStatus cell_write_json(const char *blobs, const FlowType *type, const Cell *cell, Buffer *out,
                           FlowError *err)
{
    return write_cell(blobs, type, cell, value_write_json, out, err);
}

FlowStatus cell_write_text(const char *blobs, const FlowType *type, const Cell *cell, Buffer *out,
                           FlowError *err)
{
    return write_cell(blobs, type, cell, write_plain, out, err);
}

FlowStatus cbor_write_json(const FlowType *type, Bytes cbor, Buffer *out, FlowError *err)
{
    void *value = os_alloc_zero(type->size);
    if (!value)
        return no_memory(err);
    FlowStatus s = value_decode(type, cbor.bytes, cbor.len, value, err);
    if (s == FLOW_EFORMAT)
        s = cbor_to_json(cbor.bytes, cbor.len, out, err);
    else if (s == FLOW_OK && value_write_json(type, value, out) != FLOW_OK)
        s = no_memory(err);
    flow_value_release(type, value);
    os_free(value);
    return s;
}
