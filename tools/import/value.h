/* Applying a mapping's rules to one row. */
#ifndef SL_IMPORT_VALUE_H
#define SL_IMPORT_VALUE_H

#include "import/mapping.h"
#include "import/row_view.h"

bool sl_conditions_hold(const struct sl_conditions *conditions, const struct sl_row_view *view);

/* The value of one field, new; NULL where the field is left out. Refusals name column, rule and value: SL_E_MISSING_FIELD,
 * SL_E_UNKNOWN_REFERENCE (not in a map or lookup), SL_E_BAD_DATE, SL_E_INVALID_FIELD, SL_E_OVERFLOW, SL_E_UNKNOWN_CURRENCY. */
SL_MUST_CHECK enum sl_err sl_value_make(const struct sl_value_rule *rule,
                                        const struct sl_row_view *view,
                                        json_t **ret_value,
                                        struct sl_diag *diag);

/* The next {column} of a template from *at on, copied to `buf`; moves *at behind it. False at the end. "{{" is a brace. */
bool sl_template_next_column(const char **at, char *buf, size_t size);

#endif
