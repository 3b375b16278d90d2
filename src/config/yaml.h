/* Parses YAML 1.2 or JSON into a tree with line numbers. Rejects anchors, aliases and tags. */
#ifndef CONFIG_YAML_H
#define CONFIG_YAML_H

#include "base/arena.h"

enum yaml_kind { YAML_NULL, YAML_SCALAR, YAML_LIST, YAML_MAP };

struct yaml_node {
    enum yaml_kind kind;
    int line, column; /* from 1; 0 if the node is not from a file */
    str text;         /* of a scalar; NUL-terminated */
    bool is_plain;    /* an unquoted scalar, which may be a number or a bool */
    /* the first child of a list or map, and the next sibling of a child */
    struct yaml_node *first, *next;
    size_t count; /* the number of children */
    str key;      /* the key of a child of a map */
    int key_line, key_column;
};

/* The callback for errors. A sentence may quote keys, but not values. */
struct yaml_reports {
    void (*report)(void *user, int line, int column, const char *sentence);
    void *user;
};

/* Parses a document into a tree in the arena. Returns NULL after reporting an error. A duplicate
 * key is reported too, but the tree then contains both values. An empty document is a YAML_NULL
 * node. Limited to CONFIG_MAX_BYTES and CONFIG_MAX_DEPTH. Borrows the text until it returns. */
const struct yaml_node *yaml_parse(str text, arena *a, const struct yaml_reports *reports);

/* Returns the child of a map with this key, or NULL if there is none or the node is not a map. */
const struct yaml_node *yaml_get(const struct yaml_node *map, const char *key);

#endif
