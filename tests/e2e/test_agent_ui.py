"""The requests of agent-ui, with the token that script/server prints."""
import re

import agentos
from agentos import bearer

SERVER = (agentos.ROOT / "script" / "server").read_text()
SCOPES = re.search(r"^scopes=\((.*)\)$", SERVER, re.M).group(1).split()
REQUESTS = [  # in the order of a visit: the endpoint is looked at, its list filled, a message sent, a session opened and removed
    ("GET", "/health"), ("GET", "/agents"), ("GET", "/teams"), ("GET", "/config"), ("GET", "/sessions?type=agent&component_id=echo&db_id=main-db"),
    ("POST", "/agents/echo/runs"), ("GET", "/sessions/visit/runs?type=agent&db_id=main-db"), ("GET", "/sessions?type=team&component_id=x&db_id="),
    ("DELETE", "/sessions/visit?db_id=main-db")]


def visit(server, scopes):
    """The requests that are refused."""
    def ask(method, path):
        data = {"message": "hi", "stream": "true", "session_id": "visit"} if method == "POST" else None
        return server.http.request(method, path, headers={**bearer(sub="me", scopes=scopes), "origin": "http://localhost:3000"}, data=data)
    answers = [(f"{method} {path.partition('?')[0]}", ask(method, path)) for method, path in REQUESTS]
    assert all(answer.status_code in (200, 204, 403, 404) for _, answer in answers), [(name, answer.status_code) for name, answer in answers]
    assert all(answer.headers["access-control-allow-origin"] == "http://localhost:3000" for _, answer in answers)
    return {name for name, answer in answers if answer.status_code == 403}


def test_the_printed_token_is_enough(server):
    assert visit(server, SCOPES) == set()
    assert server.get("/sessions/visit?type=agent", headers=bearer(sub="me", scopes=SCOPES)).status_code == 404


def test_each_of_its_scopes_is_asked_for(server):
    refused = {"agents:read": "GET /agents", "teams:read": "GET /teams", "config:read": "GET /config", "agents:run": "POST /agents/echo/runs",
               "sessions:read": "GET /sessions", "sessions:delete": "DELETE /sessions/visit"}
    assert set(SCOPES) == set(refused)
    for scope, request in refused.items():
        assert request in visit(server, [other for other in SCOPES if other != scope])


def test_the_readme_names_its_scopes():
    told = re.search(r"\*\*agent-ui\*\*.*?(?=\n- |\n\n)", (agentos.ROOT / "README.md").read_text(), re.S).group(0)
    assert set(re.findall(r"`(\w+:\w+)`", told)) == set(SCOPES)
    assert "${scopes[@]/#/--scope=}" in SERVER


def test_the_token_is_minted_with_them(tmp_path):
    """The command line that script/server makes of the list."""
    assert agentos.cli("keys", "generate", "--out", tmp_path / "keys").returncode == 0
    token = agentos.cli("token", "mint", "--key", tmp_path / "keys/private.pem", "--sub", "me", *[f"--scope={scope}" for scope in SCOPES]).stdout.strip()
    decoded = agentos.cli("token", "decode", token).stdout
    assert all(f'"{scope}"' in decoded for scope in SCOPES)
