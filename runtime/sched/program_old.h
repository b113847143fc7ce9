/* SPDX-License-Identifier: Apache-2.0 */
/* program_old.h - the program that made a run, as its record has it, when it is another by now.
 *
 * It has no code and can run nothing; names, steps, edges, artifacts and parameters are what they
 * were.  A type that the program of today has alike, or a plain one, is known; the values of
 * another can be told by what their bytes say only (cbor_to_json): its kind is FLOW_CLOSURE,
 * which nothing stored has. */
#ifndef SCHED_PROGRAM_OLD_H
#define SCHED_PROGRAM_OLD_H

#include <flow/program.h>

#include "store/db.h"

typedef struct OldProgram OldProgram;

/* *out is NULL where the record says too little; `today` must live as long as it. */
FlowStatus program_old_load(Db *db, const FlowDigest *digest, const FlowProgram *today,
                            OldProgram **out, FlowError *err);
const FlowProgram *program_old_table(const OldProgram *old);
void program_old_free(OldProgram *old); /* NULL is allowed */

#endif
