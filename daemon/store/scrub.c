/* One portion after the other: the log beside its tree, then table by table. */
#include "store/scrub.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "sl/stored/record.h"
#include "store/dir.h"
#include "store/row_seal.h"

/* What a portion works with: one snapshot. */
struct portion {
    struct sl_scrub *scrub;
    struct sl_lmdb_file file;
    uint64_t bytes_max;
    struct sl_diag *diag;
    struct sl_lmdb_walk nodes; /* beside the log */
    struct sl_lmdb_entry group;
    bool has_nodes;
};

enum sl_err sl_scrub_open(struct sl_scrub *scrub,
                          const struct sl_env *env,
                          const struct sl_table_spec *specs,
                          size_t spec_count,
                          struct sl_diag *diag)
{
    char path[SL_DIR_BYTES_MAX + 16];
    const char *dir;
    *scrub = (struct sl_scrub){
        .env = env,
        .specs = specs,
        .spec_count = spec_count,
        .fd = -1,
    };
    if (sl_sha256_init(&scrub->sha) != SL_OK) {
        return sl_refuse(diag, SL_E_NO_MEMORY, "", "scrub");
    }
    if (mdb_env_get_path(env->mdb, &dir) == 0 &&
        sl_dir_path(dir, "data.mdb", path, sizeof path) == SL_OK) {
        scrub->fd = open(path, O_RDONLY | O_DIRECT | O_CLOEXEC); /* not every file system can */
        scrub->fd = scrub->fd >= 0 ? scrub->fd : open(path, O_RDONLY | O_CLOEXEC);
    }
    if (scrub->fd < 0) {
        sl_scrub_close(scrub);
        return sl_refuse(diag, SL_E_IO, "", "scrub: open data.mdb");
    }
    return SL_OK;
}

void sl_scrub_close(struct sl_scrub *scrub)
{
    if (scrub->env == NULL) {
        return;
    }
    if (scrub->txn != NULL) {
        mdb_txn_abort(scrub->txn);
    }
    sl_sha256_deinit(&scrub->sha);
    if (scrub->fd >= 0) {
        close(scrub->fd);
    }
    *scrub = (struct sl_scrub){.fd = -1};
}

/* ── the snapshot ─────────────────────────────────────────────────────────────────────────────────────────────── */

static enum sl_err begin_txn(struct portion *portion)
{
    struct sl_scrub *scrub = portion->scrub;
    int code = scrub->txn == NULL ? mdb_txn_begin(scrub->env->mdb, NULL, MDB_RDONLY, &scrub->txn)
                                  : mdb_txn_renew(scrub->txn);
    if (code != 0) {
        return SL_E_BUSY; /* no place among the readers, or no memory */
    }
    return sl_lmdb_file_at(&portion->file, scrub->fd, mdb_txn_id(scrub->txn), portion->diag);
}

static enum sl_err
missing(struct portion *portion, const char *name, const char *what, enum sl_err err)
{
    return err == SL_E_NOT_FOUND ? sl_refuse(portion->diag, SL_E_CORRUPT, "",
                                             "data.mdb (%s): %s is missing", what, name)
                                 : err;
}

/* The walk's first entry, whose key must be `name`; its value. */
static enum sl_err find_value(struct portion *portion,
                              struct sl_lmdb_walk *walk,
                              const char *name,
                              struct sl_lmdb_value *ret_value)
{
    struct sl_lmdb_entry entry = {0};
    struct sl_slice key = {(const uint8_t *)name, strlen(name)};
    walk->file = &portion->file;
    enum sl_err err = sl_lmdb_walk_begin(walk, key, portion->diag);
    if (err == SL_OK) {
        err = sl_lmdb_walk_next(walk, &entry, portion->diag);
    }
    if (err == SL_OK && (entry.key.len != key.len || memcmp(entry.key.data, name, key.len) != 0)) {
        err = SL_E_NOT_FOUND;
    }
    *ret_value = entry.value;
    return missing(portion, name, walk->table, err);
}

static enum sl_err
find_tree(struct portion *portion, const char *name, struct sl_lmdb_tree *ret_tree)
{
    struct sl_lmdb_walk walk = {.table = "table of tables", .tree = portion->file.meta.main};
    struct sl_lmdb_value value;
    enum sl_err err = find_value(portion, &walk, name, &value);
    if (err == SL_OK && !value.is_tree) {
        err = sl_refuse(portion->diag, SL_E_CORRUPT, "", "data.mdb: %s is no table", name);
    }
    if (err == SL_OK) {
        sl_lmdb_tree_get(value.data, ret_tree);
    }
    sl_lmdb_walk_end(&walk);
    return err;
}

static bool is_spent(const struct portion *portion)
{
    return portion->file.bytes_read >= portion->bytes_max;
}

/* ── log and tree ─────────────────────────────────────────────────────────────────────────────────────────────── */

/* A stored node; they are asked for in the order of their numbers. */
static enum sl_err next_node(struct portion *portion, uint64_t position, const uint8_t **ret_node)
{
    uint8_t key[8];
    sl_be64_put(key, position / SL_TREE_GROUP_NODES);
    enum sl_err err = SL_OK;
    if (!portion->has_nodes) {
        portion->nodes.file = &portion->file;
        portion->nodes.table = "tree";
        err = find_tree(portion, "tree", &portion->nodes.tree);
        if (err == SL_OK) {
            err = sl_lmdb_walk_begin(&portion->nodes, (struct sl_slice){key, sizeof key},
                                     portion->diag);
        }
    }
    bool is_other = !portion->has_nodes || memcmp(portion->group.key.data, key, sizeof key) != 0;
    if (err == SL_OK && is_other) {
        err = sl_lmdb_walk_next(&portion->nodes, &portion->group, portion->diag);
        portion->has_nodes = err == SL_OK;
    }
    size_t at = position % SL_TREE_GROUP_NODES * SL_SHA256_BYTES;
    bool is_there = err == SL_OK && portion->group.key.len == sizeof key &&
                    memcmp(portion->group.key.data, key, sizeof key) == 0 &&
                    portion->group.value.data != NULL &&
                    portion->group.value.len >= at + SL_SHA256_BYTES;
    if (is_there) {
        *ret_node = portion->group.value.data + at;
    }
    return err == SL_OK && !is_there ? SL_E_NOT_FOUND : err;
}

static enum sl_err check_record(struct portion *portion, const struct sl_lmdb_entry *entry)
{
    struct sl_scrub *scrub = portion->scrub;
    uint8_t nodes[SL_MERKLE_NODES_MAX * SL_SHA256_BYTES];
    struct sl_record record;
    uint64_t seq = scrub->tree.size + 1;
    struct sl_slice bytes = {entry->value.data, entry->value.len};
    bool is_next = entry->key.len == sizeof seq && sl_be64_get(entry->key.data) == seq;
    if (!is_next || sl_record_decode((sl_seq){seq}, bytes, &record) != SL_OK) {
        return sl_refuse(portion->diag, SL_E_CORRUPT, "", "log: seq %" PRIu64 ": %s", seq,
                         is_next ? "the record is damaged" : "it is missing");
    }
    uint64_t position = sl_merkle_node_count(seq - 1);
    size_t count = sl_merkle_append(&scrub->tree, &scrub->sha, bytes, nodes);
    for (size_t i = 0; i < count; i++) {
        const uint8_t *stored = NULL;
        enum sl_err err = next_node(portion, position + i, &stored);
        if (err == SL_E_NOT_FOUND ||
            (err == SL_OK && memcmp(stored, nodes + i * SL_SHA256_BYTES, SL_SHA256_BYTES) != 0)) {
            err = sl_refuse(portion->diag, SL_E_CORRUPT, "",
                            "tree: node %" PRIu64 ", which seq %" PRIu64 " completes, differs",
                            position + i, seq);
        }
        if (err != SL_OK) {
            return err;
        }
    }
    scrub->seq = seq;
    return SL_OK;
}

/* The log has ended: has it the length and the root that the head of the same snapshot names, and nothing between its records? */
static enum sl_err check_head(struct portion *portion, uint64_t entries)
{
    struct sl_scrub *scrub = portion->scrub;
    struct sl_lmdb_tree meta = {0};
    struct sl_lmdb_value value = {0};
    struct sl_meta_head head = {0};
    enum sl_err err = find_tree(portion, "meta", &meta);
    struct sl_lmdb_walk walk = {.table = "table meta", .tree = meta};
    if (err == SL_OK) {
        err = find_value(portion, &walk, "head", &value);
    }
    if (err == SL_OK && !value.is_big && value.len == sizeof head) {
        memcpy(&head, value.data, sizeof head);
    }
    sl_lmdb_walk_end(&walk);
    if (err != SL_OK) {
        return err;
    }
    uint8_t root[SL_SHA256_BYTES];
    sl_merkle_root(&scrub->tree, &scrub->sha, root);
    bool is_same = head.checkpointed == scrub->tree.size && entries == scrub->tree.size &&
                   (scrub->tree.size == 0 || memcmp(root, head.root, sizeof root) == 0);
    return is_same ? SL_OK
                   : sl_refuse(portion->diag, SL_E_CORRUPT, "",
                               "log: it ends at seq %" PRIu64 " with another length or root than "
                               "the head of data.mdb (table meta) names",
                               scrub->tree.size);
}

static enum sl_err scrub_log(struct portion *portion, bool *ret_is_done)
{
    struct sl_scrub *scrub = portion->scrub;
    if (!scrub->is_begun) {
        scrub->is_begun = true;
        scrub->tree = (struct sl_merkle){0};
        scrub->seq = 0;
    }
    uint8_t key[8];
    struct sl_lmdb_walk walk = {.file = &portion->file, .table = "log"};
    struct sl_lmdb_entry entry;
    sl_be64_put(key, scrub->tree.size + 1);
    enum sl_err err = find_tree(portion, "log", &walk.tree);
    uint64_t entries = walk.tree.entries;
    if (err == SL_OK) {
        err = sl_lmdb_walk_begin(&walk, (struct sl_slice){key, sizeof key}, portion->diag);
    }
    for (bool is_first = true; err == SL_OK && (is_first || !is_spent(portion)); is_first = false) {
        err = sl_lmdb_walk_next(&walk, &entry, portion->diag);
        if (err == SL_OK) {
            err = sl_lmdb_walk_value(&walk, &entry, portion->diag);
        }
        if (err == SL_OK) {
            err = check_record(portion, &entry);
        }
    }
    sl_lmdb_walk_end(&walk);
    sl_lmdb_walk_end(&portion->nodes);
    *ret_is_done = err == SL_E_NOT_FOUND;
    return err == SL_E_NOT_FOUND ? check_head(portion, entries) : err;
}

/* ── a table of the state ─────────────────────────────────────────────────────────────────────────────────────── */

static enum sl_err check_value(struct portion *portion,
                               const struct sl_table_spec *spec,
                               const struct sl_lmdb_entry *entry)
{
    const struct sl_lmdb_value *value = &entry->value;
    uint32_t begin = sl_value_seal_begin(spec->name);
    const uint8_t *key = entry->key.data;
    bool is_sound = entry->key.len == SL_KEY_BYTES && !value->is_big;
    if (is_sound && spec->packed_rows > 0) {
        is_sound = sl_group_is_sealed(begin, key, value->data, value->len);
    } else if (is_sound) {
        is_sound = value->len == spec->row_size + SL_ROW_SEAL_BYTES &&
                   sl_row_is_sealed(begin, key, value->data, spec->row_size);
    }
    return is_sound ? SL_OK
                    : sl_refuse(portion->diag, SL_E_CORRUPT, "",
                                "state table %s: its value %" PRIu64
                                " is damaged; salesledgerd rebuild makes the state anew",
                                spec->name, portion->scrub->values + 1);
}

static enum sl_err check_count(struct portion *portion,
                               const struct sl_table_spec *spec,
                               const struct sl_lmdb_tree *tree)
{
    const struct sl_scrub *scrub = portion->scrub;
    bool is_comparable = scrub->begun_txn == portion->file.meta.txn;
    if (!is_comparable || scrub->values == tree->entries) {
        return SL_OK;
    }
    return sl_refuse(portion->diag, SL_E_CORRUPT, "",
                     "state table %s has %" PRIu64 " values and should have %" PRIu64, spec->name,
                     scrub->values, tree->entries);
}

/* The least key above; false if there is none. */
static bool step(uint8_t key[SL_KEY_BYTES])
{
    size_t at = SL_KEY_BYTES;
    do {
        at--;
        key[at]++;
    } while (key[at] == 0 && at > 0);
    return key[at] != 0;
}

static enum sl_err
scrub_table(struct portion *portion, const struct sl_table_spec *spec, bool *ret_is_done)
{
    struct sl_scrub *scrub = portion->scrub;
    char name[64];
    (void)snprintf(name, sizeof name, "state/%s", spec->name); /* env.c asserts that it fits */
    if (!scrub->is_begun) {
        scrub->is_begun = true;
        scrub->values = 0;
        scrub->begun_txn = portion->file.meta.txn;
        memset(scrub->from, 0, sizeof scrub->from);
    }
    struct sl_lmdb_walk walk = {.file = &portion->file, .table = name};
    struct sl_lmdb_entry entry;
    enum sl_err err = find_tree(portion, name, &walk.tree);
    struct sl_lmdb_tree tree = walk.tree;
    if (err == SL_OK) {
        err = sl_lmdb_walk_begin(&walk, (struct sl_slice){scrub->from, sizeof scrub->from},
                                 portion->diag);
    }
    for (bool is_first = true; err == SL_OK && (is_first || !is_spent(portion)); is_first = false) {
        err = sl_lmdb_walk_next(&walk, &entry, portion->diag);
        if (err == SL_OK) {
            err = check_value(portion, spec, &entry);
        }
        if (err == SL_OK) {
            memcpy(scrub->from, entry.key.data, sizeof scrub->from);
            scrub->values++;
            err = step(scrub->from) ? SL_OK : SL_E_NOT_FOUND;
        }
    }
    sl_lmdb_walk_end(&walk);
    *ret_is_done = err == SL_E_NOT_FOUND;
    return err == SL_E_NOT_FOUND ? check_count(portion, spec, &tree) : err;
}

/* ── a portion ────────────────────────────────────────────────────────────────────────────────────────────────── */

static void go_to_next_part(struct sl_scrub *scrub)
{
    scrub->is_begun = false;
    scrub->part++;
    if (scrub->part > scrub->spec_count) {
        scrub->part = 0;
        scrub->passes++;
    }
}

enum sl_err sl_scrub_portion(struct sl_scrub *scrub, uint64_t bytes_max, struct sl_diag *diag)
{
    struct portion portion = {.scrub = scrub, .bytes_max = bytes_max, .diag = diag};
    uint64_t passes = scrub->passes;
    enum sl_err err = begin_txn(&portion);
    for (bool is_first = true;
         err == SL_OK && scrub->passes == passes && (is_first || !is_spent(&portion));
         is_first = false) {
        bool is_done = false;
        err = scrub->part == 0 ? scrub_log(&portion, &is_done)
                               : scrub_table(&portion, &scrub->specs[scrub->part - 1], &is_done);
        bool is_damaged = err == SL_E_CORRUPT || err == SL_E_IO;
        if (is_done || is_damaged) {
            portion.has_nodes = false;
            go_to_next_part(scrub);
        }
    }
    if (scrub->txn != NULL) {
        mdb_txn_reset(scrub->txn);
    }
    scrub->bytes += portion.file.bytes_read;
    return err;
}
