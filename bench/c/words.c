/* SPDX-License-Identifier: Apache-2.0 */
/* words.c - how often each word of a text stands in it, over a table of places in the text. */
#include "bench.h"

typedef struct Entry {
    const char *word;
    size_t len;
    uint64_t hash;
    int64_t count;
} Entry;

typedef struct Table {
    Entry *entries;
    size_t slots, used;
} Table;

static uint64_t hash_of(const char *word, size_t len)
{
    uint64_t hash = 14695981039346656037u;
    for (size_t i = 0; i < len; i++)
        hash = (hash ^ (unsigned char)word[i]) * 1099511628211u;
    return hash;
}

static Entry *find(Table *t, const char *word, size_t len, uint64_t hash)
{
    for (size_t at = hash & (t->slots - 1);; at = (at + 1) & (t->slots - 1)) {
        Entry *e = &t->entries[at];
        if (!e->word || (e->hash == hash && e->len == len && memcmp(e->word, word, len) == 0))
            return e;
    }
}

static void widen(Table *t)
{
    Table wide = {need(calloc(2 * t->slots, sizeof(Entry))), 2 * t->slots, t->used};
    for (size_t i = 0; i < t->slots; i++)
        if (t->entries[i].word)
            *find(&wide, t->entries[i].word, t->entries[i].len, t->entries[i].hash) =
                t->entries[i];
    free(t->entries);
    *t = wide;
}

static void count_word(Table *t, const char *word, size_t len)
{
    uint64_t hash = hash_of(word, len);
    Entry *e = find(t, word, len, hash);
    if (!e->word) {
        *e = (Entry){word, len, hash, 0};
        t->used++;
    }
    e->count++;
    if (t->used * 2 > t->slots)
        widen(t);
}

static char *read_all(const char *path, size_t *len)
{
    FILE *file = need(fopen(path, "rb"));
    fseek(file, 0, SEEK_END);
    *len = (size_t)ftell(file);
    rewind(file);
    char *text = need(malloc(*len + 1));
    if (fread(text, 1, *len, file) != *len)
        exit(1);
    fclose(file);
    return text;
}

int main(int argc, char **argv)
{
    if (argc < 2)
        return 2;
    double begin = now();
    size_t len;
    char *text = read_all(argv[1], &len);
    Table table = {need(calloc(1024, sizeof(Entry))), 1024, 0};
    for (size_t at = 0; at < len;) {
        size_t end = at;
        while (end < len && text[end] != ' ' && text[end] != '\n')
            end++;
        if (end > at)
            count_word(&table, text + at, end - at);
        at = end + 1;
    }
    int64_t most = 0;
    for (size_t i = 0; i < table.slots; i++)
        if (table.entries[i].count > most)
            most = table.entries[i].count;
    printf("%zu,%lld %.6f\n", table.used, (long long)most, now() - begin);
    free(table.entries);
    free(text);
    return 0;
}
