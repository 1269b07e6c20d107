/* Keys in a directory without a ledger: what is left of an attempt to make one goes, what may be somebody's stays. */
#include "lib/test.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/store_fixture.h"
#include "store/making.h"

struct place {
    char dir[SL_TEMP_DIR_BYTES];
};

static void path_of(const struct place *place, const char *name, char path[2 * SL_TEMP_DIR_BYTES])
{
    (void)snprintf(path, 2 * SL_TEMP_DIR_BYTES, "%s/%s", place->dir, name);
}

static void put_file(const struct place *place, const char *name)
{
    char path[2 * SL_TEMP_DIR_BYTES];
    path_of(place, name, path);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fputs("secret", file) >= 0, 1);
    assert_int_equal(fclose(file), 0);
}

static void put_dir(const struct place *place, const char *name)
{
    char path[2 * SL_TEMP_DIR_BYTES];
    path_of(place, name, path);
    assert_int_equal(mkdir(path, 0750), 0);
}

static bool is_there(const struct place *place, const char *name)
{
    char path[2 * SL_TEMP_DIR_BYTES];
    struct stat info;
    path_of(place, name, path);
    return stat(path, &info) == 0;
}

static struct place with_keys(void)
{
    struct place place;
    sl_temp_dir_make(place.dir);
    put_dir(&place, "keys");
    put_file(&place, "keys/secrets");
    put_file(&place, "keys/data.mdb");
    put_file(&place, "keys/lock.mdb");
    return place;
}

static enum sl_err make(const struct place *place)
{
    struct sl_genesis genesis = {.timezone = "UTC", .currency = "EUR"};
    return sl_store_create(place->dir, &genesis, NULL);
}

static void keys_of_an_attempt_go_with_it(void **state)
{
    (void)state;
    for (unsigned is_done = 0; is_done < 2; is_done++) {
        struct place place = with_keys();
        put_dir(&place, "journal");
        put_dir(&place, "new");
        put_file(&place, "new/data.mdb");
        if (is_done == 0) { /* their own index was still being made */
            put_dir(&place, "keys/new");
            put_file(&place, "keys/new/data.mdb");
            put_file(&place, "keys/new/lock.mdb");
        }
        assert_ok(make(&place));
        assert_true(is_there(&place, "data.mdb"));
        assert_false(is_there(&place, "keys"));
        assert_false(is_there(&place, "new"));
        sl_temp_dir_remove(place.dir);
    }
}

static void keys_that_may_be_somebodys_stay(void **state)
{
    (void)state;
    for (unsigned found = 0; found < 8; found++) {
        struct place place = with_keys();
        bool has_segment = (found & 4) != 0;
        if ((found & 1) != 0) {
            put_dir(&place, "new");
        }
        if ((found & 2) != 0 || has_segment) {
            put_dir(&place, "journal");
        }
        if (has_segment) {
            put_file(&place, "journal/0000000000000001.seg");
        }
        if (found != 3) {
            assert_err(SL_E_EXISTS, make(&place));
            assert_true(is_there(&place, "keys/secrets"));
            assert_true(is_there(&place, "keys/data.mdb"));
            assert_false(is_there(&place, "data.mdb"));
        }
        sl_temp_dir_remove(place.dir);
    }
}

static void what_else_lies_among_keys_stays(void **state)
{
    (void)state;
    struct place place = with_keys();
    put_dir(&place, "journal");
    put_dir(&place, "new");
    put_file(&place, "keys/letter");
    assert_ok(make(&place));
    assert_true(is_there(&place, "keys/letter"));
    sl_temp_dir_remove(place.dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_of_an_attempt_go_with_it),
        cmocka_unit_test(keys_that_may_be_somebodys_stay),
        cmocka_unit_test(what_else_lies_among_keys_stays),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
