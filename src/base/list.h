/* An intrusive doubly linked list: a ring whose head is a node too. Allocates nothing. */
#ifndef BASE_LIST_H
#define BASE_LIST_H

#include <stdbool.h>
#include <stddef.h>

#include "base/ensure.h"

struct list {
    struct list *next, *prev;
};

/* Returns the object that contains this node: LIST_OWNER(node, struct timer, node). */
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

/* Appends a node, which must be in no list. */
static inline void list_append(struct list *head, struct list *node)
{
    ensure(head->prev != NULL && !list_is_linked(node));
    node->prev = head->prev;
    node->next = head;
    head->prev->next = node;
    head->prev = node;
}

/* Removes a node. Has no effect if it is in no list. */
static inline void list_remove(struct list *node)
{
    if (!list_is_linked(node))
        return;
    node->prev->next = node->next;
    node->next->prev = node->prev;
    node->next = node->prev = NULL;
}

/* Removes the first node and returns it, or returns NULL if the list is empty. */
static inline struct list *list_pop(struct list *head)
{
    struct list *first = head->next;

    if (first == head)
        return NULL;
    list_remove(first);
    return first;
}

#endif
