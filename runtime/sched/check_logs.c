/* SPDX-License-Identifier: Apache-2.0 */
/* check_logs.c - log files against what the database says that tasks printed into them. */
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>

#include "os/memory.h"
#include "sched/check_private.h"
#include "sched/wire.h"

enum { SLOT_MOST = 65536 /* a greater one is damage, and no reason to ask for memory */ };

static FlowStatus make_room(LogEnds *logs, uint32_t slot)
{
    if (slot < logs->count)
        return FLOW_OK;
    uint64_t(*ends)[2] = os_realloc_array(logs->ends, slot + 1u, sizeof *ends);
    if (!ends)
        return FLOW_ENOMEM;
    for (size_t i = logs->count; i <= slot; i++)
        ends[i][0] = ends[i][1] = 0;
    logs->ends = ends;
    logs->count = slot + 1u;
    return FLOW_OK;
}

FlowStatus log_ends_add(LogEnds *logs, Bytes spans)
{
    FlowStatus s = FLOW_OK;
    for (size_t at = 0; s == FLOW_OK && at + sizeof(LogSpan) <= spans.len; at += sizeof(LogSpan)) {
        LogSpan span;
        memcpy(&span, spans.bytes + at, sizeof span);
        bool is_empty = span.out_from >= span.out_to && span.err_from >= span.err_to;
        if (is_empty || span.slot >= SLOT_MOST)
            continue;
        s = make_room(logs, span.slot);
        if (s != FLOW_OK)
            return s;
        uint64_t *ends = logs->ends[span.slot];
        if (span.out_from < span.out_to && span.out_to > ends[0])
            ends[0] = span.out_to;
        if (span.err_from < span.err_to && span.err_to > ends[1])
            ends[1] = span.err_to;
    }
    return s;
}

static void check_file(Checker *c, int64_t run, size_t slot, bool is_stderr, uint64_t wanted)
{
    char path[PATH_MAX];
    struct stat st;
    if (wanted == 0)
        return;
    snprintf(path, sizeof path, "%s/logs/%" PRId64 "/%zu.%s", db_dir(c->db), run, slot,
             is_stderr ? "err" : "out");
    if (stat(path, &st) != 0)
        check_report(c, run, NULL, "the log file %s is missing", path);
    else if ((uint64_t)st.st_size < wanted)
        check_report(c, run, NULL,
                     "the log file %s was cut: of %" PRIu64 " bytes that its tasks printed it has "
                     "%" PRId64,
                     path, wanted, (int64_t)st.st_size);
}

void check_logs(Checker *c, int64_t run, const LogEnds *logs)
{
    for (size_t slot = 0; slot < logs->count; slot++)
        for (int is_stderr = 0; is_stderr < 2; is_stderr++)
            check_file(c, run, slot, is_stderr, logs->ends[slot][is_stderr]);
}
