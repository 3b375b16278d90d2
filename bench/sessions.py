"""Listing sessions and running beside listings, with few sessions in the database and with many."""
import http.client
import sqlite3
import statistics
import subprocess
import time
import uuid

FEW, MANY, MANY_QUICK = 1_000, 1_000_000, 100_000
FILTERS = ("", "type=agent", "component_id=agent-3", "user_id=user-3", "type=agent&component_id=agent-3")
NAME = "session_name=999"
COLUMNS = "session_id, type, component_id, issuer, user_id, created_at, updated_at, session_name, first_input, session_state"


def fill(path, count):
    """Puts so many sessions into the database of a server that has stopped; one in a hundred has a name."""
    database = sqlite3.connect(path)
    rows = ((str(uuid.uuid4()), "team" if i % 3 == 0 else "agent", f"agent-{i % 7}", "", f"user-{i % max(count // 50, 1)}",
             1_700_000_000 + i, 1_700_000_000 + i, f"name {i}" if i % 100 == 0 else None, f"hello {i}", "{}") for i in range(count))
    database.executemany(f"INSERT INTO sessions ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)
    database.commit()
    database.close()


def served(bench, count):
    name = f"sessions-{count}"
    bench.ours(name).stop()  # makes the database
    fill(bench.folder / name / "bench.db", count)
    return bench.ours(name)  # without user_isolation: the caller sees the sessions of all users


def median_ms(bench, server, path, method="GET", body=None, times=200, pause=0.0):
    connection = http.client.HTTPConnection("127.0.0.1", server.port)
    headers = {"Authorization": f"Bearer {bench.token}", "Content-Type": "application/x-www-form-urlencoded"}
    took = []
    for _ in range(times):
        began = time.perf_counter()
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        answer.read()
        assert answer.status == 200, (path, answer.status)
        took.append(time.perf_counter() - began)
        time.sleep(pause)
    connection.close()
    return statistics.median(took) * 1000


def page_ms(bench, server, query):
    return max(median_ms(bench, server, f"/sessions?{query}&sort_by={key}") for key in ("created_at", "updated_at"))


def run_beside_ms(bench, server, path):
    """The median time of a run in an existing session while eight clients ask for path."""
    load = subprocess.Popen(["wrk", "-t", "1", "-c", "8", "-d", f"{bench.seconds + 2}s", "-H", f"Authorization: Bearer {bench.token}",
                             f"http://127.0.0.1:{server.port}{path}"], stdout=subprocess.DEVNULL)
    time.sleep(1)
    ran = median_ms(bench, server, "/agents/echo/runs", "POST", "message=hi&stream=false&session_id=mine", bench.seconds * 100, 0.005)
    load.terminate()
    load.wait()
    return ran


def rows(bench):
    many = MANY_QUICK if bench.is_quick else MANY
    small, large = served(bench, FEW), served(bench, many)
    try:
        for query in (*FILTERS, NAME):
            few, now = page_ms(bench, small, query), page_ms(bench, large, query)
            bench.row(f"GET /sessions?{query}", f"{few:.2f} ms ({FEW:,} sessions)", f"{now:.2f} ms ({many:,})",
                      f"{now / few:.1f} x", "<= 2 x" if query != NAME else "")
        for path in ("/sessions?type=agent", f"/sessions?{NAME}"):
            beside_health = run_beside_ms(bench, large, "/health")
            beside = run_beside_ms(bench, large, path)
            bench.row(f"a run beside 8 x {path}", f"{beside_health:.2f} ms (/health)", f"{beside:.2f} ms",
                      f"{beside / beside_health:.1f} x", "<= 1.5 x")
    finally:
        small.stop()
        large.stop()
