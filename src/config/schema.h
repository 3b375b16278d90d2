/* The JSON Schema (draft 2020-12) of a configuration file, derived from its option rows. */
#ifndef CONFIG_SCHEMA_H
#define CONFIG_SCHEMA_H

#include "base/buf.h"
#include "config/option.h"

/* A definition under $defs, given as JSON or derived from a section. */
struct schema_shape {
    const char *name;
    const char *schema;                   /* JSON; NULL if `section` is given */
    const struct option_section *section; /* a map with these keys; NULL if `schema` is given */
};

struct schema_options {
    const char *title; /* the default name of the file */
    const struct option_section *rows;
    const struct schema_shape *shapes; /* the shapes of OPTION_OWN rows */
    size_t shape_count;
};

void schema_write(const struct schema_options *options, buf *out);

#endif
