"""docs/auth.md: every configuration and every command of it, as it stands there, against a server; and its table of refusals
against the source, both ways. The recipes of the providers are test_recipes.py's."""
import json
import os
import re
import subprocess
import time
from pathlib import Path

import pytest
import yaml

import agentos
from agentos import PLANTED, bearer, cli, config, environment, mint
from key_server import Key

TEXT = (agentos.ROOT / "docs/auth.md").read_text()
HEADINGS = re.compile(r"^#{2,3} (.*)$", re.M)
BLOCKS = re.compile(r"^```(\w+)\n(.*?)^```$", re.M | re.S)

AGENTS = [{"id": "my-agent", "model": "offline:echo"}, {"id": "echo", "model": "offline:echo"}]
BOSS = ("agent_os:admin",)

# What each section has, all of which is run below.
TRIED = {
    "Your own keys": ["bash", "yaml", "bash"],
    "Rotating your own key": ["bash", "bash", "bash"],
    "Your provider's permission names": ["yaml"],  # by test_recipes.py
    "Trying a recipe without its provider": ["bash", "yaml", "bash"],
    "Several issuers": ["yaml"],
    "Fetched keys": ["yaml"],
    "Tokens in cookies": ["yaml", "js"],
    "Service accounts": ["bash"],
    "Why was it refused?": ["bash", "bash", "bash", "bash", "bash"],
}


def sections():
    parts = HEADINGS.split(TEXT)
    return dict(zip(parts[1::2], parts[2::2]))


def code(title):
    return [text for _, text in BLOCKS.findall(sections()[title])]


def shell(folder, script, url="http://localhost:7777", **variables):
    """A block of the page, as somebody would type it; its standard output, and the token it made."""
    script = script.replace("http://localhost:7777", url)
    named = re.findall(r"^(TOKEN|PAT)=", script, re.M)
    script += "".join(f'\necho; echo "MADE=${name}"' for name in named)
    path = f"{Path(agentos.PROGRAM).resolve().parent}:{os.environ['PATH']}"
    done = subprocess.run(["bash", "-eu", "-o", "pipefail", "-c", script], cwd=folder, capture_output=True, text=True,
                          timeout=60, env=environment({"PATH": path, "AGENTOS_URL": url, **variables}))
    assert done.returncode == 0, f"{script}\n{done.stdout}\n{done.stderr}"
    made = re.findall(r"^MADE=(.*)$", done.stdout, re.M)
    PLANTED.update(made)
    return done.stdout, made[-1] if made else None


def until(condition, seconds=20):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


def status(server, token, path="/agents"):
    return server.get(path, headers={"authorization": f"Bearer {token}"}).status_code


def test_every_block_of_the_page_is_tried():
    there = {title: [language for language, _ in BLOCKS.findall(text)] for title, text in sections().items()}
    recipes = {title for title, text in there.items() if re.fullmatch(r"[a-z0-9]+", title)}
    assert {title: found for title, found in there.items() if found and title not in recipes} == TRIED


def test_links_lead_somewhere():
    for page in (agentos.ROOT / "docs").glob("*.md"):
        for target, anchor in re.findall(r"\]\(([\w./-]*\.md)?(?:#([\w-]+))?\)", page.read_text()):
            file = (page.parent / target) if target else page
            assert file.is_file(), f"{page.name}: {target}"
            titles = re.findall(r"^#+ (.*)$", file.read_text(), re.M)
            anchors = {re.sub(r"[^\w -]", "", title).lower().replace(" ", "-") for title in titles}
            assert not anchor or anchor in anchors, f"{page.name}: #{anchor}"


# ---- keys of one's own ----

def test_own_keys_and_their_rotation(serve, tmp_path):
    make, authorization, call = code("Your own keys")
    shell(tmp_path, make)
    server = serve(config(agents=AGENTS, **yaml.safe_load(authorization)), folder=tmp_path)
    listed, old = shell(tmp_path, call, server.url)
    assert '"my-agent"' in listed and status(server, mint()) == 401

    publish, sign, withdraw = code("Rotating your own key")
    shell(tmp_path, publish)
    until(lambda: "info reloaded" in server.log)
    _, new = shell(tmp_path, sign, server.url)
    assert status(server, old) == 200 and new != old
    shell(tmp_path, withdraw)
    until(lambda: status(server, old) == 401)
    refusal = server.get("/agents", headers={"authorization": f"Bearer {old}"}).json()["detail"]
    assert f"`{refusal}`" in sections()["Rotating your own key"]
    assert status(server, new) == 200 and server.starts == 1


def test_a_set_that_cannot_be_meant_changes_nothing(serve, tmp_path):
    make, authorization, call = code("Your own keys")
    shell(tmp_path, make)
    server = serve(config(agents=AGENTS, **yaml.safe_load(authorization)), folder=tmp_path)
    (tmp_path / "keys/jwks.new").write_text('{"keys": []}')
    shell(tmp_path, "mv keys/jwks.new keys/jwks.json")
    until(lambda: "reload refused" in server.log)
    shell(tmp_path, call, server.url)


# ---- a recipe, tried without its provider ----

def test_a_recipe_is_tried_with_a_key_of_ones_own(serve, tmp_path):
    make, authorization, call = code("Trying a recipe without its provider")
    shell(tmp_path, make)
    server = serve(config(agents=AGENTS, **yaml.safe_load(authorization)), folder=tmp_path)
    listed, token = shell(tmp_path, call, server.url)
    assert '"my-agent"' in listed and status(server, token, "/config") == 403
    assert status(server, mint()) == 401


# ---- several issuers ----

def test_keys_of_a_private_authority_and_over_plain_http(tmp_path):
    whole = yaml.safe_load(code("Fetched keys")[0])
    (tmp_path / "ca.pem").write_text(Key("ours").certificate())
    whole["authorization"]["issuers"][0]["ca_file"] = "ca.pem"
    (tmp_path / "agentos.yaml").write_text(json.dumps(config(agents=AGENTS, **whole)))
    checked = cli("config", "check", tmp_path / "agentos.yaml")
    assert checked.returncode == 0 and "plain http from 'http://keycloak:8080" in checked.stdout + checked.stderr


@pytest.fixture
def several(serve, tmp_path):
    assert cli("keys", "generate", "--out", "keys", cwd=tmp_path).returncode == 0
    whole = yaml.safe_load(code("Several issuers")[0])
    keys = {}
    for one in whole["authorization"]["issuers"]:
        keys[one["preset"]] = key = Key("k1")
        one["jwks_file"] = f"{one['preset']}.json"
        (tmp_path / one["jwks_file"]).write_text(json.dumps({"keys": [key.jwk()]}))
        key.issuer = one["issuer"]
    server = serve(config(agents=AGENTS, **whole), folder=tmp_path)
    private = (tmp_path / "keys/private.pem").read_text()

    def token(who, sub="ann", scopes=("agents:read", "agents:run", "sessions:read", "sessions:write", *BOSS), **more):
        if who == "plain":
            return bearer(sub, scopes, private, "RS256", **more)
        claims = ({"aud": "https://api.example.com", "permissions": list(scopes)} if who == "auth0" else
                  {"aud": "agentos", "typ": "Bearer", "resource_access": {"agentos": {"roles": list(scopes)}}})
        return bearer(sub, None, keys[who].private, "RS256", 60, {"kid": "k1"}, **{"iss": keys[who].issuer, **claims, **more})

    return server, token


def test_the_ceiling_of_each_issuer(several):
    server, token = several
    code_of = lambda path, headers: server.get(path, headers=headers).status_code
    assert code_of("/agents", token("auth0")) == 200
    assert code_of("/config", token("auth0")) == 403  # not under grants, and no admin
    assert server.post("/sessions", headers=token("auth0"), json={}).status_code == 403
    assert code_of("/config", token("keycloak")) == 200  # an admin, because grants says so
    assert code_of("/config", token("keycloak", scopes=("agents:read", "config:read"))) == 403
    assert code_of("/config", token("plain")) == 200


def test_a_key_speaks_for_its_issuer_alone(several):
    server, token = several
    for who, iss in (("auth0", "https://sso.example.com/realms/staff"), ("keycloak", "https://tenant.eu.auth0.com/"),
                     ("plain", "https://tenant.eu.auth0.com/")):
        answer = server.get("/agents", headers=token(who, iss=iss))
        assert answer.status_code == 401, who
    assert server.get("/agents", headers=token("plain", iss="https://unlisted.example")).status_code == 200
    assert server.get("/agents", headers=token("auth0", sub=None)).status_code == 403
    bare = token("auth0")["authorization"].removeprefix("Bearer ")
    assert server.get("/agents", headers={"authorization": bare}).status_code == 401


def test_a_user_is_the_pair_of_issuer_and_subject(several):
    server, token = several
    modest = ("agents:read", "agents:run", "sessions:read")
    server.run("mine", headers=token("auth0", scopes=modest))
    sees = lambda who, **more: len(server.get("/sessions", headers=token(who, **more)).json()["data"])
    assert sees("auth0", scopes=modest) == 1
    assert (sees("auth0", sub="bob", scopes=modest), sees("keycloak", scopes=modest), sees("plain", scopes=modest)) == (0, 0, 0)
    assert sees("plain", scopes=BOSS) == 1


# ---- cookies ----

def test_cookies_as_on_the_page(serve, tmp_path):
    whole = yaml.safe_load(code("Tokens in cookies")[0])
    assert cli("keys", "generate", "--out", "keys", cwd=tmp_path).returncode == 0
    server = serve(config(agents=AGENTS, **whole), folder=tmp_path)
    token = cli("token", "mint", "--key", "keys/private.pem", "--sub", "ann", "--scope", "agents:read", "--scope", "agents:run",
                cwd=tmp_path).stdout.strip()
    jar, form = {"cookie": f"access_token={token}"}, {"message": "x", "stream": "false"}
    run = lambda **more: server.post("/agents/echo/runs", headers={**jar, **more}, data=form)
    assert server.get("/agents", headers=jar).status_code == 200
    assert run(origin="https://app.example.com").status_code == 200
    assert run(origin=server.url).status_code == 200  # where the request was sent to
    for refused in ({"origin": "https://evil.example"}, {"sec-fetch-site": "cross-site"}):
        answer = run(**refused)
        assert answer.status_code == 403 and explained(answer.json()["detail"])
    assert server.get("/agents", headers={**jar, "authorization": "Bearer x.y.z"}).status_code == 401
    shown = server.get("/agents", headers={**jar, "origin": "https://app.example.com"}).headers
    assert shown["access-control-allow-credentials"] == "true"
    assert shown["access-control-allow-origin"] == "https://app.example.com"
    hidden = server.get("/agents", headers={**jar, "origin": "https://evil.example", "sec-fetch-site": "cross-site"})
    assert hidden.status_code == 200 and "access-control-allow-origin" not in hidden.headers


# ---- telling why ----

def test_the_commands_that_explain(serve, tmp_path):
    token = mint(scopes=("agents:my-agent:run",))
    server = serve(config(agents=AGENTS, database="sqlite:data/agentos.db"), folder=tmp_path)
    said = [shell(tmp_path, block, server.url, TOKEN=token, ADMIN=mint(scopes=BOSS))[0] for block in code("Why was it refused?")]
    assert said[0].splitlines()[-1] == "allowed"
    assert '"allowed":true' in said[1] and '"user_id":"user-1"' in said[2] and '"meta"' in said[3]
    reasons = re.findall(r"`(\w+)`", re.search(r"by reason \((.*?)\)", TEXT, re.S).group(1))
    assert set(re.findall(r'reason="(\w+)"', said[4])) == {*reasons, "other"}


# ---- service accounts ----

def test_service_accounts_as_on_the_page(serve, tmp_path):
    server = serve(config(agents=AGENTS, database="sqlite:data/agentos.db"), folder=tmp_path)
    said, token = shell(tmp_path, code("Service accounts")[0], server.url, ADMIN=mint(scopes=BOSS))
    assert token.startswith("agno_pat_") and "COMPLETED" in said
    answer = server.get("/agents", headers={"authorization": f"Bearer {token}"})
    assert answer.status_code == 401 and explained(answer.json()["detail"])


# ---- the table of refusals ----

ROW = re.compile(r'^    X\((\w+), (\w+),((?:[^"\\]|\\\n|"(?:[^"\\]|\\.)*")*?)\)\s*\\?$', re.M)
LITERAL = re.compile(r'"((?:[^"\\\n]|\\.)*)"|\b(QUOTED|NULL|[A-Z]{4,}_[A-Z]+)\b')


def rows(file):
    """A table of refusals in a C source: name -> (second column, texts put together as the compiler does)."""
    table = {}
    for name, second, third in ROW.findall((agentos.ROOT / file).read_text()):
        texts = ["'%s'" if word == "QUOTED" else word if word else re.sub(r"\\(.)", r"\1", text)
                 for text, word in LITERAL.findall(third)]
        assert name not in table and texts, name
        table[name] = second, "".join(texts)
    return table


def refusals():
    """What the source may say to a refused caller."""
    return {text for _, text in rows("src/base/refusals.h").values()}


def pattern(text, hole):
    return re.compile(".+".join(re.escape(part) for part in re.split(hole, text)), re.S)


def listed():
    """The texts of the tables' first columns."""
    rows = re.findall(r"^\| (`.*?) \| ", TEXT[TEXT.index("## What each sentence means"):], re.M)
    return [text for row in rows for text in re.findall(r"`([^`]+)`", row)]


def explained(detail):
    return any(pattern(text, "…").fullmatch(detail) for text in listed())


def says(source, text):
    """Does this sentence say this text? What jose says stands behind `Invalid token: `."""
    spoken = pattern(source, r"%(?:\.\*)?(?:lld|s|d|zu)")
    return bool(spoken.fullmatch(text) or spoken.fullmatch(text.removeprefix("Invalid token: ")))


def test_every_text_of_the_table_is_said_by_the_source():
    said = refusals()
    assert len(listed()) > 50
    assert [text for text in listed() if not any(says(source, text) for source in said)] == []


def test_every_refusal_of_the_source_is_in_the_table():
    said = refusals()
    assert len(said) > 50
    assert sorted(source for source in said if not any(says(source, text) for text in listed())) == []


def test_the_tables_of_sources_are_whole():
    said, noted = rows("src/base/refusals.h"), rows("src/auth/explain/refusal_notes.c")
    assert len(said) > 60 and said.keys() == noted.keys()
    assert {status for status, _ in said.values()} == {"INVALID", "UNAUTHENTICATED", "FORBIDDEN", "TOO_MANY"}


def test_every_401_has_advice():
    """What `agentos auth explain` says would make it pass."""
    noted = rows("src/auth/explain/refusal_notes.c")
    assert [name for name, (status, _) in rows("src/base/refusals.h").items()
            if status == "UNAUTHENTICATED" and noted[name][1] == "NULL"] == []


@pytest.mark.parametrize("headers, status", [
    ({}, 401), ({"authorization": "Bearer x"}, 401), (bearer(ttl=-60), 401), (bearer(secret="x" * 40), 401),
    (bearer(iat=2**40), 401), (bearer(sub="sa:x"), 401), (bearer(algorithm="HS384", secret="y" * 48), 401),
    (bearer(scopes=()), 403), ([("authorization", "Bearer a"), ("authorization", "Bearer b")], 400)], ids=str)
def test_what_a_server_says_is_in_the_table(server, headers, status):
    answer = server.get("/agents", headers=headers)
    assert answer.status_code == status and explained(answer.json()["detail"]), answer.text
