"""The programs of examples/, which use the library as others will: public headers, shared library."""
import re
import signal
import subprocess
import time
from pathlib import Path

import httpx
import pytest

import agentos
from agentos import PROGRAM, bearer, cli, environment, parse_sse

BUILD = Path(PROGRAM).parent


class Example:
    def __init__(self, name, folder, *arguments, env=None):
        self.log = folder / "log"
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen([BUILD / "examples" / f"example_{name}", *arguments], stdout=log, stderr=log,
                                            env=environment(env), cwd=folder)
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

    def start(name, *arguments, **named):
        if not (BUILD / "examples" / f"example_{name}").exists():
            pytest.skip("the examples are not built")
        started.append(Example(name, tmp_path, *arguments, **named))
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
