/* Published test vectors, from AGENTOS_VECTORS or ../shared/vectors beside the repository. */
#ifndef SUPPORT_VECTORS_H
#define SUPPORT_VECTORS_H

#include <stdlib.h>
#include <sys/stat.h>

#include "base/arena.h"
#include "base/limits.h"
#include "base/mem.h"
#include "json/parse.h"

struct vector_exception {
    int64_t first, last; /* test case ids */
    const char *argument;
};

static inline bool vector_is_listed(const struct vector_exception *list, size_t count, int64_t id)
{
    for (size_t i = 0; i < count; i++)
        if (id >= list[i].first && id <= list[i].last)
            return true;
    return false;
}

/* How many cases a list names. */
static inline size_t vector_count(const struct vector_exception *list, size_t count)
{
    size_t sum = 0;

    for (size_t i = 0; i < count; i++)
        sum += (size_t)(list[i].last - list[i].first) + 1;
    return sum;
}

/* NULL: there are none on this machine. A folder that somebody names must be there. */
static inline const char *vectors_folder(void)
{
    static const char *const places[] = { "../shared/vectors", "../../shared/vectors" };
    struct stat status;

    if (getenv("AGENTOS_VECTORS") != NULL)
        return getenv("AGENTOS_VECTORS");
    for (size_t i = 0; i < COUNT(places); i++)
        if (stat(places[i], &status) == 0)
            return places[i];
    return NULL;
}

/* From the arena; NULL: the file is not there, too large or no JSON. */
static inline const json_t *vectors_read(arena *a, const char *folder, const char *name)
{
    const json_t *document = NULL;
    FILE *file = fopen(arena_printf(a, "%s/%s", folder, name), "rb");

    if (file == NULL)
        return NULL;
    char *text = arena_alloc(a, 2 * MiB);
    size_t len = fread(text, 1, 2 * MiB, file);
    (void)fclose(file);
    return json_parse(a, (str){ text, len }, &document, NULL) == AGENTOS_OK ? document : NULL;
}

#endif
