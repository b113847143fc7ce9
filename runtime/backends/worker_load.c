/* SPDX-License-Identifier: Apache-2.0 */
/* worker_load.c - the values that a row reads, out of the input block.
 *
 * Rows come one after another, so each field has a cursor that only goes on.  A value of a fixed
 * type is written over the last row's; another is decoded into zeroed room and released after the
 * row; what is the same for all rows is decoded with the first and stays. */
#include "backends/worker.h"

#include <string.h>

#include "os/memory.h"
#include "store/blob_value.h"
#include "value/codec.h"

enum { ROOM_ALIGN = 16 };

static size_t aligned(size_t size)
{
    return (size + ROOM_ALIGN - 1) & ~(size_t)(ROOM_ALIGN - 1);
}

/* ---- setting up --------------------------------------------------------- */

/* What a field of slot `slot` is called, of which type it is and where in the value it lies. */
static FieldLoader describe_field(const FlowProgram *program, const FlowSlot *slot, uint32_t index)
{
    const FlowArtifact *artifact = &program->artifacts[slot->fields[index].artifact];
    FieldLoader f = {.type = slot->type, .name = artifact->name};
    if (slot->kind != FLOW_SLOT_VALUE) {
        const FlowType *record = slot->kind == FLOW_SLOT_INPUTS ? slot->type->item : slot->type;
        f.type = record->fields[index].type;
        f.offset = record->fields[index].offset;
    }
    f.is_fixed = value_is_fixed(f.type);
    return f;
}

/* INPUTS: rows' offsets that go up, and an element in each field for all of them. */
static bool inputs_fit(const Block *b, const BlockSlot *slot)
{
    uint64_t n = b->header->n;
    if (slot->offset > b->header->offset_count || b->header->offset_count - slot->offset < n + 1)
        return false;
    const uint64_t *offsets = b->offsets + slot->offset;
    for (uint64_t i = 0; i < n; i++) {
        if (offsets[i + 1] < offsets[i])
            return false;
    }
    for (uint32_t i = 0; i < slot->field_count; i++) {
        if (b->fields[slot->field + i].count != offsets[n] || offsets[0] != 0)
            return false;
    }
    return true;
}

static bool slot_fits(const Block *b, const BlockSlot *block_slot, const FlowSlot *slot)
{
    if (block_slot->field_count != slot->field_count)
        return false;
    if (slot->kind == FLOW_SLOT_INPUTS)
        return inputs_fit(b, block_slot);
    for (uint32_t i = 0; i < slot->field_count; i++) {
        if (b->fields[block_slot->field + i].count != b->header->n)
            return false;
    }
    return true;
}

static FlowStatus init_slot(SlotLoader *out, const FlowProgram *program, const FlowSlot *slot,
                            const Block *b, const BlockSlot *block_slot, FlowError *err)
{
    if (!slot_fits(b, block_slot, slot))
        return flow_error(err, FLOW_EFORMAT, "the input of a task is damaged: a value is missing");
    out->kind = slot->kind;
    out->type = slot->type;
    out->field_count = slot->field_count;
    out->is_constant = slot->kind != FLOW_SLOT_INPUTS;
    if (slot->kind == FLOW_SLOT_INPUTS)
        out->offsets = b->offsets + block_slot->offset;
    for (uint32_t i = 0; i < slot->field_count; i++) {
        FieldLoader *f = &out->fields[i];
        *f = describe_field(program, slot, i);
        if (!block_field_fits(b, block_slot->field + i, f->is_fixed))
            return flow_error(err, FLOW_EFORMAT,
                              "the input of a task is damaged: `%s` is of another type", f->name);
        f->cursor = block_cursor(b, block_slot->field + i);
        out->is_constant &= block_field_is_constant(b, block_slot->field + i);
    }
    return FLOW_OK;
}

/* The rooms of all values, one after another. */
static bool make_rooms(Loader *l, const FlowStep *step)
{
    size_t size = 0, fields = 0;
    for (uint32_t i = 0; i < step->slot_count; i++) {
        size += aligned(step->slots[i].type->size);
        fields += step->slots[i].field_count;
    }
    l->slots = os_alloc_zero(step->slot_count * sizeof *l->slots);
    l->fields = os_alloc_zero(fields * sizeof *l->fields);
    l->in = os_alloc_array(step->slot_count, sizeof *l->in);
    l->room = os_alloc_zero(size);
    if (!l->slots || !l->fields || !l->in || !l->room)
        return false;
    uint8_t *room = l->room;
    FieldLoader *field = l->fields;
    for (uint32_t i = 0; i < step->slot_count; i++) {
        l->slots[i].room = room;
        l->slots[i].fields = field;
        l->in[i] = room;
        room += aligned(step->slots[i].type->size);
        field += step->slots[i].field_count;
    }
    return true;
}

static FlowCurrent who(const Block *block, const uint64_t *path, size_t path_len)
{
    const BlockHeader *h = block->header;
    FlowCurrent c = {.run = h->run, .origin = h->origin, .user = "", .tags = "", .path = path,
                     .path_len = path_len};
    if (h->about_len > 0) {
        c.user = (const char *)block->bytes + h->about;
        c.tags = c.user + strlen(c.user) + 1;
    }
    return c;
}

static bool make_levels(Loader *l, const Block *block)
{
    l->level_count = block->header->level_count;
    l->levels = os_alloc_array(l->level_count, sizeof *l->levels);
    l->path = os_alloc_zero(l->level_count * sizeof *l->path);
    if (!l->levels || !l->path)
        return false;
    for (uint32_t i = 0; i < l->level_count; i++)
        l->levels[i] = block_cursor(block, i);
    l->current = who(block, l->path, l->level_count);
    return true;
}

FlowStatus loader_init(Loader *l, const FlowStep *step, const FlowProgram *program,
                       const Block *block, const char *blobs_dir, FlowError *err)
{
    *l = (Loader){.blobs_dir = blobs_dir, .slot_count = step->slot_count};
    if (!make_rooms(l, step) || !make_levels(l, block))
        return flow_error(err, FLOW_ENOMEM, "no memory for the input of a task");
    FlowStatus s = FLOW_OK;
    for (uint32_t i = 0; i < l->slot_count && s == FLOW_OK; i++)
        s = init_slot(&l->slots[i], program, &step->slots[i], block, &block->slots[i], err);
    return s;
}

void loader_free(Loader *l)
{
    for (uint32_t i = 0; l->slots && i < l->slot_count; i++) {
        if (l->slots[i].is_loaded)
            flow_value_release(l->slots[i].type, l->slots[i].room);
    }
    os_free(l->slots);
    os_free(l->fields);
    os_free(l->levels);
    os_free(l->path);
    os_free(l->in);
    os_free(l->room);
    *l = (Loader){0};
}

/* ---- a row -------------------------------------------------------------- */

static FlowStatus cannot_read(FlowTask *t, const FieldLoader *f, FlowStatus s, const FlowError *err)
{
    flow_fail(t, "cannot read `%s`: %s", f->name, err->message);
    t->status = s == FLOW_ENOMEM ? FLOW_ENOMEM : FLOW_FAIL;
    return t->status;
}

/* Fills zeroed room from a cell of CBOR. */
static FlowStatus load_cell(Loader *l, FieldLoader *f, const Cell *cell, void *out, FlowTask *t)
{
    FlowError err;
    FlowDigest digest;
    uint64_t len;
    FlowStatus s;
    if (blob_ref_decode(cell->bytes, cell->len, &digest, &len))
        s = blob_value_read(l->blobs_dir, f->type, &digest, len, out, &err);
    else
        s = value_decode(f->type, cell->bytes, cell->len, out, &err);
    return FLOW_UNLIKELY(s != FLOW_OK) ? cannot_read(t, f, s, &err) : FLOW_OK;
}

static inline FlowStatus load_field(Loader *l, FieldLoader *f, void *out, FlowTask *t)
{
    Cell cell = block_next(&f->cursor);
    if (f->is_fixed) {
        value_fixed_put(f->type, cell.is_present ? cell.fixed : 0, out);
        return FLOW_OK;
    }
    return cell.is_present ? load_cell(l, f, &cell, out, t) : FLOW_OK;
}

/* After a failure the cursors go on all the same: the next row reads its own cells. */
static void skip_fields(SlotLoader *slot, uint32_t from, uint64_t cells)
{
    for (uint32_t i = from; cells > 0 && i < slot->field_count; i++)
        block_skip(&slot->fields[i].cursor, cells);
}

static FlowStatus load_record(Loader *l, SlotLoader *slot, FlowTask *t)
{
    for (uint32_t i = 0; i < slot->field_count; i++) {
        FlowStatus s =
            load_field(l, &slot->fields[i], (uint8_t *)slot->room + slot->fields[i].offset, t);
        if (s != FLOW_OK) {
            skip_fields(slot, i + 1, 1);
            return s;
        }
    }
    return FLOW_OK;
}

/* The common join: a long list of numbers. */
static void load_numbers(FieldLoader *f, uint8_t *at, size_t len, size_t size)
{
    for (size_t i = 0; i < len; i++, at += size) {
        Cell cell = block_next(&f->cursor);
        int64_t bits = cell.is_present ? cell.fixed : 0;
        if (f->type->size == sizeof bits)
            memcpy(at, &bits, sizeof bits);
        else
            value_fixed_put(f->type, bits, at);
    }
}

static FlowStatus load_elements(Loader *l, FieldLoader *f, FlowList *list, FlowTask *t)
{
    uint8_t *at = (uint8_t *)list->items + f->offset;
    size_t size = list->item->size;
    if (f->is_fixed) {
        load_numbers(f, at, list->len, size);
        return FLOW_OK;
    }
    for (size_t i = 0; i < list->len; i++, at += size) {
        FlowStatus s = load_field(l, f, at, t);
        if (s != FLOW_OK) {
            block_skip(&f->cursor, list->len - i - 1);
            return s;
        }
    }
    return FLOW_OK;
}

static FlowStatus load_list(Loader *l, SlotLoader *slot, FlowTask *t)
{
    size_t len = slot->offsets[1] - slot->offsets[0];
    slot->offsets++;
    FlowList *list = NULL;
    FlowStatus s = flow_list_new(t, slot->type->item, len, len, &list);
    if (s != FLOW_OK) {
        skip_fields(slot, 0, len);
        return s;
    }
    *(FlowList **)slot->room = list;
    for (uint32_t i = 0; len > 0 && i < slot->field_count; i++) {
        s = load_elements(l, &slot->fields[i], list, t);
        if (s != FLOW_OK) {
            skip_fields(slot, i + 1, len);
            return s;
        }
    }
    return FLOW_OK;
}

static FlowStatus load_slot(Loader *l, SlotLoader *slot, FlowTask *t)
{
    slot->is_loaded = true;
    if (slot->kind == FLOW_SLOT_VALUE && slot->fields[0].is_fixed)
        return load_field(l, &slot->fields[0], slot->room, t);
    memset(slot->room, 0, slot->type->size);
    if (slot->kind == FLOW_SLOT_VALUE)
        return load_field(l, &slot->fields[0], slot->room, t);
    return slot->kind == FLOW_SLOT_INPUT ? load_record(l, slot, t) : load_list(l, slot, t);
}

static void skip_slot(SlotLoader *slot)
{
    uint64_t cells = 1;
    if (slot->kind == FLOW_SLOT_INPUTS) {
        cells = slot->offsets[1] - slot->offsets[0];
        slot->offsets++;
    }
    skip_fields(slot, 0, cells);
}

static void drop_slot(SlotLoader *slot)
{
    if (slot->type->counted)
        flow_value_release(slot->type, slot->room);
    slot->is_loaded = false;
}

FlowStatus loader_next(Loader *l, FlowTask *t)
{
    for (uint32_t i = 0; i < l->level_count; i++)
        l->path[i] = (uint64_t)block_next(&l->levels[i]).fixed;
    t->current = &l->current;
    FlowStatus s = FLOW_OK;
    for (uint32_t i = 0; i < l->slot_count; i++) {
        SlotLoader *slot = &l->slots[i];
        if (slot->is_constant && slot->is_loaded)
            continue;
        if (s != FLOW_OK) {
            skip_slot(slot);
            continue;
        }
        s = load_slot(l, slot, t);
        if (s != FLOW_OK)
            drop_slot(slot);
    }
    return s;
}

void loader_release(Loader *l)
{
    for (uint32_t i = 0; i < l->slot_count; i++) {
        if (!l->slots[i].is_constant && l->slots[i].is_loaded)
            drop_slot(&l->slots[i]);
    }
}
