"""`agentos token create|list|revoke`: what they send to a server and what they make of its answers. The server here says
whatever a test wants; test_token_accounts_served.py has a real one."""
import json
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest

import agentos
from agentos import PLANTED, cli

MINE = "header.payload.signature-of-an-administrator"
MADE = "agno_pat_EwaPtTYji4DWntlnBSssmRLkJFJFKcVVZ4LNmSMBQax"
ID = "856a189b-2758-4307-a343-dbd37b4d6975"
PLANTED.update((MINE, MADE))


def account(number=0, **more):
    scopes = more.pop("scopes", ("agents:run", "config:read"))
    return {"id": f"{ID[:-4]}{number:04}", "name": f"bot-{number}", "principal": f"sa:bot-{number}", "user_id": "admin-1",
            "token_prefix": MADE[:16], "scopes": [{"id": None, "raw": scope} for scope in scopes],
            "created_at": 1795288580, "expires_at": 4102444800, "last_used_at": None, "revoked_at": None,
            "created_by": "admin-1", **more}


class Stub:
    """Answers with (status, body) of `answer(method, path, query, body)`; keeps what it was asked."""

    def __init__(self):
        self.requests, self.answer = [], lambda *asked: (404, {"detail": "Not Found"})
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version, disable_nagle_algorithm = "HTTP/1.1", True

            def do(self):
                length = int(self.headers.get("content-length", 0))
                asked = urlsplit(self.path)
                body = self.rfile.read(length)
                outer.requests.append((self.command, asked.path, asked.query, dict(self.headers), body))
                status, said, *headers = outer.answer(self.command, asked.path, parse_qs(asked.query), body)
                said = said if isinstance(said, bytes) else b"" if said is None else json.dumps(said).encode()
                self.send_response(status)
                for name, value in {"content-length": str(len(said)), **dict(headers)}.items():
                    self.send_header(name, value)
                self.end_headers()
                try:
                    self.wfile.write(said)
                except (BrokenPipeError, ConnectionResetError):
                    pass

            do_GET = do_POST = do_DELETE = do

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def lists(self, accounts, page=50):
        def answer(method, path, query, body):
            if method == "DELETE":
                return 204, None
            number = int(query["page"][0])
            return 200, {"data": accounts[(number - 1) * page:number * page],
                         "meta": {"page": number, "limit": page, "total_pages": -(-len(accounts) // page)}}
        self.answer = answer

    def asked(self):
        return [(method, path) for method, path, *_ in self.requests]


@pytest.fixture
def stub():
    server = Stub()
    yield server
    server.server.shutdown()
    server.server.server_close()


def token(command, *arguments, env=None, **named):
    return cli("token", command, *arguments, env={"AGENTOS_TOKEN": MINE, **(env or {})}, **named)


# ---- create ----

def test_create_prints_the_token_alone_and_a_summary_beside_it(stub):
    stub.answer = lambda *_: (201, {**account(), "token": MADE})
    done = token("create", "bot-0", "--url", stub.url)
    assert (done.returncode, done.stdout) == (0, MADE + "\n")
    assert done.stderr == "agentos: created sa:bot-0, agno_pat_EwaPtTY..., until 2100-01-01T00:00:00Z: agents:run config:read\n"
    [(method, path, query, headers, body)] = stub.requests
    assert (method, path, query, json.loads(body)) == ("POST", "/service-accounts", "", {"name": "bot-0"})
    assert headers["authorization"] == f"Bearer {MINE}" and headers["content-type"] == "application/json"


def test_create_asks_for_what_its_options_say(stub):
    stub.answer = lambda *_: (201, {**account(expires_at=None), "token": MADE})
    done = token("create", "bot-0", "--url", stub.url + "/os/", "--scope", "agents:read", "--scope", "agents:a:run",
                 "--expires-in-days", "7", "--allow-privileged-scopes")
    assert done.returncode == 0 and "never expires: " in done.stderr
    assert token("create", "--never-expires", "--url", stub.url, "bot-0").returncode == 0
    assert [request[1] for request in stub.requests] == ["/os/service-accounts", "/service-accounts"]
    assert [json.loads(request[4]) for request in stub.requests] == [
        {"name": "bot-0", "scopes": [{"scope": "agents:read"}, {"scope": "agents:a:run"}], "expires_in_days": 7,
         "allow_privileged_scopes": True}, {"name": "bot-0", "never_expires": True}]


def test_create_prints_the_whole_answer_as_json(stub):
    stub.answer = lambda *_: (201, {**account(), "token": MADE})
    done = token("create", "bot-0", "--url", stub.url, "--json")
    assert done.returncode == 0 and json.loads(done.stdout) == {**account(), "token": MADE}


@pytest.mark.parametrize("made", [{}, {"token": None}, {"token": ""}, {"token": "a\x1b[2Jb"}, {"token": "a b"}], ids=str)
def test_an_answer_without_a_token_is_no_success(stub, made):
    stub.answer = lambda *_: (201, {**account(), **made})
    done = token("create", "bot-0", "--url", stub.url)
    assert (done.returncode, done.stdout) == (1, "") and "answered without a token" in done.stderr


def test_a_token_that_could_not_be_written_is_an_error():
    """It is not shown again, so whoever has a full disk must hear of it."""
    server = Stub()
    server.answer = lambda *_: (201, {**account(), "token": MADE})
    with open("/dev/full", "w") as full:
        done = agentos.subprocess.run([agentos.PROGRAM, "token", "create", "bot-0", "--url", server.url], stdout=full,
                                      stderr=agentos.subprocess.PIPE, text=True, timeout=20,
                                      env=agentos.environment({"AGENTOS_TOKEN": MINE}))
    server.server.shutdown()
    server.server.server_close()
    assert done.returncode == 1 and "revoke sa:bot-0" in done.stderr and MADE not in done.stderr


# ---- list ----

def test_list_is_a_table(stub):
    stub.lists([account(0, last_used_at=1795288600), account(1, expires_at=1, scopes=("agent_os:admin",)),
                account(2, revoked_at=1795288700, expires_at=None)])
    done = token("list", "--url", stub.url)
    assert done.returncode == 0 and not done.stderr
    rows = [line.split() for line in done.stdout.splitlines()]
    assert rows == [["NAME", "TOKEN", "MADE", "EXPIRES", "LAST", "USED", "STATE", "SCOPES"],
                    ["bot-0", "agno_pat_EwaPtTY", "2026-11-21", "2100-01-01", "2026-11-21", "active", "agents:run", "config:read"],
                    ["bot-1", "agno_pat_EwaPtTY", "2026-11-21", "1970-01-01", "never", "expired", "agent_os:admin"],
                    ["bot-2", "agno_pat_EwaPtTY", "2026-11-21", "never", "never", "revoked", "agents:run", "config:read"]]


def test_list_of_none_is_a_header_or_an_empty_list(stub):
    stub.lists([])
    assert len(token("list", "--url", stub.url).stdout.splitlines()) == 1
    assert json.loads(token("list", "--url", stub.url, "--json").stdout) == []


def test_list_follows_the_pages(stub):
    accounts = [account(i) for i in range(120)]
    stub.lists(accounts)
    assert json.loads(token("list", "--url", stub.url, "--json").stdout) == accounts
    queries = [parse_qs(request[2]) for request in stub.requests]
    assert [query["page"] for query in queries] == [["1"], ["2"], ["3"]]
    assert queries[0] == {"include_revoked": ["true"], "sort_by": ["created_at"], "sort_order": ["asc"], "limit": ["50"],
                          "page": ["1"]}
    assert token("list", "--url", stub.url, "--active").returncode == 0
    assert parse_qs(stub.requests[-1][2])["include_revoked"] == ["false"]


def test_pages_without_end_are_an_end(stub):
    """A server that says there is always one more."""
    stub.answer = lambda *_: (200, {"data": [account()], "meta": {"total_pages": 10**9}})
    done = token("list", "--url", stub.url, timeout=60)
    assert done.returncode == 1 and "more than 50000" in done.stderr and len(stub.requests) == 1000


# ---- revoke ----

def test_revoke_by_id_needs_no_list(stub):
    stub.answer = lambda *_: (204, None)
    done = token("revoke", ID, "--url", stub.url)
    assert (done.returncode, done.stdout) == (0, f"revoked {ID}\n")
    assert stub.asked() == [("DELETE", f"/service-accounts/{ID}")]


def test_revoke_by_name_finds_the_active_one(stub):
    stub.lists([account(i) for i in range(75)])
    done = token("revoke", "bot-70", "--url", stub.url)
    assert (done.returncode, done.stdout) == (0, "revoked bot-70\n")
    assert stub.asked() == [("GET", "/service-accounts")] * 2 + [("DELETE", f"/service-accounts/{ID[:-4]}0070")]
    assert "include_revoked=false" in stub.requests[0][2]


def test_revoke_of_nobody_fails(stub):
    stub.lists([account(1)])
    done = token("revoke", "bot-2", "--url", stub.url)
    assert done.returncode == 1 and "no active service account 'bot-2'" in done.stderr
    assert ("DELETE", "/service-accounts") not in stub.asked() and len(stub.requests) == 1


@pytest.mark.parametrize("wild", ["", "..", "../agents/echo", "a?b", "a\r\nhost: x"])
def test_an_id_from_the_server_cannot_lead_elsewhere(stub, wild):
    stub.lists([account(1, id=wild)])
    done = token("revoke", "bot-1", "--url", stub.url)
    assert done.returncode == 1 and [method for method, _ in stub.asked()] == ["GET"]


# ---- whose token, and where it may go ----

def test_the_token_is_an_argument_or_standard_input_or_of_the_environment(stub):
    stub.lists([])
    for arguments, named in ((("--token", "one"), {}), (("--token", "-"), {"stdin": " one\n"}), ((), {"env": {"AGENTOS_TOKEN": "one"}})):
        assert token("list", "--url", stub.url, *arguments, **named).returncode == 0
    assert [request[3]["authorization"] for request in stub.requests] == ["Bearer one"] * 3


@pytest.mark.parametrize("bad", ["", "-", "a b", "a\r\nx-evil: 1", "a\x7f", "\xe4", "a" * 20000],
                         ids=["empty", "empty input", "blank", "line break", "DEL", "not ASCII", "huge"])
def test_what_is_no_token_is_not_sent(stub, bad):
    done = token("list", "--url", stub.url, "--token", bad)
    assert done.returncode in (1, 2) and "token" in done.stderr and not stub.requests
    assert "evil" not in done.stderr


def test_without_a_token_nothing_is_sent(stub):
    done = cli("token", "list", "--url", stub.url)
    assert done.returncode == 2 and "AGENTOS_TOKEN" in done.stderr and not stub.requests


@pytest.mark.parametrize("url", ["http://os.example.com", "http://10.0.0.1:7777", "http://127.0.0.1.example.com/",
                                 "http://localhost@os.example.com", "https://u:p@os.example.com", "ftp://127.0.0.1", "os.example.com",
                                 "https://os.example.com/#x", "https://os.example.com/?x=1", "", "file:///etc/passwd"])
def test_the_token_is_sent_by_https_or_to_this_machine(url):
    done = token("list", "--url", url)
    assert done.returncode == 2 and "--url: " in done.stderr


def test_plain_http_elsewhere_is_said_to_be_meant():
    """Port 1 of an address that a test network may not have: no answer, but no refusal of the command line."""
    done = token("list", "--url", "http://0.0.0.0:1", "--allow-http")
    assert done.returncode == 1 and "http://0.0.0.0:1: " in done.stderr
    assert token("list", "--url", "http://0.0.0.0:1").returncode == 2


def test_a_redirect_is_not_followed_and_takes_no_token_along(stub):
    elsewhere = Stub()
    stub.answer = lambda *_: (307, None, ("location", elsewhere.url + "/service-accounts"))
    done = token("list", "--url", stub.url)
    elsewhere.server.shutdown()
    elsewhere.server.server_close()
    assert done.returncode == 1 and "answered 307; redirects are not followed" in done.stderr
    assert not elsewhere.requests


# ---- what the server answers ----

PROBLEMS = {"detail": [{"type": "int_type", "loc": ["body", "expires_in_days"], "msg": "Input should be less than 3651"},
                       {"loc": ["body", "scopes", 1], "msg": "Field required"}]}


@pytest.mark.parametrize("status, body, sentence", [
    (401, {"detail": "Invalid token"}, "answered 401: Invalid token; `agentos auth explain GET /service-accounts -` beside its "
     "agentos.yaml says why\n"),
    (403, {"detail": "Cannot grant scope(s) you do not hold: teams:run"}, "answered 403: Cannot grant scope(s) you do not hold: teams:run; "
     "`agentos auth explain GET /service-accounts -` beside"),
    (409, {"detail": "An active service account named 'x' already exists."}, "answered 409: An active"),
    (422, PROBLEMS, "answered 422: body.expires_in_days: Input should be less than 3651; body.scopes.1: Field required"),
    (502, b"<html>Bad Gateway</html>", "answered 502\n"), (500, {"detail": None}, "answered 500\n"), (404, {}, "answered 404\n"),
    (200, b"<html>hello</html>", "answered 200, but not with JSON; is it an AgentOS?"), (200, b'{"data":[],"data":[]}', "not with JSON"),
    (200, b"[" * 100000, "not with JSON"), (200, {"hello": 1}, "did not return a list of service accounts"), (200, [], "did not return a list of service accounts"),
    (200, b"x" * (5 << 20), "too long"), (204, None, "did not return a list of service accounts")], ids=lambda value: str(value)[:40])
def test_a_refusal_names_the_status_and_the_reason(stub, status, body, sentence):
    stub.answer = lambda *_: (status, body)
    done = token("list", "--url", stub.url)
    assert (done.returncode, done.stdout) == (1, "") and stub.url in done.stderr and sentence in done.stderr
    assert len(done.stderr.splitlines()) == 1 and MINE not in done.stderr


def test_a_server_that_is_not_there(stub):
    stub.server.shutdown()
    stub.server.server_close()
    done = token("list", "--url", stub.url)
    assert done.returncode == 1 and stub.url in done.stderr


WILD = "\x1b[2J\x9b31m\x7f\r\nok"


def test_a_server_cannot_speak_to_the_terminal(stub):
    wild = account(0, name=WILD, principal=WILD, token_prefix=WILD, scopes=(WILD,))
    said = []
    stub.lists([wild])
    said += [token("list", "--url", stub.url), token("list", "--url", stub.url, "--json"), token("revoke", WILD, "--url", stub.url)]
    stub.answer = lambda *_: (201, {**wild, "token": MADE})
    said += [token("create", "x", "--url", stub.url), token("create", "x", "--url", stub.url, "--json")]
    assert [done.returncode for done in said] == [0] * 5
    for answer in ({"detail": WILD}, {"detail": [{"loc": [WILD], "msg": WILD}]}):
        stub.answer = lambda *_: (403, answer)
        said.append(token("list", "--url", stub.url))
        assert said[-1].returncode == 1
    for done in said:
        text = done.stdout + done.stderr
        assert "\\u001b" in text and not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f]", text), repr(text)
        assert "ok" not in [line.strip() for line in text.splitlines()]


@pytest.mark.parametrize("wide", ["\n" * 2000000, [1e14] * 800000], ids=["escapes", "numbers"])
def test_an_answer_that_grows_when_it_is_written_again(stub, wide):
    raw = json.dumps({**account(0, name="n"), "token": MADE, "name": wide}).replace("100000000000000.0", "1e14").replace(" ", "")
    stub.answer = lambda method, *_: (201, raw.encode()) if method == "POST" else (200, f'{{"data":[{raw}]}}'.encode())
    assert len(raw) < 4 << 20
    assert json.loads(token("create", "x", "--url", stub.url, "--json").stdout)["name"] == wide
    assert json.loads(token("list", "--url", stub.url, "--json").stdout)[0]["name"] == wide
    assert token("list", "--url", stub.url).returncode == 0


# ---- usage ----

@pytest.mark.parametrize("arguments", [
    ("create",), ("create", "x", "y", "--url", "https://x"), ("create", "--url", "https://x"),
    ("create", "x", "--url", "https://x", "--expires-in-days", "soon"), ("create", "x", "--url", "https://x", "--expires-in-days", "0"),
    ("create", "x", "--url", "https://x", "--expires-in-days", "1", "--never-expires"), ("create", "\udcff", "--url", "https://x"),
    ("list", "x", "--url", "https://x"), ("list", "--nope"), ("revoke", "--url", "https://x")],
    ids=lambda arguments: " ".join(arguments).encode("ascii", "replace").decode())
def test_usage_errors_exit_2(arguments):
    done = token(*arguments)
    assert done.returncode == 2 and done.stderr and not done.stdout


@pytest.mark.parametrize("command", ["create", "list", "revoke"])
def test_help(command):
    done = token(command, "--help")
    assert done.returncode == 0 and "usage: agentos token " + command in done.stdout
    assert "AGENTOS_TOKEN" in done.stdout and "--allow-http" in done.stdout
