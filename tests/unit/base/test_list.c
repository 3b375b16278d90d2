/* The intrusive ring: order, removal from anywhere, and nodes that know whether they are in one. */
#include "base/list.h"

#include "unit.h"

struct item {
    int number;
    struct list node;
};

static int number_of(struct list *node)
{
    return node != NULL ? LIST_OWNER(node, struct item, node)->number : -1;
}

static void nodes_come_out_in_the_order_they_went_in(void **state)
{
    struct list head;
    struct item items[] = { { .number = 1 }, { .number = 2 }, { .number = 3 } };

    (void)state;
    list_init(&head);
    assert_true(list_is_empty(&head));
    for (size_t i = 0; i < 3; i++)
        list_append(&head, &items[i].node);
    assert_false(list_is_empty(&head));
    for (int i = 1; i <= 3; i++)
        assert_int_equal(number_of(list_pop(&head)), i);
    assert_null(list_pop(&head));
    assert_true(list_is_empty(&head));
}

static void a_node_leaves_from_anywhere_and_may_come_back(void **state)
{
    struct list head;
    struct item items[] = { { .number = 1 }, { .number = 2 }, { .number = 3 } };

    (void)state;
    list_init(&head);
    for (size_t i = 0; i < 3; i++)
        list_append(&head, &items[i].node);
    list_remove(&items[1].node);
    assert_false(list_is_linked(&items[1].node));
    assert_true(list_is_linked(&items[2].node));
    list_remove(&items[1].node); /* again: nothing happens */
    list_append(&head, &items[1].node);
    assert_int_equal(number_of(list_pop(&head)), 1);
    assert_int_equal(number_of(list_pop(&head)), 3);
    assert_int_equal(number_of(list_pop(&head)), 2);
}

static void a_zeroed_node_is_in_no_list(void **state)
{
    struct item item = { 0 };

    (void)state;
    assert_false(list_is_linked(&item.node));
    list_remove(&item.node);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nodes_come_out_in_the_order_they_went_in),
        cmocka_unit_test(a_node_leaves_from_anywhere_and_may_come_back),
        cmocka_unit_test(a_zeroed_node_is_in_no_list),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
