/* SPDX-License-Identifier: Apache-2.0 */
/* ir.c - small builders of places and operands, and questions about types.
 *
 * A record (what a step leaves behind) is a struct of the artifacts that are read from it, in the
 * order of their numbers; where it is used as a whole value, of all that every end surely kept. */
#include "emit/ir.h"

const IrRuntimeInfo ir_runtime[RT_COUNT] = {
#define X(id, c_name, flags, result) [RT_##id] = {c_name, flags, result},
#include "emit/runtime_fn.def"
};

/* ---- names: part of what a step means, so they stay as they are ------------------------ */

static const char *const op_names[] = {
    [IR_OP_LABEL] = "label",
    [IR_OP_JUMP] = "jump",
    [IR_OP_JUMP_IF] = "jump_if",
    [IR_OP_JUMP_UNLESS] = "jump_unless",
    [IR_OP_SET] = "set",
    [IR_OP_COPY] = "copy",
    [IR_OP_MOVE] = "move",
    [IR_OP_RELEASE] = "release",
    [IR_OP_BINARY] = "binary",
    [IR_OP_NOT] = "not",
    [IR_OP_NEGATE] = "negate",
    [IR_OP_CAST] = "cast",
    [IR_OP_RUNTIME] = "runtime",
    [IR_OP_CALL] = "call",
    [IR_OP_CALL_VALUE] = "call_value",
    [IR_OP_CLOSURE] = "closure",
    [IR_OP_ITEM] = "item",
    [IR_OP_ELEMENT] = "element",
    [IR_OP_ITEMS] = "items",
    [IR_OP_CAPTURES] = "captures",
    [IR_OP_IS_NULL] = "is_null",
    [IR_OP_CURRENT] = "current",
    [IR_OP_POLICY] = "policy",
    [IR_OP_KEEP] = "keep",
    [IR_OP_FAN] = "fan",
    [IR_OP_WAY] = "way",
    [IR_OP_HANDLED] = "handled",
    [IR_OP_LEAVE] = "leave",
};

static const char *const operators[] = {
    [OP_NONE] = "",         [OP_ADD] = "+",    [OP_SUB] = "-", [OP_MUL] = "*",
    [OP_FDIV] = "/",        [OP_IDIV] = "div", [OP_MOD] = "%", [OP_POW] = "**",
    [OP_MATMUL] = "@",      [OP_EQ] = "==",    [OP_NE] = "!=", [OP_LT] = "<",
    [OP_LE] = "<=",         [OP_GT] = ">",     [OP_GE] = ">=", [OP_IN] = "in",
    [OP_NOT_IN] = "not in", [OP_AND] = "and",  [OP_OR] = "or", [OP_COALESCE] = "??",
    [OP_NEG] = "-",         [OP_NOT] = "not",
};

const char *ir_op_name(IrOp op)
{
    return op_names[op];
}
const char *ir_operator_name(Op op)
{
    return operators[op];
}

/* ---- records --------------------------------------------------------------------- */

static void add_sorted(Arena *a, ArtifactVec *fields, Artifact *artifact)
{
    size_t at = fields->len;
    vec_push(a, fields, artifact);
    while (at > 0 && fields->items[at - 1]->index > artifact->index) {
        fields->items[at] = fields->items[at - 1];
        at--;
    }
    fields->items[at] = artifact;
}

static void collect_record(Arena *a, const Record *r, ArtifactVec *fields)
{
    if (!r->is_whole) {
        for (size_t i = 0; i < r->fields.len; i++)
            add_sorted(a, fields, r->fields.items[i]);
        return;
    }
    for (size_t i = 0; i < r->sights.len; i++) {
        const Sight *sight = r->sights.entries[i].value;
        if (sight->state == SIGHT_SURE)
            add_sorted(a, fields, sight->artifact);
    }
}

const ArtifactVec *ir_record_fields(IrProgram *p, Record *r)
{
    ArtifactVec *fields = map_get_ptr(&p->record_fields, r);
    if (!fields) {
        fields = arena_alloc(p->arena, sizeof *fields);
        collect_record(p->arena, r, fields);
        map_put_ptr(&p->record_fields, r, fields);
    }
    return fields;
}

uint32_t ir_record_position(IrProgram *p, Record *r, uint32_t artifact)
{
    const ArtifactVec *fields = ir_record_fields(p, r);
    for (uint32_t i = 0; i < fields->len; i++)
        if (fields->items[i]->index == artifact)
            return i;
    return 0;
}

/* ---- types ------------------------------------------------------------------------- */

size_t ir_field_count(IrProgram *p, const Type *t)
{
    return t->kind == TYPE_RECORD ? ir_record_fields(p, t->record)->len : t->fields.count;
}

const Type *ir_field_type(IrProgram *p, const Type *t, size_t index)
{
    return t->kind == TYPE_RECORD ? ir_record_fields(p, t->record)->items[index]->type
                                  : t->fields.items[index].type;
}

Str ir_field_name(IrProgram *p, const Type *t, size_t index)
{
    return t->kind == TYPE_RECORD ? ir_record_fields(p, t->record)->items[index]->name
                                  : t->fields.items[index].name;
}

bool ir_is_counted(IrProgram *p, const Type *t)
{
    switch (t->kind) {
    case TYPE_STRING:
    case TYPE_BYTES:
    case TYPE_JSON:
    case TYPE_SECRET:
    case TYPE_LIST:
    case TYPE_MAP:
    case TYPE_FN: return true;
    case TYPE_OPTION: return t->is_boxed || ir_is_counted(p, t->item);
    case TYPE_ENUM:
    case TYPE_TUPLE:
    case TYPE_STRUCT:
    case TYPE_RECORD:
        for (size_t i = 0; i < ir_field_count(p, t); i++)
            if (ir_is_counted(p, ir_field_type(p, t, i)))
                return true;
        return false;
    default: return false;
    }
}

bool ir_is_int(const Type *t)
{
    return t->kind == TYPE_INT || t->kind == TYPE_SIZE || t->kind == TYPE_DURATION ||
           t->kind == TYPE_TIME;
}

bool ir_is_scalar(const Type *t)
{
    return ir_is_int(t) || t->kind == TYPE_FLOAT || t->kind == TYPE_BOOL;
}

/* ---- places ------------------------------------------------------------------------- */

IrPlace ir_local(const Type *type, uint32_t index)
{
    return (IrPlace){.base = IR_LOCAL, .index = index, .base_type = type, .type = type};
}

IrPlace ir_pointee(const Type *type, uint32_t index)
{
    return (IrPlace){.base = IR_POINTEE, .index = index, .base_type = type, .type = type};
}

IrPlace ir_step(IrProgram *p, IrPlace place, IrStep step, const Type *type)
{
    IrStep *path = arena_new_array(p->arena, IrStep, place.path_len + 1);
    for (uint32_t i = 0; i < place.path_len; i++)
        path[i] = place.path[i];
    path[place.path_len] = step;
    place.path = path;
    place.path_len++;
    place.type = type;
    return place;
}

IrPlace ir_field(IrProgram *p, IrPlace place, uint32_t index)
{
    const Type *type = ir_field_type(p, place.type, index);
    return ir_step(p, place, (IrStep){IR_FIELD, place.type, index}, type);
}

IrPlace ir_payload(IrProgram *p, IrPlace option)
{
    return ir_step(p, option, (IrStep){IR_PAYLOAD, option.type, 0}, option.type->item);
}

IrPlace ir_some(IrProgram *p, IrPlace option)
{
    return ir_step(p, option, (IrStep){IR_SOME, option.type, 0},
                   type_base(p->model->types, TYPE_BOOL));
}

IrPlace ir_tag(IrProgram *p, IrPlace value)
{
    return ir_step(p, value, (IrStep){IR_TAG, value.type, 0}, type_base(p->model->types, TYPE_INT));
}

IrPlace ir_case(IrProgram *p, IrPlace value, uint32_t index)
{
    return ir_step(p, value, (IrStep){IR_CASE, value.type, index},
                   value.type->fields.items[index].type);
}

/* ---- operands ------------------------------------------------------------------------- */

IrOperand ir_place(IrPlace place)
{
    return (IrOperand){.kind = IR_PLACE, .type = place.type, .place = place};
}

IrOperand ir_address(IrPlace place)
{
    return (IrOperand){.kind = IR_ADDRESS, .type = place.type, .place = place};
}

IrOperand ir_int(const Type *type, int64_t value)
{
    return (IrOperand){.kind = IR_INT, .type = type, .int_value = value};
}

IrOperand ir_float(const Type *type, double value)
{
    return (IrOperand){.kind = IR_FLOAT, .type = type, .float_value = value};
}

IrOperand ir_bool(const Type *type, bool value)
{
    return (IrOperand){.kind = IR_BOOL, .type = type, .int_value = value};
}

IrOperand ir_string(const Type *type, Str text)
{
    return (IrOperand){.kind = IR_STRING, .type = type, .text = text};
}

IrOperand ir_bytes(Str text)
{
    return (IrOperand){.kind = IR_BYTES, .text = text};
}
IrOperand ir_chars(Str text)
{
    return (IrOperand){.kind = IR_CHARS, .text = text};
}

IrOperand ir_descriptor(const Type *type)
{
    return (IrOperand){.kind = IR_DESCRIPTOR, .type = type};
}

IrOperand ir_item_size(const Type *type)
{
    return (IrOperand){.kind = IR_ITEM_SIZE, .type = type};
}

IrOperand ir_zero(const Type *type)
{
    return (IrOperand){.kind = IR_ZERO, .type = type};
}
