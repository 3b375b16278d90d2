/* How long a fetched key set is trusted, when it is fetched again, and which unknown kids may cause
 * that: rules and nothing else. The time is a parameter, in seconds since 1970, and may jump. */
#ifndef AUTH_KEYS_KEY_LIFE_H
#define AUTH_KEYS_KEY_LIFE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    REFRESH_LEAST_S = 60,  /* whatever Cache-Control says: a key server is not asked more often */
    REFRESH_MOST_S = 3540, /* a withdrawn key is trusted for an hour at most, fetching included
                              (docs/design/security.md 21) */
    STALE_LEAST_S = 120,   /* of max_stale: a fetch has its chance before what it replaces ends */
    RETRY_FIRST_S = 5,     /* after a failure; doubled until RETRY_MOST_S */
    RETRY_MOST_S = 300,
    LEARN_PAUSE_S = 30,    /* between fetches that unknown kids have caused (CVE-2026-48524) */
    STRANGERS_MAX = 256,   /* kids remembered as unknown */
    STRANGER_LIFE_S = 120, /* for so long: a key may be published after its first token */
};

/* A kid that the key server did not have when it was last asked. */
struct stranger {
    uint64_t kid_hash;
    int64_t until_s;
};

struct key_life {
    int64_t max_stale_s;
    int64_t good_until_s; /* what came last */
    int64_t due_s;        /* when it is fetched next, unless a kid causes that before */
    int64_t learned_s;    /* when an unknown kid last caused a fetch */
    unsigned failures;    /* in a row */
    struct stranger strangers[STRANGERS_MAX];
    size_t next_stranger;
};

/* Due at once, and nothing is trusted. */
void key_life_begin(struct key_life *life, int64_t max_stale_s);

/* A set came, with this max-age (RFC 9111 §5.2.2.1), or -1 for none; or it could not be had. */
void key_life_came(struct key_life *life, int64_t max_age_s, int64_t now_s);
void key_life_failed(struct key_life *life, int64_t now_s);

/* May what came last still be trusted? Through failures too, for max_stale. */
bool key_life_is_good(const struct key_life *life, int64_t now_s);

int64_t key_life_wait_s(const struct key_life *life, int64_t now_s); /* until it is due; 0: it is */

/* May this kid cause a fetch now? has_company: one is under way that it could join. */
bool key_life_may_learn(const struct key_life *life, uint64_t kid_hash, bool has_company,
                        int64_t now_s);
void key_life_learn(struct key_life *life, int64_t now_s); /* it does: only this starts a pause */

/* A fetch has ended, and this kid had waited for it. */
void key_life_answered(struct key_life *life, uint64_t kid_hash, int64_t now_s);

#endif
