/* A YAML 1.2 document (so JSON too) as a tree of nodes with line and column. Not all of YAML:
 * anchors, aliases, tags and keys that are not text are refused, so that no small file makes a
 * large tree. */
#ifndef CONFIG_YAML_H
#define CONFIG_YAML_H

#include "base/arena.h"

enum yaml_kind { YAML_NULL, YAML_SCALAR, YAML_LIST, YAML_MAP };

struct yaml_node {
    enum yaml_kind kind;
    int line, column; /* 1-based; 0: not from a file */
    str text;         /* of a scalar; NUL follows it */
    bool is_plain;    /* the scalar stands without quotes: it may mean a number or a bool */
    struct yaml_node *first, *next; /* children of a list or map, and the sibling of a child */
    size_t count;                   /* of children */
    str key;                        /* of a child of a map */
    int key_line, key_column;
};

/* Called for everything that is wrong. The sentence quotes keys, but no value. */
struct yaml_reports {
    void (*report)(void *user, int line, int column, const char *sentence);
    void *user;
};

/* NULL: it could not be read, and that was reported; duplicate keys are reported, and the tree has
 * both. An empty document is a node of kind YAML_NULL. text is borrowed for the call, the tree is
 * from the arena. Bounded by CONFIG_MAX_BYTES, CONFIG_MAX_DEPTH. */
const struct yaml_node *yaml_parse(str text, arena *a, const struct yaml_reports *reports);

/* The child of a map with this key; NULL: none, or not a map. */
const struct yaml_node *yaml_get(const struct yaml_node *map, const char *key);

#endif
