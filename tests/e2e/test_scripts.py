"""What the scripts say on a machine that lacks something: they run on a copy, beside stubs of what is installed."""
import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TOOLS = ("sh", "bash", "dirname", "basename", "env", "tail", "cat", "sed", "sha256sum", "cut", "id", "find", "xargs", "sort", "awk")


@pytest.fixture
def copy(tmp_path):
    """The scripts alone, in a folder that is no repository; `bin` is all that is in the PATH."""
    shutil.copytree(ROOT / "script", tmp_path / "script")
    (tmp_path / "tools").mkdir()
    shutil.copy(ROOT / "tools" / "check-format", tmp_path / "tools")
    (tmp_path / "tests").mkdir()
    for requirements in (ROOT / "tests").glob("requirements*.txt"):
        shutil.copy(requirements, tmp_path / "tests")
    (tmp_path / "bin").mkdir()
    for tool in TOOLS:
        (tmp_path / "bin" / tool).symlink_to(shutil.which(tool))
    return tmp_path


def stub(path, script):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("#!/bin/sh\n" + script)
    path.chmod(0o755)


def run(copy, *command, **environment):
    return subprocess.run([copy / command[0], *command[1:]], cwd=copy, text=True, capture_output=True, timeout=120,
                          stdin=subprocess.DEVNULL, env={"PATH": str(copy / "bin"), "LC_ALL": "C.UTF-8", **environment})


@pytest.mark.parametrize("installed, missing", [((), "meson"), (("meson",), "ninja"), (("meson", "ninja"), "gcc")])
def test_a_build_without_packages_names_what_is_missing_and_what_installs_it(copy, installed, missing):
    for tool in installed:
        stub(copy / "bin" / tool, "exit 0")
    done = run(copy, "script/build")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"build: {missing} is missing; script/setup installs what is missing\n"


@pytest.mark.parametrize("meson, shown", [
    ("exit 1", ""),
    ("mkdir -p build/meson-logs; echo 'Dependency \"libuv\" not found' > build/meson-logs/meson-log.txt; exit 1",
     'Dependency "libuv" not found\n'),
    ("mkdir -p build/meson-logs/meson-log.txt; exit 2", ""),
])
def test_a_build_that_cannot_be_configured_ends_with_advice_with_or_without_a_log(copy, meson, shown):
    (copy / "bin" / "mkdir").symlink_to(shutil.which("mkdir"))
    for tool, script in (("meson", meson), ("ninja", "exit 0"), ("gcc", "exit 0")):
        stub(copy / "bin" / tool, script)
    done = run(copy, "script/build")
    assert done.returncode == 1
    assert done.stderr == shown + "build: configuration failed; script/setup installs what is missing\n"


PIP_ADVICE = """\
setup: pip could not install the Python tools of tests/requirements.txt into .venv; its message is above.
Behind a proxy set HTTPS_PROXY, with a mirror PIP_INDEX_URL, with a certificate authority of your own PIP_CERT (its file).
Only the tests need these tools: script/build builds and script/server serves without them.
"""


@pytest.mark.parametrize("environment", [
    {"PIP_INDEX_URL": "http://127.0.0.1:9/simple"},
    {"PIP_NO_INDEX": "1"},
    {"PIP_PROXY": "http://127.0.0.1:9", "PIP_INDEX_URL": "https://index.example/simple"},
], ids=("nobody listens", "no index", "no proxy"))
def test_setting_up_tests_without_an_index_of_pip_ends_with_what_to_do(copy, environment):
    stub(copy / "bin" / "dpkg-query", "printf installed")
    done = run(copy, "script/setup", "test", PIP_RETRIES="0", PIP_CONFIG_FILE=os.devnull, **environment)
    assert done.returncode == 1
    assert "ERROR: No matching distribution found for" in done.stderr
    assert done.stderr.endswith(PIP_ADVICE)
    assert not (copy / ".venv" / ".requirements").exists()  # the next time it is tried again


def version(number):
    return f'[ "$1" = --version ] && echo "Debian clang-format version {number}" && exit; echo >> formatted'


@pytest.mark.parametrize("installed, sentence", [
    ({}, "clang-format 14 is missing: `script/setup test` installs it into .venv\n"),
    ({"bin/clang-format": "19.1.7 (3+b1)"}, "clang-format 14 is missing, and clang-format here is 19, which lays out files "
     "otherwise: `script/setup test` installs it into .venv\n"),
    ({"bin/clang-format": "140.0.1"}, "clang-format 14 is missing, and clang-format here is 140, which lays out files "
     "otherwise: `script/setup test` installs it into .venv\n"),
    ({"bin/clang-format": "19.1.7", ".venv/bin/clang-format": "14.0.6"}, ""),
    ({"bin/clang-format": "19.1.7", "bin/clang-format-14": "14.0.6"}, ""),
    ({"bin/clang-format": "14.0.6"}, ""),
])
def test_the_layout_is_checked_by_one_version_of_clang_format(copy, installed, sentence):
    for folder in ("src", "include", "bench"):
        (copy / folder).mkdir()
    (copy / "src" / "a.c").write_text("int a;\n")
    for path, number in installed.items():
        stub(copy / path, version(number))
    done = run(copy, "tools/check-format", "--fix")
    assert (done.returncode, done.stdout) == (1 if sentence else 0, sentence)
    assert (copy / "formatted").exists() == (sentence == "")
