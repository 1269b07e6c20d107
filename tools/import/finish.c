/* The last step of an import: the order in which events are sent, and their ids. */
#include <stdlib.h>
#include <string.h>

#include "import/derive.h"
#include "import/import.h"
#include "import/memory.h"
#include "sl/id.h"

static const char *
order_text(const struct sl_import *import, const struct sl_import_event *event, size_t column)
{
    const struct sl_csv_table *table = &import->files[event->file];
    int number = sl_csv_column(table, import->mapping.order[column]);
    return number < 0 ? "" : sl_csv_cell(table, &table->rows[event->row], (size_t)number);
}

/* Effective day, then the mapping's columns bytewise, then as made. */
static int compare_order(const void *left, const void *right, void *context)
{
    const struct sl_import *import = context;
    const struct sl_import_event *a = left;
    const struct sl_import_event *b = right;
    int order = (a->day.v > b->day.v) - (a->day.v < b->day.v);
    for (size_t i = 0; i < import->mapping.order_count && order == 0; i++) {
        order = strcmp(order_text(import, a, i), order_text(import, b, i));
    }
    return order != 0 ? order : (a->place > b->place) - (a->place < b->place);
}

/* By the row's place, then as before. */
static int compare_rows(const void *left, const void *right)
{
    const struct sl_import_event *a = left;
    const struct sl_import_event *b = right;
    int order = (a->row_place > b->row_place) - (a->row_place < b->row_place);
    return order != 0 ? order : (a->place > b->place) - (a->place < b->place);
}

/* A row is sent whole, so its events are drawn together where the last of them stands. That leaves those in place which say how
 * a row ended; those before them keep their dates and only come later into the log. */
static void join_rows(struct sl_import *import)
{
    size_t *last = sl_tool_alloc(import->row_count, sizeof *last);
    for (size_t i = 0; i < import->event_count; i++) {
        struct sl_import_event *event = &import->events[i];
        event->place = i;
        last[import->first_rows[event->file] + event->row] = i;
    }
    for (size_t i = 0; i < import->event_count; i++) {
        struct sl_import_event *event = &import->events[i];
        event->row_place = last[import->first_rows[event->file] + event->row];
    }
    free(last);
    qsort(import->events, import->event_count, sizeof *import->events, compare_rows);
}

struct keyed {
    uint8_t digest[SL_DIGEST_BYTES];
    size_t event;
};

static int compare_keyed(const void *left, const void *right)
{
    const struct keyed *a = left;
    const struct keyed *b = right;
    int order = memcmp(a->digest, b->digest, sizeof a->digest);
    return order != 0 ? order : (a->event > b->event) - (a->event < b->event);
}

/* The digest of an event as its `ordinal`th occurrence. */
static enum sl_err
digest_of(const struct sl_import_event *event, uint64_t ordinal, uint8_t *ret_digest)
{
    Salesledger__V1__Event *message =
        salesledger__v1__event__unpack(NULL, event->size, event->bytes);
    if (message == NULL) {
        return SL_E_NO_MEMORY; /* the bytes are our own */
    }
    struct sl_slice content = {event->bytes, event->size};
    enum sl_err err = sl_derive_digest(message, content, ordinal, ret_digest);
    salesledger__v1__event__free_unpacked(message, NULL);
    return err;
}

/* Equal events stand side by side once sorted by digest; the second of them is occurrence 1, and so on. */
static enum sl_err give_ids(struct sl_import *import, struct keyed *keys)
{
    enum sl_err err = SL_OK;
    uint64_t ordinal = 0;
    for (size_t i = 0; i < import->event_count && err == SL_OK; i++) {
        bool is_again = i > 0 && memcmp(keys[i].digest, keys[i - 1].digest, SL_DIGEST_BYTES) == 0;
        ordinal = is_again ? ordinal + 1 : 0;
        struct sl_import_event *event = &import->events[keys[i].event];
        uint8_t digest[SL_DIGEST_BYTES];
        err = digest_of(event, ordinal, digest);
        if (err == SL_OK) {
            event->id = sl_id_from_digest(event->day, digest);
        }
    }
    return err;
}

enum sl_err sl_import_finish(struct sl_import *import)
{
    if (import->mapping.is_ordered && import->event_count > 0) {
        qsort_r(import->events, import->event_count, sizeof *import->events, compare_order, import);
        join_rows(import);
    }
    struct keyed *keys = sl_tool_alloc(import->event_count, sizeof *keys);
    enum sl_err err = SL_OK;
    for (size_t i = 0; i < import->event_count && err == SL_OK; i++) {
        keys[i].event = i;
        err = digest_of(&import->events[i], 0, keys[i].digest);
    }
    if (err == SL_OK) {
        qsort(keys, import->event_count, sizeof *keys, compare_keyed);
        err = give_ids(import, keys);
    }
    free(keys);
    return err;
}
