/* Counts how much each holder has in use, so that no holder takes what is there for all. The
 * functions may be called on any thread; one lock is held during each look-up. */
#ifndef BASE_QUOTA_H
#define BASE_QUOTA_H

#include "base/error.h"
#include "base/str.h"

/* What is counted. A bound of 0 admits nothing. */
struct quota_amount {
    size_t runs, bytes;
};

struct quota;
struct quota *quota_new(void);
void quota_free(struct quota *quota); /* NULL is allowed; no share may exist any more */

/* What one piece of work has in use, which is counted for its holder. It begins with one reference
 * and uses nothing. */
struct quota_share;
struct quota_share *quota_share_new(struct quota *quota, str holder);
struct quota_share *quota_share_ref(struct quota_share *share);
/* NULL is allowed; the last reference gives back what the share uses */
void quota_share_unref(void *object);

/* Sets what the share uses to `wanted` and returns NULL. If its holder would exceed a bound by
 * this, nothing changes, and the name of the bound ("runs" or "bytes") is returned. Using less is
 * never refused. */
MUST_USE const char *quota_share_set(struct quota_share *share, struct quota_amount wanted,
                                     struct quota_amount bound);

#endif
