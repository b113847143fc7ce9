/* SPDX-License-Identifier: Apache-2.0 */
/* cell.h - single stored values, as JSON. */
#ifndef CLI_CELL_H
#define CLI_CELL_H

#include "store/db.h"

/* Appends the value of one cell; `null` where it is absent.  A blob is read from `blobs`. */
FlowStatus cell_write_json(const char *blobs, const FlowType *type, const Cell *cell, Buffer *out,
                           FlowError *err);

/* As JSON, but a string as it is, without quotes. */
FlowStatus cell_write_text(const char *blobs, const FlowType *type, const Cell *cell, Buffer *out,
                           FlowError *err);

/* Writes numbers, a list or a matrix, into a .npy file; FLOW_EUSAGE for any other value. */
FlowStatus cell_save_npy(const char *blobs, const FlowType *type, const Cell *cell,
                         const char *path, FlowError *err);

/* Appends the CBOR value as an option of `run` takes it: a duration with its unit, a string as it
 * is, all that is put together as JSON. */
FlowStatus cbor_write_option(const FlowType *type, Bytes cbor, Buffer *out, FlowError *err);
/* Appends a word for a shell, between quotes where it needs them. */
FlowStatus shell_write(Buffer *out, const void *word, size_t len);

/* Appends the CBOR value. */
FlowStatus cbor_write_json(const FlowType *type, Bytes cbor, Buffer *out, FlowError *err);

#endif
