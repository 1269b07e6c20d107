/* How often a fact counts for its product line: an event counts once for each line and credit, by the first of its facts that is asked
 * for; what takes back counts only where it ends the last product that the deal had in the line.
 *
 * Facts are handed in as a walk finds them: those of one event and person are neighbours in the table. */
#ifndef SL_PROJECTIONS_LINE_COUNT_H
#define SL_PROJECTIONS_LINE_COUNT_H

#include "projections/taken_back.h"

struct sl_line_count {
    struct sl_taken_back *back; /* borrowed; several that walk together may have it in common */
    bool amounts_only;          /* nobody asks for counts: histories need not be looked at */
    enum sl_err err;            /* of a history; the first stays, and rules mean nothing then */
    struct sl_key event;        /* at hand */
    size_t seen_count;
    uint64_t
        seen[SL_FACT_LIST_MAX]; /* (line, credit) pairs that the event has counted in already */
};

/* Not all is zeroed: it is large. */
void sl_line_count_init(struct sl_line_count *count, struct sl_taken_back *back, bool amounts_only);

/* Of a fact that is asked for. */
enum sl_count_rule sl_line_count_rule(struct sl_line_count *count,
                                      struct sl_key key,
                                      const struct sl_fact_row *row,
                                      uint32_t line);

#endif
