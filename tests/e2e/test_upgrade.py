"""The steps of docs/upgrade.md, from a database of version 0.1.0 to this version and back."""
import hashlib
import hmac
import json
import os
import re
import sqlite3
import subprocess
from pathlib import Path

from agentos import PROGRAM, config, environment
from test_migration import old_database, old_objects, version

PAGE = (Path(__file__).parents[2] / "docs" / "upgrade.md").read_text()


def steps(title):
    """The commands of a section of the page that are ours; the service is started by the test."""
    section = PAGE.split(f"\n## {title}\n")[1].split("\n## ")[0]
    lines = "\n".join(re.findall(r"```bash\n(.*?)```", section, re.S)).splitlines()
    return [line for line in lines if line.startswith("agentos ")]


def follow(folder, commands):
    for command in commands:
        words = command.split()[1:]
        done = subprocess.run([PROGRAM, *words], cwd=folder, capture_output=True, text=True, timeout=60, env=environment(None))
        assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"


def member(value):
    return "-" if value is None else f"{len(value.encode())}:{value}"


def seal(path):
    """Seals the audit log of the recorded database as 0.1.0 does, with a key that is known, and leaves the key beside it."""
    key = "0123456789abcdef" * 4
    Path(f"{path}.audit-key").write_text(key)
    mac, last = "", 0

    def code(text):
        return hmac.new(key.encode(), text.encode(), hashlib.sha256).hexdigest()

    with sqlite3.connect(path) as database:
        for row in database.execute("SELECT id, created_at, actor, action, target, before, after FROM audit ORDER BY id").fetchall():
            last, mac = row[0], code(f"row {mac} {row[0]} {row[1]} " + "".join(member(value) for value in row[2:]))
            database.execute("UPDATE audit SET mac = ? WHERE id = ?", (mac, last))
        database.execute("UPDATE audit_head SET mac = ?", (code(f"head {last} {mac}"),))
    database.close()
    assert last > 0


def test_up_and_back(serve, tmp_path):
    old = old_database(tmp_path)
    before = old_objects(old)
    folder = tmp_path / "service"
    folder.mkdir()
    path = folder / "agentos.db"
    os.rename(old, path)
    seal(path)
    options = config(database="sqlite:agentos.db", authorization=None, agents=[
        {"id": agent, "model": "offline:echo"} for agent in ("hist", "plain", "events", "llm", "llmh")])
    (folder / "agentos.yaml").write_text(json.dumps(options))
    follow(folder, steps("Before"))
    assert version(path) == 3 == version(folder / "before-upgrade.db")
    migrate, verify = steps("Upgrade")
    follow(folder, [migrate])
    server = serve(options, folder=folder)
    assert version(path) == 5 and len(server.http.get("/sessions").json()["data"]) > 0
    follow(folder, [verify])
    answer = server.http.post("/agents/plain/runs", data={"message": "x", "session_id": "new", "stream": "false"})
    assert answer.status_code == 200
    server.terminate()
    assert server.wait() == 0
    follow(folder, steps("Roll back"))
    assert version(path) == 3 and old_objects(path) == before  # what 0.1.0 reads
    with sqlite3.connect(path) as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        (action, text), = database.execute("SELECT action, after FROM audit ORDER BY id DESC LIMIT 1").fetchall()
    database.close()
    assert action == "database restored" and "agentos.db.before-5" in text
    follow(folder, [verify, "agentos db restore agentos.db.before-restore", verify])
    assert version(path) == 5
    server.start()
    assert server.http.get("/sessions/new").status_code == 200
