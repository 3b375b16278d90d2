"""The Debian package under systemd itself: confined, ready when it says so, reloaded, and replaced without a refused
connection."""
import json
import os
import shutil
import subprocess
import sys
import time

import pytest

from chroot import Chroot, why_not_for
from manager import Manager

pytestmark = pytest.mark.skipif(os.environ.get("AGENTOS_SLOW") != "yes", reason="systemd is started by script/test --all")

GET = """
import sys, urllib.request
with urllib.request.urlopen(sys.argv[1], timeout=20) as answer: print(answer.read().decode())
"""

KNOCK = """
import socket, sys, time
answered, failed, until = 0, [], time.monotonic() + float(sys.argv[1])
while time.monotonic() < until:
    try:
        with socket.create_connection(("127.0.0.1", 7777), timeout=30) as connection:
            connection.sendall(b"GET /health HTTP/1.1\\r\\nhost: localhost\\r\\nconnection: close\\r\\n\\r\\n")
            assert connection.recv(4096).startswith(b"HTTP/1.1 200"), "no answer"
            answered += 1
    except Exception as fault:
        failed.append(repr(fault))
    time.sleep(0.001)
print(answered)
sys.exit(failed[0] if failed else 0)
"""


@pytest.fixture(scope="module")
def manager(deb, tmp_path_factory):
    why = why_not_for("bookworm")
    if why:
        pytest.skip(why)
    chroot = Chroot("bookworm", tmp_path_factory.mktemp("systemd") / "root")
    chroot.install("systemd", "dbus")
    shutil.copy(deb, chroot.root / "srv/agentos.deb")
    chroot.install("/srv/agentos.deb")
    started = Manager(chroot)
    started.root = chroot.root
    yield started
    started.close()


def get(manager, path):
    done = subprocess.run(manager.in_its_network(sys.executable, "-c", GET, "http://127.0.0.1:7777" + path),
                          capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def change(manager, old, new):
    path = manager.root / "etc/agentos/agentos.yaml"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def log(manager):
    return manager.run("journalctl", "--no-pager", "--output=cat", "--unit=agentos").stdout


def test_the_service_is_ready_once_systemd_says_that_it_runs(manager):
    manager.run("systemctl", "restart", "agentos")
    assert get(manager, "/-/ready") == {"status": "ready"}
    assert 'Status: "Listening on 127.0.0.1, port 7777"' in manager.run("systemctl", "status", "--no-pager", "agentos").stdout
    assert (manager.root / "var/lib/agentos/agentos.db").is_file()


def test_a_reload_takes_effect_and_a_faulty_one_is_refused(manager):
    manager.run("systemctl", "restart", "agentos")
    change(manager, "name: My AgentOS", "name: Renamed")
    manager.run("systemctl", "reload", "agentos")
    deadline = time.monotonic() + 10
    while get(manager, "/info")["name"] != "Renamed":
        assert time.monotonic() < deadline, log(manager)
        time.sleep(0.05)
    change(manager, "name: Renamed", "nome: Other")
    assert manager.run("systemctl", "reload", "agentos", ok=False).returncode == 1
    assert "agentos.yaml:4:1: nome: unknown key; did you mean 'name'?" in log(manager)
    assert get(manager, "/info")["name"] == "Renamed"
    change(manager, "nome: Other", "name: My AgentOS")


def test_a_configuration_that_is_refused_is_not_tried_again(manager):
    manager.run("systemctl", "stop", "agentos")
    change(manager, "name: My AgentOS", "nome: Other")
    assert manager.run("systemctl", "start", "agentos", ok=False).returncode == 1
    time.sleep(2)
    assert manager.run("systemctl", "is-active", "agentos", ok=False).stdout.strip() == "failed"
    change(manager, "nome: Other", "name: My AgentOS")
    manager.run("systemctl", "start", "agentos")


def test_no_connection_is_refused_while_the_package_is_upgraded(manager):
    manager.run("systemctl", "stop", "agentos")
    manager.run("systemctl", "enable", "--now", "agentos.socket")
    manager.run("systemctl", "start", "agentos")
    knock = subprocess.Popen(manager.in_its_network(sys.executable, "-c", KNOCK, "8"), stdout=subprocess.PIPE,
                             stderr=subprocess.PIPE, text=True)
    time.sleep(1)
    first = manager.run("systemctl", "show", "--property=MainPID", "agentos").stdout
    manager.run("systemctl", "restart", "agentos")
    manager.run("dpkg", "--install", "/srv/agentos.deb")
    assert manager.run("systemctl", "show", "--property=MainPID", "agentos").stdout != first
    answered, fault = knock.communicate(timeout=60)
    assert knock.returncode == 0, fault
    assert int(answered) > 100


def test_a_purge_leaves_no_unit_behind(manager):
    manager.run("dpkg", "--purge", "agentos")
    for unit in ("agentos.service", "agentos.socket"):
        assert manager.run("systemctl", "is-active", unit, ok=False).stdout.strip() == "inactive"
    assert not list((manager.root / "etc/systemd").rglob("*agentos*"))
