"""The log's reader stalls, is slow, or is gone: the server goes on, and says later what it dropped."""
import contextlib
import json
import os
import re
import resource
import signal
import subprocess
import threading
import time

import httpx
import pytest

import agentos
from agentos import ADMIN, RUNNER, bearer


class Piped:
    """A server whose standard error is a pipe, of which the test is the reader."""

    def __init__(self, folder, restore_signals=True, **options):
        folder.mkdir(exist_ok=True)
        server = agentos.Server(folder, agentos.config(**options))  # finds out that the configuration is good
        port = server.port
        server.stop()
        self.read_end, write_end = os.pipe()
        # Where it is sanitized, leaks are looked for in other tests: their report would wait for the reader.
        environment = {**agentos.environment(), "ASAN_OPTIONS": "detect_leaks=0:exitcode=99"}
        self.process = subprocess.Popen(
            [agentos.PROGRAM, "serve", "--config", str(server.file), "--port", str(port)], stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=write_end, env=environment, cwd=folder,
            restore_signals=restore_signals)
        os.close(write_end)
        self.url = f"http://127.0.0.1:{port}"
        said = b""
        while b"listening on" not in said and b'"event":"listening"' not in said:
            chunk = os.read(self.read_end, 4096)
            assert chunk, said
            said += chunk
        self.http = httpx.Client(base_url=self.url, timeout=20, trust_env=False)

    def read_to_end(self, into, step=65536):
        """A thread that appends what it reads to a bytearray."""
        def read():
            while chunk := os.read(self.read_end, step):
                into.extend(chunk)

        reader = threading.Thread(target=read)
        reader.start()
        return reader

    def end(self):
        self.http.close()
        started = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(20)
        return code, time.monotonic() - started


@pytest.fixture
def piped(tmp_path):
    servers = []

    def start(**options):
        servers.append(Piped(tmp_path / f"piped-{len(servers)}", **options))
        return servers[-1]

    yield start
    for server in servers:
        server.process.kill()
        server.process.wait()


def dropped(server):
    text = server.http.get("/-/metrics", headers=bearer(scopes=ADMIN)).text
    return int(re.search(r"^agentos_log_lines_dropped_total (\d+)$", text, re.M).group(1))


def test_requests_go_on_while_nobody_reads_the_log(piped):
    server = piped()
    headers = bearer()
    for _ in range(5000):
        assert server.http.get("/agents", headers=headers).status_code == 200
    assert server.http.get("/health").status_code == 200
    run = server.http.post("/agents/echo/runs", headers=bearer(scopes=RUNNER),
                           data={"message": "hello", "stream": "false"})
    assert run.status_code == 200
    code, took = server.end()
    assert code == 0 and took < 10


def test_lines_that_were_dropped_are_counted_and_told(piped):
    server = piped()
    path = "/" + "x" * 1000  # 1 KB a line: the queue of 1 MiB is full after a thousand
    for _ in range(1500):
        assert server.http.get(path).status_code == 401
    assert dropped(server) > 100
    total, text = dropped(server), bytearray()
    reader = server.read_to_end(text)
    deadline = time.monotonic() + 20
    while b"log lines were dropped" not in text and time.monotonic() < deadline:
        time.sleep(0.01)
    assert server.http.get("/health").status_code == 200
    assert server.end()[0] == 0
    reader.join(20)
    lines = text.decode().splitlines()
    told = [int(n) for line in lines for n in re.findall(r" warning log lines were dropped lines=(\d+)$", line)]
    assert sum(told) >= total
    assert sum(1 for line in lines if f" path={path} " in line) + sum(told) >= 1500
    assert all(re.match(r"\d{4}-\d\d-\d\dT", line) or line.startswith("agentos: ") for line in lines)
    assert " path=/health " in lines[-2] and " shutting down " in lines[-1]  # it goes on as before


def test_a_reader_that_has_gone_costs_the_lines_alone(piped):
    server = piped()
    os.close(server.read_end)
    for _ in range(200):
        assert server.http.get("/agents", headers=bearer()).status_code == 200
    assert dropped(server) > 0
    assert server.end()[0] == 0


def test_json_lines_stay_whole_for_a_slow_reader(piped):
    server, text = piped(log={"format": "json"}), bytearray()
    reader = server.read_to_end(text, step=100)
    for _ in range(500):
        assert server.http.get("/agents", headers=bearer()).status_code == 200
    assert server.end()[0] == 0
    reader.join(20)
    lines = text.decode().splitlines()
    events = [json.loads(line)["event"] for line in lines if line.startswith("{")]
    assert events.count("request") == 500 and events[-1] == "shutting down"


def test_a_second_signal_ends_the_process_although_the_log_is_blocked(piped):
    server = piped()
    path = "/" + "x" * 1000
    for _ in range(200):
        server.http.get(path)
    with contextlib.ExitStack() as streams:
        kept = []
        for _ in range(8):  # on all loops, or on one that is not the first
            answer = streams.enter_context(httpx.stream(
                "POST", f"{server.url}/agents/echo/runs", headers=bearer(scopes=RUNNER), data={"message": "/slow 1000"},
                timeout=30, trust_env=False))
            kept.append(answer.iter_text())
            next(kept[-1])
        server.process.send_signal(signal.SIGTERM)
        time.sleep(0.2)
        server.process.send_signal(signal.SIGTERM)
        assert server.process.wait(10) == 1


def test_a_full_disk_is_one_line_a_second(piped):
    """A limit of file sizes stands for the full disk. Python ignores SIGXFSZ, and so does its child here."""
    server, text = piped(database="sqlite:full.db", restore_signals=False), bytearray()
    reader = server.read_to_end(text)
    limits = resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
    started, failures = time.monotonic(), 0
    while time.monotonic() - started < 2.5:
        for form in ({"stream": "false"}, {}):
            run = server.http.post("/agents/echo/runs", headers=bearer(scopes=RUNNER), data={"message": "hi", **form})
            failures += run.status_code == 503 or "event: RunError" in run.text
    resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, limits)
    assert server.end()[0] == 0
    reader.join(20)
    lines = [line for line in text.decode().splitlines() if " error " in line or " warning " in line]
    assert failures > 20
    assert 2 <= len(lines) <= 5 and all(" error run not saved " in line for line in lines), lines
    assert sum(int(n) for line in lines for n in re.findall(r" not_logged=(\d+)$", line)) + len(lines) > failures / 2
