/* See backup.h. */
#include "lib/backup.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lib/test.h"

static void ask(struct sl_caller *caller, uint64_t tag, bool with_keys)
{
    Salesledger__V1__BackupRequest backup = SALESLEDGER__V1__BACKUP_REQUEST__INIT;
    backup.has_with_keys = with_keys;
    backup.with_keys = with_keys;
    Salesledger__V1__Request request = SALESLEDGER__V1__REQUEST__INIT;
    request.has_tag = 1;
    request.tag = tag;
    request.backup = &backup;
    sl_caller_request(caller, &request);
}

void sl_caller_backup(struct sl_caller *caller, uint64_t tag)
{
    ask(caller, tag, false);
}

void sl_caller_backup_with_keys(struct sl_caller *caller, uint64_t tag)
{
    ask(caller, tag, true);
}

void sl_taken_init(struct sl_taken_backup *taken)
{
    *taken = (struct sl_taken_backup){.fd = memfd_create("backup", MFD_CLOEXEC)};
    assert_true(taken->fd >= 0);
}

void sl_taken_deinit(struct sl_taken_backup *taken)
{
    sl_backup_writer_deinit(&taken->writer);
    (void)close(taken->fd);
}

static void take_head(struct sl_taken_backup *taken, const Salesledger__V1__BackupPage *page)
{
    SL_ASSERT(page->head != NULL);
    assert_int_equal(page->count, 0);
    struct sl_backup_head head = {.policy = (uint32_t)page->head->policy,
                                  .created = AT(page->head->created_us),
                                  .last = {page->head->last_seq}};
    assert_int_equal(page->head->ledger_id.len, sizeof head.ledger_id);
    assert_int_equal(page->head->tree_root.len, sizeof head.root);
    memcpy(head.ledger_id, page->head->ledger_id.data, sizeof head.ledger_id);
    memcpy(head.root, page->head->tree_root.data, sizeof head.root);
    assert_true(strlen(page->head->timezone) < sizeof head.timezone);
    assert_true(strlen(page->head->currency) < sizeof head.currency);
    memcpy(head.timezone, page->head->timezone, strlen(page->head->timezone));
    memcpy(head.currency, page->head->currency, strlen(page->head->currency));
    assert_ok(sl_backup_write_head(&taken->writer, taken->fd, "backup", &head, NULL));
    taken->has_begun = true;
}

static void take_records(struct sl_taken_backup *taken, const Salesledger__V1__BackupPage *page)
{
    assert_null(page->head);
    struct sl_backup_block block = {
        {page->first_seq}, page->count, {page->records.data, page->records.len}};
    assert_ok(sl_backup_write_records(&taken->writer, &block, NULL));
    taken->pages++;
    bool is_greatest = page->records.len > taken->bytes_max;
    taken->bytes_max = is_greatest ? page->records.len : taken->bytes_max;
}

static void take_keys(struct sl_taken_backup *taken, const Salesledger__V1__BackupPage *page)
{
    assert_null(page->head);
    assert_int_equal(page->count, 0);
    struct sl_slice keys = {page->keys.data, page->keys.len};
    assert_ok(sl_backup_write_keys(&taken->writer, (sl_seq){page->keys_since}, keys, NULL));
    taken->key_pages++;
}

void sl_take_backup(struct sl_taken_backup *taken, struct sl_caller *caller, uint64_t tag)
{
    const Salesledger__V1__Reply *reply = sl_caller_reply(caller);
    while (reply != NULL) {
        assert_false(taken->is_whole);
        assert_int_equal(reply->tag, tag);
        assert_null(reply->error);
        SL_ASSERT(reply->backup != NULL);
        if (!taken->has_begun) {
            take_head(taken, reply->backup);
        } else if (reply->backup->has_keys) {
            take_keys(taken, reply->backup);
        } else {
            take_records(taken, reply->backup);
        }
        if (!reply->more) {
            assert_ok(sl_backup_write_end(&taken->writer, NULL));
            assert_int_equal(lseek(taken->fd, 0, SEEK_SET), 0);
            taken->is_whole = true;
        }
        reply = sl_caller_reply(caller);
    }
}

struct sl_slice sl_large_note(struct sl_service *s)
{
    static char text[SL_TEXT_BYTES_MAX + 1];
    char *lines[15];
    memset(text, 'x', sizeof text - 1);
    for (size_t i = 0; i < COUNT(lines); i++) {
        lines[i] = text;
    }
    Salesledger__V1__Note note = SALESLEDGER__V1__NOTE__INIT;
    note.subject = (char[]){"ana"};
    note.has_subject_kind = 1;
    note.subject_kind = SALESLEDGER__V1__ENTITY_KIND__PERSON;
    note.has_kind = 1;
    note.kind = SALESLEDGER__V1__NOTE__KIND__FEEDBACK;
    note.lines = lines;
    note.n_lines = COUNT(lines);
    Salesledger__V1__Event event = SALESLEDGER__V1__EVENT__INIT;
    event.note = &note;
    uint8_t *bytes = sl_arena_alloc(&s->arena, salesledger__v1__event__get_packed_size(&event));
    assert_non_null(bytes);
    return (struct sl_slice){bytes, salesledger__v1__event__pack(&event, bytes)};
}
