/* The lifetime of a fetched key set: how long it is trusted, when it is fetched again, and which
 * unknown kids may cause a fetch. These functions contain only rules, without locks, clocks or I/O.
 * The time is a parameter, in seconds since 1970, and may jump: a clock that was set back makes a
 * fetch due or allowed, and never blocks one for long. */
#ifndef AUTH_KEYS_KEY_LIFE_H
#define AUTH_KEYS_KEY_LIFE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    /* the shortest pause before the next fetch, whatever Cache-Control says */
    REFRESH_LEAST_S = 60,
    /* the longest pause: while fetches succeed, a withdrawn key is trusted for at most an hour,
     * which is this pause and the time that a fetch takes; if they fail, for max_stale_s
     * (docs/design/security.md 21) */
    REFRESH_MOST_S = 3540,
    /* the smallest max_stale, which leaves time for one more fetch before the old set ends */
    STALE_LEAST_S = 120,
    /* the pause after the first failure, doubled with each further one up to RETRY_MOST_S */
    RETRY_FIRST_S = 5,
    RETRY_MOST_S = 300,
    KID_FETCH_PAUSE_S = 30, /* the pause between fetches that unknown kids cause (CVE-2026-48524) */
    /* how many kids are remembered as unknown; a new one replaces the oldest */
    UNKNOWN_KIDS_MAX = 256,
    /* how long a kid is remembered, since a key may be published after its first token */
    UNKNOWN_KID_S = 120,
};

/* A kid for which a fetch has ended, and which may cause no other one until until_s. */
struct unknown_kid {
    uint64_t kid_hash;
    int64_t until_s;
};

struct key_life {
    int64_t max_stale_s;
    int64_t good_until_s; /* how long the set that was fetched last may be trusted */
    int64_t due_s;        /* when the next fetch is due, unless a kid causes one before */
    int64_t kid_fetch_s;  /* when an unknown kid last caused a fetch; INT64_MIN if none did */
    unsigned failures;    /* the number of failed fetches in a row */
    struct unknown_kid unknown_kids[UNKNOWN_KIDS_MAX]; /* a ring buffer */
    size_t next_unknown; /* the index of the next entry to write, below UNKNOWN_KIDS_MAX */
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
