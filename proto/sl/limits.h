/* Every maximum of the contract in one place: what is counted, and the error that one more of it gets. Sizes that nobody outside
 * can run into stay beside their code. The table of proto/README.md names the test at each of these. */
#ifndef SL_LIMITS_H
#define SL_LIMITS_H

/* Messages and connections. At the number in flight and the mark of the output, input waits; nothing is refused. */
#define SL_EVENT_BYTES_MAX       65536u   /* bytes of one encoded Event or question: TOO_BIG */
#define SL_FRAME_BYTES_MAX       8388608u /* bytes of one frame, without its 4-byte length: TOO_BIG */
#define SL_BATCH_EVENTS_MAX      10000u   /* events in one AppendRequest: TOO_MANY */
#define SL_SOCKET_PATH_BYTES_MAX 103u     /* bytes of the socket's path: INVALID_FIELD */
#define SL_SESSIONS_MAX          4096u    /* open connections: TOO_MANY */
#define SL_SESSIONS_PER_USER_MAX 2048u    /* open connections of one user: TOO_MANY */
#define SL_SUBSCRIPTIONS_MAX     16u      /* live subscriptions of one connection: TOO_MANY */
#define SL_BACKUPS_MAX           4u       /* backups under way at a time: TOO_MANY */
#define SL_IN_FLIGHT_MAX         1024u    /* unanswered requests of one connection */
#define SL_ACCESS_ITEMS_MAX      64u      /* items of one --allow-... list: USAGE */
#define SL_ACCESS_NAME_BYTES_MAX 256u     /* bytes of one item of it: USAGE */
#define SL_OUTPUT_BYTES_MAX      1048576u /* bytes of answers not taken by one connection */
#define SL_WAITING_BYTES_MAX     8388608u /* bytes of appends that wait for their turn: BUSY */

/* What is kept for connections: requests not whole or not handled yet, answers not taken. */
#define SL_KEPT_BYTES_MAX          536870912u /* bytes in all: BUSY */
#define SL_KEPT_BYTES_PER_USER_MAX 268435456u /* bytes of one user: BUSY */

/* Times, by default. */
#define SL_WAITING_S_MAX 10u   /* seconds that an append has waited while others come: BUSY */
#define SL_FRAME_S_MAX   60u   /* seconds from a request's first byte to its last: TIMED_OUT */
#define SL_READER_S_MAX  60u   /* seconds in which no answer is taken: CLOSED */
#define SL_IDLE_S_MAX    3600u /* seconds without a request: TIMED_OUT */

/* Sealed it is longer, and must still be an event that can be stored. */
#define SL_PERSONAL_EVENT_BYTES_MAX 65472u /* bytes of an Event with personal fields: TOO_BIG */

/* Texts, in bytes. */
#define SL_ID_TEXT_BYTES_MAX 64u   /* ids of people, deals, customers, ...: TOO_BIG */
#define SL_ORIGIN_BYTES_MAX  256u  /* source and correlation: TOO_BIG */
#define SL_TEXT_BYTES_MAX    4096u /* names and free text: TOO_BIG */

/* Lists, in elements. */
#define SL_LINES_MAX           100u  /* lines of one quote, close, payout or note: TOO_MANY */
#define SL_CREDITS_MAX         16u   /* credits of one event: TOO_MANY */
#define SL_WEIGHTS_MAX         400u  /* weights of one target, days of one calendar: TOO_MANY */
#define SL_STAGES_MAX          32u   /* stages of the stage list: TOO_MANY */
#define SL_SCORES_MAX          32u   /* scores of one note or scorecard: TOO_MANY */
#define SL_PERSONAL_FIELDS_MAX 64u   /* personal fields of one customer: TOO_MANY */
#define SL_ROLE_MEMBERS_MAX    1000u /* members or units of one access role: TOO_MANY */
#define SL_TIER_ROWS_MAX       64u   /* rows of one tier rule or list of grades: TOO_MANY */
#define SL_PLAN_COMPONENTS_MAX 32u   /* components of one plan: TOO_MANY */
#define SL_CURVE_ROWS_MAX      64u   /* rows of one curve, gate or ramp: TOO_MANY */
#define SL_FILTER_VALUES_MAX   64u   /* values in one filter list: TOO_MANY */
#define SL_ASSIGNEES_MAX       1000u /* assignees of one plan: TOO_MANY */

/* Numbers; amounts, quantities and rates of y either sign where a sign is allowed. */
#define SL_PPM                   1000000ll            /* 100 % */
#define SL_AMOUNT_MINOR_MAX      1000000000000000ll   /* minor units of one amount: INVALID_FIELD */
#define SL_QUANTITY_MAX          1000000000000ll      /* thousandths, scores too: INVALID_FIELD */
#define SL_CAPACITY_MAX          900000000000000000ll /* all sums, ever: OVERFLOW */
#define SL_OVERLAY_SHARE_PPM_MAX (10 * SL_PPM)        /* ppm of one overlay credit: INVALID_FIELD */
#define SL_RAMP_FACTOR_PPM_MAX   (10 * SL_PPM)        /* ppm of one ramp step: INVALID_FIELD */
#define SL_CONTRACT_MONTHS_MAX   1200                 /* months of one contract: INVALID_FIELD */
#define SL_WEIGHT_MAX            1000000000ll         /* one weight of a target: INVALID_FIELD */
#define SL_PLAN_VERSIONS_MAX     1000u                /* versions of one plan: PLAN_INVALID */
#define SL_PLAN_Y_PPM_MAX        1000000000ll         /* ppm of one y of a curve: PLAN_INVALID */
#define SL_UNIT_DEPTH_MAX        16u                  /* levels of the unit tree: INVALID_FIELD */
#define SL_DEAL_PRODUCTS_MAX     1000u                /* products booked on one deal: TOO_MANY */
#define SL_HISTORY_EVENTS_MAX    33554432u /* events of a deal that is corrected: NOT_CORRECTABLE */

/* Questions and answers. */
#define SL_QUERY_MEASURES_MAX  16u      /* measures of one question: TOO_MANY */
#define SL_PAGE_ITEMS_MAX      1000u    /* items in one reply page: TOO_MANY */
#define SL_TARGET_ROWS_MAX     20000u   /* targets of one answer: TOO_BIG */
#define SL_STATEMENT_LINES_MAX 2000u    /* lines of one statement: TOO_BIG */
#define SL_STATEMENT_DEALS_MAX 30000u   /* facts in one explanation: TOO_BIG */
#define SL_COMPONENT_FACTS_MAX 2000000u /* facts behind one component of a statement: TOO_BIG */

/* What the tools read. */
#define SL_JSON_DEPTH_MAX            16u       /* messages inside messages: INVALID_FIELD */
#define SL_JSON_LINE_BYTES_MAX       1048576u  /* bytes of one line of JSON: TOO_BIG */
#define SL_CSV_FIELD_BYTES_MAX       65536u    /* bytes of one field: TOO_BIG */
#define SL_CSV_ROW_BYTES_MAX         1048576u  /* bytes of one row: TOO_BIG */
#define SL_CSV_COLUMNS_MAX           512u      /* fields of one row: TOO_BIG */
#define SL_CSV_ROWS_MAX              10000000u /* rows of one file: TOO_BIG */
#define SL_IMPORT_FILES_MAX          64u       /* files of one import: TOO_MANY */
#define SL_IMPORT_ROW_EVENTS_MAX     1000u     /* events of one row: TOO_MANY */
#define SL_IMPORT_LOOKUPS_MAX        16u       /* --lookup options of one import: wrong usage */
#define SL_RETRY_S_MAX               86400u    /* seconds of --retry-for: wrong usage */
#define SL_MAPPING_BYTES_MAX         1048576u  /* bytes of one mapping: TOO_BIG */
#define SL_MAPPING_EVENTS_MAX        64u       /* events a mapping makes of a row: TOO_MANY */
#define SL_MAPPING_FIELDS_MAX        128u      /* fields of one of them: TOO_MANY */
#define SL_MAPPING_WHEN_MAX          16u       /* conditions of one event or field: MALFORMED */
#define SL_MAPPING_ORDER_MAX         8u        /* columns to order by: MALFORMED */
#define SL_TEMPLATE_COLUMN_BYTES_MAX 127u      /* bytes of a column's name in a template: TOO_BIG */

#endif
