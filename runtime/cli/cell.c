/* SPDX-License-Identifier: Apache-2.0 */
/* cell.c - a cell becomes a value in memory, the value becomes JSON. */
#include "cli/cell.h"

#include <inttypes.h>
#include <string.h>

#include <flow/value.h>

#include "os/memory.h"
#include "store/blob_value.h"
#include "value/codec.h"
#include "value/npy.h"
#include "value/text.h"

static FlowStatus no_memory(FlowError *err)
{
    return flow_error(err, FLOW_ENOMEM, "out of memory");
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
        return blob_value_read(blobs, type, &digest, len, value, err);
    return value_decode(type, cell->bytes, cell->len, value, err);
}

static FlowStatus write_plain(const FlowType *type, const void *value, Buffer *out)
{
    if (type->kind != FLOW_STRING)
        return value_write_json(type, value, out);
    const FlowString *text = *(FlowString *const *)value;
    return text ? buffer_append(out, text->bytes, text->len) : FLOW_OK;
}

/* Numbers say themselves what they are. */
static FlowStatus write_numbers(const char *blobs, const FlowDigest *digest, const uint8_t *bytes,
                                size_t len, Buffer *out, FlowError *err)
{
    FlowMatrix value = {0}; /* the largest of what it can be */
    const FlowType *type = npy_type(bytes, len);
    if (!type)
        return blob_damaged(blobs, digest, "its .npy header is not one that Flow writes", err);
    FlowStatus s = blob_value_read(blobs, type, digest, len, &value, err);
    if (s == FLOW_OK && value_write_json(type, &value, out) != FLOW_OK)
        s = no_memory(err);
    flow_value_release(type, &value);
    return s;
}

/* A value whose type is another by now, or is not known, or that is too long to be written out,
 * shows what its bytes say. */
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
    s = npy_is(bytes, (size_t)len) ? write_numbers(blobs, &digest, bytes, (size_t)len, out, err)
                                   : cbor_to_json(bytes, (size_t)len, out, err);
    blob_unmap(bytes, (size_t)len);
    return s;
}

/* Whether it holds a range of more numbers than one wants to see. */
static bool has_long_range(const FlowType *type, const void *value)
{
    const FlowList *list = NULL;
    switch (type->kind) {
    case FLOW_LIST:
        memcpy(&list, value, sizeof list);
        if (!list || list->is_range)
            return list && list->len > VALUE_RANGE_MOST;
        for (size_t i = 0; type->item->counted && i < list->len; i++)
            if (has_long_range(type->item, (const char *)list->items + i * type->item->size))
                return true;
        return false;
    case FLOW_OPTION:
        value = flow_option_get(type, value);
        return value && has_long_range(type->item, value);
    case FLOW_TUPLE:
    case FLOW_STRUCT:
        for (uint32_t i = 0; i < type->field_count; i++)
            if (has_long_range(type->fields[i].type, (const char *)value + type->fields[i].offset))
                return true;
        return false;
    default: return false;
    }
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
    if (s == FLOW_EFORMAT || (s == FLOW_OK && has_long_range(type, value)))
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

/* ---- as a .npy file ------------------------------------------------------ */

/* A range becomes the list of its ints. */
static FlowStatus flatten(const FlowType *type, void *value, FlowError *err)
{
    if (type->kind != FLOW_LIST)
        return FLOW_OK;
    FlowList *flat = NULL, **list = value;
    if (flow_list_flat(NULL, *list, &flat) != FLOW_OK)
        return no_memory(err);
    flow_list_release(*list);
    *list = flat;
    return FLOW_OK;
}

static FlowStatus save_value(const FlowType *type, void *value, const char *path, FlowError *err)
{
    NpyFile file;
    Buffer bytes = {0};
    FlowStatus s = flatten(type, value, err);
    if (s != FLOW_OK)
        return s;
    if (!npy_describe(type, value, &file))
        return flow_error(err, FLOW_EUSAGE,
                          "a value of type %s cannot be written as a .npy file, which holds a list "
                          "of numbers or a matrix\nhelp: any other name of the file gives JSON",
                          type->name);
    s = buffer_append(&bytes, file.header, sizeof file.header);
    if (s == FLOW_OK)
        s = buffer_append(&bytes, file.items, file.items_len);
    s = s == FLOW_OK ? os_write_file_atomically(path, bytes.bytes, bytes.len, err) : no_memory(err);
    buffer_free(&bytes);
    return s;
}

/* A blob that is such a file already is copied as it is. */
static FlowStatus save_blob(const char *blobs, const Cell *cell, const char *path, bool *is_saved,
                            FlowError *err)
{
    FlowDigest digest;
    uint64_t len;
    const uint8_t *bytes = NULL;
    *is_saved = false;
    if (!blob_ref_decode(cell->bytes, cell->len, &digest, &len))
        return FLOW_OK;
    FlowStatus s = blob_map(blobs, &digest, (size_t)len, &bytes, err);
    if (s != FLOW_OK)
        return s;
    *is_saved = npy_is(bytes, (size_t)len);
    if (*is_saved)
        s = os_write_file_atomically(path, bytes, (size_t)len, err);
    blob_unmap(bytes, (size_t)len);
    return s;
}

FlowStatus cell_save_npy(const char *blobs, const FlowType *type, const Cell *cell,
                         const char *path, FlowError *err)
{
    bool is_saved;
    FlowStatus s = save_blob(blobs, cell, path, &is_saved, err);
    if (s != FLOW_OK || is_saved)
        return s;
    void *value = os_alloc_zero(type->size);
    if (!value)
        return no_memory(err);
    s = decode(blobs, type, cell, value, err);
    if (s == FLOW_OK)
        s = save_value(type, value, path, err);
    flow_value_release(type, value);
    os_free(value);
    return s;
}

/* ---- CBOR that is no cell ------------------------------------------------ */

static FlowStatus write_cbor(const FlowType *type, Bytes cbor,
                             FlowStatus (*write)(const FlowType *, const void *, Buffer *),
                             Buffer *out, FlowError *err)
{
    void *value = os_alloc_zero(type->size);
    if (!value)
        return no_memory(err);
    FlowStatus s = value_decode(type, cbor.bytes, cbor.len, value, err);
    if (s == FLOW_EFORMAT)
        s = cbor_to_json(cbor.bytes, cbor.len, out, err);
    else if (s == FLOW_OK && write(type, value, out) != FLOW_OK)
        s = no_memory(err);
    flow_value_release(type, value);
    os_free(value);
    return s;
}

FlowStatus cbor_write_json(const FlowType *type, Bytes cbor, Buffer *out, FlowError *err)
{
    return write_cbor(type, cbor, value_write_json, out, err);
}

/* ---- as an option -------------------------------------------------------- */

/* An option's payload is written as it is, and read so: `some` is never said. */
static FlowStatus write_option(const FlowType *type, const void *value, Buffer *out)
{
    const void *payload;
    switch (type->kind) {
    case FLOW_OPTION:
        payload = flow_option_get(type, value);
        return payload ? write_option(type->item, payload, out) : buffer_append_text(out, "none");
    case FLOW_ENUM:
        return flow_enum_case(type, value)->type->field_count == 0
                   ? text_write(out, type, value, false)
                   : value_write_json(type, value, out);
    case FLOW_LIST:
    case FLOW_MAP:
    case FLOW_TUPLE:
    case FLOW_STRUCT:
    case FLOW_UNIT: return value_write_json(type, value, out);
    default: return text_write(out, type, value, false);
    }
}

FlowStatus cbor_write_option(const FlowType *type, Bytes cbor, Buffer *out, FlowError *err)
{
    return write_cbor(type, cbor, write_option, out, err);
}

FlowStatus shell_write(Buffer *out, const void *word, size_t len)
{
    const char *text = word;
    bool is_plain = len > 0;
    for (size_t i = 0; i < len; i++)
        is_plain &= (text[i] >= 'a' && text[i] <= 'z') || (text[i] >= 'A' && text[i] <= 'Z') ||
                    (text[i] >= '0' && text[i] <= '9') ||
                    (text[i] != '\0' && strchr("-_./:,+@%=", text[i]));
    if (is_plain)
        return buffer_append(out, text, len);
    FlowStatus s = buffer_append_byte(out, '\'');
    for (size_t i = 0; s == FLOW_OK && i < len; i++)
        s = text[i] == '\'' ? buffer_append_text(out, "'\\''")
                            : buffer_append_byte(out, (uint8_t)text[i]);
    return s == FLOW_OK ? buffer_append_byte(out, '\'') : s;
}
