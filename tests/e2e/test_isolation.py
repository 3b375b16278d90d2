"""Who reaches whose sessions and runs, with user_isolation and without: every caller, every row, every
route, against an oracle that is written here in words.

In agno others' sessions could be read and deleted (agno #8738, #6389), written as nobody (#6480), replayed into a
model's context (#9751), overwritten by a run's id (#9884), and counted (#9268). isolation_of() pins a caller, owner.c puts
him into every query."""
import itertools
import json

import pytest

import agentos
from agentos import ADMIN, authorization, bearer, config, mint

SCOPES = ("agents:read", "agents:run", "sessions:read", "sessions:write", "sessions:delete")
MISSING = {"detail": "Authenticated request is missing a user identity"}

CALLERS = {
    "ann": bearer(sub="ann", scopes=SCOPES),
    "bob": bearer(sub="bob", scopes=SCOPES),
    "carol": bearer(sub="carol", scopes=SCOPES),  # has nothing
    "root": bearer(sub="root", scopes=ADMIN),
    "machine": bearer(sub=None, scopes=ADMIN),  # an admin who is nobody
    "stranger": bearer(sub=None, scopes=SCOPES),
    "empty": bearer(sub="", scopes=SCOPES),
}
ADMINS = {"root", "machine"}
NAMELESS = {"machine", "stranger", "empty"}
OWNERS = {"ann": "ann", "bob": "bob", "nobody": "machine"}  # whose a row is, and who makes it

NUMBERS = itertools.count()


class World:
    """A server, and rows made afresh for each question about them."""

    def __init__(self, server, isolated):
        self.server, self.isolated = server, isolated

    def row(self, owner):
        """A session of this owner with one run: (session_id, run_id)."""
        session = f"{owner}-{next(NUMBERS)}"
        run = self.server.run(f"secret of {owner}", headers=CALLERS[OWNERS[owner]], session_id=session)
        assert run.get("user_id") == (None if owner == "nobody" else owner)
        return session, run["run_id"]

    def root(self, path):
        return self.server.get(path, headers=CALLERS["root"])

    # --- the oracle ---

    def is_refused(self, caller):
        return self.isolated and caller in NAMELESS - ADMINS

    def is_pinned(self, caller):
        return self.isolated and caller not in ADMINS

    def reaches(self, caller, owner):
        return not self.is_refused(caller) and (not self.is_pinned(caller) or caller == owner)

    def may_run_in(self, caller, owner):
        """Ownership of runs holds in every mode; what nobody owns is open to all."""
        return not self.is_refused(caller) and (caller in ADMINS or owner in (caller, "nobody"))


@pytest.fixture(scope="module", params=[True, False], ids=["isolated", "shared"])
def world(request, tmp_path_factory):
    server = agentos.Server(tmp_path_factory.mktemp("isolation"),
                            config(authorization=authorization(user_isolation=request.param)))
    yield World(server, request.param)
    server.stop()


every_pair = pytest.mark.parametrize("caller, owner", list(itertools.product(CALLERS, OWNERS)))
every_caller = pytest.mark.parametrize("caller", CALLERS)

# method, path, body, and what a caller within reach is answered; one out of reach gets 404
ON_ONE_SESSION = [
    ("GET", "/sessions/{s}", None, 200),
    ("GET", "/sessions/{s}?type=agent", None, 200),
    ("GET", "/sessions/{s}?user_id={owner}", None, 200),
    ("GET", "/sessions/{s}/runs", None, 200),
    ("GET", "/sessions/{s}/run-previews", None, 200),
    ("GET", "/sessions/{s}/runs/{r}", None, 200),
    ("GET", "/agents/echo/runs?session_id={s}", None, 200),
    ("GET", "/agents/echo/runs/{r}?session_id={s}", None, 200),
    ("GET", "/agents/plain/runs/{r}?session_id={s}", None, 404),  # not this agent's
    ("PATCH", "/sessions/{s}", {"session_name": "taken over"}, 200),
    ("PATCH", "/sessions/{s}?user_id={owner}", {"session_state": {"taken": "over"}}, 200),
    ("POST", "/sessions/{s}/rename", {"session_name": "taken over"}, 200),
    ("POST", "/agents/echo/runs/{r}/cancel?session_id={s}", None, 200),
    ("POST", "/agents/plain/runs/{r}/cancel?session_id={s}", None, 404),
]


# docs/design/security.md 1
@every_pair
@pytest.mark.parametrize("method, path, body, answer", ON_ONE_SESSION)
def test_a_session_is_within_reach_or_absent(world, caller, owner, method, path, body, answer):
    session, run = world.row(owner)
    if "{owner}" in path and owner == "nobody":
        return  # a filter by user never finds what nobody owns
    path = path.format(s=session, r=run, owner=owner)
    before = world.root(f"/sessions/{session}").json()
    got = world.server.http.request(method, path, json=body, headers=CALLERS[caller])
    expected = 403 if world.is_refused(caller) else answer if world.reaches(caller, owner) else 404
    assert got.status_code == expected, got.text
    if expected == 403:
        assert got.json() == MISSING
    if expected != 200:
        assert "secret" not in got.text
        assert world.root(f"/sessions/{session}").json() == before
    elif body is not None:
        assert world.root(f"/sessions/{session}").json() != before


@every_pair
@pytest.mark.parametrize("many", [False, True])
def test_deleting_reaches_as_far_as_reading_and_says_nothing(world, caller, owner, many):
    session, _ = world.row(owner)
    if many:
        got = world.server.http.request("DELETE", "/sessions", headers=CALLERS[caller],
                                        json={"session_ids": [session, "none"], "session_types": ["agent", "agent"]})
    else:
        got = world.server.http.delete(f"/sessions/{session}", headers=CALLERS[caller])
    assert got.status_code == (403 if world.is_refused(caller) else 204)
    assert (world.root(f"/sessions/{session}").status_code == 404) == world.reaches(caller, owner)


@every_pair
def test_a_run_is_made_in_ones_own_session(world, caller, owner):
    session, _ = world.row(owner)
    got = world.server.post("/agents/echo/runs", headers=CALLERS[caller],
                            data={"message": "again", "stream": "false", "session_id": session, "user_id": owner})
    may = world.may_run_in(caller, owner)
    if not world.isolated and caller in NAMELESS and owner != "nobody":
        may = True  # who has no name is who the form says: the contract's, without isolation
    assert got.status_code == (200 if may else 403 if world.is_refused(caller) else 404), got.text
    if got.status_code == 200 and caller == "root" and owner != "nobody":
        assert got.json()["user_id"] == "root"
    if got.status_code != 200:
        assert "secret" not in got.text


@every_pair
def test_cancelling_without_a_session(world, caller, owner):
    _, run = world.row(owner)
    got = world.server.post(f"/agents/echo/runs/{run}/cancel", headers=CALLERS[caller])
    if world.is_refused(caller):
        assert got.status_code == 403
    elif world.is_pinned(caller):
        assert (got.status_code, got.json()) == (400, {"detail": "session_id is required for this action"})
    else:
        assert (got.status_code, got.json()) == (200, {})


@every_caller
def test_lists_hold_and_count_what_is_within_reach(world, caller):
    rows = {world.row(owner)[0]: owner for owner in OWNERS}
    for query in ("", "&user_id=ann", "&user_id=bob", "&user_id=nosuch"):
        got = world.server.get(f"/sessions?limit=1000{query}", headers=CALLERS[caller])
        if world.is_refused(caller):
            assert (got.status_code, got.json()) == (403, MISSING)
            continue
        found = {row["session_id"] for row in got.json()["data"]}
        wanted = {session for session, owner in rows.items() if world.reaches(caller, owner)}
        if query and not world.is_pinned(caller):
            wanted = {session for session in wanted if rows[session] == query.split("=")[1]}
        assert found & set(rows) == wanted
        assert got.json()["meta"]["total_count"] == len(found)
        if world.is_pinned(caller):
            assert {row["user_id"] for row in got.json()["data"]} <= {caller}


@every_pair
def test_a_taken_id_tells_nothing_of_its_owner(world, caller, owner):
    session, _ = world.row(owner)
    got = world.server.post("/sessions", headers=CALLERS[caller], json={"session_id": session, "agent_id": "echo"})
    if world.is_refused(caller):
        assert got.status_code == 403
        return
    assert got.status_code == 409
    own = f"Session with id '{session}' already exists. Use PATCH /sessions/{session} to update it."
    foreign = ("Could not create a session with the supplied session_id. Omit session_id to have one generated, "
               "or choose a different one.")
    assert got.json()["detail"] == (own if world.reaches(caller, owner) else foreign)


@every_caller
def test_a_session_is_made_in_ones_own_name(world, caller):
    got = world.server.post("/sessions", headers=CALLERS[caller], json={"user_id": "victim"})
    if world.is_refused(caller):
        assert (got.status_code, got.json()) == (403, MISSING)
        return
    assert got.status_code == 201
    assert got.json()["user_id"] == ("victim" if caller in NAMELESS else caller)


# docs/design/security.md 6
@pytest.mark.parametrize("name", ["sa:robot", "__scheduler__", "", "x" * 256])
def test_a_reserved_name_is_not_taken_from_a_body(world, name):
    got = world.server.post("/sessions", headers=CALLERS["machine"], json={"user_id": name})
    assert got.status_code == 422


def test_info_says_which(world):
    assert world.server.get("/info").json()["user_isolation"] is world.isolated


# docs/design/security.md 6
@pytest.mark.parametrize("path", ["/agents", "/config", "/agents/echo", "/memories", "/sessions"])
def test_who_is_nobody_is_told_so_everywhere(world, path):
    token = bearer(sub=None, scopes=("agents:read", "config:read", "memories:read", "sessions:read"))
    got = world.server.get(path, headers=token)
    assert (got.status_code == 403) == world.isolated
    if world.isolated:
        assert got.json() == MISSING
        assert "www-authenticate" in got.headers


def test_public_routes_ask_for_nobody(world):
    assert world.server.get("/health").status_code == 200
    assert world.server.get("/health", headers=CALLERS["stranger"]).status_code == 200


def test_scopes_come_before_identity(world):
    got = world.server.get("/sessions", headers=bearer(sub=None, scopes=("agents:read",)))
    assert got.status_code == 403
    assert "sessions:read" in got.json()["detail"]


@pytest.mark.parametrize("caller, session, agent, answer", [
    ("bob", "{s}", "echo", 404), ("carol", "other", "echo", 404), ("ann", "other", "echo", 404),
    ("ann", "{s}", "plain", 404), ("stranger", "{s}", "echo", 403), ("ann", "{s}", "echo", 200),
    ("root", "{s}", "echo", 200), ("root", "", "echo", 200),
])
def test_a_run_in_flight_is_cancelled_by_who_may(world, caller, session, agent, answer):
    if not world.isolated:
        return
    name = f"flight-{next(NUMBERS)}"
    form = {"message": "/slow 400", "session_id": name}
    with world.server.http.stream("POST", "/agents/echo/runs", headers=CALLERS["ann"], data=form) as stream:
        lines = stream.iter_lines()
        data = next(line for line in lines if line.startswith("data: "))
        run = json.loads(data[6:])["run_id"]
        query = f"?session_id={session.format(s=name)}" if session else ""
        got = world.server.post(f"/agents/{agent}/runs/{run}/cancel{query}", headers=CALLERS[caller])
        assert got.status_code == answer, got.text
        if answer != 200:
            assert next(line for line in lines if line.startswith("data: "))  # it goes on
            mine = world.server.post(f"/agents/echo/runs/{run}/cancel?session_id={name}", headers=CALLERS["ann"])
            assert mine.status_code == 200
        assert any("RunCancelled" in line for line in lines)


def test_a_custom_admin_scope_lifts_it_and_the_default_name_does_not(serve):
    server = serve(config(authorization=authorization(user_isolation=True, admin_scope="boss:all")))
    server.run("x", headers=CALLERS["ann"], session_id="s")
    scopes = ("sessions:read", "agent_os:admin")
    assert server.get("/sessions/s", headers=bearer(sub="eve", scopes=scopes)).status_code == 404
    assert server.get("/sessions/s", headers=bearer(sub="eve", scopes=("boss:all",))).status_code == 200


def test_authentication_without_scopes_keeps_users_apart_too(serve):
    server = serve(config(authorization=authorization(enabled=False, user_isolation=True)))
    server.run("x", headers=CALLERS["ann"], session_id="s")
    assert server.get("/sessions/s", headers=bearer(sub="bob", scopes=None)).status_code == 404
    assert server.get("/sessions/s", headers=bearer(sub="ann", scopes=None)).status_code == 200


def test_isolation_without_users_does_not_start(tmp_path):
    status, said = agentos.refused(tmp_path, config(authorization={"user_isolation": True}))
    assert status == 2
    assert "authorization.user_isolation" in said


def test_a_cached_token_is_decided_anew_on_each_request(world):
    headers = {"authorization": "Bearer " + mint(sub="dora", scopes=SCOPES)}
    session, _ = world.row("ann")
    answers = {world.server.get(f"/sessions/{session}", headers=headers).status_code for _ in range(3)}
    assert answers == {404 if world.isolated else 200}
