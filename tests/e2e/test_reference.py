"""docs/api.md and docs/configuration.md against the tables they are made from, and against what the program does."""
import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

import agentos
from agentos import cli, environment
from key_server import Key

BUILD = Path(agentos.PROGRAM).parent
CONFIGURATION = (agentos.ROOT / "docs/configuration.md").read_text()
API = (agentos.ROOT / "docs/api.md").read_text()


@pytest.fixture
def pages(tmp_path):
    if not (BUILD / "tools/reference/reference").exists():
        pytest.skip("tools/reference is not built")
    shutil.copytree(agentos.ROOT / "docs", tmp_path / "docs")
    shutil.copy(agentos.ROOT / "README.md", tmp_path)
    return tmp_path / "docs"


def check(folder, *flags):
    return subprocess.run([agentos.ROOT / "tools/reference-pages", *flags, "--docs", folder, BUILD.resolve()],
                          capture_output=True, text=True, timeout=60, env=environment())


def test_the_pages_are_current(pages):
    done = check(pages, "--check")
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("page, line", [("api", "- Who: `config:read`"), ("configuration", "| `AGENT_OS_PORT` | `listen` |")])
def test_a_stale_page_fails_the_check_and_is_made_again(pages, page, line):
    file = pages / f"{page}.md"
    current = file.read_text()
    assert line in current
    file.write_text(current.replace(line, "old", 1))
    done = check(pages, "--check")
    assert done.returncode == 1 and f"{page}.md is not current" in done.stdout
    assert "old" in file.read_text()  # a check changes nothing
    assert check(pages).returncode == 0
    assert file.read_text() == current


def test_what_is_written_by_hand_is_kept(pages):
    file = pages / "api.md"
    file.write_text("by hand\n" + file.read_text())
    assert check(pages, "--check").returncode == 0
    assert check(pages).returncode == 0 and file.read_text().startswith("by hand\n")


@pytest.mark.parametrize("old, new", [("<!-- end -->", ""), ("generated: routes", "generated: nothing")])
def test_a_page_with_broken_marks_is_refused_and_kept(pages, old, new):
    file = pages / "api.md"
    file.write_text(file.read_text().replace(old, new))
    before = file.read_text()
    assert check(pages).returncode != 0 and check(pages, "--check").returncode != 0
    assert file.read_text() == before


def test_every_variable_that_the_source_reads_is_in_the_table():
    read = set()
    for file in (agentos.ROOT / "src/os").glob("*.c"):
        if file.name != "options_table.c":
            read |= set(re.findall(r'"((?:[A-Z]+_)+[A-Z]+)"', file.read_text()))
    listed = set(re.findall(r"^\| `([A-Z_]+)` \| `\w", CONFIGURATION, re.M))
    assert read == listed and "JWT_VERIFICATION_KEY" in listed


def test_every_route_is_on_the_page():
    rows = json.loads(cli("routes", "--json").stdout)
    built = set(re.findall(r"^### ([A-Z]+) (/\S*)$", API, re.M))
    unbuilt = set(re.findall(r"^\| `([A-Z]+) (/\S*)` ", API, re.M))
    assert built == {(row["method"], row["pattern"]) for row in rows if row["built"]}
    assert unbuilt == {(row["method"], row["pattern"]) for row in rows if not row["built"]}


def test_the_events_hold_what_the_page_says(server):
    rows = dict(re.findall(r"^\| `(Run\w+|ModelRequest\w+)` \| (.*) \|$", API, re.M))
    common = set(re.findall(r"`(\w+)`", re.search(r"its JSON\s+holds (.*?) and what", API, re.S).group(1)))
    seen = {}
    for message in ("hello", "/fail now"):
        for event, data in server.stream(message):
            seen[event] = set(data) - common
            assert common <= set(data), event
    for name, members in seen.items():
        always = set(re.findall(r"`(\w+)`(?! if any)", rows[name]))
        assert always <= members <= set(re.findall(r"`(\w+)`", rows[name])), name
    assert set(rows) - set(seen) == {"RunCancelled"}


def test_the_sample_configuration_is_one(tmp_path):
    """As it stands on the page, with the files and variables that it names."""
    sample, issuers = re.findall(r"^```yaml\n(.*?)^```", CONFIGURATION, re.M | re.S)
    for folder in ("keys", "data"):
        (tmp_path / folder).mkdir()
    assert cli("keys", "generate", "--out", "keys", cwd=tmp_path).returncode == 0
    (tmp_path / "keys/audit.key").write_text("a" * 32)
    (tmp_path / "keys/jwks.json").write_text(json.dumps({"keys": [Key("k1").jwk()]}))
    file = tmp_path / "agentos.yaml"
    file.write_text(sample)
    secrets = {name: "0f" * 24 for name in ("LOCAL_KEY", "OS_SECURITY_KEY", "SCHEDULER_TOKEN")}
    done = cli("config", "check", cwd=tmp_path, env=secrets)
    assert done.returncode == 0, done.stdout + done.stderr

    whole = yaml.safe_load(sample)
    whole["authorization"]["issuers"] = yaml.safe_load(issuers)["issuers"]
    file.write_text(yaml.safe_dump(whole))
    done = cli("config", "check", cwd=tmp_path, env=secrets)
    assert done.returncode == 0, done.stdout + done.stderr
    file.write_text(sample.replace("agents:\n  - id:", "agents:\n  - ids:"))
    assert cli("config", "check", cwd=tmp_path, env=secrets).returncode == 2


def test_every_switch_of_the_differences_exists():
    rows = re.findall(r"^\| (?!what \||--- \|)(.*) \|$", (agentos.ROOT / "docs/differences.md").read_text(), re.M)
    switches = {word for row in rows for word in re.findall(r"`([^`:]+)[^`]*`", re.split(r" \| ", row)[3])}
    assert {"allow_weak_keys", "--open", "audit.key"} <= switches and all(len(re.split(r" \| ", row)) >= 4 for row in rows)
    flags = cli("serve", "--help").stdout
    for switch in switches:
        assert f"| `{switch.split('.')[-1]}` | " in CONFIGURATION or f"{switch} " in flags, switch
