/* Hashing an event into its id. */
#include "import/derive.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "import/memory.h"
#include "sl/date.h"
#include "sl/id.h"

static bool add_text(EVP_MD_CTX *hash, const char *text)
{
    const char *said = text == NULL ? "" : text;
    return EVP_DigestUpdate(hash, said, strlen(said)) == 1 && EVP_DigestUpdate(hash, "\n", 1) == 1;
}

enum sl_err sl_derive_digest(const Salesledger__V1__Event *event,
                             struct sl_slice content,
                             uint64_t ordinal,
                             uint8_t ret_digest[SL_DIGEST_BYTES])
{
    char number[24];
    (void)snprintf(number, sizeof number, "%llu", (unsigned long long)ordinal); /* 20 digits fit */
    EVP_MD_CTX *hash = EVP_MD_CTX_new();
    bool is_done = hash != NULL && EVP_DigestInit_ex(hash, EVP_sha256(), NULL) == 1 &&
                   add_text(hash, "salesledger event id 1") &&
                   add_text(hash, event->effective_date) && add_text(hash, event->source) &&
                   add_text(hash, number) &&
                   EVP_DigestUpdate(hash, content.data, content.len) == 1 &&
                   EVP_DigestFinal_ex(hash, ret_digest, NULL) == 1;
    EVP_MD_CTX_free(hash);
    return is_done ? SL_OK : SL_E_IO;
}

sl_day sl_derive_day(const Salesledger__V1__Event *event)
{
    sl_day day = {0};
    const char *text = event->effective_date == NULL ? "" : event->effective_date;
    struct sl_slice slice = {(const uint8_t *)text, strlen(text)};
    if (sl_day_parse(slice, &day) != SL_OK) {
        return (sl_day){0}; /* the ledger gives the day, or refuses it */
    }
    return day;
}

enum sl_err
sl_derive_id(const Salesledger__V1__Event *event, uint64_t ordinal, struct sl_id *ret_id)
{
    size_t size = salesledger__v1__event__get_packed_size(event);
    uint8_t *bytes = sl_tool_alloc(size, 1);
    struct sl_slice content = {bytes, salesledger__v1__event__pack(event, bytes)};
    uint8_t digest[SL_DIGEST_BYTES];
    enum sl_err err = sl_derive_digest(event, content, ordinal, digest);
    if (err == SL_OK) {
        *ret_id = sl_id_from_digest(sl_derive_day(event), digest);
    }
    free(bytes);
    return err;
}
