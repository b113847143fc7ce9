/* SPDX-License-Identifier: Apache-2.0 */
/* resume_params.c - the record of a program has the digest of each default.  A value that was given
 * is no matter of the default's, so only what equals the default of then is spoken of. */
#include "sched/resume_params.h"

#include <string.h>

#include <flow/value.h>

#include "os/memory.h"
#include "sched/params.h"
#include "value/codec.h"
#include "value/utf8.h"

enum { SHOWN = 60 };

static FlowStatus no_memory(FlowError *err)
{
    return flow_error(err, FLOW_ENOMEM, "out of memory");
}

static FlowStatus put_cut(Buffer *out, const FlowText *text)
{
    size_t len = text->len <= SHOWN ? text->len : utf8_whole(text->bytes, SHOWN);
    if (len == 0)
        return buffer_append_text(out, "\"\"");
    return buffer_printf(out, "%.*s%s", (int)len, text->bytes, len < text->len ? "…" : "");
}

/* As `print` has it, cut where it is long. */
static FlowStatus put_value(const FlowType *type, Bytes cbor, Buffer *out, FlowError *err)
{
    void *value = os_alloc_zero(type->size);
    FlowText text = {0};
    if (!value)
        return no_memory(err);
    FlowStatus s = value_decode(type, cbor.bytes, cbor.len, value, err);
    if (s == FLOW_OK) {
        s = flow_text_value(NULL, &text, type, value);
        if (s == FLOW_OK)
            s = put_cut(out, &text);
        if (s != FLOW_OK)
            no_memory(err);
        flow_value_release(type, value);
    }
    flow_text_free(&text);
    os_free(value);
    return s;
}

static FlowStatus write_line(const FlowArtifact *param, int64_t origin, Bytes then, Bytes now,
                             Buffer *out, FlowError *err)
{
    FlowStatus s = buffer_printf(out, "`%s` stays ", param->name) == FLOW_OK ? FLOW_OK
                                                                             : no_memory(err);
    if (s == FLOW_OK)
        s = put_value(param->type, then, out, err);
    if (s == FLOW_OK && buffer_printf(out, ", as in run %lld; the program now says ",
                                      (long long)origin) != FLOW_OK)
        s = no_memory(err);
    if (s == FLOW_OK)
        s = put_value(param->type, now, out, err);
    if (s == FLOW_OK && buffer_append_text(out, " (`run` takes it)") != FLOW_OK)
        s = no_memory(err);
    return s;
}

FlowStatus resume_param_line(const FlowProgram *program, uint16_t param, const ProgramRecord *then,
                             int64_t origin, Bytes value, Buffer *out, FlowError *err)
{
    const FlowArtifact *a = &program->artifacts[program->params[param].artifact];
    const RecordArtifact *old = program_record_param(then, a->name);
    FlowDigest was, is;
    Buffer now = {0};
    if (!old || !old->fallback || value.len == 0 || !digest_parse(old->fallback, &was))
        return FLOW_OK;
    FlowStatus s = digest_bytes(value.bytes, value.len, &is, err);
    if (s != FLOW_OK || !digest_equal(&was, &is))
        return s;
    s = params_default(program, param, &now, err);
    bool is_other = s == FLOW_OK && now.len > 0 &&
                    (now.len != value.len || memcmp(now.bytes, value.bytes, now.len) != 0);
    if (is_other)
        s = write_line(a, origin, value, (Bytes){now.bytes, now.len}, out, err);
    buffer_free(&now);
    return s;
}
