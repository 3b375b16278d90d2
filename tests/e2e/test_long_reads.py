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
    assert all(row["metrics"] == {} for row in fat)
    assert json.loads(server.get(f"/sessions/{fat[0]['session_id']}", **ALL).text)["session_state"] == state


def test_of_a_long_history_the_newest_runs_are_told(server):
    """agent echo is told up to three runs: two of them fit here in any case, and the run ends as it should."""
    for _ in range(3):
        server.run(LONG, session_id="told")
    told = server.run("and now", session_id="told")["messages"]
    assert [message["from_history"] for message in told] == [True] * 6 + [False] * 2


def test_runs_of_control_characters_are_refused_by_name_too(server):
    """Six bytes are shown for one, and each text in two places: under the limit as stored, and above it as shown."""
    for _ in range(16):
        server.run("\x01" * 200_000, agent="plain", session_id="escaped")
    answer = server.get("/sessions/escaped/runs", **ALL)
    assert answer.status_code == 413 and answer.json()["detail"].startswith("These runs are longer than ")
    previews = server.get("/sessions/escaped/run-previews", **ALL)
    assert previews.status_code == 200 and len(previews.json()) == 16
    for path in (f"/sessions/escaped/runs/{previews.json()[0]['run_id']}",
                 f"/agents/plain/runs/{previews.json()[0]['run_id']}?session_id=escaped", "/sessions/escaped"):
        assert server.get(path, **ALL).status_code == 200


def test_states_count_in_lists_of_runs_and_not_in_a_chat(server):
    for n in range(10):
        server.run("hi", agent="plain", session_id="states", session_state=json.dumps({f"k{n % 2}": str(n) * 450_000}))
    assert server.get("/sessions/states/runs", **ALL).status_code == 413
    chat = server.get("/sessions/states", **ALL)
    assert chat.status_code == 200 and len(chat.json()["chat_history"]) == 20


@pytest.fixture(scope="module")
def listed(tmp_path_factory):
    """100 sessions of 120 KB each, as a listing shows them."""
    import agentos
    shared = agentos.Server(tmp_path_factory.mktemp("listed"), config(database="sqlite:./listed.db"))
    for n in range(100):
        made = shared.post("/sessions", **ALL, json={"session_name": f"n{n}", "session_state": {"k": "x" * 60_000},
                                                     "metadata": {"k": "y" * 60_000}})
        assert made.status_code == 201
    yield shared
    shared.stop()


def test_a_page_that_is_too_long_names_its_limit(listed):
    answer = listed.get("/sessions?limit=100", **ALL)
    assert (answer.status_code, answer.json()) == (
        413, {"detail": "These sessions are longer than 10485760 bytes together. Ask for fewer by limit."})


@pytest.mark.parametrize("limit", [7, 20, 80])
def test_shorter_pages_show_every_session_once(listed, limit):
    names = []
    for page in range(1, 100 // limit + 2):
        answer = listed.get(f"/sessions?limit={limit}&page={page}", **ALL)
        assert answer.status_code == 200 and answer.json()["meta"]["total_count"] == 100
        names += [row["session_name"] for row in answer.json()["data"]]
    assert sorted(names) == sorted(f"n{n}" for n in range(100))


def test_the_longest_sessions_leave_the_default_page_readable(serve):
    """What each member may be at most; the name is the first message, and all of it is escaped."""
    server = serve(config(database="sqlite:./longest.db", limits={"body": "2MiB"}))
    longest = {"k": "x" * (64 * 1024 - 8)}
    for n in range(21):
        server.run("\x01" * (256 * 1024), agent="plain", session_id=f"s{n}")
        changed = server.http.patch(f"/sessions/s{n}", json={"session_state": longest, "metadata": longest,
                                                             "summary": longest}, **ALL)
        assert changed.status_code == 200
    answer = server.get("/sessions", **ALL)
    assert answer.status_code == 200 and len(answer.json()["data"]) == 20
    row = answer.json()["data"][0]
    assert (row["session_state"], row["metadata"], row["session_summary"]) == (longest, longest, longest)
    assert len(row["session_name"]) == 256 * 1024


def test_a_history_ends_where_it_is_too_long(serve):
    """Each run is 400,006 bytes and two messages: 20 of them are under eight megabytes, and 21 are not."""
    agent = {"id": "deep", "model": "offline:echo", "add_history_to_context": True, "num_history_runs": 100}
    server = serve(config(database="sqlite:./deep.db", agents=[agent]))
    for n in range(23):
        server.stream(f"{n:02}" + LONG[2:], agent="deep", session_id="s")
    messages = server.run("and now", agent="deep", session_id="s")["messages"]
    told = [message["content"][:2] for message in messages if message["from_history"] and message["role"] == "user"]
    assert told == [f"{n:02}" for n in range(3, 23)]
