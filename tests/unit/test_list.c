/* The intrusive list: order, removal while visiting, unlinked links. */
#include "lib/test.h"

#include "base/list.h"

struct item {
    int value;
    struct sl_list link;
};

static void items_are_visited_in_order_and_may_be_removed_meanwhile(void **state)
{
    (void)state;
    struct sl_list head;
    struct item items[4] = {{1, {0}}, {2, {0}}, {3, {0}}, {4, {0}}};
    sl_list_init(&head);
    assert_true(sl_list_is_empty(&head));
    assert_null(sl_list_first(&head));
    sl_list_push_back(&head, &items[1].link);
    sl_list_push_back(&head, &items[2].link);
    sl_list_push_front(&head, &items[0].link);
    sl_list_push_back(&head, &items[3].link);

    int seen = 0;
    sl_list_each (link, &head) {
        struct item *item = sl_list_entry(link, struct item, link);
        seen = seen * 10 + item->value;
        if (item->value % 2 == 0) {
            sl_list_remove(link);
        }
    }
    assert_int_equal(seen, 1234);

    seen = 0;
    sl_list_each (link, &head) {
        seen = seen * 10 + sl_list_entry(link, struct item, link)->value;
    }
    assert_int_equal(seen, 13);
}

static void removing_an_unlinked_link_is_harmless(void **state)
{
    (void)state;
    struct item item = {0};
    sl_list_init(&item.link);
    sl_list_remove(&item.link);
    sl_list_remove(&item.link);
    assert_true(sl_list_is_empty(&item.link));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(items_are_visited_in_order_and_may_be_removed_meanwhile),
        cmocka_unit_test(removing_an_unlinked_link_is_harmless),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
