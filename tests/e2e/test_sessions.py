"""Sessions and runs as rows: listing, paging, reading, and whose they are."""
import pytest

from agentos import ADMIN, RUNNER, bearer, config


def user(name):
    return bearer(sub=name, scopes=RUNNER)


@pytest.fixture(scope="module")
def filled(server):
    for n in range(5):
        server.run(f"message {n}", headers=user("ann"), session_id=f"list-{n}")
    server.run("again", headers=user("ann"), session_id="list-0")
    server.run("other agent", agent="plain", headers=user("ann"), session_id="plain-0")
    return server


def test_sessions_are_listed_in_pages(filled):
    page = filled.get("/sessions?type=agent&limit=2&page=2", headers=user("ann")).json()
    assert len(page["data"]) == 2
    assert page["meta"]["total_count"] == 6
    assert page["meta"]["total_pages"] == 3
    assert page["meta"]["page"] == 2


def test_past_the_end_is_an_empty_page(filled):
    assert filled.get("/sessions?limit=2&page=99", headers=user("ann")).json()["data"] == []


def test_listing_by_component(filled):
    rows = filled.get("/sessions?type=agent&component_id=plain", headers=user("ann")).json()["data"]
    assert [row["session_id"] for row in rows] == ["plain-0"]


def test_a_session_shows_its_runs_in_order(filled):
    runs = filled.get("/sessions/list-0/runs", headers=user("ann")).json()
    assert [run["run_input"] for run in runs] == ["message 0", "again"]


def test_one_run_is_the_same_by_both_routes(filled):
    runs = filled.get("/agents/echo/runs?session_id=list-0", headers=user("ann")).json()
    one = filled.get(f"/agents/echo/runs/{runs[0]['run_id']}?session_id=list-0", headers=user("ann")).json()
    assert one["content"] == runs[0]["content"] == "Echo: message 0"


def test_previews(filled):
    previews = filled.get("/sessions/list-0/run-previews", headers=user("ann")).json()
    assert [preview["run_input"] for preview in previews] == ["message 0", "again"]


@pytest.mark.parametrize("path", ["/sessions/none", "/sessions/none/runs", "/sessions/none/run-previews",
                                  "/agents/echo/runs?session_id=none"])
def test_unknown_is_404(filled, path):
    assert filled.get(path, headers=user("ann")).status_code == 404


def test_reading_needs_the_scope(filled):
    assert filled.get("/sessions", headers=bearer(scopes=("agents:read",))).status_code == 403


@pytest.mark.parametrize("query, where", [("limit=abc", "limit"), ("limit=0", "limit"), ("page=-1", "page"),
                                          ("type=robot", "type"), ("sort_order=up", "sort_order")])
def test_bad_queries_are_422(filled, query, where):
    answer = filled.get(f"/sessions?{query}", headers=user("ann"))
    assert answer.status_code == 422
    assert answer.json()["detail"][0]["loc"] == ["query", where]


def test_sessions_survive_a_restart(serve):
    server = serve(config(database="sqlite:kept.db"))
    server.run("remember", session_id="s")
    server.stop()
    server.start()
    run = server.run("and", session_id="s")
    assert [m["content"] for m in run["messages"] if m["from_history"]] == ["remember", "Echo: remember"]


def test_memory_keeps_nothing(serve):
    server = serve()
    server.run("forget", session_id="s")
    assert server.get("/sessions/s", headers=bearer(scopes=ADMIN)).status_code == 200
    server.stop()
    server.start()
    assert server.get("/sessions/s", headers=bearer(scopes=ADMIN)).status_code == 404
