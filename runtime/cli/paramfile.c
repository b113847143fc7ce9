/* SPDX-License-Identifier: Apache-2.0 */
/* paramfile.c - walks over the members of the object itself, since cJSON tells no places: so each
 * mistake is named with its line and column, and no digit of a number is lost. */
#include "cli/paramfile.h"

#include <cbor.h>
#include <cjson/cJSON.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/suggest.h"
#include "os/file.h"
#include "os/memory.h"
#include "value/codec.h"
#include "value/utf8.h"

enum { SHOWN = 20 };

typedef struct ParamFile {
    const FlowProgram *program;
    const char *path;
    const char *text, *at;
    const char **places; /* of each parameter that was named, where its name stands */
    size_t count;        /* of those */
    Buffer values;
    FlowError *err;
} ParamFile;

static FlowStatus no_memory(FlowError *err)
{
    return flow_error(err, FLOW_ENOMEM, "out of memory");
}

/* ---- places ------------------------------------------------------------- */

typedef struct Place {
    size_t line, column; /* from 1; columns in characters */
} Place;

static Place place_of(const ParamFile *f, const char *at)
{
    Place place = {1, 1};
    for (const char *c = f->text; c < at; c++) {
        bool is_newline = *c == '\n', is_within = ((unsigned char)*c & 0xc0) == 0x80;
        place.line += is_newline;
        place.column = is_newline ? 1 : place.column + !is_within;
    }
    return place;
}

/* Up to the end of its line. */
static void show(const char *at, char out[SHOWN + 8])
{
    size_t len = strcspn(at, "\r\n");
    size_t cut = len <= SHOWN ? len : utf8_whole(at, SHOWN);
    snprintf(out, SHOWN + 8, "%.*s%s", (int)cut, at, len > cut ? "…" : "");
    for (; *out; out++)
        *out = *out == '\t' ? ' ' : *out;
}

static FlowStatus malformed(ParamFile *f, const char *expected)
{
    char shown[SHOWN + 8];
    f->at += strspn(f->at, " \t\r\n");
    Place p = place_of(f, f->at);
    show(f->at, shown);
    return flow_error(f->err, FLOW_EUSAGE,
                      "%.300s:%zu:%zu: expected %s, and there is %s%s%s\nhelp: parameters are one "
                      "JSON object, such as {\"width\": 3}",
                      f->path, p.line, p.column, expected, *f->at ? "`" : "",
                      *f->at ? shown : "the end of the file", *f->at ? "`" : "");
}

/* ---- reading ------------------------------------------------------------ */

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

static const FlowArtifact *artifact_of(const ParamFile *f, size_t index)
{
    return &f->program->artifacts[f->program->params[index].artifact];
}

static FlowStatus unknown_param(ParamFile *f, const char *at, const char *name, const char *best)
{
    Place p = place_of(f, at);
    return flow_error(f->err, FLOW_EUSAGE, "%.300s:%zu:%zu: %s has no parameter `%.200s`%s%s%s",
                      f->path, p.line, p.column, f->program->name, name,
                      best ? "\nhelp: did you mean `" : "", best ? best : "", best ? "`?" : "");
}

static FlowStatus find_param(ParamFile *f, const char *at, const char *name, size_t *out)
{
    Suggest s;
    suggest_init(&s, name, strlen(name));
    for (*out = 0; *out < f->program->param_count; ++*out) {
        if (option_name_matches(artifact_of(f, *out)->name, name, strlen(name)))
            break;
        suggest_offer(&s, artifact_of(f, *out)->name);
    }
    if (*out == f->program->param_count)
        return unknown_param(f, at, name, s.best);
    if (f->places[*out]) {
        Place first = place_of(f, f->places[*out]), p = place_of(f, at);
        return flow_error(f->err, FLOW_EUSAGE,
                          "%.300s:%zu:%zu: `%s` is given twice, first on line %zu: leave one of "
                          "them out",
                          f->path, p.line, p.column, artifact_of(f, *out)->name, first.line);
    }
    f->places[*out] = at;
    return FLOW_OK;
}

typedef size_t HeadWriter(size_t count, unsigned char *buffer, size_t size);

static FlowStatus put_head(Buffer *out, HeadWriter *write, size_t count)
{
    unsigned char head[16];
    return buffer_append(out, head, write(count, head, sizeof head));
}

static FlowStatus put_value(ParamFile *f, const FlowArtifact *artifact, const char *text,
                            FlowError *why)
{
    void *value = os_alloc_zero(artifact->type->size);
    FlowStatus s = value ? value_parse_json(artifact->type, artifact->name, text, value, why)
                         : no_memory(why);
    if (s == FLOW_OK)
        s = put_head(&f->values, cbor_encode_string_start, strlen(artifact->name));
    if (s == FLOW_OK)
        s = buffer_append_text(&f->values, artifact->name);
    if (s == FLOW_OK) {
        s = value_encode(artifact->type, value, &f->values, why);
        flow_value_release(artifact->type, value);
    }
    os_free(value);
    f->count++;
    return s == FLOW_ENOMEM ? no_memory(why) : s;
}

static FlowStatus take_value(ParamFile *f, size_t index)
{
    skip_blanks(f);
    const char *begin = f->at;
    cJSON *value = cJSON_ParseWithOpts(begin, &f->at, false);
    if (!value)
        return malformed(f, "a value");
    cJSON_Delete(value);
    Buffer text = {0};
    FlowError why = {0};
    FlowStatus s = FLOW_ENOMEM;
    if (buffer_append(&text, begin, (size_t)(f->at - begin)) == FLOW_OK && buffer_text(&text))
        s = put_value(f, artifact_of(f, index), (const char *)text.bytes, &why);
    buffer_free(&text);
    if (s == FLOW_OK || s == FLOW_ENOMEM)
        return s == FLOW_OK ? s : no_memory(f->err);
    Place p = place_of(f, begin);
    return flow_error(f->err, s, "%.300s:%zu:%zu: %s", f->path, p.line, p.column, why.message);
}

static FlowStatus take_member(ParamFile *f)
{
    size_t index = 0;
    skip_blanks(f);
    const char *begin = f->at;
    cJSON *key = *begin == '"' ? cJSON_ParseWithOpts(begin, &f->at, false) : NULL;
    FlowStatus s = key ? find_param(f, begin, key->valuestring, &index)
                       : malformed(f, "a name in quotes");
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
    if (!take(f, '}')) {
        do
            s = take_member(f);
        while (s == FLOW_OK && take(f, ','));
        if (s == FLOW_OK && !take(f, '}'))
            return malformed(f, "`,` or `}`");
    }
    skip_blanks(f);
    return s == FLOW_OK && *f->at ? malformed(f, "the end of the file") : s;
}

static FlowStatus put_map(const ParamFile *f, Buffer *out)
{
    FlowStatus s = put_head(out, cbor_encode_map_start, f->count);
    if (s == FLOW_OK)
        s = buffer_append(out, f->values.bytes, f->values.len);
    return s == FLOW_OK ? s : no_memory(f->err);
}

/* With which some editors begin a file. */
static const char byte_order_mark[] = "\xef\xbb\xbf";

FlowStatus paramfile_read(const FlowProgram *program, const char *path, Buffer *out,
                          FlowError *err)
{
    Buffer text = {0};
    bool is_input = strcmp(path, "-") == 0;
    path = is_input ? "standard input" : path;
    ParamFile f = {.program = program, .path = path, .err = err};
    FlowStatus s = is_input ? os_read_all(STDIN_FILENO, path, &text, err)
                            : os_read_file(path, &text, err);
    if (s == FLOW_OK && (memchr(text.bytes ? (void *)text.bytes : "", 0, text.len) ||
                         !utf8_is_valid((const char *)text.bytes, text.len)))
        s = flow_error(err, FLOW_EUSAGE, "%.300s is no JSON: it is not valid UTF-8", path);
    f.places = os_alloc_zero((program->param_count + 1u) * sizeof *f.places);
    if (s == FLOW_OK && (!f.places || !(f.text = f.at = buffer_text(&text))))
        s = no_memory(err);
    if (s == FLOW_OK && strncmp(f.at, byte_order_mark, sizeof byte_order_mark - 1) == 0)
        f.text = f.at += sizeof byte_order_mark - 1;
    if (s == FLOW_OK)
        s = take_object(&f);
    if (s == FLOW_OK)
        s = put_map(&f, out);
    os_free(f.places);
    buffer_free(&f.values);
    buffer_free(&text);
    return s;
}
