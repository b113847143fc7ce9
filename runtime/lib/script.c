/* SPDX-License-Identifier: Apache-2.0 */
/* script.c - runs text of another language: its inputs are variables, its results are taken back.
 *
 * Everything that goes to and fro lies in a folder of its own (os/scratch.h), which is gone when
 * the script is done: the text, the inputs as a JSON object (a shell gets them as environment
 * variables), the results as another (a shell's as one file each), and what it says of its
 * failure.  What the script prints is the task's, without the secrets that the task has read: only
 * where there are such it goes through pipes of ours.  Nothing of the data stands on a command
 * line. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <flow/lib.h>

#include "lib/redact.h"
#include "os/file.h"
#include "os/interpreter.h"
#include "os/memory.h"
#include "os/scratch.h"
#include "value/base64.h"
#include "value/codec.h"
#include "value/matrix.h"
#include "value/text.h"

typedef struct Interpreter {
    const char *language;
    const char *option, *driver; /* what it is started with; NULL: the script itself */
    bool is_file;                /* the driver is read from a file, and the option is another one */
} Interpreter;

static const char python_driver[] =
    "import base64, json, linecache, os, sys, traceback\n"
    "folder, file, line = sys.argv[1], sys.argv[2], int(sys.argv[3])\n"
    "names = sys.argv[4:]\n"
    "text = open(folder + '/script', encoding='utf-8').read()\n"
    "scope = json.load(open(folder + '/inputs', encoding='utf-8'))\n"
    "def revive(x, form):\n"
    "    if form is None or x is None:\n"
    "        return x\n"
    "    if form == 'matrix':\n"
    "        shape = len(x), len(x[0]) if x else 0\n"
    "        return numpy.array(x, dtype=float).reshape(shape) if numpy else x\n"
    "    if form == 'bytes':\n"
    "        return base64.b64decode(x)\n"
    "    if 'item' in form and isinstance(x, list):\n"
    "        return [revive(one, form['item']) for one in x]\n"
    "    if 'item' in form:\n"
    "        return {k: revive(one, form['item']) for k, one in x.items()}\n"
    "    if isinstance(x, list):\n"
    "        return [revive(one, f) for one, f in zip(x, form['fields'].values())]\n"
    "    return {k: revive(one, form['fields'][k]) for k, one in x.items()}\n"
    "forms = open(folder + '/forms', encoding='utf-8').read()\n"
    "try:\n"
    "    numpy = __import__('numpy') if '\"matrix\"' in forms else None\n"
    "except ImportError:\n"
    "    numpy = None\n"
    "scope = revive(scope, json.loads(forms))\n"
    "for name in os.environ.pop('FLOW_SCRIPT_SECRETS', '').split():\n"
    "    scope[name] = os.environ.pop(name)\n"
    "scope['__name__'] = '__main__'\n"
    "linecache.cache[file] = (len(text), None, text.splitlines(True), file)\n"
    "def give(x):\n"
    "    if isinstance(x, (bytes, bytearray)):\n"
    "        return base64.b64encode(x).decode()\n"
    "    for way in ('tolist', 'item'):\n"
    "        if hasattr(x, way):\n"
    "            return getattr(x, way)()\n"
    "    if isinstance(x, (set, frozenset, range)):\n"
    "        return list(x)\n"
    "    raise TypeError('a %s cannot be given back' % type(x).__name__)\n"
    "def stop(error, at):\n"
    "    says = traceback.format_exception_only(type(error), error)[-1].strip()\n"
    "    with open(folder + '/error', 'w', encoding='utf-8') as out:\n"
    "        out.write('%d %s' % (at or line, says))\n"
    "    sys.stdout.flush()\n"
    "    os._exit(1)\n"
    "sys.argv = [file]\n"
    "sys.path.insert(0, os.path.dirname(os.path.abspath(file)))\n"
    "try:\n"
    "    exec(compile(text, file, 'exec'), scope)\n"
    "except SystemExit as end:\n"
    "    if end.code not in (None, 0):\n"
    "        stop(RuntimeError('it ended with exit code %s' % end.code), line)\n"
    "except BaseException as error:\n"
    "    rest = error.__traceback__.tb_next\n"
    "    traceback.print_exception(type(error), error, rest)\n"
    "    at = [f.lineno for f in traceback.extract_tb(rest) if f.filename == file]\n"
    "    stop(error, at[-1] if at else getattr(error, 'lineno', 0))\n"
    "for name in names:\n"
    "    if name not in scope:\n"
    "        stop(NameError('it does not set the result `%s`' % name), line)\n"
    "try:\n"
    "    text = json.dumps({name: scope[name] for name in names}, default=give)\n"
    "except Exception as error:\n"
    "    stop(error, line)\n"
    "open(folder + '/results', 'w', encoding='utf-8').write(text)\n";

static const char node_driver[] =
    "const fs = require('fs'), vm = require('vm');\n"
    "const [folder, file, line, ...names] = process.argv.slice(1);\n"
    "const read = (name) => fs.readFileSync(folder + '/' + name, 'utf8');\n"
    "const stop = (at, says) => {\n"
    "    fs.writeFileSync(folder + '/error', at + ' ' + says);\n"
    "    process.exit(1);\n"
    "};\n"
    "const beside = require('module').createRequire(require('path').resolve(file));\n"
    "Object.assign(globalThis, JSON.parse(read('inputs')), {require: beside});\n"
    "for (const name of (process.env.FLOW_SCRIPT_SECRETS || '').split(' ').filter(Boolean)) {\n"
    "    globalThis[name] = process.env[name];\n"
    "    delete process.env[name];\n"
    "}\n"
    "delete process.env.FLOW_SCRIPT_SECRETS;\n"
    "try {\n"
    "    vm.runInThisContext(read('script'), {filename: file});\n"
    "} catch (error) {\n"
    "    const trace = String(error && error.stack || error);\n"
    "    console.error(trace.split('\\n    at Script.runInThisContext')[0]);\n"
    "    const place = trace.split(file + ':')[1];\n"
    "    stop(place ? parseInt(place) : line, String(error));\n"
    "}\n"
    "const results = {};\n"
    "for (const name of names) {\n"
    "    let x;\n"
    "    try { x = vm.runInThisContext(name); }\n"
    "    catch (error) { stop(line, 'it does not set the result `' + name + '`'); }\n"
    "    results[name] = x === undefined ? null : x;\n"
    "}\n"
    "fs.writeFileSync(folder + '/results', JSON.stringify(results));\n";

/* The lines are those of calls, from the innermost on; the driver's own have none. */
static const char r_driver[] =
    "args <- commandArgs(TRUE)\n"
    "folder <- args[1]; line <- as.integer(args[3])\n"
    "at <- 0L\n"
    "stop_at <- function(at, says) {\n"
    "    says <- strsplit(says, '\\n')[[1]][1]\n"
    "    message('Error: ', says)\n"
    "    writeLines(paste(at, says), file.path(folder, 'error'))\n"
    "    quit(save = 'no', status = 1)\n"
    "}\n"
    "if (!requireNamespace('jsonlite', quietly = TRUE))\n"
    "    stop_at(line, 'R has no package jsonlite: install it (apt-get install r-cran-jsonlite)')\n"
    "scope <- globalenv()\n"
    "inputs <- jsonlite::fromJSON(file.path(folder, 'inputs'))\n"
    "for (name in strsplit(Sys.getenv('FLOW_SCRIPT_SECRETS'), ' ')[[1]]) {\n"
    "    inputs[[name]] <- Sys.getenv(name)\n"
    "    Sys.unsetenv(name)\n"
    "}\n"
    "script <- file.path(folder, 'script')\n"
    "code <- tryCatch(parse(script, keep.source = TRUE, encoding = 'UTF-8'),\n"
    "                 error = function(e) {\n"
    "    says <- conditionMessage(e)\n"
    "    place <- regmatches(says, regexpr('script:[0-9]+', says))\n"
    "    stop_at(sub('script:', '', place), sub('^.*script:[0-9]+:[0-9]+: ', '', says))\n"
    "})\n"
    "note <- function(e) for (call in rev(sys.calls())) {\n"
    "    place <- attr(call, 'srcref')\n"
    "    if (at == 0L && !is.null(place)) at <<- as.integer(place[1])\n"
    "}\n"
    "own <- new.env(parent = scope)\n"
    "for (name in names(inputs)) assign(name, inputs[[name]], envir = own)\n"
    "places <- attr(code, 'srcref')\n"
    "for (i in seq_along(code)) tryCatch(\n"
    "    withCallingHandlers(eval(code[[i]], own), error = note),\n"
    "    error = function(e) stop_at(if (at > 0L) at else as.integer(places[[i]][1]),\n"
    "                                conditionMessage(e)))\n"
    "give <- function(x, depth) {\n"
    "    if (depth == 0L || is.data.frame(x) || is.matrix(x)) x\n"
    "    else if (is.list(x)) lapply(unname(x), give, depth - 1L)\n"
    "    else I(unname(x))\n"
    "}\n"
    "found <- list()\n"
    "for (name in args[-(1:3)]) {\n"
    "    if (!exists(name, envir = own, inherits = FALSE))\n"
    "        stop_at(line, paste0('it does not set the result `', name, '`'))\n"
    "    found[name] <- list(give(get(name, envir = own), depths[[name]]))\n"
    "}\n"
    "text <- tryCatch(jsonlite::toJSON(found, auto_unbox = TRUE, digits = NA, null = 'null',\n"
    "                                  na = 'null'),\n"
    "                 error = function(e) stop_at(line, conditionMessage(e)))\n"
    "writeLines(text, file.path(folder, 'results'), useBytes = TRUE)\n";

static const Interpreter interpreters[] = {
    {"sh", NULL, NULL, false},
    {"python", "-c", python_driver, false},
    {"node", "-e", node_driver, false},
    {"r", "--vanilla", r_driver, true},
};

enum {
    FORM_DEPTH = 20, /* of types that hold themselves */
    SAID_MOST = 200 /* bytes of what a script said last */
};

typedef struct Script {
    const char *language, *text, *file;
    int64_t line; /* of the text in the file */
} Script;

typedef struct Run {
    FlowTask *t;
    const Script *script;
    const Interpreter *interpreter;
    const OsInterpreter *program;
    const FlowType *inputs, *results; /* tuples; other types: there are none */
    char folder[PATH_MAX];
    Redactor redactor;
    off_t said_from; /* of our standard error, where it is a log */
} Run;

static FlowStatus file_of(const Run *r, const char *name, char path[PATH_MAX])
{
    int len = snprintf(path, PATH_MAX, "%s/%s", r->folder, name);
    return len < PATH_MAX ? FLOW_OK : flow_fail(r->t, "the path %s is too long", r->folder);
}

static FlowStatus pass_error(const Run *r, const FlowError *err)
{
    return flow_fail(r->t, "a script in %s: %s", r->script->language, err->message);
}

/* "a script in python" WHAT MESSAGE, at a line of the text, without secrets. */
static FlowStatus fail_at(const Run *r, const char *what, const char *message, uint32_t line)
{
    Buffer plain = {0};
    FlowStatus s = redact_text(&r->redactor, message, strlen(message), &plain);
    const char *text = s == FLOW_OK ? buffer_text(&plain) : NULL;
    if (text)
        s = flow_fail(r->t, "a script in %s%s%s", r->script->language, what, text);
    else
        s = flow_fail_memory(r->t, plain.cap);
    flow_trace(r->t, "script", r->script->file, line);
    buffer_free(&plain);
    return s;
}

static uint32_t count_of(const FlowType *type)
{
    return type->kind == FLOW_TUPLE ? type->field_count : 0;
}

/* ---- the interpreter ----------------------------------------------------- */

static FlowStatus find_interpreter(Run *r)
{
    for (size_t i = 0; i < sizeof interpreters / sizeof interpreters[0]; i++)
        if (strcmp(interpreters[i].language, r->script->language) == 0)
            r->interpreter = &interpreters[i];
    r->program = os_interpreters;
    while (r->program->language && strcmp(r->program->language, r->script->language) != 0)
        r->program++;
    if (!r->interpreter || !r->program->language)
        return flow_fail(r->t, "there are no scripts in %s", r->script->language);
    if (os_is_installed(r->program->program))
        return FLOW_OK;
    return flow_fail(r->t,
                     "there is no `%s` here, and a script in %s needs it: install it "
                     "(apt-get install %s), or put its folder into PATH",
                     r->program->program, r->script->language, r->program->package);
}

/* ---- what goes in -------------------------------------------------------- */

static FlowStatus write_file(const Run *r, const char *name, const void *bytes, size_t len)
{
    char path[PATH_MAX];
    FlowError err;
    int fd = -1;
    FlowStatus s = file_of(r, name, path);
    if (s != FLOW_OK)
        return s;
    s = os_open(path, OS_OPEN_NEW, &fd, &err);
    if (s == FLOW_OK)
        s = os_write_all(fd, path, bytes, len, &err);
    os_close(fd);
    return s == FLOW_OK ? FLOW_OK : pass_error(r, &err);
}

/* The text at its own lines of the .flow file; a shell's is followed by what saves its results. */
static FlowStatus write_text(const Run *r)
{
    Buffer text = {0};
    FlowStatus s = FLOW_OK;
    for (int64_t line = 1; line < r->script->line && s == FLOW_OK; line++)
        s = buffer_append_byte(&text, '\n');
    if (s == FLOW_OK)
        s = buffer_append_text(&text, r->script->text);
    for (uint32_t i = 0; !r->interpreter->driver && i < count_of(r->results) && s == FLOW_OK; i++)
        s = buffer_printf(&text, "\nprintf %%s \"${%s?a script must set its results}\" "
                                 ">\"$FLOW_SCRIPT/result.%u\"",
                          r->results->fields[i].name, i);
    s = s == FLOW_OK ? write_file(r, "script", text.bytes, text.len)
                     : flow_fail_memory(r->t, text.cap);
    buffer_free(&text);
    return s;
}

/* One that is read from a file begins with how deep the lists in each result are: R cannot tell a
 * list of one from what it holds. */
static FlowStatus write_driver(const Run *r)
{
    Buffer text = {0};
    FlowStatus s = buffer_append_text(&text, "depths <- list(");
    for (uint32_t i = 0; s == FLOW_OK && i < count_of(r->results); i++) {
        int depth = 0;
        const FlowField *f = &r->results->fields[i];
        for (const FlowType *type = f->type; type->kind == FLOW_LIST; type = type->item)
            depth++;
        s = buffer_printf(&text, "%s`%s` = %dL", i ? ", " : "", f->name, depth);
    }
    if (s == FLOW_OK)
        s = buffer_printf(&text, ")\n%s", r->interpreter->driver);
    s = s == FLOW_OK ? write_file(r, "driver", text.bytes, text.len)
                     : flow_fail_memory(r->t, text.cap);
    buffer_free(&text);
    return s;
}

static FlowStatus write_inputs(const Run *r, const void *values)
{
    Buffer text = {0};
    FlowStatus s = count_of(r->inputs) > 0 ? value_write_json(r->inputs, values, &text)
                                           : buffer_append_text(&text, "{}");
    s = s == FLOW_OK ? write_file(r, "inputs", text.bytes, text.len)
                     : flow_fail_memory(r->t, text.cap);
    buffer_free(&text);
    return s;
}

/* What JSON says in another way than the language of a script: NULL for most types. */
static const char *form_of(const FlowType *type)
{
    return type->kind == FLOW_BYTES ? "\"bytes\"" : type_is_matrix(type) ? "\"matrix\"" : NULL;
}

/* Whether something in a value of this type is such. */
static bool has_form(const FlowType *type, unsigned depth)
{
    if (form_of(type) || depth > FORM_DEPTH)
        return form_of(type) != NULL;
    bool found = type->item && has_form(type->item, depth + 1);
    for (uint32_t i = 0; !found && i < type->field_count; i++)
        found = has_form(type->fields[i].type, depth + 1);
    return found;
}

/* Where in a value there are bytes (text that stands for octets) and matrices (lists of rows):
 * null nowhere, "bytes", "matrix", {"item": of each}, {"fields": {…}}. */
static FlowStatus put_form(Buffer *out, const FlowType *type, unsigned depth)
{
    if (type->kind == FLOW_ENUM || !has_form(type, depth))
        return buffer_append_text(out, "null");
    if (form_of(type))
        return buffer_append_text(out, form_of(type));
    if (type->kind == FLOW_OPTION)
        return put_form(out, type->item, depth + 1);
    bool is_plain = type->kind == FLOW_LIST || type->kind == FLOW_MAP;
    FlowStatus s = buffer_append_text(out, is_plain ? "{\"item\":" : "{\"fields\":{");
    if (s == FLOW_OK && is_plain)
        s = put_form(out, type->item, depth + 1);
    for (uint32_t i = 0; s == FLOW_OK && !is_plain && i < type->field_count; i++) {
        const char *name = type->fields[i].name;
        s = *name ? buffer_printf(out, "%s\"%s\":", i ? "," : "", name)
                  : buffer_printf(out, "%s\"%u\":", i ? "," : "", i);
        if (s == FLOW_OK)
            s = put_form(out, type->fields[i].type, depth + 1);
    }
    return s == FLOW_OK ? buffer_append_text(out, is_plain ? "}" : "}}") : s;
}

static FlowStatus write_forms(const Run *r)
{
    Buffer text = {0};
    FlowStatus s = count_of(r->inputs) > 0 ? put_form(&text, r->inputs, 0)
                                           : buffer_append_text(&text, "null");
    s = s == FLOW_OK ? write_file(r, "forms", text.bytes, text.len)
                     : flow_fail_memory(r->t, text.cap);
    buffer_free(&text);
    return s;
}

/* Bytes as base64; a secret, which stands in no file, as it is. */
static FlowStatus show_input(Buffer *text, const FlowType *type, const void *value)
{
    if (type->kind != FLOW_BYTES && type->kind != FLOW_SECRET)
        return text_write(text, type, value, false);
    const FlowString *octets = *(FlowString *const *)value;
    if (type->kind == FLOW_SECRET)
        return buffer_append(text, flow_string_bytes(octets), flow_string_len_bytes(octets));
    return base64_write(text, flow_string_bytes(octets), flow_string_len_bytes(octets));
}

/* ---- the process --------------------------------------------------------- */

/* What the child begins with.  All of it is made before the fork: other threads of the task may
 * hold locks then, of which the child would never be rid. */
typedef struct Start {
    const char **args;
    char **environment; /* ours, then `own` of its own; NULL at the end */
    size_t inherited, own;
    char line[24], path[PATH_MAX], driver[PATH_MAX];
} Start;

extern char **environ;

static const char SECRETS[] = "FLOW_SCRIPT_SECRETS";

static void wipe(Buffer *text)
{
    if (text->bytes)
        explicit_bzero(text->bytes, text->cap);
    buffer_free(text);
}

static void start_free(Start *start)
{
    for (size_t i = 0; i < start->own; i++) {
        char *variable = start->environment[start->inherited + i];
        explicit_bzero(variable, strlen(variable)); /* it may be a secret */
        os_free(variable);
    }
    os_free(start->environment);
    os_free(start->args);
}

static bool add_variable(Start *start, const char *name, const char *value)
{
    Buffer text = {0};
    bool is_whole = value && buffer_printf(&text, "%s=%s", name, value) == FLOW_OK;
    const char *whole = is_whole ? buffer_text(&text) : NULL;
    char *copy = whole ? os_copy_string(whole) : NULL;
    wipe(&text);
    if (copy)
        start->environment[start->inherited + start->own++] = copy;
    return copy != NULL;
}

/* The names of the inputs that stand in no file, for the driver, which takes them over. */
static bool add_secret_names(const Run *r, Start *start)
{
    Buffer names = {0};
    FlowStatus s = FLOW_OK;
    for (uint32_t i = 0; s == FLOW_OK && i < count_of(r->inputs); i++)
        if (r->interpreter->driver && r->inputs->fields[i].type->kind == FLOW_SECRET)
            s = buffer_printf(&names, "%s ", r->inputs->fields[i].name);
    bool is_added = s == FLOW_OK && add_variable(start, SECRETS, buffer_text(&names));
    buffer_free(&names);
    return is_added;
}

/* Texts as they are, all else as `print` shows it. */
static bool add_inputs(const Run *r, const void *values, Start *start)
{
    for (uint32_t i = 0; i < count_of(r->inputs); i++) {
        const FlowField *f = &r->inputs->fields[i];
        Buffer text = {0};
        const char *shown = NULL;
        if (show_input(&text, f->type, (const char *)values + f->offset) == FLOW_OK)
            shown = buffer_text(&text);
        bool is_added = add_variable(start, f->name, shown);
        wipe(&text);
        if (!is_added)
            return false;
    }
    return add_variable(start, "FLOW_SCRIPT", r->folder) && add_secret_names(r, start);
}

/* Ours, save what has the name of one of its own. */
static void inherit(const Run *r, Start *start)
{
    for (char **at = environ; at && *at; at++) {
        size_t len = strcspn(*at, "=");
        bool is_own = (len == strlen("FLOW_SCRIPT") && memcmp(*at, "FLOW_SCRIPT", len) == 0) ||
                      (len == strlen(SECRETS) && memcmp(*at, SECRETS, len) == 0);
        for (uint32_t i = 0; i < count_of(r->inputs); i++) {
            const char *name = r->inputs->fields[i].name;
            is_own |= strlen(name) == len && memcmp(*at, name, len) == 0;
        }
        if (!is_own)
            start->environment[start->inherited++] = *at;
    }
}

static bool make_environment(const Run *r, const void *values, Start *start)
{
    enum { OWN_FIXED = 3 }; /* FLOW_SCRIPT, the names of secrets, and the NULL */
    size_t count = count_of(r->inputs) + OWN_FIXED;
    for (char **at = environ; at && *at; at++)
        count++;
    start->environment = os_alloc_zero(count * sizeof *start->environment);
    if (!start->environment)
        return false;
    inherit(r, start);
    return add_inputs(r, values, start);
}

static bool make_arguments(const Run *r, Start *start)
{
    enum { FIXED_ARGUMENTS = 8 };
    const Interpreter *with = r->interpreter;
    size_t n = 0, count = count_of(r->results);
    const char **args = os_alloc_zero((count + FIXED_ARGUMENTS) * sizeof *args);
    start->args = args;
    if (!args)
        return false;
    snprintf(start->line, sizeof start->line, "%lld", (long long)r->script->line);
    args[n++] = r->program->program;
    if (with->driver) {
        const char *const fixed[] = {with->option, with->is_file ? start->driver : with->driver,
                                     r->folder, r->script->file, start->line};
        for (size_t i = 0; i < sizeof fixed / sizeof fixed[0]; i++)
            args[n++] = fixed[i];
        for (uint32_t i = 0; i < count; i++)
            args[n++] = r->results->fields[i].name;
    } else {
        args[n++] = "-e";
        args[n++] = start->path;
    }
    return true;
}

_Noreturn static void become(const Run *r, const Start *start, const RedactPipes *pipes)
{
    sigset_t none;
    if (pipes)
        redact_pipes_become(pipes);
    sigemptyset(&none); /* the threads of a parallel_map block most signals */
    sigprocmask(SIG_SETMASK, &none, NULL);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    signal(SIGPIPE, SIG_DFL);
    execvpe(r->program->program, (char *const *)(uintptr_t)start->args, start->environment);
    _exit(126);
}

/* "LINE MESSAGE", as a driver leaves it. */
static FlowStatus fail_as_said(const Run *r)
{
    char path[PATH_MAX];
    Buffer said = {0};
    FlowError err;
    FlowStatus s = file_of(r, "error", path);
    if (s == FLOW_OK && os_read_file(path, &said, &err) == FLOW_OK && buffer_text(&said)) {
        char *message = NULL;
        long line = strtol(buffer_text(&said), &message, 10);
        s = fail_at(r, ": ", message + (*message == ' '), (uint32_t)line);
    }
    buffer_free(&said);
    return s;
}

/* How far our standard error has come; 0 where it is no file. */
static off_t end_of_said(void)
{
    struct stat st;
    return fstat(STDERR_FILENO, &st) == 0 && S_ISREG(st.st_mode) ? st.st_size : 0;
}

/* What the script printed last to standard error, at most `size` bytes, without secrets.  Where no
 * other thread prints it is read from the log. */
static size_t read_said(const Run *r, const RedactPipes *pipes, char *out, size_t size)
{
    if (pipes)
        memcpy(out, pipes->said, pipes->said_len);
    if (pipes)
        return pipes->said_len;
    off_t end = end_of_said(), from = r->said_from;
    int fd = end > from ? open("/proc/self/fd/2", O_RDONLY | O_CLOEXEC) : -1;
    if (fd < 0)
        return 0;
    from = end - from > (off_t)size ? end - (off_t)size : from;
    ssize_t n = pread(fd, out, size, from);
    os_close(fd);
    return n > 0 ? (size_t)n : 0;
}

static bool is_blank(char c)
{
    return (unsigned char)c <= ' ' || c == 0x7f;
}

/* Makes a text of the last line: without what controls a terminal, and not long. */
static void last_line(char *text, size_t len)
{
    size_t from, to = 0;
    while (len > 0 && is_blank(text[len - 1]))
        len--;
    for (from = len; from > 0 && text[from - 1] != '\n';)
        from--;
    for (; from < len && to < SAID_MOST; from++)
        if (text[from] == ' ' || !is_blank(text[from]))
            text[to++] = text[from];
    if (from < len && (text[from] & 0xc0) == 0x80) { /* not in the middle of a code point */
        while (to > 0 && (text[to - 1] & 0xc0) == 0x80)
            to--;
        to -= to > 0;
    }
    text[to] = '\0';
}

/* A shell names its file and the line, which is one of the .flow file: *line then. */
static const char *without_place(const Run *r, const char *text, uint32_t *line)
{
    size_t folder = strlen(r->folder);
    if (strncmp(text, r->folder, folder) != 0 || strncmp(text + folder, "/script: ", 9) != 0)
        return text;
    text += folder + 9;
    const char *number = strncmp(text, "line ", 5) == 0 ? text + 5 : text;
    char *end;
    unsigned long at = strtoul(number, &end, 10);
    if (end == number || strncmp(end, ": ", 2) != 0)
        return text;
    *line = (uint32_t)at;
    return end + 2;
}

static FlowStatus fail_shell(const Run *r, const RedactPipes *pipes, int code)
{
    char said[REDACT_SAID + 1], what[60];
    uint32_t line = (uint32_t)r->script->line;
    last_line(said, read_said(r, pipes, said, REDACT_SAID));
    const char *words = without_place(r, said, &line);
    snprintf(what, sizeof what, " ended with exit code %d%s", code,
             *words ? ": " : "; what it printed says why");
    return fail_at(r, what, words, line);
}

static FlowStatus fail_script(const Run *r, const RedactPipes *pipes, int status)
{
    FlowStatus s = fail_as_said(r);
    if (s != FLOW_OK)
        return s;
    if (WIFEXITED(status))
        return fail_shell(r, pipes, WEXITSTATUS(status));
    flow_fail(r->t, "a script in %s was ended by signal %d (%s)", r->script->language,
              WTERMSIG(status), strsignal(WTERMSIG(status)));
    flow_trace(r->t, "script", r->script->file, (uint32_t)r->script->line);
    return FLOW_FAIL;
}

/* What it prints goes to our own output; `pipes` is NULL where it is that already. */
static FlowStatus wait_for(const Run *r, pid_t pid, RedactPipes *pipes)
{
    int status = 0;
    bool has_ended = false;
    FlowError err;
    FlowStatus s = pipes ? redact_pipes_pump(pipes, &r->redactor, pid, &status, &has_ended, &err)
                         : FLOW_OK;
    while (!has_ended && waitpid(pid, &status, 0) < 0)
        if (errno != EINTR)
            return flow_fail(r->t, "lost `%s`: %s", r->program->program, os_error_text(errno));
    if (s != FLOW_OK)
        return flow_fail(r->t, "what a script in %s printed cannot be written to the log: %s",
                         r->script->language, err.message);
    bool is_done = WIFEXITED(status) && WEXITSTATUS(status) == 0;
    return is_done ? FLOW_OK : fail_script(r, pipes, status);
}

static FlowStatus start_and_wait(const Run *r, const Start *start)
{
    bool is_through_us = r->redactor.count > 0 || r->t->has_company;
    RedactPipes open, *pipes = is_through_us ? &open : NULL;
    fflush(NULL);
    r->t->prints++;
    FlowStatus s = pipes ? redact_pipes_open(pipes) : FLOW_OK;
    pid_t pid = s == FLOW_OK ? fork() : -1;
    if (pid == 0)
        become(r, start, pipes);
    if (pid > 0)
        return wait_for(r, pid, pipes);
    s = flow_fail(r->t, "cannot start `%s`: %s", r->program->program, os_error_text(errno));
    if (pipes)
        redact_pipes_close(pipes);
    return s;
}

/* Besides what the task has read, what the script is given. */
static FlowStatus note_secrets(Run *r, const void *values)
{
    FlowStatus s = redactor_init(&r->redactor);
    for (uint32_t i = 0; s == FLOW_OK && i < count_of(r->inputs); i++) {
        const FlowField *f = &r->inputs->fields[i];
        if (f->type->kind != FLOW_SECRET)
            continue;
        const FlowString *text = *(FlowString *const *)((const char *)values + f->offset);
        s = redactor_add(&r->redactor, flow_string_bytes(text), flow_string_len_bytes(text));
    }
    return s == FLOW_OK ? s : flow_fail_memory(r->t, r->redactor.count);
}

static FlowStatus run_process(const Run *r, const void *values)
{
    Start start = {0};
    FlowStatus s = file_of(r, "script", start.path);
    if (s == FLOW_OK)
        s = file_of(r, "driver", start.driver);
    if (s == FLOW_OK)
        s = make_arguments(r, &start) && make_environment(r, values, &start)
                ? start_and_wait(r, &start)
                : flow_fail_memory(r->t, 0);
    start_free(&start);
    return s;
}

/* ---- what comes back ----------------------------------------------------- */

/* A message shows a part of what it is about, which may be a part of a secret. */
static const char *explain(const Run *r, const Buffer *text, const FlowError *err)
{
    Buffer plain = {0};
    if (text->len == 0 || r->redactor.count == 0)
        return err->message;
    bool has_secret =
        redact_text(&r->redactor, (char *)text->bytes, text->len, &plain) != FLOW_OK ||
        plain.len != text->len || memcmp(plain.bytes, text->bytes, plain.len) != 0;
    buffer_free(&plain);
    return has_secret ? "a secret is there, and not what is wanted" : err->message;
}

/* All results of a driver are one object: "the value.rows[1]" is the result rows[1]. */
static FlowStatus fail_result(const Run *r, const char *what, const char *why)
{
    static const char whole[] = "the value.";
    bool is_one = strncmp(why, whole, sizeof whole - 1) == 0;
    return fail_at(r, is_one ? ": the result " : what, is_one ? why + sizeof whole - 1 : why,
                   (uint32_t)r->script->line);
}

static FlowStatus read_value(const Run *r, const char *name, const char *what, const FlowType *type,
                             void *out)
{
    char path[PATH_MAX];
    Buffer text = {0};
    FlowError err;
    FlowStatus s = file_of(r, name, path);
    if (s != FLOW_OK)
        return s;
    s = os_read_file(path, &text, &err);
    if (s == FLOW_OK && buffer_text(&text))
        s = value_parse(type, buffer_text(&text), out, &err);
    const char *why = s == FLOW_OK ? "" : explain(r, &text, &err);
    buffer_free(&text);
    return s == FLOW_OK ? FLOW_OK : fail_result(r, what, why);
}

static FlowStatus read_shell_results(const Run *r, void *out)
{
    FlowStatus s = FLOW_OK;
    for (uint32_t i = 0; i < r->results->field_count && s == FLOW_OK; i++) {
        const FlowField *f = &r->results->fields[i];
        char name[32], what[200];
        snprintf(name, sizeof name, "result.%u", i);
        snprintf(what, sizeof what, ": the result `%.100s`: ", f->name);
        s = read_value(r, name, what, f->type, (char *)out + f->offset);
    }
    return s;
}

static FlowStatus read_results(const Run *r, void *out)
{
    if (count_of(r->results) == 0)
        return FLOW_OK;
    return r->interpreter->driver ? read_value(r, "results", ": its results: ", r->results, out)
                                  : read_shell_results(r, out);
}

/* ---- the whole ----------------------------------------------------------- */

static FlowStatus make_folder(Run *r)
{
    FlowError err;
    FlowStatus s = os_scratch_make(r->folder, &err);
    return s == FLOW_OK ? s : pass_error(r, &err);
}

FlowStatus flow_script(FlowTask *t, const char *language, const char *text, const char *file,
                       int64_t line, const FlowType *inputs, const void *values,
                       const FlowType *results, void *out)
{
    const Script script = {language, text, file, line};
    Run r = {.t = t, .script = &script, .inputs = inputs, .results = results};
    FlowStatus s = find_interpreter(&r);
    if (s == FLOW_OK)
        s = make_folder(&r);
    if (s != FLOW_OK)
        return s;
    s = note_secrets(&r, values);
    if (s == FLOW_OK)
        s = write_text(&r);
    if (s == FLOW_OK)
        s = write_inputs(&r, values);
    if (s == FLOW_OK)
        s = write_forms(&r);
    if (s == FLOW_OK && r.interpreter->is_file)
        s = write_driver(&r);
    r.said_from = end_of_said();
    if (s == FLOW_OK)
        s = run_process(&r, values);
    if (s == FLOW_OK)
        s = read_results(&r, out);
    os_scratch_remove(r.folder);
    redactor_free(&r.redactor);
    return s;
}
