/* A mapping: how rows of a CSV file become events. It is data, a JSON document; README.md describes its form.
 *
 *     document ─ source, delimiter, columns that must exist
 *              ├ valueMaps   name → {text → text}
 *              ├ lookups     name → another CSV file and its key column
 *              ├ events[]    when (conditions), distinct, repeat, fields (path → value rule)
 *              └ order       how all events of all rows are sorted before they are sent
 *
 * Loading checks everything that can be checked without a row: paths against the schema of Event, names of maps and lookups,
 * currencies, date formats. Strings and JSON values are borrowed from the document, which the mapping owns. */
#ifndef SL_IMPORT_MAPPING_H
#define SL_IMPORT_MAPPING_H

#include <jansson.h>

#include "sl/err.h"
#include "sl/limits.h"
#include "sl/money.h"

enum sl_value_from {
    SL_FROM_LITERAL,  /* a JSON number or boolean, taken as it is */
    SL_FROM_TEMPLATE, /* text with {column} in it; also every constant text */
    SL_FROM_COLUMN,
    SL_FROM_LOOKUP, /* the row's key column finds a row of another file */
};

/* How text becomes a JSON value. */
enum sl_value_as {
    SL_AS_TEXT,
    SL_AS_DATE,  /* by the formats, to YYYY-MM-DD */
    SL_AS_MONEY, /* major units to minor units of the currency, exactly */
    SL_AS_INTEGER,
    SL_AS_QUANTITY, /* 1.5 -> 1500 */
    SL_AS_PERCENT,  /* 12.5 or 12.5% -> 125000 ppm */
    SL_AS_FRACTION, /* 0.125 -> 125000 ppm */
};

enum sl_test_kind { SL_TEST_EQUALS, SL_TEST_IN, SL_TEST_NOT_IN, SL_TEST_EMPTY, SL_TEST_FILLED };

struct sl_condition {
    const char *column;
    enum sl_test_kind kind;
    const json_t *operand; /* a string, or an array of strings */
};

struct sl_conditions {
    struct sl_condition *items;
    size_t count;
};

/* What a spelled-out value does with an unusual number: 1.234,50 has decimal ',' and group '.'. */
struct sl_number_style {
    const char *strip; /* characters dropped anywhere, e.g. "$ " */
    char decimal;      /* default '.' */
    char group;        /* default none (0) */
};

struct sl_value_rule {
    const char *path;
    enum sl_value_from from;
    const json_t *literal;
    const char *text;      /* template, or column of this or of the looked-up file */
    const char *lookup;    /* name of the lookup */
    const char *key;       /* column whose text is looked up */
    const json_t *key_map; /* spelling of the key; NULL: as it is */
    const json_t *map;     /* spelling of the value; NULL: as it is */
    bool is_map_complete;  /* a text that the map lacks is refused */
    bool is_optional;      /* empty: the field is left out; otherwise the row is refused */
    const char *fallback;  /* text used for empty; NULL: none */
    enum sl_value_as as;
    const json_t *formats; /* dates: an array of strings; NULL: YYYY-MM-DD */
    sl_currency currency;  /* money, unless currency_column is set */
    const char *currency_column;
    struct sl_number_style number;
    struct sl_conditions when;
};

struct sl_event_rule {
    const char *name;
    struct sl_conditions when;
    const json_t *distinct;      /* columns; NULL: every row */
    const char *repeat_as;       /* name of the extra column; NULL: once */
    const json_t *repeat_values; /* its values: one event for each */
    struct sl_value_rule *fields;
    size_t field_count;
};

struct sl_lookup_rule {
    const char *name;
    const char *file; /* relative to the CSV being imported */
    const char *key;
};

struct sl_mapping {
    json_t *document; /* owned */
    const char *source;
    char delimiter;
    bool is_unmatched_fine; /* rows without any event are passed over instead of refused */
    const json_t *columns;  /* must be in the header; may be NULL */
    struct sl_lookup_rule *lookups;
    size_t lookup_count;
    struct sl_event_rule *events;
    size_t event_count;
    bool is_ordered; /* by effective date, then these columns, bytewise */
    const char *order[SL_MAPPING_ORDER_MAX];
    size_t order_count;
};

/* SL_E_IO, SL_E_MALFORMED, SL_E_MISSING_FIELD, SL_E_UNKNOWN_FIELD, SL_E_INVALID_FIELD, SL_E_TOO_MANY, SL_E_TOO_BIG; `diag` says where
 * in the document. On failure there is nothing to free. */
SL_MUST_CHECK enum sl_err
sl_mapping_load(const char *path, struct sl_mapping *ret_mapping, struct sl_diag *diag);

/* The same from memory; for tests. */
SL_MUST_CHECK enum sl_err
sl_mapping_parse(const char *text, struct sl_mapping *ret_mapping, struct sl_diag *diag);

/* Accepts a zeroed mapping. */
void sl_mapping_deinit(struct sl_mapping *mapping);

#endif
