"""Real providers: the Responses API and Chat Completions, well-behaved and not."""
import json
import socket
import subprocess
import time

import httpx
import pytest

import agentos
import node
from agentos import RUNNER, bearer, config, mint, parse_sse
from provider import TEXT, Provider
from test_runs import start_raw, wait_for_run

KEY = "sk-planted-0123456789abcdef"
agentos.PLANTED.add(KEY)
APIS = ["openai", "openai-chat"]


@pytest.fixture
def provider():
    one = Provider()
    yield one
    one.close()


@pytest.fixture
def serving(serve, provider):
    def start(api, model, **more):
        return serve(config(
            models={"p": {"provider": api, "base_url": provider.url, "api_key": KEY, **more}},
            agents=[{"id": "echo", "name": "Echo", "model": f"p:{model}", "instructions": "Be kind.",
                     "add_history_to_context": True}]))
    return start


@pytest.mark.parametrize("api", APIS)
def test_a_run_not_streamed(serving, provider, api):
    run = serving(api, "say").run("hi")
    assert (run["status"], run["content"]) == ("COMPLETED", TEXT)
    assert run["metrics"]["input_tokens"] == 11 and run["metrics"]["output_tokens"] == 4
    path, headers, body = provider.requests[0]
    assert path == ("/v1/responses" if api == "openai" else "/v1/chat/completions")
    assert headers["Authorization"] == f"Bearer {KEY}"
    assert "hi" in json.dumps(body) and "Be kind." in json.dumps(body)


@pytest.mark.parametrize("api", APIS)
def test_a_run_streamed(serving, provider, api):
    events = serving(api, "say").stream("hi")
    assert "".join(data["content"] for name, data in events if name == "RunContent") == TEXT
    assert events[-1][0] == "RunCompleted" and provider.requests[0][2]["stream"] is True


@pytest.mark.parametrize("api", APIS)
def test_history_reaches_the_provider(serving, provider, api):
    server = serving(api, "say")
    server.run("first question", session_id="s")
    server.run("second question", session_id="s")
    sent = json.dumps(provider.requests[1][2])
    assert all(text in sent for text in ("first question", TEXT, "second question"))


@pytest.mark.parametrize("api", APIS)
def test_a_question_without_an_answer_is_not_told_again(serving, provider, api):
    """Strict chat templates refuse a conversation in which two messages of the user follow each other."""
    server = serving(api, "quiet")
    for question in ("one", "hush", "two", "hush", "three"):
        server.run(question, session_id="s")
    body = provider.requests[-1][2]
    said = [(message["role"], message["content"]) for message in body.get("input") or body["messages"]]
    assert said[1:] == [("user", "one"), ("assistant", TEXT), ("user", "two"), ("assistant", TEXT), ("user", "three")]


def test_a_server_that_refuses_stream_options_can_stream(serving):
    error = serving("openai-chat", "picky").stream("hi")[-1][1]["content"]
    assert error == ("The model provider answered 422: Extra inputs are not permitted (body.stream_options). "
                     "Set stream_usage: false of the model")
    events = serving("openai-chat", "picky", stream_usage=False).stream("hi")
    assert "".join(data["content"] for name, data in events if name == "RunContent") == TEXT
    assert events[-1][0] == "RunCompleted"


@pytest.mark.parametrize("name", ["reasoning_content", "reasoning"])
def test_reasoning_is_shown_and_stored(serving, name):
    server = serving("openai-chat", f"think-{name}")
    events = server.stream("hi", session_id="s")
    contents = [data for event, data in events if event == "RunContent"]
    assert [data["reasoning_content"] for data in contents[:3]] == ["Let me", " see.", ""]
    assert "content" not in contents[0] and "".join(data.get("content", "") for data in contents) == TEXT
    assert events[-1][1]["reasoning_content"] == "Let me see."
    run = server.run("hi", session_id="s")
    assert (run["content"], run["reasoning_content"]) == (TEXT, "Let me see.")
    assert run["messages"][-1]["reasoning_content"] == "Let me see."
    stored = httpx.get(f"{server.url}/sessions/s/runs", headers=bearer(scopes=["sessions:read"])).json()
    assert [one["reasoning_content"] for one in stored] == ["Let me see."] * 2


@pytest.mark.parametrize("api", APIS)
@pytest.mark.parametrize("status", [429, 500, 503])
def test_it_tries_again_before_the_first_word(serving, provider, api, status):
    assert serving(api, f"fail-{status}-2").run("hi")["content"] == TEXT
    assert len(provider.requests) == 3


@pytest.mark.parametrize("api", APIS)
def test_it_gives_up_in_the_end(serving, provider, api):
    run = serving(api, "fail-500-99", retries=1).run("hi")
    assert run["status"] == "ERROR" and len(provider.requests) == 2


@pytest.mark.parametrize("status", [400, 401, 403])
def test_it_does_not_try_again_what_will_not_help(serving, provider, status):
    run = serving("openai", f"fail-{status}-99").run("hi")
    assert run["status"] == "ERROR" and len(provider.requests) == 1
    assert KEY not in json.dumps(run)


@pytest.mark.parametrize("api", APIS)
@pytest.mark.parametrize("model", ["garbage", "endless", "cut", "error"])
def test_a_broken_stream_is_a_run_error(serving, provider, api, model):
    server = serving(api, model)
    events = server.stream("hi", session_id="broken")
    assert events[-1][0] == "RunError" and events[-1][1]["content"]
    assert wait_for_run(server, "broken", bearer(scopes=RUNNER))["status"] == "ERROR"
    with open(f"/proc/{server.pid}/status") as status:
        resident_kb = int(next(line for line in status if line.startswith("VmRSS")).split()[1])
    assert resident_kb < 400_000


def test_a_provider_that_says_nothing_times_out(serving, provider):
    started = time.monotonic()
    run = serving("openai", "silent", timeout_s=1, retries=0).run("hi")
    assert run["status"] == "ERROR" and time.monotonic() - started < 10


def test_a_provider_that_is_not_there(serve):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    server = serve(config(models={"p": {"provider": "openai", "base_url": f"http://127.0.0.1:{port}/v1", "retries": 0}},
                          agents=[{"id": "echo", "model": "p:x"}]))
    assert server.run("hi")["status"] == "ERROR"


def test_a_404_of_the_responses_api_names_the_other(serving):
    run = serving("openai", "notfound").run("hi")
    assert run["status"] == "ERROR" and "openai-chat" in run["content"]


@pytest.mark.parametrize("api", APIS)
def test_a_client_that_leaves_ends_the_providers_call(serving, provider, api):
    server = serving(api, "slow")
    connection = start_raw(server, "message=hi&session_id=left", mint(sub="leaver", scopes=RUNNER))
    seen = b""
    while b"RunContent" not in seen:
        seen += connection.recv(65536)
    connection.close()
    assert provider.gone.wait(10)
    assert wait_for_run(server, "left", bearer(sub="leaver", scopes=RUNNER))["status"] == "CANCELLED"


def test_openai_base_url_and_key_from_the_environment(serve, provider):
    server = serve(config(agents=[{"id": "echo", "model": "openai:say"}]),
                   env={"OPENAI_BASE_URL": provider.url, "OPENAI_API_KEY": KEY})
    assert server.run("hi")["content"] == TEXT
    assert provider.requests[0][1]["Authorization"] == f"Bearer {KEY}"


# --- a mock provider that nobody here wrote ---

AIMOCK = node.FOLDER / "node_modules/@copilotkit/aimock"


@pytest.fixture(scope="module")
def aimock():
    node.demand("@copilotkit/aimock")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = node.start(AIMOCK / "dist/cli.js", "-p", port, "-f", AIMOCK / "fixtures/example-greeting.json",
                         stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    try:
        for _ in range(200):
            try:
                httpx.get(f"http://127.0.0.1:{port}/v1/models", timeout=1, trust_env=False)
                break
            except httpx.HTTPError:
                time.sleep(0.05)
        yield f"http://127.0.0.1:{port}/v1"
    finally:
        node.stop(process)


@pytest.mark.parametrize("api", APIS)
def test_aimock(serve, aimock, api):
    server = serve(config(models={"p": {"provider": api, "base_url": aimock, "api_key": KEY}},
                          agents=[{"id": "echo", "model": "p:gpt-5.2"}]))
    answer = "Hello! How can I help you today?"
    assert server.run("hello")["content"] == answer
    events = server.stream("hello")
    assert "".join(data["content"] for name, data in events if name == "RunContent") == answer
    assert events[-1][0] == "RunCompleted" and parse_sse("") == []
