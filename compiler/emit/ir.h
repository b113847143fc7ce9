/* SPDX-License-Identifier: Apache-2.0 */
/* ir.h - a program as explicit steps: what lowering makes, what is hashed and written as C.
 *
 * One IrFunction for each step body, function, closure, policy, environment, default of a
 * parameter and constant.  Instructions are flat: one operation each, loops as labels and jumps,
 * ownership spelled out.  All locals are typed and start as zero; a counted local owns what it
 * holds.  Every failing instruction jumps to its handler (a label, or 0: the function's one exit,
 * which releases all counted locals).  Nothing here depends on the order in which C evaluates.
 *
 * Everything lives in the compilation's arena. */
#ifndef EMIT_IR_H
#define EMIT_IR_H

#include "sema/model.h"

/* Raised when lowering itself changes what the same source does: then every step is run again. */
enum { IR_MEANING = 1 };

typedef struct IrFunction IrFunction;
typedef struct IrDigest {
    unsigned char bytes[32];
} IrDigest;

/* ---- the runtime's functions ------------------------------------------------ */

typedef enum IrRuntime {
#define X(id, c_name, flags, result) RT_##id,
#include "emit/runtime_fn.def"
    RT_COUNT
} IrRuntime;

enum { RT_TASK = 1, RT_LIGHT = 2, RT_MATH = 4 };
typedef enum IrResult { RT_STATUS, RT_VALUE, RT_VOID } IrResult;

typedef struct IrRuntimeInfo {
    const char *name;
    unsigned flags;  /* RT_TASK: takes `t` first; RT_LIGHT: inline, calls nothing */
    IrResult result; /* RT_STATUS: can fail, the result comes through a last pointer */
} IrRuntimeInfo;

extern const IrRuntimeInfo ir_runtime[RT_COUNT];

/* ---- places and operands ----------------------------------------------------- */

/* The numbers of the kinds below are part of what a step means: new ones go last. */

typedef enum IrLocalKind {
    IR_VALUE,   /* a T */
    IR_POINTER, /* a const T *, borrowed */
    IR_SLOT,    /* a void * that leads to a T which may be written */
    IR_TEXT     /* a FlowText, text that is being put together */
} IrLocalKind;

typedef struct IrLocal {
    IrLocalKind kind;
    const Type *type;
    Str name; /* of the program, or empty: a temporary */
    bool is_param, is_temp;
} IrLocal;

typedef enum IrBase {
    IR_NOWHERE,
    IR_LOCAL,   /* the value of local `index` */
    IR_POINTEE, /* what local `index` (IR_POINTER or IR_SLOT) leads to */
    IR_IN       /* what t->in[index] leads to */
} IrBase;

typedef enum IrStepKind {
    IR_FIELD,
    IR_PAYLOAD,
    IR_SOME,
    IR_AT_LOCAL,
    IR_AT_CONSTANT,
    IR_TAG, /* of an enum: which case it is */
    IR_CASE /* of an enum: the values of case `index`, a tuple */
} IrStepKind;

typedef struct IrStep {
    IrStepKind kind;
    const Type *owner; /* FIELD: the struct, tuple or record; SOME, PAYLOAD: the option */
    uint32_t index;    /* FIELD: position; AT_LOCAL: a local; AT_CONSTANT: a number */
} IrStep;

typedef struct IrPlace {
    IrBase base;
    uint32_t index;
    const Type *base_type;
    const Type *type; /* of the whole place */
    const IrStep *path;
    uint32_t path_len;
} IrPlace;

typedef enum IrOperandKind {
    IR_NONE,
    IR_PLACE,
    IR_ADDRESS, /* of a place */
    IR_INT,     /* int, size, duration */
    IR_FLOAT,
    IR_BOOL,
    IR_STRING,     /* a literal string */
    IR_BYTES,      /* a literal as C characters and a length: two arguments */
    IR_CHARS,      /* a literal as C characters alone */
    IR_DESCRIPTOR, /* of `type` */
    IR_ITEM_SIZE,  /* bytes of a `type` */
    IR_ZERO        /* the zero value of `type` */
} IrOperandKind;

typedef struct IrOperand {
    IrOperandKind kind;
    const Type *type;
    IrPlace place;
    int64_t int_value;
    double float_value;
    Str text;
} IrOperand;

/* ---- instructions --------------------------------------------------------------- */

typedef enum IrOp {
    IR_OP_LABEL,       /* label */
    IR_OP_JUMP,        /* label */
    IR_OP_JUMP_IF,     /* a (compare b): label */
    IR_OP_JUMP_UNLESS, /* a (compare b): label */
    IR_OP_SET,         /* dst = a, no counts touched */
    IR_OP_COPY,        /* dst = a, which gains a reference */
    IR_OP_MOVE,        /* dst = a; a = zero */
    IR_OP_RELEASE,     /* dst: drops what it holds, then zero */
    IR_OP_BINARY,      /* dst = a `binary` b on scalars, cannot fail */
    IR_OP_NOT,         /* dst = not a */
    IR_OP_NEGATE,      /* dst = -a on floats */
    IR_OP_CAST,        /* dst = (T) a between scalars, cannot fail */
    IR_OP_RUNTIME,     /* dst = runtime(args) */
    IR_OP_CALL,        /* dst = callee(args) */
    IR_OP_CALL_VALUE,  /* dst = a(args), a closure */
    IR_OP_CLOSURE,     /* dst = closure of callee over a (a captured tuple, or none) */
    IR_OP_ITEM,        /* dst = a[b], a list of ints or floats; checked unless is_sure */
    IR_OP_ELEMENT,     /* dst (pointer) = &a[b]; checked unless is_sure */
    IR_OP_ITEMS,       /* dst (slot) = the items of the unique list a */
    IR_OP_CAPTURES,    /* dst (pointer) = what this closure captured */
    IR_OP_IS_NULL,     /* dst = pointer local of a is NULL */
    IR_OP_CURRENT,     /* dst = current.attempt (0) or current.round (1), in int_value */
    IR_OP_POLICY,      /* IrPolicyField int_value of the policy = a */
    IR_OP_KEEP,        /* t->out[int_value] = a, moved */
    IR_OP_FAN,         /* t->fan = a, moved */
    IR_OP_WAY,         /* t->way = int_value */
    IR_OP_HANDLED,     /* a handled failure: other kinds go on to `label` (0: the exit) */
    IR_OP_LEAVE        /* to the exit */
} IrOp;

typedef struct IrInst {
    IrOp op;
    Op binary; /* BINARY, JUMP_IF, JUMP_UNLESS: the operator; OP_NONE: `a` alone */
    bool is_sure;
    uint32_t line;
    uint32_t label;
    uint32_t handler; /* where a failure goes; 0: the exit */
    int64_t int_value;
    IrRuntime runtime;
    IrFunction *callee;
    IrPlace dst;
    IrOperand a, b;
    AST_LIST(IrOperand) args;
} IrInst;

/* ---- functions and programs ----------------------------------------------------- */

typedef enum IrFunctionKind {
    IR_FUNCTION,
    IR_CLOSURE_BODY,
    IR_BODY,
    IR_POLICY_OF,
    IR_ENVIRONMENT,
    IR_DEFAULT, /* of a parameter of the flow */
    IR_CONSTANT, /* a top-level let: computed once a process */
    IR_EXTERN    /* of the C of the user: parameters and a result, no code */
} IrFunctionKind;

struct IrFunction {
    IrFunctionKind kind;
    uint32_t id;
    Str name;              /* as written, "clique_around" */
    Str c_name;            /* "fl_clique_around" */
    uint32_t source;       /* file */
    const Type *result;    /* unit when it gives nothing */
    Decl *decl;            /* FUNCTION, EXTERN, CONSTANT */
    StepModel *step;       /* BODY, POLICY_OF, ENVIRONMENT */
    uint32_t result_local; /* valid when the result is no unit */
    uint32_t param_count;  /* the first locals; a `var` one is an IR_SLOT */
    VEC(IrLocal) locals;
    VEC(IrInst) code;
    uint32_t label_count;          /* labels are 1..label_count */
    VEC(IrFunction *) callees;     /* each once, in the order of first use */
    VEC(const Builtin *) builtins; /* each once, in the order of first use */
    bool is_lowered, can_recur;
    bool is_foreign;       /* it is an EXTERN, runs a script, or calls what does */
    uint32_t languages;    /* bits: of the scripts that it runs, or that those run that it calls */
    bool reads_index;      /* it draws random numbers, reads a task's index, or calls what does */
    bool calls_values; /* calls some closure that it did not make */
    IrDigest meaning;
    bool has_meaning;
};

/* The arguments of @resources, @retry and @timeout, in this order. */
typedef enum IrPolicyField {
    IR_POLICY_CPU,
    IR_POLICY_MEMORY,
    IR_POLICY_GPU,
    IR_POLICY_DISK,
    IR_POLICY_RETRY_TIMES,
    IR_POLICY_RETRY_DELAY,
    IR_POLICY_TIMEOUT,
    IR_POLICY_COUNT
} IrPolicyField;

/* What a step consists of once it is lowered. */
typedef struct IrStepCode {
    StepModel *step;
    IrFunction *body;
    IrFunction *policy;      /* or NULL: all constant */
    IrFunction *environment; /* or NULL */
    IrDigest meaning;
} IrStepCode;

typedef struct IrProgram {
    Arena *arena;
    Model *model;
    VEC(IrFunction *) functions; /* what is reached, in the order of first use */
    VEC(IrStepCode) steps;       /* in the order of the text */
    VEC(IrFunction *) defaults;  /* one a parameter, NULL where it must be given */
    VEC(IrFunction *) tests;     /* in the order of the text; lower_tests alone fills it */
    Map by_decl;                 /* Decl * -> IrFunction * */
    Map record_fields;           /* Record * -> ArtifactVec * */
} IrProgram;

/* lower.c: requires a model without errors, checked and finished. */
IrProgram *lower_program(Model *m);

/* The same of a model with tests, flow or not: these and what they call, no steps. */
IrProgram *lower_tests(Model *m);

/* The value of a policy's argument that is known now; float_value is set either way. */
bool ir_policy_constant(const Expr *e, IrOperand *out);

/* hash.c: requires lower_program; fills in every meaning. */
void hash_program(IrProgram *p);

/* callgraph.c: numbers the cycles of calls, callees before their callers; returns how many.  With
 * `through_values` a call of a closure value may lead to any closure.  component[f->id] is set. */
uint32_t callgraph_components(IrProgram *p, bool through_values, uint32_t *component);
/* Sets can_recur in every function. */
void callgraph_find_recursion(IrProgram *p);
/* Sets is_foreign, languages and reads_index in all that leads to a function that has it. */
void callgraph_spread(IrProgram *p);

/* ir_dump.c: a stable text, for --dump=ir. */
Str ir_dump(IrProgram *p);

/* ---- helpers (ir.c) --------------------------------------------------------------- */

typedef VEC(Artifact *) ArtifactVec;

const char *ir_op_name(IrOp op);     /* "jump_if" */
const char *ir_operator_name(Op op); /* "+", "" for none */

/* The artifacts that are the fields of a record, in the order of the struct. */
const ArtifactVec *ir_record_fields(IrProgram *p, Record *r);
/* Position of an artifact in it. */
uint32_t ir_record_position(IrProgram *p, Record *r, uint32_t artifact);
size_t ir_field_count(IrProgram *p, const Type *t);
const Type *ir_field_type(IrProgram *p, const Type *t, size_t index);
Str ir_field_name(IrProgram *p, const Type *t, size_t index);

/* Holds references that must be counted. */
bool ir_is_counted(IrProgram *p, const Type *t);
bool ir_is_scalar(const Type *t); /* a number or bool in C */
bool ir_is_int(const Type *t);    /* stored as int64_t */

IrPlace ir_local(const Type *type, uint32_t index);
IrPlace ir_pointee(const Type *type, uint32_t index);
IrPlace ir_field(IrProgram *p, IrPlace place, uint32_t index);
IrPlace ir_payload(IrProgram *p, IrPlace option);
IrPlace ir_some(IrProgram *p, IrPlace option);
IrPlace ir_tag(IrProgram *p, IrPlace value);
IrPlace ir_case(IrProgram *p, IrPlace value, uint32_t index);
IrPlace ir_step(IrProgram *p, IrPlace place, IrStep step, const Type *type);

IrOperand ir_place(IrPlace place);
IrOperand ir_address(IrPlace place);
IrOperand ir_int(const Type *type, int64_t value);
IrOperand ir_float(const Type *type, double value);
IrOperand ir_bool(const Type *type, bool value);
IrOperand ir_string(const Type *type, Str text);
IrOperand ir_bytes(Str text);
IrOperand ir_chars(Str text);
IrOperand ir_descriptor(const Type *type);
IrOperand ir_item_size(const Type *type);
IrOperand ir_zero(const Type *type);

#endif
