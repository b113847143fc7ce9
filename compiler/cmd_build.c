/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_build.c - `flowc build`: from a flow to a program.
 *
 * The C text stands in .flow/build/NAME.c beside the program, and NAME.digest there says what the
 * program was made of: C text, command, compiler, headers and runtime.  Where nothing of that
 * changed, and the program is still the one that was made, it is not made again. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

#include "cmd.h"
#include "emit/cwriter.h"
#include "syntax/parse.h"
#include "toolchain.h"

const char cmd_build_help[] =
    "usage: flowc build [FILE] [-o OUT] [--debug] [--emit-c]\n"
    "\n"
    "Makes a program of a flow. Without FILE: of the one flow in this folder.\n"
    "\n"
    "  -o OUT      where the program goes; by default ./NAME, after the flow's name\n"
    "  --debug     for a debugger: not optimised, with the lines of the .flow file; in gdb,\n"
    "              `set follow-fork-mode child` leads into a task, and the local `x` is `v_x`\n"
    "  --emit-c    leave the C text beside the program, as OUT.c\n";

typedef struct Paths {
    const char *out;                     /* the program */
    const char *folder;                  /* .flow/build beside it */
    const char *c_file, *digest, *fresh; /* in there; fresh: the program while it is made */
    const char *base;                    /* the program's name */
} Paths;

/* The user's C. */
typedef struct Part {
    const char *path;
    Str header;
} Part;

typedef struct Translation {
    Paths paths;
    Str c_text;
    VEC(Part) parts;
    Str warnings; /* that were not told so far */
} Translation;

/* ---- names -------------------------------------------------------------------------------- */

static bool is_upper(char c)
{
    return c >= 'A' && c <= 'Z';
}

Str cmd_program_name(Arena *a, Str name)
{
    StrBuf b;
    strbuf_init(&b, a);
    for (size_t i = 0; i < name.len; i++) {
        char c = name.ptr[i];
        bool after_lower = i > 0 && !is_upper(name.ptr[i - 1]) && name.ptr[i - 1] != '_';
        bool before_lower = i > 0 && i + 1 < name.len && is_upper(name.ptr[i - 1]) &&
                            !is_upper(name.ptr[i + 1]) && name.ptr[i + 1] != '_';
        if (is_upper(c) && (after_lower || before_lower))
            strbuf_add_char(&b, '_');
        strbuf_add_char(&b, is_upper(c) ? (char)(c - 'A' + 'a') : c);
    }
    return strbuf_str(&b);
}

static Paths paths_of(Arena *a, const BuildPlan *plan, Str flow)
{
    Paths p;
    Str name = cmd_program_name(a, flow);
    p.out =
        plan->out
            ? plan->out
            : str_printf(a, plan->is_private ? ".flow/build/%.*s" : "./%.*s", STR_ARG(name)).ptr;
    const char *slash = strrchr(p.out, '/');
    bool is_here = slash && slash - p.out == 1 && p.out[0] == '.';
    p.base = slash ? slash + 1 : p.out;
    if (is_here || plan->is_private)
        p.folder = ".flow/build";
    else if (slash)
        p.folder = str_printf(a, "%.*s/.flow/build", (int)(slash - p.out), p.out).ptr;
    else
        p.folder = ".flow/build";
    p.c_file = str_printf(a, "%s/%s.c", p.folder, p.base).ptr;
    p.digest = str_printf(a, "%s/%s.digest", p.folder, p.base).ptr;
    p.fresh = str_printf(a, "%s/%s.%ld.new", p.folder, p.base, (long)getpid()).ptr;
    return p;
}

/* ---- files ---------------------------------------------------------------------------------- */

static bool read_file(Arena *a, const char *path, Str *out)
{
    FILE *file = fopen(path, "re");
    if (!file)
        return false;
    StrBuf b;
    char block[16384];
    size_t n;
    strbuf_init(&b, a);
    while ((n = fread(block, 1, sizeof block, file)) > 0)
        strbuf_add(&b, (Str){block, n});
    fclose(file);
    *out = strbuf_str(&b);
    return true;
}

/* `errno` says why. */
static int fail_to_write(const BuildPlan *plan, const char *path)
{
    const char *way_out = plan->is_private ? "build it with `flowc build FILE -o OUT` at a place "
                                             "that can be written, or go to such a folder"
                                           : "choose another place with -o";
    if (errno == ENOSPC || errno == EDQUOT)
        way_out = "free some space, then try again";
    return cmd_fail("cannot write %s: %s; %s", path, strerror(errno), way_out);
}

static bool write_all(int fd, Str text)
{
    while (text.len > 0) {
        ssize_t n = write(fd, text.ptr, text.len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return false;
        text = str_slice(text, (size_t)n, text.len);
    }
    return true;
}

/* Beside, then renamed, and only if the bytes changed. */
static int write_file(Arena *a, const BuildPlan *plan, const char *path, Str text)
{
    Str before;
    if (read_file(a, path, &before) && str_eq(before, text))
        return EXIT_OK;
    const char *fresh = str_printf(a, "%s.%ld.new", path, (long)getpid()).ptr;
    int fd = open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0)
        return fail_to_write(plan, path);
    bool is_written = write_all(fd, text);
    if (close(fd) < 0 || !is_written || rename(fresh, path) < 0) {
        int code = fail_to_write(plan, path);
        unlink(fresh);
        return code;
    }
    return EXIT_OK;
}

static int make_folder(const BuildPlan *plan, const char *path)
{
    struct stat st;
    if (mkdir(path, 0700) == 0)
        return EXIT_OK;
    if (errno == EEXIST && stat(path, &st) == 0 && S_ISDIR(st.st_mode))
        return EXIT_OK;
    if (errno != EEXIST)
        return fail_to_write(plan, path);
    return cmd_fail("%s is no folder, and what flowc makes on the way to a program goes there: "
                    "move it away, or choose another place with `flowc build FILE -o OUT`",
                    path);
}

/* `.flow/build` in a folder that must be there. */
static int make_folders(Arena *a, const BuildPlan *plan, const Paths *p)
{
    struct stat st;
    size_t parent = strlen(p->folder) - strlen(".flow/build");
    const char *folder = parent ? arena_strndup(a, p->folder, parent > 1 ? parent - 1 : 1) : ".";
    const char *flow = arena_strndup(a, p->folder, parent + strlen(".flow"));
    if (stat(folder, &st) < 0 || !S_ISDIR(st.st_mode))
        return cmd_fail("there is no folder %s: make it, or choose another place with -o", folder);
    if (!plan->is_private && stat(p->out, &st) == 0 && S_ISDIR(st.st_mode))
        return cmd_fail("%s is a folder: name the program too, as in `-o %s/NAME`", p->out, p->out);
    int code = make_folder(plan, flow);
    return code == EXIT_OK ? make_folder(plan, p->folder) : code;
}

/* Before the C compiler is called, whose words for it are none for a person. */
static int check_writable(Arena *a, const BuildPlan *plan, const Paths *p)
{
    size_t len = strlen(p->out) - strlen(p->base);
    const char *beside = len ? arena_strndup(a, p->out, len > 1 ? len - 1 : 1) : ".";
    if (access(p->folder, W_OK | X_OK) < 0)
        return fail_to_write(plan, p->folder);
    if (access(beside, W_OK | X_OK) < 0)
        return fail_to_write(plan, p->out);
    return EXIT_OK;
}

/* ---- is it there already? ------------------------------------------------ */

static Str stamp_of(Arena *a, const char *path)
{
    struct stat st;
    if (stat(path, &st) < 0)
        return (Str){0};
    return str_printf(a, "%lld %lld.%09ld", (long long)st.st_size, (long long)st.st_mtim.tv_sec,
                      st.st_mtim.tv_nsec);
}

static Str digest_of(Arena *a, Str c_text, Str fingerprint)
{
    unsigned char bytes[EVP_MAX_MD_SIZE];
    unsigned len = 0;
    StrBuf b;
    Str whole = str_concat(a, fingerprint, c_text);
    strbuf_init(&b, a);
    if (EVP_Digest(whole.ptr, whole.len, bytes, &len, EVP_sha256(), NULL) != 1)
        return (Str){0};
    for (unsigned i = 0; i < len; i++)
        strbuf_printf(&b, "%02x", bytes[i]);
    return strbuf_str(&b);
}

static bool is_built(Arena *a, const Paths *p, Str digest)
{
    Str recorded, stamp = stamp_of(a, p->out);
    if (stamp.len == 0 || digest.len == 0 || !read_file(a, p->digest, &recorded))
        return false;
    return str_eq(recorded, str_printf(a, "%.*s %.*s\n", STR_ARG(digest), STR_ARG(stamp)));
}

/* ---- making it ----------------------------------------------------------- */

/* The C compiler says in words only that a disk is full, so its room is looked at: a program has
 * some 10 MB, and what was made of it is gone by now. */
static bool is_full(const char *folder)
{
    struct statvfs disk;
    return statvfs(folder, &disk) == 0 && disk.f_blocks > 0 &&
           disk.f_bavail < ((uint64_t)32 << 20) / (disk.f_frsize ? disk.f_frsize : 1);
}

static const char *full_folder(const Paths *p)
{
    const char *scratch = getenv("TMPDIR");
    scratch = scratch && scratch[0] ? scratch : "/tmp";
    return is_full(p->folder) ? p->folder : is_full(scratch) ? scratch : NULL;
}

/* What to do when the C compiler could not make a program of what flowc wrote. */
static int fail_to_compile(const Paths *p, const ToolFailure *why, bool has_parts)
{
    const char *full = full_folder(p);
    Str words = why->words;
    if (full)
        return cmd_fail("%.*s, and hardly any space is left on the disk of %s: free some, "
                        "then try again",
                        STR_ARG(words), full);
    if (why->is_disk)
        return cmd_fail("%.*s, since it could not write what it makes: see above; give it room "
                        "in %s and in TMPDIR, then try again",
                        STR_ARG(words), p->folder);
    if (why->is_outside)
        return cmd_fail("%.*s, and the flow is not the reason: look whether there is memory "
                        "enough and whether the compiler runs by itself, then try again",
                        STR_ARG(words));
    if (has_parts)
        return cmd_fail("%.*s; each extern function must be in the C file that it names, and "
                        "not be static",
                        STR_ARG(words));
    return cmd_fail("%.*s on %s, which flowc made: that is a fault of flowc or of its "
                    "installation",
                    STR_ARG(words), p->c_file);
}

/* NAME.1.o, beside the C text, of the first part, and so on. */
static int compile_part(Arena *a, const Toolchain *t, const BuildPlan *plan, const Paths *p,
                        const Part *part, const char *object)
{
    ToolFailure why;
    const char *header = str_printf(a, "%s.h", object).ptr;
    int code = write_file(a, plan, header, part->header);
    if (code != EXIT_OK)
        return code;
    ArgVec command = toolchain_object_command(t, part->path, header, object, plan->is_debug);
    if (toolchain_run(a, &command, &why))
        return EXIT_OK;
    if (why.is_outside || why.is_disk)
        return fail_to_compile(p, &why, true);
    return cmd_fail("%.*s on %s, which `%s` links: its functions must have the types that the "
                    "`extern fn` lines say; as C prototypes these are in %s",
                    STR_ARG(why.words), part->path, p->base, header);
}

static int compile_parts(Arena *a, const Toolchain *t, const BuildPlan *plan,
                         const Translation *from, ArgVec *objects)
{
    int code = EXIT_OK;
    for (size_t i = 0; i < from->parts.len && code == EXIT_OK; i++) {
        const char *object =
            str_printf(a, "%s/%s.%zu.o", from->paths.folder, from->paths.base, i + 1).ptr;
        code = compile_part(a, t, plan, &from->paths, &from->parts.items[i], object);
        vec_push(a, objects, object);
    }
    return code;
}

static int run_compiler(Arena *a, const Toolchain *t, const BuildPlan *plan,
                        const Translation *from)
{
    ToolFailure why;
    const Paths *p = &from->paths;
    ArgVec objects = {0};
    int code = compile_parts(a, t, plan, from, &objects);
    if (code != EXIT_OK)
        return code;
    ArgVec command = toolchain_command(t, p->c_file, &objects, p->fresh, plan->is_debug);
    if (!toolchain_run(a, &command, &why)) {
        unlink(p->fresh);
        return fail_to_compile(p, &why, objects.len > 0);
    }
    if (rename(p->fresh, p->out) == 0)
        return EXIT_OK;
    code = fail_to_write(plan, p->out);
    unlink(p->fresh);
    return code;
}

static int make_program(Arena *a, const Toolchain *t, const BuildPlan *plan,
                        const Translation *from, bool *was_there)
{
    const Paths *p = &from->paths;
    Str c_text = from->c_text;
    int code = make_folders(a, plan, p);
    Str compiled = cw_repeat_lines(a, c_text, str_printf(a, "%s.c", p->base));
    if (code == EXIT_OK)
        code = write_file(a, plan, p->c_file, compiled);
    if (code == EXIT_OK && plan->emits_c)
        code = write_file(a, plan, str_printf(a, "%s.c", p->out).ptr, c_text);
    Str digest = digest_of(a, compiled, toolchain_fingerprint(t, plan->is_debug));
    bool is_same = code == EXIT_OK && is_built(a, p, digest);
    /* What the user's C includes is not known here, so with it the program is made again. */
    *was_there = is_same && from->parts.len == 0;
    if (code != EXIT_OK || *was_there)
        return code;
    if (!is_same && from->warnings.len)
        fwrite(from->warnings.ptr, 1, from->warnings.len, stderr);
    code = check_writable(a, plan, p);
    if (code == EXIT_OK)
        code = run_compiler(a, t, plan, from);
    if (code != EXIT_OK)
        return code;
    Str stamp = stamp_of(a, p->out);
    return write_file(a, plan, p->digest,
                      str_printf(a, "%.*s %.*s\n", STR_ARG(digest), STR_ARG(stamp)));
}

/* ---- which flow ---------------------------------------------------------- */

/* A file with a `flow` line; *has_errors where the rest of it cannot be read. */
static bool is_flow_file(Arena *a, const char *path, bool *has_errors)
{
    SourceSet sources;
    DiagList diags;
    uint32_t source;
    Str error;
    source_set_init(&sources, a);
    diag_list_init(&diags, a, &sources);
    if (!source_read(&sources, str_from(path), &source, &error))
        return false;
    bool is_flow = parse_file(a, &sources, source, &diags)->flow != NULL;
    *has_errors = diag_has_errors(&diags);
    return is_flow;
}

static int choose_file(Arena *a, const BuildPlan *plan, const char **out)
{
    struct dirent **entries = NULL;
    StrBuf names;
    size_t found = 0;
    int count = scandir(".", &entries, NULL, alphasort);
    strbuf_init(&names, a);
    for (int i = 0; i < count; i++) {
        bool has_errors = false;
        const char *name = arena_strdup(a, entries[i]->d_name);
        free(entries[i]);
        if (!str_ends_with(str_from(name), STR(".flow")) || name[0] == '.' ||
            !is_flow_file(a, name, &has_errors))
            continue;
        strbuf_printf(&names, "%s%s%s", found ? ", " : "", name,
                      has_errors ? " (with errors)" : "");
        if (found++ == 0)
            *out = name;
    }
    free(entries);
    if (found == 1)
        return EXIT_OK;
    if (found == 0)
        return cmd_fail("there is no flow in this folder: no .flow file has a `flow NAME` line; "
                        "name one, as in `flowc %s path/to/hello.flow`",
                        plan->command);
    Str all = strbuf_str(&names);
    return cmd_fail("there are several flows in this folder: %.*s; name one, as in "
                    "`flowc %s %s`",
                    STR_ARG(all), plan->command, *out);
}

/* The flow's name; of a program of tests, the file's with `_test` behind it. */
static Str program_name(Arena *a, const BuildPlan *plan, const char *file, const Compilation *c)
{
    if (!plan->is_test)
        return str_copy(a, c->file->flow->name.name);
    const char *slash = strrchr(file, '/'), *name = slash ? slash + 1 : file;
    return str_printf(a, "%.*s_test", (int)strcspn(name, "."), name);
}

/* Whether there is anything to make a program of; else a message. */
static int check_content(const BuildPlan *plan, const char *file, const Compilation *c)
{
    if (diag_has_errors(&c->diags))
        return EXIT_FAILED;
    if (plan->is_test && c->model->tests.len == 0)
        return cmd_fail("%s has no tests, nor has what it imports: write one as in "
                        "`test \"adds up\" { assert sum([1, 2]) == 3 }`",
                        file);
    if (!plan->is_test && !c->file->flow && c->file->decls.count == 0)
        return cmd_fail("%s declares nothing, so there is no program to build", file);
    if (!plan->is_test && !c->file->flow)
        return cmd_fail("%s is a library: it has no `flow NAME` line, so there is no program "
                        "to build",
                        file);
    return EXIT_OK;
}

static void copy_parts(Arena *a, Compilation *c, Translation *out)
{
    ForeignFiles files = compile_foreign(c);
    for (size_t i = 0; i < files.len; i++) {
        const Source *source = source_get(&c->sources, files.items[i].source);
        Part part = {str_c(a, source->path), str_copy(a, files.items[i].header)};
        vec_push(a, &out->parts, part);
    }
}

static int translate(Arena *a, const BuildPlan *plan, const char *file, Translation *out)
{
    Compilation c;
    Str error;
    CompileGoal goal = plan->is_test ? COMPILE_TESTS : COMPILE_IR;
    int code = EXIT_OK;
    if (!compile(&c, str_from(file), goal, &error)) {
        code = cmd_fail("%.*s", STR_ARG(error));
    } else {
        if (plan->warns_once && !diag_has_errors(&c.diags))
            out->warnings = cmd_shown(a, &c);
        else if (!plan->hides_warnings || diag_has_errors(&c.diags))
            cmd_show(&c);
        code = check_content(plan, file, &c);
    }
    if (code == EXIT_OK) {
        out->paths = paths_of(a, plan, program_name(a, plan, file, &c));
        out->c_text = str_copy(a, compile_c(&c, str_printf(a, "%s.c", out->paths.base)));
        copy_parts(a, &c, out);
    }
    compile_free(&c);
    return code;
}

int build(Arena *arena, const BuildPlan *plan, Built *out)
{
    Toolchain tools;
    Translation made = {0};
    Str error;
    const char *file = plan->file;
    int code = file ? EXIT_OK : choose_file(arena, plan, &file);
    if (code == EXIT_OK)
        code = translate(arena, plan, file, &made);
    if (code != EXIT_OK)
        return code;
    if (!toolchain_find(&tools, arena, &error))
        return cmd_fail("%.*s", STR_ARG(error));
    *out = (Built){.program = str_from(made.paths.out)};
    return make_program(arena, &tools, plan, &made, &out->was_there);
}

/* ---- the command --------------------------------------------------------- */

static int read_plan(BuildPlan *plan, int argc, char **argv)
{
    for (int i = 0; i < argc; i++) {
        bool is_missing = false;
        const char *value = cmd_option(argc, argv, &i, "-o", &is_missing);
        if (value)
            plan->out = value;
        else if (is_missing)
            return cmd_usage("build", "`-o` needs a path");
        else if (strcmp(argv[i], "--debug") == 0)
            plan->is_debug = true;
        else if (strcmp(argv[i], "--emit-c") == 0)
            plan->emits_c = true;
        else if (argv[i][0] == '-')
            return cmd_unknown_option("build", argv[i]);
        else if (plan->file)
            return cmd_usage("build", "one flow at a time: %s or %s?", plan->file, argv[i]);
        else
            plan->file = argv[i];
    }
    return EXIT_OK;
}

static double seconds_since(const struct timespec *begin)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)(now.tv_sec - begin->tv_sec) + 1e-9 * (double)(now.tv_nsec - begin->tv_nsec);
}

/* For who looks on; in a script a build that succeeds says nothing. */
static void say_built(const Built *built, double seconds)
{
    if (!isatty(STDERR_FILENO))
        return;
    const char *here = strchr(built->program.ptr, '/') ? "" : "./";
    if (built->was_there)
        fprintf(stderr, "%s%s is up to date\n", here, built->program.ptr);
    else
        fprintf(stderr, "built %s%s in %.1f s\n", here, built->program.ptr, seconds);
}

int cmd_build(int argc, char **argv)
{
    BuildPlan plan = {.command = "build"};
    Arena arena;
    Built built;
    struct timespec begin;
    clock_gettime(CLOCK_MONOTONIC, &begin);
    int code = read_plan(&plan, argc, argv);
    if (code != EXIT_OK)
        return code;
    arena_init(&arena);
    code = build(&arena, &plan, &built);
    if (code == EXIT_OK)
        say_built(&built, seconds_since(&begin));
    arena_deinit(&arena);
    return code;
}
