/* Every maximum of the contract in one place. A test provokes the refusal at each of them. */
#ifndef SL_LIMITS_H
#define SL_LIMITS_H

#define SL_EVENT_BYTES_MAX     65536u             /* one encoded Event */
#define SL_FRAME_BYTES_MAX     8388608u           /* one frame, without its 4-byte length */
#define SL_BATCH_EVENTS_MAX    10000u             /* events in one AppendRequest */
#define SL_ID_TEXT_BYTES_MAX   64u                /* person, deal, customer, ... ids */
#define SL_TEXT_BYTES_MAX      4096u              /* free text fields */
#define SL_LINES_MAX           100u               /* lines of one quote, close or payout */
#define SL_CREDITS_MAX         16u                /* credits of one event */
#define SL_WEIGHTS_MAX         400u               /* weights of one target */
#define SL_STAGES_MAX          32u                /* stages of the stage list */
#define SL_PLAN_VERSIONS_MAX   1000u              /* versions of one plan */
#define SL_PLAN_COMPONENTS_MAX 32u                /* components of one plan */
#define SL_CURVE_ROWS_MAX      64u                /* rows of one curve */
#define SL_FILTER_VALUES_MAX   64u                /* values in one filter list */
#define SL_ASSIGNEES_MAX       1000u              /* assignees of one plan */
#define SL_UNIT_DEPTH_MAX      16u                /* levels of the unit tree */
#define SL_SCORES_MAX          32u                /* scores of one note or scorecard */
#define SL_PAGE_ITEMS_MAX      1000u              /* items in one reply page */
#define SL_SESSIONS_MAX        4096u              /* open connections */
#define SL_SUBSCRIPTIONS_MAX   16u                /* live subscriptions of one connection */
#define SL_IN_FLIGHT_MAX       1024u              /* unanswered requests of one connection */
#define SL_AMOUNT_MINOR_MAX    1000000000000000ll /* one line's amount, either sign: 10^15 */
#define SL_QUANTITY_MAX        1000000000000ll    /* one line's quantity in thousandths */
#define SL_PPM                 1000000ll          /* 100 % */

#endif
