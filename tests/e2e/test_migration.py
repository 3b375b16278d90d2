"""A database of the first release (schema 3) opens, is migrated once, and its runs read as they did, but that counts
of zero have left their metrics. schema-3.sql is one that the first release wrote: runs of all kinds, in sessions with
a history, a state, metadata and a name."""
import json
import os
import re
import sqlite3
import subprocess
import time
from pathlib import Path

import pytest

import agentos
from agentos import cli, config, refused

DUMP = (Path(__file__).parent / "schema-3.sql").read_text()
RUNS, COPIES = 15, 400


def old_database(folder, copies=0):
    """The path of one; copies: how often its runs stand in it once more."""
    path = Path(folder) / "old.db"
    with sqlite3.connect(path) as database:
        database.executescript(DUMP)
        for copy in range(copies):
            database.execute("INSERT INTO runs SELECT NULL, run_id || ?, session_id, parent_run_id, type, component_id, issuer,"
                             " user_id, status, created_at, model_id, model_provider, input_tokens, output_tokens, total_tokens,"
                             f" input, content, session_state, object FROM runs WHERE id <= {RUNS}", (f"-{copy}",))
    database.close()
    return path


def version(path):
    with sqlite3.connect(path) as database:
        return database.execute("PRAGMA user_version").fetchone()[0]


def without_zero_counts(text):
    """Metrics of runs and messages have a duration or a time to the first token, and counts by model inside."""
    def drop(metrics):
        return re.sub(r'"(input|output|total)_tokens":0,', "", metrics[0])
    return re.sub(r'"metrics":\{[^{}]*(?:\{"model":\[\{[^{}]*)?', drop, text)


def old_objects(path):
    with sqlite3.connect(path) as database:
        return database.execute("SELECT run_id, session_id, component_id, object FROM runs ORDER BY id").fetchall()


def serve_old(serve, path):
    return serve(config(database=f"sqlite:{path}", authorization=None, agents=[
        {"id": agent, "model": "offline:echo"} for agent in ("hist", "plain", "events", "llm", "llmh")]))


def test_runs_of_the_first_release_read_as_they_did(serve, tmp_path):
    path = old_database(tmp_path)
    before = old_objects(path)
    assert len(before) == RUNS
    server = serve_old(serve, path)
    for run_id, session_id, agent, object in before:
        answer = server.http.get(f"/agents/{agent}/runs/{run_id}", params={"session_id": session_id})
        assert answer.text == without_zero_counts(object)
        listed = server.http.get(f"/sessions/{session_id}/runs/{run_id}").json()
        assert listed["session_state"] == json.loads(object)["session_state"]
    assert server.http.get("/sessions/four").json()["session_state"] == {"patched": True}
    assert version(path) == 5
    assert version(f"{path}.before-5") == 3 and old_objects(f"{path}.before-5") == before
    server.stop()
    os.unlink(f"{path}.before-5")
    server.start()
    assert not Path(f"{path}.before-5").exists()  # once


def test_sessions_of_the_first_release_are_counted(serve, tmp_path):
    path = old_database(tmp_path)
    with sqlite3.connect(path) as database:
        types = dict(database.execute("SELECT type, count(*) FROM sessions GROUP BY type"))
        users = dict(database.execute("SELECT user_id, count(*) FROM sessions WHERE user_id IS NOT NULL GROUP BY user_id"))
    database.close()
    assert types and users
    server = serve(config(database=f"sqlite:{path}", authorization=None))
    total = lambda **query: server.http.get("/sessions", params=query).json()["meta"]["total_count"]
    assert total() == sum(types.values())
    assert {name: total(type=name) for name in types} == types
    assert {name: total(user_id=name) for name in users} == users


def test_a_session_of_the_first_release_goes_on(serve, tmp_path):
    path = old_database(tmp_path)
    server = serve(config(database=f"sqlite:{path}", authorization=None, agents=[
        {"id": "hist", "model": "offline:echo", "add_history_to_context": True}]))
    run = server.http.post("/agents/hist/runs", data={"message": "and now", "session_id": "one", "user_id": "ann", "stream": "false"})
    assert run.status_code == 200
    said = [message["content"] for message in run.json()["messages"] if message["from_history"]]
    assert "hello" in said and "Echo: hello" in said


def test_db_migrate_keeps_a_copy_unless_told_not_to(tmp_path):
    path = old_database(tmp_path)
    assert cli("db", "migrate", "--database", f"sqlite:{path}", "--no-copy").returncode == 0
    assert version(path) == 5 and not Path(f"{path}.before-5").exists()
    path.unlink()
    old_database(tmp_path)
    assert cli("db", "migrate", "--database", f"sqlite:{path}").returncode == 0
    assert version(path) == 5 and version(f"{path}.before-5") == 3
    assert not Path(f"{path}.before-5.part").exists()


def test_without_room_for_the_copy_nothing_is_migrated(tmp_path):
    path = old_database(tmp_path)
    (tmp_path / "old.db.before-5.part").mkdir()  # where the copy cannot be written
    status, said = refused(tmp_path, config(database=f"sqlite:{path}"))
    assert status == 1 and "cannot copy the database to" in said and "`agentos db migrate --no-copy`" in said, said
    assert version(path) == 3
    assert cli("db", "migrate", "--database", f"sqlite:{path}", "--no-copy").returncode == 0
    assert version(path) == 5


@pytest.mark.parametrize("delay_ms", (15, 40, 80, 120, 200))
def test_a_migration_that_is_killed_has_not_happened(tmp_path, delay_ms):
    path = old_database(tmp_path, COPIES)
    before = old_objects(path)
    arguments = [agentos.PROGRAM, "db", "migrate", "--database", f"sqlite:{path}"]
    process = subprocess.Popen(arguments, stdout=subprocess.DEVNULL, env=agentos.environment(None))
    time.sleep(delay_ms / 1000)
    process.kill()
    process.wait()
    if version(path) == 3:
        assert old_objects(path) == before
    assert cli("db", "migrate", "--database", f"sqlite:{path}").returncode == 0
    with sqlite3.connect(path) as database:
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert database.execute("PRAGMA foreign_key_check").fetchall() == []
        assert [row[0] for row in database.execute("SELECT run_id FROM runs ORDER BY id")] == [row[0] for row in before]
    assert version(f"{path}.before-5") == 3


@pytest.mark.parametrize("edit, said", (
    ("UPDATE sessions SET id = -id", "has an invalid session key"),
    ("UPDATE runs SET session_state = hex(zeroblob(40000000)) WHERE id = 3", "session state is longer than"),
    ("""UPDATE runs SET object = '{"messages":[' || substr(replace(hex(zeroblob(3000000)), '00', '{},'), 2) || ']}'"""
     " WHERE id = 3", "is not valid JSON"),
    ("""UPDATE runs SET object = '{"messages":[{}' || replace(hex(zeroblob(3000000)), '00', ',{}') || ']}' WHERE id = 3""",
     "is too long"),
))
def test_a_row_that_the_first_release_never_wrote_is_named_and_left_alone(tmp_path, edit, said):
    path = old_database(tmp_path)
    with sqlite3.connect(path) as database:
        database.execute(edit)
    database.close()
    migrated = cli("db", "migrate", "--database", f"sqlite:{path}", "--no-copy", timeout=60)
    assert migrated.returncode == 1 and said in migrated.stderr, migrated.stderr
    assert version(path) == 3


def test_a_newer_database_is_refused_by_name(tmp_path):
    path = old_database(tmp_path)
    with sqlite3.connect(path) as database:
        database.execute("PRAGMA user_version = 6")
    status, said = refused(tmp_path, config(database=f"sqlite:{path}"))
    assert status == 1 and "written by a newer version of agentos (schema 6, this one knows 5)" in said and str(path) in said
    assert version(path) == 6 and not Path(f"{path}.before-5").exists()
