/* SPDX-License-Identifier: Apache-2.0 */
/* worker_store.c - what a row leaves behind, as the payload of a FRAME_DONE.
 *
 * First every part (a cell for each keep that the way carries, a column for each item of a foreach)
 * is encoded into one heap, large ones as blobs; then, if the frame would be longer than the ring
 * takes, its largest parts become blobs too; then the frame is put together. */
#include "backends/worker.h"

#include <string.h>

#include "os/memory.h"
#include "store/blob_value.h"
#include "value/codec.h"

enum { ROOM_ALIGN = 16, PAD = 8 };

static size_t aligned(size_t size, size_t to)
{
    return (size + to - 1) & ~(to - 1);
}

/* ---- setting up --------------------------------------------------------- */

static const FlowType *keep_type(const Storer *st, uint32_t keep)
{
    return st->program->artifacts[st->step->keeps[keep]].type;
}

static uint32_t most_items(const FlowProgram *program)
{
    uint32_t most = 0;
    for (uint32_t i = 0; i < program->domain_count; i++) {
        if (program->domains[i].item_count > most)
            most = program->domains[i].item_count;
    }
    return most;
}

FlowStatus storer_init(Storer *st, const FlowStep *step, const FlowProgram *program,
                       const char *blobs_dir, FlowError *err)
{
    *st = (Storer){.program = program, .step = step, .blobs = {.dir = blobs_dir}};
    for (uint32_t i = 0; i < step->keep_count; i++)
        st->room_size += aligned(keep_type(st, i)->size, ROOM_ALIGN);
    st->room = os_alloc_zero(st->room_size);
    st->out = os_alloc_array(step->keep_count, sizeof *st->out);
    st->is_fixed = os_alloc_array(step->keep_count, sizeof *st->is_fixed);
    st->parts = os_alloc_array(step->keep_count + most_items(program), sizeof *st->parts);
    if (!st->room || !st->out || !st->is_fixed || !st->parts)
        return flow_error(err, FLOW_ENOMEM, "no memory for what step `%s` keeps", step->name);
    uint8_t *room = st->room;
    for (uint32_t i = 0; i < step->keep_count; i++) {
        st->out[i] = room;
        st->is_fixed[i] = value_is_fixed(keep_type(st, i));
        room += aligned(keep_type(st, i)->size, ROOM_ALIGN);
    }
    return FLOW_OK;
}

void storer_release(Storer *st, FlowTask *t)
{
    for (uint32_t i = 0; i < st->step->keep_count; i++) {
        if (keep_type(st, i)->counted)
            flow_value_release(keep_type(st, i), st->out[i]);
    }
    memset(st->room, 0, st->room_size);
    if (t->fan)
        flow_list_release(t->fan);
    t->fan = NULL;
}

void storer_free(Storer *st)
{
    os_free(st->room);
    os_free(st->out);
    os_free(st->is_fixed);
    os_free(st->parts);
    buffer_free(&st->heap);
    buffer_free(&st->frame);
    blob_batch_free(&st->blobs);
    *st = (Storer){0};
}

/* ---- parts -------------------------------------------------------------- */

static FlowStatus cannot_store(FlowTask *t, const char *name, FlowStatus s, const FlowError *err)
{
    if (s == FLOW_ENOMEM)
        flow_fail(t, "no memory to store `%s`", name);
    else
        flow_fail(t, "cannot store `%s`: %s", name, err->message);
    t->status = s == FLOW_ENOMEM ? FLOW_ENOMEM : FLOW_FAIL;
    return t->status;
}

/* Puts a cell's bytes, which end the heap, into a blob that the cell names instead. */
static FlowStatus cell_to_blob(Storer *st, FramePart *part, FlowError *err)
{
    FlowDigest digest;
    FlowStatus s = blob_batch_put(&st->blobs, st->heap.bytes + part->from, part->len, &digest, err);
    if (s != FLOW_OK)
        return s;
    uint64_t len = part->len;
    if (part->from + part->len == st->heap.len)
        st->heap.len = part->from;
    part->from = st->heap.len;
    s = blob_ref_encode(&digest, len, &st->heap);
    part->len = st->heap.len - part->from;
    part->is_ref = true;
    return s;
}

static FlowStatus column_to_blob(Storer *st, FramePart *part, FlowError *err)
{
    FlowStatus s = blob_batch_put(&st->blobs, st->heap.bytes + part->from, part->len,
                                  &part->column.digest, err);
    if (s != FLOW_OK)
        return s;
    if (part->from + part->len == st->heap.len)
        st->heap.len = part->from;
    part->column.is_blob = 1;
    part->len = 0;
    part->is_ref = true;
    return FLOW_OK;
}

/* Many numbers go from where they lie into a blob: no copy of them is made. */
static FlowStatus numbers_to_blob(Storer *st, uint32_t keep, FramePart *part, FlowError *err)
{
    FlowDigest digest;
    uint64_t len;
    FlowStatus s =
        blob_value_put(&st->blobs, keep_type(st, keep), st->out[keep], &digest, &len, err);
    if (s == FLOW_OK)
        s = blob_ref_encode(&digest, len, &st->heap);
    part->len = st->heap.len - part->from;
    part->is_ref = true;
    return s;
}

static FlowStatus encode_keep(Storer *st, uint32_t keep, FramePart *part, FlowError *err)
{
    *part = (FramePart){.from = st->heap.len};
    if (st->is_fixed[keep]) {
        part->cell.is_fixed = 1;
        part->cell.fixed = value_fixed_get(keep_type(st, keep), st->out[keep]);
        return FLOW_OK;
    }
    if (blob_value_is_npy(keep_type(st, keep), st->out[keep], BLOB_VALUE_BYTES))
        return numbers_to_blob(st, keep, part, err);
    FlowStatus s = value_encode(keep_type(st, keep), st->out[keep], &st->heap, err);
    part->len = st->heap.len - part->from;
    if (s == FLOW_OK && part->len > BLOB_VALUE_BYTES)
        s = cell_to_blob(st, part, err);
    return s;
}

/* ---- the list of a foreach ---------------------------------------------- */

/* Where the items of a column lie in the elements of the list. */
typedef struct FanPart {
    const FlowType *type;
    size_t offset;
} FanPart;

/* What stands for an element in its column: its CBOR, or the reference to its blob. */
static FlowStatus encode_item(Storer *st, const FlowType *type, const void *value, Buffer *bytes,
                              FlowError *err)
{
    FlowDigest digest;
    uint64_t len;
    FlowStatus s;
    if (blob_value_is_npy(type, value, BLOB_ITEM_BYTES)) {
        s = blob_value_put(&st->blobs, type, value, &digest, &len, err);
    } else {
        s = value_encode(type, value, bytes, err);
        if (s != FLOW_OK || bytes->len <= BLOB_ITEM_BYTES)
            return s;
        len = bytes->len;
        s = blob_batch_put(&st->blobs, bytes->bytes, len, &digest, err);
        buffer_clear(bytes);
    }
    return s == FLOW_OK ? blob_ref_encode(&digest, len, bytes) : s;
}

static FlowStatus add_cell(Storer *st, const FanPart *fan, const void *value, FlowError *err)
{
    Cell cell = {.is_present = true};
    if (st->column.is_fixed) {
        cell.fixed = value_fixed_get(fan->type, value);
        return column_builder_add(&st->column, &cell);
    }
    Buffer *bytes = &st->frame; /* free until the frame is put together */
    buffer_clear(bytes);
    FlowStatus s = encode_item(st, fan->type, value, bytes, err);
    cell.bytes = bytes->bytes;
    cell.len = bytes->len;
    return s == FLOW_OK ? column_builder_add(&st->column, &cell) : s;
}

static FlowStatus add_cells(Storer *st, const FlowList *list, const FanPart *fan, FlowError *err)
{
    FlowStatus s = FLOW_OK;
    size_t len = (size_t)flow_list_len(list);
    for (size_t i = 0; i < len && s == FLOW_OK; i++) {
        const uint8_t *element = flow_list_peek(list, i);
        s = add_cell(st, fan, element + fan->offset, err);
    }
    return s;
}

static FlowStatus encode_column(Storer *st, const FlowList *list, const FanPart *fan,
                                FramePart *part, FlowError *err)
{
    *part = (FramePart){.from = aligned(st->heap.len, PAD)};
    FlowStatus s = buffer_append_zeros(&st->heap, part->from - st->heap.len);
    if (s != FLOW_OK)
        return s;
    if (list && list->is_range) {
        s = column_write_range(&st->heap, list->len, list->start, list->step);
    } else {
        column_builder_init(&st->column, value_is_fixed(fan->type));
        s = add_cells(st, list, fan, err);
        if (s == FLOW_OK)
            s = column_builder_finish(&st->column, &st->heap);
        column_builder_free(&st->column);
    }
    part->len = st->heap.len - part->from;
    part->column.len = part->len;
    if (s == FLOW_OK && part->len > BLOB_COLUMN_BYTES)
        s = column_to_blob(st, part, err);
    return s;
}

/* Whether the elements are what the items ask for; the compiler has seen to it. */
static bool fan_fits(const FlowList *list, const FlowDomain *domain, const FlowType *item)
{
    if (!list)
        return true;
    if (domain->item_count > 1)
        return list->item->field_count == domain->item_count;
    return list->item->kind == item->kind && (!list->is_range || value_is_fixed(item));
}

static FlowStatus encode_fan(Storer *st, FlowTask *t, const FlowEdge *edge, FramePart *parts)
{
    const FlowDomain *domain = &st->program->domains[edge->domain];
    for (uint32_t i = 0; i < domain->item_count; i++) {
        const FlowArtifact *item = &st->program->artifacts[domain->items[i]];
        FanPart fan = {item->type, 0};
        if (!fan_fits(t->fan, domain, item->type))
            return flow_fail(t, "the list of the foreach does not hold what `%s` is", item->name);
        if (t->fan && domain->item_count > 1)
            fan = (FanPart){t->fan->item->fields[i].type, t->fan->item->fields[i].offset};
        FlowError err = {0};
        FlowStatus s = encode_column(st, t->fan, &fan, &parts[i], &err);
        if (s == FLOW_EFORMAT && !err.message[0])
            return flow_fail(t, "a foreach over %llu elements is more than a run can hold",
                             (unsigned long long)t->fan->len);
        if (s != FLOW_OK)
            return cannot_store(t, item->name, s, &err);
    }
    return FLOW_OK;
}

/* ---- the frame ---------------------------------------------------------- */

static size_t frame_size(const Storer *st, const FrameDone *done)
{
    size_t size = sizeof *done + done->cell_count * sizeof(FrameCell) +
                  done->column_count * sizeof(FrameColumn);
    for (uint32_t i = 0; i < done->cell_count + done->column_count; i++)
        size += aligned(st->parts[i].len, PAD);
    return size;
}

/* The longest part that is no reference yet, or NULL. */
static FramePart *longest_part(Storer *st, uint32_t count)
{
    FramePart *longest = NULL;
    for (uint32_t i = 0; i < count; i++) {
        FramePart *part = &st->parts[i];
        if (!part->is_ref && part->len > 0 && (!longest || part->len > longest->len))
            longest = part;
    }
    return longest;
}

static FlowStatus shrink(Storer *st, FlowTask *t, const FrameDone *done)
{
    while (frame_size(st, done) > FRAME_MAX) {
        FlowError err = {0};
        FramePart *part = longest_part(st, done->cell_count + done->column_count);
        if (!part)
            return flow_fail(t, "step `%s` keeps more values than one result can name",
                             st->step->name);
        bool is_cell = part < st->parts + done->cell_count;
        FlowStatus s = is_cell ? cell_to_blob(st, part, &err) : column_to_blob(st, part, &err);
        if (s != FLOW_OK)
            return cannot_store(t, st->step->name, s, &err);
    }
    return FLOW_OK;
}

static FlowStatus append_part(Storer *st, const void *header, size_t header_len,
                              const FramePart *part)
{
    FlowStatus s = buffer_append(&st->frame, header, header_len);
    if (s == FLOW_OK && part->len > 0) {
        s = buffer_append(&st->frame, st->heap.bytes + part->from, part->len);
        if (s == FLOW_OK)
            s = buffer_append_zeros(&st->frame, aligned(part->len, PAD) - part->len);
    }
    return s;
}

static FlowStatus assemble(Storer *st, const FrameDone *done)
{
    buffer_clear(&st->frame);
    FlowStatus s = buffer_append(&st->frame, done, sizeof *done);
    FramePart *part = st->parts;
    for (uint32_t i = 0; i < done->cell_count && s == FLOW_OK; i++, part++) {
        part->cell.len = (uint32_t)part->len;
        s = append_part(st, &part->cell, sizeof part->cell, part);
    }
    for (uint32_t i = 0; i < done->column_count && s == FLOW_OK; i++, part++)
        s = append_part(st, &part->column, sizeof part->column, part);
    return s;
}

/* Puts together what the frame says, and makes durable what it names. */
static FlowStatus close_frame(Storer *st, FlowTask *t, const FrameDone *done)
{
    FlowError err = {0};
    FlowStatus s = shrink(st, t, done);
    if (s != FLOW_OK)
        return s;
    s = blob_batch_finish(&st->blobs, &err);
    if (s == FLOW_OK && assemble(st, done) != FLOW_OK)
        s = FLOW_ENOMEM;
    return s == FLOW_OK ? s : cannot_store(t, st->step->name, s, &err);
}

static FlowStatus encode(Storer *st, FlowTask *t, const FlowEdge *edge, FrameDone *done)
{
    done->way = t->way;
    done->cell_count = edge->carried;
    done->column_count = 0;
    done->fan_count = 0;
    buffer_clear(&st->heap);
    for (uint32_t i = 0; i < edge->carried; i++) {
        FlowError err = {0};
        FlowStatus s = encode_keep(st, i, &st->parts[i], &err);
        if (s != FLOW_OK)
            return cannot_store(t, st->program->artifacts[st->step->keeps[i]].name, s, &err);
    }
    FlowStatus s = FLOW_OK;
    if (edge->kind == FLOW_EDGE_FOREACH) {
        done->column_count = st->program->domains[edge->domain].item_count;
        done->fan_count = (uint64_t)flow_list_len(t->fan);
        s = encode_fan(st, t, edge, st->parts + edge->carried);
    }
    return s == FLOW_OK ? close_frame(st, t, done) : s;
}

FlowStatus storer_encode(Storer *st, FlowTask *t, FrameDone *done)
{
    if (t->way >= st->step->edge_count)
        return flow_fail(t, "step `%s` took a way that it does not have", st->step->name);
    FlowStatus s = encode(st, t, &st->step->edges[t->way], done);
    if (s != FLOW_OK)
        blob_batch_drop(&st->blobs);
    return s;
}
