/* SPDX-License-Identifier: Apache-2.0 */
/* program_record.h - what the store keeps of a program: names, meanings, edges.
 *
 * Text, a line a thing, words between blanks, names as written in the flow:
 *   flow NAME ABI
 *   artifact KIND NAME TYPE                in the order of their numbers
 *   default NAME DIGEST                    of the CBOR of a parameter's default
 *   domain ENTRY JOIN ITEM…                items by artifact number
 *   step NAME DOMAIN RANK FLAGS MEANING EDGES FILE:LINE
 *   keeps CARRIED ARTIFACT…                of the step above
 * EDGES is one word, "next:fit;foreach:work;back:train"; CARRIED too: how many of the artifacts
 * each edge carries, "2,1", or "-".  TYPE is what type_write_text makes of it.  By all this a
 * later program finds the values of an earlier one, and sees what leads elsewhere now. */
#ifndef SCHED_PROGRAM_RECORD_H
#define SCHED_PROGRAM_RECORD_H

#include <flow/program.h>

#include "store/db.h"

FlowStatus program_record_write(const FlowProgram *program, Buffer *out);

typedef struct RecordArtifact {
    FlowArtifactKind kind;
    const char *name, *type; /* "" in a store where types were not recorded */
    const char *fallback;    /* 64 hex digits, or NULL */
} RecordArtifact;

typedef struct RecordDomain {
    const char *entry, *join;
    uint16_t *items;
    size_t item_count;
} RecordDomain;

typedef struct RecordStep {
    const char *name, *edges;
    uint16_t domain, rank;
    uint32_t flags;
    const char *carried; /* NULL in a store where it was not recorded */
    uint16_t *keeps;
    size_t keep_count;
} RecordStep;

typedef struct ProgramRecord {
    char *text; /* that names point into */
    RecordArtifact *artifacts;
    RecordDomain *domains;
    RecordStep *steps;
    size_t artifact_count, domain_count, step_count;
} ProgramRecord;

FlowStatus program_record_read(Bytes text, ProgramRecord *out, FlowError *err);
FlowStatus program_record_load(Db *db, const FlowDigest *digest, ProgramRecord *out,
                               FlowError *err);
void program_record_free(ProgramRecord *r);
/* Each may be NULL. */
const RecordStep *program_record_step(const ProgramRecord *r, const char *name);
const RecordArtifact *program_record_param(const ProgramRecord *r, const char *name);

/* Where the step's ways lead, in words of the record. */
FlowStatus program_edges_write(const FlowProgram *program, const FlowStep *step, Buffer *out);

#endif
