"""A database that is locked, read-only, full or not a database: an error in time, and nothing that was
confirmed is lost."""
import os
import shutil
import sqlite3
import subprocess
import time

import pytest

from agentos import ADMIN, RUNNER, bearer, config, refused

SQLITE = "sqlite:data/test.db"


def database(server):
    return server.folder / "data" / "test.db"


def post(server, session, message="x", **form):
    return server.post("/agents/echo/runs", headers=bearer(scopes=RUNNER),
                       data={"message": message, "stream": "false", "session_id": session, **form})


def test_a_locked_database_is_503_in_time_and_recovers(serve):
    server = serve(config(database=SQLITE))
    assert post(server, "before").status_code == 200
    other = sqlite3.connect(database(server), isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    started = time.monotonic()
    answer = post(server, "locked")
    assert answer.status_code == 503, answer.text
    assert time.monotonic() - started < 15
    assert server.get("/health").status_code == 200
    other.execute("ROLLBACK")
    other.close()
    assert post(server, "after").status_code == 200
    assert server.get("/sessions/before", headers=bearer(scopes=ADMIN)).status_code == 200


def test_a_lock_during_a_stream_is_a_run_error(serve):
    """The stream has begun, so there is no status code left to say it with."""
    server = serve(config(database=SQLITE))
    assert post(server, "before").status_code == 200
    with server.http.stream("POST", "/agents/echo/runs", headers=bearer(scopes=RUNNER),
                            data={"message": "/slow 10", "session_id": "s"}) as answer:
        lines = answer.iter_lines()
        next(line for line in lines if "RunContent" in line)
        other = sqlite3.connect(database(server), isolation_level=None)
        other.execute("BEGIN EXCLUSIVE")
        text = "\n".join(lines)
    other.execute("ROLLBACK")
    other.close()
    assert "event: RunError" in text and "event: RunCompleted" not in text


def test_not_a_database(tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "test.db").write_bytes(b"this is no database" * 1000)
    status, said = refused(tmp_path, config(database=SQLITE))
    assert status in (1, 2) and "test.db" in said


def test_a_folder_that_cannot_be_made(tmp_path):
    (tmp_path / "data").write_text("a file, not a folder")
    status, said = refused(tmp_path, config(database=SQLITE))
    assert status in (1, 2) and "data" in said


def test_a_database_of_a_newer_version(serve, tmp_path):
    server = serve(config(database=SQLITE))
    server.stop()
    other = sqlite3.connect(database(server))
    other.execute("PRAGMA user_version = 999999")
    other.commit()
    other.close()
    status, said = refused(server.folder, config(database=SQLITE))
    assert status in (1, 2) and "newer" in said


def test_a_full_disk_is_an_error_and_loses_nothing(serve, tmp_path):
    """A small file system of its own, where the system allows one."""
    disk = tmp_path / "server-0" / "data"
    disk.mkdir(parents=True)
    if os.geteuid() != 0 or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=600k", "tmpfs", str(disk)],
                                           capture_output=True).returncode != 0:
        pytest.skip("no small file system can be mounted here")
    try:
        server = serve(config(database=SQLITE))
        told = []
        for n in range(400):
            answer = post(server, f"full-{n}", "word " * 2000)
            if answer.status_code != 200:
                break
            told.append(f"full-{n}")
        assert answer.status_code in (500, 503) and told
        assert "detail" in answer.json()
        assert server.get("/health").status_code == 200
        for session in told:
            assert server.get(f"/sessions/{session}", headers=bearer(scopes=ADMIN)).status_code == 200, session
        server.stop()
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def test_a_read_only_database(serve, tmp_path):
    """root may write anywhere, so the file system itself is made read-only."""
    disk = tmp_path / "server-0" / "data"
    disk.mkdir(parents=True)
    if os.geteuid() != 0 or subprocess.run(["mount", "-t", "tmpfs", "tmpfs", str(disk)], capture_output=True).returncode != 0:
        pytest.skip("no file system can be mounted here")
    try:
        server = serve(config(database=SQLITE))
        assert post(server, "s").status_code == 200
        server.stop()
        subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
        status, said = refused(server.folder, config(database=SQLITE))
        assert status in (1, 2) and ("read-only" in said or "readonly" in said or "write" in said), said
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def test_db_backup_while_it_is_in_use(serve, tmp_path):
    from agentos import cli
    server = serve(config(database=SQLITE))
    post(server, "kept")
    copy = tmp_path / "copy.db"
    done = cli("db", "backup", "--config", server.file, copy)
    if done.returncode == 2:
        pytest.skip("db backup is not built")
    assert done.returncode == 0, done.stderr
    rows = sqlite3.connect(copy).execute("PRAGMA integrity_check").fetchall()
    assert rows == [("ok",)]
    shutil.rmtree(tmp_path / "nothing", ignore_errors=True)
