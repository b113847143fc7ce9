/* SPDX-License-Identifier: Apache-2.0 */
/* commands.c - what every command needs to end in an error, and to name others. */
#include "cli/commands.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cell.h"

int command_failed(Cli *cli, const FlowError *err)
{
    /* Only a lack of memory comes without words. */
    console_error(cli->console, err->message[0] ? err->message : "out of memory");
    return err->status == FLOW_EUSAGE ? EXIT_USAGE : EXIT_FAILED;
}

const char *command_store_option(const Cli *cli, char *room, size_t size)
{
    const OptionSpec *spec = &option_specs[OPTION_STORE];
    const char *store = cli->options->text[OPTION_STORE], *variable = getenv(spec->variable);
    bool is_known = strcmp(store, spec->fallback) == 0 || (variable && !strcmp(store, variable));
    if (is_known)
        return "";
    Buffer quoted = {0};
    if (shell_write(&quoted, store, strlen(store)) == FLOW_OK && buffer_text(&quoted))
        snprintf(room, size, " --store %s", (const char *)quoted.bytes);
    else
        snprintf(room, size, " --store DIR");
    buffer_free(&quoted);
    return room;
}
