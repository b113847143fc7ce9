/* SPDX-License-Identifier: Apache-2.0 */
/* Secrets.  What holds one is one: it goes to a script and to @environment, and nowhere where it
 * could be read again.  That is a question of types, so it is answered before anything runs. */
#include "sema/check.h"

typedef struct Words {
    const char *cannot, *instead;
} Words;

static const Words words[] = {
    [SECRET_KEPT] = {"be kept",
                     "read it in each step that needs it: every step sees a parameter, and "
                     "`env.secret(\"NAME\")` asks the environment"},
    [SECRET_SHOWN] = {"be shown or made a text",
                      "give it as it is: to a script as an input, or to the task by "
                      "`@environment(TOKEN=…)`"},
    [SECRET_COMPARED] = {"be compared", "try it out: what it is for says whether it is right"},
    [SECRET_KEY] = {"be the key of a map", "give it a name, and make that the key"},
    [SECRET_GENERIC] = {"go to a generic function, which could show or compare it",
                        "write a function that takes a `secret`"},
    [SECRET_CARRIED] = {"cross over within another value",
                        "make each secret an input of its own: `script python(token)`"},
    [SECRET_RESULT] = {"come back from a script",
                       "it comes from a parameter, or from `env.secret(\"NAME\")`"},
    [SECRET_READ] = {"be read from json",
                     "it comes from a parameter, or from `env.secret(\"NAME\")`"},
};

bool check_say_secret(Checker *c, Span span, const Type *t, SecretUse use)
{
    if (!type_has_secret(t))
        return false;
    Diag *d = t->kind == TYPE_SECRET
                  ? diag_error(c->m->diags, F0340, span, "a secret cannot %s", words[use].cannot)
                  : diag_error(c->m->diags, F0340, span,
                               "a `%.*s` holds a secret, so it cannot %s", STR_ARG(t->name),
                               words[use].cannot);
    diag_label(d, "`%.*s`", STR_ARG(t->name));
    diag_help(d, "%s", words[use].instead);
    return true;
}
