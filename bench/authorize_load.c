/* What authorization costs a request, measured inside one process by the thread's CPU clock: warm
 * (the token is remembered) and cold, and how much it grows with what a server is configured with.
 * Worlds that are compared take turns, so that what slows the machine slows them alike. Prints a
 * line of JSON for each figure. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "auth/token/token_cache.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"
#include "world.h"

enum { ROUNDS_MAX = 501, WARM_ROUND = 500, COLD_ROUND = 10 };

static struct {
    size_t rounds, million;
} option = { .rounds = 101, .million = 1000 * 1000 };

static uint64_t cpu_ns(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static double median(double *all, size_t count)
{
    qsort(all, count, sizeof(*all), by_size);
    return all[count / 2];
}

/* ---- one world ---- */

struct subject {
    struct world *world;
    struct token_cache *tokens; /* NULL: every request is cold */
    agentos_status expected;
    double us[ROUNDS_MAX]; /* a request's, by round */
};

static void admit(const struct subject *s)
{
    agentos_error err = { .message = "" };
    agentos_status status = world_admit(s->world, s->tokens, world_request(s->world), &err);

    if (status == s->expected)
        return;
    (void)fprintf(stderr, "authorize_load: %s\n", err.message);
    exit(1);
}

static void subject_open(struct subject *s, const struct world_options *options, bool is_warm)
{
    s->world = world_new(options);
    s->tokens = is_warm ? token_cache_new(VERIFIED_TOKENS_MAX) : NULL;
    s->expected = options->token == TOKEN_OF_STRANGER ? AGENTOS_UNAUTHENTICATED : AGENTOS_OK;
    admit(s);
}

static void subject_close(struct subject *s)
{
    token_cache_free(s->tokens);
    world_free(s->world);
}

static void round_of(struct subject *s, size_t round)
{
    size_t times = s->tokens != NULL ? WARM_ROUND : COLD_ROUND;
    uint64_t before = cpu_ns();

    for (size_t i = 0; i < times; i++)
        admit(s);
    s->us[round] = (double)(cpu_ns() - before) / 1e3 / (double)times;
}

/* ---- two that are compared ---- */

struct pair {
    const char *name;
    bool is_cold_too;
    struct world_options small, large;
};

static void compare(const char *name, const char *how, struct subject both[2])
{
    double ratios[ROUNDS_MAX];

    for (size_t i = 0; i < option.rounds; i++) {
        round_of(&both[0], i);
        round_of(&both[1], i);
        ratios[i] = both[1].us[i] / both[0].us[i];
    }
    (void)printf("{\"name\": \"%s\", \"how\": \"%s\", \"small_us\": %.3f, \"large_us\": %.3f, "
                 "\"ratio\": %.3f}\n",
                 name, how, median(both[0].us, option.rounds), median(both[1].us, option.rounds),
                 median(ratios, option.rounds));
    (void)fflush(stdout);
}

static void measure_pair(const struct pair *pair, bool is_warm)
{
    static struct subject both[2];

    subject_open(&both[0], &pair->small, is_warm);
    subject_open(&both[1], &pair->large, is_warm);
    compare(pair->name, is_warm ? "warm" : "cold", both);
    subject_close(&both[0]);
    subject_close(&both[1]);
}

#define PLAIN  .alg = "ES256", .static_keys = 1, .scopes = 1
#define LISTED .alg = "ES256", .scopes = 1

// clang-format off
static const struct pair pairs[] = {
    { "1 to 100 issuers",        true,  { LISTED, .issuers = 1 },  { LISTED, .issuers = 100 } },
    { "1 to 256 keys of a set",  true,  { .alg = "ES256", .scopes = 1, .set_keys = 1 },
                                     { .alg = "ES256", .scopes = 1, .set_keys = 256 } },
    { "1 to 1,000 mappings",     false, { PLAIN, .mappings = 1 },  { PLAIN, .mappings = 1000 } },
    { "1 to 1,000 agents",       false, { PLAIN, .agents = 1 },    { PLAIN, .agents = 1000 } },
    { "1 to 50 scopes",          false, { PLAIN },                 { .alg = "ES256", .static_keys = 1, .scopes = 50 } },
    { "... of a listed issuer",  false, { LISTED, .issuers = 1 },  { .alg = "ES256", .issuers = 1, .scopes = 50 } },
    { "... for single agents",   false, { PLAIN, .is_single = true },
                                     { .alg = "ES256", .static_keys = 1, .scopes = 50, .is_single = true } },
};

/* What a bad token may cost: every key is tried. */
static const struct pair worst_cases[] = {
    { "1 to 16 keys, by the last one", true, { .alg = "RS256", .scopes = 1, .static_keys = 1, .token = TOKEN_WITHOUT_KID },
                                    { .alg = "RS256", .scopes = 1, .static_keys = 16, .token = TOKEN_WITHOUT_KID } },
    { "1 to 16 keys, by none",         true, { .alg = "RS256", .scopes = 1, .static_keys = 1, .token = TOKEN_WITHOUT_KID },
                                    { .alg = "RS256", .scopes = 1, .static_keys = 16, .token = TOKEN_OF_STRANGER } },
};
// clang-format on

/* ---- the parts ---- */

static void measure_warm(void)
{
    static struct subject both[2];
    const struct world_options options = { .alg = "RS256", .static_keys = 1, .scopes = 2 };

    subject_open(&both[0], &options, true);
    subject_open(&both[1], &options, false);
    for (size_t i = 0; i < option.rounds; i++) {
        round_of(&both[0], i);
        round_of(&both[1], i);
    }
    (void)printf("{\"name\": \"one token\", \"warm_us\": %.3f, \"cold_us\": %.3f}\n",
                 median(both[0].us, option.rounds), median(both[1].us, option.rounds));
    subject_close(&both[0]);
    subject_close(&both[1]);
}

static void measure_growth(void)
{
    for (size_t i = 0; i < COUNT(pairs); i++) {
        measure_pair(&pairs[i], true);
        if (pairs[i].is_cold_too)
            measure_pair(&pairs[i], false);
    }
}

static void measure_worst(void)
{
    for (size_t i = 0; i < COUNT(worst_cases); i++)
        measure_pair(&worst_cases[i], false);
}

static size_t resident_kb(void)
{
    char text[128] = "";
    FILE *file = fopen("/proc/self/statm", "r");

    if (file == NULL || fgets(text, sizeof(text), file) == NULL)
        abort();
    (void)fclose(file);
    str numbers = str_of(text);
    (void)str_split(&numbers, ' '); /* the second is the resident one */
    return strtoul(numbers.ptr, NULL, 10) * (size_t)sysconf(_SC_PAGESIZE) / KiB;
}

/* Each token is another user's, and comes once: what a cache without a bound would keep. */
static void measure_million(void)
{
    struct world *world =
        world_new(&(struct world_options){ .alg = "HS256", .static_keys = 1, .scopes = 2 });
    struct token_cache *tokens = token_cache_new(VERIFIED_TOKENS_MAX);
    size_t before_kb = resident_kb(), full_kb = before_kb, most_kb = before_kb;

    for (size_t i = 1; i <= option.million; i++) {
        AUTO(arena) *a = arena_new();
        agentos_error err;

        if (world_admit(world, tokens, world_request_of(world, i, a), &err) != AGENTOS_OK)
            abort();
        if (i == VERIFIED_TOKENS_MAX)
            full_kb = resident_kb();
        if (i % VERIFIED_TOKENS_MAX == 0 && resident_kb() > most_kb)
            most_kb = resident_kb();
    }
    (void)printf("{\"name\": \"distinct tokens\", \"count\": %zu, \"bound\": %d, \"before_kb\": "
                 "%zu, \"full_kb\": %zu, \"most_kb\": %zu}\n",
                 option.million, VERIFIED_TOKENS_MAX, before_kb, full_kb, most_kb);
    token_cache_free(tokens);
    world_free(world);
}

static const struct part {
    const char *name;
    void (*measure)(void);
} parts[] = {
    { "warm", measure_warm },
    { "growth", measure_growth },
    { "worst", measure_worst },
    { "million", measure_million },
};

int main(int argc, char **argv)
{
    static const struct option names[] = {
        { "rounds", required_argument, NULL, 'r' },
        { "tokens", required_argument, NULL, 't' },
        { NULL, 0, NULL, 0 },
    };

    for (int c; (c = getopt_long(argc, argv, "", names, NULL)) != -1;) {
        switch (c) {
        case 'r': option.rounds = strtoul(optarg, NULL, 10); break;
        case 't': option.million = strtoul(optarg, NULL, 10); break;
        default: return 2;
        }
    }
    if (option.rounds == 0 || option.rounds > ROUNDS_MAX)
        return 2;
    log_setup(LOG_ERROR, LOG_TEXT);
    for (size_t i = 0; i < COUNT(parts); i++)
        if (argc == optind || strcmp(argv[optind], parts[i].name) == 0)
            parts[i].measure();
    return 0;
}
