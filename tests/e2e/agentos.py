"""The program under test as an object: start it, talk to it, stop it by its pid, read its log.

Holds no assertion about behaviour but those every test wants: it gets ready in time, ends when told
to with status 0, and no sanitizer has anything to say.
"""
import json
import os
import re
import signal
import socket
import subprocess
import time
import weakref
from pathlib import Path

import httpx
import jwt

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = str(Path(os.environ.get("AGENTOS_BIN", ROOT / "build" / "agentos")).resolve())
SECRET = "inventory-secret-0123456789-0123456789"
READY_S = 20
FAULT = re.compile(r"ERROR: \w+Sanitizer|runtime error:|WARNING: ThreadSanitizer")

# Whatever must never appear in a log: test_secrets.py looks for each in every file of LOGS.
PLANTED = {SECRET}
LOGS = []
# Whose answers conftest.py holds against /openapi.json.
CLIENTS = weakref.WeakSet()


def environment(extra=None):
    """A clean one: what a developer has set must not change what is tested."""
    names = ("PATH", "HOME", "TMPDIR", "LD_LIBRARY_PATH")
    env = {name: os.environ[name] for name in names if name in os.environ}
    env["ASAN_OPTIONS"] = "detect_leaks=1:exitcode=99"
    env["UBSAN_OPTIONS"] = "halt_on_error=1:print_stacktrace=1"
    env["TSAN_OPTIONS"] = "exitcode=99"
    env.update(extra or {})
    return env


def cli(*arguments, stdin="", env=None, cwd=None, timeout=20):
    """Run a command of the program to its end."""
    done = subprocess.run([PROGRAM, *map(str, arguments)], input=stdin, env=environment(env), cwd=cwd,
                          capture_output=True, text=True, timeout=timeout)
    assert not FAULT.search(done.stderr), done.stderr
    assert done.returncode >= 0, f"ended by signal {-done.returncode}: {done.stderr}"
    return done


def mint(sub="user-1", scopes=("agents:read",), secret=SECRET, algorithm="HS256", ttl=3600, headers=None, **claims):
    now = int(time.time())
    payload = {"iat": now, "exp": now + ttl, **claims}
    if sub is not None:
        payload["sub"] = sub
    if scopes is not None:
        payload["scopes"] = list(scopes) if isinstance(scopes, tuple) else scopes
    token = jwt.encode({k: v for k, v in payload.items() if v is not ...}, secret, algorithm=algorithm,
                       headers=headers)
    PLANTED.add(token)
    return token


def bearer(*arguments, **named):
    return {"authorization": "Bearer " + mint(*arguments, **named)}


ADMIN = ("agent_os:admin",)
RUNNER = ("agents:read", "agents:run", "sessions:read")


def parse_sse(text):
    """[(event, data)]; comment lines (heartbeats) are left out."""
    events = []
    for block in text.replace("\r\n", "\n").split("\n\n"):
        lines = [line for line in block.split("\n") if line and not line.startswith(":")]
        if not lines:
            continue
        name = next((line[7:] for line in lines if line.startswith("event: ")), None)
        data = "\n".join(line[6:] for line in lines if line.startswith("data: "))
        events.append((name, json.loads(data)))
    return events


def authorization(**more):
    return {"enabled": True, "verification_keys": [SECRET], "algorithm": "HS256", **more}


def config(**more):
    """The smallest useful configuration; a key given as None is left out."""
    base = {
        "id": "test-os",
        "name": "Test OS",
        "database": "memory",
        "agents": [
            {"id": "echo", "name": "Echo", "model": "offline:echo", "add_history_to_context": True},
            {"id": "plain", "name": "Plain", "model": "offline:echo"},
        ],
        "authorization": authorization(),
    }
    base.update(more)
    return {key: value for key, value in base.items() if value is not None}


class Server:
    """A running `agentos serve`; its configuration is written as JSON, which is YAML."""

    def __init__(self, folder, options, *, env=None, arguments=(), port=0):
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.file = self.folder / "agentos.yaml"
        self.file.write_text(options if isinstance(options, str) else json.dumps(options, indent=1))
        self.env = environment(env)
        self.arguments = [str(a) for a in arguments]
        self.port_asked = port
        self.process = None
        self.starts = 0
        self.start()

    def start(self):
        self.starts += 1
        self.log_file = self.folder / f"log-{self.starts}"
        LOGS.append(self.log_file)
        with open(self.log_file, "wb") as log:
            self.process = subprocess.Popen(
                [PROGRAM, "serve", "--config", str(self.file), "--port", str(self.port_asked), *self.arguments],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=self.env, cwd=self.folder)
        deadline = time.monotonic() + READY_S
        while True:
            ready = re.search(r'(?:^agentos: listening on |"event":"listening","url":")(http://[^\s"]+):(\d+)"?', self.log, re.M)
            if ready:
                break
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.process.kill()
                self.process.wait()
                raise AssertionError(f"not ready (exit {self.process.returncode}):\n{self.log}")
            time.sleep(0.01)
        self.port = int(ready.group(2))
        self.url = f"http://127.0.0.1:{self.port}"
        self.http = httpx.Client(base_url=self.url, timeout=20, trust_env=False)
        CLIENTS.add(self.http)

    @property
    def log(self):
        """What was logged until now. A thread of the server writes it, a few milliseconds later: the text is
        taken once it has stopped growing, or after 0.1 s where other requests go on."""
        text = self.log_file.read_text(errors="replace")
        for _ in range(5):
            if self.process.poll() is not None:
                break
            time.sleep(0.02)
            before, text = text, self.log_file.read_text(errors="replace")
            if text == before:
                return text
        return self.log_file.read_text(errors="replace")

    @property
    def pid(self):
        return self.process.pid

    def get(self, path, **named):
        return self.http.get(path, **named)

    def post(self, path, **named):
        return self.http.post(path, **named)

    def run(self, message, agent="echo", headers=None, **form):
        """A run that is not streamed, as its object."""
        answer = self.post(f"/agents/{agent}/runs", headers=headers or bearer(scopes=RUNNER),
                           data={"message": message, "stream": "false", **form})
        assert answer.status_code == 200, answer.text
        return answer.json()

    def stream(self, message, agent="echo", headers=None, **form):
        answer = self.post(f"/agents/{agent}/runs", headers=headers or bearer(scopes=RUNNER),
                           data={"message": message, **form})
        assert answer.status_code == 200, answer.text
        return parse_sse(answer.text)

    def raw(self, data, timeout=10, half_close=True):
        """Bytes in, all bytes out until the server closes or says nothing for a while."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=timeout) as connection:
            try:
                connection.sendall(data)
                if half_close:
                    connection.shutdown(socket.SHUT_WR)
            except (BrokenPipeError, ConnectionResetError):
                pass
            answer = b""
            try:
                while chunk := connection.recv(65536):
                    answer += chunk
            except (TimeoutError, ConnectionResetError):
                pass
            return answer

    def is_alive(self):
        return self.process.poll() is None

    def terminate(self):
        self.process.send_signal(signal.SIGTERM)

    def wait(self, timeout=40):
        return self.process.wait(timeout)

    def kill(self):
        self.http.close()
        self.process.kill()
        self.process.wait()

    def stop(self, timeout=20):
        self.http.close()
        if self.is_alive():
            self.terminate()
        try:
            self.wait(timeout)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise AssertionError(f"did not end within {timeout} s of SIGTERM:\n{self.log[-4000:]}")
        assert not FAULT.search(self.log), self.log[-8000:]
        assert self.process.returncode in (0, -signal.SIGKILL), (self.process.returncode, self.log[-4000:])


def refused(folder, options, *arguments, env=None):
    """A server that must not start: (exit status, what it said)."""
    folder = Path(folder)
    file = folder / "agentos.yaml"
    file.write_text(options if isinstance(options, str) else json.dumps(options, indent=1))
    process = subprocess.Popen([PROGRAM, "serve", "--config", str(file), "--port", "0", *map(str, arguments)],
                               stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                               env=environment(env), cwd=folder, text=True)
    try:
        said, _ = process.communicate(timeout=5)
    except subprocess.TimeoutExpired:
        process.kill()
        said, _ = process.communicate()
        raise AssertionError(f"it started, or hung:\n{said}")
    assert not FAULT.search(said), said
    return process.returncode, said
