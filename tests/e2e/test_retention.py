"""`retention` deletes what is old while the server serves, and the audit log stays verifiable."""
import json
import sqlite3
import time

from agentos import bearer, cli, config
from test_observe import verify
from test_purge import sessions
from test_restore import query, run


def old_server(serve, count=250):
    """The folder of a server that has stopped, with `count` old sessions and a young one."""
    server = serve(config(database="sqlite:test.db"))
    run(server, "young")
    server.get("/config", headers=bearer(sub="ann"))  # a row of the audit
    server.terminate()
    assert server.wait() == 0
    with sqlite3.connect(server.folder / "test.db") as database:
        for n in range(count):
            database.execute("INSERT INTO sessions (session_id, type, component_id, issuer, user_id, created_at, updated_at)"
                             " VALUES (?, 'agent', 'echo', '', 'carl', 1, 1)", (f"c{n}",))
    database.close()
    return server.folder


def wait_for(condition):
    for _ in range(200):
        if condition():
            return
        time.sleep(0.05)
    raise AssertionError("not in time")


def test_old_sessions_go_and_young_ones_stay(serve):
    folder = old_server(serve)
    server = serve(config(database="sqlite:test.db", retention={"runs": "90d"}), folder=folder)
    path = folder / "test.db"
    wait_for(lambda: sessions(path) == ["young"])
    run(server, "new")  # it serves
    wait_for(lambda: query(path, "SELECT after FROM audit WHERE action = 'retention'"))
    assert query(path, "SELECT after FROM audit WHERE action = 'retention'") == [('{"sessions":250,"audit_rows":0}',)]
    assert verify(server).returncode == 0


def test_without_it_all_is_kept(serve):
    folder = old_server(serve, 3)
    server = serve(config(database="sqlite:test.db"), folder=folder)
    run(server, "new")
    assert len(sessions(folder / "test.db")) == 5


def test_an_age_of_the_audit_keeps_younger_rows(serve):
    folder = old_server(serve, 0)
    server = serve(config(database="sqlite:test.db", retention={"audit": "365d", "runs": "1h"}), folder=folder)
    run(server, "new")
    assert verify(server).stdout == "1 rows, none changed, removed or reordered\n"


def test_what_is_too_short_is_refused(tmp_path):
    for retention, key in (({"runs": "59m"}, "runs"), ({"audit": "1h"}, "audit"), ({"runs": "x"}, "runs"), ({"sessions": "1d"}, "sessions")):
        file = tmp_path / "agentos.yaml"
        file.write_text(json.dumps(config(retention=retention)))
        done = cli("config", "check", file)
        assert done.returncode != 0 and key in done.stdout + done.stderr
