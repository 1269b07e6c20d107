/* From facts to sums: what a fact adds. */
#include "projections/facts.h"

static void part(struct sl_fact_sums *sums, enum sl_sum sum, int64_t value)
{
    sums->parts[sums->count].sum = sum;
    sums->parts[sums->count].value = value;
    sums->count++;
}

static void counted(struct sl_fact_sums *sums, enum sl_sum sum, bool is_counted, int64_t value)
{
    if (is_counted) {
        part(sums, sum, value);
    }
}

static void booked(struct sl_fact_sums *sums, const struct sl_fact_row *row)
{
    if ((row->flags & SL_FACT_IS_COUNT) != 0) {
        return;
    }
    part(sums, SL_SUM_BOOKED_AMOUNT, row->amount);
    part(sums, SL_SUM_BOOKED_UNITS, row->units);
    part(sums, SL_SUM_BOOKED_MARGIN, row->margin);
    counted(sums, SL_SUM_BOOKED_COSTED, (row->flags & SL_FACT_HAS_COST) != 0, row->amount);
}

static bool counts(const struct sl_fact_row *row, enum sl_count_rule rule)
{
    switch (rule) {
    case SL_COUNT_PER_EVENT: return (row->flags & SL_FACT_FIRST_OF_EVENT) != 0;
    case SL_COUNT_PER_PRODUCT: return (row->flags & SL_FACT_FIRST_OF_PRODUCT) != 0;
    case SL_COUNT_ALWAYS: return true;
    case SL_COUNT_NEVER: return false;
    }
    return false;
}

/* Does what takes back leave nothing of the event, or of the product? */
static bool ends(const struct sl_fact_row *row, enum sl_count_rule rule)
{
    unsigned flag = rule == SL_COUNT_PER_EVENT ? SL_FACT_ENDS_BOOKING : SL_FACT_ENDS_PRODUCT;
    return counts(row, rule) && (row->flags & flag) != 0;
}

void sl_fact_sums(const struct sl_fact_row *row,
                  enum sl_count_rule rule,
                  struct sl_fact_sums *ret_sums)
{
    bool is_counted = counts(row, rule);
    int64_t cycle_days = (int64_t)row->share_ppm * row->cycle_days;
    ret_sums->count = 0;
    switch ((int)row->kind) {
    case SL_FACT_CONTACT:
        counted(ret_sums, SL_SUM_CONTACT_COUNT_PPM, is_counted, row->share_ppm);
        break;
    case SL_FACT_QUOTE:
        counted(ret_sums, SL_SUM_QUOTE_COUNT_PPM, is_counted, row->share_ppm);
        part(ret_sums, SL_SUM_QUOTE_AMOUNT, row->amount);
        break;
    case SL_CLOSE_WON:
        booked(ret_sums, row);
        counted(ret_sums, SL_SUM_BOOKED_COUNT_PPM, is_counted, row->share_ppm);
        counted(ret_sums, SL_SUM_WON_COUNT_PPM, is_counted, row->share_ppm);
        counted(ret_sums, SL_SUM_CYCLE_DAYS_WON_PPM, is_counted, cycle_days);
        break;
    case SL_CLOSE_LOST:
        counted(ret_sums, SL_SUM_LOST_COUNT_PPM, is_counted, row->share_ppm);
        counted(ret_sums, SL_SUM_CYCLE_DAYS_LOST_PPM, is_counted, cycle_days);
        break;
    case SL_CLOSE_AMENDED: booked(ret_sums, row); break;
    case SL_CLOSE_DELIVERED: part(ret_sums, SL_SUM_DELIVERED_AMOUNT, row->amount); break;
    case SL_CLOSE_INVOICED: part(ret_sums, SL_SUM_INVOICED_AMOUNT, row->amount); break;
    case SL_CLOSE_COLLECTED: part(ret_sums, SL_SUM_COLLECTED_AMOUNT, row->amount); break;
    case SL_CLOSE_RETURNED:
        counted(ret_sums, SL_SUM_RETURNED_AMOUNT, (row->flags & SL_FACT_IS_COUNT) == 0,
                -row->amount);
        booked(ret_sums, row);
        counted(ret_sums, SL_SUM_BOOKED_COUNT_PPM, ends(row, rule), -row->share_ppm);
        break;
    case SL_CLOSE_CANCELLED:
        booked(ret_sums, row);
        counted(ret_sums, SL_SUM_BOOKED_COUNT_PPM, ends(row, rule), -row->share_ppm);
        break;
    default: break; /* no other number is ever stored */
    }
}
