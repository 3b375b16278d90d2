/* Runs a Wycheproof file: each group's keys are read as a key set, each of its tokens must fare as
 * published, but for the listed exceptions, and every one of those must be one. Encrypted tokens
 * are refused, valid or not. Where the vectors are, a file that is missing or shorter is a failure.
 */
#ifndef SUPPORT_WYCHEPROOF_H
#define SUPPORT_WYCHEPROOF_H

#include "published.h"
#include "vectors.h"
#include "json/writer.h"

struct wycheproof {
    const char *file;
    const struct vector_exception *refused_though_valid, *accepted_though_invalid;
    size_t refused_count, accepted_count;
    size_t cases, encrypted; /* how many there are of each */
};

struct wycheproof_counts {
    size_t cases, encrypted, exceptions;
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

/* A compact token is a text; of the JSON serialization the text is the object. */
static inline str wycheproof_token(arena *a, const json_t *token)
{
    AUTO_BUF text = buf_with_limit(MiB);
    writer w = { .out = &text };

    if (json_is_string(token))
        return str_of(json_string_value(token));
    write_json(&w, token);
    return (str){ arena_copy(a, buf_view(&text)), text.len };
}

/* Has it fared other than published? */
static inline bool wycheproof_case(const struct wycheproof *w, const json_t *test,
                                   const struct jwks *set, const char *told)
{
    AUTO(arena) *a = arena_new();
    int64_t id = json_int(test, "tcId", 0);
    bool is_valid = strcmp(json_text(test, "result"), "valid") == 0;
    bool expected = is_valid ? !vector_is_listed(w->refused_though_valid, w->refused_count, id)
                             : vector_is_listed(w->accepted_though_invalid, w->accepted_count, id);
    str token = wycheproof_token(a, json_object_get(test, "jws"));

    if (published_verifies(set, token) != expected)
        fail_msg("%s case %d (%s) is not %s: %s", w->file, (int)id, json_text(test, "comment"),
                 expected ? "accepted" : "refused", told);
    return expected != is_valid;
}

static inline void wycheproof_encrypted(const struct wycheproof *w, const json_t *test,
                                        const struct jwks *set)
{
    AUTO(arena) *a = arena_new();
    str token = wycheproof_token(a, json_object_get(test, "jwe"));

    if (token.len == 0 || published_verifies(set, token))
        fail_msg("%s case %d is encrypted and was accepted", w->file,
                 (int)json_int(test, "tcId", 0));
}

static inline void wycheproof_group(const struct wycheproof *w, const json_t *group,
                                    struct wycheproof_counts *counts)
{
    AUTO(arena) *a = arena_new();
    const char *told = "";
    struct jwks *set = wycheproof_set(a, group, &told);
    const json_t *test;
    size_t i;

    json_array_foreach(json_object_get(group, "tests"), i, test)
    {
        if (json_object_get(test, "jws") == NULL) {
            counts->encrypted++;
            wycheproof_encrypted(w, test, set);
            continue;
        }
        counts->cases++;
        counts->exceptions += wycheproof_case(w, test, set, told);
    }
    jwks_unref(set);
}

static inline void wycheproof_run(const struct wycheproof *w)
{
    const char *folder = vectors_folder();

    if (folder == NULL) {
        print_message("%s not found: skipped (set AGENTOS_VECTORS)\n", w->file);
        skip();
    }
    AUTO(arena) *a = arena_new();
    const json_t *file = vectors_read(a, folder, w->file), *group;
    struct wycheproof_counts counts = { 0 };
    size_t i;

    if (file == NULL)
        fail_msg("%s/%s cannot be read", folder, w->file);
    json_array_foreach(json_object_get(file, "testGroups"), i, group)
        wycheproof_group(w, group, &counts);
    print_message("%s: %zu cases\n", w->file, counts.cases + counts.encrypted);
    assert_int_equal(counts.encrypted, w->encrypted);
    assert_int_equal(counts.cases, w->cases);
    assert_int_equal(counts.exceptions,
                     vector_count(w->refused_though_valid, w->refused_count) +
                         vector_count(w->accepted_though_invalid, w->accepted_count));
}

#endif
