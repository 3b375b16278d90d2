/* The JSON Schema (draft 2020-12) of a configuration file, for editors. It is derived from the rows
 * that read the file. */
#ifndef CONFIG_SCHEMA_H
#define CONFIG_SCHEMA_H

#include "base/buf.h"
#include "config/option.h"

/* A schema under $defs that several rows share. It is either given as text or derived from a
 * section. */
struct schema_shape {
    const char *name;
    const char *schema;                   /* JSON; NULL if `section` is given */
    const struct option_section *section; /* a map with these keys; NULL if `schema` is given */
};

struct schema_options {
    const char *title; /* the usual name of the file */
    const struct option_section *rows;
    const struct schema_shape *shapes; /* the shapes that rows of OPTION_OWN name */
    size_t shape_count;
};

/* Appends the schema to `out`. */
void schema_write(const struct schema_options *options, buf *out);

#endif
