"""Two builds of this server, measured alternately in one run: is the new one worse than the old one?

Each round measures both binaries one after the other, in turns first, with the same configuration and a
database of their own. CPU is what the kernel counted for the process; bytes are what it passed to write
calls (answers and database); system calls are counted by strace in a measurement of their own, since it
slows the process down. A figure is the median of the rounds, its spread the distance between the quartiles
as a share of the median. The new binary may be worse by 5 %, or by the old one's own spread if that is more."""
import http.client
import re
import statistics
import subprocess
import tempfile
import time
from collections import defaultdict
from pathlib import Path

ALLOWED = 0.05
REQUESTS_TRACED = 400
FORM = "message=hello&stream=false"

# name, unit, is more better
FIGURES = [
    ("start", "ms", False), ("idle, resident", "KB", False),
    ("GET /agents, CPU", "us", False), ("GET /agents, written", "B", False), ("GET /agents, system calls", "", False),
    ("run, CPU", "us", False), ("run, written", "B", False), ("run, system calls", "", False), ("runs, durable", "/s", True),
    ("event, CPU", "us", False), ("event, written", "B", False), ("event, system calls", "", False),
]


def written_bytes(pid):
    return int(re.search(r"wchar: (\d+)", Path(f"/proc/{pid}/io").read_text()).group(1))


def system_calls(server, load):
    """Of the server's threads while load() runs; None without strace."""
    with tempfile.NamedTemporaryFile("r") as summary:
        try:
            strace = subprocess.Popen(["strace", "-f", "-c", "-o", summary.name, "-p", str(server.pid)],
                                      stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        except FileNotFoundError:
            return None
        for line in strace.stderr:  # "... attached", or why not
            if "attached" in line:
                break
        else:
            return None
        load()
        strace.terminate()
        strace.wait()
        total = re.search(r"^.*\btotal$", summary.read(), re.M)
    return int(total.group().split()[3]) if total else None  # share, seconds, us a call, calls


def ask(bench, server, count, form=None):
    """`count` requests, one after the other on one connection."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port)
    headers = {"Authorization": f"Bearer {bench.token}", "Content-Type": "application/x-www-form-urlencoded"}
    for _ in range(count):
        if form is None:
            connection.request("GET", "/agents", headers=headers)
        else:
            connection.request("POST", "/agents/echo/runs", form, headers)
        answer = connection.getresponse()
        answer.read()
        assert answer.status == 200, answer.status
    connection.close()


def measure(bench, server):
    """One round of one binary: {name of a figure: value}."""
    got = {"start": server.start_s * 1000, "idle, resident": bench.resident_kb(server)}

    for name, path, form in (("GET /agents", "/agents", None), ("run", "/agents/echo/runs", FORM)):
        ask(bench, server, 50, form)
        before = written_bytes(server.pid)
        load = bench.wrk(server, path, form, warm=None)
        got[f"{name}, CPU"] = load["cpu_us"]
        got[f"{name}, written"] = (written_bytes(server.pid) - before) / load["count"]
        calls = system_calls(server, lambda: ask(bench, server, REQUESTS_TRACED, form))
        got[f"{name}, system calls"] = calls and calls / REQUESTS_TRACED
        if form:
            got["runs, durable"] = load["rate"]

    before = written_bytes(server.pid)
    load = bench.events(server, 8)
    got["event, CPU"] = load["cpu_us"]
    got["event, written"] = (written_bytes(server.pid) - before) / max(load["all_events"], 1)
    events = 0

    def stream():
        nonlocal events
        events = bench.stream(server, 8, seconds=1)["events"]

    calls = system_calls(server, stream)
    got["event, system calls"] = calls and calls / max(events, 1)
    return got


def spread(values):
    low, _, high = statistics.quantiles(values, n=4)
    return (high - low) / statistics.median(values) if statistics.median(values) else 0


def verdict(old, new, more_is_better):
    """Is the new median worse by more than is allowed?"""
    change = statistics.median(new) / statistics.median(old) - 1
    worse = -change if more_is_better else change
    allowed = max(ALLOWED, spread(old))
    return change, allowed, worse > allowed


def compare(bench, old, new, rounds):
    values = {"old": defaultdict(list), "new": defaultdict(list)}
    for number in range(rounds):
        sides = [("old", old), ("new", new)]
        for side, binary in sides if number % 2 == 0 else reversed(sides):
            bench.binary = binary
            server = bench.ours(f"{side}-{number}")
            try:
                for name, value in measure(bench, server).items():
                    values[side][name].append(value)
            finally:
                server.stop()
        print(f"round {number + 1} of {rounds}", flush=True)
    return report(values)


def report(values):
    print(f"\n{'':26} {'old':>10} {'spread':>7} {'new':>10} {'spread':>7} {'change':>8} {'allowed':>8}")
    failed = 0
    for name, unit, more_is_better in FIGURES:
        old, new = values["old"][name], values["new"][name]
        if None in old + new or not statistics.median(old):
            print(f"{name:26} not measured")
            continue
        change, allowed, is_worse = verdict(old, new, more_is_better)
        failed += is_worse
        print(f"{name:26} {statistics.median(old):>10,.1f} {spread(old):>6.1%} {statistics.median(new):>11,.1f} {spread(new):>6.1%}"
              f" {change:>+8.1%} {allowed:>7.1%}  {unit:2} {'WORSE' if is_worse else 'no worse'}")
    print(f"\n{'worse' if failed else 'no worse'} than 5 % or the old binary's own spread, whichever is more"
          + (f": {failed} figures are" if failed else ""))
    return failed
