"""What cannot be meant is refused at start: exit status 2 and one sentence that says what to do. So is a server
that would be open to others because nobody said otherwise (agno #10051). Secrets that are missing are
test_missing_secret.py's."""
import json
import re
import resource
import socket
from pathlib import Path

import pytest

import agentos
from agentos import authorization, cli, config, refused
from test_auth import EC_KEYS, RSA_KEY

PUBLIC, PRIVATE = RSA_KEY[1], RSA_KEY[0]

REFUSED = {
    # name: (configuration, environment, what the sentence must mention)
    "a PEM under HS256": (config(authorization=authorization(verification_keys=[PUBLIC])), {}, ["HS256"]),
    "a secret under RS256": (config(authorization=authorization(algorithm="RS256")), {}, ["RS256"]),
    "an EC key under RS256": (config(authorization=authorization(
        verification_keys=[EC_KEYS["ES256"][1]], algorithm="RS256")), {}, ["RS256"]),
    "the wrong curve": (config(authorization=authorization(
        verification_keys=[EC_KEYS["ES384"][1]], algorithm="ES256")), {}, ["ES256"]),
    "a private key": (config(authorization=authorization(
        verification_keys=[PRIVATE], algorithm="RS256")), {}, ["private"]),
    "a broken PEM": (config(authorization=authorization(
        verification_keys=[PUBLIC.replace("A", "B", 20)], algorithm="RS256")), {}, ["verification_keys"]),
    "a short secret": (config(authorization=authorization(verification_keys=["short"])), {}, ["32"]),
    "algorithm none": (config(authorization=authorization(algorithm="none")), {}, ["authorization.algorithm: "]),
    "an unknown algorithm": (config(authorization=authorization(algorithm="RS257")), {}, ["authorization.algorithm: ", "RS256"]),
    "JWT_JWKS_URL": (config(), {"JWT_JWKS_URL": "http://x/jwks.json"}, ["JWT_JWKS_URL", "https"]),
    "tools": (config(agents=[{"id": "a", "model": "offline:echo", "tools": ["x"]}]), {}, ["tools"]),
    "teams": (config(teams=[{"id": "t"}]), {}, ["teams"]),
    "a list of issuers": (config(authorization=authorization(issuers=[{"issuer": "https://x"}])), {}, ["issuers"]),
    "an unknown key": (config(lisen="127.0.0.1:0"), {}, ["lisen", "listen"]),
    "an unknown provider": (config(agents=[{"id": "a", "model": "nobody:x"}]), {}, ["nobody"]),
    "an agent without a model": (config(agents=[{"id": "a"}]), {}, ["model"]),
    "one id twice": (config(agents=[{"id": "a", "model": "offline:echo"}] * 2), {}, ["a"]),
    "an impossible id": (config(agents=[{"id": "a:b", "model": "offline:echo"}]), {}, ["id"]),
    "an id that no URL reaches": (config(agents=[{"id": "..", "model": "offline:echo"}]), {}, ["agents[0].id: ", "'..'"]),
    "a wrong type": (config(agents="none"), {}, ["agents"]),
    "an unknown database": (config(database="mysql://x"), {}, ["database"]),
    "broken YAML": ("agents: [\n", {}, ["agentos.yaml"]),
    "a tab in YAML": ("id: x\n\tname: y\n", {}, ["agentos.yaml"]),
    "a YAML bomb": ("a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
        f"{chr(98 + i)}: &{chr(98 + i)} [" + ", ".join([f"*{chr(97 + i)}"] * 9) + "]\n" for i in range(8)), {}, []),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused(tmp_path, name):
    options, env, words = REFUSED[name]
    status, said = refused(tmp_path, options, env=env)
    assert status == 2, said
    assert all(word in said for word in words), said
    assert agentos.SECRET not in said
    assert len(said.strip().splitlines()) <= 5, said


@pytest.mark.parametrize("name", REFUSED)
def test_config_check_finds_what_serve_refuses(tmp_path, name):
    """The same lines, before anything is served: FILE:LINE:COL, or the variable, and the key."""
    options, env, words = REFUSED[name]
    _, said = refused(tmp_path, options, env=env)
    done = agentos.cli("config", "check", tmp_path / "agentos.yaml", env=env, cwd=tmp_path)
    assert done.returncode == 2 and agentos.SECRET not in done.stdout
    assert done.stdout and done.stdout in said
    assert all(re.match(rf"({re.escape(str(tmp_path))}/agentos.yaml:\d+:\d+|environment): ", line)
               for line in done.stdout.splitlines()), done.stdout


def test_an_open_server_says_so(serve):
    said = "warning no authentication: everybody may do everything"
    assert said in serve(agentos.config(authorization=None)).log
    assert said not in serve(agentos.config()).log


def test_config_check_knows_an_open_server_within_reach(tmp_path):
    file = tmp_path / "agentos.yaml"
    file.write_text("name: x\nlisten: 0.0.0.0:7777\n")
    done = agentos.cli("config", "check", file)
    assert done.returncode == 2 and done.stdout.startswith(f"{file}:2:9: listen: ") and "--open" in done.stdout
    assert agentos.cli("config", "check", "--open", file).returncode == 0
    assert agentos.cli("config", "check", "--host", "127.0.0.1", file).returncode == 0
    assert agentos.cli("config", "check", file, env={"OS_SECURITY_KEY": agentos.SECRET}).returncode == 0
    assert not (tmp_path / "data").exists()


def test_a_file_that_is_not_there(tmp_path):
    done = agentos.cli("serve", "--config", tmp_path / "nowhere.yaml")
    assert done.returncode in (1, 2) and "nowhere.yaml" in done.stderr


# docs/design/security.md 19
def test_a_public_address_without_authentication_needs_open(tmp_path, serve):
    status, said = refused(tmp_path, config(authorization=None), "--host", "0.0.0.0")
    assert status == 2 and "--open" in said
    server = serve(config(authorization=None), arguments=["--host", "0.0.0.0", "--open"])
    assert server.get("/health").status_code == 200


def test_a_public_address_with_authentication_does_not(serve):
    assert serve(arguments=["--host", "0.0.0.0"]).get("/agents").status_code == 401


def test_a_busy_port_is_an_error_and_not_a_silent_partner(tmp_path, serve):
    """Both with a stranger's listener and with a server of our own, which listens with SO_REUSEPORT."""
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen()
        status, said = refused(tmp_path, config(), "--port", busy.getsockname()[1])
        assert status == 1 and str(busy.getsockname()[1]) in said and "--port" in said
    first = serve()
    status, said = refused(tmp_path, config(), "--port", first.port)
    assert status == 1 and str(first.port) in said


def test_a_database_that_another_process_serves_is_refused(tmp_path, serve):
    """Commands that only read work beside it; one that was killed leaves nothing behind."""
    database = f"sqlite:{tmp_path}/shared.db"
    first = serve(config(database=database))
    status, said = refused(tmp_path, config(database=database))
    assert status == 2 and f"in use by the process {first.process.pid}: '{tmp_path}/shared.db'" in said, said
    migrated = cli("db", "migrate", "--database", database)
    assert migrated.returncode == 2 and "in use by the process" in migrated.stderr
    assert cli("db", "backup", "--database", database, tmp_path / "copy.db").returncode == 0
    assert cli("audit", "verify", "--config", first.folder / "agentos.yaml").returncode == 0
    first.process.kill()
    first.process.wait()
    assert cli("db", "migrate", "--database", database).returncode == 0


def test_serving_no_agents_is_said(tmp_path, serve):
    for text in ("id: x\n", ""):
        server = serve(text)
        assert "agentos.yaml has no agents" in server.log
        assert server.get("/agents").json() == []


@pytest.mark.parametrize("arguments", [(), ("--port", "0"), ("--host", "127.0.0.1"), ("--loops", "1")], ids=" ".join)
def test_a_folder_without_a_configuration_is_not_served(tmp_path, arguments):
    done = agentos.cli("serve", *arguments, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "") and list(tmp_path.iterdir()) == []
    assert done.stderr.endswith("agentos: no agentos.yaml in this folder, so there is nothing to serve; `agentos init` makes one, and "
                                "--config names another\n")


def test_open_serves_without_a_configuration(tmp_path):
    with socket.socket() as busy:  # so that it ends
        busy.bind(("127.0.0.1", 0))
        busy.listen()
        done = agentos.cli("serve", "--open", "--port", busy.getsockname()[1], cwd=tmp_path)
    assert done.returncode == 1 and "no agentos.yaml in this folder, so there are no agents" in done.stderr


def test_precedence_flag_environment_file(serve):
    server = serve(config(listen="127.0.0.1:1"), env={"AGENT_OS_PORT": "2"})
    assert server.port not in (1, 2)


def test_an_env_file_beside_the_configuration(serve, tmp_path):
    (tmp_path / "server-0").mkdir()
    (tmp_path / "server-0" / ".env").write_text(f'JWT_VERIFICATION_KEY="{PUBLIC.strip()}"\n')
    server = serve(config(authorization=True))
    headers = agentos.bearer(secret=PRIVATE, algorithm="RS256")
    assert server.get("/agents", headers=headers).status_code == 200


def test_it_starts_fast(serve):
    import time
    started = time.monotonic()
    serve()
    assert time.monotonic() - started < 5  # generous: a sanitized build on a busy machine


def test_a_server_leaves_no_core_file(serve):
    """Keys are in its memory (docs/design/security.md 28); the hard limit is the operator's."""
    limits = Path(f"/proc/{serve(config()).process.pid}/limits").read_text()
    soft, hard = re.search(r"Max core file size +(\S+) +(\S+)", limits).groups()
    assert soft == "0" and hard == str(resource.getrlimit(resource.RLIMIT_CORE)[1]).replace("-1", "unlimited")


AUTHORIZATIONS = {
    "jwt, HS256, 1 key, scopes enforced": (config(), {}),
    "jwt, HS256, 2 keys, scopes not enforced": (config(authorization={
        "enabled": False, "algorithm": "HS256", "verification_keys": [agentos.SECRET, agentos.SECRET + "2"]}), {}),
    "one security key for everybody": (config(authorization=None), {"OS_SECURITY_KEY": agentos.SECRET}),
    "none: everybody may do everything": (config(authorization=None), {}),
}


@pytest.mark.parametrize("said", AUTHORIZATIONS)
def test_the_first_line_says_what_is_served(serve, said):
    options, env = AUTHORIZATIONS[said]
    server = serve(options, env=env)
    first = server.log.splitlines()[0]
    assert re.search(rf' info starting version=\d\S* configuration={re.escape(str(server.file))} database=memory '
                     rf'authorization="{re.escape(said)}" agents=2 pid={server.pid}$', first), first
    assert f"  authorization  {said}\n" in cli("config", "check", server.file, env=env).stdout


@pytest.mark.parametrize("more, level", [
    ({}, "debug"), ({"excluded_routes": ["/health"]}, "info"), ({"excluded_routes_add": ["GET /config"]}, "info")])
def test_public_routes_are_listed_where_they_differ(serve, more, level):
    log = serve(config(authorization=authorization(**more), log={"level": "debug"})).log
    listed, = [line for line in log.splitlines() if " public routes " in line]
    assert f" {level} " in listed and "GET /health" in listed
    assert ("GET /config" in listed) == ("excluded_routes_add" in more)


@pytest.mark.parametrize("level", ["debug", "info", "error"])
def test_a_json_log_is_json_from_the_first_line_on(serve, level):
    server = serve(config(log={"format": "json", "level": level}))
    lines = [json.loads(line) for line in server.log.splitlines()]
    ready, = [line for line in lines if line["event"] == "listening"]
    assert server.get("/health").status_code == 200 and ready["url"] in str(server.get("/health").url)
