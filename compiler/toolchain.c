/* SPDX-License-Identifier: Apache-2.0 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "toolchain.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

/* ---- where things are ---------------------------------------------------------------------- */

static const char *path_in(Arena *a, const char *folder, const char *name)
{
    return str_printf(a, "%s/%s", folder, name).ptr;
}

/* The folder above the one that holds this executable. */
static bool find_prefix(Toolchain *t, Str *error)
{
    char path[4096];
    ssize_t len = readlink("/proc/self/exe", path, sizeof path - 1);
    if (len < 0) {
        *error = str_printf(t->arena, "cannot tell where flowc lies: %s", strerror(errno));
        return false;
    }
    path[len] = '\0';
    for (int up = 0; up < 2; up++) {
        char *slash = strrchr(path, '/');
        if (slash)
            *slash = '\0';
    }
    t->prefix = arena_strdup(t->arena, path);
    return true;
}

/* One argument a line; a file that is not there has none. */
static bool read_lines(Toolchain *t, const char *name, ArgVec *out)
{
    const char *path = path_in(t->arena, path_in(t->arena, t->prefix, "lib/flow"), name);
    FILE *file = fopen(path, "re");
    if (!file)
        return false;
    char line[4096];
    while (fgets(line, sizeof line, file)) {
        line[strcspn(line, "\n")] = '\0';
        if (line[0])
            vec_push(t->arena, out, arena_strdup(t->arena, line));
    }
    fclose(file);
    return true;
}

static bool is_program(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISREG(st.st_mode) && access(path, X_OK) == 0;
}

static const char *find_in_path(Arena *a, const char *name)
{
    if (strchr(name, '/'))
        return is_program(name) ? name : NULL;
    const char *path = getenv("PATH");
    for (const char *at = path ? path : "/usr/bin:/bin"; *at;) {
        size_t len = strcspn(at, ":");
        const char *folder = len ? arena_strndup(a, at, len) : ".";
        const char *candidate = path_in(a, folder, name);
        if (is_program(candidate))
            return candidate;
        at += len + (at[len] == ':');
    }
    return NULL;
}

static void split_words(Arena *a, const char *text, ArgVec *out)
{
    while (*text) {
        text += strspn(text, " \t");
        size_t len = strcspn(text, " \t");
        if (len)
            vec_push(a, out, arena_strndup(a, text, len));
        text += len;
    }
}

/* $CC, else the compiler that the runtime was built with, else cc. */
static bool find_compiler(Toolchain *t, Str *error)
{
    const char *chosen = getenv("CC");
    if (chosen && chosen[0])
        split_words(t->arena, chosen, &t->cc);
    else
        read_lines(t, "cc.txt", &t->cc);
    if (t->cc.len > 0)
        t->cc_path = find_in_path(t->arena, t->cc.items[0]);
    if (!t->cc_path && !(chosen && chosen[0])) {
        t->cc.len = 0;
        vec_push(t->arena, &t->cc, "cc");
        t->cc_path = find_in_path(t->arena, "cc");
    }
    if (t->cc_path)
        return true;
    *error = str_printf(t->arena,
                        "there is no C compiler `%s` here, and a flow becomes a program through "
                        "one: install it (apt-get install gcc), or name another in CC",
                        t->cc.len ? t->cc.items[0] : "cc");
    return false;
}

bool toolchain_find(Toolchain *t, Arena *a, Str *error)
{
    *t = (Toolchain){.arena = a};
    if (!find_prefix(t, error) || !find_compiler(t, error))
        return false;
    t->library = path_in(a, t->prefix, "lib/libflowrt.a");
    if (access(t->library, R_OK) == 0 && read_lines(t, "cflags.txt", &t->cflags) &&
        read_lines(t, "link.txt", &t->link))
        return true;
    *error = str_printf(a,
                        "the runtime is missing: %s and %s/lib/flow belong to flowc; install "
                        "flowc again",
                        t->library, t->prefix);
    return false;
}

/* ---- commands ------------------------------------------------------------------------------- */

static void push_all(Arena *a, ArgVec *to, const ArgVec *from)
{
    for (size_t i = 0; i < from->len; i++)
        vec_push(a, to, from->items[i]);
}

/* No fused multiply-add: a result must not depend on the machine.  No strict aliasing: the
 * runtime reads through descriptors what the C code sees as structs.  A loop that lies across two
 * lines of the decoder can take twice as long. */
static void push_flags(const Toolchain *t, ArgVec *v, bool is_debug)
{
    static const char *const fast[] = {"-O2", "-falign-loops=32"}, *const debug[] = {"-O0", "-g"};
    push_all(t->arena, v, &t->cflags);
    for (size_t i = 0; i < 2; i++)
        vec_push(t->arena, v, is_debug ? debug[i] : fast[i]);
    vec_push(t->arena, v, "-ffp-contract=off");
    vec_push(t->arena, v, "-fno-strict-aliasing");
}

ArgVec toolchain_object_command(const Toolchain *t, const char *c_file, const char *header,
                                const char *out, bool is_debug)
{
    ArgVec v = {0};
    push_all(t->arena, &v, &t->cc);
    push_flags(t, &v, is_debug);
    const char *const rest[] = {"-include", header, "-c", c_file, "-o", out, NULL};
    for (size_t i = 0; i < sizeof rest / sizeof rest[0]; i++)
        vec_push(t->arena, &v, rest[i]);
    return v;
}

ArgVec toolchain_command(const Toolchain *t, const char *c_file, const ArgVec *objects,
                         const char *out, bool is_debug)
{
    ArgVec v = {0};
    push_all(t->arena, &v, &t->cc);
    push_flags(t, &v, is_debug);
    /* What flowc wrote never mixes types: if it did, the program would break them as it runs. */
    vec_push(t->arena, &v, "-Werror=incompatible-pointer-types");
    vec_push(t->arena, &v, "-Werror=int-conversion");
    vec_push(t->arena, &v, "-I");
    vec_push(t->arena, &v, path_in(t->arena, t->prefix, "include"));
    vec_push(t->arena, &v, c_file);
    push_all(t->arena, &v, objects);
    vec_push(t->arena, &v, "-o");
    vec_push(t->arena, &v, out);
    vec_push(t->arena, &v, t->library);
    push_all(t->arena, &v, &t->link);
    vec_push(t->arena, &v, NULL);
    return v;
}

static void add_stamp(StrBuf *b, const char *path)
{
    struct stat st;
    if (stat(path, &st) == 0)
        strbuf_printf(b, "%s %lld %lld.%09ld\n", path, (long long)st.st_size,
                      (long long)st.st_mtim.tv_sec, st.st_mtim.tv_nsec);
}

static void add_headers(const Toolchain *t, StrBuf *b)
{
    const char *folder = path_in(t->arena, t->prefix, "include/flow");
    struct dirent **entries = NULL;
    int count = scandir(folder, &entries, NULL, alphasort);
    for (int i = 0; i < count; i++) {
        if (entries[i]->d_name[0] != '.')
            add_stamp(b, path_in(t->arena, folder, entries[i]->d_name));
        free(entries[i]);
    }
    free(entries);
}

Str toolchain_fingerprint(const Toolchain *t, bool is_debug)
{
    StrBuf b;
    const ArgVec none = {0};
    ArgVec command = toolchain_command(t, "", &none, "", is_debug);
    strbuf_init(&b, t->arena);
    for (size_t i = 0; i + 1 < command.len; i++)
        strbuf_printf(&b, "%s\n", command.items[i]);
    add_stamp(&b, t->cc_path);
    add_stamp(&b, t->library);
    add_headers(t, &b);
    return strbuf_str(&b);
}

/* Hands on what the command writes to standard error, and returns it. */
static Str relay(Arena *a, int from)
{
    StrBuf said;
    char block[4096];
    strbuf_init(&said, a);
    for (;;) {
        ssize_t n = read(from, block, sizeof block);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return strbuf_str(&said);
        fwrite(block, 1, (size_t)n, stderr);
        strbuf_add(&said, (Str){block, (size_t)n});
    }
}

/* Ours, but for messages in English, since we look into them. */
static char **environment_in_english(Arena *a)
{
    static const char *const other[] = {"LC_ALL=", "LANGUAGE=", NULL};
    VEC(const char *) v = {0};
    for (char **at = environ; at && *at; at++) {
        bool is_other = false;
        for (size_t i = 0; other[i]; i++)
            is_other |= strncmp(*at, other[i], strlen(other[i])) == 0;
        if (!is_other)
            vec_push(a, &v, *at);
    }
    vec_push(a, &v, "LC_ALL=C.UTF-8");
    vec_push(a, &v, NULL);
    return (char **)(uintptr_t)v.items;
}

static int start(Arena *a, const ArgVec *command, int err, pid_t *pid)
{
    posix_spawn_file_actions_t actions;
    int failed = posix_spawn_file_actions_init(&actions);
    if (failed)
        return failed;
    failed = posix_spawn_file_actions_adddup2(&actions, err, STDERR_FILENO);
    if (!failed)
        failed = posix_spawnp(pid, command->items[0], &actions, NULL,
                              (char *const *)(uintptr_t)command->items,
                              environment_in_english(a));
    posix_spawn_file_actions_destroy(&actions);
    return failed;
}

static bool says(Str said, const char *const *words)
{
    for (; *words; words++)
        if (strstr(said.ptr, *words))
            return true;
    return false;
}

/* A driver such as gcc ends with an exit code when what it has started was killed. */
static void judge(Arena *a, const char *name, int status, Str said, ToolFailure *out)
{
    static const char *const killed[] = {"Killed signal", "signal 9", "annot allocate memory",
                                         "out of memory", NULL};
    static const char *const disk[] = {"No space left", "quota exceeded", "cannot open output",
                                       "Read-only file system", NULL};
    said = str_from(str_c(a, said));
    out->is_disk = says(said, disk);
    if (WIFSIGNALED(status)) {
        out->words = str_printf(a, "`%s` was ended by signal %d", name, WTERMSIG(status));
        out->is_outside = true;
        return;
    }
    out->words = str_printf(a, "`%s` failed with exit code %d", name, WEXITSTATUS(status));
    out->is_outside = !out->is_disk && says(said, killed);
}

bool toolchain_run(Arena *a, const ArgVec *command, ToolFailure *out)
{
    pid_t pid;
    int status, ends[2];
    const char *name = command->items[0];
    *out = (ToolFailure){.is_outside = true};
    int failed = pipe2(ends, O_CLOEXEC) < 0 ? errno : 0;
    if (!failed) {
        failed = start(a, command, ends[1], &pid);
        close(ends[1]);
        if (failed)
            close(ends[0]);
    }
    if (failed) {
        out->words = str_printf(a, "cannot run `%s`: %s", name, strerror(failed));
        return false;
    }
    Str said = relay(a, ends[0]);
    close(ends[0]);
    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR) {
            out->words = str_printf(a, "lost `%s`: %s", name, strerror(errno));
            return false;
        }
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return true;
    judge(a, name, status, said, out);
    return false;
}
