"""Issuers that nobody here wrote, on loopback: panva's oidc-provider and oauth2-mock-server. Skipped
where they are not installed."""
import base64
import json
import subprocess
import threading
import time

import httpx
import pytest

import node
from agentos import PLANTED, config

READY_S = 20


def start(package, script):
    node.demand(package)
    process = node.start(node.FOLDER / "issuers" / script, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
    timer = threading.Timer(READY_S, process.kill)
    timer.start()
    url = None
    for line in process.stdout:
        if line.startswith("ready "):
            url = line.split()[1]
            break
    timer.cancel()
    if url is None:
        stop(process)
        pytest.fail(f"{package} did not start")
    return process, url


def stop(process):
    node.stop(process)
    process.stdout.close()


@pytest.fixture
def oidc_provider():
    process, url = start("oidc-provider", "oidc_provider.mjs")
    yield url
    stop(process)


@pytest.fixture
def oauth2_mock_server():
    process, url = start("oauth2-mock-server", "oauth2_mock_server.mjs")
    yield url
    stop(process)


def token_of(url, scope="agents:read", client=httpx, **more):
    answer = client.post(url + "/token", auth=("robot", "robot-secret"), timeout=20,
                         data={"grant_type": "client_credentials", "scope": scope, **more})
    assert answer.status_code == 200, answer.text
    token = answer.json()["access_token"]
    PLANTED.add(token)
    return token


def header_of(token):
    part = token.split(".")[0]
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


def issuer(url, **more):
    return config(authorization={"issuers": [{"issuer": url, "audience": "test-os", **more}]})


def test_oidc_provider_is_found_by_discovery(serve, oidc_provider):
    server = serve(issuer(oidc_provider))
    token = token_of(oidc_provider)
    assert header_of(token)["typ"] == "at+jwt"
    assert server.get("/agents", headers={"authorization": f"Bearer {token}"}).status_code == 200
    answer = server.post("/agents/echo/runs", headers={"authorization": f"Bearer {token}"}, data={"message": "hi"})
    assert answer.status_code == 403


def test_a_rotation_under_load_costs_no_good_caller_a_401(serve, oidc_provider):
    server = serve(issuer(oidc_provider))
    statuses, kids = [], set()
    over = threading.Event()

    def call():
        with httpx.Client(trust_env=False, timeout=20) as client:
            while not over.is_set():
                token = token_of(oidc_provider, client=client)
                kids.add(header_of(token)["kid"])
                for _ in range(5):
                    answer = client.get(server.url + "/agents", headers={"authorization": f"Bearer {token}"})
                    statuses.append(answer.status_code)

    callers = [threading.Thread(target=call) for _ in range(4)]
    for caller in callers:
        caller.start()
    deadline = time.monotonic() + 20
    while len(statuses) < 50 and time.monotonic() < deadline:
        time.sleep(0.01)
    httpx.post(oidc_provider + "/rotate", trust_env=False)
    rotated_at = len(statuses)
    while len(statuses) < rotated_at + 200 and time.monotonic() < deadline:
        time.sleep(0.01)
    over.set()
    for caller in callers:
        caller.join()
    assert kids == {"key-1", "key-2"}
    assert len(statuses) >= 250 and set(statuses) == {200}
    assert server.log.count("keys fetched") == 2


def test_oauth2_mock_server_is_found_by_discovery(serve, oauth2_mock_server):
    server = serve(issuer(oauth2_mock_server, algorithms=["RS256", "ES256"]))
    for _ in range(2):  # it signs by its keys in turn
        token = token_of(oauth2_mock_server, scope="agents:read agents:run")
        answer = server.get("/agents", headers={"authorization": f"Bearer {token}"})
        assert answer.status_code == 200, (header_of(token), answer.text)
    narrow = serve(issuer(oauth2_mock_server, algorithms=["PS256"]))
    assert narrow.get("/agents", headers={"authorization": f"Bearer {token}"}).status_code == 401
