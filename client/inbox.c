/* The queue of replies not yet taken. */
#include "inbox.h"

#include <stdlib.h>
#include <string.h>

void sl_inbox_put(struct sl_inbox *inbox, struct sl_inbox_entry *entry)
{
    entry->next = NULL;
    if (inbox->last == NULL) {
        inbox->first = entry;
    } else {
        inbox->last->next = entry;
    }
    inbox->last = entry;
    inbox->bytes += entry->bytes;
}

void sl_inbox_entry_free(struct sl_inbox_entry *entry)
{
    if (entry != NULL && entry->reply != NULL) {
        salesledger__v1__reply__free_unpacked(entry->reply, NULL);
    }
    free(entry);
}

/* Laid out as protobuf-c's unpack would, so that it is freed like any other reply. */
static Salesledger__V1__Reply *make_failure(const struct sl_inbox_entry *entry)
{
    Salesledger__V1__Reply *reply = malloc(sizeof *reply);
    Salesledger__V1__Error *error = malloc(sizeof *error);
    char *name = strdup(sl_err_name(entry->err));
    char *message = strdup(entry->message);
    if (reply == NULL || error == NULL || name == NULL || message == NULL) {
        free(reply);
        free(error);
        free(name);
        free(message);
        return NULL;
    }
    salesledger__v1__reply__init(reply);
    salesledger__v1__error__init(error);
    reply->has_tag = true;
    reply->tag = entry->tag;
    reply->error = error;
    error->has_code = true;
    error->code = (int32_t)entry->err;
    error->name = name;
    error->message = message;
    error->has_may_retry = true;
    error->may_retry = sl_err_may_retry(entry->err);
    return reply;
}

/* Unlinks `entry`, which follows `before` (NULL: it is the first). */
static void
unlink_entry(struct sl_inbox *inbox, struct sl_inbox_entry *before, struct sl_inbox_entry *entry)
{
    if (before == NULL) {
        inbox->first = entry->next;
    } else {
        before->next = entry->next;
    }
    if (inbox->last == entry) {
        inbox->last = before;
    }
    inbox->bytes -= entry->bytes;
}

enum sl_err sl_inbox_take(struct sl_inbox *inbox, uint64_t tag, Salesledger__V1__Reply **ret_reply)
{
    struct sl_inbox_entry *before = NULL;
    struct sl_inbox_entry *entry = inbox->first;
    while (entry != NULL && tag != 0 && entry->tag != tag) {
        before = entry;
        entry = entry->next;
    }
    if (entry == NULL) {
        return SL_E_NOT_FOUND;
    }
    Salesledger__V1__Reply *reply = entry->reply != NULL ? entry->reply : make_failure(entry);
    if (reply == NULL) {
        return SL_E_NO_MEMORY;
    }
    unlink_entry(inbox, before, entry);
    entry->reply = NULL;
    sl_inbox_entry_free(entry);
    *ret_reply = reply;
    return SL_OK;
}

void sl_inbox_drop(struct sl_inbox *inbox, uint64_t tag)
{
    struct sl_inbox_entry *before = NULL;
    struct sl_inbox_entry *next = NULL;
    for (struct sl_inbox_entry *entry = inbox->first; entry != NULL; entry = next) {
        next = entry->next;
        if (tag == 0 || entry->tag == tag) {
            unlink_entry(inbox, before, entry);
            sl_inbox_entry_free(entry);
        } else {
            before = entry;
        }
    }
}
