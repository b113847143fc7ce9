/* SPDX-License-Identifier: Apache-2.0 */
/* program.h - the constant table that the compiler emits: the whole flow.
 *
 * Scheduler, command line, graph drawing and checker all read this one table.
 * Steps, artifacts, parameters and domains are named by their index in it. */
#ifndef FLOW_PROGRAM_H
#define FLOW_PROGRAM_H

#include <flow/task.h>

/* Changes whenever this header or flow/task.h changes shape; the emitted file
 * checks it, so that stale output fails to compile rather than to run. */
#define FLOW_ABI 3

enum { FLOW_NO_STEP = 0xffff, FLOW_MAX_ARTIFACTS = 4000, FLOW_ARTIFACT_SPACE = 4096 };

typedef struct FlowDigest {
    uint8_t bytes[32]; /* SHA-256 */
} FlowDigest;

typedef enum FlowArtifactKind {
    FLOW_ARTIFACT_KEPT,  /* stored by steps, one column a chunk */
    FLOW_ARTIFACT_ITEM,  /* an item of a foreach: a column of the segment */
    FLOW_ARTIFACT_PARAM  /* a parameter of the run */
} FlowArtifactKind;

typedef struct FlowArtifact {
    const char *name;
    const FlowType *type; /* as later steps see it: T? when its step is under @catch */
    FlowArtifactKind kind;
} FlowArtifact;

typedef struct FlowParam {
    uint16_t artifact;
    const char *help; /* "" when there is none */
    /* Fills the default; NULL when the parameter must be given. */
    FlowStatus (*fallback)(FlowTask *t, void *out);
} FlowParam;

/* A foreach opens rows in a domain.  Domain 0 has one row and no parent. */
typedef struct FlowDomain {
    uint16_t parent;       /* 0 for domain 0 */
    uint16_t entry;        /* the step that a row begins with */
    uint16_t join;         /* the step that takes the rows together */
    const uint16_t *items; /* artifact numbers; more than one takes a tuple apart */
    uint16_t item_count;
} FlowDomain;

/* Where one value comes from, seen from a row of `at` (a step's domain):
 * PARAM  the run's parameter.
 * ITEM   the segment that holds the row, or its ancestor, in `domain`.
 * KEPT   of `sources`, the one whose row (the ancestor row where its domain is an
 *        outer one) was done last: innermost domain, then round, then rank. */
typedef struct FlowRead {
    uint16_t artifact;
    uint16_t domain;         /* ITEM: which domain's item */
    const uint16_t *sources; /* KEPT: step numbers */
    uint16_t source_count;
} FlowRead;

typedef enum FlowSlotKind {
    FLOW_SLOT_VALUE,  /* one value: fields[0]; the slot's type is the artifact's */
    FLOW_SLOT_INPUT,  /* join of branches: a struct, one field a read, as the branch left it */
    FLOW_SLOT_INPUTS  /* join of a foreach: a list of such structs, in the list's order */
} FlowSlotKind;

/* What t->in[k] is.  For INPUT and INPUTS the reads are made from the row of
 * the branch's last step (one of `ends`), and field i of the struct is fields[i]. */
typedef struct FlowSlot {
    FlowSlotKind kind;
    const FlowType *type;
    const FlowRead *fields;
    uint16_t field_count;
    const uint16_t *ends; /* INPUT, INPUTS: steps that lead into the join here */
    uint16_t end_count;
    uint16_t branch;      /* INPUT: which branch of the split */
} FlowSlot;

typedef enum FlowEdgeKind {
    FLOW_EDGE_NEXT,   /* to targets[0]; to a join, as branch `branch` */
    FLOW_EDGE_SPLIT,  /* to every target, side by side */
    FLOW_EDGE_FOREACH,/* a segment of `domain`, entered at targets[0] */
    FLOW_EDGE_END     /* the flow is over */
} FlowEdgeKind;

typedef struct FlowEdge {
    FlowEdgeKind kind;
    const uint16_t *targets;
    uint16_t target_count;
    const uint16_t *branches; /* per target that is a join of branches: the branch; else 0 */
    uint16_t domain;   /* FOREACH */
    uint16_t carried;  /* how many of the step's keeps, from the first, it carries */
    bool is_back;      /* leads back in a loop: the row's round goes up by one */
    uint32_t line;
} FlowEdge;

/* What a step asks for.  0 means: nothing said.  `times` counts attempts after the first. */
typedef struct FlowPolicy {
    double cpu;
    int64_t memory;  /* bytes */
    int64_t gpu;
    int64_t disk;    /* bytes */
    int64_t retry_times;
    int64_t retry_delay; /* ns */
    int64_t timeout;     /* ns, for one attempt of one split */
    bool has_resources;
} FlowPolicy;

typedef enum FlowStepKind {
    FLOW_STEP_PLAIN,
    FLOW_STEP_JOIN_BRANCHES,
    FLOW_STEP_JOIN_FOREACH
} FlowStepKind;

enum {
    FLOW_STEP_IN_LOOP = 1,  /* its tasks are named with a round */
    FLOW_STEP_CATCH = 2,    /* @catch: the last failure makes the row done */
    FLOW_STEP_ALONE = 4,    /* one split a chunk: foreign code, checkpoints */
    FLOW_STEP_BATCH = 8,    /* @batch: must run in a pool */
    FLOW_STEP_READS_RUN = 16, /* reads who the run is: runs again in a run that resumes another */
    FLOW_STEP_READS_INDEX = 32, /* draws random numbers or reads its index: another elsewhere */
    FLOW_STEP_SH = 64,          /* may run a script in sh, python, … */
    FLOW_STEP_PYTHON = 128,
    FLOW_STEP_NODE = 256,
    FLOW_STEP_R = 512
};

struct FlowStep {
    const char *name;
    FlowStepKind kind;
    uint16_t domain; /* where its rows are; for a join: the outer domain */
    uint16_t rank;   /* topological, without the ways back */
    uint32_t flags;
    FlowDigest meaning;

    const FlowSlot *slots; /* t->in[] */
    uint16_t slot_count;
    const uint16_t *keeps; /* artifact numbers of t->out[], in the order of the text */
    uint16_t keep_count;
    uint16_t catch_keep;   /* index in keeps of the Failure? of @catch(name); FLOW_NO_STEP: none */
    const FlowEdge *edges;
    uint16_t edge_count;
    uint16_t branch_count; /* JOIN_BRANCHES: how many must arrive */
    uint16_t closes;       /* JOIN_FOREACH: the inner domain */

    FlowPolicy policy;     /* constant part */
    /* Fills in what depends on parameters, items or the attempt (t->in as for the body);
     * NULL when `policy` says all. */
    FlowStatus (*policy_of)(FlowTask *t, FlowPolicy *policy);
    bool policy_reads_row; /* it reads more than parameters and the attempt */
    FlowStatus (*environment)(FlowTask *t); /* @environment: calls flow_setenv; or NULL */

    FlowStatus (*body)(FlowTask *t);
    const char *file;
    uint32_t line;
};

/* Failure, the struct behind @catch(error). */
typedef struct FlowFailure {
    FlowString *message;
    FlowString *why; /* "failed", "crashed", "timed out", … */
    int64_t attempts;
} FlowFailure;
extern const FlowType flow_type_failure, flow_type_failure_option;

struct FlowProgram {
    uint32_t abi;
    const char *name; /* of the flow, "Cliques" */
    const char *doc;  /* what its doc comment says, or "" */
    const char *file;
    FlowDigest digest; /* of the whole program */
    const FlowArtifact *artifacts;
    uint16_t artifact_count;
    const FlowParam *params;
    uint16_t param_count;
    const FlowDomain *domains;
    uint16_t domain_count;
    const FlowStep *steps; /* steps[start].. in the order of the text */
    uint16_t step_count;
    uint16_t start, end;
    const char *const *externs; /* the names of what `extern fn` declares, as far as it is called */
    uint32_t extern_count;
    const char *const *files; /* other .flow files than its own, for FLOW_IN_FILE */
    uint32_t file_count;
};

/* The whole command line of a flow program. */
int flow_main(const FlowProgram *program, int argc, char **argv);

#endif
