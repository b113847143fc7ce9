/* SPDX-License-Identifier: Apache-2.0 */
/* parse.h - from a source to its tree. */
#ifndef FLOW_SYNTAX_PARSE_H
#define FLOW_SYNTAX_PARSE_H

#include "base/arena.h"
#include "source/diag.h"
#include "source/source.h"
#include "syntax/ast.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Never NULL.  What could not be read was reported and is an error node of the tree, or missing
 * from it; the rest is whole, so later passes can go on with it. */
AstFile *parse_file(Arena *a, const SourceSet *sources, uint32_t source, DiagList *diags);

/* The same declaration in a tree of its own, without messages; NULL where it cannot be read. */
Decl *parse_again(Arena *a, const SourceSet *sources, const Decl *decl);

#ifdef __cplusplus
}
#endif
#endif
