"""`agentos reload`: the configuration is checked, and the server that serves it is told."""
import re
import time

import pytest

from agentos import bearer, cli, config


def until(condition, seconds=10):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


def names(server):
    return [agent["id"] for agent in server.get("/agents", headers=bearer()).json()]


def more_agents(server):
    text = server.file.read_text()
    server.file.write_text(text.replace('"agents": [', '"agents": [{"id": "third", "model": "offline:echo"},'))
    assert server.file.read_text() != text


def test_the_server_of_the_configuration_is_found_and_told(serve):
    other = serve(config(database="sqlite:one.db"))
    server = serve(config(database="sqlite:one.db"))
    more_agents(server)
    done = cli("reload", "--config", server.file)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == (f"process {server.pid} is reloading its configuration; "
                           "see its log for the result\n")
    until(lambda: "third" in names(server))
    assert "third" not in names(other) and "reloaded" not in other.log


@pytest.mark.parametrize("arguments", [[], ["--no-check"]])
def test_a_process_can_be_named(serve, arguments):
    server = serve()  # with its database in memory: there is no file to find it by
    more_agents(server)
    assert cli("reload", "--config", server.file, "--pid", server.pid, *arguments).returncode == 0
    until(lambda: "third" in names(server))


@pytest.mark.parametrize("break_it, fault", [
    (lambda text: text.replace("offline:echo", "nobody:echo", 1), "agents[0].model"),
    (lambda text: text.replace('"name": "Test OS"', '"nome": "Test OS"'), "nome"),
    (lambda text: text[:-2], "agentos.yaml:"),
])
def test_a_faulty_configuration_leaves_the_server_alone(serve, break_it, fault):
    server = serve(config(database="sqlite:one.db"))
    server.file.write_text(break_it(server.file.read_text()))
    done = cli("reload", "--config", server.file)
    assert done.returncode == 2 and fault in done.stderr and done.stdout == ""
    time.sleep(0.2)
    assert not re.search("reload", server.log)


def test_a_faulty_configuration_is_the_servers_to_refuse_without_the_check(serve):
    server = serve()
    server.file.write_text(server.file.read_text().replace("offline:echo", "nobody:echo"))
    assert cli("reload", "--config", server.file, "--pid", server.pid, "--no-check").returncode == 0
    until(lambda: "reload refused" in server.log)
    assert names(server) == ["echo", "plain"]


def test_there_may_be_no_server(serve):
    server = serve(config(database="sqlite:one.db"))
    server.terminate()
    server.wait()
    done = cli("reload", "--config", server.file)
    assert done.returncode == 1
    assert done.stderr == f"agentos: no process on this machine serves '{server.folder}/one.db'\n"


@pytest.mark.parametrize("arguments, sentence", [
    (["--pid", "0"], "agentos: --pid must be a process ID\n"),
    (["--pid", "-1"], "agentos: --pid must be a process ID\n"),
    (["--pid", "12x"], "agentos: --pid must be a process ID\n"),
    (["extra"], "agentos: unexpected argument 'extra'\n"),
    (["--config", "memory.yaml"], "cannot find the server: its database is not a file; give --pid\n"),
])
def test_what_it_does_not_understand_is_refused(tmp_path, arguments, sentence):
    (tmp_path / "memory.yaml").write_text("database: memory\n")
    done = cli("reload", *arguments, cwd=tmp_path)
    assert done.returncode == 2 and sentence in done.stderr


def test_a_process_that_is_gone_is_said_to_be(tmp_path):
    (tmp_path / "memory.yaml").write_text("database: memory\n")
    done = cli("reload", "--config", "memory.yaml", "--pid", 2**22, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (1, "agentos: cannot signal process 4194304: No such process\n")
