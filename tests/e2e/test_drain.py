"""SIGTERM: what is being answered is answered to the end, nothing new is taken, the exit status is 0."""
import threading
import time

import httpx
import pytest

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
