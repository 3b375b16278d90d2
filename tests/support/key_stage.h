/* One remote key set, its key server, which is scripted, and a clock that a test sets. */
#ifndef SUPPORT_KEY_STAGE_H
#define SUPPORT_KEY_STAGE_H

#include "auth/keys/key_life.h"
#include "auth/keys/key_pool.h"
#include "loop/timer.h"
#include "scripted_server.h"

/* After ours: it includes cmocka, which makes a macro of fail. */
#include "tokens.h"

#include "unit.h"

#define EMPTY "{\"keys\":[]}"
enum { PATIENCE_MS = 60 * 1000, NOW = 1795290000, HOUR = 3600, DAY = 24 * HOUR };

struct stage {
    struct loop *loop;
    struct key_pool *pool;
    struct remote_keys *keys;
    int64_t now_s;
    struct scripted_server server;
    struct timer patience;
    struct keys_news news[16];
    size_t news_count;
    size_t news_wanted; /* the loop stops when so much is known */
    size_t letters;
    const char *url;
    arena *a;
};

static inline void hear(void *user, const struct keys_news *news)
{
    struct stage *stage = user;

    assert_true(stage->news_count < COUNT(stage->news));
    stage->news[stage->news_count++] = *news;
    if (stage->news_count == stage->news_wanted)
        loop_stop(stage->loop);
}

static inline int64_t now_of(void *user)
{
    return ((const struct stage *)user)->now_s;
}

static inline void run_out(struct timer *timer)
{
    (void)timer;
    fail_msg("nothing more happened");
}

/* Until so many changes have been told. */
static inline void run_until(struct stage *stage, size_t news)
{
    stage->news_wanted = news;
    if (stage->news_count < news)
        loop_run(stage->loop);
    assert_int_equal(stage->news_count, news);
}

static const char *answer(arena *a, const char *head, const char *body)
{
    return arena_printf(a,
                        "HTTP/1.1 200 OK\r\ncontent-length: %zu\r\nconnection: close\r\n%s\r\n%s",
                        strlen(body), head, body);
}

static inline struct script good(arena *a, const char *head, const char *body)
{
    return (struct script){ str_of(answer(a, head, body)), THEN_CLOSE, 0 };
}

static inline struct script broken(void)
{
    return (struct script){
        STR("HTTP/1.1 503 No\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"), THEN_CLOSE, 0
    };
}

static const char *key_set(arena *a, const char *kid)
{
    AUTO_BUF text = buf_with_limit(64 * KiB);

    buf_append(&text, STR("{\"keys\":["));
    assert_int_equal(jwk_write_public(test_key("ES256"), kid, &text, NULL), AGENTOS_OK);
    buf_append(&text, STR("]}"));
    return arena_copy(a, buf_view(&text));
}

static inline struct remote_keys_options options_for(const struct stage *stage,
                                                     const struct alg **alg)
{
    *alg = alg_find(STR("ES256"));
    return (struct remote_keys_options){ .name = "keys",
                                         .place = { .url = stage->url },
                                         .rules = { alg, 1, true, KEY_STRONG },
                                         .max_stale_s = DAY };
}

static inline void open_stage(struct stage *stage, const struct script *scripts, size_t count)
{
    const struct alg *alg;

    assert_int_equal(loop_new(&stage->loop, NULL), AGENTOS_OK);
    scripted_start(&stage->server, scripts, count);
    stage->url = arena_printf(stage->a, "http://127.0.0.1:%u/jwks", stage->server.port);
    stage->now_s = NOW;
    stage->pool = key_pool_new(
        &(struct key_pool_options){ .on_change = hear, .now_s = now_of, .user = stage });
    key_pool_open(stage->pool, stage->loop);
    const struct remote_keys_options options = options_for(stage, &alg);
    assert_int_equal(key_pool_get(stage->pool, &options, &stage->keys, NULL), AGENTOS_OK);
    stage->patience.fire = run_out;
    timer_start(stage->loop, &stage->patience, PATIENCE_MS);
}

static inline void close_stage(struct stage *stage)
{
    timer_stop(&stage->patience);
    key_pool_close(stage->pool);
    remote_keys_unref(stage->keys);
    key_pool_free(stage->pool);
    scripted_stop(&stage->server);
    scripted_clear(&stage->server);
    loop_free(stage->loop);
}

struct client_waiting {
    struct key_waiter waiter;
    struct stage *stage;
};

static inline void on_letter(struct letter *letter)
{
    struct stage *stage = ((struct client_waiting *)(void *)letter)->stage;

    stage->letters++;
    loop_stop(stage->loop);
}

static inline bool wait_for(struct stage *stage, const char *kid, struct client_waiting *out)
{
    *out = (struct client_waiting){ .waiter = { .letter.deliver = on_letter, .home = stage->loop },
                                    .stage = stage };
    return remote_keys_wait(stage->keys, str_of(kid), stage->now_s, &out->waiter);
}

static inline bool may_bring(struct stage *stage, const char *kid)
{
    return remote_keys_may_bring(stage->keys, str_of(kid), stage->now_s);
}

static inline bool holds(struct key_stamp stamp)
{
    return key_stamp_holds(&stamp);
}

static inline bool knows(struct stage *stage, const char *kid)
{
    struct jwks *set = remote_keys_take(stage->keys, stage->now_s);
    bool has = set != NULL && jwks_has_kid(set, str_of(kid));

    jwks_unref(set);
    return has;
}

/* What is due is done, to its end. */
static inline void let_it_be(struct stage *stage, int64_t now_s)
{
    struct client_waiting company;

    stage->now_s = now_s;
    remote_keys_tick(stage->keys);
    stage->letters = 0;
    if (remote_keys_due_in_s(stage->keys, now_s) > 0)
        return;
    assert_true(wait_for(stage, "company", &company)); /* joins the fetch under way */
    while (stage->letters < 1)
        loop_run(stage->loop);
}

#endif
