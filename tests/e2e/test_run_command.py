"""`agentos run` and `agentos chat`: the answer as it comes, sessions, Ctrl-C, and where the token comes from."""
import json
import os
import pty
import re
import select
import signal
import subprocess
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread

import jwt
import pytest

import agentos
from agentos import PROGRAM, RUNNER, SECRET, cli, config, environment, mint

SLOW = "/slow 200"  # ten seconds


def run(server, *arguments, token=None, command="run", **named):
    env = {"AGENTOS_URL": server.url, "AGENTOS_TOKEN": token or mint(scopes=RUNNER), **named.pop("env", {})}
    return cli(command, *arguments, env=env, **named)


def started(server, *arguments, command="run", **named):
    env = environment({"AGENTOS_URL": server.url, "AGENTOS_TOKEN": mint(scopes=RUNNER)})
    return subprocess.Popen([PROGRAM, command, *arguments], env=env, stdin=named.pop("stdin", subprocess.DEVNULL),
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, **named)


def runs_of(server, session):
    return server.get(f"/sessions/{session}/runs", headers=agentos.bearer(scopes=RUNNER)).json()


# ---- the answer ----

@pytest.mark.parametrize("message", ["Hello", "  two  blanks", "a&b=c+d %41 é€😀", "lines\n\tand tabs", "-x"], ids=ascii)
@pytest.mark.parametrize("how", [(), ("--no-stream",)], ids=["streamed", "whole"])
def test_the_text_of_the_answer_is_printed(server, message, how):
    done = run(server, "echo", *how, "--", message)
    assert (done.returncode, done.stdout, done.stderr) == (0, f"Echo: {message}\n", "")


def test_the_message_is_read_from_standard_input(server):
    assert run(server, "echo", "-", stdin="from\nelsewhere\n").stdout == "Echo: from\nelsewhere\n"


def test_json_is_what_the_server_sends(server):
    events = [json.loads(line) for line in run(server, "echo", "a b", "--json").stdout.splitlines()]
    assert [event["event"] for event in events][::len(events) - 1] == ["RunStarted", "RunCompleted"]
    assert "".join(event["content"] for event in events if event["event"] == "RunContent") == "Echo: a b"
    whole = json.loads(run(server, "echo", "a b", "--json", "--no-stream").stdout)
    assert (whole["content"], whole["status"]) == ("Echo: a b", "COMPLETED")


def test_the_text_comes_while_the_run_is_under_way(server):
    process = started(server, "plain", "/slow 40")  # two seconds
    begun = time.monotonic()
    first = process.stdout.read(5)
    early = time.monotonic() - begun
    rest = process.stdout.read()
    assert first == b"word1" and rest.endswith(b"word40\n") and process.wait() == 0
    assert time.monotonic() - begun > early + 1


def test_a_session_is_kept(server):
    assert run(server, "echo", "one", "--session", "kept-1").returncode == 0
    assert run(server, "echo", "two", "--session=kept-1").returncode == 0
    assert [r["run_input"] for r in runs_of(server, "kept-1")] == ["one", "two"]


# ---- what goes wrong ----

@pytest.mark.parametrize("how", [(), ("--no-stream",)], ids=["streamed", "whole"])
def test_a_run_that_fails_is_told(server, how):
    done = run(server, "echo", "/fail no luck", *how)
    assert (done.returncode, done.stdout, done.stderr) == (1, "", "agentos: the run failed: no luck\n")


def test_refusals_are_whole_sentences(server):
    advice = "; `agentos auth explain POST /agents/echo/runs -` beside its agentos.yaml says why\n"
    for token, agent, sentence in [
        ("abc", "echo", "answered 401: Invalid token: Not enough segments" + advice),
        (mint(scopes=("agents:read",)), "echo", "answered 403: Insufficient permissions. Required scope(s): agents:run" + advice),
        (mint(scopes=("agents:plain:run",)), "echo", "answered 403: Insufficient permissions. Required scope(s): agents:run" + advice),
        (mint(scopes=RUNNER), "nobody", "answered 404: Agent not found\n"),
    ]:
        done = run(server, agent, "x", token=token)
        assert (done.returncode, done.stdout, done.stderr) == (1, "", f"agentos: {server.url} {sentence}")


def test_without_a_token_the_server_decides(server, serve, tmp_path):
    done = cli("run", "echo", "x", "--url", server.url, cwd=tmp_path)
    assert done.returncode == 1 and done.stderr.endswith("; no token was sent: set AGENTOS_TOKEN, or give --token or --key\n")
    opened = serve(config(authorization=None))
    assert cli("run", "echo", "x", "--url", opened.url, cwd=tmp_path).stdout == "Echo: x\n"


@pytest.mark.parametrize("arguments", [(), ("echo",), ("echo", "a", "b"), ("../x", "a"), ("", "a"), ("echo", "a", "--token", "t", "--key", "k"),
                                       ("echo", "-", "--token", "-"), ("echo", "a", "--nope")], ids=" ".join)
def test_wrong_usage_of_run_exits_2(tmp_path, arguments):
    done = cli("run", *arguments, cwd=tmp_path)
    assert done.returncode == 2 and done.stderr and not done.stdout


@pytest.mark.parametrize("arguments", [(), ("echo", "a"), ("echo", "--token", "-"), ("echo", "--key", "-"), ("echo", "--session", "s" * 129)],
                         ids=lambda arguments: " ".join(arguments)[:20])
def test_wrong_usage_of_chat_exits_2(tmp_path, arguments):
    done = cli("chat", *arguments, cwd=tmp_path)
    assert done.returncode == 2 and done.stderr and not done.stdout


class Says(BaseHTTPRequestHandler):
    """Answers every request with the bytes of its server's `body`."""

    def do_POST(self):
        self.rfile.read(int(self.headers["content-length"]))
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.end_headers()
        try:
            self.wfile.write(self.server.body)
        except OSError:
            pass

    def log_message(self, *_):
        pass


@pytest.fixture
def says():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Says)
    server.url = f"http://127.0.0.1:{server.server_address[1]}"
    Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def event(name, **members):
    return f"event: {name}\ndata: {json.dumps(members, ensure_ascii=False)}\n\n".encode()


DONE = event("RunCompleted", content="whole")


@pytest.mark.parametrize("body, printed, status, said", [
    (event("RunContent", content="a") + b": heartbeat\n\n" + event("RunContent", content="b\n") + DONE, "ab\n", 0, ""),
    (DONE, "whole\n", 0, ""),
    (event("RunCompleted", content={"answer": 42}), '{"answer":42}\n', 0, ""),
    (event("RunContent", content="\x1b[2J\x9b31m\tok") + DONE, "\\u001b[2J\\u009b31m\tok\n", 0, ""),
    (b"data: nonsense\n\n" + event("RunContent", content=None) + event("Whatever", content="no") + DONE, "whole\n", 0, ""),
    (event("RunContent", content="half"), "half\n", 1, "the stream ended before the run did"),
    (b"", "", 1, "the stream ended before the run did"),
    (b'{"hello": "world"}', "", 1, "the stream ended before the run did"),
    (event("RunCancelled", reason="by \x1bhand") + DONE, "", 1, "agentos: the run was cancelled: by \\u001bhand\n"),
    (event("RunError", content="no") + DONE, "", 1, "agentos: the run failed: no\n"),
    (b"data: " + b"x" * (70 << 20), "", 1, "agentos: "),
], ids=["pieces", "whole", "object", "controls", "unknown", "half", "nothing", "json", "cancelled", "error", "huge"])
def test_what_a_server_streams(says, body, printed, status, said):
    says.body = body
    done = run(says, "echo", "x")
    assert (done.returncode, done.stdout) == (status, printed) and said in done.stderr


def test_an_answer_that_cannot_be_written_is_a_failure(server):
    with open("/dev/full", "w") as full:
        done = subprocess.run([PROGRAM, "run", "echo", "x"], stdout=full, stderr=subprocess.PIPE, text=True,
                              env=environment({"AGENTOS_URL": server.url, "AGENTOS_TOKEN": mint(scopes=RUNNER)}))
    assert (done.returncode, done.stderr) == (1, "agentos: the answer could not be written to standard output\n")


# ---- Ctrl-C ----

def cancelled(server):
    return re.findall(r"method=POST path=/agents/\w+/runs/\S+/cancel status=(\d+)", server.log)


@pytest.mark.parametrize("how", [(), ("--json",)], ids=["text", "json"])
def test_ctrl_c_cancels_the_run_on_the_server(serve, how):
    server = serve()
    process = started(server, "plain", SLOW, *how)
    process.stdout.read(5)
    process.send_signal(signal.SIGINT)
    said = process.communicate(timeout=4)[1]
    assert process.returncode == 130 and said == b"agentos: the run was cancelled\n"
    assert cancelled(server) == ["200"]


def test_ctrl_c_before_the_run_has_an_id_leaves_it(serve):
    server = serve()
    process = started(server, "plain", SLOW, "--no-stream")
    time.sleep(0.5)
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=4) == 130 and cancelled(server) == []
    deadline = time.monotonic() + 5
    while "client left" not in server.log:
        assert time.monotonic() < deadline
        time.sleep(0.05)


class Deaf(Says):
    """Streams for ever, and answers no request to cancel."""

    def do_POST(self):
        if self.path.endswith("/cancel"):
            self.server.asked.append(self.path)
            self.server.is_over.wait(20)
            return
        super().do_POST()
        self.server.is_over.wait(20)


@pytest.mark.parametrize("presses, seconds", [(1, 5), (2, 0)], ids=["waits a while", "again"])
def test_a_server_that_does_not_cancel_is_left(says, presses, seconds):
    says.RequestHandlerClass, says.asked, says.is_over = Deaf, [], Event()
    says.body = event("RunStarted", run_id="run-1", session_id="s") + event("RunContent", content="word1")
    process = started(says, "plain", "x")
    process.stdout.read(5)
    begun = time.monotonic()
    for _ in range(presses):
        process.send_signal(signal.SIGINT)
        while not says.asked:
            time.sleep(0.01)
    assert process.wait(timeout=10) == 130 and seconds <= time.monotonic() - begun < seconds + 3
    assert says.asked == ["/agents/plain/runs/run-1/cancel"]
    says.is_over.set()


@pytest.mark.parametrize("run_id", ["../../x", "a/b", "a b", "", "r" * 500])
def test_a_run_id_that_no_path_can_hold_is_not_sent(says, run_id):
    says.RequestHandlerClass, says.asked, says.is_over = Deaf, [], Event()
    says.body = event("RunStarted", run_id=run_id) + event("RunContent", content="word1")
    process = started(says, "plain", "x")
    process.stdout.read(5)
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=4) == 130 and says.asked == []
    says.is_over.set()


@pytest.mark.parametrize("session", ["$(reboot)", "a b", "a;b", "`x`", "\x1b[2J"], ids=ascii)
def test_a_session_id_of_a_server_is_no_command_to_paste(says, session):
    says.body = event("RunStarted", run_id="r", session_id=session) + DONE
    said = run(says, "echo", command="chat", stdin="hello\n").stderr
    assert said == "agentos: session " + session.replace("\x1b", "\\u001b") + "\n"


# ---- tokens of a local key ----

def folder_with_key(server, tmp_path, **more):
    """A folder as `agentos init` makes it, with the server's key."""
    (tmp_path / "keys").mkdir()
    (tmp_path / "keys/private.pem").write_text(SECRET)
    (tmp_path / "agentos.yaml").write_text(json.dumps(config(**more)))
    return tmp_path


def test_a_key_beside_the_configuration_makes_the_token(server, tmp_path):
    folder = folder_with_key(server, tmp_path)
    done = cli("run", "echo", "x", "--sub", "ann", "--url", server.url, cwd=folder)
    assert (done.returncode, done.stdout) == (0, "Echo: x\n")
    assert done.stderr == "agentos: using keys/private.pem to make tokens for 'ann' with the scope agents:echo:run\n"
    assert "user=ann" in server.log
    assert run(server, "echo", "x", token="abc", cwd=folder).returncode == 1, "a token that is given goes first"


def test_a_minted_token_is_short_lived_and_holds_what_it_needs(says, tmp_path):
    seen = []

    class Keeps(Says):
        def do_POST(self):
            seen.append(self.headers["authorization"])
            super().do_POST()

    says.RequestHandlerClass, says.body = Keeps, DONE
    folder = folder_with_key(says, tmp_path, authorization=agentos.authorization(algorithm="HS256", audience="mine", issuer="https://me"))
    assert cli("run", "echo", "x", "--url", says.url, "--sub", "ann", cwd=folder).returncode == 0
    claims = jwt.decode(seen[0].split()[1], SECRET, algorithms=["HS256"], audience="mine", issuer="https://me")
    assert claims["scopes"] == ["agents:echo:run"] and claims["sub"] == "ann" and claims["exp"] - claims["iat"] == 300


@pytest.mark.parametrize("url", ["https://127.0.0.2.example.invalid", "http://192.0.2.1:7777"])
def test_a_key_that_nobody_named_makes_no_token_for_another_machine(server, tmp_path, url):
    folder = folder_with_key(server, tmp_path)
    done = subprocess.Popen([PROGRAM, "run", "echo", "x", "--url", url, "--allow-http"], cwd=folder, env=environment(),
                            stderr=subprocess.PIPE, text=True)
    time.sleep(0.5)
    done.terminate()
    assert "to make tokens" not in done.communicate()[1]


def test_a_key_is_named(server, tmp_path):
    (tmp_path / "k").write_text(SECRET + "\n")
    done = run(server, "echo", "x", "--key", tmp_path / "k", token="", cwd=tmp_path)
    assert done.stdout == "Echo: x\n" and f"using {tmp_path}/k to make tokens for" in done.stderr
    for bad in ("none.pem", "agentos.yaml"):
        assert run(server, "echo", "x", "--key", bad, cwd=tmp_path).returncode == 2


@pytest.mark.parametrize("command", [("run", "echo", "x"), ("chat", "echo")], ids=["run", "chat"])
@pytest.mark.parametrize("env", [{}, {"AGENTOS_TOKEN": "a.b.c"}], ids=["none", "given"])
def test_a_user_without_a_key_is_refused(tmp_path, command, env):
    done = cli(*command, "--sub", "ann", env=env, cwd=tmp_path)
    assert done.returncode == 2 and done.stderr.startswith("agentos: --sub is the user of a token that is made with --key; ")


# ---- chat ----

def test_a_chat_is_one_session(server):
    done = run(server, "echo", command="chat", stdin="one\n\n  two \nthree")
    assert (done.returncode, done.stdout) == (0, "Echo: one\nEcho: two\nEcho: three\n")
    session = re.fullmatch(r"agentos: session (\S+); `agentos chat echo --session \1` continues it\n", done.stderr)[1]
    assert [r["run_input"] for r in runs_of(server, session)] == ["one", "two", "three"]
    more = run(server, "echo", "--session", session, command="chat", stdin="four\n")
    assert session in more.stderr and len(runs_of(server, session)) == 4


def test_a_chat_goes_on_after_a_failure(server):
    done = run(server, "echo", command="chat", stdin="/fail a\nb\n")
    assert (done.returncode, done.stdout) == (0, "Echo: b\n") and "agentos: the run failed: a\n" in done.stderr
    assert run(server, "echo", command="chat", stdin="b\n/fail a\n").returncode == 1
    assert run(server, "nobody", command="chat", stdin="b\n").returncode == 1
    assert run(server, "echo", command="chat", stdin="").stderr == ""


class Terminal:
    """A program on a terminal of its own."""

    def __init__(self, *arguments, env):
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.execve(PROGRAM, [PROGRAM, *arguments], environment(env))
        self.seen = ""

    def until(self, text, seconds=10):
        deadline = time.monotonic() + seconds
        while text not in self.seen:
            assert time.monotonic() < deadline, self.seen
            if select.select([self.fd], [], [], 0.1)[0]:
                try:
                    self.seen += os.read(self.fd, 65536).decode()
                except OSError:
                    break
        assert text in self.seen, self.seen
        self.seen = self.seen.split(text, 1)[1]

    def types(self, text):
        os.write(self.fd, text.encode())

    def ends(self):
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])


@pytest.mark.parametrize("key, status", [("\x03", 130), ("\x04", 0)], ids=["ctrl-c", "ctrl-d"])
def test_a_chat_on_a_terminal(serve, key, status):
    server = serve()
    terminal = Terminal("chat", "plain", env={"AGENTOS_URL": server.url, "AGENTOS_TOKEN": mint(scopes=RUNNER)})
    terminal.until("> ")
    terminal.types("hello\n")
    terminal.until("Echo: hello\r\n> ")
    terminal.types(SLOW + "\n")
    terminal.until("word3")
    terminal.types("\x03")
    terminal.until("the run was cancelled\r\n> ")
    assert cancelled(server) == ["200"]
    terminal.types("again\n")
    terminal.until("Echo: again\r\n> ")
    terminal.types(key)
    terminal.until("agentos: session ")
    terminal.until("continues it")
    assert terminal.ends() == status
