/* A page of a list, as every paged list of the contract has it beside its data. */
#ifndef WEB_PAGE_H
#define WEB_PAGE_H

#include "json/shape.h"

struct page {
    int64_t number, limit; /* from 1, and at least 1 */
    int64_t total;         /* of all that match */
};

/* {page, limit, total_pages, total_count, search_time_ms}; the record is a struct page. */
extern const struct shape page_meta_shape;

/* "meta": { page, limit, total_pages, total_count, search_time_ms } */
void page_write_meta(const struct page *page, writer *w);

/* Writes the JSON Schema of a page whose `data` are objects of this shape. */
void page_describe(const struct shape *item, writer *w);

#endif
