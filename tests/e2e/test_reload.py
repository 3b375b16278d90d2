"""Keys that change under a running server, and SIGHUP: nothing restarts, nobody is dropped, and what
cannot be meant changes nothing."""
import json
import os
import re
import signal
import threading
import time

from agentos import PLANTED, authorization, bearer, config

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
