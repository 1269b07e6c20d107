/* Writing refused rows. */
#include "import/reject.h"

#include <csv.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Does `path` name the regular file that `reject` is? */
static bool is_same(const struct stat *reject, const char *path)
{
    struct stat found;
    int failed = strcmp(path, "-") == 0 ? fstat(STDIN_FILENO, &found) : stat(path, &found);
    return failed == 0 && S_ISREG(found.st_mode) && found.st_dev == reject->st_dev &&
           found.st_ino == reject->st_ino;
}

static bool
is_read(const struct sl_import *import, const char *mapping_path, const struct stat *reject)
{
    bool is_found = is_same(reject, mapping_path);
    for (size_t i = 0; i < import->file_count && !is_found; i++) {
        is_found = is_same(reject, import->files[i].path);
    }
    for (size_t i = 0; i < import->lookup_count && !is_found; i++) {
        is_found = is_same(reject, import->lookups[i].table.path);
    }
    return is_found;
}

enum sl_err sl_reject_open(const struct sl_import *import,
                           const char *mapping_path,
                           const char *path,
                           FILE **ret_file,
                           struct sl_diag *diag)
{
    struct stat there;
    if (stat(path, &there) == 0 && is_read(import, mapping_path, &there)) {
        return sl_refuse(diag, SL_E_USAGE, "", "--reject %s is a file that is read; name another",
                         path);
    }
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
    FILE *file = fd < 0 ? NULL : fdopen(fd, "wb");
    if (file == NULL && fd >= 0) {
        (void)close(fd); /* nothing was written */
    }
    if (file == NULL) {
        return sl_refuse(diag, SL_E_IO, "", "%s: cannot be written", path);
    }
    *ret_file = file;
    return SL_OK;
}

static bool write_field(FILE *out, const char *text, bool is_first)
{
    return (is_first || fputc(',', out) != EOF) && csv_fwrite(out, text, strlen(text)) == 0;
}

static bool write_fields(FILE *out,
                         const struct sl_csv_table *table,
                         const struct sl_csv_row *row,
                         size_t count)
{
    bool is_written = true;
    for (size_t i = 0; i < count && is_written; i++) {
        const char *text = sl_csv_cell(table, row, i);
        is_written = write_field(out, text == NULL ? "" : text, i == 0);
    }
    return is_written;
}

static bool write_header(FILE *out, const struct sl_csv_table *table)
{
    return write_fields(out, table, &table->header, table->header.field_count) &&
           fputs(",reject_file,reject_line,reject_column,reject_reason\r\n", out) != EOF;
}

static bool
write_refusal(FILE *out, const struct sl_import *import, const struct sl_import_refusal *refusal)
{
    const struct sl_csv_table *table = &import->files[refusal->file];
    const struct sl_csv_row *row = &table->rows[refusal->row];
    size_t columns = table->header.field_count;
    return write_fields(out, table, row, columns) && write_field(out, table->path, false) &&
           fprintf(out, ",%zu", row->line) > 0 && write_field(out, refusal->diag.field, false) &&
           write_field(out, refusal->diag.message, false) && fputs("\r\n", out) != EOF;
}

/* Empties a regular file; a pipe or a terminal has nothing to be emptied of. */
static bool empty(FILE *out)
{
    struct stat found;
    return fstat(fileno(out), &found) == 0 &&
           (!S_ISREG(found.st_mode) || ftruncate(fileno(out), 0) == 0);
}

enum sl_err sl_reject_write(const struct sl_import *import, FILE *file)
{
    bool is_written = empty(file) && (import->refusal_count == 0 ||
                                      write_header(file, &import->files[import->refusals[0].file]));
    for (size_t i = 0; i < import->refusal_count && is_written; i++) {
        is_written = write_refusal(file, import, &import->refusals[i]);
    }
    bool is_closed = fclose(file) == 0;
    return is_written && is_closed ? SL_OK : SL_E_IO;
}
