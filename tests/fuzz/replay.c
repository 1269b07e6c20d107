/* Runs a fuzz target over kept inputs, as a plain program: for builds without libFuzzer.
 *
 *     replay [--mutate N] PACK-OR-FILE...
 *
 * A file called .pack holds many inputs, each behind its length (four bytes, little-endian); any other file is one. With --mutate each is
 * also run N times with a few bytes changed, from a fixed seed (SL_SEED): a little of what the fuzzer does, on each run of the tests.
 *
 * Inputs run in a child, so that whatever ends it, the parent can say which input did and leave it in "crash-input". */
#include "fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/test.h"

#define INPUT_BYTES_MAX ((size_t)1 << 20)
#define CHANGES_MAX     4u

/* Shared with the child: the input at hand. */
struct at_hand {
    char path[512];
    size_t number;     /* in the file, from 0 */
    unsigned mutation; /* 0: as it is */
    size_t len;
    uint8_t bytes[INPUT_BYTES_MAX];
    uint64_t runs;
};

struct replay {
    struct at_hand *at;
    unsigned mutations;
    struct sl_test_random random;
};

/* The target gets memory of just this size, so that a sanitizer sees what reads beyond it. */
static void run_one(struct replay *replay)
{
    const struct at_hand *at = replay->at;
    uint8_t *exact = malloc(at->len > 0 ? at->len : 1);
    SL_ASSERT(exact != NULL);
    memcpy(exact, at->bytes, at->len);
    replay->at->runs++;
    SL_ASSERT(LLVMFuzzerTestOneInput(exact, at->len) == 0);
    free(exact);
}

static void mutate(struct replay *replay)
{
    struct at_hand *at = replay->at;
    for (uint64_t i = 1 + sl_test_random_below(&replay->random, CHANGES_MAX); i > 0; i--) {
        uint8_t *place = &at->bytes[sl_test_random_below(&replay->random, at->len)];
        uint64_t drawn = sl_test_random(&replay->random);
        switch (drawn % 4) {
        case 0: *place ^= (uint8_t)(1u << (drawn >> 8) % 8); break;
        case 1: *place = (uint8_t)(drawn >> 8); break;
        case 2: *place = (uint8_t)(*place + (drawn >> 8) % 3 - 1); break;
        default: at->len -= drawn >> 8 & 1 && at->len > 1; break;
        }
    }
}

static void run_input(struct replay *replay, const uint8_t *bytes, size_t len)
{
    struct at_hand *at = replay->at;
    SL_ASSERT(len <= INPUT_BYTES_MAX);
    for (at->mutation = 0; at->mutation <= replay->mutations; at->mutation++) {
        memcpy(at->bytes, bytes, len);
        at->len = len;
        if (at->mutation > 0 && len > 0) {
            mutate(replay);
        }
        run_one(replay);
    }
}

static uint8_t *read_file(const char *path, size_t *ret_len)
{
    FILE *file = fopen(path, "rb");
    SL_ASSERT(file != NULL);
    SL_ASSERT(fseek(file, 0, SEEK_END) == 0);
    long len = ftell(file);
    SL_ASSERT(len >= 0);
    rewind(file);
    uint8_t *bytes = malloc((size_t)len + 1);
    SL_ASSERT(bytes != NULL);
    SL_ASSERT(fread(bytes, 1, (size_t)len, file) == (size_t)len);
    SL_ASSERT(fclose(file) == 0);
    *ret_len = (size_t)len;
    return bytes;
}

static void run_pack(struct replay *replay, struct sl_slice pack)
{
    struct fuzz_input rest = {pack.data, pack.len};
    while (rest.size > 0) {
        size_t len = fuzz_number(&rest, 4);
        SL_ASSERT(len <= rest.size); /* else the pack is cut */
        struct sl_slice input = fuzz_take(&rest, len);
        run_input(replay, input.data, input.len);
        replay->at->number++;
    }
}

static void run_file(struct replay *replay, const char *path)
{
    size_t len;
    const char *dot = strrchr(path, '.');
    uint8_t *bytes = read_file(path, &len);
    (void)snprintf(replay->at->path, sizeof replay->at->path, "%s", path);
    replay->at->number = 0;
    if (dot != NULL && strcmp(dot, ".pack") == 0) {
        run_pack(replay, (struct sl_slice){bytes, len});
    } else {
        run_input(replay, bytes, len);
    }
    free(bytes);
}

static void tell_failure(const struct at_hand *at, int status)
{
    FILE *file = fopen("crash-input", "wb");
    if (file != NULL) {
        (void)fwrite(at->bytes, 1, at->len, file);
        (void)fclose(file);
    }
    (void)fprintf(stderr, "%s: input %zu, mutation %u ends with status %d; it is in crash-input\n",
                  at->path, at->number, at->mutation, status);
}

int main(int argc, char **argv)
{
    struct replay replay = {.mutations = 0};
    int first = 1;
    if (argc > 2 && strcmp(argv[1], "--mutate") == 0) {
        replay.mutations = (unsigned)strtoul(argv[2], NULL, 10);
        first = 3;
    }
    replay.at =
        mmap(NULL, sizeof *replay.at, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    SL_ASSERT(replay.at != MAP_FAILED);
    sl_test_random_init(&replay.random);
    (void)fflush(stdout);
    pid_t child = fork();
    SL_ASSERT(child >= 0);
    if (child == 0) {
        for (int i = first; i < argc; i++) {
            run_file(&replay, argv[i]);
        }
        exit(0);
    }
    int status;
    SL_ASSERT(waitpid(child, &status, 0) == child);
    if (status != 0) {
        tell_failure(replay.at, status);
        return 1;
    }
    (void)printf("%d files, %llu runs\n", argc - first, (unsigned long long)replay.at->runs);
    return replay.at->runs > 0 ? 0 : 1;
}
