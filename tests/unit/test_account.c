/* Users and groups: those that every system has, and those that none has. */
#include <string.h>

#include "base/account.h"
#include "lib/test.h"

#define NOBODY_HAS 4294967293u

static void users_and_groups_are_found_by_name(void **state)
{
    (void)state;
    struct sl_account account = {.uid = 1, .gid = 1};
    uint32_t gid = 1;

    assert_ok(sl_account_find_user("root", &account));
    assert_ok(sl_account_find_group("root", &gid));

    assert_int_equal(account.uid, 0);
    assert_int_equal(account.gid, 0);
    assert_int_equal(gid, 0);
}

static void a_name_nobody_has_is_not_found_and_changes_nothing(void **state)
{
    (void)state;
    struct sl_account account = {.uid = 7, .gid = 8};
    uint32_t gid = 9;

    assert_err(SL_E_NOT_FOUND, sl_account_find_user("no such user", &account));
    assert_err(SL_E_NOT_FOUND, sl_account_find_group("no such group", &gid));

    assert_int_equal(account.uid, 7);
    assert_int_equal(account.gid, 8);
    assert_int_equal(gid, 9);
}

static void a_user_is_called_by_name_or_by_number(void **state)
{
    (void)state;
    char name[SL_ACCOUNT_NUMBER_BYTES];
    sl_account_name(0, name, sizeof name);
    assert_string_equal(name, "root");
    sl_account_name(NOBODY_HAS, name, sizeof name);
    assert_string_equal(name, "uid:4294967293"); /* the longest */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(users_and_groups_are_found_by_name),
        cmocka_unit_test(a_name_nobody_has_is_not_found_and_changes_nothing),
        cmocka_unit_test(a_user_is_called_by_name_or_by_number),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
