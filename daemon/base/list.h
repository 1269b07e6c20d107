/* An intrusive doubly linked list: the link lies inside the object, so linking allocates nothing and unlinking needs no search.
 *
 *     head ⇄ a.link ⇄ b.link ⇄ head
 *
 * A head and an unlinked link point at themselves. */
#ifndef SL_BASE_LIST_H
#define SL_BASE_LIST_H

#include "sl/types.h"

struct sl_list {
    struct sl_list *next;
    struct sl_list *previous;
};

static inline void sl_list_init(struct sl_list *list)
{
    list->next = list;
    list->previous = list;
}

static inline bool sl_list_is_empty(const struct sl_list *list)
{
    return list->next == list;
}

static inline void sl_list_insert_before(struct sl_list *position, struct sl_list *link)
{
    link->next = position;
    link->previous = position->previous;
    position->previous->next = link;
    position->previous = link;
}

static inline void sl_list_push_back(struct sl_list *head, struct sl_list *link)
{
    sl_list_insert_before(head, link);
}

static inline void sl_list_push_front(struct sl_list *head, struct sl_list *link)
{
    sl_list_insert_before(head->next, link);
}

/* Harmless on a link that is in no list. */
static inline void sl_list_remove(struct sl_list *link)
{
    link->previous->next = link->next;
    link->next->previous = link->previous;
    sl_list_init(link);
}

/* NULL if empty. */
static inline struct sl_list *sl_list_first(const struct sl_list *head)
{
    return head->next == head ? NULL : head->next;
}

/* The object that holds `link` as `member`. */
#define sl_list_entry(link, type, member) ((type *)(void *)((char *)(link)-offsetof(type, member)))

/* Visits every link; the visited one may be removed, its successor may not. `link` is declared here, so it is a bare name. */
/* NOLINTBEGIN(bugprone-macro-parentheses) */
#define sl_list_each(link, head)                                                                   \
    for (struct sl_list *link = (head)->next, *link##_next = link->next; link != (head);           \
         link = link##_next, link##_next = link->next)
/* NOLINTEND(bugprone-macro-parentheses) */

#endif
