/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_new.c - `flowc new`: a folder with a small flow that runs, to begin with. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd.h"
#include "source/suggest.h"

const char cmd_new_help[] =
    "usage: flowc new NAME [--template hello|foreach]\n"
    "\n"
    "Makes the folder NAME with a flow to begin with, NAME/NAME.flow, and a .gitignore for\n"
    "what is built and stored there. NAME can be a path: its last part is the flow's name.\n"
    "Nothing is overwritten: where NAME is already, nothing is made.\n"
    "\n"
    "  --template hello     a parameter and two steps (the default)\n"
    "  --template foreach   one task for each element of a list, and a join\n"
    "\n"
    "Exit code: 0 made, 1 not made, 2 wrong usage.\n";

enum { NAME_MAX_LENGTH = 64 };

/* The text of a flow around its name. */
typedef struct Template {
    const char *name, *before, *after;
} Template;

static const Template templates[] = {
    {"hello", "/// Says hello: two steps, and an artifact that goes from one to the other.\nflow ",
     "\n\n"
     "param name = \"world\"    /// Whom to greet\n"
     "\n"
     "step start {\n"
     "    keep greeting = \"Hello, {name}!\"\n"
     "    next end\n"
     "}\n"
     "\n"
     "step end {\n"
     "    print(greeting)\n"
     "}\n"},
    {"foreach", "/// Squares some numbers, one task a number, and adds the squares up.\nflow ",
     "\n\n"
     "param numbers = [1, 2, 3, 4]    /// What to square\n"
     "\n"
     "step start {\n"
     "    next work foreach numbers\n"
     "}\n"
     "\n"
     "step work(number: int) {\n"
     "    keep square = number * number\n"
     "    print(\"{number} squared is {square}\")\n"
     "    next gather\n"
     "}\n"
     "\n"
     "join gather(all: [work]) {\n"
     "    keep total = sum(all.map(|one| one.square))\n"
     "    next end\n"
     "}\n"
     "\n"
     "step end {\n"
     "    print(\"The squares add up to {total}.\")\n"
     "}\n"},
};

enum { TEMPLATE_COUNT = sizeof templates / sizeof templates[0] };

typedef struct NewPlan {
    const char *path; /* the folder to make */
    const char *name; /* its last part */
    const Template *chosen;
} NewPlan;

/* ---- names -------------------------------------------------------------------------------- */

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* EXIT_OK where a flow, a file and a program can be called so; else a message. */
static int check_name(const char *name)
{
    const char *at = name;
    while (is_letter(*at) || is_digit(*at) || *at == '_' || *at == '-')
        at++;
    if (!is_letter(*name) || *at)
        return cmd_usage("new",
                         "`%s` cannot be the name of a flow: a name begins with a letter, and has "
                         "letters, digits, `-` and `_`, as in `word-count`",
                         name);
    if (strlen(name) > NAME_MAX_LENGTH)
        return cmd_usage("new", "that name is too long: %d characters at most", NAME_MAX_LENGTH);
    return EXIT_OK;
}

/* word-count -> WordCount. */
static Str flow_name(Arena *a, const char *name)
{
    StrBuf b;
    bool begins_word = true;
    strbuf_init(&b, a);
    for (; *name; name++) {
        if (*name == '_' || *name == '-') {
            begins_word = true;
            continue;
        }
        char c = *name;
        if (begins_word && c >= 'a' && c <= 'z')
            c = (char)(c - 'a' + 'A');
        strbuf_add_char(&b, c);
        begins_word = false;
    }
    return strbuf_str(&b);
}

/* ---- files -------------------------------------------------------------------------------- */

static bool write_new(const char *path, Str text)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (fd < 0)
        return false;
    size_t at = 0;
    while (at < text.len) {
        ssize_t n = write(fd, text.ptr + at, text.len - at);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            break;
        at += (size_t)n;
    }
    int written = errno;
    if (close(fd) != 0)
        return false;
    errno = written;
    return at == text.len;
}

static int make_folder(const char *path)
{
    if (mkdir(path, 0777) == 0)
        return EXIT_OK;
    if (errno == EEXIST)
        return cmd_fail("`%s` is already there, and stays as it is: choose another name", path);
    if (errno == ENOENT)
        return cmd_fail("cannot make `%s`: the folder above it is not there", path);
    return cmd_fail("cannot make the folder `%s`: %s", path, strerror(errno));
}

static int make_files(Arena *a, const NewPlan *plan, Str flow, Str program)
{
    const char *file = str_printf(a, "%s/%s.flow", plan->path, plan->name).ptr;
    const char *ignored = str_printf(a, "%s/.gitignore", plan->path).ptr;
    const Template *t = plan->chosen;
    const char *failed = file;
    Str text = str_printf(a, "%s%.*s%s", t->before, STR_ARG(flow), t->after);
    if (write_new(file, text)) {
        failed = ignored;
        if (write_new(ignored, str_printf(a, ".flow/\n/%.*s\n", STR_ARG(program))))
            return EXIT_OK;
    }
    int code = cmd_fail("cannot write `%s`: %s", failed, strerror(errno));
    unlink(file);
    unlink(ignored);
    rmdir(plan->path);
    return code;
}

static int make(Arena *a, const NewPlan *plan)
{
    Str flow = flow_name(a, plan->name);
    Str program = cmd_program_name(a, flow);
    int code = make_folder(plan->path);
    if (code == EXIT_OK)
        code = make_files(a, plan, flow, program);
    if (code != EXIT_OK)
        return code;
    printf("%s/%s.flow is made. To build and run it:\n\n", plan->path, plan->name);
    printf("    cd %s\n    flowc build\n    ./%.*s run\n", plan->path, STR_ARG(program));
    return EXIT_OK;
}

/* ---- the command -------------------------------------------------------------------------- */

static int choose_template(NewPlan *plan, const char *name)
{
    Suggest s;
    suggest_init(&s, str_from(name));
    for (size_t i = 0; i < TEMPLATE_COUNT; i++) {
        if (strcmp(templates[i].name, name) == 0) {
            plan->chosen = &templates[i];
            return EXIT_OK;
        }
        suggest_offer(&s, str_from(templates[i].name), &templates[i]);
    }
    if (s.found)
        return cmd_usage("new", "there is no template `%s`; did you mean `%.*s`?", name,
                         STR_ARG(s.best));
    return cmd_usage("new", "there is no template `%s`: hello or foreach", name);
}

static int read_plan(NewPlan *plan, int argc, char **argv)
{
    for (int i = 0; i < argc; i++) {
        bool is_missing = false;
        const char *value = cmd_option(argc, argv, &i, "--template", &is_missing);
        if (is_missing)
            return cmd_usage("new", "`--template` needs a name: hello or foreach");
        if (value) {
            if (choose_template(plan, value) != EXIT_OK)
                return EXIT_USAGE;
        } else if (argv[i][0] == '-') {
            return cmd_unknown_option("new", argv[i]);
        } else if (plan->path) {
            return cmd_usage("new", "one flow at a time: %s or %s?", plan->path, argv[i]);
        } else {
            plan->path = argv[i];
        }
    }
    if (!plan->path)
        return cmd_usage("new", "name the flow, as in `flowc new hello`");
    return EXIT_OK;
}

/* hello/, as a shell completes it, is hello. */
static const char *without_end(Arena *a, const char *path)
{
    size_t len = strlen(path);
    while (len > 1 && path[len - 1] == '/')
        len--;
    return arena_strndup(a, path, len);
}

int cmd_new(int argc, char **argv)
{
    NewPlan plan = {.chosen = &templates[0]};
    int code = read_plan(&plan, argc, argv);
    if (code != EXIT_OK)
        return code;
    Arena arena;
    arena_init(&arena);
    plan.path = without_end(&arena, plan.path);
    const char *slash = strrchr(plan.path, '/');
    plan.name = slash ? slash + 1 : plan.path;
    code = check_name(plan.name);
    if (code == EXIT_OK)
        code = make(&arena, &plan);
    arena_deinit(&arena);
    return code;
}
