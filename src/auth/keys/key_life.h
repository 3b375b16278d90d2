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

/* Due at once, and nothing is trusted. max_stale_s is raised to STALE_LEAST_S. */
void key_life_begin(struct key_life *life, int64_t max_stale_s);

/* A fetch has ended: with a set and its max-age (RFC 9111 §5.2.2.1; -1: none was given), or without
 * one. */
void key_life_fetched(struct key_life *life, int64_t max_age_s, int64_t now_s);
void key_life_failed(struct key_life *life, int64_t now_s);

/* Is the set that was fetched last still trusted? Failures do not end that before max_stale_s. */
bool key_life_is_good(const struct key_life *life, int64_t now_s);

int64_t key_life_wait_s(const struct key_life *life, int64_t now_s); /* until it is due; 0: it is */

/* May this kid cause a fetch now, or join the one under way (is_fetching)? */
bool key_life_may_fetch_for_kid(const struct key_life *life, uint64_t kid_hash, bool is_fetching,
                                int64_t now_s);

/* A kid causes a fetch: the pause until the next one begins. */
void key_life_fetch_for_kid(struct key_life *life, int64_t now_s);

/* A fetch for this kid has ended, and the kid is unknown for UNKNOWN_KID_S; not after a failed
 * fetch, which says nothing about the kid. Also for a kid that has been found: its requests find
 * the key in the set and never ask. */
void key_life_kid_missing(struct key_life *life, uint64_t kid_hash, int64_t now_s);

#endif
