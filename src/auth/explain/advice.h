/* What helps against a refusal, for `agentos auth explain`. Decides nothing. */
#ifndef AUTH_EXPLAIN_ADVICE_H
#define AUTH_EXPLAIN_ADVICE_H

#include "auth/explain/explain.h"

/* By the refusal's sentence; does nothing when why is NULL or nothing is known. */
void advise(struct explanation *why, const char *refusal);

#endif
