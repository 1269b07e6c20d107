/* The text of a list is read item by item; see the header for the rules. */
#include "service/access.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/account.h"

#define ROOT       0u
#define ID_INVALID UINT32_MAX /* the kernel's "no user", "no group" */

#define SHOWN_BYTES_MAX 64 /* of an item in a refusal */

const char *sl_right_name(enum sl_right right)
{
    switch (right) {
    case SL_RIGHT_NONE: return "connect";
    case SL_RIGHT_APPEND: return "append";
    case SL_RIGHT_READ: return "read";
    case SL_RIGHT_ADMIN: return "admin";
    case SL_RIGHTS: break;
    }
    return "unknown";
}

enum sl_right sl_access_right_of(enum sl_request_kind kind)
{
    switch (kind) {
    case SL_REQUEST_APPEND: return SL_RIGHT_APPEND;
    case SL_REQUEST_MEASURES:
    case SL_REQUEST_TARGETS:
    case SL_REQUEST_RANK:
    case SL_REQUEST_STATEMENT:
    case SL_REQUEST_LOG:
    case SL_REQUEST_SUBSCRIBE: return SL_RIGHT_READ;
    case SL_REQUEST_CANCEL:
    case SL_REQUEST_STATUS: return SL_RIGHT_NONE;
    case SL_REQUEST_ERASE:
    case SL_REQUEST_BACKUP: return SL_RIGHT_ADMIN;
    case SL_REQUEST_NONE: break;
    }
    return SL_RIGHT_ADMIN; /* no request at all */
}

/* One list while it is read. */
struct reading {
    const char *option;
    struct sl_access_list *list;
    bool allows; /* somebody */
    struct sl_diag *diag;
};

static enum sl_err
refuse_item(const struct reading *reading, const char *rule, const char *item, size_t len)
{
    int shown = len < SHOWN_BYTES_MAX ? (int)len : SHOWN_BYTES_MAX;
    return sl_refuse(reading->diag, SL_E_USAGE, reading->option, "%s, is \"%.*s%s\"", rule, shown,
                     item, len > SHOWN_BYTES_MAX ? "..." : "");
}

/* Digits only: strtoull alone would take blanks and signs. */
static bool parse_id(const char *text, uint32_t *ret_id)
{
    size_t len = strspn(text, "0123456789");
    if (len == 0 || text[len] != '\0') {
        return false;
    }
    errno = 0;
    unsigned long long value = strtoull(text, NULL, 10);
    if (errno != 0 || value >= ID_INVALID) {
        return false;
    }
    *ret_id = (uint32_t)value;
    return true;
}

static enum sl_err find_user(const char *name, uint32_t *ret_uid)
{
    struct sl_account account;
    enum sl_err err = sl_account_find_user(name, &account);
    if (err == SL_OK) {
        *ret_uid = account.uid;
    }
    return err;
}

static enum sl_err
find_named(const struct reading *reading, const char *name, struct sl_access_item *item)
{
    bool is_group = name[0] == '@';
    item->whom = is_group ? SL_ACCESS_GROUP : SL_ACCESS_USER;
    enum sl_err err =
        is_group ? sl_account_find_group(name + 1, &item->id) : find_user(name, &item->id);
    if (err == SL_E_NOT_FOUND) {
        return refuse_item(reading,
                           is_group ? "must be a group there is" : "must be a user there is", name,
                           strlen(name));
    }
    if (err != SL_OK) {
        return sl_refuse(reading->diag, err, reading->option, "cannot look up \"%s\"", name);
    }
    return SL_OK;
}

/* An item without its "!". */
static enum sl_err
parse_whom(const struct reading *reading, const char *text, struct sl_access_item *item)
{
    if (strcmp(text, "*") == 0) {
        item->whom = SL_ACCESS_ALL;
        return SL_OK;
    }
    bool is_uid = strncmp(text, "uid:", 4) == 0;
    bool is_gid = strncmp(text, "gid:", 4) == 0;
    if (!is_uid && !is_gid) {
        return find_named(reading, text, item);
    }
    item->whom = is_uid ? SL_ACCESS_USER : SL_ACCESS_GROUP;
    return parse_id(text + 4, &item->id)
               ? SL_OK
               : refuse_item(reading, "a number must be 0 to 4294967294", text, strlen(text));
}

static enum sl_err parse_item(struct reading *reading, const char *text, size_t len)
{
    struct sl_access_item item = {.is_denied = len > 0 && text[0] == '!'};
    const char *whom = text + (item.is_denied ? 1 : 0);
    size_t whom_len = len - (item.is_denied ? 1 : 0);
    if (whom_len == 0 || (whom_len == 1 && whom[0] == '@')) {
        return refuse_item(reading, "an item must name a user, an @group, uid:N, gid:N or *", text,
                           len);
    }
    char name[SL_ACCESS_NAME_BYTES_MAX + 1];
    if (whom_len >= sizeof name) {
        return sl_refuse(reading->diag, SL_E_USAGE, reading->option,
                         "an item must have at most %u bytes, has %zu", SL_ACCESS_NAME_BYTES_MAX,
                         whom_len);
    }
    if (reading->list->count == SL_ACCESS_ITEMS_MAX) {
        return sl_refuse(reading->diag, SL_E_USAGE, reading->option, "must have at most %u items",
                         SL_ACCESS_ITEMS_MAX);
    }
    memcpy(name, whom, whom_len);
    name[whom_len] = '\0';
    enum sl_err err = parse_whom(reading, name, &item);
    if (err == SL_OK) {
        reading->allows = reading->allows || !item.is_denied || item.whom == SL_ACCESS_ALL;
        reading->list->items[reading->list->count] = item;
        reading->list->count++;
    }
    return err;
}

static enum sl_err parse_list(struct reading *reading, const char *text)
{
    enum sl_err err = SL_OK;
    const char *at = text;
    for (bool is_last = false; !is_last && err == SL_OK;) {
        size_t len = strcspn(at, ",");
        err = parse_item(reading, at, len);
        is_last = at[len] == '\0';
        at += len + 1;
    }
    if (err == SL_OK && !reading->allows) {
        /* Who writes "!bob" means everyone else; who wants nobody at all can say so. */
        err = sl_refuse(reading->diag, SL_E_USAGE, reading->option,
                        "only denies, which would allow nobody: put *, before it, or say !*");
    }
    return err;
}

static struct sl_access_list default_list(enum sl_right right, uint32_t owner)
{
    struct sl_access_list list = {.items = {{.whom = SL_ACCESS_ALL}}, .count = 1};
    if (right == SL_RIGHT_ADMIN) {
        list.items[0] = (struct sl_access_item){.whom = SL_ACCESS_USER, .id = ROOT};
        list.items[1] = (struct sl_access_item){.whom = SL_ACCESS_USER, .id = owner};
        list.count = 2;
    }
    return list;
}

enum sl_err sl_access_init(const struct sl_access_texts *texts,
                           struct sl_access *ret_access,
                           struct sl_diag *diag)
{
    const struct {
        enum sl_right right;
        const char *option;
        const char *text;
    } rows[] = {
        {SL_RIGHT_APPEND, "allow-append", texts->append},
        {SL_RIGHT_READ, "allow-read", texts->read},
        {SL_RIGHT_ADMIN, "allow-admin", texts->admin},
    };
    struct sl_access access = {0};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct sl_access_list *list = &access.lists[rows[i].right];
        struct reading reading = {.option = rows[i].option, .list = list, .diag = diag};
        if (rows[i].text == NULL) {
            *list = default_list(rows[i].right, texts->owner);
            continue;
        }
        enum sl_err err = parse_list(&reading, rows[i].text);
        if (err != SL_OK) {
            return err;
        }
    }
    *ret_access = access;
    return SL_OK;
}

static bool is_in_group(const struct sl_credentials *who, uint32_t gid)
{
    bool is_in = who->gid == gid;
    for (size_t i = 0; i < who->group_count && !is_in; i++) {
        is_in = who->groups[i] == gid;
    }
    return is_in;
}

static bool matches(const struct sl_access_item *item, const struct sl_credentials *who)
{
    switch (item->whom) {
    case SL_ACCESS_ALL: return true;
    case SL_ACCESS_USER: return item->id == who->uid;
    case SL_ACCESS_GROUP: return is_in_group(who, item->id);
    }
    return item->is_denied;
}

static bool list_allows(const struct sl_access_list *list, const struct sl_credentials *who)
{
    bool is_allowed = false;
    bool is_denied = false;
    for (size_t i = 0; i < list->count; i++) {
        bool is_meant = matches(&list->items[i], who);
        is_denied = is_denied || (is_meant && list->items[i].is_denied);
        is_allowed = is_allowed || is_meant;
    }
    return is_allowed && !is_denied;
}

unsigned sl_access_rights(const struct sl_access *access, const struct sl_credentials *who)
{
    if (access == NULL) {
        return SL_RIGHTS_ALL;
    }
    unsigned rights = SL_RIGHT_BIT(SL_RIGHT_NONE);
    for (unsigned right = SL_RIGHT_APPEND; right < SL_RIGHTS; right++) {
        if (list_allows(&access->lists[right], who)) {
            rights |= SL_RIGHT_BIT(right);
        }
    }
    return rights;
}
