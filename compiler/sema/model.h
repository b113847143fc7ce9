/* SPDX-License-Identifier: Apache-2.0 */
/* model.h - the flow as the compiler knows it: steps, edges, splits, artifacts.
 *
 * Filled in by three passes, in this order:
 *   resolve  declarations and names; for each step its keeps and its `next`s, as written
 *   graph    by names alone: domains, joins, rounds, ranks, and what is in sight at each step
 *   check    types, in the order of rank; what each step reads; policies
 * The emitter turns it into flow/program.h, shape by shape. */
#ifndef SEMA_MODEL_H
#define SEMA_MODEL_H

#include <stdio.h>

#include "base/map.h"
#include "base/vec.h"
#include "sema/builtin.h"
#include "sema/type.h"
#include "source/diag.h"
#include "syntax/ast.h"

typedef struct StepModel StepModel;
typedef struct Artifact Artifact;
typedef struct Record Record;
typedef struct DomainModel DomainModel;

typedef enum ArtifactKind { ARTIFACT_KEPT, ARTIFACT_ITEM, ARTIFACT_PARAM } ArtifactKind;

struct Artifact {
    ArtifactKind kind;
    uint32_t index;        /* dense; params first, then items and kept in the order of the text */
    Str name;
    Span span;             /* where it was first declared or kept */
    const Type *type;      /* as later steps see it (T? under @catch); set by check */
    const Type *own_type;  /* as the keeping step sees it */
    Decl *param;           /* PARAM */
    DomainModel *domain;   /* ITEM */
    bool is_read;          /* by a step that did not keep it just before, or kept by `end` */
};

/* A name as a step finds it on entry. */
typedef enum SightState {
    SIGHT_SURE,      /* kept on every way that leads here */
    SIGHT_SOME_WAYS, /* kept on some only: `missing` is a step from which a way comes without it */
    SIGHT_CHANGED    /* branches changed it: must be picked from the inputs of `join` */
} SightState;

typedef struct Sight {
    Artifact *artifact;
    SightState state;
    VEC(StepModel *) sources; /* KEPT: who may have kept it last */
    StepModel *missing;       /* SOME_WAYS: the way through this step lacks it */
    StepModel *join;          /* CHANGED */
} Sight;

/* What the steps in `ends` all leave behind: a step's name used as a type. */
struct Record {
    VEC(StepModel *) ends;  /* sorted by index */
    const Type *type;       /* the TYPE_RECORD */
    Map sights;             /* name -> Sight *; as the ends left it (those in sight of all ends) */
    Map complained;         /* names that it lacks, as was said */
    VEC(Artifact *) fields; /* those that some expression reads, by index; set by check */
    bool is_whole;          /* while checking: used as a whole value, so that all sights that are
                               sure, save params, become fields when check ends */
};

struct Binding {
    enum {
        BINDING_LOCAL,
        BINDING_FN_PARAM,
        BINDING_KEEP,
        BINDING_ARTIFACT,
        BINDING_INPUT,
        BINDING_CONST
    } kind;
    Str name;
    Span span;
    const Type *type;      /* for KEEP: the own type */
    bool is_mutable;       /* var, keep, a `var` parameter */
    bool is_var_param;
    bool is_used;
    bool is_loop;          /* LOCAL: of a `for`, new in each turn */
    bool is_part;          /* LOCAL: of a pattern, where `_` may stand in its place */
    bool is_shared;        /* a part that stands on both sides of a `|` */
    Artifact *artifact;    /* KEEP, ARTIFACT */
    uint32_t slot;         /* ARTIFACT, INPUT: index in the step's slots; KEEP: in its keeps */
    Decl *decl;            /* CONST */
    void *lowered;         /* the emitter's own */
};

typedef struct Keep {
    Ident name;
    Stmt *stmt;
    Artifact *artifact;
    bool takes_over;       /* `keep x` without a value: begins with what was in sight */
} Keep;

typedef enum EdgeKind { EDGE_NEXT, EDGE_SPLIT, EDGE_FOREACH, EDGE_END } EdgeKind;

typedef struct Edge {
    EdgeKind kind;
    Stmt *stmt;               /* NULL for EDGE_END */
    VEC(StepModel *) targets;
    VEC(uint32_t) branches;   /* a target that is a join of branches: which branch arrives */
    DomainModel *domain;      /* FOREACH */
    uint32_t carried;         /* how many of the step's keeps, from the first */
    bool is_back;
} Edge;

struct DomainModel {
    uint32_t index;         /* 0: outside of any foreach */
    DomainModel *parent;
    StepModel *entry, *join;
    VEC(Artifact *) items;
};

/* What t->in[k] is (FlowSlot). */
typedef struct Read {
    Artifact *artifact;
    DomainModel *domain;      /* ITEM */
    VEC(StepModel *) sources; /* KEPT */
} Read;

typedef enum SlotKind { SLOT_VALUE, SLOT_INPUT, SLOT_INPUTS } SlotKind;

typedef struct Slot {
    SlotKind kind;
    const Type *type;
    Read read;              /* VALUE */
    Record *record;         /* INPUT, INPUTS: its fields are the slot's, with its sights' sources */
    uint32_t input;         /* INPUT, INPUTS: index in the step's inputs */
    Binding *binding;
} Slot;

typedef struct Input {
    Param *param;
    Record *record;
    uint32_t branch;
} Input;

/* Each argument as an expression checked against its type; NULL where it was not given. */
typedef struct Policy {
    Annotation *resources, *batch, *retry, *timeout, *catch, *environment;
    Expr *cpu, *memory, *gpu, *disk, *retry_times, *retry_delay, *timeout_after;
    ArgList environment_vars;
    Ident catch_name;       /* name.len 0: `@catch` without a name */
    bool reads_row;         /* some argument reads an item or an artifact */
} Policy;

typedef enum StepKind { STEP_PLAIN, STEP_JOIN_BRANCHES, STEP_JOIN_FOREACH } StepKind;

struct StepModel {
    Decl *decl;
    Str name;
    uint32_t index;         /* in the order of the text */
    /* resolve */
    VEC(Keep) keeps;        /* in the order of the text; the Failure of @catch(name) last */
    VEC(Edge) edges;        /* in the order of the text */
    bool has_catch;
    uint32_t catch_keep;    /* index in keeps, or UINT32_MAX */
    /* graph */
    StepKind kind;
    DomainModel *domain;
    DomainModel *closes;    /* JOIN_FOREACH */
    uint32_t branch_count;  /* JOIN_BRANCHES */
    uint32_t rank;
    bool is_reachable, is_in_loop;
    bool reads_run;         /* set by check: `current.run_id` and what hangs on it */
    bool has_broken_graph;  /* a message was given, do not add more */
    Map sights;             /* name -> Sight *, on entry: params, items, artifacts */
    Map exit_sights;        /* the same as the body leaves it (for the record of this step) */
    VEC(Input) inputs;      /* joins: in the order of the parameters */
    /* check */
    VEC(Slot) slots;
    Policy policy;
};

typedef struct Model {
    Arena *arena;
    SourceSet *sources;
    DiagList *diags;
    TypeTable *types;
    BuiltinTable *builtins;
    AstFile *file;          /* the flow's file */
    VEC(AstFile *) files;   /* it and what it imports, each once, imports first */
    Str flow_name;
    VEC(StepModel *) steps;
    VEC(StepModel *) ranked; /* reachable ones, by rank; set by graph */
    VEC(Artifact *) artifacts;
    VEC(DomainModel *) domains;
    VEC(Record *) records;
    VEC(Decl *) functions;  /* every fn in the order of files and text */
    VEC(Decl *) structs;
    VEC(Decl *) enums;
    VEC(Decl *) generics;   /* generic structs and enums, which are in neither of the above */
    VEC(Decl *) made;       /* … and what was made of them, in the order of making */
    size_t made_settled, made_defaulted; /* so many of them hold no themselves; have defaults */
    bool has_types;         /* all that is written has been read */
    VEC(Decl *) constants;
    VEC(Decl *) params;
    VEC(Decl *) tests;      /* of the flow's file */
    Map steps_by_name;      /* -> StepModel * */
    Map instances;          /* of generic functions: place and types -> Decl *, also in functions */
    size_t instances_length; /* of the text that they were read from */
    Map made_types;         /* the same of generic types: -> Decl *, also in made */
    Map kept_by_name;       /* -> Artifact *: what steps keep, one for each name */
    VEC(struct FileScope *) scopes; /* sema/scope.h: one a file, in the order of `files` */
    Map lost;               /* the names on lines that could not be read; lost.c */
    Map prelude;            /* name -> Decl *: functions of the library that need no import */
    const Type *failure;    /* struct Failure { message: string, why: string, attempts: int } */
    StepModel *start, *end;
} Model;

/* model.c: an empty model of `file`, with its tables. */
Model *model_new(Arena *a, SourceSet *sources, DiagList *diags, AstFile *file);
/* model_dump.c: steps, domains, sights, artifacts and slots as stable text (`--dump=types`). */
void model_dump(const Model *m, FILE *out);
/* resolve.c: reads imports, declares everything, lists keeps and nexts. */
void resolve(Model *m);
/* graph.c: requires resolve; fills in the "graph" parts.  Reports F0210..F0249. */
void graph_build(Model *m);
/* graph.c: after check, the warnings about artifacts that nobody reads. */
void graph_finish(Model *m);
/* check_decl.c: requires graph_build; types every body. */
void check(Model *m);
/* lost.c: after resolve, which declarations are broken; at the end, takes back the messages that
 * only follow from what could not be read. */
void lost_collect(Model *m);
void lost_withdraw(Model *m);
/* graph.c: the record of a set of end steps, made once.  `ends` need not be sorted. */
Record *graph_record(Model *m, StepModel **ends, size_t count);

/* What scripts can be in: sh, python, node, r.  The index of one that there is. */
enum { SCRIPT_LANGUAGES = 4 };
uint32_t script_language(Str name);

#endif
