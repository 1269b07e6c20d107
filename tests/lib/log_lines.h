/* What is logged meanwhile. Assert as little as possible between begin and end: what a failed test has to say would end up here.
 *
 *     struct sl_log_lines log;
 *     sl_log_lines_begin(&log);
 *     sl_log(SL_LOG_ERROR, "event=a");
 *     sl_log_lines_end(&log);
 *     assert_string_equal(log.text, "<3>event=a\n"); */
#ifndef SL_LIB_LOG_LINES_H
#define SL_LIB_LOG_LINES_H

#include "sl/types.h"

struct sl_log_lines {
    int file;
    int stderr_before;
    char text[16 * 1024]; /* NUL-terminated */
    size_t lines;
};

void sl_log_lines_begin(struct sl_log_lines *log);
void sl_log_lines_end(struct sl_log_lines *log);

#endif
