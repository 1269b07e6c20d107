/* The Merkle tree: roots as RFC 9162 defines them, and nodes where their numbers say. */
#include "lib/test.h"

#include <stdio.h>
#include <string.h>

#include "sl/stored/merkle.h"

#define LEAVES 300u

static struct sl_sha256 sha;

static int open_sha(void **state)
{
    (void)state;
    return sl_sha256_init(&sha) == SL_OK ? 0 : -1;
}

static int close_sha(void **state)
{
    (void)state;
    sl_sha256_deinit(&sha);
    return 0;
}

static struct sl_slice leaf_bytes(uint64_t index, char buf[32])
{
    int len = snprintf(buf, 32, "leaf %llu", (unsigned long long)index);
    return (struct sl_slice){(const uint8_t *)buf, (size_t)len};
}

static void hash_leaf(uint64_t index, uint8_t hash[32])
{
    char buf[32];
    struct sl_slice bytes = leaf_bytes(index, buf);
    sl_sha256_begin(&sha);
    sl_sha256_update(&sha, "\0", 1);
    sl_sha256_update(&sha, bytes.data, bytes.len);
    sl_sha256_finish(&sha, hash);
}

static void hash_pair(const uint8_t *left, const uint8_t *right, uint8_t hash[32])
{
    sl_sha256_begin(&sha);
    sl_sha256_update(&sha, "\1", 1);
    sl_sha256_update(&sha, left, 32);
    sl_sha256_update(&sha, right, 32);
    sl_sha256_finish(&sha, hash);
}

/* The definition, level by level: pairs are hashed, an odd last one moves up as it is. */
static void reference_root(uint64_t first, uint64_t count, uint8_t root[32])
{
    static uint8_t hashes[LEAVES][32];
    for (uint64_t i = 0; i < count; i++) {
        hash_leaf(first + i, hashes[i]);
    }
    while (count > 1) {
        for (uint64_t i = 0; i + 1 < count; i += 2) {
            hash_pair(hashes[i], hashes[i + 1], hashes[i / 2]);
        }
        if (count % 2 == 1) {
            memmove(hashes[count / 2], hashes[count - 1], 32);
        }
        count = (count + 1) / 2;
    }
    memcpy(root, hashes[0], 32);
}

static void the_root_of_every_size_is_the_definitions(void **state)
{
    (void)state;
    struct sl_merkle merkle = {0};
    uint8_t nodes[SL_MERKLE_NODES_MAX * 32];
    for (uint64_t size = 1; size <= LEAVES; size++) {
        char buf[32];
        uint8_t expected[32];
        uint8_t root[32];
        (void)sl_merkle_append(&merkle, &sha, leaf_bytes(size - 1, buf), nodes);
        sl_merkle_root(&merkle, &sha, root);
        reference_root(0, size, expected);
        assert_memory_equal(root, expected, 32);
    }
}

static void the_root_of_nothing_is_the_hash_of_nothing(void **state)
{
    (void)state;
    struct sl_merkle merkle = {0};
    uint8_t root[32];
    uint8_t expected[32];
    sl_merkle_root(&merkle, &sha, root);
    sl_sha256_begin(&sha);
    sl_sha256_finish(&sha, expected);
    assert_memory_equal(root, expected, 32);
}

static void kept_nodes_come_in_post_order_and_are_found_by_level_and_index(void **state)
{
    (void)state;
    static uint8_t stored[LEAVES / 8][32];
    struct sl_merkle merkle = {0};
    uint64_t written = 0;
    for (uint64_t i = 0; i < LEAVES; i++) {
        char buf[32];
        uint8_t nodes[SL_MERKLE_NODES_MAX * 32];
        size_t count = sl_merkle_append(&merkle, &sha, leaf_bytes(i, buf), nodes);
        memcpy(stored[written], nodes, count * 32);
        written += count;
        assert_int_equal(written, sl_merkle_node_count(i + 1));
    }
    assert_int_equal(written, 2 * (LEAVES / 16) - 2); /* 18 blocks */
    for (unsigned level = SL_MERKLE_KEPT_LEVEL; level < 9; level++) {
        for (uint64_t index = 0; (index + 1) << level <= LEAVES; index++) {
            uint8_t expected[32];
            reference_root(index << level, 1ull << level, expected);
            assert_memory_equal(stored[sl_merkle_position(level, index)], expected, 32);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_root_of_every_size_is_the_definitions),
        cmocka_unit_test(the_root_of_nothing_is_the_hash_of_nothing),
        cmocka_unit_test(kept_nodes_come_in_post_order_and_are_found_by_level_and_index),
    };
    return cmocka_run_group_tests(tests, open_sha, close_sha);
}
