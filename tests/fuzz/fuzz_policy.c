/* A line each: "m KEY|SCOPE,SCOPE" a mapping, "x ENTRY" and "a ENTRY" exclusions. Whatever they
 * are, no row is left without a statement, a row for admins stays theirs, a row keeps its own gate,
 * and only what is named outright opens a row that writes or needs a scope. */
#include <assert.h>

#include "api/routes.h"
#include "web/policy.h"

enum { LINES_MAX = 16, SCOPES_OF_ONE = 4 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct fuzz_input {
    struct named_scopes mappings[LINES_MAX];
    const char *excluded[LINES_MAX], *added[LINES_MAX];
    struct policy_options options;
    bool has_exact_exclusion;
};

static void read_mapping(arena *a, str line, struct named_scopes *out)
{
    const char **scopes = arena_alloc(a, SCOPES_OF_ONE * sizeof(*scopes));

    out->name = arena_copy(a, str_split(&line, '|'));
    out->scopes = scopes;
    while (line.len > 0 && out->count < SCOPES_OF_ONE)
        scopes[out->count++] = arena_copy(a, str_split(&line, ','));
}

static void read_line(arena *a, str line, struct fuzz_input *in)
{
    struct policy_options *o = &in->options;
    str text = str_from(line, 2);

    if (str_starts(line, STR("m "))) {
        read_mapping(a, text, &in->mappings[o->mapping_count++]);
        return;
    }
    in->has_exact_exclusion |= !str_has(text, '*') && !str_has(text, '?');
    if (str_starts(line, STR("x ")))
        in->excluded[o->excluded_count++] = arena_copy(a, text);
    else if (str_starts(line, STR("a ")))
        in->added[o->excluded_add_count++] = arena_copy(a, text);
}

static void check_row(const struct fuzz_input *in, const struct policy *policy,
                      const struct route *row)
{
    const struct access *before = &row->access, *after = policy_access(policy, row);

    assert(after->kind != ACCESS_UNSTATED);
    assert(after->kind != ACCESS_SCOPED || after->scope != NULL || after->gate != NULL);
    if (after->kind == ACCESS_PUBLIC) {
        assert(before->kind == ACCESS_PUBLIC || in->has_exact_exclusion);
        return;
    }
    assert((before->kind == ACCESS_ADMIN) == (after->kind == ACCESS_ADMIN));
    if (before->kind == ACCESS_SCOPED && before->gate != NULL)
        assert(after->gate != NULL && strcmp(before->gate, after->gate) == 0);
    if (before->kind == ACCESS_LISTING)
        assert(after->kind == ACCESS_LISTING);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO(arena) *a = arena_new();
    str text = { (const char *)data, size };
    struct fuzz_input in = { 0 };
    struct policy policy;
    agentos_error err;

    if (size > 4096 || str_has(text, '\0'))
        return 0;
    in.options.mappings = in.mappings;
    in.options.excluded_add = in.added;
    for (size_t i = 0; i < LINES_MAX && text.len > 0; i++)
        read_line(a, str_split(&text, '\n'), &in);
    in.options.excluded = in.options.excluded_count > 0 ? in.excluded : NULL;
    if (policy_make(&agentos_surface, &in.options, a, &policy, &err) != AGENTOS_OK) {
        assert(err.message[0] != '\0');
        return 0;
    }
    for (size_t i = 0; i < agentos_surface.count; i++)
        check_row(&in, &policy, &agentos_surface.rows[i]);
    for (size_t i = 0; i < policy.warning_count; i++)
        assert(policy.warnings[i].option[0] != '\0' && policy.warnings[i].sentence[0] != '\0');
    return 0;
}
