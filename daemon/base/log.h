/* Log lines: one line each to stderr, key=value, with the <N> priority prefix that journald understands.
 *
 *     <6>event=checkpoint seq=4711 us=8300
 *
 * `event` comes first and names the line; daemon/LOG.md has them all. The caller writes the pairs; a text that may hold anything goes
 * through sl_log_quote. Control characters become '?', so that no text can forge a line. Longer lines are cut.
 *
 * A line is for whoever runs the daemon. It holds nothing of what events, questions or answers say: no ids, names, texts, amounts. */
#ifndef SL_BASE_LOG_H
#define SL_BASE_LOG_H

#include "sl/types.h"

/* The numbers are syslog's. */
enum sl_log_level {
    SL_LOG_ERROR = 3,
    SL_LOG_WARNING = 4,
    SL_LOG_NOTICE = 5,
    SL_LOG_INFO = 6,
    SL_LOG_DEBUG = 7,
};

#define SL_LOG_LINE_BYTES_MAX 1024u
#define SL_LOG_TEXT_BYTES_MAX 400u /* two of them fit into a line */

/* Lines above this level are dropped; SL_LOG_INFO at the start. Any thread. */
void sl_log_set_level(enum sl_log_level level);

/* A text in quotes, with those within escaped, cut where it is too long: sl_log(..., "why=%s", sl_log_quote(why).text) */
struct sl_log_text {
    char text[SL_LOG_TEXT_BYTES_MAX];
};
struct sl_log_text sl_log_quote(const char *text);

/* Any thread; one write per line, so lines never mix. */
void sl_log(enum sl_log_level level, const char *fmt, ...) SL_PRINTF(2, 3);

#endif
