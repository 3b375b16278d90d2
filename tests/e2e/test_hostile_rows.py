"""Rows that this program never wrote: whoever has written them gets no more than an error of the answer that
reads them, and the server goes on."""
import sqlite3

import httpx
import pytest

from agentos import ADMIN, bearer, config

MOST = 2**63 - 1
EDITS = [
    *(f"UPDATE sessions SET {column} = {value}" for value in (-1, MOST)
      for column in ("run_count", "input_tokens", "total_tokens")),
    *(f"UPDATE runs SET {column} = NULL" for column in ("input", "model_id", "model_provider")),
    "UPDATE runs SET created_at = -1",
    "UPDATE runs SET stage = 'executing'",
    "UPDATE sessions SET session_state = ''",
]


@pytest.mark.parametrize("edit", EDITS)
def test_a_hostile_row_ends_no_server(serve, edit):
    server = serve(config(database="sqlite:hostile.db"))
    admin = bearer("ann", scopes=ADMIN)
    run = server.run("hello", headers=admin, session_id="s")["run_id"]
    with sqlite3.connect(server.folder / "hostile.db") as other:
        other.execute(edit)
    other.close()
    for path in ("/sessions", "/sessions/s", "/sessions/s/runs", f"/sessions/s/runs/{run}", "/sessions/s/run-previews",
                 "/agents/echo/runs?session_id=s", f"/agents/echo/runs/{run}?session_id=s"):
        assert httpx.get(server.url + path, headers=admin, trust_env=False).status_code in (200, 500), path  # unchecked: a damaged row is told as it is
    assert server.get("/health").status_code == 200


def test_a_run_without_a_component_is_of_no_agent(serve):
    """The schema forbids it; whoever can write to the file can change the schema too."""
    server = serve(config(database="sqlite:hostile.db"))
    admin = bearer("ann", scopes=ADMIN)
    run = server.run("hello", headers=admin, session_id="s")["run_id"]
    with sqlite3.connect(server.folder / "hostile.db") as other:
        other.executescript("""PRAGMA writable_schema = ON;
            UPDATE sqlite_master SET sql = replace(sql, 'component_id TEXT NOT NULL', 'component_id TEXT')
             WHERE name = 'runs';
            PRAGMA writable_schema = RESET;
            UPDATE runs SET component_id = NULL;""")
        assert other.execute("SELECT count(*) FROM runs WHERE component_id IS NULL").fetchone() == (1,)
    other.close()
    path = f"/agents/echo/runs/{run}"
    assert server.get(f"{path}?session_id=s", headers=admin).status_code == 404
    assert server.post(f"{path}/cancel", headers=admin).status_code == 404
    assert server.post(f"{path}/cancel?session_id=s", headers=bearer("ann", scopes=["agents:run"])).status_code == 404
    assert server.get("/sessions/s/runs", headers=admin).status_code == 500
    assert server.get("/health").status_code == 200
