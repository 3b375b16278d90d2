/* Runs a Wycheproof file: each group's keys are read as a key set, each of its tokens must fare as
 * published, but for the listed exceptions. */
#ifndef SUPPORT_WYCHEPROOF_H
#define SUPPORT_WYCHEPROOF_H

#include "published.h"
#include "vectors.h"
#include "json/writer.h"

struct wycheproof {
    const char *file;
    const struct vector_exception *refused_though_valid, *accepted_though_invalid;
    size_t refused_count, accepted_count;
    size_t not_jws, cases; /* how many there are */
};

static inline struct jwks *wycheproof_set(arena *a, const json_t *group, const char **told)
{
    const json_t *keys = json_object_get(group, "public");
    AUTO_BUF text = buf_with_limit(MiB);
    writer w = { .out = &text };

    /* Symmetric keys are in the private half alone. */
    write_json(&w, keys != NULL ? keys : json_object_get(group, "private"));
    return published_read(a, text.ptr, false, told);
}

static inline void wycheproof_case(const struct wycheproof *w, const json_t *test,
                                   const struct jwks *set, const char *told)
{
    int64_t id = json_int(test, "tcId", 0);
    bool is_valid = strcmp(json_text(test, "result"), "valid") == 0;
    bool expected = is_valid ? !vector_is_listed(w->refused_though_valid, w->refused_count, id)
                             : vector_is_listed(w->accepted_though_invalid, w->accepted_count, id);
    const char *token = json_text(test, "jws");

    /* A JSON serialization is an object: no compact token at all. */
    if (published_verifies(set, str_of(token)) != expected)
        fail_msg("%s case %d (%s) is not %s: %s", w->file, (int)id, json_text(test, "comment"),
                 expected ? "accepted" : "refused", told);
}

static inline void wycheproof_group(const struct wycheproof *w, const json_t *group,
                                    size_t counts[2])
{
    AUTO(arena) *a = arena_new();
    const char *told = "";
    struct jwks *set = wycheproof_set(a, group, &told);
    const json_t *test;
    size_t i;

    json_array_foreach(json_object_get(group, "tests"), i, test)
    {
        bool is_jws = json_object_get(test, "jws") != NULL;
        counts[is_jws]++;
        if (is_jws)
            wycheproof_case(w, test, set, told);
    }
    jwks_unref(set);
}

static inline void wycheproof_run(const struct wycheproof *w)
{
    AUTO(arena) *a = arena_new();
    const json_t *file = vectors_read(a, w->file), *group;
    size_t counts[2] = { 0, 0 }, i;

    if (file == NULL) {
        arena_free(TAKE(a)); /* skipping jumps past the end of its scope */
        skip();
    }
    json_array_foreach(json_object_get(file, "testGroups"), i, group)
        wycheproof_group(w, group, counts);
    print_message("%s: %zu cases\n", w->file, counts[1]);
    assert_int_equal(counts[0], w->not_jws);
    assert_int_equal(counts[1], w->cases);
}

#endif
