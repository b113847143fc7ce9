/* SPDX-License-Identifier: Apache-2.0 */
/* hash.c - what a step means, as a digest.
 *
 * SHA-256 over a canonical text of the unoptimised IR: locals, labels and slots are numbered by
 * first use and described there; constants stand by value, types by structure, the runtime's
 * functions by name, built-in ones by name and version, callees by their own meaning.  Functions
 * that call one another in a circle are written down as one, each seen from itself.  Names of
 * locals and functions, places in the text and the targets of `next` do not occur; neither do
 * @retry, @timeout, @resources and @batch.
 *
 * Integers are eight bytes, little-endian; a text is its length and its bytes. */
#include <openssl/evp.h>
#include <stdlib.h>

#include "emit/ir.h"

typedef VEC(IrFunction *) FunctionVec;

typedef struct Meaning {
    IrProgram *program;
    Arena *arena;
    StrBuf text;
    FunctionVec cycle; /* functions that are named by their place in it */
    /* the function at hand */
    const IrFunction *fn;
    uint32_t *locals, *labels, *slots; /* number + 1 by first use */
    uint32_t local_count, label_count, slot_count;
    Map types; /* those with parts that the text has already: number + 1 */
} Meaning;

static void put_u64(Meaning *m, uint64_t n)
{
    for (int i = 0; i < 8; i++)
        strbuf_add_char(&m->text, (char)(unsigned char)(n >> (8 * i)));
}

static void put_text(Meaning *m, Str s)
{
    put_u64(m, s.len);
    strbuf_add(&m->text, s);
}

static void put_name(Meaning *m, const char *name)
{
    put_text(m, str_from(name));
}

static void put_float(Meaning *m, double x)
{
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    put_u64(m, bits);
}

static IrDigest digest_of(Str text)
{
    IrDigest d;
    unsigned len = 0;
    if (EVP_Digest(text.ptr, text.len, d.bytes, &len, EVP_sha256(), NULL) != 1 ||
        len != sizeof d.bytes)
        abort(); /* SHA-256 is always there */
    return d;
}

/* ---- types ------------------------------------------------------------------------------ */

static void put_type(Meaning *m, const Type *t);

static void put_fields(Meaning *m, const Type *t)
{
    size_t count = ir_field_count(m->program, t);
    put_u64(m, count);
    for (size_t i = 0; i < count; i++) {
        put_text(m, ir_field_name(m->program, t, i));
        put_type(m, ir_field_type(m->program, t, i));
    }
}

/* A type that the text has already, or is about to have: one may hold itself, and many may hold
 * one another twice. */
static bool put_known(Meaning *m, const Type *t)
{
    bool has_parts = t->kind >= TYPE_LIST && t->kind <= TYPE_FN;
    uintptr_t known = has_parts ? (uintptr_t)map_get_ptr(&m->types, t) : 0;
    if (known) {
        put_name(m, "known");
        put_u64(m, known);
    } else if (has_parts) {
        map_put_ptr(&m->types, t, (void *)(m->types.len + 1));
    }
    return known != 0;
}

/* Its name counts: print shows it. */
static void put_struct(Meaning *m, const Type *t)
{
    put_text(m, t->kind == TYPE_RECORD ? (Str){0} : t->name);
    put_fields(m, t);
}

static void put_type(Meaning *m, const Type *t)
{
    if (!t) {
        put_name(m, "no type");
        return;
    }
    if (put_known(m, t))
        return;
    static const char *const names[] = {
        [TYPE_ERROR] = "error",   [TYPE_UNIT] = "unit",   [TYPE_NEVER] = "never",
        [TYPE_INT] = "int",       [TYPE_FLOAT] = "float", [TYPE_BOOL] = "bool",
        [TYPE_STRING] = "string", [TYPE_SIZE] = "size",   [TYPE_DURATION] = "duration",
        [TYPE_TIME] = "time",     [TYPE_LIST] = "list",   [TYPE_MAP] = "map",
        [TYPE_BYTES] = "bytes",   [TYPE_JSON] = "json",   [TYPE_SECRET] = "secret",
        [TYPE_OPTION] = "option", [TYPE_TUPLE] = "tuple", [TYPE_STRUCT] = "struct",
        [TYPE_RECORD] = "record", [TYPE_ENUM] = "enum",   [TYPE_FN] = "fn",
        [TYPE_VAR] = "var",
    };
    put_name(m, names[t->kind]);
    switch (t->kind) {
    case TYPE_MAP:
        put_type(m, t->key);
        put_type(m, t->item);
        break;
    case TYPE_LIST:
    case TYPE_OPTION: put_type(m, t->item); break;
    case TYPE_FN:
        put_fields(m, t);
        put_type(m, t->item);
        break;
    case TYPE_TUPLE: put_fields(m, t); break;
    case TYPE_STRUCT:
    case TYPE_ENUM:
    case TYPE_RECORD: put_struct(m, t); break;
    default: break;
    }
}

/* ---- what instructions name ----------------------------------------------------------------- */

static void put_local(Meaning *m, uint32_t index)
{
    bool is_new = m->locals[index] == 0;
    if (is_new)
        m->locals[index] = ++m->local_count;
    put_u64(m, m->locals[index]);
    if (!is_new)
        return;
    put_u64(m, m->fn->locals.items[index].kind);
    put_type(m, m->fn->locals.items[index].type);
}

static void put_label(Meaning *m, uint32_t label)
{
    if (label && m->labels[label] == 0)
        m->labels[label] = ++m->label_count;
    put_u64(m, label ? m->labels[label] : 0);
}

/* A slot is what is read: artifacts by their names, inputs by their shape. */
static void put_slot(Meaning *m, uint32_t index)
{
    bool is_new = m->slots[index] == 0;
    if (is_new)
        m->slots[index] = ++m->slot_count;
    put_u64(m, m->slots[index]);
    if (!is_new)
        return;
    const Slot *slot = &m->fn->step->slots.items[index];
    put_u64(m, slot->kind);
    if (slot->kind == SLOT_VALUE) {
        put_u64(m, slot->read.artifact->kind);
        put_text(m, slot->read.artifact->name);
    } else {
        put_u64(m, slot->input);
    }
    put_type(m, slot->type);
}

static void put_path(Meaning *m, const IrPlace *place)
{
    put_u64(m, place->path_len);
    for (uint32_t i = 0; i < place->path_len; i++) {
        const IrStep *step = &place->path[i];
        put_u64(m, step->kind);
        if (step->kind == IR_AT_LOCAL)
            put_local(m, step->index);
        else
            put_u64(m, step->index);
    }
}

static void put_place(Meaning *m, const IrPlace *place)
{
    put_u64(m, place->base);
    if (place->base == IR_LOCAL || place->base == IR_POINTEE)
        put_local(m, place->index);
    else if (place->base == IR_IN)
        put_slot(m, place->index);
    put_path(m, place);
}

static void put_operand(Meaning *m, const IrOperand *o)
{
    put_u64(m, o->kind);
    switch (o->kind) {
    case IR_PLACE:
    case IR_ADDRESS: put_place(m, &o->place); break;
    case IR_INT:
    case IR_BOOL: put_u64(m, (uint64_t)o->int_value); break;
    case IR_FLOAT: put_float(m, o->float_value); break;
    case IR_STRING:
    case IR_BYTES:
    case IR_CHARS: put_text(m, o->text); break;
    case IR_DESCRIPTOR:
    case IR_ITEM_SIZE:
    case IR_ZERO: put_type(m, o->type); break;
    case IR_NONE: break;
    }
}

static void put_callee(Meaning *m, const IrFunction *callee)
{
    for (size_t i = 0; i < m->cycle.len; i++)
        if (m->cycle.items[i] == callee) {
            put_name(m, "cycle");
            put_u64(m, i);
            return;
        }
    put_name(m, "callee");
    strbuf_add(&m->text, (Str){(const char *)callee->meaning.bytes, sizeof callee->meaning.bytes});
}

/* ---- functions ----------------------------------------------------------- */

static void put_inst(Meaning *m, const IrInst *i)
{
    put_name(m, ir_op_name(i->op));
    put_name(m, ir_operator_name(i->binary));
    put_u64(m, i->is_sure);
    put_u64(m, (uint64_t)i->int_value);
    put_label(m, i->label);
    put_label(m, i->handler);
    if (i->op == IR_OP_RUNTIME)
        put_name(m, ir_runtime[i->runtime].name);
    if (i->callee)
        put_callee(m, i->callee);
    put_place(m, &i->dst);
    put_operand(m, &i->a);
    put_operand(m, &i->b);
    put_u64(m, i->args.count);
    for (size_t k = 0; k < i->args.count; k++) {
        bool is_place = i->op == IR_OP_RUNTIME && i->runtime == RT_SCRIPT && (k == 2 || k == 3);
        if (!is_place) /* where the text of a script stands means nothing */
            put_operand(m, &i->args.items[k]);
    }
}

static void put_function(Meaning *m, const IrFunction *f)
{
    m->fn = f;
    m->locals = arena_new_array(m->arena, uint32_t, f->locals.len + 1);
    m->labels = arena_new_array(m->arena, uint32_t, f->label_count + 1);
    m->slots = arena_new_array(m->arena, uint32_t, f->step ? f->step->slots.len + 1 : 1);
    m->local_count = m->label_count = m->slot_count = 0;
    put_u64(m, f->kind);
    if (f->kind == IR_EXTERN) {
        put_text(m, f->name);
        put_text(m, source_get(m->program->model->sources, f->decl->from_source)->text);
    }
    put_type(m, f->result);
    put_u64(m, f->param_count);
    for (uint32_t i = 0; i < f->param_count; i++)
        put_local(m, i);
    put_u64(m, f->builtins.len);
    for (size_t i = 0; i < f->builtins.len; i++) {
        put_name(m, f->builtins.items[i]->module);
        put_name(m, f->builtins.items[i]->name);
        put_u64(m, (uint64_t)f->builtins.items[i]->version);
    }
    put_u64(m, f->code.len);
    for (size_t i = 0; i < f->code.len; i++)
        put_inst(m, &f->code.items[i]);
}

static Meaning meaning_new(IrProgram *p)
{
    Meaning m = {.program = p, .arena = p->arena};
    strbuf_init(&m.text, p->arena);
    map_init(&m.types, p->arena);
    put_u64(&m, IR_MEANING);
    return m;
}

static bool is_in(const FunctionVec *v, const IrFunction *f)
{
    for (size_t i = 0; i < v->len; i++)
        if (v->items[i] == f)
            return true;
    return false;
}

/* The functions of the cycle as they are met from `f`. */
static void walk_cycle(Arena *a, IrFunction *f, const uint32_t *component, FunctionVec *out)
{
    if (is_in(out, f))
        return;
    vec_push(a, out, f);
    for (size_t i = 0; i < f->callees.len; i++)
        if (component[f->callees.items[i]->id] == component[f->id])
            walk_cycle(a, f->callees.items[i], component, out);
}

static void hash_function(IrProgram *p, IrFunction *f, const uint32_t *component)
{
    Meaning m = meaning_new(p);
    walk_cycle(p->arena, f, component, &m.cycle);
    for (size_t i = 0; i < m.cycle.len; i++)
        put_function(&m, m.cycle.items[i]);
    f->meaning = digest_of(strbuf_str(&m.text));
    f->has_meaning = true;
}

/* ---- steps --------------------------------------------------------------- */

static void put_digest(Meaning *m, const IrFunction *f)
{
    static const IrDigest none;
    const IrDigest *d = f ? &f->meaning : &none;
    strbuf_add(&m->text, (Str){(const char *)d->bytes, sizeof d->bytes});
}

static void hash_step(IrProgram *p, IrStepCode *code)
{
    Meaning m = meaning_new(p);
    const StepModel *step = code->step;
    put_u64(&m, step->has_catch);
    put_u64(&m, step->has_catch ? step->catch_keep : 0);
    put_u64(&m, step->keeps.len);
    for (size_t i = 0; i < step->keeps.len; i++) {
        put_text(&m, step->keeps.items[i].name.name);
        put_type(&m, step->keeps.items[i].artifact->type);
    }
    const size_t item_count = step->decl->kind == DECL_STEP ? step->decl->params.count : 0;
    put_u64(&m, item_count);
    for (size_t i = 0; i < item_count && step->domain && i < step->domain->items.len; i++)
        put_type(&m, step->domain->items.items[i]->type);
    put_digest(&m, code->body);
    put_digest(&m, code->environment);
    code->meaning = digest_of(strbuf_str(&m.text));
}

void hash_program(IrProgram *p)
{
    uint32_t *component = arena_new_array(p->arena, uint32_t, p->functions.len + 1);
    uint32_t count = callgraph_components(p, false, component);
    for (uint32_t c = 0; c < count; c++)
        for (size_t i = 0; i < p->functions.len; i++)
            if (component[i] == c)
                hash_function(p, p->functions.items[i], component);
    for (size_t i = 0; i < p->steps.len; i++)
        hash_step(p, &p->steps.items[i]);
}
