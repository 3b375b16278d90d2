"""Fixtures: `serve(config)` starts a server for one test; `server` is one that a whole file shares."""
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

import httpx

import agentos
import contract


def pytest_sessionstart():
    if not Path(agentos.PROGRAM).is_file():
        pytest.exit(f"no program {agentos.PROGRAM}: run script/build, or set AGENTOS_BIN", returncode=2)


def pytest_collection_modifyitems(items):
    """test_secrets.py reads the logs of all the others, so it is last."""
    items.sort(key=lambda item: item.path.name == "test_secrets.py")


@pytest.fixture(scope="session", autouse=True)
def every_answer_fits_the_contract(tmp_path_factory):
    """Whatever a test asks a server through `server.http`, the answer is one that /openapi.json describes."""
    server = agentos.Server(tmp_path_factory.mktemp("described"), agentos.config())
    document = contract.of(server)
    document.is_noting = False
    document.statuses_of_any = (401, 403, 429)  # the configuration of another server decides which routes are public
    server.stop()
    send = httpx.Client.send

    def send_and_check(self, request, *, stream=False, **more):
        response = send(self, request, stream=stream, **more)
        if self in agentos.CLIENTS and not stream:
            document.check_response(response)
        return response

    httpx.Client.send = send_and_check
    yield
    httpx.Client.send = send


@pytest.fixture
def serve(tmp_path):
    started = []

    def start(options=None, **named):
        folder = named.pop("folder", tmp_path / f"server-{len(started)}")
        started.append(agentos.Server(folder, agentos.config() if options is None else options, **named))
        return started[-1]

    yield start
    faults = []
    for server in started:
        try:
            server.stop()
        except AssertionError as fault:
            faults.append(fault)
    if faults:
        raise faults[0]


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    shared = agentos.Server(tmp_path_factory.mktemp("server"), agentos.config())
    yield shared
    shared.stop()
