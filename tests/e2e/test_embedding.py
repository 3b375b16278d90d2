"""The programs of examples/ and docs/embedding.md, which use the library as others will: public headers, shared library."""
import json
import os
import re
import shutil
import signal
import subprocess
import time
from pathlib import Path

import httpx
import pytest

import agentos
from agentos import PROGRAM, bearer, cli, environment, parse_sse

BUILD = Path(PROGRAM).resolve().parent
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", (agentos.ROOT / "docs/embedding.md").read_text(), re.M | re.S)


def code(language):
    return [text for found, text in BLOCKS if found == language]


class Example:
    def __init__(self, program, folder, *arguments, env=None):
        self.log = folder / "log"
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen([program, *arguments], stdout=log, stderr=log, env=environment(env), cwd=folder)
        deadline = time.monotonic() + 20
        while not (ready := re.search(r"^agentos: listening on (http://\S+)$", self.log.read_text(), re.M)):
            assert self.process.poll() is None and time.monotonic() < deadline, self.log.read_text()
            time.sleep(0.01)
        self.url = ready.group(1)

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(20) == 0, self.log.read_text()
        assert not agentos.FAULT.search(self.log.read_text())


@pytest.fixture
def example(tmp_path):
    started = []

    def start(program, *arguments, **named):
        if not Path(program).is_absolute():
            program = BUILD / "examples" / f"example_{program}"
        if not program.exists():
            pytest.skip("the examples are not built")
        started.append(Example(program, tmp_path, *arguments, **named))
        return started[-1]

    yield start
    for program in started:
        if program.process.poll() is None:
            program.process.kill()
            program.process.wait()


def test_a_function_serves_as_a_model(example):
    program = example("callback_model", "127.0.0.1:0")
    whole = httpx.post(f"{program.url}/agents/shouter/runs", data={"message": "hello", "stream": "false"}, trust_env=False)
    assert (whole.json()["status"], whole.json()["content"]) == ("COMPLETED", "HELLO")
    assert whole.json()["model"] == "shout-1"
    streamed = httpx.post(f"{program.url}/agents/shouter/runs", data={"message": "abc"}, trust_env=False)
    assert [data["content"] for event, data in parse_sse(streamed.text) if event == "RunContent"] == ["A", "B", "C"]
    program.stop()


def test_the_quickstart_serves_behind_its_key(example, tmp_path):
    assert cli("keys", "generate", "--out", tmp_path / "keys").returncode == 0
    private, public = (tmp_path / "keys" / f"{name}.pem" for name in ("private", "public"))
    program = example("quickstart", env={"JWT_VERIFICATION_KEY": public.read_text(), "AGENT_OS_PORT": "0",
                                         "OPENAI_API_KEY": "sk-unused"})
    listing = lambda **named: httpx.get(f"{program.url}/agents", trust_env=False, **named)
    assert listing().status_code == 401
    token = lambda scope: {"authorization": "Bearer " + cli("token", "mint", "--key", private, "--sub", "u", "--scope", scope).stdout.strip()}
    assert [agent["id"] for agent in listing(headers=token("agents:read")).json()] == ["my-agent"]
    assert listing(headers=token("sessions:read")).status_code == 403
    program.stop()


def test_the_quickstart_says_what_is_missing(tmp_path):
    program = BUILD / "examples" / "example_quickstart"
    if not program.exists():
        pytest.skip("the examples are not built")
    done = subprocess.run([program], env=environment(), cwd=tmp_path, capture_output=True, text=True, timeout=20)
    assert done.returncode != 0
    assert "no verification key" in done.stderr


# ---- docs/embedding.md ----

def test_the_code_on_the_page_is_the_examples():
    examples = "".join((agentos.ROOT / "examples" / name).read_text() for name in ("quickstart.c", "callback_model.c"))
    assert len(code("c")) == 3 and all(block in examples for block in code("c"))
    assert [language for language, _ in BLOCKS].count("cpp") == 1 and len(code("bash")) == 4


def built_with():
    """b_sanitize of the build: who links to it must have it too."""
    asked = subprocess.run(["meson", "introspect", "--buildoptions", BUILD], capture_output=True, text=True, timeout=60)
    assert asked.returncode == 0, asked.stderr
    return next(option["value"] for option in json.loads(asked.stdout) if option["name"] == "b_sanitize")


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """`meson install` under a folder, and an environment in which the page's commands find it there."""
    if not shutil.which("meson") or not shutil.which("clang++"):
        pytest.skip("meson or clang++ is missing")
    root, tools = tmp_path_factory.mktemp("root"), tmp_path_factory.mktemp("tools")
    setup, build, install, index = code("bash")[0].splitlines()
    assert os.access(agentos.ROOT / setup, os.X_OK) and os.access(agentos.ROOT / build, os.X_OK)
    assert (install, index) == ("sudo meson install -C build", "sudo ldconfig")
    done = subprocess.run(["meson", "install", "-C", BUILD, "--no-rebuild", "--destdir", root], capture_output=True, text=True,
                          timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr

    sanitize = built_with()
    for name, compiler in (("cc", "clang"), ("c++", "clang++")):
        flags = "" if sanitize == "none" else f"-fsanitize={sanitize}"
        (tools / name).write_text(f'#!/bin/sh\nexec {compiler} {flags} "$@"\n')
        (tools / name).chmod(0o755)
    (package,) = root.rglob("agentos.pc")
    return {"PATH": f"{tools}:{BUILD}:{os.environ['PATH']}", "PKG_CONFIG_PATH": str(package.parent),
            "PKG_CONFIG_SYSROOT_DIR": str(root), "LD_LIBRARY_PATH": str(package.parent.parent)}


def shell(script, folder, env):
    done = subprocess.run(["bash", "-eu", "-c", script], cwd=folder, env=environment(env), capture_output=True, text=True,
                          timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_library_goes_where_pkg_config_looks():
    """Also on a system of which Meson cannot tell that it is Debian: without dpkg-dev it would say lib64."""
    if not shutil.which("meson"):
        pytest.skip("meson is missing")
    done = subprocess.run(["meson", "introspect", "--buildoptions", agentos.ROOT / "meson.build"], capture_output=True, text=True,
                          timeout=60)
    assert {"libdir": "lib"}.items() <= {row["name"]: row["value"] for row in json.loads(done.stdout)}.items()


def test_the_quickstart_is_built_and_run_by_the_pages_commands(example, installed, tmp_path):
    _, compile_it, run_it, _ = code("bash")
    shutil.copy(agentos.ROOT / "examples/quickstart.c", tmp_path)
    shell(compile_it, tmp_path, installed)
    make_keys, variables, start = run_it.splitlines()
    assert start == "./quickstart"
    shell(make_keys, tmp_path, installed)
    script = tmp_path / "start"
    script.write_text(f"#!/bin/bash -eu\n{variables}\nexec {start}\n")
    script.chmod(0o755)
    program = example(script, env={**installed, "AGENT_OS_PORT": "0"})
    token = cli("token", "mint", "--key", "keys/private.pem", "--sub", "u", "--scope", "agents:read", cwd=tmp_path).stdout.strip()
    answer = httpx.get(f"{program.url}/agents", headers={"authorization": f"Bearer {token}"}, trust_env=False)
    assert [agent["id"] for agent in answer.json()] == ["my-agent"]
    assert httpx.get(f"{program.url}/agents", trust_env=False).status_code == 401
    program.stop()


def test_the_cpp_program_of_the_page_serves(example, installed, tmp_path):
    (source,) = code("cpp")
    (tmp_path / "program.cc").write_text(source)
    shell(code("bash")[3], tmp_path, installed)
    program = example(tmp_path / "program", env={**installed, "AGENT_OS_PORT": "0"})
    answer = httpx.post(f"{program.url}/agents/my-agent/runs", data={"message": "hi", "stream": "false"}, trust_env=False)
    assert answer.json()["content"] == "Echo: hi"
    program.stop()
