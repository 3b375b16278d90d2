/* Counts and limits what each holder has in use. Any thread may call these functions. */
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

/* What one piece of work uses of its holder's quota. It starts empty, with one reference. */
struct quota_share;
struct quota_share *quota_share_new(struct quota *quota, str holder);
struct quota_share *quota_share_ref(struct quota_share *share);
/* NULL is allowed; the last reference returns the share */
void quota_share_unref(void *object);

/* Sets what the share uses and returns NULL. If its holder would exceed a bound, changes nothing
 * and returns the name of the bound ("runs" or "bytes"). Using less never fails. */
MUST_USE const char *quota_share_set(struct quota_share *share, struct quota_amount amount,
                                     struct quota_amount bound);

#endif
