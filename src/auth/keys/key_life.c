/* Decides how long a fetched key set may be used, when to fetch it again, and whether an unknown
 * key ID (kid) justifies a fetch. All times are in seconds since 1970. These functions do no
 * locking and no I/O. */
#include "auth/keys/key_life.h"

#include "base/ensure.h"

enum { DOUBLINGS_MAX = 16 }; /* RETRY_MOST_S is reached long before */

static int64_t clamp(int64_t value, int64_t least, int64_t most)
{
    ensure(least <= most);
    return value < least ? least : value > most ? most : value;
}

void key_life_begin(struct key_life *life, int64_t max_stale_s)
{
    *life = (struct key_life){
        .max_stale_s = max_stale_s < STALE_LEAST_S ? STALE_LEAST_S : max_stale_s,
        .good_until_s = INT64_MIN,
        .due_s = INT64_MIN,
        .kid_fetch_s = INT64_MIN,
    };
}

void key_life_fetched(struct key_life *life, int64_t max_age_s, int64_t now_s)
{
    int64_t most_s = clamp(life->max_stale_s / 2, REFRESH_LEAST_S, REFRESH_MOST_S);

    ensure(life->max_stale_s >= STALE_LEAST_S); /* key_life_begin was called */
    life->failures = 0;
    life->good_until_s = now_s + life->max_stale_s;
    life->due_s = now_s + (max_age_s < 0 ? most_s : clamp(max_age_s, REFRESH_LEAST_S, most_s));
    ensure(life->due_s < life->good_until_s); /* a fetch comes before the set is too old */
}

/* The end of what is still trusted is due too, so that it is noticed in time. */
void key_life_failed(struct key_life *life, int64_t now_s)
{
    int64_t pause_s = clamp((int64_t)RETRY_FIRST_S << life->failures, RETRY_FIRST_S, RETRY_MOST_S);

    ensure(life->failures <= DOUBLINGS_MAX);
    if (life->failures < DOUBLINGS_MAX)
        life->failures++;
    life->due_s = now_s + pause_s;
    if (key_life_is_good(life, now_s) && life->due_s > life->good_until_s)
        life->due_s = life->good_until_s + 1;
}

bool key_life_is_good(const struct key_life *life, int64_t now_s)
{
    return now_s <= life->good_until_s;
}

int64_t key_life_wait_s(const struct key_life *life, int64_t now_s)
{
    int64_t wait_s = life->due_s > now_s ? life->due_s - now_s : 0;

    return wait_s > REFRESH_MOST_S ? 0 : wait_s; /* never that long, unless a clock was set back */
}

/* A moment that lies further ahead than UNKNOWN_KID_S was noted before the clock was set back, and
 * does not count. */
static bool is_unknown_kid(const struct key_life *life, uint64_t kid_hash, int64_t now_s)
{
    for (size_t i = 0; i < UNKNOWN_KIDS_MAX; i++) {
        const struct unknown_kid *kid = &life->unknown_kids[i];

        if (kid->kid_hash == kid_hash && now_s < kid->until_s &&
            now_s >= kid->until_s - UNKNOWN_KID_S)
            return true;
    }
    return false;
}

/* Has the pause since the last fetch for a kid passed? */
static bool kid_fetch_is_due(const struct key_life *life, int64_t now_s)
{
    return life->kid_fetch_s == INT64_MIN || now_s < life->kid_fetch_s ||
           now_s - life->kid_fetch_s >= KID_FETCH_PAUSE_S;
}

/* The ring is searched last, so that a flood of unknown kids does not pay for it. */
bool key_life_may_fetch_for_kid(const struct key_life *life, uint64_t kid_hash, bool is_fetching,
                                int64_t now_s)
{
    return (is_fetching || kid_fetch_is_due(life, now_s)) && !is_unknown_kid(life, kid_hash, now_s);
}

void key_life_fetch_for_kid(struct key_life *life, int64_t now_s)
{
    life->kid_fetch_s = now_s;
}

void key_life_kid_missing(struct key_life *life, uint64_t kid_hash, int64_t now_s)
{
    ensure(life->next_unknown < UNKNOWN_KIDS_MAX);
    if (life->failures > 0 || is_unknown_kid(life, kid_hash, now_s))
        return;
    life->unknown_kids[life->next_unknown] =
        (struct unknown_kid){ kid_hash, now_s + UNKNOWN_KID_S };
    life->next_unknown = (life->next_unknown + 1) % UNKNOWN_KIDS_MAX;
}
