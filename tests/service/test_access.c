/* Who may do what: how lists are read, every small list against every small set of people, and which request takes which right. */
#include <stdio.h>
#include <string.h>

#include "lib/test.h"
#include "service/access.h"

#define OWNER 990u

static unsigned rights_of(const struct sl_access *access, uint32_t uid, uint32_t gid)
{
    struct sl_credentials who = {.uid = uid, .gid = gid};
    return sl_access_rights(access, &who);
}

static bool may(const struct sl_access *access, uint32_t uid, enum sl_right right)
{
    return (rights_of(access, uid, uid) & SL_RIGHT_BIT(right)) != 0;
}

static void by_default_all_append_and_read_and_root_and_the_owner_administer(void **state)
{
    (void)state;
    struct sl_access_texts texts = {.owner = OWNER};
    struct sl_access access;

    assert_ok(sl_access_init(&texts, &access, NULL));

    const uint32_t uids[] = {0, OWNER, 1000};
    const bool administers[] = {true, true, false};
    for (size_t i = 0; i < COUNT(uids); i++) {
        assert_true(may(&access, uids[i], SL_RIGHT_NONE));
        assert_true(may(&access, uids[i], SL_RIGHT_APPEND));
        assert_true(may(&access, uids[i], SL_RIGHT_READ));
        assert_int_equal(may(&access, uids[i], SL_RIGHT_ADMIN), administers[i]);
    }
    assert_int_equal(rights_of(NULL, 1000, 1000), SL_RIGHTS_ALL);
}

static void names_numbers_and_denials_are_read(void **state)
{
    (void)state;
    struct sl_access_texts texts = {.append = "root,@root,uid:4294967294,gid:7,*,!uid:5,!@root,!*"};
    const struct sl_access_item expected[] = {
        {SL_ACCESS_USER, false, 0},
        {SL_ACCESS_GROUP, false, 0},
        {SL_ACCESS_USER, false, 4294967294u},
        {SL_ACCESS_GROUP, false, 7},
        {SL_ACCESS_ALL, false, 0},
        {SL_ACCESS_USER, true, 5},
        {SL_ACCESS_GROUP, true, 0},
        {SL_ACCESS_ALL, true, 0},
    };
    struct sl_access access;

    assert_ok(sl_access_init(&texts, &access, NULL));

    const struct sl_access_list *list = &access.lists[SL_RIGHT_APPEND];
    assert_int_equal(list->count, COUNT(expected));
    for (size_t i = 0; i < COUNT(expected); i++) {
        assert_int_equal(list->items[i].whom, expected[i].whom);
        assert_int_equal(list->items[i].is_denied, expected[i].is_denied);
        assert_int_equal(list->items[i].id, expected[i].id);
    }
}

static void a_wrong_list_is_refused_by_option_rule_and_item(void **state)
{
    (void)state;
    const struct {
        const char *text;
        const char *says;
    } rows[] = {
        {"", "must name"},
        {"root,", "must name"},
        {",root", "must name"},
        {"!", "must name"},
        {"@", "must name"},
        {"!@", "must name"},
        {"no such user", "must be a user there is, is \"no such user\""},
        {"!@no such group", "must be a group there is, is \"@no such group\""},
        {" root", "must be a user there is, is \" root\""},
        {"!!root", "must be a user there is, is \"!root\""},
        {"uid:", "0 to 4294967294"},
        {"uid:-1", "0 to 4294967294"},
        {"uid: 1", "0 to 4294967294"},
        {"uid:4294967295", "0 to 4294967294"}, /* the kernel's word for nobody */
        {"gid:99999999999999999999", "0 to 4294967294"},
        {"uid:1x", "0 to 4294967294"},
        {"!root", "only denies"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct sl_access_texts texts = {.read = rows[i].text};
        struct sl_access access = {.lists = {{.count = 77}}};
        struct sl_diag diag = {0};

        assert_err(SL_E_USAGE, sl_access_init(&texts, &access, &diag));

        assert_string_equal(diag.field, "allow-read");
        assert_non_null(strstr(diag.message, rows[i].says));
        assert_int_equal(access.lists[0].count, 77); /* untouched */
    }
}

static void a_list_has_at_most_64_items(void **state)
{
    (void)state;
    char text[(SL_ACCESS_ITEMS_MAX + 1) * 2] = "";
    for (size_t i = 0; i <= SL_ACCESS_ITEMS_MAX; i++) {
        text[2 * i] = '*';
        text[2 * i + 1] = i < SL_ACCESS_ITEMS_MAX ? ',' : '\0';
    }
    struct sl_access_texts texts = {.admin = text};
    struct sl_access access;
    struct sl_diag diag = {0};
    assert_err(SL_E_USAGE, sl_access_init(&texts, &access, &diag));
    assert_string_equal(diag.message, "must have at most 64 items");
    text[2 * SL_ACCESS_ITEMS_MAX - 1] = '\0';
    assert_ok(sl_access_init(&texts, &access, NULL));
    assert_int_equal(access.lists[SL_RIGHT_ADMIN].count, SL_ACCESS_ITEMS_MAX);
}

static void an_item_has_at_most_256_bytes(void **state)
{
    (void)state;
    char text[SL_ACCESS_NAME_BYTES_MAX + 8];
    struct sl_access_texts texts = {.append = text};
    struct sl_access access;
    struct sl_diag diag = {0};
    /* A number may have zeros in front: an item that is right at any length. */
    (void)snprintf(text, sizeof text, "uid:%0*u", (int)SL_ACCESS_NAME_BYTES_MAX - 4, 5u);
    assert_ok(sl_access_init(&texts, &access, NULL));
    assert_int_equal(access.lists[SL_RIGHT_APPEND].items[0].id, 5);
    (void)snprintf(text, sizeof text, "uid:%0*u", (int)SL_ACCESS_NAME_BYTES_MAX - 3, 5u);
    assert_err(SL_E_USAGE, sl_access_init(&texts, &access, &diag));
    assert_string_equal(diag.message, "an item must have at most 256 bytes, has 257");
}

/* ── every list of up to three items against everyone there can be ── */

#define KINDS 5u /* *, uid 1, uid 2, gid 1, gid 2 */

static struct sl_access_item item_of(unsigned number)
{
    static const struct sl_access_item kinds[KINDS] = {
        {.whom = SL_ACCESS_ALL},
        {.whom = SL_ACCESS_USER, .id = 1},
        {.whom = SL_ACCESS_USER, .id = 2},
        {.whom = SL_ACCESS_GROUP, .id = 1},
        {.whom = SL_ACCESS_GROUP, .id = 2},
    };
    struct sl_access_item item = kinds[number % KINDS];
    item.is_denied = number >= KINDS;
    return item;
}

/* Bit k: is `who` meant by kind k? Spelt out, not computed like the original. */
static unsigned meant_by(const struct sl_credentials *who)
{
    unsigned meant = 1;
    meant |= who->uid == 1 ? 2u : 0;
    meant |= who->uid == 2 ? 4u : 0;
    meant |= who->gid == 1 ? 8u : 0;
    meant |= who->gid == 2 ? 16u : 0;
    for (size_t i = 0; i < who->group_count; i++) {
        meant |= who->groups[i] == 1 ? 8u : 0;
        meant |= who->groups[i] == 2 ? 16u : 0;
    }
    return meant;
}

static void check_list(const struct sl_access *access, unsigned allowing, unsigned denying)
{
    static const uint32_t groups[] = {1, 2};
    for (uint32_t person = 0; person < 27; person++) {
        uint32_t from = person / 9 % 3; /* which supplementary groups: none, 1, 1 and 2 */
        struct sl_credentials who = {
            .uid = person % 3, .gid = person / 3 % 3, .groups = groups, .group_count = from};
        unsigned meant = meant_by(&who);
        bool expected = (meant & allowing) != 0 && (meant & denying) == 0;
        unsigned rights = sl_access_rights(access, &who);
        assert_int_equal((rights & SL_RIGHT_BIT(SL_RIGHT_APPEND)) != 0, expected);
        assert_int_equal((rights & SL_RIGHT_BIT(SL_RIGHT_READ)) != 0, false); /* an empty list */
        assert_int_equal((rights & SL_RIGHT_BIT(SL_RIGHT_ADMIN)) != 0, false);
        assert_int_equal((rights & SL_RIGHT_BIT(SL_RIGHT_NONE)) != 0, true);
    }
}

static void a_denial_wins_and_who_matches_nothing_is_denied(void **state)
{
    (void)state;
    const unsigned items = 2 * KINDS;
    for (unsigned lists = 0; lists < items * items * items; lists++) {
        struct sl_access access = {0};
        struct sl_access_list *list = &access.lists[SL_RIGHT_APPEND];
        unsigned allowing = 0;
        unsigned denying = 0;
        unsigned rest = lists;
        for (list->count = 0; list->count < 3; list->count++, rest /= items) {
            unsigned number = rest % items;
            list->items[list->count] = item_of(number);
            unsigned bit = 1u << number % KINDS;
            *(number < KINDS ? &allowing : &denying) |= bit;
        }
        check_list(&access, allowing, denying);
    }
    check_list(&(struct sl_access){0}, 0, 0);
}

static void each_request_takes_its_right(void **state)
{
    (void)state;
    assert_int_equal(sl_access_right_of(SL_REQUEST_APPEND), SL_RIGHT_APPEND);
    const enum sl_request_kind reads[] = {SL_REQUEST_MEASURES, SL_REQUEST_TARGETS,
                                          SL_REQUEST_RANK,     SL_REQUEST_STATEMENT,
                                          SL_REQUEST_LOG,      SL_REQUEST_SUBSCRIBE};
    for (size_t i = 0; i < COUNT(reads); i++) {
        assert_int_equal(sl_access_right_of(reads[i]), SL_RIGHT_READ);
    }
    assert_int_equal(sl_access_right_of(SL_REQUEST_STATUS), SL_RIGHT_NONE);
    assert_int_equal(sl_access_right_of(SL_REQUEST_CANCEL), SL_RIGHT_NONE);
    assert_int_equal(sl_access_right_of(SL_REQUEST_ERASE), SL_RIGHT_ADMIN);
    assert_int_equal(sl_access_right_of((enum sl_request_kind)99), SL_RIGHT_ADMIN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(by_default_all_append_and_read_and_root_and_the_owner_administer),
        cmocka_unit_test(names_numbers_and_denials_are_read),
        cmocka_unit_test(a_wrong_list_is_refused_by_option_rule_and_item),
        cmocka_unit_test(a_list_has_at_most_64_items),
        cmocka_unit_test(an_item_has_at_most_256_bytes),
        cmocka_unit_test(a_denial_wins_and_who_matches_nothing_is_denied),
        cmocka_unit_test(each_request_takes_its_right),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
