"""Keys that change under a running server, and SIGHUP: nothing restarts, nobody is dropped, and what
cannot be meant changes nothing."""
import json
import os
import re
import signal
import threading
import time

import pytest

from agentos import PLANTED, authorization, bearer, cli, config

OLD, NEW = "old-secret-0123456789-0123456789-012345", "new-secret-0123456789-0123456789-012345"
PLANTED.update((OLD, NEW))


def keyed(**more):
    return config(authorization=authorization(verification_keys=[{"file": "key.txt"}]), **more)


def replace(folder, name, text):
    """As key managers do it: a new file under the old name."""
    (folder / "incoming").write_text(text)
    os.rename(folder / "incoming", folder / name)


def status(server, secret):
    return server.get("/agents", headers=bearer(secret=secret)).status_code


def until(condition, seconds=10):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


def logged(server, text, count=1):
    return lambda: len(re.findall(re.escape(text), server.log)) >= count


def test_a_replaced_key_file_takes_effect_by_itself(serve, tmp_path):
    (tmp_path / "key.txt").write_text(OLD)
    server = serve(keyed(), folder=tmp_path)
    assert (status(server, OLD), status(server, NEW)) == (200, 401)
    replace(tmp_path, "key.txt", NEW + "\n")
    until(lambda: status(server, NEW) == 200)
    assert status(server, OLD) == 401
    assert server.starts == 1


def test_no_request_is_dropped_while_keys_change(serve, tmp_path):
    (tmp_path / "key.txt").write_text(OLD)
    server = serve(config(authorization=authorization(verification_keys=[{"file": "key.txt"}, NEW])), folder=tmp_path)
    headers, answers, stop = bearer(secret=NEW), [], threading.Event()

    def call():
        while not stop.is_set():
            answers.append(server.get("/agents", headers=headers).status_code)

    caller = threading.Thread(target=call)
    caller.start()
    for n in range(5):
        replace(tmp_path, "key.txt", f"{n}-secret-0123456789-0123456789-01234567")
        until(logged(server, "info reloaded", n + 1))
    stop.set()
    caller.join(10)
    assert set(answers) == {200} and len(answers) > 20


def test_a_broken_key_file_keeps_the_old_keys_and_says_so(serve, tmp_path):
    (tmp_path / "key.txt").write_text(OLD)
    server = serve(keyed(), folder=tmp_path)
    replace(tmp_path, "key.txt", "short")
    until(logged(server, "reload refused"))
    assert (status(server, OLD), status(server, "short" * 8)) == (200, 401)
    replace(tmp_path, "key.txt", NEW)
    until(lambda: status(server, NEW) == 200)


def test_hangup_reads_the_configuration_again(serve, tmp_path):
    (tmp_path / "key.txt").write_text(OLD)
    server = serve(keyed(), folder=tmp_path)
    ids = lambda: [agent["id"] for agent in server.get("/agents", headers=bearer(secret=OLD)).json()]
    assert ids() == ["echo", "plain"]
    server.file.write_text(json.dumps(keyed(agents=[{"id": "fresh", "model": "offline:echo"}])))
    replace(tmp_path, "key.txt", OLD + "\n")  # a key alone does not bring the unfinished configuration in
    until(logged(server, "info reloaded"))
    assert ids() == ["echo", "plain"]
    server.process.send_signal(signal.SIGHUP)
    until(lambda: ids() == ["fresh"])


def test_a_broken_configuration_changes_nothing(serve, tmp_path):
    (tmp_path / "key.txt").write_text(OLD)
    server = serve(keyed(), folder=tmp_path)
    server.file.write_text("agents: [{nonsense: 1}]\n")
    server.process.send_signal(signal.SIGHUP)
    until(logged(server, "reload refused"))
    assert "key=agents[0].nonsense" in server.log or "nonsense" in server.log
    assert status(server, OLD) == 200


@pytest.mark.parametrize(("changed", "options"), [
    ({"listen": "127.0.0.1:1"}, ["listen"]),
    ({"database": "sqlite:other.db"}, ["database"]),
    ({"log": {"level": "debug"}, "audit": {"mark": "m"}, "retention": {"runs": "30d"}}, ["log", "audit", "retention"]),
    ({"limits": {"connections_per_address": 9}}, ["limits.connections_per_address"]),
    ({"limits": {"body": "2MiB"}, "name": "new"}, [])], ids=lambda value: ",".join(value))
def test_what_a_reload_does_not_apply_is_logged(serve, tmp_path, changed, options):
    (tmp_path / "key.txt").write_text(OLD)
    server = serve(keyed(), folder=tmp_path)
    for number in (1, 2):  # as long as it differs from what was read at the start
        server.file.write_text(json.dumps(keyed(**changed)))
        server.process.send_signal(signal.SIGHUP)
        until(logged(server, "info reloaded", number))
    said = re.findall(r"warning takes effect at the next start option=(\S+)", server.log)
    assert sorted(said) == sorted(2 * options)
    server.file.write_text(json.dumps(keyed()))
    server.process.send_signal(signal.SIGHUP)
    until(logged(server, "info reloaded", 3))
    assert server.log.count("takes effect at the next start") == 2 * len(options)


def test_a_run_goes_on_while_its_agent_is_replaced(serve, tmp_path):
    (tmp_path / "key.txt").write_text(OLD)
    server = serve(keyed(), folder=tmp_path)
    begun, said = threading.Event(), []

    def run():
        headers = bearer(secret=OLD, scopes=("agents:run",))
        with server.http.stream("POST", "/agents/echo/runs", headers=headers, data={"message": "/slow 30"}) as answer:
            for piece in answer.iter_text():
                said.append(piece)
                begun.set()

    runner = threading.Thread(target=run)
    runner.start()
    assert begun.wait(10)
    server.file.write_text(json.dumps(keyed(agents=[{"id": "fresh", "model": "offline:echo"}])))
    server.process.send_signal(signal.SIGHUP)
    until(logged(server, "info reloaded"))
    assert "RunCompleted" not in "".join(said)
    runner.join(20)
    assert "event: RunCompleted" in "".join(said)



def test_a_reload_does_not_open_what_the_start_would_not(serve):
    """Without `authorization`, and beyond loopback: the listener stays where it is, whatever the file says now."""
    server = serve(config(), arguments=("--host", "0.0.0.0"))
    for count, listen in enumerate((None, "127.0.0.1:7777"), start=1):
        server.file.write_text(json.dumps(config(authorization=None, listen=listen)))
        os.kill(server.pid, signal.SIGHUP)
        until(logged(server, "reload refused", count))
        assert server.get("/agents").status_code == 401


def test_a_reload_leaves_the_listener_where_it_is(serve):
    """An open server on loopback stays one, so an address beyond it is no reason to refuse the rest."""
    server = serve(config(authorization=None))
    server.file.write_text(json.dumps(config(authorization=None, listen="0.0.0.0:7777", agents=[{"id": "fresh", "model": "offline:echo"}])))
    server.process.send_signal(signal.SIGHUP)
    until(logged(server, "info reloaded"))
    assert [agent["id"] for agent in server.get("/agents").json()] == ["fresh"]


def test_a_reload_says_where_a_key_does_not_fit(serve, tmp_path):
    (tmp_path / "key.txt").write_text(OLD)
    server = serve(keyed(), folder=tmp_path)
    replace(tmp_path, "key.txt", "short")
    until(logged(server, "reload refused"))
    assert re.search(r"line=[1-9]\d* key=authorization\.verification_keys\[0\] ", server.log)
    assert status(server, OLD) == 200


def test_a_file_that_a_reload_names_is_watched_from_then_on(serve, tmp_path):
    server = serve(config(authorization=authorization(verification_keys=[OLD])), folder=tmp_path)
    (tmp_path / "key.txt").write_text(OLD)
    server.file.write_text(json.dumps(keyed()))
    server.process.send_signal(signal.SIGHUP)
    until(logged(server, "info reloaded"))
    replace(tmp_path, "key.txt", NEW)
    until(lambda: status(server, NEW) == 200)
    assert status(server, OLD) == 401


# ---- in the audit ----

def audit(server, **named):
    answer = server.get("/authz/audit?sort_order=asc", **named)
    assert answer.status_code == 200, answer.text
    return [{name: row[name] for name in ("actor", "action", "target", "before", "after")} for row in answer.json()["data"]]


def test_every_reload_stands_in_the_audit(serve, tmp_path):
    (tmp_path / "key.txt").write_text(OLD)
    server = serve(keyed(database="sqlite:test.db"), folder=tmp_path)
    files = [str(tmp_path / "key.txt")]
    replace(tmp_path, "key.txt", NEW)
    until(logged(server, "info reloaded"))
    replace(tmp_path, "key.txt", "short")
    until(logged(server, "reload refused"))
    replace(tmp_path, "key.txt", NEW)
    until(logged(server, "info reloaded", 2))
    server.file.write_text(json.dumps(config(database="sqlite:test.db", authorization=authorization(
        verification_keys=[{"file": "key.txt"}], user_isolation=True))))
    server.process.send_signal(signal.SIGHUP)
    until(logged(server, "info reloaded", 3))
    server.file.write_text("agents: [{nonsense: 1}]\n")
    server.process.send_signal(signal.SIGHUP)
    until(logged(server, "reload refused", 2))
    until(lambda: len(audit(server, headers=bearer(secret=NEW, scopes=("authz:read",)))) == 5)
    rows = audit(server, headers=bearer(secret=NEW, scopes=("authz:read",)))

    apart, together = ({"mode": "jwt", "user_isolation": value} for value in (True, False))
    assert {row["actor"] for row in rows} == {"system"}
    assert [row["action"] for row in rows] == ["reloaded", "reload refused", "reloaded", "reloaded", "reload refused"]
    assert [row["target"] for row in rows] == ["files"] * 3 + ["configuration"] * 2
    assert [row["before"] for row in rows] == [together] * 4 + [apart]
    assert [row["after"]["files"] for row in rows] == [files] * 3 + [[], []]
    assert rows[0]["after"] == {**together, "files": files} and rows[3]["after"] == {**apart, "files": []}
    assert "verification_keys[0]" in rows[1]["after"]["why"] and "nonsense" in rows[4]["after"]["why"]
    assert NEW not in json.dumps(rows) and "short" not in json.dumps(rows)

    server.file.write_text(json.dumps(keyed(database="sqlite:test.db")))
    server.stop()
    done = cli("audit", "verify", "--config", server.file)
    assert done.returncode == 0 and done.stdout.startswith("5 rows"), done.stdout + done.stderr


def test_a_server_without_authentication_stands_in_the_audit(serve):
    """From when to when everybody could do everything; one with authentication says nothing at its start."""
    server = serve(config(database="sqlite:test.db", authorization=None))
    until(lambda: len(audit(server)) == 1)
    server.stop()
    server.file.write_text(json.dumps(config(database="sqlite:test.db")))
    server.start()
    rows = audit(server, headers=bearer(scopes=("authz:read",)))
    assert [(row["actor"], row["action"]) for row in rows] == [
        ("system", "opened without authentication"), ("system", "closed, was without authentication")]
    assert rows[0]["after"]["host"] == "127.0.0.1" and rows[0]["target"] == "test-os"
    server.stop()
    assert cli("audit", "verify", "--config", server.file).stdout.startswith("2 rows")


def test_reloads_and_an_end_at_once_lose_nothing(serve, tmp_path):
    (tmp_path / "key.txt").write_text(OLD)
    server = serve(keyed(database="sqlite:test.db"), folder=tmp_path)
    for _ in range(20):
        server.process.send_signal(signal.SIGHUP)
    until(logged(server, "info reloaded"))
    server.process.send_signal(signal.SIGHUP)
    server.stop()
    done = cli("audit", "verify", "--config", server.file)
    assert done.returncode == 0
    assert int(done.stdout.split()[0]) == len(re.findall("info reloaded", server.log)), done.stdout
