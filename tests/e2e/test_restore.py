"""`agentos db restore`: a copy takes the place of the database, whole or not at all, and nothing is destroyed."""
import os
import shutil
import signal
import sqlite3
import subprocess
import time

import pytest

from agentos import ADMIN, PROGRAM, bearer, cli, config, environment
from test_observe import verify


def query(path, text):
    database = sqlite3.connect(path)
    try:
        return database.execute(text).fetchall()
    finally:
        database.close()


def restore(server, copy):
    return cli("db", "restore", "--config", server.file, copy)


def run(server, session):
    answer = server.post("/agents/echo/runs", headers=bearer(scopes=ADMIN),
                         data={"message": "x", "session_id": session, "stream": "false"})
    assert answer.status_code == 200, answer.text


def sessions(server):
    return [one["session_id"] for one in server.get("/sessions?sort_order=asc", headers=bearer(scopes=ADMIN)).json()["data"]]


def stop(server):
    server.terminate()
    assert server.wait() == 0


@pytest.fixture
def copied(serve):
    """A server with a session in its copy, and one that is not."""
    server = serve(config(database="sqlite:test.db"))
    server.get("/config", headers=bearer(sub="ann"))  # a row of the audit, once it stops
    run(server, "before")
    assert cli("db", "backup", "--config", server.file, server.folder / "copy.db").returncode == 0
    run(server, "after")
    return server


def test_a_copy_takes_the_place_and_nothing_is_lost(copied):
    server, path = copied, copied.folder / "test.db"
    refused = restore(server, server.folder / "copy.db")
    assert refused.returncode == 2 and "in use by the process" in refused.stderr  # a server has it
    stop(server)
    done = restore(server, server.folder / "copy.db")
    assert done.returncode == 0, done.stderr
    assert done.stdout.endswith(f"what was there is kept in {path}.before-restore\n")
    assert os.stat(path).st_mode & 0o777 == 0o600
    assert query(f"{path}.before-restore", "SELECT session_id FROM sessions ORDER BY id") == [("before",), ("after",)]
    assert verify(server).returncode == 0  # older than the mark, but its log tells why
    server.start()
    assert sessions(server) == ["before"]
    row = server.get("/authz/audit", headers=bearer(scopes=ADMIN)).json()["data"][0]
    assert row["action"] == "database restored" and row["after"]["file"].endswith("copy.db")
    stop(server)
    assert restore(server, f"{path}.before-restore").returncode == 0  # and back
    assert os.path.exists(f"{path}.before-restore-2") and os.path.exists(f"{path}.before-restore")
    server.start()
    assert sessions(server) == ["before", "after"]


def test_what_was_not_merged_is_kept(copied):
    server, path = copied, copied.folder / "test.db"
    server.process.send_signal(signal.SIGKILL)
    server.process.wait()
    assert (server.folder / "test.db-wal").exists()
    assert restore(server, server.folder / "copy.db").returncode == 0
    assert query(f"{path}.before-restore", "SELECT session_id FROM sessions ORDER BY id") == [("before",), ("after",)]
    assert query(path, "SELECT session_id FROM sessions") == [("before",)]


def damage(path):
    with open(path, "r+b") as file:
        file.seek(8192)
        file.write(b"\x5a" * 8192)


BAD = {
    "not there": lambda copy: os.unlink(copy),
    "not a database": lambda copy: copy.write_text("no database " * 1000),
    "damaged": damage,
    "cut off": lambda copy: os.truncate(copy, 20000),
    "empty": lambda copy: copy.write_bytes(b""),
    "of another program": lambda copy: query(copy, "PRAGMA application_id = 7"),
    "of a newer version": lambda copy: query(copy, "PRAGMA user_version = 99"),
    "a folder": lambda copy: (os.unlink(copy), os.mkdir(copy)),
}


@pytest.mark.parametrize("name", BAD)
def test_what_is_no_whole_database_changes_nothing(copied, name):
    server, path, copy = copied, copied.folder / "test.db", copied.folder / "copy.db"
    stop(server)
    before = path.read_bytes()
    BAD[name](copy)
    refused = restore(server, copy)
    assert refused.returncode in (1, 2) and "cannot be restored" in refused.stderr, refused.stdout + refused.stderr
    assert path.read_bytes() == before
    assert not [one for one in os.listdir(server.folder) if "restore" in one]


def test_where_no_database_was(copied):
    server, path = copied, copied.folder / "test.db"
    stop(server)
    shutil.move(path, server.folder / "moved.db")
    done = restore(server, server.folder / "copy.db")
    assert done.returncode == 0 and "kept" not in done.stdout
    server.start()
    assert sessions(server) == ["before"]


def test_kill_9_leaves_the_old_database_or_the_restored_one(copied):
    server, path = copied, copied.folder / "test.db"
    stop(server)
    seen = set()
    for n in range(40):
        process = subprocess.Popen([PROGRAM, "db", "restore", "--config", server.file, server.folder / "copy.db"],
                                   env=environment(None), cwd=server.folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(0.001 * n)
        process.kill()
        process.wait()
        assert query(path, "PRAGMA integrity_check") == [("ok",)]
        seen.add(tuple(one for one, in query(path, "SELECT session_id FROM sessions ORDER BY id")))
        assert seen <= {("before", "after"), ("before",)}
    kept = [one for one in server.folder.glob("test.db.before-restore*") if not one.name.endswith(("-wal", "-shm"))]
    assert kept and any(query(one, "SELECT count(*) FROM sessions") == [(2,)] for one in kept)
    assert restore(server, server.folder / "copy.db").returncode == 0 and verify(server).returncode == 0
    assert not list(server.folder.glob("test.db.restore*"))
