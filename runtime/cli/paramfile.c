/* SPDX-License-Identifier: Apache-2.0 */
/* paramfile.c - walks over the members of the object, and leaves each value's text as it stands, so
 * that no digit of a number is lost.  A string is taken out of its quotes. */
#include "cli/paramfile.h"

#include <cjson/cJSON.h>
#include <string.h>

#include "cli/suggest.h"
#include "os/file.h"
#include "os/memory.h"
#include "value/utf8.h"

typedef struct ParamFile {
    const FlowProgram *program;
    const char *path;
    const char *at;
    size_t *offsets; /* of each parameter's text in `room`, SIZE_MAX: none */
    Buffer *room;
    FlowError *err;
} ParamFile;

static FlowStatus no_memory(FlowError *err)
{
    return flow_error(err, FLOW_ENOMEM, "out of memory");
}

static FlowStatus malformed(ParamFile *f, const char *expected)
{
    return flow_error(f->err, FLOW_EUSAGE,
                      "%.300s: expected %s at `%.20s`\nhelp: parameters are one JSON object, such "
                      "as {\"width\": 3}",
                      f->path, expected, *f->at ? f->at : "the end of the file");
}

static void skip_blanks(ParamFile *f)
{
    f->at += strspn(f->at, " \t\r\n");
}

static bool take(ParamFile *f, char wanted)
{
    skip_blanks(f);
    bool is_there = *f->at == wanted;
    f->at += is_there;
    return is_there;
}

static const char *name_of(const FlowProgram *program, size_t index)
{
    return program->artifacts[program->params[index].artifact].name;
}

static FlowStatus find_param(ParamFile *f, const char *name, size_t *out)
{
    Suggest s;
    suggest_init(&s, name, strlen(name));
    for (*out = 0; *out < f->program->param_count; ++*out) {
        if (option_name_matches(name_of(f->program, *out), name, strlen(name)))
            return FLOW_OK;
        suggest_offer(&s, name_of(f->program, *out));
    }
    return flow_error(f->err, FLOW_EUSAGE, "%.300s: %s has no parameter `%.200s`%s%s%s", f->path,
                      f->program->name, name, s.best ? "\nhelp: did you mean `" : "",
                      s.best ? s.best : "", s.best ? "`?" : "");
}

/* JSON has no units: a duration is in seconds, a size in bytes, as `params RUN` writes them. */
static const char *unit_of(const FlowType *type)
{
    if (type->kind == FLOW_OPTION)
        type = type->item;
    return type->kind == FLOW_DURATION ? "s" : type->kind == FLOW_SIZE ? "B" : "";
}

/* The value at f->at, as one would write it on the command line. */
static FlowStatus take_value(ParamFile *f, size_t index)
{
    skip_blanks(f);
    const char *begin = f->at;
    cJSON *value = cJSON_ParseWithOpts(begin, &f->at, false);
    if (!value)
        return malformed(f, "a value");
    const char *text = cJSON_IsString(value) ? value->valuestring : NULL;
    size_t len = text ? strlen(text) : (size_t)(f->at - begin);
    FlowStatus s = FLOW_OK;
    if (cJSON_IsNull(value)) {
        text = "none";
        len = 4;
    }
    f->offsets[index] = f->room->len;
    s = buffer_append(f->room, text ? text : begin, len);
    if (s == FLOW_OK && cJSON_IsNumber(value))
        s = buffer_append_text(
            f->room, unit_of(f->program->artifacts[f->program->params[index].artifact].type));
    if (s == FLOW_OK)
        s = buffer_append_byte(f->room, 0);
    cJSON_Delete(value);
    return s == FLOW_OK ? s : no_memory(f->err);
}

static FlowStatus take_member(ParamFile *f)
{
    size_t index = 0;
    skip_blanks(f);
    cJSON *key = cJSON_ParseWithOpts(f->at, &f->at, false);
    FlowStatus s = FLOW_OK;
    if (!cJSON_IsString(key))
        s = malformed(f, "a name in quotes");
    else
        s = find_param(f, key->valuestring, &index);
    if (s == FLOW_OK && !take(f, ':'))
        s = malformed(f, "`:`");
    cJSON_Delete(key);
    return s == FLOW_OK ? take_value(f, index) : s;
}

static FlowStatus take_object(ParamFile *f)
{
    if (!take(f, '{'))
        return malformed(f, "`{`");
    FlowStatus s = FLOW_OK;
    if (take(f, '}'))
        return s;
    do
        s = take_member(f);
    while (s == FLOW_OK && take(f, ','));
    if (s == FLOW_OK && !take(f, '}'))
        return malformed(f, "`,` or `}`");
    skip_blanks(f);
    return s == FLOW_OK && *f->at ? malformed(f, "the end of the file") : s;
}

FlowStatus paramfile_read(const FlowProgram *program, const char *path, const char **given,
                          Buffer *room, FlowError *err)
{
    Buffer text = {0};
    ParamFile f = {.program = program, .path = path, .room = room, .err = err};
    FlowStatus s = os_read_file(path, &text, err);
    if (s == FLOW_OK && (memchr(text.bytes ? (void *)text.bytes : "", 0, text.len) ||
                         !utf8_is_valid((const char *)text.bytes, text.len)))
        s = flow_error(err, FLOW_EUSAGE, "%.300s is no JSON: it is not valid UTF-8", path);
    f.offsets = os_alloc_array(program->param_count + 1u, sizeof *f.offsets);
    if (s == FLOW_OK && (!f.offsets || !(f.at = buffer_text(&text))))
        s = no_memory(err);
    for (size_t i = 0; s == FLOW_OK && i < program->param_count; i++)
        f.offsets[i] = SIZE_MAX;
    if (s == FLOW_OK)
        s = take_object(&f);
    for (size_t i = 0; s == FLOW_OK && i < program->param_count; i++)
        if (f.offsets[i] != SIZE_MAX && !given[i])
            given[i] = (const char *)room->bytes + f.offsets[i];
    os_free(f.offsets);
    buffer_free(&text);
    return s;
}
