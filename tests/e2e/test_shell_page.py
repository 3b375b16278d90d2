"""docs/shell.md: every command of it, as it stands there, in a folder of `agentos init`, and what it says of precedence."""
import json
import os
import re
import subprocess
from pathlib import Path

import pytest

import agentos
from agentos import cli, environment

TEXT = (agentos.ROOT / "docs/shell.md").read_text()
BLOCKS = re.findall(r"^```bash\n(.*?)^```$", TEXT, re.M | re.S)


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    folder = tmp_path_factory.mktemp("os")
    assert cli("init", folder).returncode == 0
    started = agentos.Server(folder, (folder / "agentos.yaml").read_text())
    yield started
    started.stop()


def shell(server, script):
    script = script.replace("http://localhost:7777", server.url)
    path = f"{Path(agentos.PROGRAM).resolve().parent}:{os.environ['PATH']}"
    done = subprocess.run(["bash", "-eu", "-o", "pipefail", "-c", script], cwd=server.folder, capture_output=True, text=True, timeout=60,
                          env=environment({"PATH": path, "AGENTOS_URL": server.url}), stdin=subprocess.DEVNULL)
    assert done.returncode == 0, f"{script}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def test_the_blocks_of_the_page(server):
    run, as_json, session, chat, elsewhere = BLOCKS
    assert shell(server, run) == "Echo: What is new?\nEcho: a longer text\n"
    assert shell(server, as_json).startswith('{"created_at":')
    assert json.loads((server.folder / "run.json").read_text())["content"] == "Echo: Hello"
    assert shell(server, session) == shell(server, chat) == "Echo: My name is Ann.\nEcho: What is my name?\n"
    assert shell(server, elsewhere) == "Echo: Hello\n"


@pytest.mark.parametrize("arguments, variable, user", [
    (("--token", "FIRST"), "second", "first"), (("--key", "keys/private.pem", "--sub", "first"), "second", "first"),
    ((), "second", "second"), (("--sub", "own"), None, "own"),
], ids=["--token", "--key", "AGENTOS_TOKEN", "keys/private.pem"])
def test_the_order_of_tokens(server, arguments, variable, user):
    def token(sub):
        made = cli("token", "mint", "--key", "keys/private.pem", "--sub", sub, "--scope", "agents:run", cwd=server.folder).stdout.strip()
        agentos.PLANTED.add(made)
        return made

    env = {"AGENTOS_URL": server.url} | ({"AGENTOS_TOKEN": token(variable)} if variable else {})
    arguments = [token("first") if argument == "FIRST" else argument for argument in arguments]
    done = cli("run", "echo", "x", "--json", "--no-stream", *arguments, env=env, cwd=server.folder)
    assert json.loads(done.stdout)["user_id"] == user
