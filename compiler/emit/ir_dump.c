/* SPDX-License-Identifier: Apache-2.0 */
/* ir_dump.c - the IR as stable text, for people who work on the compiler. */
#include "emit/cwriter.h"
#include "emit/ir.h"

static void dump_place(IrProgram *p, StrBuf *b, const IrPlace *place)
{
    static const char *const bases[] = {"", "%", "*%", "in "};
    strbuf_printf(b, "%s%u", bases[place->base], place->index);
    for (uint32_t i = 0; i < place->path_len; i++) {
        const IrStep *step = &place->path[i];
        Str name;
        switch (step->kind) {
        case IR_FIELD:
            name = ir_field_name(p, step->owner, step->index);
            if (name.len)
                strbuf_printf(b, ".%.*s", STR_ARG(name));
            else
                strbuf_printf(b, ".%u", step->index);
            break;
        case IR_PAYLOAD: strbuf_add(b, STR(".value")); break;
        case IR_SOME: strbuf_add(b, STR(".some")); break;
        case IR_TAG: strbuf_add(b, STR(".tag")); break;
        case IR_CASE: strbuf_printf(b, ".case %u", step->index); break;
        case IR_AT_LOCAL: strbuf_printf(b, "[%%%u]", step->index); break;
        case IR_AT_CONSTANT: strbuf_printf(b, "[%u]", step->index); break;
        }
    }
}

static void dump_operand(IrProgram *p, StrBuf *b, const IrOperand *o)
{
    Str text;
    switch (o->kind) {
    case IR_NONE: break;
    case IR_ADDRESS:
        strbuf_add_char(b, '&');
        dump_place(p, b, &o->place);
        break;
    case IR_PLACE: dump_place(p, b, &o->place); break;
    case IR_INT: strbuf_printf(b, "%lld", (long long)o->int_value); break;
    case IR_FLOAT:
        text = c_float(p->arena, o->float_value);
        strbuf_add(b, text);
        break;
    case IR_BOOL: strbuf_add(b, o->int_value ? STR("true") : STR("false")); break;
    case IR_STRING:
    case IR_BYTES:
    case IR_CHARS:
        text = c_string(p->arena, o->text);
        strbuf_add(b, text);
        break;
    case IR_DESCRIPTOR: strbuf_printf(b, "type %.*s", STR_ARG(o->type->name)); break;
    case IR_ITEM_SIZE: strbuf_printf(b, "size of %.*s", STR_ARG(o->type->name)); break;
    case IR_ZERO: strbuf_add(b, STR("zero")); break;
    }
}

static void dump_inst(IrProgram *p, StrBuf *b, const IrInst *i)
{
    strbuf_printf(b, "  %4u  ", i->line);
    if (i->dst.base != IR_NOWHERE) {
        dump_place(p, b, &i->dst);
        strbuf_add(b, STR(" = "));
    }
    strbuf_printf(b, "%s",
                  i->op == IR_OP_RUNTIME ? ir_runtime[i->runtime].name : ir_op_name(i->op));
    if (i->callee)
        strbuf_printf(b, " %.*s", STR_ARG(i->callee->c_name));
    const IrOperand *const both[] = {&i->a, &i->b};
    for (size_t k = 0; k < 2; k++) {
        if (both[k]->kind == IR_NONE)
            continue;
        strbuf_printf(b, k == 1 && i->binary ? " %s " : " ", ir_operator_name(i->binary));
        dump_operand(p, b, both[k]);
    }
    for (size_t k = 0; k < i->args.count; k++) {
        strbuf_add(b, k ? STR(", ") : STR(" "));
        dump_operand(p, b, &i->args.items[k]);
    }
    if (i->label)
        strbuf_printf(b, " @%u", i->label);
    if (i->op == IR_OP_WAY || i->op == IR_OP_KEEP || i->op == IR_OP_POLICY ||
        i->op == IR_OP_CURRENT)
        strbuf_printf(b, " #%lld", (long long)i->int_value);
    if (i->handler)
        strbuf_printf(b, " or @%u", i->handler);
    strbuf_add_char(b, '\n');
}

static void dump_function(IrProgram *p, StrBuf *b, const IrFunction *f)
{
    static const char *const kinds[] = {"", " *", " slot *", " text"};
    strbuf_printf(b, "%.*s -> %.*s%s\n", STR_ARG(f->c_name), STR_ARG(f->result->name),
                  f->can_recur ? " (recursive)" : "");
    for (size_t i = 0; i < f->locals.len; i++) {
        const IrLocal *local = &f->locals.items[i];
        Str type = local->type ? local->type->name : (Str){0};
        strbuf_printf(b, "  %%%zu: %.*s%s %.*s%s\n", i, STR_ARG(type), kinds[local->kind],
                      STR_ARG(local->name), local->is_param ? " (parameter)" : "");
    }
    for (size_t i = 0; i < f->code.len; i++)
        dump_inst(p, b, &f->code.items[i]);
    strbuf_add_char(b, '\n');
}

static void dump_meaning(StrBuf *b, const IrDigest *d)
{
    for (size_t i = 0; i < sizeof d->bytes; i++)
        strbuf_printf(b, "%02x", (unsigned)d->bytes[i]);
}

Str ir_dump(IrProgram *p)
{
    StrBuf b;
    strbuf_init(&b, p->arena);
    for (size_t i = 0; i < p->functions.len; i++)
        dump_function(p, &b, p->functions.items[i]);
    for (size_t i = 0; i < p->steps.len; i++) {
        strbuf_printf(&b, "step %.*s ", STR_ARG(p->steps.items[i].step->name));
        dump_meaning(&b, &p->steps.items[i].meaning);
        strbuf_add_char(&b, '\n');
    }
    return strbuf_str(&b);
}
