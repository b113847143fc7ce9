/* SPDX-License-Identifier: Apache-2.0 */
/* Files are read depth first, so that `files` and `scopes` hold imports before what imports
 * them.  A file is known by its path from the working folder; a file that is reached again while
 * its own imports are being read closes a cycle.  Each file's names are declared as it is done. */
#include "sema/check.h"
#include "sema/scope.h"
#include "source/library.h"

#include <assert.h>
#include <unistd.h>

#include "source/suggest.h"
#include "syntax/parse.h"

typedef struct Loader {
    Model *m;
    Map by_path; /* -> FileScope * */
} Loader;

static const char *const builtin_types[] = {
    "int",  "float", "bool",     "string", "bytes", "file",  "secret",
    "json", "size",  "duration", "time",   "matrix", "table", "Failure",
};

bool is_builtin_type(Str name)
{
    for (size_t i = 0; i < sizeof builtin_types / sizeof *builtin_types; i++) {
        if (str_is(name, builtin_types[i]))
            return true;
    }
    return false;
}

const char *decl_noun(const Decl *d)
{
    switch (d->kind) {
    case DECL_IMPORT: return "the import";
    case DECL_PARAM: return "the parameter";
    case DECL_LET: return "the constant";
    case DECL_POOL: return "the pool";
    case DECL_STRUCT: return "the struct";
    case DECL_ENUM: return "the enum";
    case DECL_FN: case DECL_EXTERN_FN: return "the function";
    case DECL_STEP: return "the step";
    case DECL_JOIN: return "the join";
    default: return "this";
    }
}

FileScope *scope_of(const Model *m, Span span)
{
    for (size_t i = 0; i < m->scopes.len; i++) {
        if (m->scopes.items[i]->file->source == span.source)
            return m->scopes.items[i];
    }
    return NULL;
}

Str import_module(const Decl *import)
{
    return import->path.count == 1 ? import->path.items[0].name : (Str){0};
}

/* ---- names ----------------------------------------------------------------------- */

static void declare(Model *m, Map *names, Decl *decl)
{
    Str name = decl->name.name;
    if (!name.len)
        return;
    Decl *other = map_get(names, name);
    if (other) {
        Diag *d = diag_error(m->diags, F0204, decl->name.span, "the name `%.*s` is given twice",
                             STR_ARG(name));
        diag_note(d, other->name.span, "%s `%.*s` is declared here", decl_noun(other),
                  STR_ARG(name));
        return;
    }
    map_put(names, name, decl);
}

static void declare_type(Model *m, FileScope *scope, Decl *decl)
{
    if (is_builtin_type(decl->name.name)) {
        Diag *d = diag_error(m->diags, F0204, decl->name.span,
                             "`%.*s` is a type of the language", STR_ARG(decl->name.name));
        diag_help(d, "give %s another name", decl_noun(decl));
        return;
    }
    declare(m, &scope->types, decl);
}

/* Said once a file: the rest follows from it. */
static void refuse_in_library(Model *m, FileScope *scope, const Decl *decl, const char *what)
{
    if (scope->has_refused)
        return;
    scope->has_refused = true;
    Diag *d = diag_error(m->diags, F0208, decl->name.span, "%s belongs to a flow", what);
    if (scope->file == m->file)
        diag_help(d, "begin the file with `flow NAME`, which makes it one");
    else
        diag_help(d, "a library holds functions, structs and constants");
}

/* Several enums of a file may have cases of one name: what is wanted decides between them. */
static void declare_cases(FileScope *scope, Decl *decl)
{
    for (size_t i = 0; i < decl->cases.count; i++) {
        Str name = decl->cases.items[i].name.name;
        if (!map_has(&scope->cases, name))
            map_put(&scope->cases, name, decl);
    }
}

static void declare_all(Model *m, FileScope *scope)
{
    bool is_library = !scope->file->flow;
    for (size_t i = 0; i < scope->file->decls.count; i++) {
        Decl *decl = scope->file->decls.items[i];
        switch (decl->kind) {
        case DECL_STEP: case DECL_JOIN:
            if (is_library)
                refuse_in_library(m, scope, decl, decl->kind == DECL_STEP ? "a step" : "a join");
            else
                declare_type(m, scope, decl);
            break;
        case DECL_ENUM:
            declare_type(m, scope, decl);
            declare_cases(scope, decl);
            break;
        case DECL_STRUCT:
            declare_type(m, scope, decl);
            break;
        case DECL_PARAM:
            if (is_library) {
                refuse_in_library(m, scope, decl, "a parameter");
                break;
            }
            declare(m, &scope->values, decl);
            break;
        case DECL_IMPORT: case DECL_LET: case DECL_POOL: case DECL_FN: case DECL_EXTERN_FN:
            declare(m, &scope->values, decl);
            break;
        default:
            break;
        }
    }
}

/* ---- files ----------------------------------------------------------------------- */

static Str folder_of(Str path)
{
    size_t len = path.len;
    while (len && path.ptr[len - 1] != '/')
        len--;
    return str_slice(path, 0, len);
}

/* `import a.b` in x/y.flow is x/a/b.flow. */
static Str path_of_import(Model *m, const FileScope *scope, const Decl *import)
{
    StrBuf path;
    strbuf_init(&path, m->arena);
    strbuf_add(&path, folder_of(scope->path));
    for (size_t i = 0; i < import->path.count; i++) {
        if (i)
            strbuf_add_char(&path, '/');
        strbuf_add(&path, import->path.items[i].name);
    }
    if (!str_ends_with(strbuf_str(&path), STR(".flow")))
        strbuf_add(&path, STR(".flow"));
    return strbuf_str(&path);
}

static Span import_span(const Decl *import)
{
    if (!import->path.count)
        return import->span;
    return span_join(import->path.items[0].span, import->path.items[import->path.count - 1].span);
}

static void missing_module(Loader *l, const Decl *import, Str path)
{
    Model *m = l->m;
    Str wanted = import->path.items[import->path.count - 1].name;
    Diag *d = diag_error(m->diags, F0206, import_span(import), "there is no module `%.*s`",
                         STR_ARG(wanted));
    diag_label(d, "neither built in, nor a file `%.*s`", STR_ARG(path));
    Suggest s;
    suggest_init(&s, wanted);
    for (size_t i = 0; i < builtin_count(m->builtins); i++) {
        Str module = str_from(builtin_get(m->builtins, i)->module);
        if (module.len)
            suggest_offer(&s, module, NULL);
    }
    for (size_t i = 0; i < library_count(); i++) {
        LibraryFile file = library_get(i);
        if (!file.is_prelude)
            suggest_offer(&s, str_from(file.name), NULL);
    }
    if (s.found)
        diag_fix(d, import_span(import), s.best, "did you mean `%.*s`?", STR_ARG(s.best));
    else if (foreign_module(import->path.items[0].name))
        diag_help(d, "a module of Python is imported in a `script python`");
}

static FileScope *load(Loader *l, AstFile *file, Str path, Str module);

/* Reads the file at `path`, whose import is `import`; NULL after a message. */
static FileScope *load_path(Loader *l, const Decl *import, Str path)
{
    Model *m = l->m;
    FileScope *known = map_get(&l->by_path, path);
    if (known && known->is_loading) {
        Diag *d = diag_error(m->diags, F0207, import_span(import),
                             "`%.*s` imports itself, by way of this import", STR_ARG(path));
        diag_help(d, "move what both need into a third file");
        return NULL;
    }
    if (known)
        return known;
    uint32_t source;
    Str why;
    if (!source_read(m->sources, path, &source, &why)) {
        missing_module(l, import, path);
        return NULL;
    }
    AstFile *file = parse_file(m->arena, m->sources, source, m->diags);
    if (file->flow) {
        Diag *d = diag_error(m->diags, F0208, import_span(import), "`%.*s` is a flow of its own",
                             STR_ARG(path));
        diag_note(d, file->flow->span, "a file without this line is a library");
        diag_help(d, "move what both need into a file without a `flow` line");
        return NULL;
    }
    return load(l, file, path, (Str){0});
}

/* A file of the library; each is read once. */
static FileScope *load_library(Loader *l, LibraryFile of)
{
    Model *m = l->m;
    Str path = str_from(of.path);
    FileScope *known = map_get(&l->by_path, path);
    if (known)
        return known;
    uint32_t source = source_add(m->sources, path, of.text);
    return load(l, parse_file(m->arena, m->sources, source, m->diags), path, str_from(of.name));
}

/* A file beside the one that imports it comes before one of the library. */
static void load_import(Loader *l, FileScope *scope, Decl *import)
{
    Model *m = l->m;
    if (!import->path.count)
        return;
    FileScope *target;
    LibraryFile library;
    Str path = path_of_import(m, scope, import);
    Str module = import_module(import);
    bool is_beside = !scope->module.len && !str_eq(path, scope->path) &&
                     access(str_c(m->arena, path), F_OK) == 0;
    if (!is_beside && library_find(module, &library)) {
        target = load_library(l, library);
    } else if (!is_beside && builtin_module_exists(m->builtins, module)) {
        map_put_ptr(&scope->imports, import, NULL);
        return;
    } else {
        target = load_path(l, import, path);
    }
    if (target)
        map_put_ptr(&scope->imports, import, target);
}

static FileScope *load(Loader *l, AstFile *file, Str path, Str module)
{
    Model *m = l->m;
    FileScope *scope = arena_new(m->arena, FileScope);
    scope->file = file;
    scope->path = path;
    scope->module = module;
    map_init(&scope->types, m->arena);
    map_init(&scope->values, m->arena);
    map_init(&scope->cases, m->arena);
    map_init(&scope->imports, m->arena);
    map_put(&l->by_path, path, scope);

    scope->is_loading = true;
    for (size_t i = 0; i < file->decls.count; i++) {
        if (file->decls.items[i]->kind == DECL_IMPORT)
            load_import(l, scope, file->decls.items[i]);
    }
    scope->is_loading = false;
    declare_all(m, scope);
    vec_push(m->arena, &m->files, file);
    vec_push(m->arena, &m->scopes, scope);
    return scope;
}

/* ---- the prelude ------------------------------------------------------------------ */

static void load_prelude(Loader *l)
{
    for (size_t i = 0; i < library_count(); i++) {
        LibraryFile file = library_get(i);
        if (!file.is_prelude)
            continue;
        const FileScope *scope = load_library(l, file);
        for (size_t k = 0; k < scope->values.len; k++) {
            const MapEntry *e = &scope->values.entries[k];
            assert(!map_has(&l->m->prelude, e->key)); /* no two of its files share a name */
            map_put(&l->m->prelude, e->key, e->value);
        }
    }
}

bool module_is_of_library(const Model *m, Str name)
{
    LibraryFile file;
    return builtin_module_exists(m->builtins, name) ||
           (library_find(name, &file) && !file.is_prelude);
}

FileScope *module_load(Model *m, AstFile *file)
{
    Loader l = {.m = m};
    map_init(&l.by_path, m->arena);
    load_prelude(&l);
    return load(&l, file, source_get(m->sources, file->source)->path, (Str){0});
}
