/* Writing refused rows. */
#include "import/reject.h"

#include <csv.h>
#include <stdio.h>
#include <string.h>

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

enum sl_err sl_reject_write(const struct sl_import *import, const char *path)
{
    FILE *out = fopen(path, "wb");
    if (out == NULL) {
        return SL_E_IO;
    }
    bool is_written =
        import->refusal_count == 0 || write_header(out, &import->files[import->refusals[0].file]);
    for (size_t i = 0; i < import->refusal_count && is_written; i++) {
        is_written = write_refusal(out, import, &import->refusals[i]);
    }
    bool is_closed = fclose(out) == 0;
    return is_written && is_closed ? SL_OK : SL_E_IO;
}
