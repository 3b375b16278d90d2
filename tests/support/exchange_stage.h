/* Stand-ins for an exchange and the database: what a handler asks of them is kept in `stage`, and
 * the test plays the client. No thread, no socket, no file. */
#ifndef SUPPORT_EXCHANGE_STAGE_H
#define SUPPORT_EXCHANGE_STAGE_H

#include <stdio.h>

#include "base/arena.h"
#include "http/server.h"
#include "store/db.h"
#include "unit.h"

static struct {
    arena *arena;
    struct request request;
    struct header headers[4];
    exchange_handler *on_gone, *on_drained, *then;
    void *user;
    size_t limit, declared; /* of the body: what it may have, and what its head says */
    int status, replies;
    char body[512], headers_sent[2048];
    bool is_begun, is_ended, is_refused;
    struct db_job *job;
} stage;

arena *exchange_arena(struct exchange *exchange)
{
    (void)exchange;
    return stage.arena;
}

const struct request *exchange_request(const struct exchange *exchange)
{
    (void)exchange;
    return &stage.request;
}

void exchange_watch(struct exchange *exchange, exchange_handler *on_gone,
                    exchange_handler *on_drained, void *user)
{
    (void)exchange;
    stage.on_gone = on_gone;
    stage.on_drained = on_drained;
    stage.user = user;
}

void exchange_read_body(struct exchange *exchange, size_t limit, exchange_handler *then, void *user)
{
    (void)exchange;
    assert_ptr_equal(user, stage.user);
    stage.limit = limit;
    stage.then = then;
}

size_t exchange_body_bytes(const struct exchange *exchange, size_t limit)
{
    (void)exchange;
    return stage.declared < limit ? stage.declared : limit;
}

void exchange_drop_body(struct exchange *exchange)
{
    (void)exchange;
    stage.request.body = (str){ NULL, 0 };
}

static void keep_reply(const struct reply *reply)
{
    size_t len = 0;

    stage.status = reply->status;
    for (size_t i = 0; i < reply->header_count; i++)
        len += (size_t)snprintf(stage.headers_sent + len, sizeof(stage.headers_sent) - len,
                                "%.*s: %.*s\n", (int)reply->headers[i].name.len,
                                reply->headers[i].name.ptr, (int)reply->headers[i].value.len,
                                reply->headers[i].value.ptr);
    (void)snprintf(stage.body, sizeof(stage.body), "%.*s", (int)reply->body.len, reply->body.ptr);
}

void exchange_reply(struct exchange *exchange, const struct reply *reply)
{
    (void)exchange;
    stage.replies++;
    keep_reply(reply);
}

void exchange_begin(struct exchange *exchange, const struct reply *reply)
{
    (void)exchange;
    stage.is_begun = true;
    keep_reply(reply);
}

void exchange_end(struct exchange *exchange)
{
    (void)exchange;
    stage.is_ended = true;
}

bool exchange_is_refused(const struct exchange *exchange)
{
    (void)exchange;
    return stage.is_refused;
}

void db_read(struct db *db, struct db_job *job)
{
    (void)db;
    assert_null(stage.job);
    stage.job = job;
}

void db_read_as(struct db *db, enum db_read_kind kind, struct db_job *job)
{
    assert_true(kind < DB_READ_KINDS);
    db_read(db, job);
}

void db_write(struct db *db, struct db_job *job)
{
    db_read(db, job);
}

#endif
