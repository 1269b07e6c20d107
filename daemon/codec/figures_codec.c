/* One function for each part; the messages of all parts that are there once come from the arena as one piece. */
#include "codec/figures_codec.h"

struct parts {
    Salesledger__V1__StatusReply__Queues queues;
    Salesledger__V1__StatusReply__Journal journal;
    Salesledger__V1__StatusReply__Checkpoint checkpoint;
    Salesledger__V1__StatusReply__Database database;
    Salesledger__V1__StatusReply__Memory memory;
    Salesledger__V1__StatusReply__Subscribers subscribers;
};

static void put_queues(Salesledger__V1__StatusReply__Queues *message,
                       const struct sl_queue_figures *figures)
{
    *message = (Salesledger__V1__StatusReply__Queues)SALESLEDGER__V1__STATUS_REPLY__QUEUES__INIT;
    SL_PUT(message, gathering_events, figures->gathering_events);
    SL_PUT(message, gathering_bytes, figures->gathering_bytes);
    SL_PUT(message, flying_events, figures->flying_events);
    SL_PUT(message, flying_bytes, figures->flying_bytes);
    SL_PUT(message, replies_held, figures->replies_held);
    SL_PUT(message, output_bytes, figures->output_bytes);
    SL_PUT(message, input_bytes, figures->input_bytes);
    SL_PUT(message, sessions_deferred, figures->sessions_deferred);
    SL_PUT(message, sessions_stalled, figures->sessions_stalled);
}

static void put_journal(Salesledger__V1__StatusReply__Journal *message,
                        const struct sl_journal_figures *figures)
{
    *message = (Salesledger__V1__StatusReply__Journal)SALESLEDGER__V1__STATUS_REPLY__JOURNAL__INIT;
    SL_PUT(message, waiting_events, figures->waiting_events);
    SL_PUT(message, waiting_bytes, figures->waiting_bytes);
    SL_PUT(message, segments, figures->segments);
    SL_PUT(message, segments_free, figures->segments_free);
    SL_PUT(message, segment_bytes, figures->segment_bytes);
    SL_PUT(message, generation, figures->generation);
    SL_PUT(message, age_us, figures->age_us);
}

static void put_checkpoint(Salesledger__V1__StatusReply__Checkpoint *message,
                           const struct sl_checkpoint_figures *figures)
{
    *message =
        (Salesledger__V1__StatusReply__Checkpoint)SALESLEDGER__V1__STATUS_REPLY__CHECKPOINT__INIT;
    SL_PUT(message, age_us, figures->age_us);
    SL_PUT(message, us_max, figures->us_max);
    SL_PUT(message, is_running, figures->is_running);
    SL_PUT(message, ring_bytes, figures->ring_bytes);
    SL_PUT(message, ring_bytes_max, figures->ring_bytes_max);
    SL_PUT(message, state_bytes, figures->state_bytes);
    SL_PUT(message, state_bytes_max, figures->state_bytes_max);
    SL_PUT(message, bytes_last, figures->bytes_last);
}

static void put_database(Salesledger__V1__StatusReply__Database *message,
                         const struct sl_database_figures *figures)
{
    *message =
        (Salesledger__V1__StatusReply__Database)SALESLEDGER__V1__STATUS_REPLY__DATABASE__INIT;
    SL_PUT(message, file_bytes, figures->file_bytes);
    SL_PUT(message, used_bytes, figures->used_bytes);
    SL_PUT(message, map_bytes, figures->map_bytes);
    SL_PUT(message, page_bytes, figures->page_bytes);
    SL_PUT(message, readers, figures->readers);
    SL_PUT(message, readers_max, figures->readers_max);
    SL_PUT(message, reader_lag, figures->reader_lag);
}

static void put_memory(Salesledger__V1__StatusReply__Memory *message,
                       const struct sl_memory_figures *figures)
{
    *message = (Salesledger__V1__StatusReply__Memory)SALESLEDGER__V1__STATUS_REPLY__MEMORY__INIT;
    SL_PUT(message, session_bytes, figures->session_bytes);
    SL_PUT(message, resident_bytes, figures->resident_bytes);
    SL_PUT(message, anonymous_bytes, figures->anonymous_bytes);
}

static void put_subscribers(Salesledger__V1__StatusReply__Subscribers *message,
                            const struct sl_subscriber_figures *figures)
{
    *message =
        (Salesledger__V1__StatusReply__Subscribers)SALESLEDGER__V1__STATUS_REPLY__SUBSCRIBERS__INIT;
    SL_PUT(message, behind, figures->behind);
    SL_PUT(message, lag_max, figures->lag_max);
    SL_PUT(message, lag_sum, figures->lag_sum);
}

static void put_parts(struct sl_encoder *e,
                      const struct sl_figures *figures,
                      Salesledger__V1__StatusReply *message)
{
    struct parts *parts = sl_encoder_array(e, 1, sizeof *parts);
    if (parts == NULL) {
        return;
    }
    put_queues(&parts->queues, &figures->queues);
    put_journal(&parts->journal, &figures->journal);
    put_checkpoint(&parts->checkpoint, &figures->checkpoint);
    put_database(&parts->database, &figures->database);
    put_memory(&parts->memory, &figures->memory);
    put_subscribers(&parts->subscribers, &figures->subscribers);
    message->queues = &parts->queues;
    message->journal = &parts->journal;
    message->checkpoint = &parts->checkpoint;
    message->database = &parts->database;
    message->memory = &parts->memory;
    message->subscribers = &parts->subscribers;
}

static void put_rates(struct sl_encoder *e,
                      const struct sl_figures *figures,
                      Salesledger__V1__StatusReply *message)
{
    Salesledger__V1__StatusReply__Rate *rates =
        sl_encoder_array(e, figures->rate_count, sizeof *rates);
    message->rates = sl_encoder_pointers(e, figures->rate_count);
    if (rates == NULL || message->rates == NULL) {
        return;
    }
    for (size_t i = 0; i < figures->rate_count; i++) {
        const struct sl_rate *rate = &figures->rates[i];
        rates[i] = (Salesledger__V1__StatusReply__Rate)SALESLEDGER__V1__STATUS_REPLY__RATE__INIT;
        SL_PUT(&rates[i], seconds, rate->seconds);
        SL_PUT(&rates[i], events, rate->events);
        SL_PUT(&rates[i], bytes, rate->bytes);
        SL_PUT(&rates[i], requests, rate->requests);
        message->rates[i] = &rates[i];
    }
    message->n_rates = figures->rate_count;
}

static void put_refused(struct sl_encoder *e,
                        const struct sl_figures *figures,
                        Salesledger__V1__StatusReply *message)
{
    Salesledger__V1__StatusReply__Refused *rows = sl_encoder_array(e, SL_ERR_COUNT, sizeof *rows);
    message->refused = sl_encoder_pointers(e, SL_ERR_COUNT);
    if (rows == NULL || message->refused == NULL || figures->refused == NULL) {
        return;
    }
    size_t count = 0;
    for (size_t i = 0; i < SL_ERR_COUNT; i++) {
        if (figures->refused[i] == 0) {
            continue;
        }
        Salesledger__V1__StatusReply__Refused *row = &rows[count];
        *row = (Salesledger__V1__StatusReply__Refused)SALESLEDGER__V1__STATUS_REPLY__REFUSED__INIT;
        SL_PUT(row, code, (int32_t)sl_err_at(i));
        SL_PUT(row, count, figures->refused[i]);
        row->name = sl_encoder_string(e, sl_err_name(sl_err_at(i)));
        message->refused[count] = row;
        count++;
    }
    message->n_refused = count;
}

static void put_buckets(struct sl_encoder *e,
                        const struct sl_histogram *us,
                        Salesledger__V1__StatusReply__Latency *message)
{
    size_t count = 0;
    for (uint32_t i = 0; i < SL_HISTOGRAM_BUCKETS; i++) {
        count += us->buckets[i] > 0;
    }
    Salesledger__V1__StatusReply__Bucket *buckets = sl_encoder_array(e, count, sizeof *buckets);
    message->buckets = sl_encoder_pointers(e, count);
    if (buckets == NULL || message->buckets == NULL) {
        return;
    }
    size_t at = 0;
    for (uint32_t i = 0; i < SL_HISTOGRAM_BUCKETS; i++) {
        if (us->buckets[i] == 0) {
            continue;
        }
        buckets[at] =
            (Salesledger__V1__StatusReply__Bucket)SALESLEDGER__V1__STATUS_REPLY__BUCKET__INIT;
        SL_PUT(&buckets[at], below_us, sl_histogram_below(i));
        SL_PUT(&buckets[at], count, us->buckets[i]);
        message->buckets[at] = &buckets[at];
        at++;
    }
    message->n_buckets = count;
}

static void put_latencies(struct sl_encoder *e,
                          const struct sl_figures *figures,
                          Salesledger__V1__StatusReply *message)
{
    size_t count = figures->latency_count;
    Salesledger__V1__StatusReply__Latency *rows = sl_encoder_array(e, count, sizeof *rows);
    message->latencies = sl_encoder_pointers(e, count);
    if (rows == NULL || message->latencies == NULL) {
        return;
    }
    for (size_t i = 0; i < count; i++) {
        const struct sl_latency *latency = &figures->latencies[i];
        rows[i] =
            (Salesledger__V1__StatusReply__Latency)SALESLEDGER__V1__STATUS_REPLY__LATENCY__INIT;
        rows[i].name = sl_encoder_string(e, latency->name);
        rows[i].kind = sl_encoder_string(e, latency->kind);
        SL_PUT(&rows[i], count, latency->us->count);
        SL_PUT(&rows[i], sum_us, latency->us->sum);
        SL_PUT(&rows[i], max_us, latency->us->max);
        put_buckets(e, latency->us, &rows[i]);
        message->latencies[i] = &rows[i];
    }
    message->n_latencies = count;
}

void sl_figures_put(struct sl_encoder *e,
                    const struct sl_figures *figures,
                    Salesledger__V1__StatusReply *message)
{
    SL_PUT(message, events, figures->events);
    SL_PUT(message, event_bytes, figures->event_bytes);
    SL_PUT(message, requests, figures->requests);
    SL_PUT(message, duplicates, figures->duplicates);
    SL_PUT(message, connections_accepted, figures->connections_accepted);
    SL_PUT(message, connections_refused, figures->connections_refused);
    SL_PUT(message, disk_needed_bytes, figures->disk_needed_bytes);
    SL_PUT(message, refuses_for_space, figures->refuses_for_space);
    put_rates(e, figures, message);
    put_refused(e, figures, message);
    put_latencies(e, figures, message);
    put_parts(e, figures, message);
}
