"""`agentos token create|list|revoke` and a server of ours: an account from its making to its end."""
import json
import sqlite3

import pytest

from agentos import ADMIN, PLANTED, bearer, cli, config, mint


@pytest.fixture
def server(serve):
    return serve(config(database="sqlite:data/agentos.db", agents=[{"id": "echo", "model": "offline:echo"}]))


def token(server, command, *arguments, scopes=ADMIN, sub="admin-1"):
    return cli("token", command, *arguments, "--url", server.url, env={"AGENTOS_TOKEN": mint(sub, scopes)})


def created(server, name, *arguments):
    done = token(server, "create", name, *arguments)
    assert done.returncode == 0, done.stderr
    PLANTED.add(done.stdout.strip())
    return {"authorization": f"Bearer {done.stdout.strip()}"}


def listed(server, *arguments):
    return json.loads(token(server, "list", "--json", *arguments).stdout)


def test_an_account_from_its_making_to_its_end(server):
    headers = created(server, "ci-bot")
    assert headers["authorization"].startswith("Bearer agno_pat_")
    assert server.run("hi", headers=headers)["content"] == "Echo: hi"
    assert server.get("/service-accounts", headers=headers).status_code == 403
    [account] = listed(server)
    assert (account["name"], account["principal"], account["revoked_at"]) == ("ci-bot", "sa:ci-bot", None)
    assert headers["authorization"][7:23] == account["token_prefix"] and "token" not in account
    row = token(server, "list").stdout.splitlines()[1].split()
    assert row[0] == "ci-bot" and "active" in row and row[-5:] == [scope["raw"] for scope in account["scopes"]]
    done = token(server, "revoke", "ci-bot")
    assert (done.returncode, done.stdout) == (0, "revoked ci-bot\n")
    assert server.get("/agents", headers=headers).status_code == 401
    assert " revoked " in token(server, "list").stdout and listed(server, "--active") == []
    assert token(server, "revoke", "ci-bot").returncode == 1
    assert token(server, "revoke", account["id"]).returncode == 0  # again is no error


def test_a_name_is_used_again_once_it_is_revoked(server):
    first = created(server, "ci-bot")
    done = token(server, "create", "ci-bot")
    assert done.returncode == 1 and "answered 409: An active service account named 'ci-bot' already exists" in done.stderr
    assert token(server, "revoke", "ci-bot").returncode == 0
    second = created(server, "ci-bot")
    assert [server.run("x", headers=second)["content"], server.get("/agents", headers=first).status_code] == ["Echo: x", 401]
    assert token(server, "revoke", "ci-bot").returncode == 0  # the active one of the two
    assert server.get("/agents", headers=second).status_code == 401


def test_nobody_hides_among_long_scopes(server):
    """Whoever may make accounts makes them as large as they get, and yet they are listed and revoked."""
    scopes = json.dumps(["agents:" + '"' * 21 + ":run"] * 256)  # 8 KiB, and each quotation mark twice in JSON
    created(server, "first")
    with sqlite3.connect(server.folder / "data" / "agentos.db") as database:
        database.executemany(
            "INSERT INTO service_accounts (account_id, name, issuer, token_hash, token_prefix, scopes, created_at)"
            " VALUES (?, ?, '', ?, '', ?, 4102444800)", [(f"i{n}", f"n{n}", f"h{n}", scopes) for n in range(120)])
    database.close()
    assert len(listed(server)) == 121
    assert token(server, "revoke", "n119").returncode == 0
    assert len(listed(server, "--active")) == 120


def test_options_arrive(server):
    headers = created(server, "reader", "--scope", "agents:echo:read", "--scope", "sessions:write", "--never-expires",
                      "--allow-privileged-scopes")
    [account] = listed(server)
    assert [scope["raw"] for scope in account["scopes"]] == ["agents:echo:read", "sessions:write"]
    assert account["expires_at"] is None and server.get("/agents", headers=headers).status_code == 200
    created(server, "brief", "--expires-in-days", "2")
    brief = listed(server)[-1]
    assert brief["expires_at"] - brief["created_at"] == 2 * 86400


@pytest.mark.parametrize("arguments, status, reason", [
    (("x", "--scope", "agent_os:admin"), 400, "allow_privileged_scopes=true"), (("x", "--scope", "nope"), 400, "Invalid scope(s): nope"),
    (("x", "--expires-in-days", "4000"), 422, "expires_in_days: "), (("Not a name",), 422, "name")], ids=str)
def test_what_the_server_refuses_is_told_in_its_words(server, arguments, status, reason):
    done = token(server, "create", *arguments)
    assert (done.returncode, done.stdout) == (1, "") and f"answered {status}: " in done.stderr and reason in done.stderr
    assert listed(server) == []


def test_nobody_does_more_than_his_scopes(server):
    created(server, "ci-bot")
    writer = ("service_accounts:write", "agents:run")
    done = token(server, "create", "more", "--scope", "teams:run", scopes=writer, sub="user-1")
    assert done.returncode == 1 and "answered 403: Cannot grant scope(s) you do not hold: teams:run" in done.stderr
    for command, *arguments in (("list",), ("revoke", "ci-bot"), ("revoke", listed(server)[0]["id"])):
        done = token(server, command, *arguments, scopes=writer, sub="user-1")
        assert done.returncode == 1 and "answered 403: " in done.stderr
    assert [account["revoked_at"] for account in listed(server)] == [None]


def test_a_bad_token_is_told(server):
    done = cli("token", "list", "--url", server.url, "--token", "-", stdin=mint(scopes=ADMIN, secret="x" * 32))
    assert (done.returncode, done.stdout) == (1, "") and "answered 401: " in done.stderr


def test_more_accounts_than_a_page_holds(server):
    for i in range(103):
        answer = server.post("/service-accounts", headers=bearer(scopes=ADMIN), json={"name": f"bot-{i}"})
        assert answer.status_code == 201, answer.text
        PLANTED.add(answer.json()["token"])
    assert sorted(account["name"] for account in listed(server)) == sorted(f"bot-{i}" for i in range(103))
    assert token(server, "revoke", "bot-102").returncode == 0 and len(listed(server, "--active")) == 102
