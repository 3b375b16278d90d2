"""agno's own Python client, of both generations, against our server."""
import json
import subprocess
from pathlib import Path

import pytest

import agentos
from agentos import ADMIN, mint

ENVIRONMENTS = {"3.1.10": agentos.ROOT / ".venv-agno3", "2.9.0": agentos.ROOT / ".venv-agno2"}


@pytest.mark.parametrize("version", ENVIRONMENTS)
def test_the_client_lists_runs_streams_and_reads_back(serve, version):
    python = ENVIRONMENTS[version] / "bin" / "python"
    if not python.exists():
        pytest.skip(f"no {ENVIRONMENTS[version].name}: script/setup test makes it")
    server = serve()
    done = subprocess.run([python, Path(__file__).parent / "clients" / "agno_client.py", server.url,
                           mint(sub="ann", scopes=ADMIN)],
                          capture_output=True, text=True, timeout=60, env=agentos.environment())
    assert done.returncode == 0, done.stderr[-3000:] + server.log[-1000:]
    got = json.loads(done.stdout.splitlines()[-1])
    assert got["agents"] == ["echo", "plain"] and got["agent"] == "Echo" and got["config"] == "test-os"
    assert got["run"] == ["Echo: hello", "COMPLETED"] and got["streamed"] == "Echo: again"
    assert got["events"][0] == "RunStarted" and got["events"][-1] == "RunCompleted"
    assert got["sessions"] == ["agno"] and got["session"] == "agno" and got["runs"] == ["hello", "again"]
    assert got.get("previews", 2) == 2 and got.get("models", ["echo-1"]) == ["echo-1"]
    assert "401" in got["without a token"]
