/* Log lines: one line each to stderr, key=value, with the <N> priority prefix that journald understands.
 *
 *     <6>event=checkpoint seq=4711 us=8300
 *
 * The caller writes the pairs; a value that may hold spaces goes through SL_LOG_TEXT-style quoting by the caller: "why=\"%s\"".
 * Control characters become '?', so that nothing a client sends can forge a line. Longer lines are cut. */
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

/* Lines above this level are dropped; SL_LOG_INFO at the start. Any thread. */
void sl_log_set_level(enum sl_log_level level);

/* Any thread; one write per line, so lines never mix. */
void sl_log(enum sl_log_level level, const char *fmt, ...) SL_PRINTF(2, 3);

#endif
