/* Where a text stops being JSON, in the words of the contract's parser. Only for texts that parse.h
 * has refused: it builds no values, and a text without a fault may still be refused there. */
#ifndef JSON_FAULT_H
#define JSON_FAULT_H

#include "base/str.h"

struct json_fault {
    const char *message; /* a constant; NULL: no fault found */
    size_t at;           /* in characters, not bytes, from the beginning */
};

/* The first fault of text; a NULL message if there is none. */
struct json_fault json_find_fault(str text);

#endif
