/* SPDX-License-Identifier: Apache-2.0 */
/* intern.c - one copy of each name. */
#include "base/intern.h"

void interner_init(Interner *in, Arena *a)
{
    map_init(&in->names, a);
}

Name intern(Interner *in, Str text)
{
    NameEntry *e = map_get(&in->names, text);
    if (!e) {
        e = arena_new(in->names.arena, NameEntry);
        e->text = str_copy(in->names.arena, text);
        e->id = (uint32_t)in->names.len;
        map_put(&in->names, e->text, e);
    }
    return e;
}

Name intern_c(Interner *in, const char *text)
{
    return intern(in, str_from(text));
}
