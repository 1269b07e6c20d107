/* The part of a status that figures.h has, for reply.c. */
#ifndef SL_CODEC_FIGURES_CODEC_H
#define SL_CODEC_FIGURES_CODEC_H

#include "codec/encoder.h"
#include "codec/figures.h"

/* Borrows from the encoder's arena. */
void sl_figures_put(struct sl_encoder *e,
                    const struct sl_figures *figures,
                    Salesledger__V1__StatusReply *message);

#endif
