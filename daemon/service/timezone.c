/* The one place that asks the C library for local time. */
#include "service/timezone.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "sl/date.h"

#define ZONEINFO_DIR   "/usr/share/zoneinfo/"
#define NAME_BYTES_MAX 63u
#define US_PER_SECOND  1000000

/* Letters, digits and "_+-/": no dots, so no way out of the directory, and no absolute path. "right/" zones count leap
 * seconds, which UTC microseconds do not. */
static bool is_plain_name(const char *name)
{
    static const char allowed[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+-/";
    size_t len = strlen(name);
    return len >= 1 && len <= NAME_BYTES_MAX && name[0] != '/' && strspn(name, allowed) == len &&
           strncmp(name, "right/", 6) != 0;
}

/* Or nobody can tell now: then errno says why. */
static bool has_zone_data(const char *name)
{
    char path[sizeof ZONEINFO_DIR + NAME_BYTES_MAX];
    (void)snprintf(path, sizeof path, ZONEINFO_DIR "%s", name); /* the length was checked */
    errno = 0;
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        return false;
    }
    char magic[4] = {0};
    bool is_tzif = fread(magic, 1, sizeof magic, file) == sizeof magic &&
                   memcmp(magic, "TZif", sizeof magic) == 0;
    (void)fclose(file); /* only read from */
    return is_tzif;
}

enum sl_err sl_timezone_check(const char *name, struct sl_diag *diag)
{
    if (!is_plain_name(name)) {
        return sl_refuse(diag, SL_E_INVALID_FIELD, "timezone",
                         "must be an IANA name such as Europe/Berlin");
    }
    if (strcmp(name, "UTC") == 0 || has_zone_data(name)) {
        return SL_OK;
    }
    if (errno == ENOMEM) {
        return sl_refuse(diag, SL_E_NO_MEMORY, "timezone", "look for %s", name);
    }
    return sl_refuse(diag, SL_E_INVALID_FIELD, "timezone", "no data for %s in " ZONEINFO_DIR, name);
}

enum sl_err sl_timezone_use(const char *name, struct sl_diag *diag)
{
    enum sl_err err = sl_timezone_check(name, diag);
    if (err != SL_OK) {
        return err;
    }
    char value[sizeof ZONEINFO_DIR + NAME_BYTES_MAX + 1];
    if (strcmp(name, "UTC") == 0) {
        (void)snprintf(value, sizeof value, "UTC0");
    } else {
        (void)snprintf(value, sizeof value, ":" ZONEINFO_DIR "%s", name);
    }
    if (setenv("TZ", value, 1) != 0) {
        return sl_refuse(diag, SL_E_NO_MEMORY, "timezone", "cannot set TZ");
    }
    tzset();
    /* Without memory for the data the C library goes on without a word, in a zone without a name that is UTC: days would be wrong. */
    return tzname[0][0] != '\0' ? SL_OK
                                : sl_refuse(diag, SL_E_NO_MEMORY, "timezone", "load %s", name);
}

sl_day sl_timezone_day(sl_time time)
{
    int64_t seconds = time.v / US_PER_SECOND - (time.v % US_PER_SECOND < 0 ? 1 : 0);
    time_t moment = (time_t)seconds;
    struct tm local;
    if (localtime_r(&moment, &local) == NULL) {
        return sl_day_of_time(time); /* a year beyond int: no ledger lives there */
    }
    struct sl_civil civil = {local.tm_year + 1900, local.tm_mon + 1, local.tm_mday};
    return sl_day_from_civil(civil);
}
