/* A set of scopes, sorted for binary search. */
#include "auth/scope/scope_set.h"

#include <stdlib.h>

#include "base/ensure.h"

/* The scopes with one resource and action. */
struct scope_group {
    str resource, action;
    bool is_whole;  /* a scope covers every resource */
    const str *ids; /* of the other scopes, sorted */
    size_t id_count;
};

/* ---- order ---- */

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

/* Parses the texts into `out`, which holds `count` scopes, and sorts them. Skips invalid scopes. */
static size_t parse_all(const str *texts, size_t count, struct scope *out)
{
    size_t valid = 0;

    for (size_t i = 0; i < count; i++)
        if (scope_parse(texts[i], &out[valid]))
            valid++;
    qsort(out, valid, sizeof(*out), compare_scopes);
    return valid;
}

static bool is_for_all(const struct scope *scope)
{
    return scope->id.len == 0 || str_equal(scope->id, STR("*"));
}

static bool is_same_group(const struct scope *a, const struct scope *b)
{
    return str_equal(a->resource, b->resource) && str_equal(a->action, b->action);
}

/* Returns how many of the sorted scopes have the resource and action of the first one. */
static size_t count_group(const struct scope *scopes, size_t count)
{
    size_t size = 1;

    ensure(count > 0);
    while (size < count && is_same_group(&scopes[0], &scopes[size]))
        size++;
    return size;
}

/* Groups scopes with the same resource and action. `ids` holds `count` texts. */
static struct scope_group new_group(const struct scope *scopes, size_t count, str *ids)
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

/* Returns a set allocated from the arena. The texts must live as long as the arena. */
const struct scope_set *scope_set_new(arena *a, const str *texts, size_t count)
{
    ensure(texts != NULL || count == 0);
    struct scope_set *set = arena_alloc(a, sizeof(*set));
    struct scope *scopes = arena_alloc(a, count * sizeof(*scopes));
    struct scope_group *groups = arena_alloc(a, count * sizeof(*groups));
    str *ids = arena_alloc(a, count * sizeof(*ids));
    size_t valid = parse_all(texts, count, scopes);
    size_t next = 0;

    while (next < valid) {
        size_t size = count_group(&scopes[next], valid - next);

        groups[set->count++] = new_group(&scopes[next], size, &ids[next]);
        next += size;
    }
    ensure(next == valid && set->count <= valid);
    set->groups = groups;
    return set;
}

/* Returns the union of both sets, which borrows both. */
const struct scope_set *scope_set_join(arena *a, const struct scope_set *one,
                                       const struct scope_set *more)
{
    ensure(one->next == NULL);
    struct scope_set *joined = arena_alloc(a, sizeof(*joined));

    *joined = *one;
    joined->next = more;
    return joined;
}

/* ---- lookup ---- */

/* Returns the group with the scope's resource and action, or NULL. */
static const struct scope_group *find_group(const struct scope_set *set,
                                            const struct scope *required)
{
    const struct scope_group key = { .resource = required->resource, .action = required->action };

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

/* Returns whether the set covers this scope for the resource with this id. */
bool scope_set_covers(const struct scope_set *set, const struct scope *required, str id)
{
    ensure(required->resource.len > 0 && required->action.len > 0);
    /* An id in the scope itself takes precedence over the id in the path. */
    str needed_id = required->id.len > 0 ? required->id : id;

    for (; set != NULL; set = set->next) {
        const struct scope_group *group = find_group(set, required);

        if (group != NULL && (group->is_whole || has_id(group, needed_id)))
            return true;
    }
    return false;
}

/* Returns whether the set covers this scope for at least one resource. */
bool scope_set_covers_some(const struct scope_set *set, const struct scope *required)
{
    ensure(required->resource.len > 0 && required->action.len > 0);
    if (required->id.len > 0)
        return scope_set_covers(set, required, STR(""));
    for (; set != NULL; set = set->next) {
        const struct scope_group *group = find_group(set, required);

        if (group != NULL && (group->is_whole || group->id_count > 0))
            return true;
    }
    return false;
}
