"""Rows that this program never wrote: whoever has written them gets no more than an error of the answer that
reads them, and the server goes on."""
import sqlite3

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
        assert server.get(path, headers=admin).status_code in (200, 500), path
    assert server.get("/health").status_code == 200
