/* An import: a mapping applied to CSV files, giving events in the order in which they are to be sent.
 *
 *     open ── set_lookup* ── read(csv)+ ── finish ── events[], refusals[] ── close
 *
 * (1) A row gives all its events or none: one value that does not fit refuses the row, with column, rule and value.
 * (2) Equal input gives equal events with equal ids in equal order, so importing again adds nothing.
 * (3) After finish the events of a row stand side by side, at most SL_IMPORT_ROW_EVENTS_MAX of them and small enough for one request:
 *     they are to be sent as all or nothing.
 * (4) Ids do not depend on line numbers: equal events are told apart by counting them. Rows may be added or moved. */
#ifndef SL_IMPORT_IMPORT_H
#define SL_IMPORT_IMPORT_H

#include "import/csv_table.h"
#include "import/mapping.h"
#include "import/row_view.h"
#include "sl/date.h"
#include "sl/limits.h"

struct sl_import_event {
    uint8_t *bytes; /* a packed Event without id; owned by the import */
    size_t size;
    struct sl_id id;  /* set by finish */
    sl_day day;       /* effective; 1970-01-01 if it has none */
    size_t file;      /* index into files */
    size_t row;       /* index into the file's rows */
    size_t rule;      /* index into the mapping's events */
    size_t place;     /* order of making; after finish, of sorting */
    size_t row_place; /* set by finish: where its row stands among the others */
};

struct sl_import_refusal {
    size_t file;
    size_t row;
    struct sl_diag diag; /* column, and what is wrong with it */
};

struct sl_import {
    struct sl_mapping mapping;
    struct sl_csv_table files[SL_IMPORT_FILES_MAX];
    size_t first_rows[SL_IMPORT_FILES_MAX]; /* how many rows the files before have */
    size_t file_count;
    struct sl_lookup *lookups;
    char **lookup_paths; /* given by set_lookup; NULL: beside the CSV */
    size_t lookup_count; /* opened so far */
    struct sl_import_event *events;
    size_t event_count, event_capacity;
    struct sl_import_refusal *refusals;
    size_t refusal_count, refusal_capacity;
    size_t row_count;
    /* Somebody keeps them in one file: so a CSV that is cut is read as far as it goes, the bytes of
     * all are kept, and all need the same columns. */
    bool keeps_refusals;
    json_t *seen; /* keys of `distinct` */
};

/* Errors of sl_mapping_load(). */
SL_MUST_CHECK enum sl_err
sl_import_open(const char *mapping_path, struct sl_import *ret_import, struct sl_diag *diag);

/* Accepts a zeroed import. */
void sl_import_close(struct sl_import *import);

/* Takes a lookup's rows from another file than the one the mapping names. SL_E_NOT_FOUND: no such lookup. */
SL_MUST_CHECK enum sl_err
sl_import_set_lookup(struct sl_import *import, const char *name, const char *path);

/* Maps every row of a file. Rows that do not fit end up in `refusals`; only a file that cannot be used at all (unreadable,
 * not CSV, cut without keeps_refusals, of other columns with it, a column or lookup missing) is an error: SL_E_IO, SL_E_MALFORMED,
 * SL_E_MISSING_FIELD, SL_E_TOO_MANY, SL_E_TOO_BIG. */
SL_MUST_CHECK enum sl_err
sl_import_read(struct sl_import *import, const char *csv_path, struct sl_diag *diag);

/* Adds a row to the refusals, e.g. one whose event the ledger refused. */
void sl_import_refuse(struct sl_import *import,
                      size_t file,
                      size_t row,
                      const struct sl_diag *diag);

/* Sorts the events if the mapping says so, and gives them their ids. SL_E_IO if libcrypto fails. */
SL_MUST_CHECK enum sl_err sl_import_finish(struct sl_import *import);

#endif
