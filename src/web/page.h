/* The metadata of a page, which every paged list has beside its data. */
#ifndef WEB_PAGE_H
#define WEB_PAGE_H

#include "json/shape.h"

struct page {
    int64_t number, limit; /* both are at least 1; the first page has number 1 */
    int64_t total;         /* the number of all items that match */
};

/* Writes a struct page as {page, limit, total_pages, total_count, search_time_ms}. */
extern const struct shape page_meta_shape;

/* Writes the member `meta` in page_meta_shape. */
void page_write_meta(const struct page *page, writer *w);

/* Writes the JSON Schema of a page whose `data` holds objects of this shape. */
void page_describe(const struct shape *item, writer *w);

#endif
