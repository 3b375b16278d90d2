/* A hashed timer wheel, driven by one libuv timer. */
#include "loop/timer.h"

#include "base/ensure.h"
#include "loop/internal.h"

static void advance(uv_timer_t *alarm);

/* Returns the tick at which a timer fires, rounded up. */
static uint64_t tick_of(uint64_t due_ms)
{
    return (due_ms + WHEEL_TICK_MS - 1) / WHEEL_TICK_MS;
}

/* Returns the slot of a tick, which ticks of other laps share. */
static struct list *slot_of(struct wheel *wheel, uint64_t tick)
{
    return &wheel->slots[tick % WHEEL_SLOTS];
}

/* Sets the alarm to this tick, or to now if it has passed. */
static void set_alarm(struct loop *loop, uint64_t tick)
{
    struct wheel *wheel = &loop->wheel;
    uint64_t at_ms = tick * WHEEL_TICK_MS, now_ms = uv_now(&loop->uv);

    wheel->wake_at = tick;
    /* Fails only without a callback. */
    (void)uv_timer_start(&wheel->alarm, advance, at_ms > now_ms ? at_ms - now_ms : 0, 0);
}

/* Sets the alarm to the next used slot, if any. */
static void set_next_alarm(struct loop *loop)
{
    struct wheel *wheel = &loop->wheel;

    wheel->wake_at = UINT64_MAX;
    for (uint64_t tick = wheel->tick + 1; tick <= wheel->tick + WHEEL_SLOTS; tick++)
        if (!list_is_empty(slot_of(wheel, tick))) {
            set_alarm(loop, tick);
            return;
        }
}

/* Fires the due timers of a slot. `fire` may start or stop any timer. */
static void fire_slot(struct wheel *wheel, struct list *slot)
{
    struct list due, *next;

    ensure(slot == slot_of(wheel, wheel->tick));
    list_init(&due);
    for (struct list *node = slot->next; node != slot; node = next) {
        next = node->next;
        if (tick_of(LIST_OWNER(node, struct timer, node)->due_ms) > wheel->tick)
            continue;
        list_remove(node);
        list_append(&due, node);
    }
    for (struct list *node; (node = list_pop(&due)) != NULL;) {
        struct timer *timer = LIST_OWNER(node, struct timer, node);

        timer->fire(timer);
    }
}

/* Advances the wheel to the current time and fires the due timers. */
static void advance(uv_timer_t *alarm)
{
    struct loop *loop = alarm->data;
    struct wheel *wheel = &loop->wheel;
    uint64_t now = uv_now(&loop->uv) / WHEEL_TICK_MS;

    /* One lap visits every slot. */
    if (now > wheel->tick + WHEEL_SLOTS)
        wheel->tick = now - WHEEL_SLOTS;
    while (wheel->tick < now) {
        wheel->tick++;
        fire_slot(wheel, slot_of(wheel, wheel->tick));
    }
    set_next_alarm(loop);
}

/* Starts or restarts a timer, which fires at most one tick late. */
void timer_start(struct loop *loop, struct timer *timer, uint64_t delay_ms)
{
    struct wheel *wheel = &loop->wheel;

    ensure(timer->fire != NULL);
    list_remove(&timer->node);
    timer->due_ms = uv_now(&loop->uv) + delay_ms + 1; /* uv_now rounds down */
    if (tick_of(timer->due_ms) <= wheel->tick)
        timer->due_ms = (wheel->tick + 1) * WHEEL_TICK_MS;
    uint64_t tick = tick_of(timer->due_ms);
    ensure(tick > wheel->tick); /* the wheel has yet to reach its slot */
    list_append(slot_of(wheel, tick), &timer->node);
    if (tick < wheel->wake_at)
        set_alarm(loop, tick);
}

void timer_stop(struct timer *timer)
{
    list_remove(&timer->node);
}

void wheel_open(struct loop *loop)
{
    struct wheel *wheel = &loop->wheel;

    for (size_t i = 0; i < WHEEL_SLOTS; i++)
        list_init(&wheel->slots[i]);
    wheel->tick = uv_now(&loop->uv) / WHEEL_TICK_MS;
    wheel->wake_at = UINT64_MAX;
    wheel->alarm.data = loop;
    (void)uv_timer_init(&loop->uv, &wheel->alarm); /* cannot fail */
}

void wheel_close(struct loop *loop)
{
    uv_close((uv_handle_t *)&loop->wheel.alarm, NULL);
}
