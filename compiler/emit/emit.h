/* SPDX-License-Identifier: Apache-2.0 */
/* emit.h - from the IR to one C file. */
#ifndef EMIT_EMIT_H
#define EMIT_EMIT_H

#include "emit/cwriter.h"
#include "emit/ir.h"

/* emit_program.c: requires lower_program and hash_program.  The text of the C file whose name is
 * `file` (for its #line directives). */
Str emit_program(IrProgram *p, Str file);
/* The same of lower_tests: a program that runs the tests. */
Str emit_tests(IrProgram *p, Str file);

/* The user's C file, and what it is compiled with: the prototypes that its functions must have. */
typedef struct ForeignFile {
    uint32_t source;
    Str header;
} ForeignFile;
typedef VEC(ForeignFile) ForeignFiles;

/* emit_extern.c: the C files that a lowered program needs, each once. */
ForeignFiles emit_foreign_files(IrProgram *p);

/* ---- between the files of the emitter ---------------------------------------------- */

typedef struct Emitter {
    IrProgram *program;
    Arena *arena;
    CWriter structs, descriptors, literals, prototypes, functions, tables;
    CWriter descriptor_names; /* declared before they are defined, since types may be circular */
    Map struct_names;         /* Type * -> char * */
    Map descriptors_by_type;  /* Type * -> char *, an expression that is an address */
    Map fn_types;             /* Type * -> char * */
    Map apply_names;          /* the same of what the runtime calls them by */
    Map literals_by_text;     /* Str -> char * */
    uint32_t type_count;
    bool uses_math;
    bool has_threads; /* something calls parallel_map */
    bool *is_reached; /* by function id */
    VEC(uint32_t) files; /* other than the flow's own, as FLOW_IN_FILE numbers them */
    uint32_t in_file;    /* of the functions that were written last */
} Emitter;

/* emit_type.c */
const char *emit_type(Emitter *e, const Type *t); /* "int64_t", "FlowString *", "fl_Found" */
Str emit_declaration(Emitter *e, const Type *t, Str name);       /* "FlowString *v_x" */
Str emit_const_pointer(Emitter *e, const Type *t, Str name);     /* "const int64_t *p_1" */
Str emit_pointer_cast(Emitter *e, const Type *t, bool is_const); /* "const int64_t *" */
const char *emit_descriptor(Emitter *e, const Type *t);          /* "&type_3" */
const char *emit_fn_type(Emitter *e, const Type *t); /* a typedef for a closure's call */
const char *emit_apply(Emitter *e, const Type *t);   /* a FlowApply that calls such a closure */
Str emit_field_name(Emitter *e, const Type *owner, uint32_t index); /* "f_size" */
const char *emit_literal(Emitter *e, Str text);                     /* a FlowString * */

/* emit_c.c */
void emit_functions(Emitter *e);

/* emit_extern.c: the function that stands between our code and one of the user's C. */
void emit_extern(Emitter *e, const IrFunction *fn);
/* Writes the table of their names, and gives how many there are. */
uint32_t emit_extern_names(Emitter *e);

/* emit_view.c: a place that holds a list which loops index. */
typedef struct View {
    IrPlace place;
    uint32_t id;
    bool is_written, needs_len;
    uint32_t from, to; /* instructions of the outermost loops that index it */
} View;

/* emit_inst.c: the instructions of one function. */
typedef struct FunctionWriter {
    Emitter *e;
    CWriter *w;
    const IrFunction *fn;
    Str *names;             /* of locals */
    uint32_t *reads, *uses; /* of locals */
    bool *is_target;        /* by label; [0]: the exit */
    bool *is_loop;          /* by label: a jump leads back to it */
    Str file;
    uint32_t line, noted, shown; /* in `line`; on the status page; by #line */
    bool has_line;
    VEC(View) views;
    uint32_t *view_of;             /* by instruction: 1 + the view of the list that it indexes */
    uint32_t *loop_from, *loop_to; /* by instruction: the outermost loop around it */
    const bool *is_certain;        /* by instruction: needs no check in the copy of its loop */
    size_t plain_from, plain_end;  /* the loop that is to be copied, 0: none */
    bool is_plain;                 /* the copy is being written */
    uint32_t *label_at;            /* by label: 1 + the instruction */
    size_t fast_from, fast_end;    /* the loops of which there is a fast copy, 0: none */
    bool is_fast;                  /* it is being written */
    bool *fast_changes;            /* by local: they change it */
    bool fast_has_head;            /* it begins with a test */
    bool *fast_near;               /* by instruction: reads a factor of an index from a list */
    bool has_fast;                 /* there was one */
    VEC(uint32_t) sure;            /* labels of loops in it whose tests are done before it */
} FunctionWriter;

bool inst_can_fail(const IrInst *i);
/* Does the result of a call come through a C local of its own?  One whose address is handed out
 * has to live in memory from then on; so what loops compute with may stay in a register. */
bool inst_comes_through(const FunctionWriter *f, const IrInst *i);
void emit_inst(FunctionWriter *f, const IrInst *i);
Str place_text(FunctionWriter *f, const IrPlace *place);
Str operand_text(FunctionWriter *f, const IrOperand *o);
void emit_drop(FunctionWriter *f, const Type *t, Str place, bool zeroes);

/* emit_view.c */
void views_find(FunctionWriter *f);
void views_declare(FunctionWriter *f);
/* The jump out of loops before which there is something to fill, if the first thing that they do is
 * to decide whether there is a turn at all; else NULL. */
const IrInst *views_way_around(const FunctionWriter *f, const IrInst *i);
/* Around an instruction: fill what is to be read from here on. */
void views_before(FunctionWriter *f, const IrInst *i);
void views_after(FunctionWriter *f, const IrInst *i);
void view_fill(FunctionWriter *f, const View *v);
/* Of the list that an instruction indexes, or NULL. */
const View *view_at(const FunctionWriter *f, const IrInst *i);
/* Of the list itself, at instruction `k`, or NULL. */
const View *view_of_list(const FunctionWriter *f, const IrPlace *list, size_t k);
/* Of the matrix whose rows or columns these are, at instruction `k`, or NULL. */
const View *view_beside(const FunctionWriter *f, const IrPlace *size, size_t k);
/* Of the matrix in which an instruction, RT_MATRIX_CELL, looks for an element, or NULL. */
const View *view_of_cell(const FunctionWriter *f, const IrInst *i);
/* What says how long a list is; of one that may be a range less is known. */
const char *list_len_name(const Type *list);
/* No instruction of [from, to) changes it. */
bool view_is_steady(const FunctionWriter *f, const View *v, size_t from, size_t to);

/* Reads or writes through a view, after a compare. */
bool view_is_checked(const FunctionWriter *f, const IrInst *i);

/* emit_count.c: around an instruction. */
void count_before(FunctionWriter *f, const IrInst *i);
void count_after(FunctionWriter *f, const IrInst *i);
/* The loop that begins at label `head` counts, and a copy of it could do without some check. */
bool count_saves(FunctionWriter *f, size_t head);
/* What each turn of the outermost loop does first: the tests for those within that say the same in
 * all of them. */
void count_ahead(FunctionWriter *f);
void count_declare(FunctionWriter *f);
/* Locals that the instructions [from, to) change, or let others change. */
void count_find_changed(const FunctionWriter *f, size_t from, size_t to, bool *is_changed);
/* The operand is a local that holds an int, all of it. */
bool count_is_local(const FunctionWriter *f, const IrOperand *o);

/* emit_fast.c: around an instruction. */
void fast_before(FunctionWriter *f, const IrInst *i);
void fast_after(FunctionWriter *f, const IrInst *i);
/* The instruction is being written where a check that fails in the fast copy goes on. */
bool fast_is_left(const FunctionWriter *f);
/* Where the instruction fails in the fast copy, it is left for the slow one. */
bool fast_leaves(const FunctionWriter *f, const IrInst *i);
/* The builtin of C that does it and says whether it overflows, or NULL. */
const char *overflow_check(IrRuntime fn);
const char *arithmetic_operator(IrRuntime fn); /* "+", of those */
/* Instead of a call of the runtime, one for which fast_leaves holds. */
void fast_arithmetic(FunctionWriter *f, const IrInst *i);
/* The loops of which there is a fast copy write through the view. */
bool fast_writes(const FunctionWriter *f, const View *v);
/* Behind an int that was read from a list: the same test for it, if it is a factor of an index. */
void fast_after_item(FunctionWriter *f, const IrInst *i);
/* How many loops of the fast copy the loop lies in that begins at this label, with itself. */
unsigned fast_depth(const FunctionWriter *f, const IrInst *label);

#endif
