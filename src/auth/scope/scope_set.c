/* Implements a set of scopes, sorted and grouped for binary search, and decides whether the set
 * covers a requested scope. A scope for a whole kind covers every resource of that kind; a scope
 * for a single resource covers only that resource. */
#include "auth/scope/scope_set.h"

#include <stdlib.h>

#include "base/ensure.h"

/* All scopes with the same resource and action. */
struct scope_group {
    str resource, action;
    bool is_whole;  /* one of them is for every resource of the kind */
    const str *ids; /* the resources that the others name, sorted */
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

/* Parses the texts into out, which has room for count scopes, and sorts them. Texts that are not
 * scopes are left out. Returns how many scopes out has. */
static size_t parse_all(const str *texts, size_t count, struct scope *out)
{
    size_t kept = 0;

    for (size_t i = 0; i < count; i++)
        if (scope_parse(texts[i], &out[kept]))
            kept++;
    qsort(out, kept, sizeof(*out), compare_scopes);
    return kept;
}

static bool is_for_all(const struct scope *scope)
{
    return scope->id.len == 0 || str_equal(scope->id, STR("*"));
}

static bool is_same_group(const struct scope *a, const struct scope *b)
{
    return str_equal(a->resource, b->resource) && str_equal(a->action, b->action);
}

/* Returns how many of the sorted scopes, beginning with the first, belong to the first one's group.
 * There must be at least one scope. */
static size_t count_group(const struct scope *scopes, size_t count)
{
    size_t size = 1;

    ensure(count > 0);
    while (size < count && is_same_group(&scopes[0], &scopes[size]))
        size++;
    return size;
}

/* Makes the group of these scopes, which all have the same resource and action. The ids that they
 * name are written to `ids`, which has room for count texts and stays in order. */
static struct scope_group make_group(const struct scope *scopes, size_t count, str *ids)
{
    ensure(count > 0);
    struct scope_group group = {
        .resource = scopes[0].resource,
        .action = scopes[0].action,
        .ids = ids,
    };

    for (size_t i = 0; i < count; i++) {
        if (is_for_all(&scopes[i]))
            group.is_whole = true;
        else if (scope_kind_has_ids(group.resource))
            ids[group.id_count++] = scopes[i].id;
    }
    return group;
}

/* Returns the set from the arena. The texts must live as long as the arena. */
const struct scope_set *scope_set_new(arena *a, const str *texts, size_t count)
{
    ensure(texts != NULL || count == 0);
    struct scope_set *set = arena_alloc(a, sizeof(*set));
    struct scope *scopes = arena_alloc(a, count * sizeof(*scopes));
    struct scope_group *groups = arena_alloc(a, count * sizeof(*groups));
    str *ids = arena_alloc(a, count * sizeof(*ids));
    size_t kept = parse_all(texts, count, scopes);
    size_t next = 0;

    while (next < kept) {
        size_t size = count_group(&scopes[next], kept - next);

        groups[set->count++] = make_group(&scopes[next], size, &ids[next]);
        next += size;
    }
    ensure(next == kept && set->count <= kept);
    set->groups = groups;
    return set;
}

/* Returns a copy of `one` that refers to `more` for the scopes that `one` lacks. */
const struct scope_set *scope_set_join(arena *a, const struct scope_set *one,
                                       const struct scope_set *more)
{
    ensure(one->also == NULL);
    struct scope_set *joined = arena_alloc(a, sizeof(*joined));

    *joined = *one;
    joined->also = more;
    return joined;
}

/* ---- questions ---- */

/* Returns the set's group with the resource and the action of this scope, or NULL if it has none.
 */
static const struct scope_group *find_group(const struct scope_set *set, const struct scope *asked)
{
    const struct scope_group key = { .resource = asked->resource, .action = asked->action };

    if (set->count == 0)
        return NULL;
    return bsearch(&key, set->groups, set->count, sizeof(key), compare_groups);
}

static bool has_id(const struct scope_group *group, str id)
{
    if (id.len == 0 || group->id_count == 0)
        return false;
    return bsearch(&id, group->ids, group->id_count, sizeof(id), compare_ids) != NULL;
}

/* Returns whether one of the scopes covers this one, for the resource with this id. An empty id
 * means all resources of the kind. */
bool scope_set_covers(const struct scope_set *set, const struct scope *asked, str id)
{
    ensure(asked->resource.len > 0 && asked->action.len > 0);
    /* A scope that names a resource is about that one, and not about the one in the path. */
    str wanted = asked->id.len > 0 ? asked->id : id;

    for (; set != NULL; set = set->also) {
        const struct scope_group *group = find_group(set, asked);

        if (group != NULL && (group->is_whole || has_id(group, wanted)))
            return true;
    }
    return false;
}

/* Returns whether one of the scopes covers this one for at least one resource. */
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
