/* The lifetime of a fetched key set, in seconds since 1970. */
#include "auth/keys/key_life.h"

#include "base/ensure.h"

enum { DOUBLINGS_MAX = 16 }; /* more than enough for RETRY_MAX_S */

/* Returns the value, limited to the range. */
static int64_t clamp(int64_t value, int64_t least, int64_t most)
{
    ensure(least <= most);
    if (value < least)
        return least;
    if (value > most)
        return most;
    return value;
}

/* Initializes *life: a fetch is due at once, and no key is trusted. */
void key_life_begin(struct key_life *life, int64_t max_stale_s)
{
    if (max_stale_s < STALE_MIN_S)
        max_stale_s = STALE_MIN_S;
    *life = (struct key_life){
        .max_stale_s = max_stale_s,
        .good_until_s = INT64_MIN,
        .due_s = INT64_MIN,
        .kid_fetch_s = INT64_MIN,
    };
}

/* Records a fetched set. The next fetch is due after max_age_s, or the longest pause for -1. */
void key_life_fetched(struct key_life *life, int64_t max_age_s, int64_t now_s)
{
    ensure(life->max_stale_s >= STALE_MIN_S); /* key_life_begin was called */
    int64_t most_s = clamp(life->max_stale_s / 2, REFRESH_MIN_S, REFRESH_MAX_S);
    int64_t pause_s = most_s;

    if (max_age_s >= 0)
        pause_s = clamp(max_age_s, REFRESH_MIN_S, most_s);
    life->failures = 0;
    life->good_until_s = now_s + life->max_stale_s;
    life->due_s = now_s + pause_s;
    ensure(life->due_s < life->good_until_s); /* the next fetch is due before the set expires */
}

/* Records a failed fetch. The pause doubles, but never lasts longer than the set. */
void key_life_failed(struct key_life *life, int64_t now_s)
{
    ensure(life->max_stale_s >= STALE_MIN_S); /* key_life_begin was called */
    ensure(life->failures <= DOUBLINGS_MAX);  /* so the shift cannot overflow */
    int64_t doubled_s = (int64_t)RETRY_FIRST_S << life->failures;
    int64_t pause_s = clamp(doubled_s, RETRY_FIRST_S, RETRY_MAX_S);

    if (life->failures < DOUBLINGS_MAX)
        life->failures++;
    life->due_s = now_s + pause_s;
    if (key_life_is_good(life, now_s) && life->due_s > life->good_until_s)
        life->due_s = life->good_until_s + 1;
}

/* Returns whether the last fetched set may still be trusted. */
bool key_life_is_good(const struct key_life *life, int64_t now_s)
{
    return now_s <= life->good_until_s;
}

/* Returns the seconds until the next fetch. Ignores a wait caused by a clock change. */
int64_t key_life_wait_s(const struct key_life *life, int64_t now_s)
{
    if (life->due_s <= now_s)
        return 0;
    int64_t wait_s = life->due_s - now_s;
    if (wait_s > REFRESH_MAX_S)
        return 0;
    return wait_s;
}

/* Returns whether the entry still applies and was not made before the clock was set back. */
static bool is_current(const struct unknown_kid *kid, int64_t now_s)
{
    return now_s < kid->until_s && now_s >= kid->until_s - UNKNOWN_KID_S;
}

/* Returns whether the key server recently lacked this kid. */
static bool is_unknown_kid(const struct key_life *life, uint64_t kid_hash, int64_t now_s)
{
    for (size_t i = 0; i < UNKNOWN_KIDS_MAX; i++) {
        const struct unknown_kid *kid = &life->unknown_kids[i];

        if (kid->kid_hash == kid_hash && is_current(kid, now_s))
            return true;
    }
    return false;
}

/* Returns whether the pause since the last fetch for a kid is over, or the clock was set back. */
static bool kid_fetch_is_due(const struct key_life *life, int64_t now_s)
{
    if (life->kid_fetch_s == INT64_MIN) /* there was none */
        return true;
    if (now_s < life->kid_fetch_s)
        return true;
    return now_s - life->kid_fetch_s >= KID_FETCH_PAUSE_S;
}

/* Returns whether this kid may start or join a fetch. Searches the long list last. */
bool key_life_may_fetch_for_kid(const struct key_life *life, uint64_t kid_hash, bool is_fetching,
                                int64_t now_s)
{
    if (!is_fetching && !kid_fetch_is_due(life, now_s))
        return false;
    return !is_unknown_kid(life, kid_hash, now_s);
}

/* Records that a kid starts a fetch now. */
void key_life_fetch_for_kid(struct key_life *life, int64_t now_s)
{
    life->kid_fetch_s = now_s;
}

/* Records that a successful fetch for this kid has ended. Replaces the oldest entry. */
void key_life_kid_missing(struct key_life *life, uint64_t kid_hash, int64_t now_s)
{
    ensure(life->next_unknown < UNKNOWN_KIDS_MAX);
    if (life->failures > 0 || is_unknown_kid(life, kid_hash, now_s))
        return;
    struct unknown_kid *kid = &life->unknown_kids[life->next_unknown];

    kid->kid_hash = kid_hash;
    kid->until_s = now_s + UNKNOWN_KID_S;
    life->next_unknown = (life->next_unknown + 1) % UNKNOWN_KIDS_MAX;
}
