/* SPDX-License-Identifier: Apache-2.0 */
/* matrix.h - matrices as the rest of the runtime tells them from other structs.
 *
 * What walks over values (release, equality, hash, CBOR) sees a struct of three
 * fields; what shows or exchanges them (text, JSON, .npy) asks here. */
#ifndef VALUE_MATRIX_H
#define VALUE_MATRIX_H

#include <flow/value.h>

static inline bool type_is_matrix(const FlowType *type)
{
    return type == &flow_type_matrix;
}

/* Whether there are as many numbers as rows and columns ask for; what was read may lie. */
static inline bool matrix_is_sound(const FlowMatrix *m)
{
    int64_t count;
    return m->rows >= 0 && m->cols >= 0 && !__builtin_mul_overflow(m->rows, m->cols, &count) &&
           count == flow_list_len(m->items);
}

#endif
