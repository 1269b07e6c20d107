/* File descriptors: each connection takes one, and the system allows a process so many. */
#ifndef SL_NET_DESCRIPTORS_H
#define SL_NET_DESCRIPTORS_H

#include "sl/types.h"

/* Raises what is allowed as far as may be, and gives how many of so many connections it is enough for: at least one. */
uint32_t sl_descriptors_for(uint32_t connections);

#endif
