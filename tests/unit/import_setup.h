/* What tests of imports share: a folder for a mapping and its files, and a mapping of sales. */
#ifndef SL_UNIT_IMPORT_SETUP_H
#define SL_UNIT_IMPORT_SETUP_H

#include "lib/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "import/import.h"

struct folder {
    char path[64];
    char mapping[96];
    char csv[96];
    char other[96];
};

static inline void write_text(const char *path, const char *text)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static inline int make_folder(void **state)
{
    struct folder *folder = calloc(1, sizeof *folder);
    assert_non_null(folder);
    (void)snprintf(folder->path, sizeof folder->path, "/tmp/salesledger-import-XXXXXX");
    assert_non_null(mkdtemp(folder->path));
    (void)snprintf(folder->mapping, sizeof folder->mapping, "%s/mapping.json", folder->path);
    (void)snprintf(folder->csv, sizeof folder->csv, "%s/rows.csv", folder->path);
    (void)snprintf(folder->other, sizeof folder->other, "%s/other.csv", folder->path);
    *state = folder;
    return 0;
}

static inline int remove_folder(void **state)
{
    struct folder *folder = *state;
    (void)unlink(folder->mapping); /* not every test writes each file */
    (void)unlink(folder->csv);
    (void)unlink(folder->other);
    assert_int_equal(rmdir(folder->path), 0);
    free(folder);
    return 0;
}

static inline void
run(const struct folder *folder, const char *mapping, const char *csv, struct sl_import *import)
{
    struct sl_diag diag = {0};
    write_text(folder->mapping, mapping);
    write_text(folder->csv, csv);
    assert_ok(sl_import_open(folder->mapping, import, &diag));
    assert_ok(sl_import_read(import, folder->csv, &diag));
    assert_ok(sl_import_finish(import));
}

static const char sales[] =
    "{\"source\":\"shop\",\"valueMaps\":{\"p\":{\"Gold\":\"gold\"}},"
    "\"order\":[\"effectiveDate\",\"id\"],\"events\":[{\"name\":\"won\",\"fields\":{"
    "\"effectiveDate\":{\"column\":\"day\",\"as\":\"date\",\"format\":[\"%m/%d/%Y\",\"%Y-%m-%d\"]},"
    "\"close.deal\":\"D-{id}\",\"close.kind\":\"WON\",\"close.currency\":\"USD\","
    "\"close.customer\":{\"column\":\"customer\",\"optional\":true},"
    "\"close.lines[0].product\":{\"column\":\"product\",\"map\":\"p\"},"
    "\"close.lines[0].amountMinor\":{\"column\":\"amount\",\"as\":\"money\",\"currency\":\"USD\","
    "\"group\":\",\"},"
    "\"close.credits[0].person\":\"{who}\","
    "\"close.credits[0].sharePpm\":{\"column\":\"share\",\"as\":\"percent\",\"default\":\"100\"}}}]"
    "}";

#define SALES_HEADER "id,day,customer,product,amount,who,share\n"

#endif
