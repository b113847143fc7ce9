/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_run.c - `run` and `resume`.
 *
 * The order matters: parameters are read, then the fork server is made, and only then come
 * database, event loop and all else that would make its forks dear. */
#include "cli/commands.h"

#include <errno.h>
#include <inttypes.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "backends/local.h"
#include "cli/help.h"
#include "cli/paramfile.h"
#include "cli/report.h"
#include "cli/tags.h"
#include "cli/tasklog.h"
#include "cli/view.h"
#include "os/clock.h"
#include "os/file.h"
#include "os/memory.h"
#include "os/terminal.h"
#include "sched/missed.h"
#include "sched/params.h"
#include "sched/resume.h"

enum {
    NAME_MOST = 120,
    TAG_MOST = 4096,
    MISSING_SHOWN = 120, /* bytes; an error has room for a few names of parameters */
    MAX_WORKERS = 4096, /* more side by side on one machine is a slip of the finger */
    SIGNALS = 3,
    SAME_SIGNAL = 300 * 1000 * 1000 /* ns: `timeout` sends it to us, and to our group as well */
};

static const int ending_signals[SIGNALS] = {SIGINT, SIGTERM, SIGHUP};

/* All that a run holds; torn down in the reverse order. */
typedef struct Session {
    Cli *cli;
    bool is_resume;
    Buffer params;
    Buffer file_params; /* a CBOR map of those that --params names */
    Buffer tags;
    const FlowStep *until;
    uint64_t seed;
    ForkServer *server; /* until a backend has taken it */
    Db *db;
    int64_t id, epoch;
    ResumePlan plan;
    bool has_plan;
    uv_loop_t loop;
    bool has_loop;
    uv_signal_t signals[SIGNALS];
    size_t signal_count;
    int first_signal;
    int64_t signalled; /* monotonic, ns: when it came */
    Report *report;
    Run *run;
    FlowError err;
} Session;

/* ---- parameters --------------------------------------------------------- */

static FlowStatus add_missing(const FlowProgram *program, size_t index, const char *between,
                              Buffer *out)
{
    char name[NAME_MOST], value[NAME_MOST];
    option_of_param(program, index, name, sizeof name);
    help_param_value(program->artifacts[program->params[index].artifact].type, value, sizeof value);
    return buffer_printf(out, "%s--%s%s%s", out->len ? between : "", name, value[0] ? " " : "",
                         value);
}

/* What is missing, once as a list and once as in a command; of many, how many more there are. */
static FlowStatus list_missing(const Session *s, const Bytes *in_file, Buffer *list,
                               Buffer *command)
{
    const FlowProgram *program = s->cli->program;
    size_t more = 0;
    FlowStatus status = FLOW_OK;
    for (size_t i = 0; status == FLOW_OK && i < program->param_count; i++) {
        const FlowParam *param = &program->params[i];
        bool is_secret = program->artifacts[param->artifact].type->kind == FLOW_SECRET;
        if (param->fallback || s->cli->options->param[i] || in_file[i].len > 0 || is_secret)
            continue;
        more += list->len >= MISSING_SHOWN;
        if (list->len >= MISSING_SHOWN)
            continue;
        status = add_missing(program, i, ", ", list);
        if (status == FLOW_OK)
            status = add_missing(program, i, " ", command);
    }
    if (status == FLOW_OK && more > 0)
        status = buffer_printf(list, " and %zu more", more);
    return status == FLOW_OK && more > 0 ? buffer_append_text(command, " …") : status;
}

/* All that are wrong and all that are missing at once, so that one need not find them out one
 * after another. */
static FlowStatus check_given(Session *s, const Bytes *in_file)
{
    const FlowProgram *program = s->cli->program;
    Buffer list = {0}, command = {0}, wrong = {0};
    FlowStatus status = params_refused(program, s->cli->options->param, &wrong, &s->err);
    if (status == FLOW_OK)
        status = list_missing(s, in_file, &list, &command);
    if (status != FLOW_OK || !buffer_text(&list) || !buffer_text(&command) || !buffer_text(&wrong))
        status = flow_error(&s->err, FLOW_ENOMEM, "out of memory");
    else if (list.len > 0)
        status = flow_error(&s->err, FLOW_EUSAGE,
                            "%.500s%sparameters without a default must be given: %s\n"
                            "help: `%s run %s`",
                            (char *)wrong.bytes, wrong.len > 0 ? "\nerror: " : "",
                            (char *)list.bytes, s->cli->options->program, (char *)command.bytes);
    else if (wrong.len > 0)
        status = flow_error(&s->err, FLOW_EUSAGE, "%s", (char *)wrong.bytes);
    buffer_free(&wrong);
    buffer_free(&list);
    buffer_free(&command);
    return status;
}

static FlowStatus read_file(Session *s, Bytes *in_file)
{
    const char *path = s->cli->options->text[OPTION_PARAMS];
    if (!path)
        return FLOW_OK;
    FlowStatus status = paramfile_read(s->cli->program, path, &s->file_params, &s->err);
    Bytes map = {s->file_params.bytes, s->file_params.len};
    return status == FLOW_OK ? params_split(s->cli->program, map, in_file, &s->err) : status;
}

static FlowStatus read_params(Session *s)
{
    const FlowProgram *program = s->cli->program;
    Bytes *in_file = os_alloc_zero((program->param_count + 1u) * sizeof *in_file);
    FlowStatus status = in_file ? read_file(s, in_file)
                                : flow_error(&s->err, FLOW_ENOMEM, "out of memory");
    if (status == FLOW_OK)
        status = check_given(s, in_file);
    if (status == FLOW_OK)
        status = params_build(program, s->cli->options->param,
                              (Bytes){s->file_params.bytes, s->file_params.len}, &s->params,
                              &s->err);
    os_free(in_file);
    return status;
}

/* `resume 1/fit/7:2`: the tasks of a step run again together, since what follows hangs on all. */
static FlowStatus refuse_task(Session *s, const char *word)
{
    const Options *o = s->cli->options;
    size_t digits = strspn(word, "0123456789");
    bool has_run = digits > 0 && word[digits] == '/';
    const char *name = has_run ? word + digits + 1 : word;
    int len = (int)strcspn(name, "/:");
    uint16_t step;
    FlowStatus status = option_find_step(s->cli->program, name, (size_t)len, &step, &s->err);
    if (status != FLOW_OK)
        return status;
    return flow_error(&s->err, FLOW_EUSAGE,
                      "`resume` takes a step and not `%.200s`: all tasks of a step run again, in a "
                      "loop from its first round on\nhelp: `%s resume %.*s%s%.*s`; without a step "
                      "`resume` runs what is missing only",
                      word, o->program, len, name, has_run ? " --origin-run-id " : "",
                      has_run ? (int)digits : 0, word);
}

static FlowStatus find_resumed_step(Session *s, const char *word, uint16_t *step)
{
    if (word[strcspn(word, "/:")])
        return refuse_task(s, word);
    return option_find_step(s->cli->program, word, strlen(word), step, &s->err);
}

/* What costs nothing to check, before anything is begun. */
static FlowStatus read_words(Session *s)
{
    const Options *o = s->cli->options;
    const char *until = o->text[OPTION_UNTIL];
    FlowStatus status = FLOW_OK;
    uint16_t step = 0;
    for (size_t i = 0; status == FLOW_OK && i < o->listed_count; i++)
        status = tags_add(&s->tags, o->listed[i], &s->err);
    if (status == FLOW_OK && !buffer_text(&s->tags))
        status = flow_error(&s->err, FLOW_ENOMEM, "out of memory");
    if (status == FLOW_OK && s->is_resume && o->word)
        status = find_resumed_step(s, o->word, &step);
    if (status == FLOW_OK && until) {
        status = option_find_step(s->cli->program, until, strlen(until), &step, &s->err);
        s->until = &s->cli->program->steps[step];
    }
    return status;
}

static FlowStatus choose_seed(Session *s)
{
    if (s->cli->options->text[OPTION_SEED]) {
        s->seed = (uint64_t)s->cli->options->number[OPTION_SEED];
        return FLOW_OK;
    }
    if (getrandom(&s->seed, sizeof s->seed, 0) != sizeof s->seed)
        return flow_error(&s->err, FLOW_EIO, "cannot draw a seed: %s", os_error_text(errno));
    s->seed >>= 1; /* so that --seed takes it again */
    return FLOW_OK;
}

/* ---- signals ------------------------------------------------------------ */

static void on_signal(uv_signal_t *handle, int number)
{
    Session *s = handle->data;
    int64_t now = os_monotonic_ns();
    if (s->first_signal == number && now - s->signalled < SAME_SIGNAL)
        return;
    if (s->first_signal) {
        console_flush(s->cli->console);
        terminal_echo(true);
        _exit(EXIT_SIGNAL + number);
    }
    s->first_signal = number;
    s->signalled = now;
    report_interrupted(s->report, number);
    run_cancel(s->run, number);
}

/* Under nohup a run outlives its terminal. */
static bool is_to_be_ignored(int number)
{
    struct sigaction action;
    return number == SIGHUP && sigaction(number, NULL, &action) == 0 &&
           action.sa_handler == SIG_IGN;
}

static FlowStatus watch_signals(Session *s)
{
    for (size_t i = 0; i < SIGNALS; i++) {
        if (is_to_be_ignored(ending_signals[i]))
            continue;
        uv_signal_t *handle = &s->signals[s->signal_count];
        int code = uv_signal_init(&s->loop, handle);
        if (code == 0) {
            s->signal_count++;
            handle->data = s;
            code = uv_signal_start(handle, on_signal, ending_signals[i]);
        }
        if (code != 0)
            return flow_error(&s->err, FLOW_EIO, "cannot watch for signals: %s", uv_strerror(code));
        uv_unref((uv_handle_t *)handle);
    }
    return FLOW_OK;
}

/* ---- setting up --------------------------------------------------------- */

enum { USER_MOST = 256, PASSWD_MOST = 4096 };

/* The login name of whoever runs it, whatever the environment says; without one, the number. */
static const char *user_name(char room[USER_MOST])
{
    struct passwd entry, *found = NULL;
    char texts[PASSWD_MOST];
    if (getpwuid_r(getuid(), &entry, texts, sizeof texts, &found) == 0 && found &&
        found->pw_name[0])
        snprintf(room, USER_MOST, "%s", found->pw_name);
    else
        snprintf(room, USER_MOST, "%u", (unsigned)getuid());
    return room;
}

static FlowStatus write_id(Session *s)
{
    const char *path = s->cli->options->text[OPTION_RUN_ID_FILE];
    char text[32];
    if (!path)
        return FLOW_OK;
    int len = snprintf(text, sizeof text, "%" PRId64 "\n", s->id);
    return os_write_file_atomically(path, text, (size_t)len, &s->err);
}

/* Before anything runs: a run whose number nobody learns would go on. */
static FlowStatus check_id_file(Session *s)
{
    const char *path = s->cli->options->text[OPTION_RUN_ID_FILE];
    const char *slash = path ? strrchr(path, '/') : NULL;
    size_t len = slash == path ? 1 : slash ? (size_t)(slash - path) : 0;
    char *folder = path ? os_copy_bytes(slash ? path : ".", slash ? len : 1) : NULL;
    if (!path)
        return FLOW_OK;
    if (!folder)
        return flow_error(&s->err, FLOW_ENOMEM, "out of memory");
    FlowStatus status = FLOW_OK;
    if (access(folder, W_OK | X_OK) != 0)
        status = flow_error(&s->err, FLOW_EIO, "cannot write %.300s: %s", path,
                            os_error_text(errno));
    os_free(folder);
    return status;
}

/* Where it stands among other runs goes on as well. */
static FlowStatus take_tags(void *session, const RunRow *origin)
{
    Session *s = session;
    FlowStatus status = FLOW_OK;
    char tag[TAG_MOST];
    for (const char *at = origin->tags; status == FLOW_OK && at[0];) {
        size_t len = strcspn(at, " ");
        snprintf(tag, sizeof tag, "%.*s", (int)len, at);
        if (len > 0 && len < sizeof tag)
            status = tags_add(&s->tags, tag, &s->err);
        at += len + (at[len] == ' ');
    }
    return status;
}

/* A run that never came to STEP is not made to by naming it. */
static FlowStatus check_reached(Session *s, const View *origin)
{
    const char *program = s->cli->options->program;
    const FlowProgram *then = origin->program;
    uint16_t step;
    Missed missed;
    FlowError ignored;
    bool *again = os_alloc_zero((then->step_count + 1u) * sizeof *again);
    if (!again)
        return flow_error(&s->err, FLOW_ENOMEM, "out of memory");
    for (uint16_t i = 0; i < then->step_count; i++)
        again[i] = !resume_takes(&s->plan, then->steps[i].name);
    bool is_missed =
        option_find_step(then, s->cli->options->word, strlen(s->cli->options->word), &step,
                         &ignored) == FLOW_OK &&
        missed_step(then, origin->ledger, step, again, origin->run.state == RUN_DONE, &missed);
    os_free(again);
    if (!is_missed || missed.fork == FLOW_NO_STEP || missed.went == FLOW_NO_STEP)
        return FLOW_OK;
    const char *fork = then->steps[missed.fork].name;
    return flow_error(&s->err, FLOW_EUSAGE,
                      "run %" PRId64 " never came to `%s`: at `%s` it went to `%s`\n"
                      "help: `%s resume %s` runs from `%s` on, which may go another way now; `%s "
                      "run` begins anew",
                      s->plan.origin, then->steps[step].name, fork, then->steps[missed.went].name,
                      program, fork, fork, program);
}

static FlowStatus look_back(Session *s)
{
    View origin;
    char word[32];
    if (!s->cli->options->word)
        return FLOW_OK;
    snprintf(word, sizeof word, "%" PRId64, s->plan.origin);
    FlowStatus status = view_open(s->cli->program, s->cli->options->text[OPTION_STORE], word,
                                  &origin, &s->err);
    if (status == FLOW_OK)
        status = check_reached(s, &origin);
    view_close(&origin);
    return status;
}

static FlowStatus create_resumed(Session *s, const char *user)
{
    const Options *o = s->cli->options;
    FlowStatus status =
        resume_plan(s->db, s->cli->program, o->number[OPTION_ORIGIN], o->word, &s->plan, &s->err);
    if (status != FLOW_OK)
        return status;
    s->has_plan = true;
    s->seed = s->plan.seed;
    status = look_back(s);
    if (status == FLOW_OK)
        status = db_run_get(s->db, s->plan.origin, take_tags, s, &s->err);
    if (status == FLOW_OK && !buffer_text(&s->tags))
        status = flow_error(&s->err, FLOW_ENOMEM, "out of memory");
    if (status != FLOW_OK)
        return status;
    return resume_create(s->db, &s->plan, (const char *)s->tags.bytes, user, &s->id, &s->epoch,
                         &s->err);
}

static FlowStatus create_run(Session *s)
{
    char room[USER_MOST];
    const char *user = user_name(room);
    if (s->is_resume)
        return create_resumed(s, user);
    RunStart start = {.program = s->cli->program,
                      .seed = s->seed,
                      .params = {s->params.bytes, s->params.len},
                      .tags = (const char *)s->tags.bytes,
                      .user = user};
    return run_create(s->db, &start, &s->id, &s->epoch, &s->err);
}

static FlowStatus open_run(Session *s)
{
    FlowStatus status =
        store_open(s->cli->options->text[OPTION_STORE], !s->is_resume, &s->db, &s->err);
    if (status == FLOW_OK)
        status = create_run(s);
    return status == FLOW_OK ? write_id(s) : status;
}

static FlowStatus new_run(Session *s)
{
    const Options *o = s->cli->options;
    const Buffer *params = s->has_plan ? &s->plan.params : &s->params;
    RunOptions options = {
        .program = s->cli->program,
        .db = s->db,
        .loop = &s->loop,
        .run = s->id,
        .epoch = s->epoch,
        .seed = s->seed,
        .params = {params->bytes, params->len},
        .max_workers = (uint32_t)o->number[OPTION_MAX_WORKERS],
        .max_num_splits = (uint64_t)o->number[OPTION_MAX_NUM_SPLITS],
        .chunk = (uint64_t)o->number[OPTION_CHUNK],
        .until = s->until,
        .reuse_from = s->has_plan ? s->plan.reuse_from : 0,
        .reusable = s->has_plan ? s->plan.reusable : NULL,
        .fail_fast = o->text[OPTION_FAIL_FAST] != NULL,
        .observer = &report_observer,
        .observer_ctx = s->report,
    };
    return run_new(&options, &s->run, &s->err);
}

static FlowStatus new_backend(Session *s, Backend **out)
{
    char *logs = tasklog_dir(s->cli->options->text[OPTION_STORE], s->id);
    if (!logs)
        return flow_error(&s->err, FLOW_ENOMEM, "out of memory");
    FlowStatus status = os_mkdir_path(logs, &s->err);
    if (status == FLOW_OK)
        status = local_backend_new(s->server, &s->loop, logs, db_blobs_dir(s->db),
                                   &run_backend_events, s->run, out, &s->err);
    if (status == FLOW_OK)
        s->server = NULL;
    os_free(logs);
    return status;
}

static FlowStatus open_loop(Session *s)
{
    int code = uv_loop_init(&s->loop);
    if (code != 0)
        return flow_error(&s->err, FLOW_EIO, "cannot make an event loop: %s", uv_strerror(code));
    s->has_loop = true;
    return report_new(s->cli, &s->loop, &s->report, &s->err);
}

/* Everything of before the run, in order. */
static FlowStatus set_up(Session *s, Backend **backend)
{
    uint32_t slots = (uint32_t)s->cli->options->number[OPTION_MAX_WORKERS];
    FlowStatus status = read_words(s);
    if (status == FLOW_OK)
        status = check_id_file(s);
    if (status == FLOW_OK && !s->is_resume)
        status = read_params(s);
    if (status == FLOW_OK)
        status = choose_seed(s);
    if (status == FLOW_OK)
        status = fork_server_start(s->cli->program, slots, &s->server, &s->err);
    if (status == FLOW_OK)
        status = open_run(s);
    if (status == FLOW_OK)
        status = open_loop(s);
    if (status == FLOW_OK)
        status = new_run(s);
    if (status == FLOW_OK)
        status = watch_signals(s);
    if (status == FLOW_OK)
        status = new_backend(s, backend);
    return status;
}

/* ---- tearing down ------------------------------------------------------- */

/* The same signal may come once more while we leave. */
static void block_signal(int number)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, number);
    sigprocmask(SIG_BLOCK, &set, NULL);
}

static void close_loop(Session *s)
{
    if (s->first_signal)
        block_signal(s->first_signal);
    for (size_t i = 0; i < s->signal_count; i++)
        uv_close((uv_handle_t *)&s->signals[i], NULL);
    if (s->report)
        report_close(s->report);
    uv_run(&s->loop, UV_RUN_DEFAULT);
    uv_loop_close(&s->loop);
}

static void tear_down(Session *s)
{
    run_free(s->run);
    if (s->has_loop)
        close_loop(s);
    report_free(s->report);
    fork_server_stop(s->server);
    if (s->has_plan)
        resume_plan_free(&s->plan);
    db_close(s->db);
    buffer_free(&s->params);
    buffer_free(&s->file_params);
    buffer_free(&s->tags);
}

/* A run that was written but could not begin has failed, and says why. */
static int give_up(Session *s)
{
    FlowError ignored;
    if (s->id &&
        db_run_finish(s->db, s->id, s->epoch, RUN_FAILED, s->err.message, &ignored) != FLOW_OK)
        console_error(s->cli->console, ignored.message);
    return command_failed(s->cli, &s->err);
}

static int exit_code(const RunResult *result)
{
    if (result->state == RUN_CANCELLED)
        return EXIT_SIGNAL + result->signal;
    return result->state == RUN_FAILED ? EXIT_FAILED : EXIT_OK;
}

/* Began and ended as the store has it, so that whoever asks later is told the same. */
static FlowStatus take_times(void *times, const RunRow *row)
{
    *(ReportTimes *)times = (ReportTimes){row->began, row->ended};
    return FLOW_OK;
}

static ReportTimes times_of(Session *s)
{
    FlowError ignored;
    ReportTimes times = {0};
    db_run_get(s->db, s->id, take_times, &times, &ignored);
    if (times.began == 0)
        times.began = os_now_ns();
    return times;
}

static int execute(Session *s, Backend *backend)
{
    RunResult result = {0};
    ReportTimes times = times_of(s);
    report_begin(s->report, s->run, s->id, times.began, s->has_plan ? &s->plan : NULL);
    FlowStatus status = run_execute(s->run, backend, &result, &s->err);
    if (status != FLOW_OK)
        return command_failed(s->cli, &s->err);
    times = times_of(s);
    report_end(s->report, &result, times.ended ? times.ended : os_now_ns());
    int code = exit_code(&result);
    return code == EXIT_OK && !report_is_whole(s->report) ? EXIT_FAILED : code;
}

static bool workers_are_too_many(Cli *cli)
{
    int64_t workers = cli->options->number[OPTION_MAX_WORKERS];
    if (workers <= MAX_WORKERS)
        return false;
    FlowError err;
    flow_error(&err, FLOW_EUSAGE, "`--max-workers` is %lld, but takes at most %d",
               (long long)workers, MAX_WORKERS);
    command_failed(cli, &err);
    return true;
}

int command_run(Cli *cli)
{
    if (workers_are_too_many(cli))
        return EXIT_USAGE;
    Session s = {.cli = cli, .is_resume = cli->options->command == COMMAND_RESUME};
    Backend *backend = NULL;
    int code = set_up(&s, &backend) == FLOW_OK ? execute(&s, backend) : give_up(&s);
    tear_down(&s);
    return code;
}
