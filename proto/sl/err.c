/* The error table's lookups and the assembly of details. */
#include "sl/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct err_row {
    const char *name;
    const char *text;
    enum sl_err err;
    bool may_retry;
};

static const struct err_row err_rows[] = {
#define ERR_ROW(symbol, number, retry, words) {#symbol, words, SL_E_##symbol, retry},
    SL_ERR_MAP(ERR_ROW)
#undef ERR_ROW
};

static const struct err_row *row_of(enum sl_err err)
{
    for (size_t i = 0; i < sizeof err_rows / sizeof err_rows[0]; i++) {
        if (err_rows[i].err == err) {
            return &err_rows[i];
        }
    }
    return NULL;
}

size_t sl_err_index(enum sl_err err)
{
    const struct err_row *row = row_of(err);
    return row != NULL ? (size_t)(row - err_rows) : 0;
}

enum sl_err sl_err_at(size_t index)
{
    SL_ASSERT(index < SL_ERR_COUNT);
    return err_rows[index].err;
}

const char *sl_err_name(enum sl_err err)
{
    const struct err_row *row = row_of(err);
    return row != NULL ? row->name : "UNKNOWN";
}

const char *sl_err_text(enum sl_err err)
{
    const struct err_row *row = row_of(err);
    return row != NULL ? row->text : "unknown error";
}

bool sl_err_may_retry(enum sl_err err)
{
    const struct err_row *row = row_of(err);
    return row != NULL && row->may_retry;
}

/* Takes back the bytes of a UTF-8 character that the end of the buffer has cut: the text travels in a protobuf
 * string, and a reader would refuse half a character. */
static void drop_cut_character(char *text)
{
    size_t len = strlen(text);
    size_t start = len;
    while (start > 0 && ((unsigned char)text[start - 1] & 0xc0) == 0x80) {
        start--;
    }
    if (start == 0 || (unsigned char)text[start - 1] < 0xc0) {
        return;
    }
    unsigned char lead = (unsigned char)text[start - 1];
    size_t want = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
    if (len - (start - 1) < want) {
        text[start - 1] = '\0';
    }
}

/* Too long a detail is cut on purpose: a cut message is still a message. */
SL_PRINTF(3, 0) static void format_cut(char *buf, size_t size, const char *fmt, va_list args)
{
    /* The analyser does not see that every caller has begun `args`. */
    (void)vsnprintf(buf, size, fmt, args); /* NOLINT(clang-analyzer-valist.Uninitialized) */
    drop_cut_character(buf);
}

/* Puts `prefix`, which is shorter than `size`, before the text; what no longer fits falls off the end. */
static void prepend(char *text, size_t size, const char *prefix)
{
    size_t prefix_len = strlen(prefix);
    size_t room = size - 1 - prefix_len;
    size_t kept = strlen(text) < room ? strlen(text) : room;
    memmove(text + prefix_len, text, kept);
    memcpy(text, prefix, prefix_len);
    text[prefix_len + kept] = '\0';
    drop_cut_character(text);
}

enum sl_err
sl_refuse(struct sl_diag *diag, enum sl_err err, const char *field, const char *fmt, ...)
{
    if (diag == NULL) {
        return err;
    }
    (void)snprintf(diag->field, sizeof diag->field, "%s", field);
    drop_cut_character(diag->field);
    va_list args;
    va_start(args, fmt);
    format_cut(diag->message, sizeof diag->message, fmt, args);
    va_end(args);
    return err;
}

void sl_diag_wrap(struct sl_diag *diag, const char *fmt, ...)
{
    if (diag == NULL) {
        return;
    }
    char prefix[128];
    va_list args;
    va_start(args, fmt);
    format_cut(prefix, sizeof prefix, fmt, args);
    va_end(args);
    prepend(diag->message, sizeof diag->message, ": ");
    prepend(diag->message, sizeof diag->message, prefix);
}

void sl_diag_wrap_field(struct sl_diag *diag, const char *fmt, ...)
{
    if (diag == NULL) {
        return;
    }
    char prefix[64];
    va_list args;
    va_start(args, fmt);
    format_cut(prefix, sizeof prefix, fmt, args);
    va_end(args);
    if (diag->field[0] != '\0') {
        prepend(diag->field, sizeof diag->field, ".");
    }
    prepend(diag->field, sizeof diag->field, prefix);
}

SL_NORETURN void sl_assert_failed(const char *condition, const char *file, int line)
{
    /* As a line of the log; the condition comes last, for it may hold quotes. */
    (void)fprintf(stderr, "<0>event=assert_failed at=%s:%d condition=\"", file, line);
    for (const char *at = condition; *at != '\0'; at++) {
        (void)fprintf(stderr, *at == '"' || *at == '\\' ? "\\%c" : "%c", *at);
    }
    (void)fputs("\"\n", stderr);
    abort();
}
