/* SPDX-License-Identifier: Apache-2.0 */
/* main.c - flow_main: the whole command line of a flow program. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "cli/commands.h"
#include "cli/help.h"

/* A file of ours must not become standard output because that was closed. */
static void hold_standard_files(void)
{
    for (int fd = 0; fd <= 2; fd++)
        if (fcntl(fd, F_GETFD) < 0 && errno == EBADF && open("/dev/null", O_RDONLY) < 0)
            _exit(EXIT_FAILED);
}

static int command_help(Cli *cli)
{
    CommandId command;
    const char *word = cli->options->word;
    if (!word) {
        help_program(cli->console, cli->program, cli->options);
        return EXIT_OK;
    }
    if (command_find(word, &command)) {
        help_command(cli->console, cli->program, cli->options, command);
        return EXIT_OK;
    }
    FlowError err;
    command_unknown(cli->options->program, word, &err);
    return command_failed(cli, &err);
}

static int run_command(Cli *cli)
{
    if (cli->options->wants_help && cli->options->command != COMMAND_HELP) {
        help_command(cli->console, cli->program, cli->options, cli->options->command);
        return EXIT_OK;
    }
    switch (cli->options->command) {
    case COMMAND_RUN:
    case COMMAND_RESUME: return command_run(cli);
    case COMMAND_RUNS: return command_runs(cli);
    case COMMAND_SHOW: return command_show(cli);
    case COMMAND_LOGS: return command_logs(cli);
    case COMMAND_DUMP: return command_dump(cli);
    case COMMAND_GET: return command_get(cli);
    case COMMAND_GRAPH: return command_graph(cli);
    case COMMAND_TAG: return command_tag(cli);
    case COMMAND_PARAMS: return command_params(cli);
    case COMMAND_STORE: return command_store(cli);
    case COMMAND_GC: return command_gc(cli);
    case COMMAND_COMPLETION: return command_completion(cli);
    case COMMAND_COMPLETE: return command_complete(cli);
    case COMMAND_VERSION: help_version(cli->console, cli->program, cli->options); return EXIT_OK;
    case COMMAND_HELP:
    case COMMAND_COUNT: break;
    }
    return command_help(cli);
}

int flow_main(const FlowProgram *program, int argc, char **argv)
{
    hold_standard_files();
    signal(SIGPIPE, SIG_IGN); /* a reader that went away is an error of write, no end */
    static Console console;   /* too big for the stack, and there is one */
    console_init(&console);

    FlowError err = {0};
    Options options;
    Cli cli = {&console, program, &options};
    FlowStatus s = options_read(program, argc, argv, &options, &err);
    if (s == FLOW_OK)
        console_set_color(&console, options.text[OPTION_COLOR]);
    int code = s == FLOW_OK ? run_command(&cli) : command_failed(&cli, &err);
    options_free(&options);
    if (!console_finish(&console) && code == EXIT_OK)
        code = EXIT_FAILED;
    return code;
}
