/* SPDX-License-Identifier: Apache-2.0 */
/* ast_dump.h - the tree as text, for `--dump=ast` and tests.
 *
 * One node a line, indented by its depth, without places: two files have the same dump exactly
 * if they differ in nothing but layout and comments that are no documentation. */
#ifndef FLOW_SYNTAX_AST_DUMP_H
#define FLOW_SYNTAX_AST_DUMP_H

#include <stdio.h>

#include "syntax/ast.h"

#ifdef __cplusplus
extern "C" {
#endif

void ast_dump(const AstFile *file, FILE *out);

#ifdef __cplusplus
}
#endif
#endif
