/* The directory: which file systems are refused, and that one owner locks it. */
#include "lib/test.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/store_fixture.h"
#include "store/dir.h"
#include "store/dir_access.h"

static void network_file_systems_are_known_by_their_magic(void **state)
{
    (void)state;
    assert_true(sl_dir_is_network_magic(0x6969));                /* NFS */
    assert_true(sl_dir_is_network_magic(0x01021997));            /* 9p */
    assert_true(sl_dir_is_network_magic(0xff534d42));            /* CIFS */
    assert_true(sl_dir_is_network_magic(0xfffffffffe534d42ull)); /* SMB2, sign-extended */
    assert_false(sl_dir_is_network_magic(0xef53));               /* ext4 */
    assert_false(sl_dir_is_network_magic(0x58465342));           /* XFS */
    assert_false(sl_dir_is_network_magic(0x01021994));           /* tmpfs */
    assert_true(sl_dir_is_network_fuse("fuse.sshfs"));
    assert_false(sl_dir_is_network_fuse("fuseblk"));
}

static void a_local_directory_is_accepted(void **state)
{
    (void)state;
    char dir[SL_TEMP_DIR_BYTES];
    sl_temp_dir_make(dir);
    assert_ok(sl_dir_check_fs(dir, NULL));
    sl_temp_dir_remove(dir);
    assert_err(SL_E_IO, sl_dir_check_fs(dir, NULL));
}

static void the_lock_has_one_holder_at_a_time(void **state)
{
    (void)state;
    char dir[SL_TEMP_DIR_BYTES];
    int first;
    int second = -1;
    sl_temp_dir_make(dir);
    assert_err(SL_E_NOT_LEDGER, sl_dir_lock(dir, false, &first, NULL));
    assert_ok(sl_dir_lock(dir, true, &first, NULL));
    assert_err(SL_E_LOCKED, sl_dir_lock(dir, false, &second, NULL));
    assert_int_equal(second, -1);
    close(first);
    assert_ok(sl_dir_lock(dir, false, &second, NULL));
    close(second);
    sl_temp_dir_remove(dir);
}

static void a_path_that_does_not_fit_is_refused(void **state)
{
    (void)state;
    char path[8];
    assert_ok(sl_dir_path("abc", "def", path, sizeof path));
    assert_string_equal(path, "abc/def");
    assert_err(SL_E_TOO_BIG, sl_dir_path("abcd", "def", path, sizeof path));
}

static void a_directory_everyone_may_write_to_is_refused(void **state)
{
    (void)state;
    char dir[SL_TEMP_DIR_BYTES];
    struct sl_diag diag = {0};
    int fd = -1;
    sl_temp_dir_make(dir);
    assert_ok(sl_dir_check_access(dir, NULL));
    assert_int_equal(chmod(dir, 0702), 0);
    assert_err(SL_E_DENIED, sl_dir_check_access(dir, &diag));
    assert_non_null(strstr(diag.message, dir));
    assert_non_null(strstr(diag.message, "has mode 0702"));
    assert_err(SL_E_DENIED, sl_dir_lock(dir, true, &fd, NULL));
    assert_err(SL_E_DENIED, sl_dir_make(dir, NULL));
    sl_temp_dir_remove(dir);
    assert_ok(sl_dir_check_access(dir, NULL)); /* that there is none is for others to say */
}

static void what_is_made_is_for_the_owner_only(void **state)
{
    (void)state;
    char above[SL_TEMP_DIR_BYTES];
    char dir[SL_TEMP_DIR_BYTES + 8];
    struct stat info;
    sl_temp_dir_make(above);
    assert_ok(sl_dir_path(above, "new", dir, sizeof dir));
    assert_ok(sl_dir_make(dir, NULL));
    assert_int_equal(stat(dir, &info), 0);
    assert_int_equal(info.st_mode & 07777, 0700);
    sl_temp_dir_remove(above);
}

static void what_is_no_directory_is_refused_by_what_it_is(void **state)
{
    (void)state;
    char dir[SL_TEMP_DIR_BYTES];
    char path[SL_TEMP_DIR_BYTES + 16];
    char below[SL_TEMP_DIR_BYTES + 32];
    struct sl_diag diag = {0};
    int fd = -1;
    sl_temp_dir_make(dir);
    assert_ok(sl_dir_path(dir, "file", path, sizeof path));
    assert_err(SL_E_NOT_LEDGER, sl_dir_lock(path, false, &fd, &diag));
    assert_non_null(strstr(diag.message, "does not exist"));
    close(open(path, O_WRONLY | O_CREAT, 0600));
    assert_err(SL_E_NOT_LEDGER, sl_dir_lock(path, false, &fd, &diag));
    assert_non_null(strstr(diag.message, "is not a directory"));
    assert_err(SL_E_IO, sl_dir_make(path, &diag));
    assert_err(SL_E_IO, sl_dir_check_empty(path, &diag));
    assert_err(SL_E_EXISTS, sl_dir_check_empty(dir, &diag));
    assert_ok(sl_dir_path(path, "x", below, sizeof below));
    assert_err(SL_E_IO, sl_dir_make(below, &diag));
    assert_err(SL_E_IO, sl_dir_sync(below, &diag));
    assert_int_equal(fd, -1);
    sl_temp_dir_remove(dir);
}

static void a_directory_that_is_there_may_be_used(void **state)
{
    (void)state;
    char dir[SL_TEMP_DIR_BYTES];
    sl_temp_dir_make(dir);
    assert_ok(sl_dir_make(dir, NULL));
    assert_ok(sl_dir_check_empty(dir, NULL));
    sl_temp_dir_remove(dir);
}

static void a_directory_whose_files_would_have_no_path_is_refused(void **state)
{
    (void)state;
    static char dir[SL_DIR_BYTES_MAX + 64];
    int fd = -1;
    memset(dir, 'x', sizeof dir - 1);
    assert_err(SL_E_TOO_BIG, sl_dir_lock(dir, true, &fd, NULL));
    assert_err(SL_E_IO, sl_dir_make(dir, NULL));
}

static void a_refusal_of_the_system_names_owner_and_user(void **state)
{
    (void)state;
    char dir[SL_TEMP_DIR_BYTES];
    struct sl_diag diag = {0};
    sl_temp_dir_make(dir);
    assert_err(SL_E_IO, sl_dir_refuse(EIO, dir, &diag));
    assert_err(SL_E_DENIED, sl_dir_refuse(EACCES, dir, &diag));
    assert_non_null(strstr(diag.message, "it belongs to"));
    sl_temp_dir_remove(dir);
    assert_err(SL_E_DENIED,
               sl_dir_refuse(EPERM, dir, &diag)); /* there is nothing to belong to anyone */
    assert_non_null(strstr(diag.message, "as whom the daemon runs"));
}

static void a_directory_of_another_user_is_refused(void **state)
{
    (void)state;
    char dir[SL_TEMP_DIR_BYTES];
    struct sl_diag diag = {0};
    sl_temp_dir_make(dir);
    if (chown(dir, 1, (gid_t)-1) == 0) { /* only root can give it away */
        assert_err(SL_E_DENIED, sl_dir_check_access(dir, &diag));
        assert_non_null(strstr(diag.message, "must belong to"));
    }
    sl_temp_dir_remove(dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(network_file_systems_are_known_by_their_magic),
        cmocka_unit_test(a_local_directory_is_accepted),
        cmocka_unit_test(the_lock_has_one_holder_at_a_time),
        cmocka_unit_test(a_path_that_does_not_fit_is_refused),
        cmocka_unit_test(a_directory_everyone_may_write_to_is_refused),
        cmocka_unit_test(what_is_made_is_for_the_owner_only),
        cmocka_unit_test(what_is_no_directory_is_refused_by_what_it_is),
        cmocka_unit_test(a_refusal_of_the_system_names_owner_and_user),
        cmocka_unit_test(a_directory_of_another_user_is_refused),
        cmocka_unit_test(a_directory_that_is_there_may_be_used),
        cmocka_unit_test(a_directory_whose_files_would_have_no_path_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
