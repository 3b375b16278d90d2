/* The rules for a fetched key set: how long it is trusted, when it is fetched again, and which
 * unknown kids may start a fetch. Times are in seconds since 1970. A clock that is set back never
 * blocks fetches for long. */
#ifndef AUTH_KEYS_KEY_LIFE_H
#define AUTH_KEYS_KEY_LIFE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    /* the shortest pause before the next fetch, regardless of Cache-Control */
    REFRESH_MIN_S = 60,
    /* The longest pause. A withdrawn key is trusted for at most an hour while fetches succeed, and
     * for max_stale_s while they fail (docs/design/security.md 21). */
    REFRESH_MAX_S = 3540,
    /* the smallest max_stale, which leaves time for one more fetch */
    STALE_MIN_S = 120,
    /* the pause after the first failure, doubled after each further one up to RETRY_MAX_S */
    RETRY_FIRST_S = 5,
    RETRY_MAX_S = 300,
    KID_FETCH_PAUSE_S = 30, /* the pause between fetches that unknown kids cause (CVE-2026-48524) */
    /* how many unknown kids are remembered; a new one replaces the oldest */
    UNKNOWN_KIDS_MAX = 256,
    /* how long a kid is remembered: a key may be published after its first token */
    UNKNOWN_KID_S = 120,
};

/* A kid that must not start another fetch until until_s. */
struct unknown_kid {
    uint64_t kid_hash;
    int64_t until_s;
};

struct key_life {
    int64_t max_stale_s;
    int64_t good_until_s; /* how long the last fetched set may be trusted */
    int64_t due_s;        /* when the next scheduled fetch is due */
    int64_t kid_fetch_s;  /* when an unknown kid last started a fetch, or INT64_MIN */
    unsigned failures;    /* the number of failed fetches in a row */
    struct unknown_kid unknown_kids[UNKNOWN_KIDS_MAX]; /* a ring buffer */
    size_t next_unknown; /* the index of the next entry to write, below UNKNOWN_KIDS_MAX */
};

/* Initializes *life: a fetch is due at once, and no key is trusted. Raises max_stale_s to at least
 * STALE_MIN_S. */
void key_life_begin(struct key_life *life, int64_t max_stale_s);

/* Record the end of a fetch, with a set and its max-age (RFC 9111 §5.2.2.1; -1 for none) or without
 * a set. */
void key_life_fetched(struct key_life *life, int64_t max_age_s, int64_t now_s);
void key_life_failed(struct key_life *life, int64_t now_s);

/* Returns whether the last fetched set may still be trusted: for max_stale_s, even while fetches
 * fail. */
bool key_life_is_good(const struct key_life *life, int64_t now_s);

/* Returns the seconds until the next fetch is due, or 0 if it is due now. */
int64_t key_life_wait_s(const struct key_life *life, int64_t now_s);

/* Returns whether this kid may start a fetch now, or join the fetch in progress if is_fetching is
 * true. */
bool key_life_may_fetch_for_kid(const struct key_life *life, uint64_t kid_hash, bool is_fetching,
                                int64_t now_s);

/* Records that a kid starts a fetch now, which begins the pause between such fetches. */
void key_life_fetch_for_kid(struct key_life *life, int64_t now_s);

/* Records that a fetch for this kid has ended, so the kid counts as unknown for UNKNOWN_KID_S. A
 * failed fetch records nothing. The caller need not check whether the set now has the kid. */
void key_life_kid_missing(struct key_life *life, uint64_t kid_hash, int64_t now_s);

#endif
