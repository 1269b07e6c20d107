/* What the daemon tells of how it is doing, as plain structs: the store and the service fill in their parts, figures.c encodes them.
 * Meanings and units are those of StatusReply in api.proto, whose names these are. */
#ifndef SL_CODEC_FIGURES_H
#define SL_CODEC_FIGURES_H

#include "base/histogram.h"
#include "sl/err.h"
#include "sl/types.h"

#define SL_RATES_MAX     3u
#define SL_LATENCIES_MAX 8u

struct sl_rate {
    uint32_t seconds;
    uint64_t events, bytes, requests;
};

struct sl_latency {
    const char *name;
    const char *kind; /* NULL: none */
    const struct sl_histogram *us;
};

struct sl_queue_figures {
    uint64_t gathering_events, gathering_bytes, flying_events, flying_bytes;
    uint64_t replies_held, output_bytes, input_bytes, sessions_deferred, sessions_stalled;
};

struct sl_journal_figures {
    uint64_t waiting_events, waiting_bytes;
    uint64_t segments, segments_free, segment_bytes, generation, age_us;
};

struct sl_checkpoint_figures {
    uint64_t age_us, us_max;
    bool is_running;
    uint64_t ring_bytes, ring_bytes_max, state_bytes, state_bytes_max, bytes_last;
};

struct sl_database_figures {
    uint64_t file_bytes, used_bytes, map_bytes, page_bytes;
    uint64_t readers, readers_max, reader_lag;
};

struct sl_memory_figures {
    uint64_t session_bytes, resident_bytes, anonymous_bytes;
};

struct sl_subscriber_figures {
    uint64_t behind, lag_max, lag_sum;
};

struct sl_figures {
    uint64_t events, event_bytes, requests, duplicates, connections_accepted, connections_refused;
    struct sl_rate rates[SL_RATES_MAX];
    size_t rate_count;
    const uint64_t *refused; /* by sl_err_index; NULL: none */
    struct sl_latency latencies[SL_LATENCIES_MAX];
    size_t latency_count;
    struct sl_queue_figures queues;
    struct sl_journal_figures journal;
    struct sl_checkpoint_figures checkpoint;
    struct sl_database_figures database;
    struct sl_memory_figures memory;
    struct sl_subscriber_figures subscribers;
    uint64_t disk_needed_bytes;
    bool refuses_for_space;
};

#endif
