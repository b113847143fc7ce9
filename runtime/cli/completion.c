/* SPDX-License-Identifier: Apache-2.0 */
/* completion.c - scripts for shells, a man page, and tables for docs/cli.md.
 *
 * The scripts only hand the words on to the program (complete.c), so that they never grow old. */
#include "cli/commands.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "cli/help.h"

enum { NAME_MOST = 200, LEFT_MOST = 320 };

/* "cliques" of "./cliques". */
static const char *base_name(const char *program)
{
    const char *slash = strrchr(program, '/');
    return slash && slash[1] ? slash + 1 : program;
}

/* ---- shells ------------------------------------------------------------- */

static const char bash[] =
    "# Completion of @ for bash: source <(./@ completion bash)\n"
    "_flow_%() {\n"
    "    local line typed cut='' breaks=''\n"
    "    local -a words\n"
    "    # bash breaks words at `=` and `:` too, and replaces what stands behind them only.\n"
    "    read -ra words <<<\"${COMP_LINE:0:COMP_POINT}\"\n"
    "    [[ ${COMP_LINE:0:COMP_POINT} == *[[:space:]] ]] && words+=('')\n"
    "    typed=${words[-1]}\n"
    "    [[ $COMP_WORDBREAKS == *=* ]] && breaks+='='\n"
    "    [[ $COMP_WORDBREAKS == *:* ]] && breaks+=':'\n"
    "    [[ -n $breaks && $typed == *[$breaks]* ]] && cut=${typed%%\"${typed##*[$breaks]}\"}\n"
    "    COMPREPLY=()\n"
    "    while IFS= read -r line; do\n"
    "        line=${line%%$'\\t'*}\n"
    "        COMPREPLY+=(\"${line#\"$cut\"}\")\n"
    "    done < <(\"${words[0]}\" complete -- \"${words[@]:1}\" 2>/dev/null)\n"
    "}\n"
    "complete -o default -F _flow_% @ ./@\n";

static const char zsh[] =
    "#compdef @\n"
    "# Completion of @ for zsh: source <(./@ completion zsh)\n"
    "_flow_%() {\n"
    "    local -a lines\n"
    "    local line\n"
    "    for line in \"${(@f)$(\"${words[1]}\" complete -- \"${(@)words[2,CURRENT]}\" "
    "2>/dev/null)}\"; do\n"
    "        [[ -n $line ]] && lines+=(\"${${line%%$'\\t'*}//:/\\\\:}:${line#*$'\\t'}\")\n"
    "    done\n"
    "    if (( $#lines )); then _describe -t words @ lines; else _files; fi\n"
    "}\n"
    "compdef _flow_% @ ./@\n";

static const char fish[] =
    "# Completion of @ for fish: ./@ completion fish | source\n"
    "function _flow_%\n"
    "    set -l words (commandline -opc) (commandline -ct)\n"
    "    $words[1] complete -- $words[2..-1] 2>/dev/null\n"
    "end\n"
    "complete -c @ -f -a '(_flow_%)'\n"
    "complete -c @ -n 'string match -qr -- \"^--(params|output|store|run-id-file)\\$\" "
    "(commandline -opc)[-1]' -F\n";

/* `@` is the program's name, `%` the same as part of a function's name; `%%` stays. */
static void print_script(Cli *cli, const char *script)
{
    const char *name = base_name(cli->options->typed);
    for (const char *at = script; *at; at++) {
        if (*at == '@' && at[1] != '}' && at[1] != ')' && at[1] != ']' && at[1] != 'f') {
            console_text(cli->console, CONSOLE_OUT, name);
        } else if (*at == '%' && at[1] == '%') {
            console_write(cli->console, CONSOLE_OUT, at++, 2);
        } else if (*at == '%') {
            for (const char *c = name; *c; c++)
                console_write(cli->console, CONSOLE_OUT, isalnum((unsigned char)*c) ? c : "_", 1);
        } else {
            console_write(cli->console, CONSOLE_OUT, at, 1);
        }
    }
}

/* ---- tables for docs/cli.md --------------------------------------------- */

static void cell(Cli *cli, const char *text)
{
    for (; *text; text++)
        console_printf(cli->console, CONSOLE_OUT, "%s%c", *text == '|' ? "\\" : "", *text);
}

static void print_defaults(Cli *cli, const OptionSpec *spec)
{
    cell(cli, spec->fallback);
    if (spec->variable)
        console_printf(cli->console, CONSOLE_OUT, "%s`$%s`", spec->fallback[0] ? ", or " : "",
                       spec->variable);
}

/* Short options are those of SHORT in the table. */
/* clang-format off */
static char short_of(OptionId id)
{
    switch (id) {
#define SHORT(letter, option) case OPTION_##option: return letter;
#include "cli/options.def"
    default: return 0;
    }
}
/* clang-format on */

static void option_left(OptionId id, char *out, size_t size)
{
    const OptionSpec *spec = &option_specs[id];
    char letter = short_of(id), dashed[8] = "";
    if (letter)
        snprintf(dashed, sizeof dashed, "-%c, ", letter);
    snprintf(out, size, "%s--%s%s%s", dashed, spec->name, spec->value[0] ? " " : "", spec->value);
}

static void print_markdown_options(Cli *cli)
{
    console_text(cli->console, CONSOLE_OUT,
                 "\n| option | of | default | what it does |\n| --- | --- | --- | --- |\n");
    for (int i = 0; i < OPTION_COUNT; i++) {
        char left[LEFT_MOST];
        const char *between = "";
        bool is_of_all = true;
        option_left((OptionId)i, left, sizeof left);
        console_text(cli->console, CONSOLE_OUT, "| `");
        cell(cli, left);
        console_text(cli->console, CONSOLE_OUT, "` | ");
        for (int c = 0; c < COMMAND_COUNT; c++)
            is_of_all &= (option_specs[i].commands >> c & 1) != 0;
        if (is_of_all)
            console_text(cli->console, CONSOLE_OUT, "all");
        for (int c = 0; c < COMMAND_COUNT && !is_of_all; c++) {
            if (!(option_specs[i].commands & 1u << c))
                continue;
            console_printf(cli->console, CONSOLE_OUT, "%s%s", between, command_specs[c].name);
            between = ", ";
        }
        console_text(cli->console, CONSOLE_OUT, " | ");
        print_defaults(cli, &option_specs[i]);
        console_text(cli->console, CONSOLE_OUT, " | ");
        cell(cli, option_specs[i].help);
        console_text(cli->console, CONSOLE_OUT, " |\n");
    }
}

static void print_markdown(Cli *cli)
{
    console_text(cli->console, CONSOLE_OUT, "| command | what it does |\n| --- | --- |\n");
    for (int i = 0; i < COMMAND_COUNT; i++) {
        const CommandSpec *spec = &command_specs[i];
        if (!command_is_shown((CommandId)i))
            continue;
        console_printf(cli->console, CONSOLE_OUT, "| `%s%s", spec->name, spec->words[0] ? " " : "");
        cell(cli, spec->words);
        console_text(cli->console, CONSOLE_OUT, "` | ");
        cell(cli, spec->summary);
        console_text(cli->console, CONSOLE_OUT, " |\n");
    }
    print_markdown_options(cli);
}

/* ---- man page ----------------------------------------------------------- */

/* Dashes that are to be copied, backslashes, and nothing that begins with a dot or quote. */
static void roff(Cli *cli, const char *text)
{
    if (*text == '.' || *text == '\'')
        console_text(cli->console, CONSOLE_OUT, "\\&");
    for (; *text; text++) {
        if (*text == '-')
            console_text(cli->console, CONSOLE_OUT, "\\-");
        else if (*text == '\\')
            console_text(cli->console, CONSOLE_OUT, "\\e");
        else
            console_write(cli->console, CONSOLE_OUT, text, 1);
    }
}

static void man_item(Cli *cli, const char *left, const char *right)
{
    console_text(cli->console, CONSOLE_OUT, ".TP\n.B ");
    roff(cli, left);
    console_text(cli->console, CONSOLE_OUT, "\n");
    roff(cli, right);
    console_text(cli->console, CONSOLE_OUT, "\n");
}

static void man_section(Cli *cli, const char *title)
{
    console_printf(cli->console, CONSOLE_OUT, ".SH %s\n", title);
}

static void man_commands(Cli *cli)
{
    man_section(cli, "COMMANDS");
    for (int i = 0; i < COMMAND_COUNT; i++) {
        char left[LEFT_MOST];
        const CommandSpec *spec = &command_specs[i];
        snprintf(left, sizeof left, "%s%s%s", spec->name, spec->words[0] ? " " : "", spec->words);
        if (command_is_shown((CommandId)i))
            man_item(cli, left, spec->summary);
    }
}

static void man_options(Cli *cli)
{
    man_section(cli, "OPTIONS");
    for (int i = 0; i < OPTION_COUNT; i++) {
        const OptionSpec *spec = &option_specs[i];
        char left[LEFT_MOST], right[2 * LEFT_MOST];
        option_left((OptionId)i, left, sizeof left);
        int len = snprintf(right, sizeof right, "%s", spec->help);
        if (spec->fallback[0])
            len += snprintf(right + len, sizeof right - (size_t)len, " (%s)", spec->fallback);
        if (spec->variable)
            len += snprintf(right + len, sizeof right - (size_t)len, "; also $%s", spec->variable);
        const char *between = spec->commands == ~0u ? "" : ". Of ";
        for (int c = 0; c < COMMAND_COUNT && spec->commands != ~0u; c++) {
            if (!(spec->commands & 1u << c))
                continue;
            len += snprintf(right + len, sizeof right - (size_t)len, "%s%s", between,
                            command_specs[c].name);
            between = ", ";
        }
        man_item(cli, left, right);
    }
}

static void man_params(Cli *cli)
{
    const FlowProgram *p = cli->program;
    if (p->param_count == 0)
        return;
    man_section(cli, "PARAMETERS");
    for (size_t i = 0; i < p->param_count; i++) {
        char name[NAME_MOST], value[NAME_MOST], left[2 * NAME_MOST + 8];
        option_of_param(p, i, name, sizeof name);
        help_param_value(p->artifacts[p->params[i].artifact].type, value, sizeof value);
        snprintf(left, sizeof left, "--%s%s%s", name, value[0] ? " " : "", value);
        man_item(cli, left, p->params[i].help[0] ? p->params[i].help : "A parameter of the flow.");
    }
}

static void print_man(Cli *cli)
{
    const char *name = base_name(cli->options->typed);
    Console *c = cli->console;
    console_text(c, CONSOLE_OUT, ".TH ");
    for (const char *at = name; *at; at++)
        console_printf(c, CONSOLE_OUT, "%c", toupper((unsigned char)*at));
    console_text(c, CONSOLE_OUT, " 1\n");
    man_section(cli, "NAME");
    roff(cli, name);
    console_text(c, CONSOLE_OUT, " \\- ");
    roff(cli, cli->program->doc[0] ? cli->program->doc : "a workflow, made with Flow");
    console_text(c, CONSOLE_OUT, "\n");
    man_section(cli, "SYNOPSIS");
    console_text(c, CONSOLE_OUT, ".B ");
    roff(cli, name);
    console_text(c, CONSOLE_OUT, "\n.I COMMAND\n[\\fIOPTIONS\\fR]\n");
    man_commands(cli);
    man_params(cli);
    man_options(cli);
    man_section(cli, "EXIT STATUS");
    console_text(c, CONSOLE_OUT,
                 "0 when it is done, 1 when something failed, 2 for a command that makes no sense "
                 "or names what there is not, "
                 "128 and the signal's number when a signal ended it.\n");
    man_section(cli, "SEE ALSO");
    console_text(c, CONSOLE_OUT, ".BR flowc (1)\n");
}

int command_completion(Cli *cli)
{
    const char *word = cli->options->word;
    if (strcmp(word, "bash") == 0)
        print_script(cli, bash);
    else if (strcmp(word, "zsh") == 0)
        print_script(cli, zsh);
    else if (strcmp(word, "fish") == 0)
        print_script(cli, fish);
    else if (strcmp(word, "man") == 0)
        print_man(cli);
    else if (strcmp(word, "markdown") == 0)
        print_markdown(cli);
    else {
        FlowError err;
        flow_error(&err, FLOW_EUSAGE,
                   "`completion` is of bash, zsh or fish, or writes man or markdown, and not "
                   "`%.200s`",
                   word);
        return command_failed(cli, &err);
    }
    return EXIT_OK;
}
