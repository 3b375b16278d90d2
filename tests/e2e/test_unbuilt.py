"""What is not built is one list: `agentos routes --all`, GET /docs and the README hold the same, and each of its routes
answers 501 to those who may use it, 401 to those who have no token, and 403 to those who lack the scope."""
import html
import json
import re

import pytest

import agentos
from agentos import ADMIN, bearer, cli

ROWS = json.loads(cli("routes", "--json").stdout)
UNBUILT = [row for row in ROWS if not row["built"]]
FEATURES = {"A2A", "AG-UI", "Chat interfaces", "PostgreSQL"}


def lines_of(text, heading):
    """The routes under a heading of the command's output."""
    part = text.split(heading)[1].split("\n\n")[0]
    return {tuple(line.split()[:2]) for line in part.splitlines() if re.match(r"[A-Z]+ +/", line)}


def test_the_command_shows_what_is_built_and_with_all_the_rest():
    short, whole = cli("routes").stdout, cli("routes", "--all").stdout
    built = {(row["method"], row["pattern"]) for row in ROWS if row["built"]}
    assert short.splitlines()[0].split() == ["METHOD", "PATH", "DEMANDS"]
    assert lines_of("\n" + short, "METHOD") == built and "Not built" not in short
    assert whole.startswith(short)
    assert lines_of(whole, "Not built; these routes answer 501:") == {(row["method"], row["pattern"]) for row in UNBUILT}
    listed = whole.split("Not built, and without routes here:\n")[1].splitlines()
    assert {line[:16].strip() for line in listed} == FEATURES


def test_docs_and_readme_hold_the_same_list(server):
    page = server.http.get("/docs").text
    head, tail = page.split("<h2 id=not-built>")
    found = re.findall(r"<tr><td>([A-Z]+)</td><td><code>(.*?)</code>", tail)
    assert {(method, html.unescape(path)) for method, path in found} == {(row["method"], row["pattern"]) for row in UNBUILT}
    assert len(re.findall("<tr><td>", head)) == len(ROWS) - len(UNBUILT)
    assert set(re.findall("<li>(.*?): ", tail)) == FEATURES
    block = re.search("<!-- generated: unbuilt -->(.*?)<!-- end -->", (agentos.ROOT / "README.md").read_text(), re.S).group(1)
    assert set(re.findall(r"`(/\S*)`", block)) == {row["pattern"] for row in UNBUILT}
    assert FEATURES <= set(re.findall(r"^\| ([^|]+) \|", block, re.M))


@pytest.mark.parametrize("name", ["GET /components", "POST /learnings", "GET /queue/jobs", "GET /registry", "GET /filesystem/files",
                                  "GET /agents/a/runs/r/checkpoints/3", "POST /teams/t/sessions/s/fork", "POST /optimize-memories",
                                  "POST /agents/a/sessions/s/compact", "GET /sessions/s/media/k", "POST /databases/all/migrate",
                                  "POST /databases/main/migrate", "GET /knowledge/k/sources/s/files", "POST /mcp",
                                  "GET /components/c/configs/current", "DELETE /memories/m"])
def test_a_route_that_is_not_built_answers_501_to_those_who_may(server, name):
    method, path = name.split()
    request = lambda headers: server.http.request(method, path, headers=headers)
    assert request({}).status_code == 401
    assert request(bearer(scopes=ADMIN)).status_code == 501
    may_any_token = path == "/mcp"
    assert request(bearer(scopes=("config:read",))).status_code == (501 if may_any_token else 403)


def test_every_route_of_the_list_answers_501(server):
    for row in UNBUILT:
        path = re.sub(r"\{\w+\}", "x1", row["pattern"])
        answer = server.http.request(row["method"], path, headers=bearer(scopes=ADMIN))
        assert answer.status_code == 501, (row["method"], path, answer.text)
