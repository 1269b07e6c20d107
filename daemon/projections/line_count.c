/* The first fact of an event in a line. */
#include "projections/line_count.h"

void sl_line_count_init(struct sl_line_count *count, struct sl_taken_back *back, bool amounts_only)
{
    count->back = back;
    count->amounts_only = amounts_only;
    count->err = SL_OK;
    count->event = (struct sl_key){0, 0};
    count->seen_count = 0;
}

static enum sl_count_rule
first_of_line(struct sl_line_count *count, struct sl_key key, uint32_t line)
{
    struct sl_key event = {key.hi, key.lo >> 16};
    uint64_t pair = ((uint64_t)line << 4) | sl_key_fact_credit(key);
    if (sl_key_compare(event, count->event) != 0) {
        count->event = event;
        count->seen_count = 0;
    }
    for (size_t i = 0; i < count->seen_count; i++) {
        if (count->seen[i] == pair) {
            return SL_COUNT_NEVER;
        }
    }
    count->seen[count->seen_count++] = pair;
    return SL_COUNT_ALWAYS;
}

/* Does what takes back end the last product that the deal had in the line? */
static bool ends_line(struct sl_line_count *count,
                      struct sl_key key,
                      const struct sl_fact_row *row,
                      uint32_t line)
{
    bool ends = false;
    enum sl_err err = sl_taken_back_ends_line(count->back, key, row, line, &ends);
    count->err = count->err == SL_OK ? err : count->err;
    return ends;
}

enum sl_count_rule sl_line_count_rule(struct sl_line_count *count,
                                      struct sl_key key,
                                      const struct sl_fact_row *row,
                                      uint32_t line)
{
    if (sl_fact_takes_back(row) && count->err == SL_OK && !count->amounts_only &&
        !ends_line(count, key, row, line)) {
        return SL_COUNT_NEVER;
    }
    return first_of_line(count, key, line);
}
