/* SPDX-License-Identifier: Apache-2.0 */
/* commands.h - one function a command: what it answers is the program's exit code. */
#ifndef CLI_COMMANDS_H
#define CLI_COMMANDS_H

#include "cli/console.h"
#include "cli/options.h"

enum { EXIT_OK = 0, EXIT_FAILED = 1, EXIT_USAGE = 2, EXIT_SIGNAL = 128 /* and the signal */ };

typedef struct Cli {
    Console *console;
    const FlowProgram *program;
    const Options *options;
} Cli;

int command_run(Cli *cli); /* run and resume: forks, so nothing may have begun before it */
int command_runs(Cli *cli);
int command_show(Cli *cli);
int command_logs(Cli *cli);
int command_dump(Cli *cli);
int command_get(Cli *cli);
int command_graph(Cli *cli);
int command_tag(Cli *cli);
int command_params(Cli *cli);
int command_store(Cli *cli);
int command_gc(Cli *cli);
int command_completion(Cli *cli);
int command_complete(Cli *cli);

/* Prints the error, and answers the exit code that it deserves. */
int command_failed(Cli *cli, const FlowError *err);
/* " --store DIR" where commands that we suggest need it, else "".  Borrowed from `room`. */
const char *command_store_option(const Cli *cli, char *room, size_t size);

#endif
