/* The member `meta` of a paged list. */
#include "web/page.h"

#include "base/ensure.h"

/* Writes the number of pages. */
static void write_total_pages(const void *record, writer *w)
{
    const struct page *page = record;
    bool has_short_page = page->total % page->limit > 0; /* the last one */

    write_integer(w, page->total / page->limit + has_short_page);
}

// clang-format off
static const struct member meta_members[] = {
    SHOW_AS("page", struct page, number, ALWAYS_THERE),
    SHOW(struct page, limit, ALWAYS_THERE),
    SHOW_WRITTEN(VALUE_INTEGER, "total_pages", write_total_pages, ALWAYS_THERE),
    SHOW_AS("total_count", struct page, total, ALWAYS_THERE),
    SHOW_CONSTANT(VALUE_NUMBER, "search_time_ms", "0.0"),
    MEMBERS_END,
};
// clang-format on

const struct shape page_meta_shape = { .name = "PageMeta", .parts = { meta_members } };

/* Writes the member `meta`. The search time is not measured and always 0. */
void page_write_meta(const struct page *page, writer *w)
{
    ensure(page->number >= 1 && page->limit >= 1 && page->total >= 0);
    write_key(w, "meta");
    shape_write(&page_meta_shape, page, ABSENT_LEFT_OUT, w);
}

void page_describe(const struct shape *item, writer *w)
{
    ensure(item != NULL);
    write_object(w);
    write_member(w, "type", "object");
    write_key(w, "properties");
    write_object(w);
    write_key(w, "data");
    write_object(w);
    write_member(w, "type", "array");
    write_key(w, "items");
    shape_refer(item, w);
    write_end(w);
    write_key(w, "meta");
    shape_refer(&page_meta_shape, w);
    write_end(w);
    write_key(w, "required");
    write_raw(w, STR("[\"data\",\"meta\"]"));
    write_member_bool(w, "additionalProperties", false);
    write_end(w);
}
