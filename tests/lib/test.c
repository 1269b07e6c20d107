/* The helpers behind the macros of test.h. */
#include "lib/test.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define DEFAULT_SEED 20170301u

void sl_test_expect(
    enum sl_err expected, enum sl_err actual, const char *expression, const char *file, int line)
{
    if (actual != expected) {
        print_error("%s gave %s, expected %s\n", expression, sl_err_name(actual),
                    sl_err_name(expected));
        _fail(file, line);
    }
}

/* The child is to die, so it leaves no core file and says nothing. */
static void run_body_to_its_end(void (*body)(void))
{
    struct rlimit no_core = {0};
    (void)setrlimit(RLIMIT_CORE, &no_core); /* a core file would only be untidy */
    (void)signal(SIGABRT, SIG_DFL);         /* cmocka catches signals */
    (void)close(STDERR_FILENO);             /* the expected message would only confuse */
    body();
    _exit(0);
}

bool sl_test_is_mapped(const void *place)
{
    unsigned char in_core;
    uintptr_t page = (uintptr_t)place & ~(uintptr_t)4095;
    return mincore((void *)page, 1, &in_core) == 0;
}

void sl_test_expect_abort(void (*body)(void), const char *name, const char *file, int line)
{
    int status = 0;
    pid_t child = fork();
    if (child == 0) {
        run_body_to_its_end(body);
    }
    if (child < 0 || waitpid(child, &status, 0) != child) {
        print_error("cannot run a child process: %s\n", strerror(errno));
        _fail(file, line);
    }
    if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGABRT) {
        print_error("%s did not abort (wait status %d)\n", name, status);
        _fail(file, line);
    }
}

struct sl_slice sl_test_slice(const char *text)
{
    return (struct sl_slice){.data = (const uint8_t *)text, .len = strlen(text)};
}

sl_day sl_test_day(const char *text)
{
    sl_day day = {0};
    assert_ok(sl_day_parse(SLICE(text), &day));
    return day;
}

struct sl_period sl_test_period(const char *text)
{
    struct sl_period period = {0};
    assert_ok(sl_period_parse(SLICE(text), 1, &period));
    return period;
}

sl_currency sl_test_currency(const char *code)
{
    sl_currency currency = {0};
    assert_ok(sl_currency_parse(SLICE(code), &currency));
    return currency;
}

struct sl_money sl_test_money(int64_t minor, const char *code)
{
    return (struct sl_money){.minor = minor, .currency = sl_test_currency(code)};
}

void sl_test_random_init(struct sl_test_random *random)
{
    const char *text = getenv("SL_SEED");
    random->state = text != NULL ? strtoull(text, NULL, 0) : DEFAULT_SEED;
    print_message("SL_SEED=%llu\n", (unsigned long long)random->state);
}

/* Steele, Lea, Flood: Fast splittable pseudorandom number generators (2014). */
uint64_t sl_test_random(struct sl_test_random *random)
{
    random->state += 0x9e3779b97f4a7c15u;
    uint64_t mixed = random->state;
    mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9u;
    mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111ebu;
    return mixed ^ (mixed >> 31);
}

uint64_t sl_test_random_below(struct sl_test_random *random, uint64_t bound)
{
    return sl_test_random(random) % bound;
}

int64_t sl_test_random_between(struct sl_test_random *random, int64_t low, int64_t high)
{
    uint64_t last = (uint64_t)high - (uint64_t)low;
    uint64_t drawn = sl_test_random(random);
    uint64_t offset = last == UINT64_MAX ? drawn : drawn % (last + 1);
    return (int64_t)((uint64_t)low + offset);
}
