/* An intrusive doubly linked list: the node lives in the object, and the head is a node of its own,
 * so that the list is a ring. Nothing here allocates. */
#ifndef BASE_LIST_H
#define BASE_LIST_H

#include <stdbool.h>
#include <stddef.h>

#include "base/ensure.h"

struct list {
    struct list *next, *prev;
};

/* The object that holds this node: LIST_OWNER(node, struct timer, node). */
#define LIST_OWNER(pointer, type, member) \
    ((type *)(void *)((char *)(pointer)-offsetof(type, member)))

static inline void list_init(struct list *head)
{
    head->next = head->prev = head;
}

static inline bool list_is_empty(const struct list *head)
{
    return head->next == head;
}

/* A zeroed node is in no list. */
static inline bool list_is_linked(const struct list *node)
{
    return node->next != NULL;
}

/* The node must be in no list. */
static inline void list_append(struct list *head, struct list *node)
{
    ensure(head->prev != NULL && !list_is_linked(node));
    node->prev = head->prev;
    node->next = head;
    head->prev->next = node;
    head->prev = node;
}

/* Leaves a node alone that is in no list. */
static inline void list_remove(struct list *node)
{
    if (!list_is_linked(node))
        return;
    node->prev->next = node->next;
    node->next->prev = node->prev;
    node->next = node->prev = NULL;
}

/* Takes the first node out; NULL if the list is empty. */
static inline struct list *list_pop(struct list *head)
{
    struct list *first = head->next;

    if (first == head)
        return NULL;
    list_remove(first);
    return first;
}

#endif
