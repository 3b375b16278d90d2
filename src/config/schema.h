/* The JSON Schema (draft 2020-12) of a configuration file, for editors, made from the rows that
 * read it. */
#ifndef CONFIG_SCHEMA_H
#define CONFIG_SCHEMA_H

#include "base/buf.h"
#include "config/option.h"

/* A schema that several rows share under $defs: as it is written, or made of a section. */
struct schema_shape {
    const char *name;
    const char *schema;                   /* JSON; NULL: `section` is given */
    const struct option_section *section; /* a map of these keys; NULL: `schema` is given */
};

struct schema_options {
    const char *title; /* the usual name of the file */
    const struct option_section *rows;
    const struct schema_shape *shapes; /* what rows of OPTION_OWN name */
    size_t shape_count;
};

/* Appended to out. */
void schema_write(const struct schema_options *options, buf *out);

#endif
