"""`agentos db purge` deletes the sessions of a user, or old ones, and no others'."""
import sqlite3

import pytest

from agentos import ADMIN, bearer, cli, config
from test_observe import verify
from test_restore import query


def purge(server, *arguments):
    return cli("db", "purge", "--config", server.file, *arguments)


def sessions(path):
    return [one for one, in query(path, "SELECT session_id FROM sessions ORDER BY id")]


@pytest.fixture
def filled(serve):
    """Sessions of ann and bob, one of ann's at another issuer, one of bob's in which ann ran."""
    server = serve(config(database="sqlite:test.db"))
    for user, session in (("ann", "a1"), ("ann", "a1"), ("ann", "a2"), ("bob", "b1"), ("bob", "b2"), ("bob", "b3")):
        answer = server.post("/agents/echo/runs", headers=bearer(sub=user, scopes=ADMIN),
                             data={"message": "x", "session_id": session, "stream": "false"})
        assert answer.status_code == 200, answer.text
    server.terminate()
    assert server.wait() == 0
    path = server.folder / "test.db"
    with sqlite3.connect(path) as database:
        database.execute("UPDATE sessions SET user_id = 'ann', issuer = 'https://idp.example/' WHERE session_id = 'b2'")
        database.execute("UPDATE runs SET user_id = 'ann' WHERE session_key = (SELECT id FROM sessions WHERE session_id = 'b3')")
        database.execute("UPDATE sessions SET updated_at = updated_at - 100 * 86400 WHERE session_id IN ('a2', 'b1')")
    database.close()
    server.path = path
    return server


# ARGUMENTS -> what is said, what stays, what the audit tells
PURGES = {
    ("--user", "", "ann"): ("2 sessions with 3 runs are deleted\n1 runs of this user in other users' sessions stay\n",
                            ["b1", "b2", "b3"], '{"issuer":"","user_id":"ann","sessions":2,"runs":3}'),
    ("--user", "https://idp.example/", "ann"): ("1 sessions with 1 runs are deleted\n", ["a1", "a2", "b1", "b3"],
                                                '{"issuer":"https://idp.example/","user_id":"ann","sessions":1,"runs":1}'),
    ("--older-than", "90d"): ("2 sessions with 2 runs are deleted\n", ["a1", "b2", "b3"],
                              '{"older_than_s":7776000,"sessions":2,"runs":2}'),
    ("--older-than", "101d"): ("0 sessions with 0 runs are deleted\n", ["a1", "a2", "b1", "b2", "b3"], None),
    ("--user", "", "nobody"): ("0 sessions with 0 runs are deleted\n", ["a1", "a2", "b1", "b2", "b3"], None),
}


@pytest.mark.parametrize("arguments", PURGES)
def test_what_is_asked_for_is_deleted_and_recorded(filled, arguments):
    said, stays, told = PURGES[arguments]
    dry = purge(filled, *arguments, "--dry-run")
    assert dry.stdout == said.replace("are deleted", "would be deleted"), dry.stderr
    assert sessions(filled.path) == ["a1", "a2", "b1", "b2", "b3"]
    done = purge(filled, *arguments)
    assert done.returncode == 0 and done.stdout == said, done.stderr
    assert sessions(filled.path) == stays
    left, = query(filled.path, "SELECT count(*) FROM runs WHERE session_key NOT IN (SELECT id FROM sessions)")[0]
    assert left == 0
    rows = [text for text, in query(filled.path, "SELECT after FROM audit WHERE action = 'sessions purged'")]
    assert rows == ([told] if told else [])
    assert verify(filled).returncode == 0


def test_a_thousand_are_deleted_in_slices(filled):
    with sqlite3.connect(filled.path) as database:
        for n in range(1000):
            database.execute("INSERT INTO sessions (session_id, type, component_id, issuer, user_id, created_at, updated_at)"
                             " VALUES (?, 'agent', 'echo', '', 'carl', 1, 1)", (f"c{n}",))
    database.close()
    assert purge(filled, "--user", "", "carl").stdout == "1000 sessions with 0 runs are deleted\n"
    assert sessions(filled.path) == ["a1", "a2", "b1", "b2", "b3"]


def test_a_server_has_the_database(filled):
    filled.start()
    assert purge(filled, "--older-than", "90d", "--dry-run").returncode == 0
    refused = purge(filled, "--older-than", "90d")
    assert refused.returncode == 2 and "in use by the process" in refused.stderr
    assert len(sessions(filled.path)) == 5


@pytest.mark.parametrize("arguments", [(), ("--user", "ann"), ("--user", "", ""), ("--older-than", "90"), ("--older-than", "0d"),
                                       ("--older-than", "-1d"), ("--older-than", "9999999d"), ("--older-than", "90d", "x"),
                                       ("--user", "", "ann", "--older-than", "90d")])
def test_misuse_deletes_nothing(filled, arguments):
    assert purge(filled, *arguments).returncode == 2
    assert len(sessions(filled.path)) == 5
