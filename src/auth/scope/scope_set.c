/* Implements a set of scopes, sorted and grouped for binary search, and decides whether the set
 * covers a requested scope. A scope for a whole kind covers every resource of that kind; a scope
 * for a single resource covers only that resource. */
#include "auth/scope/scope_set.h"

#include <stdlib.h>

#include "base/ensure.h"

/* An action on the resources of a kind: on all of them, or on those with these ids. */
struct scope_group {
    str resource, action;
    bool is_whole;
    const str *ids; /* sorted */
    size_t id_count;
};

/* ---- order: any that keeps resource and action together ---- */

static int compare_texts(str a, str b)
{
    if (a.len != b.len)
        return a.len < b.len ? -1 : 1;
    return a.len > 0 ? memcmp(a.ptr, b.ptr, a.len) : 0;
}

static int compare_ids(const void *a, const void *b)
{
    return compare_texts(*(const str *)a, *(const str *)b);
}

static int compare_groups(const void *a, const void *b)
{
    const struct scope_group *left = a, *right = b;
    int order = compare_texts(left->resource, right->resource);

    return order != 0 ? order : compare_texts(left->action, right->action);
}

static int compare_scopes(const void *a, const void *b)
{
    const struct scope *left = a, *right = b;
    int order = compare_texts(left->resource, right->resource);

    if (order == 0)
        order = compare_texts(left->action, right->action);
    return order != 0 ? order : compare_texts(left->id, right->id);
}

/* ---- building ---- */

/* Parses and sorts the scopes, and leaves out texts that are not scopes. Returns how many were
 * kept.
 */
static size_t parse_all(const str *texts, size_t count, struct scope *out)
{
    size_t kept = 0;

    for (size_t i = 0; i < count; i++)
        kept += scope_parse(texts[i], &out[kept]);
    qsort(out, kept, sizeof(*out), compare_scopes);
    return kept;
}

static bool is_for_all(const struct scope *scope)
{
    return scope->id.len == 0 || str_equal(scope->id, STR("*"));
}

static bool is_in_group(const struct scope_group *group, const struct scope *scope)
{
    return str_equal(group->resource, scope->resource) && str_equal(group->action, scope->action);
}

const struct scope_set *scope_set_new(arena *a, const str *texts, size_t count)
{
    struct scope_set *set = arena_alloc(a, sizeof(*set));
    struct scope *scopes = arena_alloc(a, count * sizeof(*scopes));
    struct scope_group *groups = arena_alloc(a, count * sizeof(*groups)), *last = NULL;
    str *ids = arena_alloc(a, count * sizeof(*ids));

    ensure(texts != NULL || count == 0);
    count = parse_all(texts, count, scopes);
    for (size_t i = 0; i < count; i++) {
        const struct scope *scope = &scopes[i];

        if (last == NULL || !is_in_group(last, scope)) {
            last = &groups[set->count++];
            *last = (struct scope_group){ scope->resource, scope->action, .ids = ids };
        }
        if (is_for_all(scope))
            last->is_whole = true;
        else if (scope_kind_has_ids(scope->resource))
            ids[last->id_count++] = scope->id;
        if (i + 1 == count || !is_in_group(last, &scopes[i + 1]))
            ids += last->id_count;
    }
    ensure(set->count <= count);
    set->groups = groups;
    return set;
}

const struct scope_set *scope_set_join(arena *a, const struct scope_set *one,
                                       const struct scope_set *more)
{
    struct scope_set *joined = arena_alloc(a, sizeof(*joined));

    ensure(one->also == NULL);
    *joined = *one;
    joined->also = more;
    return joined;
}

/* ---- questions ---- */

static const struct scope_group *find_group(const struct scope_set *set, const struct scope *asked)
{
    const struct scope_group key = { .resource = asked->resource, .action = asked->action };

    return set->count > 0 ? bsearch(&key, set->groups, set->count, sizeof(key), compare_groups)
                          : NULL;
}

static bool has_id(const struct scope_group *group, str id)
{
    return id.len > 0 && group->id_count > 0 &&
           bsearch(&id, group->ids, group->id_count, sizeof(id), compare_ids) != NULL;
}

bool scope_set_covers(const struct scope_set *set, const struct scope *asked, str id)
{
    ensure(asked->resource.len > 0 && asked->action.len > 0);
    /* A demand that names its resource means that one, whatever the path says. */
    str wanted = asked->id.len > 0 ? asked->id : id;

    for (; set != NULL; set = set->also) {
        const struct scope_group *group = find_group(set, asked);

        if (group != NULL && (group->is_whole || has_id(group, wanted)))
            return true;
    }
    return false;
}

bool scope_set_covers_some(const struct scope_set *set, const struct scope *asked)
{
    ensure(asked->resource.len > 0 && asked->action.len > 0);
    if (asked->id.len > 0)
        return scope_set_covers(set, asked, STR(""));
    for (; set != NULL; set = set->also) {
        const struct scope_group *group = find_group(set, asked);

        if (group != NULL && (group->is_whole || group->id_count > 0))
            return true;
    }
    return false;
}
