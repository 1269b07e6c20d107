/* What a status holds, in the three forms of `salesledger status` that are not JSON. Every single number is one row of one table in
 * status_numbers.c, which all forms go through. */
#ifndef SL_CLI_STATUS_H
#define SL_CLI_STATUS_H

#include "cli/cli.h"

enum sl_status_unit {
    SL_STATUS_COUNT,
    SL_STATUS_BYTES,
    SL_STATUS_US,
    SL_STATUS_TIME,
    SL_STATUS_YES_NO
};

/* Which message holds it. */
enum sl_status_part {
    SL_STATUS_ITSELF,
    SL_STATUS_QUEUES,
    SL_STATUS_JOURNAL,
    SL_STATUS_CHECKPOINT,
    SL_STATUS_DATABASE,
    SL_STATUS_MEMORY,
    SL_STATUS_SUBSCRIBERS,
};

struct sl_status_number {
    const char *group; /* in tables, with `label` */
    const char *label;
    const char *name;   /* in CSV; never changes */
    const char *metric; /* in Prometheus' form; a counter ends in _total. NULL: left out */
    const char *help;   /* one sentence without a full stop */
    enum sl_status_unit unit;
    enum sl_status_part part;
    size_t offset; /* in its message: a uint64_t, or a protobuf_c_boolean of SL_STATUS_YES_NO */
};

extern const struct sl_status_number sl_status_numbers[];
extern const size_t sl_status_number_count;

/* 0 where the daemon is too old to tell. */
uint64_t sl_status_value(const Salesledger__V1__StatusReply *status,
                         const struct sl_status_number *number);

/* What `permille` thousandths did not exceed, in microseconds: at most an eighth too high, never above the longest. 0 if nothing was
 * counted. */
uint64_t sl_latency_quantile(const Salesledger__V1__StatusReply__Latency *latency,
                             uint32_t permille);

/* The id as hexadecimal digits. */
#define SL_STATUS_HEX_MAX 129u
void sl_status_hex(ProtobufCBinaryData bytes, char text[SL_STATUS_HEX_MAX]);

/* To stdout. SL_E_IO, SL_E_NO_MEMORY. */
SL_MUST_CHECK enum sl_err sl_status_print_tables(const Salesledger__V1__StatusReply *status);
SL_MUST_CHECK enum sl_err sl_status_print_csv(const Salesledger__V1__StatusReply *status);
/* The text exposition format of Prometheus, version 0.0.4. */
SL_MUST_CHECK enum sl_err sl_status_print_prometheus(const Salesledger__V1__StatusReply *status);

#endif
