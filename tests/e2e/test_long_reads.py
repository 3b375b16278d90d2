"""Reads have a limit of their own (CWE-770): long runs and fat sessions neither fill the memory nor end in 500."""
import json

import pytest
from agentos import ADMIN, RUNNER, bearer, config

LONG = "x" * 200_000  # told once by the caller, and once by the echo


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    import agentos
    shared = agentos.Server(tmp_path_factory.mktemp("reads"), config(database="sqlite:./reads.db"))
    for _ in range(25):
        shared.run(LONG, agent="plain", session_id="long")
    shared.run("short", agent="plain", session_id="short")
    yield shared
    shared.stop()


ALL = {"headers": bearer(scopes=ADMIN + RUNNER)}


@pytest.mark.parametrize("path", ["/sessions/{}/runs", "/agents/plain/runs?session_id={}"])
def test_runs_that_are_too_long_together_are_refused_by_name(server, path):
    answer = server.get(path.format("long"), **ALL)
    assert answer.status_code == 413
    assert answer.json()["detail"].startswith("These runs are longer than 8388608 bytes together.")
    assert server.get(path.format("short"), **ALL).status_code == 200


def test_what_was_changed_is_answered_though_its_history_is_too_long(server):
    for method, path, body in (("PATCH", "/sessions/long", {"session_name": "new"}),
                               ("POST", "/sessions/long/rename", {"session_name": "newer"})):
        answer = server.http.request(method, path, json=body, **ALL)
        assert (answer.status_code, answer.json()["session_name"]) == (200, body["session_name"])
        assert answer.json()["chat_history"] == []


def test_one_of_the_runs_can_be_read(server):
    previews = server.get("/sessions/long/run-previews", **ALL)
    assert previews.status_code == 200 and len(previews.json()) == 25
    longest = server.get(f"/sessions/long/runs/{previews.json()[0]['run_id']}", **ALL)
    assert longest.status_code == 200 and longest.json()["run_input"] == LONG
    listed = server.get("/sessions/short/runs", **ALL).json()
    assert server.get(f"/sessions/short/runs/{listed[0]['run_id']}", **ALL).status_code == 200


def test_fat_sessions_leave_the_listing_readable(server):
    state = {"k": "x" * 1_000_000}
    for n in range(20):
        made = server.post("/sessions", json={"session_name": f"fat {n}", "session_state": state}, **ALL)
        assert made.status_code == 201
    listing = server.get("/sessions?limit=100", **ALL)
    assert listing.status_code == 200 and len(listing.content) < 8 << 20
    fat = [row for row in listing.json()["data"] if row["session_name"].startswith("fat")]
    assert len(fat) == 20 and "session_state" not in fat[0]
    assert json.loads(server.get(f"/sessions/{fat[0]['session_id']}", **ALL).text)["session_state"] == state


def test_of_a_long_history_the_newest_runs_are_told(server):
    """agent echo is told up to three runs: two of them fit here in any case, and the run ends as it should."""
    for _ in range(3):
        server.run(LONG, session_id="told")
    told = server.run("and now", session_id="told")["messages"]
    assert [message["from_history"] for message in told] == [True] * 6 + [False] * 2
