/* A surface and a station around the exchange that is stood in for: what `dispatch` needs, without
 * a socket. */
#ifndef SUPPORT_DISPATCH_STAGE_H
#define SUPPORT_DISPATCH_STAGE_H

#include "base/log.h"
#include "exchange_stage.h"
#include "web/call.h"
#include "web/dispatch.h"

static struct surface surface;
static struct station station;

/* Sets up a surface of these rows. The test sets surface.who; the one key is never used. */
static inline void open_dispatch_stage(const struct route *rows, size_t count)
{
    const char *key = "0123456789abcdef0123456789abcdef", *name = "key";
    struct authority_options options = { .authorization = true,
                                         .keys = &key,
                                         .key_names = &name,
                                         .key_count = 1,
                                         .algorithm = "HS256",
                                         .os_id = "os" };

    memset(&stage, 0, sizeof(stage));
    stage.arena = arena_new();
    surface = (struct surface){ .references = 1,
                                .name = "test",
                                .rows = rows,
                                .count = count,
                                .body_limit_bytes = 4096,
                                .caller_quota = { .runs = 1, .bytes = 4096 } };
    assert_int_equal(authority_new(&options, &surface.authority, NULL), AGENTOS_OK);
    station = (struct station){ .surface = &surface, .metrics = metrics_new(count) };
    station.quota = quota_new();
    assert_int_equal(loop_new(&station.loop, NULL), AGENTOS_OK);
    log_setup(LOG_ERROR, LOG_TEXT);
}

/* Nothing is left over: every call and task has let the surface go, and no call holds anything. */
static inline void close_dispatch_stage(void)
{
    arena_free(stage.arena);
    assert_int_equal(surface.references, 1);
    authority_free(surface.authority);
    denials_free(station.denials); /* NULL unless the test has made them */
    metrics_free(station.metrics);
    quota_free(station.quota);
    loop_free(station.loop);
}

static inline struct call *send(enum method method, const char *path)
{
    stage.request.method = method;
    stage.request.method_text = str_of(method_name(method));
    stage.request.path = str_of(path);
    stage.request.is_plain_path = true;
    stage.request.headers.all = stage.headers;
    stage.request.peer = "127.0.0.1";
    dispatch(NULL, &station);
    return stage.user;
}

#endif
