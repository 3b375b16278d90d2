/* Published test vectors, from AGENTOS_VECTORS or ../shared/vectors beside the repository. */
#ifndef SUPPORT_VECTORS_H
#define SUPPORT_VECTORS_H

#include <stdlib.h>

#include "base/arena.h"
#include "base/limits.h"
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
#define IS_LISTED(list, id) vector_is_listed(list, sizeof(list) / sizeof((list)[0]), id)

/* NULL, with a notice: they are not here. From the arena. */
static inline const json_t *vectors_read(arena *a, const char *name)
{
    const char *folder = getenv("AGENTOS_VECTORS");
    const char *places[] = { folder != NULL ? folder : "", "../shared/vectors",
                             "../../shared/vectors" };
    const json_t *document = NULL;

    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        FILE *file = fopen(arena_printf(a, "%s/%s", places[i], name), "rb");
        if (file == NULL)
            continue;
        char *text = arena_alloc(a, 2 * MiB);
        size_t len = fread(text, 1, 2 * MiB, file);
        (void)fclose(file);
        return json_parse(a, (str){ text, len }, &document, NULL) == AGENTOS_OK ? document : NULL;
    }
    (void)printf("%s not found: skipped (set AGENTOS_VECTORS)\n", name);
    return NULL;
}

#endif
