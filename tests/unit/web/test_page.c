/* The member `meta` of a paged list: how many pages there are, and that its keys keep their order.
 */
#include "web/page.h"

#include "unit.h"

static void check(struct page page, const char *expected)
{
    AUTO_BUF out = buf_with_limit(1024);
    writer w = { .out = &out };

    write_object(&w);
    page_write_meta(&page, &w);
    write_end(&w);
    assert_text(buf_view(&out), str_of(expected));
}

static void pages_are_counted_to_the_last_one_that_is_not_full(void **state)
{
    (void)state;
    check((struct page){ 1, 20, 0 }, "{\"meta\":{\"page\":1,\"limit\":20,\"total_pages\":0,"
                                     "\"total_count\":0,\"search_time_ms\":0.0}}");
    check((struct page){ 1, 20, 20 }, "{\"meta\":{\"page\":1,\"limit\":20,\"total_pages\":1,"
                                      "\"total_count\":20,\"search_time_ms\":0.0}}");
    check((struct page){ 3, 20, 41 }, "{\"meta\":{\"page\":3,\"limit\":20,\"total_pages\":3,"
                                      "\"total_count\":41,\"search_time_ms\":0.0}}");
    check((struct page){ 9, 1, 2 }, "{\"meta\":{\"page\":9,\"limit\":1,\"total_pages\":2,"
                                    "\"total_count\":2,\"search_time_ms\":0.0}}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pages_are_counted_to_the_last_one_that_is_not_full),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
