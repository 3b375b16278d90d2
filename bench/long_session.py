"""How much memory a long session costs that several clients read at once."""
import http.client
import threading
import time

RUNS, MESSAGE_BYTES, READERS, READS = 120, 21_000, 4, 5  # the JSON of a run holds its message four times


def ask(bench, server, method, path, body=None):
    connection = http.client.HTTPConnection("127.0.0.1", server.port)
    connection.request(method, path, body, {"Authorization": f"Bearer {bench.token}", "Content-Type": "application/x-www-form-urlencoded"})
    answer = connection.getresponse()
    while answer.read(65536):
        pass
    connection.close()
    return answer.status


def peak_kb(bench, server, work, threads):
    """The most memory that the server takes while `threads` threads do `work`."""
    workers = [threading.Thread(target=work) for _ in range(threads)]
    peak = 0
    for worker in workers:
        worker.start()
    while any(worker.is_alive() for worker in workers):
        peak = max(peak, bench.resident_kb(server))
        time.sleep(0.001)
    return peak


def rows(bench):
    server = bench.ours("long-session")
    statuses, took = [], []

    def read():
        for _ in range(READS):
            for path in ("/sessions/long", "/sessions/long/runs", "/sessions/long/runs?limit=20"):
                began = time.monotonic()
                statuses.append(ask(bench, server, "GET", path))
                took.append(time.monotonic() - began)

    try:
        for _ in range(RUNS):
            status = ask(bench, server, "POST", "/agents/echo/runs",
                            f"session_id=long&stream=false&message={'x' * MESSAGE_BYTES}")
            assert status == 200, status
        peak = peak_kb(bench, server, read, READERS)
        answered = ", ".join(f"{statuses.count(status)} x {status}" for status in sorted(set(statuses)))
        bench.row(f"{RUNS} runs of 85 KB read by {READERS} at once", "", f"{peak / 1024:,.0f} MB", answered, "<= 100 MB")
        bench.row("... the slowest read", "", f"{max(took) * 1000:,.0f} ms")
    finally:
        server.stop()
