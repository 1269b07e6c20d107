/* The unit tree as a change would leave it: who lies below whom on which days. */
#include "projections/unit_tree.h"

#include <stdlib.h>

#define CHANGED_MAX 2u /* the unit of what goes and that of what comes */

/* `unit` lies below `parent` from `from` up to, not including, `to`. */
struct edge {
    uint32_t unit, parent;
    int32_t from, to;
    uint32_t next; /* edge below the same parent; 0: none */
};

struct node {
    uint32_t first, count; /* edges to its parents, ascending, no overlap */
    uint32_t below;        /* the first edge of a unit below it; 0: none */
    bool is_there;         /* its edges have been added */
};

struct tree {
    struct edge *edges; /* owned; from 1 */
    uint32_t edge_count, edge_capacity;
    struct node *nodes; /* owned; by number */
};

struct trial {
    struct sl_ledger *ledger;
    const struct sl_unit_change *change;
    /* Those of what goes and of what comes; the second is 0 if it is the first. */
    uint32_t units[CHANGED_MAX];
    struct sl_master in; /* what comes, as a row */
    uint32_t in_unit;    /* of which unit; 0: nothing comes */
    uint32_t known_max;  /* units above it are new: they get their numbers by the change */
    uint32_t number_max;
    struct sl_master_list rows;    /* of the unit at hand */
    struct sl_timelines timelines; /* of the unit at hand */
    struct tree before, own;       /* the changed units alone, by their place in `units` */
    struct tree after;             /* by number */
};

static void tree_deinit(struct tree *tree)
{
    free(tree->edges);
    free(tree->nodes);
}

static enum sl_err tree_init(struct tree *tree, uint32_t number_max)
{
    tree->nodes = calloc((size_t)number_max + 1, sizeof *tree->nodes);
    tree->edge_count = 1;
    return tree->nodes == NULL ? SL_E_NO_MEMORY : SL_OK;
}

static enum sl_err push_edge(struct tree *tree, const struct edge *edge)
{
    if (tree->edges == NULL || tree->edge_count == tree->edge_capacity) {
        uint32_t capacity = tree->edge_capacity * 2 + 64;
        struct edge *grown = realloc(tree->edges, capacity * sizeof *grown);
        if (grown == NULL) {
            return SL_E_NO_MEMORY;
        }
        tree->edges = grown;
        tree->edge_capacity = capacity;
    }
    tree->edges[tree->edge_count++] = *edge;
    return SL_OK;
}

/* The unit's edges; a define that repeats the parent of the one before it goes on with its edge. */
static enum sl_err
add_edges(struct tree *tree, uint32_t number, const struct sl_timelines *timelines)
{
    struct node *node = &tree->nodes[number];
    enum sl_err err = SL_OK;
    node->first = tree->edge_count;
    node->is_there = true;
    for (size_t i = 0; err == SL_OK && i < timelines->segment_count; i++) {
        const struct sl_segment *segment = &timelines->segments[i];
        struct edge *last = node->count > 0 ? &tree->edges[tree->edge_count - 1] : NULL;
        if (last != NULL && last->to == segment->from && last->parent == segment->row.parent) {
            last->to = segment->to;
        } else if (segment->row.parent != 0) {
            struct edge edge = {number, segment->row.parent, segment->from, segment->to, 0};
            err = push_edge(tree, &edge);
            node->count = tree->edge_count - node->first;
        }
    }
    return err;
}

static void link_below(struct tree *tree)
{
    for (uint32_t i = 1; i < tree->edge_count; i++) {
        struct node *parent = &tree->nodes[tree->edges[i].parent];
        tree->edges[i].next = parent->below;
        parent->below = i;
    }
}

/* The parent on the day, 0 if none, and the first day after it on which that may be another. */
static uint32_t parent_on(const struct tree *tree, uint32_t number, int32_t day, int32_t *ret_until)
{
    uint32_t count = tree->nodes[number].count;
    const struct edge *edges = count > 0 ? &tree->edges[tree->nodes[number].first] : NULL;
    uint32_t begun = 0; /* edges before it have begun by the day, those from `end` on have not */
    for (uint32_t end = count; begun < end;) {
        uint32_t middle = begun + (end - begun) / 2;
        if (edges[middle].from <= day) {
            begun = middle + 1;
        } else {
            end = middle;
        }
    }
    if (begun > 0 && day < edges[begun - 1].to) {
        *ret_until = edges[begun - 1].to;
        return edges[begun - 1].parent;
    }
    *ret_until = begun < count ? edges[begun].from : INT32_MAX;
    return 0;
}

/* ── the trees ── */

/* The rows of the unit as the change would leave them. */
static enum sl_err change_rows(struct trial *trial, uint32_t unit)
{
    struct sl_master_list *rows = &trial->rows;
    size_t kept = 0;
    for (size_t i = 0; i < rows->count; i++) {
        if (trial->change->out == NULL || unit != trial->units[0] ||
            rows->rows[i].seq.v != trial->change->seq.v) {
            rows->rows[kept++] = rows->rows[i];
        }
    }
    rows->count = kept;
    bool comes = trial->change->in != NULL && unit == trial->in_unit;
    return comes ? sl_master_list_put(rows, &trial->in) : SL_OK;
}

static enum sl_err
add_unit(struct trial *trial, struct tree *tree, uint32_t number, uint32_t unit, bool is_changed)
{
    enum sl_err err = sl_masters_read(trial->ledger->state, SL_ENTITY_UNIT, unit, &trial->rows);
    if (err == SL_OK && is_changed) {
        err = change_rows(trial, unit);
    }
    trial->timelines.segment_count = 0;
    if (err == SL_OK) {
        err = sl_timelines_add(&trial->timelines, &trial->rows);
    }
    return err == SL_OK ? add_edges(tree, number, &trial->timelines) : err;
}

static enum sl_err build_changed(struct trial *trial, struct tree *tree, bool is_changed)
{
    enum sl_err err = tree_init(tree, CHANGED_MAX - 1);
    for (uint32_t i = 0; err == SL_OK && i < CHANGED_MAX; i++) {
        err = add_unit(trial, tree, i, trial->units[i], is_changed);
    }
    return err;
}

static enum sl_err add_after(struct trial *trial, uint32_t unit)
{
    bool is_changed = unit == trial->units[0] || unit == trial->units[1];
    bool is_there = trial->after.nodes[unit].is_there;
    return is_there ? SL_OK : add_unit(trial, &trial->after, unit, unit, is_changed);
}

/* The unit that comes, and all that lie above it on any day. */
static enum sl_err build_above(struct trial *trial)
{
    enum sl_err err = add_after(trial, trial->in_unit);
    for (uint32_t i = 1; err == SL_OK && i < trial->after.edge_count; i++) {
        err = add_after(trial, trial->after.edges[i].parent);
    }
    return err;
}

/* All units, unless nobody has heard of the one that comes: then none lies below it. */
static enum sl_err build_after(struct trial *trial)
{
    bool is_new = trial->change->out == NULL && trial->in_unit > trial->known_max;
    enum sl_err err = tree_init(&trial->after, trial->number_max);
    if (err == SL_OK && is_new) {
        return build_above(trial);
    }
    for (uint32_t unit = 1; err == SL_OK && unit <= trial->number_max; unit++) {
        err = add_after(trial, unit);
    }
    if (err == SL_OK) {
        link_below(&trial->after);
    }
    return err;
}

/* ── the check ── */

/* The next stretch from `day` on in which the changed unit gets another parent; `day` goes past it. Who gets none makes no chain longer. */
static bool next_moved(const struct trial *trial, uint32_t i, int32_t *day, struct edge *ret_moved)
{
    while (*day < INT32_MAX) {
        int32_t from = *day;
        int32_t until;
        uint32_t before = parent_on(&trial->before, i, from, &until);
        uint32_t after = parent_on(&trial->own, i, from, day);
        *day = until < *day ? until : *day;
        if (after != 0 && after != before) {
            *ret_moved = (struct edge){trial->units[i], after, from, *day, 0};
            return true;
        }
    }
    return false;
}

static bool is_any_moved(const struct trial *trial)
{
    struct edge moved;
    bool is_moved = false;
    for (uint32_t i = 0; i < CHANGED_MAX && !is_moved; i++) {
        int32_t day = INT32_MIN;
        is_moved = next_moved(trial, i, &day, &moved);
    }
    return is_moved;
}

/* How many units the chain has from this one upwards, and up to which day it stays as it is; 0 if it is too long, as one that comes back
 * to the unit always is. */
static size_t chain_count(const struct tree *tree, uint32_t unit, int32_t day, int32_t *ret_until)
{
    size_t count = 1;
    int32_t until = INT32_MAX;
    uint32_t above = parent_on(tree, unit, day, &until);
    *ret_until = until;
    while (above != 0) {
        if (count == SL_UNIT_DEPTH_MAX) {
            return 0;
        }
        count++;
        above = parent_on(tree, above, day, &until);
        *ret_until = until < *ret_until ? until : *ret_until;
    }
    return count;
}

/* Do more levels than `room`, less than SL_UNIT_DEPTH_MAX, lie below the unit on any of the days? */
static bool is_deeper(const struct tree *tree, uint32_t unit, int32_t from, int32_t to, size_t room)
{
    struct {
        uint32_t edge; /* to be looked at next */
        int32_t from, to;
    } levels[SL_UNIT_DEPTH_MAX] = {{tree->nodes[unit].below, from, to}};
    size_t level = 1; /* that of the units which the edges of the last entry belong to */
    while (level > 0) {
        uint32_t at = levels[level - 1].edge;
        if (at == 0) {
            level--;
            continue;
        }
        const struct edge *edge = &tree->edges[at];
        levels[level - 1].edge = edge->next;
        from = edge->from > levels[level - 1].from ? edge->from : levels[level - 1].from;
        to = edge->to < levels[level - 1].to ? edge->to : levels[level - 1].to;
        if (from < to && level > room) {
            return true;
        }
        if (from < to) {
            levels[level].edge = tree->nodes[edge->unit].below;
            levels[level].from = from;
            levels[level].to = to;
            level++;
        }
    }
    return false;
}

/* Does the unit lie well all through the days? Each part of them is looked at in which nothing above it changes. */
static bool lies_well(const struct tree *tree, const struct edge *moved)
{
    bool is_well = true;
    for (int32_t day = moved->from; is_well && day < moved->to;) {
        int32_t until;
        size_t count = chain_count(tree, moved->unit, day, &until);
        until = until < moved->to ? until : moved->to;
        is_well = count > 0 && !is_deeper(tree, moved->unit, day, until, SL_UNIT_DEPTH_MAX - count);
        day = until;
    }
    return is_well;
}

/* The first stretch in which the changed unit does not. */
static bool find_bad(const struct trial *trial, uint32_t i, struct edge *ret_moved)
{
    int32_t day = INT32_MIN;
    bool is_found = false;
    while (!is_found && next_moved(trial, i, &day, ret_moved)) {
        is_found = !lies_well(&trial->after, ret_moved);
    }
    return is_found;
}

/* A chain that breaks has a lowest unit that is moved: that one is looked at with all above as it would be, and below as it is. */
static void find_fault(const struct trial *trial, struct sl_unit_fault *ret_fault)
{
    struct edge moved;
    bool is_found = false;
    for (uint32_t i = 0; i < CHANGED_MAX && !is_found; i++) {
        is_found = find_bad(trial, i, &moved);
    }
    if (is_found) {
        ret_fault->unit = moved.unit;
        ret_fault->parent = moved.parent;
        ret_fault->is_of_define =
            moved.unit == trial->in_unit && moved.parent == trial->in.row.parent;
    }
}

/* The number of a unit, or the one it is about to get. */
static uint32_t number_of(struct trial *trial, struct sl_slice id)
{
    uint32_t number = sl_names_find(&trial->ledger->names, SL_ENTITY_UNIT, id);
    return number == 0 && id.len > 0 ? ++trial->number_max : number;
}

/* Nobody is his own parent: a define's check refuses that, so the two names of it are different ones. */
static void begin(struct trial *trial)
{
    const struct sl_define *in = trial->change->in;
    trial->known_max = sl_names_count(&trial->ledger->names, SL_ENTITY_UNIT);
    trial->number_max = trial->known_max;
    if (trial->change->out != NULL) {
        trial->units[0] = number_of(trial, trial->change->out->id);
    }
    if (in != NULL) {
        trial->in_unit = number_of(trial, in->id);
        trial->in.seq = trial->change->seq;
        trial->in.row.from = in->valid_from.v;
        trial->in.row.to = in->valid_to.v == SL_NO_DAY_V ? INT32_MAX : in->valid_to.v;
        trial->in.row.parent = number_of(trial, in->parent);
        trial->units[1] = trial->in_unit != trial->units[0] ? trial->in_unit : 0;
    }
}

enum sl_err sl_unit_tree_try(struct sl_ledger *ledger,
                             const struct sl_unit_change *change,
                             struct sl_unit_fault *ret_fault)
{
    struct trial trial = {.ledger = ledger, .change = change};
    *ret_fault = (struct sl_unit_fault){0};
    begin(&trial);
    enum sl_err err = build_changed(&trial, &trial.before, false);
    if (err == SL_OK) {
        err = build_changed(&trial, &trial.own, true);
    }
    if (err == SL_OK && is_any_moved(&trial)) {
        err = build_after(&trial);
        if (err == SL_OK) {
            find_fault(&trial, ret_fault);
        }
    }
    sl_master_list_deinit(&trial.rows);
    sl_timelines_deinit(&trial.timelines);
    tree_deinit(&trial.before);
    tree_deinit(&trial.own);
    tree_deinit(&trial.after);
    return err;
}
