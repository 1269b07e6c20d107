/* Events of deals that are opened, worked on and closed. Structs are filled with pointers into
 * the stream and packed at once. */
#include "workload.h"

#include "fail.h"
#include "sl/date.h"
#include "sl/id.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

typedef Salesledger__V1__Event event_t;

#define DEALS_OPEN        20000u /* of all streams together: the hot part of the ledger */
#define EVENTS_PER_DEAL   12u    /* about; a short run opens fewer */
#define EVENTS_PER_DAY    15000u
#define CLOSE_DAYS        60u /* from a quote to the close expected */
#define SCATTER_DAYS      5u
#define EVENTS_PER_MS     300u /* how fast the time in the ids goes by */
#define COMPANY_BATCH     1000u
#define REGIONS           13u /* units of the second level */
#define PRODUCTS_PER_LINE (SL_COMPANY_PRODUCTS / SL_COMPANY_LINES)

enum phase { PHASE_OPEN, PHASE_WON, PHASE_DELIVERED, PHASE_INVOICED };

struct deal {
    uint32_t number;
    uint32_t customer;
    uint32_t owner;
    uint32_t helper;  /* second credit; the owner himself: none */
    uint32_t product; /* of its first line; the others follow */
    uint32_t line_count;
    int64_t line_minor; /* amount of each line */
    int64_t booked_minor;
    enum phase phase;
};

#define LINES_MAX 3u

struct stream {
    const struct sl_workload_plan *plan;
    struct sl_frames *frames;
    struct sl_random random;
    uint32_t index;
    uint32_t next_number;
    struct deal *deals;
    uint32_t deal_count;
    uint32_t deal_max;
    uint64_t done;  /* events made */
    uint64_t total; /* events to make */
    /* What the present event points to. */
    struct sl_id id;
    char day[SL_DAY_TEXT_MAX];
    char close_day[SL_DAY_TEXT_MAX];
    char deal_id[SL_WORKLOAD_ID_BYTES];
    char customer_id[SL_WORKLOAD_ID_BYTES];
    char owner_id[SL_WORKLOAD_ID_BYTES];
    char helper_id[SL_WORKLOAD_ID_BYTES];
    char product_ids[LINES_MAX][SL_WORKLOAD_ID_BYTES];
    Salesledger__V1__Line lines[LINES_MAX];
    Salesledger__V1__Line *line_pointers[LINES_MAX];
    Salesledger__V1__Credit credits[2];
    Salesledger__V1__Credit *credit_pointers[2];
};

/* Protobuf-c wants text it could change. */
static char currency[] = "USD";
static char stage_names[][8] = {"lead", "offer", "talks", "final"};
static char source_name[] = "crm-north";
static char remark[] = "Asked for a second offer with a longer term";
static char channel_names[][8] = {"phone", "field", "mail", "web"};

void sl_workload_put_id(char text[SL_WORKLOAD_ID_BYTES], char kind, uint32_t number)
{
    (void)snprintf(text, SL_WORKLOAD_ID_BYTES, "%c%05u", kind, number);
}

/* Where the calendar stands after so many events. */
static sl_day day_after(uint64_t events)
{
    sl_day first = sl_day_from_civil((struct sl_civil){.year = 2025, .month = 1, .day = 1});
    return (sl_day){first.v + (int32_t)(events / EVENTS_PER_DAY)};
}

static struct sl_id make_id(struct sl_random *random, int64_t ms)
{
    uint8_t filler[10];
    uint64_t a = sl_random_next(random);
    uint64_t b = sl_random_next(random);
    memcpy(filler, &a, 8);
    memcpy(filler + 8, &b, 2);
    return sl_id_from_time((sl_time){ms * 1000}, filler);
}

int64_t sl_workload_now_ms(void)
{
    struct timespec now;
    if (clock_gettime(CLOCK_REALTIME, &now) != 0) {
        sl_fail("the system has no clock");
    }
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* The envelope: id and day in the order of arrival over all streams. */
static void begin_event(struct stream *s, event_t *event)
{
    uint32_t scatter = sl_random_below(&s->random, SCATTER_DAYS);
    uint64_t so_far = s->done * s->plan->streams;
    int64_t ms = s->plan->base_ms + (int64_t)(so_far / EVENTS_PER_MS);
    sl_day day = day_after(s->plan->before + so_far);
    salesledger__v1__event__init(event);
    s->id = make_id(&s->random, ms);
    event->has_id = true;
    event->id = (ProtobufCBinaryData){.len = sizeof s->id.bytes, .data = s->id.bytes};
    (void)sl_day_format((sl_day){day.v + (int32_t)scatter}, s->day);
    event->effective_date = s->day;
    event->source = source_name;
}

static void end_event(struct stream *s, const event_t *event)
{
    sl_frames_add_event(s->frames, event);
    s->done++;
    if (s->frames->open_events >= s->plan->batch) {
        sl_frames_end_append(s->frames);
    }
}

static void name_deal(struct stream *s, const struct deal *deal)
{
    (void)snprintf(s->deal_id, sizeof s->deal_id, "D%u-%u-%u", s->plan->run, s->index,
                   deal->number);
    sl_workload_put_id(s->customer_id, 'C', deal->customer);
    sl_workload_put_id(s->owner_id, 'P', deal->owner);
}

static size_t fill_lines(struct stream *s, const struct deal *deal, int64_t line_minor)
{
    for (uint32_t i = 0; i < deal->line_count; i++) {
        Salesledger__V1__Line *line = &s->lines[i];
        salesledger__v1__line__init(line);
        sl_workload_put_id(s->product_ids[i], 'G', (deal->product + i * 37) % SL_COMPANY_PRODUCTS);
        line->product = s->product_ids[i];
        line->has_quantity = true;
        line->quantity = 1000 * (int64_t)(1 + i);
        line->has_amount_minor = true;
        line->amount_minor = line_minor;
        line->has_cost_minor = true;
        line->cost_minor = line_minor * 6 / 10;
        s->line_pointers[i] = line;
    }
    return deal->line_count;
}

static size_t fill_credits(struct stream *s, const struct deal *deal)
{
    size_t count = deal->helper == deal->owner ? 1 : 2;
    const int64_t shares[2][2] = {{1000000, 0}, {600000, 400000}};
    sl_workload_put_id(s->helper_id, 'P', deal->helper);
    for (size_t i = 0; i < count; i++) {
        salesledger__v1__credit__init(&s->credits[i]);
        s->credits[i].person = i == 0 ? s->owner_id : s->helper_id;
        s->credits[i].has_share_ppm = true;
        s->credits[i].share_ppm = shares[count - 1][i];
        s->credit_pointers[i] = &s->credits[i];
    }
    return count;
}

static struct deal *open_deal(struct stream *s)
{
    struct deal *deal = &s->deals[s->deal_count++];
    uint32_t owner = sl_random_below(&s->random, SL_COMPANY_PEOPLE);
    bool has_helper = sl_random_below(&s->random, 10) < 3;
    *deal = (struct deal){
        .number = s->next_number++,
        .customer = sl_random_below(&s->random, SL_COMPANY_CUSTOMERS),
        .owner = owner,
        .helper = has_helper ? (owner + 1) % SL_COMPANY_PEOPLE : owner,
        .product = sl_random_below(&s->random, SL_COMPANY_PRODUCTS),
        .line_count = 1 + sl_random_below(&s->random, LINES_MAX),
        .line_minor = 1000 + (int64_t)sl_random_below(&s->random, 5000000),
    };
    return deal;
}

static struct deal *some_deal(struct stream *s)
{
    return &s->deals[sl_random_below(&s->random, s->deal_count)];
}

static void add_contact(struct stream *s)
{
    event_t event;
    Salesledger__V1__Contact contact = SALESLEDGER__V1__CONTACT__INIT;
    begin_event(s, &event);
    struct deal nobody = {.customer = sl_random_below(&s->random, SL_COMPANY_CUSTOMERS),
                          .owner = sl_random_below(&s->random, SL_COMPANY_PEOPLE)};
    bool has_deal = s->deal_count > 0 && sl_random_below(&s->random, 2) == 0;
    const struct deal *deal = has_deal ? some_deal(s) : &nobody;
    name_deal(s, deal);
    contact.customer = s->customer_id;
    contact.person = s->owner_id;
    contact.deal = has_deal ? s->deal_id : NULL;
    contact.has_kind = true;
    contact.kind = (Salesledger__V1__Contact__Kind)(1 + sl_random_below(&s->random, 5));
    contact.text = sl_random_below(&s->random, 2) == 0 ? remark : NULL;
    contact.channel = channel_names[sl_random_below(&s->random, 4)];
    event.contact = &contact;
    end_event(s, &event);
}

static void add_quote(struct stream *s)
{
    event_t event;
    Salesledger__V1__Quote quote = SALESLEDGER__V1__QUOTE__INIT;
    begin_event(s, &event);
    const struct deal *deal = s->deal_count < s->deal_max ? open_deal(s) : some_deal(s);
    uint32_t stage = sl_random_below(&s->random, 4);
    name_deal(s, deal);
    quote.deal = s->deal_id;
    quote.customer = s->customer_id;
    quote.n_lines = fill_lines(s, deal, deal->line_minor);
    quote.lines = s->line_pointers;
    quote.n_credits = fill_credits(s, deal);
    quote.credits = s->credit_pointers;
    quote.currency = currency;
    quote.stage = stage_names[stage];
    quote.has_probability_ppm = true;
    quote.probability_ppm = 200000 * ((int64_t)stage + 1);
    (void)sl_day_format((sl_day){day_after(s->plan->before).v + (int32_t)CLOSE_DAYS}, s->close_day);
    quote.expected_close = s->close_day;
    event.quote = &quote;
    end_event(s, &event);
}

static void put_close(struct stream *s,
                      const struct deal *deal,
                      Salesledger__V1__Close__Kind kind,
                      int64_t line_minor)
{
    event_t event;
    Salesledger__V1__Close close = SALESLEDGER__V1__CLOSE__INIT;
    begin_event(s, &event);
    name_deal(s, deal);
    close.deal = s->deal_id;
    close.customer = s->customer_id;
    close.has_kind = true;
    close.kind = kind;
    close.n_lines = line_minor > 0 ? fill_lines(s, deal, line_minor) : 0;
    close.lines = s->line_pointers;
    close.n_credits = fill_credits(s, deal);
    close.credits = s->credit_pointers;
    close.currency = currency;
    event.close = &close;
    end_event(s, &event);
}

static void forget_deal(struct stream *s, struct deal *deal)
{
    *deal = s->deals[--s->deal_count];
}

/* The next step of some deal. */
static void add_close(struct stream *s)
{
    struct deal *deal = some_deal(s);
    switch (deal->phase) {
    case PHASE_OPEN:
        if (sl_random_below(&s->random, 10) < 4) {
            put_close(s, deal, SALESLEDGER__V1__CLOSE__KIND__LOST, 0);
            forget_deal(s, deal);
            break;
        }
        put_close(s, deal, SALESLEDGER__V1__CLOSE__KIND__WON, deal->line_minor);
        deal->booked_minor = deal->line_minor * deal->line_count;
        deal->phase = PHASE_WON;
        break;
    case PHASE_WON:
        put_close(s, deal, SALESLEDGER__V1__CLOSE__KIND__DELIVERED, deal->line_minor);
        deal->phase = PHASE_DELIVERED;
        break;
    case PHASE_DELIVERED:
        put_close(s, deal, SALESLEDGER__V1__CLOSE__KIND__INVOICED, deal->line_minor);
        deal->phase = PHASE_INVOICED;
        break;
    case PHASE_INVOICED:
        put_close(s, deal, SALESLEDGER__V1__CLOSE__KIND__COLLECTED, deal->line_minor);
        forget_deal(s, deal);
        break;
    }
}

/* Gives a tenth back, if the deal has that much booked; otherwise takes its next step. */
static void add_back(struct stream *s)
{
    struct deal *deal = some_deal(s);
    int64_t line_minor = deal->line_minor / 10;
    int64_t amount_minor = line_minor * deal->line_count;
    if (deal->phase == PHASE_OPEN || deal->booked_minor <= amount_minor) {
        add_close(s);
        return;
    }
    put_close(s, deal,
              deal->phase == PHASE_WON ? SALESLEDGER__V1__CLOSE__KIND__CANCELLED
                                       : SALESLEDGER__V1__CLOSE__KIND__RETURNED,
              line_minor);
    deal->booked_minor -= amount_minor;
}

static void add_some_event(struct stream *s)
{
    uint32_t percent = sl_random_below(&s->random, 100);
    if (percent < 45) {
        add_contact(s);
    } else if (percent < 73 || s->deal_count == 0) {
        add_quote(s);
    } else if (percent < 97) {
        add_close(s);
    } else {
        add_back(s);
    }
}

static uint32_t max_deals(const struct sl_workload_plan *plan, uint64_t events)
{
    uint64_t by_events = events / EVENTS_PER_DEAL + 1;
    uint64_t by_share = DEALS_OPEN / plan->streams + 1;
    return (uint32_t)(by_events < by_share ? by_events : by_share);
}

void sl_workload_stream(const struct sl_workload_plan *plan,
                        uint32_t stream,
                        struct sl_frames *frames)
{
    uint64_t share = plan->events / plan->streams;
    struct stream *s = sl_check_memory(calloc(1, sizeof *s));
    s->plan = plan;
    s->frames = frames;
    s->index = stream;
    s->random.state = plan->seed ^ ((uint64_t)plan->run << 40) ^ ((uint64_t)stream << 20);
    s->total = share + (stream < plan->events % plan->streams ? 1 : 0);
    s->deal_max = max_deals(plan, s->total);
    s->deals = sl_check_memory(calloc(s->deal_max, sizeof *s->deals));
    while (s->done < s->total) {
        add_some_event(s);
    }
    sl_frames_end_append(frames);
    free(s->deals);
    free(s);
}

/* One definition after the other; the envelope's id is all that they share. */
struct company {
    struct sl_frames *frames;
    struct sl_random random;
    int64_t ms;
};

static void add_define(struct company *c, Salesledger__V1__Define *define)
{
    event_t event = SALESLEDGER__V1__EVENT__INIT;
    struct sl_id id = make_id(&c->random, c->ms);
    event.has_id = true;
    event.id = (ProtobufCBinaryData){.len = sizeof id.bytes, .data = id.bytes};
    event.define = define;
    sl_frames_add_event(c->frames, &event);
    if (c->frames->open_events >= COMPANY_BATCH) {
        sl_frames_end_append(c->frames);
        c->ms++;
    }
}

static void add_units(struct company *c)
{
    char id[SL_WORKLOAD_ID_BYTES];
    char parent[SL_WORKLOAD_ID_BYTES];
    for (uint32_t i = 0; i < SL_COMPANY_UNITS; i++) {
        Salesledger__V1__Define define = SALESLEDGER__V1__DEFINE__INIT;
        Salesledger__V1__Unit unit = SALESLEDGER__V1__UNIT__INIT;
        sl_workload_put_id(id, 'U', i);
        sl_workload_put_id(parent, 'U', i <= REGIONS ? 0 : 1 + i % REGIONS);
        unit.unit = id;
        unit.name = id;
        unit.parent = i == 0 ? NULL : parent;
        define.unit = &unit;
        add_define(c, &define);
    }
}

static void add_people(struct company *c)
{
    char id[SL_WORKLOAD_ID_BYTES];
    char unit[SL_WORKLOAD_ID_BYTES];
    for (uint32_t i = 0; i < SL_COMPANY_PEOPLE; i++) {
        Salesledger__V1__Define define = SALESLEDGER__V1__DEFINE__INIT;
        Salesledger__V1__Person person = SALESLEDGER__V1__PERSON__INIT;
        sl_workload_put_id(id, 'P', i);
        sl_workload_put_id(unit, 'U', i % SL_COMPANY_UNITS);
        person.person = id;
        person.name = id;
        person.unit = unit;
        define.person = &person;
        add_define(c, &define);
    }
}

static void add_products(struct company *c)
{
    char id[SL_WORKLOAD_ID_BYTES];
    char line_id[SL_WORKLOAD_ID_BYTES];
    for (uint32_t i = 0; i < SL_COMPANY_LINES; i++) {
        Salesledger__V1__Define define = SALESLEDGER__V1__DEFINE__INIT;
        Salesledger__V1__ProductLine line = SALESLEDGER__V1__PRODUCT_LINE__INIT;
        sl_workload_put_id(line_id, 'L', i);
        line.line = line_id;
        line.name = line_id;
        define.product_line = &line;
        add_define(c, &define);
    }
    for (uint32_t i = 0; i < SL_COMPANY_PRODUCTS; i++) {
        Salesledger__V1__Define define = SALESLEDGER__V1__DEFINE__INIT;
        Salesledger__V1__Product product = SALESLEDGER__V1__PRODUCT__INIT;
        sl_workload_put_id(id, 'G', i);
        sl_workload_put_id(line_id, 'L', i / PRODUCTS_PER_LINE);
        product.product = id;
        product.name = id;
        product.line = line_id;
        define.product = &product;
        add_define(c, &define);
    }
}

static void add_customers(struct company *c)
{
    char id[SL_WORKLOAD_ID_BYTES];
    char region[SL_WORKLOAD_ID_BYTES];
    for (uint32_t i = 0; i < SL_COMPANY_CUSTOMERS; i++) {
        Salesledger__V1__Define define = SALESLEDGER__V1__DEFINE__INIT;
        Salesledger__V1__Customer customer = SALESLEDGER__V1__CUSTOMER__INIT;
        sl_workload_put_id(id, 'C', i);
        sl_workload_put_id(region, 'R', i % REGIONS);
        customer.customer = id;
        customer.name = id;
        customer.region = region;
        define.customer = &customer;
        add_define(c, &define);
    }
}

void sl_workload_company(uint64_t seed, struct sl_frames *frames)
{
    struct company c = {.frames = frames, .random = {.state = ~seed}, .ms = sl_workload_now_ms()};
    add_units(&c);
    add_people(&c);
    add_products(&c);
    add_customers(&c);
    sl_frames_end_append(frames);
}

void sl_workload_ranks(uint64_t seed, uint64_t before, size_t count, struct sl_frames *frames)
{
    struct sl_civil today = sl_day_to_civil(day_after(before));
    struct sl_random random = {.state = seed + 1};
    char measure[] = "booked.amount";
    char period[SL_PERIOD_TEXT_MAX];
    char person[SL_WORKLOAD_ID_BYTES];
    for (size_t i = 0; i < count; i++) {
        Salesledger__V1__Request request = SALESLEDGER__V1__REQUEST__INIT;
        Salesledger__V1__RankRequest rank = SALESLEDGER__V1__RANK_REQUEST__INIT;
        (void)snprintf(period, sizeof period, "%d", (int)today.year);
        if (i % 4 >= 2) {
            (void)snprintf(period, sizeof period, "%d-%02u", (int)today.year,
                           1 + sl_random_below(&random, (uint32_t)today.month));
        }
        sl_workload_put_id(person, 'P', sl_random_below(&random, SL_COMPANY_PEOPLE));
        rank.measure = measure;
        rank.period = period;
        rank.has_top = i % 2 == 0;
        rank.top = 10;
        rank.around = i % 2 == 0 ? NULL : person;
        rank.has_around_count = i % 2 != 0;
        rank.around_count = 2;
        request.rank = &rank;
        sl_frames_add_request(frames, &request);
    }
}
