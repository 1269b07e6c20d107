/* A fifth each: a place in a ranking, a unit's measures by person, targets, a statement, the history of a customer. */
#include "soak_questions.h"

#include "random.h"
#include "salesledger/v1/api.pb-c.h"
#include "workload.h"
#include <stdio.h>

/* Protobuf-c wants text it could change. */
struct texts {
    char measure[16];
    char period[16];
    char id[SL_WORKLOAD_ID_BYTES];
};

static void add_rank(struct sl_frames *frames, struct texts *texts)
{
    Salesledger__V1__Request request = SALESLEDGER__V1__REQUEST__INIT;
    Salesledger__V1__RankRequest rank = SALESLEDGER__V1__RANK_REQUEST__INIT;
    rank.measure = texts->measure;
    rank.period = texts->period;
    rank.around = texts->id;
    rank.has_around_count = true;
    rank.around_count = 2;
    request.rank = &rank;
    sl_frames_add_request(frames, &request);
}

static void add_measures(struct sl_frames *frames, struct texts *texts)
{
    Salesledger__V1__Request request = SALESLEDGER__V1__REQUEST__INIT;
    Salesledger__V1__MeasuresRequest measures = SALESLEDGER__V1__MEASURES_REQUEST__INIT;
    Salesledger__V1__Scope scope = SALESLEDGER__V1__SCOPE__INIT;
    char *names[] = {texts->measure};
    scope.unit = texts->id;
    measures.n_measures = 1;
    measures.measures = names;
    measures.period = texts->period;
    measures.scope = &scope;
    measures.has_by = true;
    measures.by = SALESLEDGER__V1__DIMENSION__BY_PERSON;
    request.measures = &measures;
    sl_frames_add_request(frames, &request);
}

static void add_targets(struct sl_frames *frames, struct texts *texts)
{
    Salesledger__V1__Request request = SALESLEDGER__V1__REQUEST__INIT;
    Salesledger__V1__TargetsRequest targets = SALESLEDGER__V1__TARGETS_REQUEST__INIT;
    targets.period = texts->period;
    request.targets = &targets;
    sl_frames_add_request(frames, &request);
}

static void add_statement(struct sl_frames *frames, struct texts *texts)
{
    Salesledger__V1__Request request = SALESLEDGER__V1__REQUEST__INIT;
    Salesledger__V1__StatementRequest statement = SALESLEDGER__V1__STATEMENT_REQUEST__INIT;
    statement.person = texts->id;
    statement.period = texts->period;
    request.statement = &statement;
    sl_frames_add_request(frames, &request);
}

static void add_history(struct sl_frames *frames, struct texts *texts)
{
    Salesledger__V1__Request request = SALESLEDGER__V1__REQUEST__INIT;
    Salesledger__V1__LogRequest log = SALESLEDGER__V1__LOG_REQUEST__INIT;
    log.has_entity_kind = true;
    log.entity_kind = SALESLEDGER__V1__ENTITY_KIND__CUSTOMER;
    log.entity = texts->id;
    request.log = &log;
    sl_frames_add_request(frames, &request);
}

void sl_soak_questions(uint64_t seed, size_t count, struct sl_frames *frames)
{
    static const struct {
        char kind;
        uint32_t below;
        void (*add)(struct sl_frames *frames, struct texts *texts);
    } kinds[] = {
        {'P', SL_COMPANY_PEOPLE, add_rank},       {'U', SL_COMPANY_UNITS, add_measures},
        {'P', SL_COMPANY_PEOPLE, add_targets},    {'P', SL_COMPANY_PEOPLE, add_statement},
        {'C', SL_COMPANY_CUSTOMERS, add_history},
    };
    struct sl_random random = {.state = seed + 2};
    for (size_t i = 0; i < count; i++) {
        size_t kind = i % (sizeof kinds / sizeof kinds[0]);
        struct texts texts = {.measure = "booked.amount"};
        (void)snprintf(texts.period, sizeof texts.period, "2025-%02u",
                       1 + sl_random_below(&random, 12));
        sl_workload_put_id(texts.id, kinds[kind].kind, sl_random_below(&random, kinds[kind].below));
        kinds[kind].add(frames, &texts);
    }
}
