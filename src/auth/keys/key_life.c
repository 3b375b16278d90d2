/* Arithmetic. A clock that was set back makes things due or allowed, never blocks them for long. */
#include "auth/keys/key_life.h"

enum { DOUBLINGS_MAX = 16 }; /* the pause has long stopped growing */

static int64_t clamp(int64_t value, int64_t least, int64_t most)
{
    return value < least ? least : value > most ? most : value;
}

void key_life_begin(struct key_life *life, int64_t max_stale_s)
{
    *life = (struct key_life){
        .max_stale_s = max_stale_s < STALE_LEAST_S ? STALE_LEAST_S : max_stale_s,
        .good_until_s = INT64_MIN,
        .due_s = INT64_MIN,
        .learned_s = INT64_MIN,
    };
}

void key_life_came(struct key_life *life, int64_t max_age_s, int64_t now_s)
{
    int64_t most_s = clamp(life->max_stale_s / 2, REFRESH_LEAST_S, REFRESH_MOST_S);

    life->failures = 0;
    life->good_until_s = now_s + life->max_stale_s;
    life->due_s = now_s + (max_age_s < 0 ? most_s : clamp(max_age_s, REFRESH_LEAST_S, most_s));
}

/* The end of what is still trusted is a moment to look at, too. */
void key_life_failed(struct key_life *life, int64_t now_s)
{
    int64_t pause_s = clamp((int64_t)RETRY_FIRST_S << life->failures, RETRY_FIRST_S, RETRY_MOST_S);

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

    return wait_s > REFRESH_MOST_S ? 0 : wait_s; /* nothing is ever that far: a clock set back */
}

static bool is_stranger(const struct key_life *life, uint64_t kid_hash, int64_t now_s)
{
    for (size_t i = 0; i < STRANGERS_MAX; i++) {
        const struct stranger *stranger = &life->strangers[i];

        if (stranger->kid_hash == kid_hash && now_s < stranger->until_s &&
            now_s >= stranger->until_s - STRANGER_LIFE_S)
            return true;
    }
    return false;
}

bool key_life_may_learn(const struct key_life *life, uint64_t kid_hash, bool has_company,
                        int64_t now_s)
{
    bool may_fetch = now_s < life->learned_s || life->learned_s == INT64_MIN ||
                     now_s - life->learned_s >= LEARN_PAUSE_S;

    return (has_company || may_fetch) &&
           !is_stranger(life, kid_hash, now_s); /* last: a flood does not get here */
}

void key_life_learn(struct key_life *life, int64_t now_s)
{
    life->learned_s = now_s;
}

void key_life_answered(struct key_life *life, uint64_t kid_hash, int64_t now_s)
{
    if (life->failures > 0 || is_stranger(life, kid_hash, now_s))
        return; /* who could not answer has not said that he does not know */
    life->strangers[life->next_stranger] = (struct stranger){ kid_hash, now_s + STRANGER_LIFE_S };
    life->next_stranger = (life->next_stranger + 1) % STRANGERS_MAX;
}
