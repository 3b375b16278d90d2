/* How much each holder has in use, so that no holder takes what is there for all. Any thread: one
 * lock, held for a look-up. */
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
void quota_free(struct quota *quota); /* NULL is fine; every share must be gone */

/* What one piece of work has in use, on its holder's account: counted, beginning with one
 * reference and with nothing in use. */
struct quota_share;
struct quota_share *quota_share_new(struct quota *quota, str holder);
struct quota_share *quota_share_ref(struct quota_share *share);
void quota_share_unref(void *object); /* NULL is fine; the last one gives back what it uses */

/* From now on the share uses `wanted`. NULL, or the name of the bound ("runs", "bytes") that its
 * holder would exceed with it: then nothing changes. Using less is never refused. */
MUST_USE const char *quota_share_set(struct quota_share *share, struct quota_amount wanted,
                                     struct quota_amount bound);

#endif
