/* Reading one value rule and one list of conditions out of a mapping document. */
#ifndef SL_IMPORT_VALUE_RULE_H
#define SL_IMPORT_VALUE_RULE_H

#include "import/mapping.h"

/* The parts of a document that rules refer to by name; members may be NULL. */
struct sl_mapping_names {
    const json_t *value_maps;
    const json_t *lookups;
};

/* A string is a template, a number or boolean a literal, an object is spelled out. `ret_rule->path` stays as set. Free
 * `ret_rule->when.items`, also after a failure. */
SL_MUST_CHECK enum sl_err sl_value_rule_read(const json_t *json,
                                             const struct sl_mapping_names *names,
                                             struct sl_value_rule *ret_rule,
                                             struct sl_diag *diag);

/* NULL gives no conditions. Free `ret_conditions->items`, also after a failure. */
SL_MUST_CHECK enum sl_err
sl_conditions_read(const json_t *json, struct sl_conditions *ret_conditions, struct sl_diag *diag);

/* Refuses a member of `object` that is not among the NULL-terminated `names`. */
SL_MUST_CHECK enum sl_err
sl_mapping_check_members(const json_t *object, const char *const *names, struct sl_diag *diag);

/* Is this a non-empty array of strings? */
bool sl_mapping_is_texts(const json_t *json);

#endif
