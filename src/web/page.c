/* Writes the member `meta` of a paged list. The contract includes the time of the search, which
 * this server does not measure, so it is always 0. */
#include "web/page.h"

#include "base/ensure.h"

/* Writes the member `meta` into the object that is being written. */
void page_write_meta(const struct page *page, writer *w)
{
    ensure(page->number >= 1 && page->limit >= 1 && page->total >= 0);
    bool has_short_page = page->total % page->limit > 0; /* the last page is not full */

    write_key(w, "meta");
    write_object(w);
    write_member_int(w, "page", page->number);
    write_member_int(w, "limit", page->limit);
    write_member_int(w, "total_pages", page->total / page->limit + has_short_page);
    write_member_int(w, "total_count", page->total);
    write_member_real(w, "search_time_ms", 0);
    write_end(w);
}
