/* SPDX-License-Identifier: Apache-2.0 */
/* npy.h - many numbers as a .npy file of NumPy, format 1.0.
 *
 * A list of ints, sizes, durations or times is an array '<i8' of one dimension,
 * of floats '<f8', of bools '|b1'; a matrix is '<f8' in two, row by row.  The
 * header always takes NPY_HEADER_BYTES, so that the numbers begin at a multiple
 * of 64: a file that is mapped is the list as it lies in memory.  There is one
 * header for a shape: equal values have equal bytes. */
#ifndef VALUE_NPY_H
#define VALUE_NPY_H

#include <flow/value.h>

#include "os/file.h"

enum { NPY_HEADER_BYTES = 128 };

/* A value as a file: the header, then the numbers where they lie (borrowed). */
typedef struct NpyFile {
    uint8_t header[NPY_HEADER_BYTES];
    const void *items;
    size_t items_len;
} NpyFile;

/* False where the value has no such form: its type has none, or it is a range. */
bool npy_describe(const FlowType *type, const void *value, NpyFile *out);

/* Whether the bytes begin as such a file does; the CBOR of no value of such a type does. */
bool npy_is(const void *bytes, size_t len);
/* The type of what such bytes hold, as far as they tell: [int], [float], [bool] or matrix; NULL
 * where they are damaged. */
const FlowType *npy_type(const void *bytes, size_t len);

/* Fills *out (zeroed) with the numbers where they are mapped; only bools are looked at.  On success
 * the list owns the mapping, and *map is empty.  FLOW_EFORMAT with what is wrong where the bytes
 * are no value of that type. */
FlowStatus npy_adopt(const FlowType *type, OsMap *map, const char *path, void *out,
                     FlowError *err);

#endif
