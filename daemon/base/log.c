/* The line is assembled on the stack and leaves in one write. */
#include "base/log.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

static atomic_int level_max = SL_LOG_INFO;

void sl_log_set_level(enum sl_log_level level)
{
    atomic_store(&level_max, (int)level);
}

struct sl_log_text sl_log_quote(const char *text)
{
    struct sl_log_text quoted;
    size_t len = 0;
    quoted.text[len++] = '"';
    for (const char *at = text; *at != '\0' && len + sizeof "xx\"" <= sizeof quoted.text; at++) {
        if (*at == '"' || *at == '\\') {
            quoted.text[len++] = '\\';
        }
        quoted.text[len++] = *at;
    }
    quoted.text[len++] = '"';
    quoted.text[len] = '\0';
    return quoted;
}

void sl_log(enum sl_log_level level, const char *fmt, ...)
{
    if ((int)level > atomic_load(&level_max)) {
        return;
    }
    char line[SL_LOG_LINE_BYTES_MAX];
    int prefix = snprintf(line, sizeof line, "<%d>", (int)level);
    size_t len = prefix > 0 ? (size_t)prefix : 0;
    va_list args;
    va_start(args, fmt);
    int body = vsnprintf(line + len, sizeof line - len, fmt, args);
    va_end(args);
    size_t start = len;
    if (body > 0) {
        size_t room = sizeof line - 1 - len;
        len += (size_t)body < room ? (size_t)body : room;
    }
    for (size_t i = start; i < len; i++) {
        unsigned char c = (unsigned char)line[i];
        if (c < 0x20 || c == 0x7f) {
            line[i] = '?';
        }
    }
    line[len] = '\n';
    /* There is nowhere left to report that stderr is gone. */
    ssize_t written = write(STDERR_FILENO, line, len + 1);
    (void)written;
}
