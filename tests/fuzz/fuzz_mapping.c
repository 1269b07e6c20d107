/* A mapping and a CSV file that it is applied to: both from the input, with a zero byte between.
 *
 * Properties: a mapping that cannot be used is refused, with words; each row of the file gives events or is refused with words, never both;
 * the events are events, each with an id; and the same again gives the same. */
#include "fuzz.h"

#include "import/import.h"
#include "lib/test.h"
#include "memory_file.h"
#include "sl/id.h"

#include <salesledger/v1/event.pb-c.h>

#define SIZE_MAX_HERE ((size_t)16 * 1024)

struct files {
    struct memory_file mapping, rows, lookup;
};

/* What the import opens lies in memory: a mapping may name any file for a lookup. */
static enum sl_err
run_import(const struct files *files, struct sl_import *import, struct sl_diag *diag)
{
    enum sl_err err = sl_import_open(files->mapping.path, import, diag);
    if (err != SL_OK) {
        return err;
    }
    import->keeps_refusals = true;
    for (size_t i = 0; i < import->mapping.lookup_count; i++) {
        assert_ok(
            sl_import_set_lookup(import, import->mapping.lookups[i].name, files->lookup.path));
    }
    err = sl_import_read(import, files->rows.path, diag);
    if (err != SL_OK) {
        sl_import_close(import);
        return err;
    }
    assert_ok(sl_import_finish(import));
    return SL_OK;
}

static bool is_refused(const struct sl_import *import, size_t row)
{
    for (size_t i = 0; i < import->refusal_count; i++) {
        if (import->refusals[i].row == row) {
            return true;
        }
    }
    return false;
}

static void check_import(const struct sl_import *import)
{
    static const struct sl_id none;
    for (size_t i = 0; i < import->event_count; i++) {
        const struct sl_import_event *made = &import->events[i];
        Salesledger__V1__Event *event =
            salesledger__v1__event__unpack(NULL, made->size, made->bytes);
        assert_non_null(event);
        salesledger__v1__event__free_unpacked(event, NULL);
        SL_ASSERT(sl_id_compare(made->id, none) != 0);
        SL_ASSERT(made->row < import->files[0].row_count);
        SL_ASSERT(!is_refused(import, made->row));
    }
    for (size_t i = 0; i < import->refusal_count; i++) {
        SL_ASSERT(import->refusals[i].row < import->files[0].row_count);
        SL_ASSERT(import->refusals[i].diag.message[0] != '\0');
    }
}

static void check_same(const struct sl_import *a, const struct sl_import *b)
{
    assert_int_equal(a->event_count, b->event_count);
    assert_int_equal(a->refusal_count, b->refusal_count);
    for (size_t i = 0; i < a->event_count; i++) {
        assert_int_equal(a->events[i].size, b->events[i].size);
        assert_memory_equal(a->events[i].bytes, b->events[i].bytes, a->events[i].size);
        assert_int_equal(sl_id_compare(a->events[i].id, b->events[i].id), 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct files files;
    const uint8_t *end = size > 0 ? memchr(data, 0, size) : NULL;
    if (end == NULL || size > SIZE_MAX_HERE) {
        return 0;
    }
    size_t mapping_len = (size_t)(end - data);
    struct sl_slice rows = {end + 1, size - mapping_len - 1};
    (void)memory_file_set(&files.mapping, (struct sl_slice){data, mapping_len});
    (void)memory_file_set(&files.rows, rows);
    (void)memory_file_set(&files.lookup, rows); /* a table that looks itself up */
    struct sl_import import;
    struct sl_import again;
    struct sl_diag diag = {0};
    enum sl_err err = run_import(&files, &import, &diag);
    if (err != SL_OK) {
        fuzz_check_refusal(err, &diag);
        return 0;
    }
    check_import(&import);
    assert_ok(run_import(&files, &again, &diag));
    check_same(&import, &again);
    sl_import_close(&again);
    sl_import_close(&import);
    return 0;
}
