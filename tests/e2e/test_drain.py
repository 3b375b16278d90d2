"""SIGTERM: what is being answered is answered to the end, nothing new is taken, the exit status is 0."""
import json
import threading
import time

import httpx
import pytest

import agentos
from agentos import RUNNER, bearer


def test_an_idle_server_ends_at_once(serve):
    server = serve()
    started = time.monotonic()
    server.terminate()
    assert server.wait(10) == 0
    assert time.monotonic() - started < 5


def test_a_stream_is_finished_before_the_end(serve):
    server = serve()
    started, text = threading.Event(), []

    def read():
        with httpx.stream("POST", f"{server.url}/agents/echo/runs", headers=bearer(scopes=RUNNER),
                          data={"message": "/slow 30"}, timeout=30, trust_env=False) as answer:
            for piece in answer.iter_text():
                text.append(piece)
                started.set()

    reader = threading.Thread(target=read)
    reader.start()
    assert started.wait(10)
    server.terminate()
    time.sleep(0.2)
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{server.url}/health", timeout=5, trust_env=False)
    reader.join(20)
    assert "event: RunCompleted" in "".join(text)
    assert server.wait(20) == 0


def test_an_idle_keep_alive_connection_does_not_hold_it_up(serve):
    server = serve()
    assert server.get("/health").status_code == 200  # leaves its connection open
    server.terminate()
    assert server.wait(10) == 0


def test_runs_that_take_too_long_are_cancelled_and_their_clients_get_the_end(serve, tmp_path):
    """After 30 seconds. A stream, one with all events, a run that is answered whole, and two streams of another
    caller on another loop, or the same."""
    server = serve(agentos.config(database=f"sqlite:{tmp_path}/drain.db"), arguments=("--loops", "2"))
    forms = [{}, {"stream_events": "true"}, {"stream": "false"}, {}, {}]
    answers, begun = [None] * len(forms), threading.Barrier(len(forms) + 1)

    def run(i):
        headers = bearer(f"user-{i % 3}", scopes=RUNNER)
        with httpx.stream("POST", f"{server.url}/agents/echo/runs", headers=headers, timeout=60, trust_env=False,
                          data={"message": "/slow 10000", "session_id": f"session-{i}", **forms[i]}) as answer:
            begun.wait(10)  # the head has come, or below
            answers[i] = (answer.status_code, answer.read().decode())

    def run_whole(i):
        begun.wait(10)
        answer = httpx.post(f"{server.url}/agents/echo/runs", headers=bearer(f"user-{i % 3}", scopes=RUNNER), timeout=60,
                            trust_env=False, data={"message": "/slow 10000", "session_id": f"session-{i}", **forms[i]})
        answers[i] = (answer.status_code, answer.text)

    threads = [threading.Thread(target=run_whole if form.get("stream") else run, args=(i,)) for i, form in enumerate(forms)]
    for thread in threads:
        thread.start()
    begun.wait(10)
    time.sleep(0.5)  # the whole run has no sign of its beginning
    server.terminate()
    for thread in threads:
        thread.join(50)
    assert server.wait(10) == 0
    for form, (status, text) in zip(forms, answers):
        assert status == 200
        if form.get("stream"):
            assert json.loads(text)["status"] == "CANCELLED"
        else:
            events = [name for name, _ in agentos.parse_sse(text)]
            assert "RunCancelled" in events and events[-1] == "RunCompleted", events[-3:]
    again = serve(agentos.config(database=f"sqlite:{tmp_path}/drain.db"))
    for i in range(len(forms)):
        runs = again.get(f"/sessions/session-{i}/runs?type=agent", headers=bearer(f"user-{i % 3}", scopes=RUNNER)).json()
        assert [run["status"] for run in runs] == ["CANCELLED"]
    assert server.log.count("drain timeout; cancelling the remaining work") >= 1


def test_a_second_signal_ends_it_wherever_the_last_client_is(serve):
    """A client that is left may be on any loop; the signals arrive at the first."""
    for _ in range(6):
        server = serve(agentos.config(), arguments=("--loops", "3"))
        with httpx.stream("POST", f"{server.url}/agents/echo/runs", headers=bearer(scopes=RUNNER), timeout=30,
                          data={"message": "/slow 1000"}, trust_env=False) as answer:
            pieces = answer.iter_text()
            next(pieces)
            server.terminate()
            time.sleep(0.2)
            server.terminate()
            assert server.wait(10) == 1
        server.process.returncode = 0  # as it must be, here
