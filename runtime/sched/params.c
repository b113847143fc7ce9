/* SPDX-License-Identifier: Apache-2.0 */
#include "sched/params.h"

#include <cbor.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "os/memory.h"
#include "value/codec.h"
#include "value/secret.h"

enum { OPTION_MOST = 120, REFUSED_SHOWN = 300 /* bytes; an error has room for a few */ };

static const FlowType *param_type(const FlowProgram *p, uint16_t i)
{
    return p->artifacts[p->params[i].artifact].type;
}

static const char *param_name(const FlowProgram *p, uint16_t i)
{
    return p->artifacts[p->params[i].artifact].name;
}

/* ---- writing ----------------------------------------------------------- */

/* As it is typed: `max-depth`. */
static const char *option_name(const FlowProgram *p, uint16_t i, char out[OPTION_MOST])
{
    snprintf(out, OPTION_MOST, "%s", param_name(p, i));
    for (char *c = out; *c; c++)
        *c = *c == '_' ? '-' : *c;
    return out;
}

typedef size_t HeadWriter(size_t count, unsigned char *buffer, size_t size);

static FlowStatus put_head(Buffer *out, HeadWriter *write, size_t count)
{
    unsigned char head[16];
    return buffer_append(out, head, write(count, head, sizeof head));
}

static FlowStatus fall_back(const FlowProgram *p, uint16_t i, void *value, FlowError *err)
{
    const FlowParam *param = &p->params[i];
    char name[OPTION_MOST];
    if (!param->fallback)
        return flow_error(err, FLOW_EUSAGE, "the parameter --%s must be given%s%s",
                          option_name(p, i, name), param->help[0] ? ": " : "", param->help);
    FlowTask *t = os_alloc_zero(sizeof *t);
    if (!t)
        return flow_error(err, FLOW_ENOMEM, "out of memory");
    uint32_t line = 0;
    t->program = p;
    t->line = &line;
    t->attempt = 1;
    FlowStatus s = param->fallback(t, value);
    if (s != FLOW_OK)
        s = flow_error(err, s, "the default of the parameter --%s cannot be computed: %s",
                       option_name(p, i, name), t->message);
    os_free(t);
    return s;
}

/* That there is one is all that is recorded; each task asks for it again. */
static FlowStatus put_secret(const char *name, const char *given, Buffer *out, FlowError *err)
{
    char variable[SECRET_VARIABLE_MAX];
    secret_variable(name, variable);
    if (given)
        return flow_error(err, FLOW_EUSAGE,
                          "the parameter `%s` is a secret, which a command line would show to "
                          "everybody on this machine\nhelp: set %s in the environment instead",
                          name, variable);
    const char *value = getenv(variable);
    if (!value || !*value)
        return flow_error(err, FLOW_EUSAGE,
                          "the parameter `%s` is a secret, and it is not there\n"
                          "help: set %s in the environment, here and wherever the run is resumed",
                          name, variable);
    FlowString *none = NULL;
    return value_encode(&flow_type_secret, &none, out, err);
}

static FlowStatus put_value(const FlowProgram *p, uint16_t i, const char *given, Buffer *out,
                            FlowError *err)
{
    const FlowType *type = param_type(p, i);
    if (type->kind == FLOW_SECRET)
        return put_secret(param_name(p, i), given, out, err);
    void *value = os_alloc_zero(type->size);
    if (!value)
        return flow_error(err, FLOW_ENOMEM, "out of memory");
    FlowError why = {0};
    FlowStatus s = given ? value_parse_named(type, param_name(p, i), given, value, &why)
                         : fall_back(p, i, value, err);
    char name[OPTION_MOST];
    if (given && s != FLOW_OK)
        flow_error(err, s, "--%s: %s", option_name(p, i, name), why.message);
    if (s == FLOW_OK) {
        s = value_encode(type, value, out, err);
        flow_value_release(type, value);
    }
    os_free(value);
    return s;
}

FlowStatus params_refused(const FlowProgram *program, const char *const *given, Buffer *out,
                          FlowError *err)
{
    FlowStatus s = FLOW_OK;
    size_t more = 0;
    for (uint16_t i = 0; given && s == FLOW_OK && i < program->param_count; i++) {
        FlowError why = {0};
        Buffer value = {0};
        if (!given[i] || param_type(program, i)->kind == FLOW_SECRET)
            continue;
        s = put_value(program, i, given[i], &value, &why);
        buffer_free(&value);
        if (s == FLOW_ENOMEM)
            return flow_error(err, s, "%s", why.message);
        bool is_wrong = s != FLOW_OK, is_shown = out->len < REFUSED_SHOWN;
        s = is_wrong && is_shown
                ? buffer_printf(out, "%s%s", out->len ? "\nerror: " : "", why.message)
                : FLOW_OK;
        more += is_wrong && !is_shown;
    }
    if (s == FLOW_OK && more > 0)
        s = buffer_printf(out, "\nerror: %zu more parameter%s wrong", more,
                          more == 1 ? " is" : "s are");
    return s == FLOW_OK ? s : flow_error(err, s, "out of memory");
}

FlowStatus params_default(const FlowProgram *program, uint16_t param, Buffer *out, FlowError *err)
{
    FlowError why = {0};
    if (!program->params[param].fallback || param_type(program, param)->kind == FLOW_SECRET)
        return FLOW_OK;
    FlowStatus s = put_value(program, param, NULL, out, &why);
    return s == FLOW_ENOMEM ? flow_error(err, s, "out of memory") : FLOW_OK;
}

FlowStatus params_build(const FlowProgram *program, const char *const *given, Bytes inherited,
                        Buffer *out, FlowError *err)
{
    Bytes *old = os_alloc_zero((program->param_count + 1u) * sizeof *old);
    if (!old)
        return flow_error(err, FLOW_ENOMEM, "out of memory");
    FlowStatus s = inherited.len ? params_split(program, inherited, old, err) : FLOW_OK;
    if (s == FLOW_OK)
        s = put_head(out, cbor_encode_map_start, program->param_count);
    for (uint16_t i = 0; s == FLOW_OK && i < program->param_count; i++) {
        const char *name = param_name(program, i);
        s = put_head(out, cbor_encode_string_start, strlen(name));
        if (s == FLOW_OK)
            s = buffer_append_text(out, name);
        if (s != FLOW_OK)
            flow_error(err, s, "out of memory");
        else if (old[i].len && !(given && given[i]) && param_type(program, i)->kind != FLOW_SECRET)
            s = buffer_append(out, old[i].bytes, old[i].len);
        else
            s = put_value(program, i, given ? given[i] : NULL, out, err);
    }
    os_free(old);
    return s;
}

/* ---- reading ------------------------------------------------------------ */

static void on_map(void *ctx, uint64_t count)
{
    *(uint64_t *)ctx = count;
}

static void on_text(void *ctx, cbor_data text, uint64_t len)
{
    *(Bytes *)ctx = (Bytes){text, (size_t)len};
}

static bool read_map_head(Bytes *at, uint64_t *count)
{
    struct cbor_callbacks callbacks = cbor_empty_callbacks;
    callbacks.map_start = on_map;
    *count = UINT64_MAX;
    struct cbor_decoder_result r = cbor_stream_decode(at->bytes, at->len, &callbacks, count);
    if (r.status != CBOR_DECODER_FINISHED || *count == UINT64_MAX)
        return false;
    *at = (Bytes){at->bytes + r.read, at->len - r.read};
    return true;
}

static bool read_name(Bytes *at, Bytes *name)
{
    struct cbor_callbacks callbacks = cbor_empty_callbacks;
    callbacks.string = on_text;
    *name = (Bytes){0};
    struct cbor_decoder_result r = cbor_stream_decode(at->bytes, at->len, &callbacks, name);
    if (r.status != CBOR_DECODER_FINISHED || !name->bytes)
        return false;
    *at = (Bytes){at->bytes + r.read, at->len - r.read};
    return true;
}

/* One whole item, whatever it is. */
static bool read_item(Bytes *at, Bytes *item)
{
    struct cbor_load_result r;
    cbor_item_t *parsed = cbor_load(at->bytes, at->len, &r);
    if (!parsed)
        return false;
    cbor_decref(&parsed);
    *item = (Bytes){at->bytes, r.read};
    *at = (Bytes){at->bytes + r.read, at->len - r.read};
    return true;
}

static void note(const FlowProgram *p, Bytes name, Bytes item, Bytes *values)
{
    for (uint16_t i = 0; i < p->param_count; i++)
        if (strlen(param_name(p, i)) == name.len &&
            memcmp(param_name(p, i), name.bytes, name.len) == 0)
            values[i] = item;
}

FlowStatus params_split(const FlowProgram *program, Bytes map, Bytes *values, FlowError *err)
{
    uint64_t count;
    memset(values, 0, program->param_count * sizeof *values);
    bool good = read_map_head(&map, &count);
    for (uint64_t i = 0; good && i < count; i++) {
        Bytes name, item;
        good = read_name(&map, &name) && read_item(&map, &item);
        if (good)
            note(program, name, item, values);
    }
    return good ? FLOW_OK
                : flow_error(err, FLOW_EFORMAT,
                             "the parameters of the run in the store are damaged: `store check` "
                             "says what else is");
}
