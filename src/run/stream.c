/* Keeps the sinks of a run and calls them. Sinks may be removed during a call. */
#include "run/stream.h"

#include <stdlib.h>

#include "base/ensure.h"
#include "base/mem.h"

/* A list entry. Removal sets `sink` to NULL, and the stream frees the entry. */
struct sink_entry {
    struct list node;
    const struct run_sink *sink;
    void *user;
};

/* Returns the first active entry from this node on, or NULL. */
static const struct sink_entry *first_from(const struct event_stream *stream, struct list *node)
{
    ensure(node != NULL);
    for (; node != &stream->sinks; node = node->next) {
        const struct sink_entry *entry = LIST_OWNER(node, struct sink_entry, node);

        if (entry->sink != NULL)
            return entry;
    }
    return NULL;
}

static const struct sink_entry *first_sink(const struct event_stream *stream)
{
    return first_from(stream, stream->sinks.next);
}

static const struct sink_entry *next_sink(const struct event_stream *stream,
                                          const struct sink_entry *entry)
{
    return first_from(stream, entry->node.next);
}

void stream_init(struct event_stream *stream)
{
    list_init(&stream->sinks);
}

void stream_clear(struct event_stream *stream)
{
    ensure(stream->sinks.next != NULL);
    for (struct list *node; (node = list_pop(&stream->sinks)) != NULL;)
        free(LIST_OWNER(node, struct sink_entry, node));
}

void stream_add_sink(struct event_stream *stream, const struct run_sink *sink, void *user)
{
    struct sink_entry *entry = mem_zeroed(sizeof(*entry));

    ensure(stream->sinks.next != NULL); /* initialized */
    ensure(sink->on_refused != NULL);
    ensure(sink->on_end != NULL);
    entry->sink = sink;
    entry->user = user;
    list_append(&stream->sinks, &entry->node);
}

/* Marks the entries as removed. They are freed with the stream. */
void stream_remove_sink(struct event_stream *stream, const void *user)
{
    ensure(stream->sinks.next != NULL); /* initialized */
    for (struct list *node = stream->sinks.next; node != &stream->sinks; node = node->next) {
        struct sink_entry *entry = LIST_OWNER(node, struct sink_entry, node);

        if (entry->user == user)
            entry->sink = NULL;
    }
}

/* Returns true if any sink receives events. */
bool stream_has_readers(const struct event_stream *stream)
{
    for (const struct sink_entry *entry = first_sink(stream); entry != NULL;
         entry = next_sink(stream, entry))
        if (entry->sink->on_event != NULL)
            return true;
    return false;
}

void stream_send(const struct event_stream *stream, const struct run_event *event)
{
    ensure(event->name.len > 0);
    ensure(event->json.len > 0);
    ensure(event->index >= -1);
    for (const struct sink_entry *entry = first_sink(stream); entry != NULL;
         entry = next_sink(stream, entry))
        if (entry->sink->on_event != NULL)
            entry->sink->on_event(entry->user, event);
}

void stream_refuse(const struct event_stream *stream, const agentos_error *err)
{
    ensure(err->status != AGENTOS_OK);
    for (const struct sink_entry *entry = first_sink(stream); entry != NULL;
         entry = next_sink(stream, entry))
        entry->sink->on_refused(entry->user, err);
}

void stream_end(const struct event_stream *stream, const struct run *run)
{
    ensure(stream->sinks.next != NULL);
    for (const struct sink_entry *entry = first_sink(stream); entry != NULL;
         entry = next_sink(stream, entry))
        entry->sink->on_end(entry->user, run);
}
