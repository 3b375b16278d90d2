"""Fixtures: `serve(config)` starts a server for one test; `server` is one that a whole file shares."""
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

import agentos


def pytest_sessionstart():
    if not Path(agentos.PROGRAM).is_file():
        pytest.exit(f"no program {agentos.PROGRAM}: run script/build, or set AGENTOS_BIN", returncode=2)


def pytest_collection_modifyitems(items):
    """test_secrets.py reads the logs of all the others, so it is last."""
    items.sort(key=lambda item: item.path.name == "test_secrets.py")


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
