/* One row for each number. Those of one group stand together, and so do a metric's name and its unit: seconds and bytes. */
#include "cli/status.h"

#include <stdio.h>
#include <string.h>

#define OF_ITSELF(field)  SL_STATUS_ITSELF, offsetof(Salesledger__V1__StatusReply, field)
#define OF_QUEUES(field)  SL_STATUS_QUEUES, offsetof(Salesledger__V1__StatusReply__Queues, field)
#define OF_JOURNAL(field) SL_STATUS_JOURNAL, offsetof(Salesledger__V1__StatusReply__Journal, field)
#define OF_CHECKPOINT(field)                                                                       \
    SL_STATUS_CHECKPOINT, offsetof(Salesledger__V1__StatusReply__Checkpoint, field)
#define OF_DATABASE(field)                                                                         \
    SL_STATUS_DATABASE, offsetof(Salesledger__V1__StatusReply__Database, field)
#define OF_MEMORY(field) SL_STATUS_MEMORY, offsetof(Salesledger__V1__StatusReply__Memory, field)
#define OF_SUBSCRIBERS(field)                                                                      \
    SL_STATUS_SUBSCRIBERS, offsetof(Salesledger__V1__StatusReply__Subscribers, field)

const struct sl_status_number sl_status_numbers[] = {
    {"log", "head", "head", "salesledger_head_seq", "Position of the latest event", SL_STATUS_COUNT,
     OF_ITSELF(head)},
    {"log", "durable", "durable", "salesledger_durable_seq",
     "Position up to which events are on disk", SL_STATUS_COUNT, OF_ITSELF(durable)},
    {"log", "checkpointed", "checkpointed", "salesledger_checkpointed_seq",
     "Position of the last checkpoint", SL_STATUS_COUNT, OF_ITSELF(checkpointed)},
    {"log", "tree size", "tree_size", NULL, "Leaves of the tree", SL_STATUS_COUNT,
     OF_ITSELF(tree_size)},
    {"log", "undefined", "undefined", "salesledger_undefined_entities",
     "Entities that events use and nobody has defined", SL_STATUS_COUNT, OF_ITSELF(undefined)},
    {"work", "up for", "uptime_us", "salesledger_uptime_seconds", "Time since the start",
     SL_STATUS_US, OF_ITSELF(uptime_us)},
    {"work", "events", "events", "salesledger_events_total", "Events made durable", SL_STATUS_COUNT,
     OF_ITSELF(events)},
    {"work", "record bytes", "event_bytes", "salesledger_event_bytes_total",
     "Bytes of their records", SL_STATUS_BYTES, OF_ITSELF(event_bytes)},
    {"work", "duplicates", "duplicates", "salesledger_duplicates_total",
     "Events that had been recorded before", SL_STATUS_COUNT, OF_ITSELF(duplicates)},
    {"work", "requests", "requests", "salesledger_requests_total",
     "Requests answered, also with an error", SL_STATUS_COUNT, OF_ITSELF(requests)},
    {"work", "refusals", "refusals", NULL, "Errors sent; by code in another metric",
     SL_STATUS_COUNT, OF_ITSELF(refusals)},
    {"work", "batches", "batches", "salesledger_batches_total",
     "Batches written to the journal, one flush each", SL_STATUS_COUNT, OF_ITSELF(batches)},
    {"work", "longest hold", "gate_held_us_max", "salesledger_gate_held_max_seconds",
     "Longest time a reply waited until what it reflects was durable", SL_STATUS_US,
     OF_ITSELF(gate_held_us_max)},
    {"connections", "open", "sessions", "salesledger_connections", "Open connections",
     SL_STATUS_COUNT, OF_ITSELF(sessions)},
    {"connections", "accepted", "connections_accepted", "salesledger_connections_accepted_total",
     "Connections taken", SL_STATUS_COUNT, OF_ITSELF(connections_accepted)},
    {"connections", "refused", "connections_refused", "salesledger_connections_refused_total",
     "Connections turned away", SL_STATUS_COUNT, OF_ITSELF(connections_refused)},
    {"subscriptions", "live", "subscriptions", "salesledger_subscriptions", "Live subscriptions",
     SL_STATUS_COUNT, OF_ITSELF(subscriptions)},
    {"subscriptions", "behind", "subscribers.behind", "salesledger_subscriptions_behind",
     "Subscriptions that have not been sent all there is", SL_STATUS_COUNT, OF_SUBSCRIBERS(behind)},
    {"subscriptions", "farthest behind", "subscribers.lag_max",
     "salesledger_subscription_lag_max_events", "Events that the last of them has not been sent",
     SL_STATUS_COUNT, OF_SUBSCRIBERS(lag_max)},
    {"subscriptions", "behind in all", "subscribers.lag_sum", "salesledger_subscription_lag_events",
     "Events that have not been sent, of all subscriptions", SL_STATUS_COUNT,
     OF_SUBSCRIBERS(lag_sum)},
    {"queues", "gathering events", "queues.gathering_events", "salesledger_gathering_events",
     "Events that wait for the batch in flight", SL_STATUS_COUNT, OF_QUEUES(gathering_events)},
    {"queues", "gathering bytes", "queues.gathering_bytes", "salesledger_gathering_bytes",
     "Bytes of their records", SL_STATUS_BYTES, OF_QUEUES(gathering_bytes)},
    {"queues", "in flight events", "queues.flying_events", "salesledger_in_flight_events",
     "Events of the batch that is being written", SL_STATUS_COUNT, OF_QUEUES(flying_events)},
    {"queues", "in flight bytes", "queues.flying_bytes", "salesledger_in_flight_bytes",
     "Bytes of their records", SL_STATUS_BYTES, OF_QUEUES(flying_bytes)},
    {"queues", "requests held", "queues.replies_held", "salesledger_held_replies",
     "Requests whose reply may not leave yet", SL_STATUS_COUNT, OF_QUEUES(replies_held)},
    {"queues", "output", "queues.output_bytes", "salesledger_output_bytes",
     "Replies that are not sent yet", SL_STATUS_BYTES, OF_QUEUES(output_bytes)},
    {"queues", "input", "queues.input_bytes", "salesledger_input_bytes",
     "Requests that are not handled yet", SL_STATUS_BYTES, OF_QUEUES(input_bytes)},
    {"queues", "deferred", "queues.sessions_deferred", "salesledger_connections_deferred",
     "Connections whose appends wait for the next turn", SL_STATUS_COUNT,
     OF_QUEUES(sessions_deferred)},
    {"queues", "stalled", "queues.sessions_stalled", "salesledger_connections_stalled",
     "Connections with requests at hand that are not handled yet", SL_STATUS_COUNT,
     OF_QUEUES(sessions_stalled)},
    {"journal", "events to replay", "journal.waiting_events", "salesledger_journal_waiting_events",
     "Events after the last checkpoint", SL_STATUS_COUNT, OF_JOURNAL(waiting_events)},
    {"journal", "bytes to replay", "journal.waiting_bytes", "salesledger_journal_waiting_bytes",
     "Bytes of their records", SL_STATUS_BYTES, OF_JOURNAL(waiting_bytes)},
    {"journal", "age", "journal.age_us", "salesledger_journal_age_seconds",
     "How long the oldest of them waits for a checkpoint", SL_STATUS_US, OF_JOURNAL(age_us)},
    {"journal", "segments", "journal.segments", "salesledger_journal_segments",
     "Files of the journal", SL_STATUS_COUNT, OF_JOURNAL(segments)},
    {"journal", "free segments", "journal.segments_free", "salesledger_journal_segments_free",
     "Files of the journal that are ready to be used", SL_STATUS_COUNT, OF_JOURNAL(segments_free)},
    {"journal", "files", "journal.segment_bytes", "salesledger_journal_size_bytes",
     "Bytes of all files of the journal", SL_STATUS_BYTES, OF_JOURNAL(segment_bytes)},
    {"journal", "generation", "journal.generation", "salesledger_journal_generation",
     "Segments that have ever been begun", SL_STATUS_COUNT, OF_JOURNAL(generation)},
    {"checkpoint", "done", "checkpoints", "salesledger_checkpoints_total",
     "Checkpoints that have ended", SL_STATUS_COUNT, OF_ITSELF(checkpoints)},
    {"checkpoint", "running", "checkpoint.is_running", "salesledger_checkpoint_running",
     "Whether one is under way", SL_STATUS_YES_NO, OF_CHECKPOINT(is_running)},
    {"checkpoint", "age", "checkpoint.age_us", "salesledger_checkpoint_age_seconds",
     "Time since the last one ended, or since the start", SL_STATUS_US, OF_CHECKPOINT(age_us)},
    {"checkpoint", "last took", "checkpoint_us_last", "salesledger_checkpoint_last_seconds",
     "How long the last one took", SL_STATUS_US, OF_ITSELF(checkpoint_us_last)},
    {"checkpoint", "longest", "checkpoint.us_max", "salesledger_checkpoint_max_seconds",
     "How long the longest one took", SL_STATUS_US, OF_CHECKPOINT(us_max)},
    {"checkpoint", "last size", "checkpoint.bytes_last", "salesledger_checkpoint_last_bytes",
     "Bytes of the records that the last one took over", SL_STATUS_BYTES,
     OF_CHECKPOINT(bytes_last)},
    {"database", "file", "database.file_bytes", "salesledger_database_size_bytes",
     "Size of data.mdb", SL_STATUS_BYTES, OF_DATABASE(file_bytes)},
    {"database", "used", "database.used_bytes", "salesledger_database_used_bytes",
     "Of it, up to the last page that has been in use", SL_STATUS_BYTES, OF_DATABASE(used_bytes)},
    {"database", "map", "database.map_bytes", "salesledger_database_map_bytes",
     "What it can grow to", SL_STATUS_BYTES, OF_DATABASE(map_bytes)},
    {"database", "page", "database.page_bytes", NULL, "One page", SL_STATUS_BYTES,
     OF_DATABASE(page_bytes)},
    {"database", "readers", "database.readers", "salesledger_database_readers",
     "Transactions open for reading", SL_STATUS_COUNT, OF_DATABASE(readers)},
    {"database", "readers at most", "database.readers_max", "salesledger_database_readers_max",
     "How many there can be", SL_STATUS_COUNT, OF_DATABASE(readers_max)},
    {"database", "oldest reader", "database.reader_lag", "salesledger_database_reader_lag_commits",
     "Commits that the oldest of them is behind", SL_STATUS_COUNT, OF_DATABASE(reader_lag)},
    {"memory", "accounted for", "memory_bytes", "salesledger_memory_bytes",
     "Memory of events, rows and connections that the daemon accounts for", SL_STATUS_BYTES,
     OF_ITSELF(memory_bytes)},
    {"memory", "events", "checkpoint.ring_bytes", "salesledger_memory_ring_bytes",
     "Of it events that wait for a checkpoint", SL_STATUS_BYTES, OF_CHECKPOINT(ring_bytes)},
    {"memory", "events at most", "checkpoint.ring_bytes_max", "salesledger_memory_ring_max_bytes",
     "At this much appends wait", SL_STATUS_BYTES, OF_CHECKPOINT(ring_bytes_max)},
    {"memory", "rows", "checkpoint.state_bytes", "salesledger_memory_state_bytes",
     "Of it rows that wait for a checkpoint or are kept from the last", SL_STATUS_BYTES,
     OF_CHECKPOINT(state_bytes)},
    {"memory", "rows at most", "checkpoint.state_bytes_max", "salesledger_memory_state_max_bytes",
     "At this much appends wait", SL_STATUS_BYTES, OF_CHECKPOINT(state_bytes_max)},
    {"memory", "connections", "memory.session_bytes", "salesledger_memory_connection_bytes",
     "Of it buffers of connections", SL_STATUS_BYTES, OF_MEMORY(session_bytes)},
    {"memory", "resident", "memory.resident_bytes", "salesledger_resident_memory_bytes",
     "Memory of the process", SL_STATUS_BYTES, OF_MEMORY(resident_bytes)},
    {"memory", "anonymous", "memory.anonymous_bytes", "salesledger_anonymous_memory_bytes",
     "Of it what is not pages of files", SL_STATUS_BYTES, OF_MEMORY(anonymous_bytes)},
    {"disk", "free", "disk_free_bytes", "salesledger_disk_free_bytes",
     "Free bytes of the file system", SL_STATUS_BYTES, OF_ITSELF(disk_free_bytes)},
    {"disk", "needed", "disk_needed_bytes", "salesledger_disk_needed_bytes",
     "With fewer free bytes appends are refused", SL_STATUS_BYTES, OF_ITSELF(disk_needed_bytes)},
    {"disk", "refuses", "refuses_for_space", "salesledger_disk_refuses",
     "Whether appends are refused for want of space", SL_STATUS_YES_NO,
     OF_ITSELF(refuses_for_space)},
    {"scrubber", "at", "scrub_seq", "salesledger_scrub_seq", "Position the scrubber has come to",
     SL_STATUS_COUNT, OF_ITSELF(scrub_seq)},
    {"scrubber", "part", "scrub_part", "salesledger_scrub_part",
     "What it reads: 0 log and tree, then table by table", SL_STATUS_COUNT, OF_ITSELF(scrub_part)},
    {"scrubber", "parts", "scrub_parts", "salesledger_scrub_parts", "How many parts there are",
     SL_STATUS_COUNT, OF_ITSELF(scrub_parts)},
    {"scrubber", "passes", "scrub_passes", "salesledger_scrub_passes_total",
     "Times all that is stored was read again", SL_STATUS_COUNT, OF_ITSELF(scrub_passes)},
    {"scrubber", "read", "scrub_bytes", "salesledger_scrub_bytes_total",
     "Bytes read again and verified", SL_STATUS_BYTES, OF_ITSELF(scrub_bytes)},
    {"scrubber", "damage", "scrub_errors", "salesledger_scrub_errors_total",
     "Damaged places met; with any, appends are refused", SL_STATUS_COUNT, OF_ITSELF(scrub_errors)},
    {"scrubber", "last pass", "scrub_last_pass_us", "salesledger_scrub_last_pass_timestamp_seconds",
     "When the last pass ended, since 1970; 0 if none has", SL_STATUS_TIME,
     OF_ITSELF(scrub_last_pass_us)},
};
const size_t sl_status_number_count = sizeof sl_status_numbers / sizeof sl_status_numbers[0];

static const void *part_of(const Salesledger__V1__StatusReply *status, enum sl_status_part part)
{
    switch (part) {
    case SL_STATUS_ITSELF: return status;
    case SL_STATUS_QUEUES: return status->queues;
    case SL_STATUS_JOURNAL: return status->journal;
    case SL_STATUS_CHECKPOINT: return status->checkpoint;
    case SL_STATUS_DATABASE: return status->database;
    case SL_STATUS_MEMORY: return status->memory;
    case SL_STATUS_SUBSCRIBERS: return status->subscribers;
    }
    return NULL;
}

uint64_t sl_status_value(const Salesledger__V1__StatusReply *status,
                         const struct sl_status_number *number)
{
    const char *part = part_of(status, number->part);
    if (part == NULL) {
        return 0;
    }
    if (number->unit == SL_STATUS_YES_NO) {
        protobuf_c_boolean yes;
        memcpy(&yes, part + number->offset, sizeof yes);
        return yes ? 1 : 0;
    }
    uint64_t value;
    memcpy(&value, part + number->offset, sizeof value);
    return value;
}

uint64_t sl_latency_quantile(const Salesledger__V1__StatusReply__Latency *latency,
                             uint32_t permille)
{
    uint64_t wanted = (latency->count * permille + 999) / 1000;
    uint64_t seen = 0;
    for (size_t i = 0; i < latency->n_buckets && wanted > 0; i++) {
        seen += latency->buckets[i]->count;
        if (seen >= wanted) {
            uint64_t last_us = latency->buckets[i]->below_us - 1;
            return last_us < latency->max_us ? last_us : latency->max_us;
        }
    }
    return 0;
}

void sl_status_hex(ProtobufCBinaryData bytes, char text[SL_STATUS_HEX_MAX])
{
    text[0] = '\0';
    for (size_t i = 0; i < bytes.len && i < (SL_STATUS_HEX_MAX - 1) / 2; i++) {
        (void)snprintf(text + 2 * i, 3, "%02x", bytes.data[i]); /* two digits each */
    }
}
