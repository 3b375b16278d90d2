/* The lifetime of a fetched key set: how long it is trusted, when it is fetched again, and which
 * unknown kids may cause a fetch. Rules only: no lock, no clock, no I/O. The time is a parameter,
 * in seconds since 1970, and may jump: a clock that was set back makes a fetch due or allowed, and
 * never blocks one for long. */
#ifndef AUTH_KEYS_KEY_LIFE_H
#define AUTH_KEYS_KEY_LIFE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    REFRESH_LEAST_S = 60,  /* whatever Cache-Control says: the pause before the next fetch */
    REFRESH_MOST_S = 3540, /* so a withdrawn key is trusted for an hour at most: this, and the
                            * time that a fetch takes, for which no request waits
                            * (docs/design/security.md 21) */
    STALE_LEAST_S = 120,   /* of max_stale: room for one more fetch before the old set ends */
    RETRY_FIRST_S = 5,     /* after a failure; doubled until RETRY_MOST_S */
    RETRY_MOST_S = 300,
    KID_FETCH_PAUSE_S = 30, /* between fetches that unknown kids cause (CVE-2026-48524) */
    UNKNOWN_KIDS_MAX = 256, /* kids remembered as unknown; the oldest is replaced */
    UNKNOWN_KID_S = 120,    /* for so long: a key may be published after its first token */
};

/* A kid that the key server did not have when it was last asked. */
struct unknown_kid {
    uint64_t kid_hash;
    int64_t until_s;
};

struct key_life {
    int64_t max_stale_s;
    int64_t good_until_s; /* of the set that was fetched last */
    int64_t due_s;        /* of the next fetch, unless a kid causes one before */
    int64_t kid_fetch_s;  /* when an unknown kid last caused a fetch; INT64_MIN: never */
    unsigned failures;    /* in a row */
    struct unknown_kid unknown_kids[UNKNOWN_KIDS_MAX]; /* a ring */
    size_t next_unknown;                               /* its next place, < UNKNOWN_KIDS_MAX */
};

/* Initializes *life: a fetch is due at once, and no key is trusted yet. A max_stale_s that is less
 * than STALE_LEAST_S is raised to it. */
void key_life_begin(struct key_life *life, int64_t max_stale_s);

/* Record that a fetch has ended, either with a set and its max-age (RFC 9111 §5.2.2.1; -1 if none
 * was given) or without a set. */
void key_life_fetched(struct key_life *life, int64_t max_age_s, int64_t now_s);
void key_life_failed(struct key_life *life, int64_t now_s);

/* Returns true if the set that was fetched last may still be trusted. It may be for max_stale_s,
 * even if later fetches fail. */
bool key_life_is_good(const struct key_life *life, int64_t now_s);

/* Returns the seconds until the next fetch is due, or 0 if it is due now. */
int64_t key_life_wait_s(const struct key_life *life, int64_t now_s);

/* Returns true if this kid may cause a fetch now, or join the fetch under way if is_fetching is
 * true. */
bool key_life_may_fetch_for_kid(const struct key_life *life, uint64_t kid_hash, bool is_fetching,
                                int64_t now_s);

/* Records that a kid causes a fetch now. The pause until a kid may cause the next one begins. */
void key_life_fetch_for_kid(struct key_life *life, int64_t now_s);

/* Records that a fetch for this kid has ended, so that the kid counts as unknown for UNKNOWN_KID_S.
 * Nothing is recorded after a failed fetch, which says nothing about the kid. The caller need not
 * check whether the set now has the kid: if it has, no request asks for the kid again. */
void key_life_kid_missing(struct key_life *life, uint64_t kid_hash, int64_t now_s);

#endif
