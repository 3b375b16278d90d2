/* Parses a YAML 1.2 document, which may also be JSON, into a tree of nodes with their lines and
 * columns. Anchors, aliases, tags and keys that are not scalars are refused, so that a small file
 * cannot make a large tree. */
#ifndef CONFIG_YAML_H
#define CONFIG_YAML_H

#include "base/arena.h"

enum yaml_kind { YAML_NULL, YAML_SCALAR, YAML_LIST, YAML_MAP };

struct yaml_node {
    enum yaml_kind kind;
    int line, column; /* the first line and column are 1; 0 if the node is not from a file */
    str text;         /* the text of a scalar, which a NUL follows */
    bool is_plain;    /* the scalar has no quotes, so it may stand for a number or a bool */
    /* the first child of a list or map, and the next sibling of a child */
    struct yaml_node *first, *next;
    size_t count; /* the number of children */
    str key;      /* the key of a child of a map */
    int key_line, key_column;
};

/* The callback for faults. A sentence may quote keys, but no value. */
struct yaml_reports {
    void (*report)(void *user, int line, int column, const char *sentence);
    void *user;
};

/* Parses the document and returns its tree, allocated in the arena. Returns NULL if it cannot be
 * read, in which case a fault was reported. A duplicate key is also reported, but the tree then
 * contains both values. An empty document is a node of kind YAML_NULL. The text is borrowed for the
 * call. Its size and depth are limited by CONFIG_MAX_BYTES and CONFIG_MAX_DEPTH. */
const struct yaml_node *yaml_parse(str text, arena *a, const struct yaml_reports *reports);

/* Returns the child of a map with this key, or NULL if there is none or the node is not a map. */
const struct yaml_node *yaml_get(const struct yaml_node *map, const char *key);

#endif
