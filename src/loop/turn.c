/* Keeps the longest turn of an event loop. */
#include "loop/turn.h"

#include "base/ensure.h"

static void store(atomic_uint_fast64_t *number, uint64_t value)
{
    atomic_store_explicit(number, value, memory_order_relaxed);
}

static uint64_t load(const atomic_uint_fast64_t *number)
{
    return atomic_load_explicit(number, memory_order_relaxed);
}

/* Begins a new window if the current one is over. A loop that slept through a window has no
 * earlier one. */
static void move_window(struct turn_clock *clock, uint64_t now_ns)
{
    uint64_t age_ns = now_ns - clock->window_began_ns;

    if (age_ns < TURN_WINDOW_NS)
        return;
    store(&clock->earlier_ns, age_ns < 2 * TURN_WINDOW_NS ? load(&clock->longest_ns) : 0);
    store(&clock->longest_ns, 0);
    clock->window_began_ns = now_ns;
}

void turn_end(struct turn_clock *clock, uint64_t began_ns, uint64_t now_ns)
{
    ensure(began_ns <= now_ns && clock->window_began_ns <= now_ns);
    if (clock->window_began_ns == 0)
        clock->window_began_ns = now_ns;
    move_window(clock, now_ns);
    if (now_ns - began_ns > load(&clock->longest_ns))
        store(&clock->longest_ns, now_ns - began_ns);
}

uint64_t turn_longest_ns(const struct turn_clock *clock)
{
    uint64_t longest_ns = load(&clock->longest_ns), earlier_ns = load(&clock->earlier_ns);

    return longest_ns > earlier_ns ? longest_ns : earlier_ns;
}
