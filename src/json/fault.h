/* Finds where a text stops being JSON, for texts that parse.h has refused. It may find no fault. */
#ifndef JSON_FAULT_H
#define JSON_FAULT_H

#include "base/str.h"

struct json_fault {
    const char *message; /* a static text; NULL if no fault was found */
    size_t at;           /* the number of characters, not bytes, before the fault */
};

/* Returns the first fault of the text, or a NULL message if there is none. */
struct json_fault json_find_fault(str text);

#endif
