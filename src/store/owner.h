/* Whose rows a query may see. A zeroed owner sees nothing. */
#ifndef STORE_OWNER_H
#define STORE_OWNER_H

#include <stdbool.h>

struct owner {
    bool everyone;       /* the rows of all users */
    bool unowned_too;    /* and rows that nobody owns, beside his own */
    const char *issuer;  /* "" for plain tokens; (issuer, user_id) is one identity, never joined */
    const char *user_id; /* NULL: no identity, so no row unless everyone */
};

#endif
