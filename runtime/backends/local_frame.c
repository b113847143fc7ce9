/* SPDX-License-Identifier: Apache-2.0 */
/* local_frame.c - takes frames apart.  They come from a process that runs the user's code: each
 * length, count and kind is checked against the frame and against the program. */
#include <string.h>

#include "backends/local_slot.h"
#include "os/memory.h"
#include "value/codec.h"

FlowStatus frame_room_init(FrameRoom *room, const FlowProgram *program)
{
    size_t cells = 0, columns = 0;
    for (uint32_t i = 0; i < program->step_count; i++) {
        if (program->steps[i].keep_count > cells)
            cells = program->steps[i].keep_count;
    }
    for (uint32_t i = 0; i < program->domain_count; i++) {
        if (program->domains[i].item_count > columns)
            columns = program->domains[i].item_count;
    }
    room->cells = os_alloc_array(cells, sizeof *room->cells);
    room->columns = os_alloc_array(columns, sizeof *room->columns);
    room->bodies = os_alloc_array(columns, sizeof *room->bodies);
    return room->cells && room->columns && room->bodies ? FLOW_OK : FLOW_ENOMEM;
}

void frame_room_free(FrameRoom *room)
{
    os_free(room->cells);
    os_free(room->columns);
    os_free(room->bodies);
    *room = (FrameRoom){0};
}

/* What is left of a payload. */
typedef struct Rest {
    const uint8_t *at;
    size_t len;
} Rest;

/* The next `len` bytes and the padding after them; NULL when there are fewer. */
static const uint8_t *take(Rest *rest, size_t len)
{
    if (len > rest->len)
        return NULL;
    size_t padded = (len + 7) & ~(size_t)7;
    const uint8_t *bytes = rest->at;
    size_t used = padded < rest->len ? padded : rest->len;
    rest->at += used;
    rest->len -= used;
    return bytes;
}

static bool open_cell(Rest *rest, const FlowType *type, Cell *out)
{
    FrameCell cell;
    const uint8_t *header = take(rest, sizeof cell);
    if (!header)
        return false;
    memcpy(&cell, header, sizeof cell);
    const uint8_t *bytes = take(rest, cell.len);
    *out = (Cell){.is_present = true, .fixed = cell.fixed, .bytes = bytes, .len = cell.len};
    return bytes && (cell.is_fixed != 0) == value_is_fixed(type) &&
           (cell.is_fixed == 0) == (cell.len > 0);
}

static bool open_column(Rest *rest, const FlowType *type, uint64_t rows, FrameColumn *out,
                        const uint8_t **body)
{
    const uint8_t *header = take(rest, sizeof *out);
    if (!header)
        return false;
    memcpy(out, header, sizeof *out);
    *body = NULL;
    if (out->is_blob)
        return true;
    *body = take(rest, out->len);
    Column column;
    return *body && column_open(*body, out->len, &column, NULL) == FLOW_OK && column.n == rows &&
           column.is_fixed == value_is_fixed(type);
}

bool frame_open_done(const Frame *frame, const FlowProgram *program, uint32_t step_index,
                     FrameRoom *room, RowDone *out)
{
    const FlowStep *step = &program->steps[step_index];
    Rest rest = {frame->payload, frame->len};
    const FrameDone *done = (const FrameDone *)(const void *)take(&rest, sizeof *done);
    if (!done || done->way >= step->edge_count)
        return false;
    const FlowEdge *edge = &step->edges[done->way];
    const FlowDomain *domain =
        edge->kind == FLOW_EDGE_FOREACH ? &program->domains[edge->domain] : NULL;
    if (done->cell_count != edge->carried ||
        done->column_count != (domain ? domain->item_count : 0))
        return false;
    for (uint32_t i = 0; i < done->cell_count; i++) {
        if (!open_cell(&rest, program->artifacts[step->keeps[i]].type, &room->cells[i]))
            return false;
    }
    for (uint32_t i = 0; i < done->column_count; i++) {
        const FlowType *type = program->artifacts[domain->items[i]].type;
        if (!open_column(&rest, type, done->fan_count, &room->columns[i], &room->bodies[i]))
            return false;
    }
    *out = (RowDone){done, room->cells, room->columns, room->bodies};
    return rest.len == 0;
}

bool frame_open_fail(const Frame *frame, RowFail *out)
{
    FrameFail fail;
    if (frame->len < sizeof fail)
        return false;
    memcpy(&fail, frame->payload, sizeof fail);
    size_t words = frame->len - sizeof fail;
    if (fail.message_len > words || fail.trace_len > words - fail.message_len)
        return false;
    if (fail.why != WHY_FAILED && fail.why != WHY_MEMORY)
        return false;
    const uint8_t *text = frame->payload + sizeof fail;
    *out = (RowFail){
        .ord = fail.ord,
        .why = (Why)fail.why,
        .message = {text, fail.message_len},
        .trace = {text + fail.message_len, fail.trace_len},
        .began = fail.began,
        .duration = fail.duration,
        .log = fail.log,
        .line = fail.line,
    };
    return true;
}
