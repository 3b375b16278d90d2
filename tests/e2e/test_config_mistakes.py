"""Mistakes of the first week in agentos.yaml, .env and the environment: what `agentos config check` says to each."""
import json
import subprocess

import pytest

from agentos import ROOT, cli

LIST = "must be a list, as in [first, second]"
NOT_BUILT = "agno's option, not supported in this version"
MODELS = "agno's option; it stands in `models`"
AGENT = "agents:\n  - id: a\n    model: offline:echo\n"
SECRET = "a-shared-secret-of-more-than-32-bytes"


def check(folder, text, env=None, dotenv=None):
    (folder / "agentos.yaml").write_text(text)
    if dotenv is not None:
        (folder / ".env").write_text(dotenv)
    return cli("config", "check", cwd=folder, env=env)


def faults(done):
    """What is said of each key, without the places."""
    lines = (done.stdout + done.stderr).splitlines()
    return [line.split(" ", 1)[1] for line in lines if line.startswith(("agentos.yaml:", ".env:", "environment:"))]


# The sentences of the first week's list, each with others of its kind.
FAULTS = {
    # agno's options
    "tools": (AGENT + "    tools: [search]\n", "agents[0].tools: not supported in this version"),
    "knowledge": (AGENT + "    knowledge: x\n", f"agents[0].knowledge: {NOT_BUILT}"),
    "memory": (AGENT + "    enable_agentic_memory: true\n", f"agents[0].enable_agentic_memory: {NOT_BUILT}"),
    "markdown": (AGENT + "    markdown: true\n", "agents[0].markdown: agno's option; write it in `instructions`"),
    "temperature": (AGENT + "    temperature: 0.2\n", f"agents[0].temperature: {MODELS}"),
    "max_tokens": (AGENT + "    max_tokens: 1\n", f"agents[0].max_tokens: {MODELS}"),
    "db of an agent": (AGENT + "    db: x\n", "agents[0].db: agno's option; all agents share the `database` of this file"),
    "mcp": (AGENT + "mcp_server: true\n", f"mcp_server: {NOT_BUILT}"),
    "authorization_config": (AGENT + "authorization_config: {}\n",
                             "authorization_config: agno's name: its members stand under `authorization`"),
    "cors_allowed_origins": (AGENT + "cors_allowed_origins: []\n", "cors_allowed_origins: agno's name: here it is `cors_origins`"),
    "excluded_route_paths": (AGENT + "authorization: {excluded_route_paths: []}\n",
                             "authorization.excluded_route_paths: agno's name: here it is `excluded_routes`"),
    "nobody's option": (AGENT + "    banana: 1\n", "agents[0].banana: unknown key"),
    # lists, maps and words
    "a map of agents": ("agents: {a: {model: offline:echo}}\n", "agents: must be a list of at most 1000 agents, each as in `- id: my-agent`"),
    "one agent": ("agents: a\n", "agents: must be a list of at most 1000 agents, each as in `- id: my-agent`"),
    "one key": ("authorization: {verification_keys: x}\n", f"authorization.verification_keys: {LIST}"),
    "one mapping": ("authorization: {roles_claim: r, roles: {viewer: 'agents:read'}}\n", f"authorization.roles.viewer: {LIST}"),
    "one origin": ("cors_origins: https://a.example\n", f"cors_origins: {LIST}"),
    "algorithm": ("authorization: {algorithm: RS265}\n",
                  "authorization.algorithm: did you mean 'RS256'? It must be one of: RS256 RS384 RS512 PS256 PS384 PS512 ES256 ES384 ES512 "
                  "EdDSA Ed25519 HS256 HS384 HS512"),
    "level": ("log: {level: warn}\n", "log.level: must be one of: debug info warning error"),
    "level, nearly": ("log: {level: warnin}\n", "log.level: did you mean 'warning'? It must be one of: debug info warning error"),
    "yes": ("authorization: {enabled: yes}\n", "authorization.enabled: must be true or false"),
    "true in quotes": ("authorization: {enabled: 'true'}\n", "authorization.enabled: must be true or false; quotes make it a text"),
    # models
    "ollama": ("agents: [{id: a, model: 'ollama:llama3'}]\n",
               "agents[0].model: unknown provider or model 'ollama'; providers: openai, openai-chat, offline; Ollama: a models: entry with "
               "provider: openai-chat, base_url: http://127.0.0.1:11434/v1"),
    "anthropic": ("agents: [{id: a, model: 'anthropic:claude'}]\n",
                  "agents[0].model: unknown provider or model 'anthropic'; providers: openai, openai-chat, offline; any server with Chat "
                  "Completions: a models: entry with provider: openai-chat and its base_url"),
    "opnai": ("agents: [{id: a, model: 'opnai:gpt-5.2'}]\n", "agents[0].model: unknown provider or model 'opnai'; did you mean 'openai'?"),
    # YAML
    "a tab": ("agents:\n\t- id: a\n", "a tab cannot indent; use spaces"),
    "a tab after blanks": ("log:\n  level: info\n \tformat: text\n", None),
    "less indented": ("agents:\n- id: a\n  model: offline:echo\n name: x\n", "the indentation does not match the lines above"),
    "less than its list": ("agents:\n  - id: a\n   model: offline:echo\n", "the indentation does not match the lines above"),
    "no colon": ("name x\nlisten: 127.0.0.1:1\n", "must be KEY: VALUE; a colon is missing, or the next line is indented too far"),
    "too far": ("name: x\n  listen: 127.0.0.1:1\n", "must be KEY: VALUE; a colon is missing, or the next line is indented too far"),
    "special character": ("name: @x\n", "a value that begins with a special character needs quotes"),
    "an anchor": ("name: &n x\nid: *n\n", "anchors (&), aliases (*) and tags (!) are not supported"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_mistake_is_told_with_what_to_write(tmp_path, name):
    text, sentence = FAULTS[name]
    done = check(tmp_path, text)
    assert done.returncode == 2
    assert (sentence in faults(done)) if sentence else len(faults(done)) == 1, done.stdout


@pytest.mark.parametrize("option", ["verification_keys", "issuers"])
def test_a_path_in_place_of_a_key_is_recognized(tmp_path, option):
    assert cli("keys", "generate", "--out", tmp_path / "keys").returncode == 0
    keys = {"verification_keys": ["keys/public.pem"]}
    block = {"enabled": True, **(keys if option == "verification_keys" else {"issuers": [{"issuer": "https://i.example", "audience": "a", **keys}]})}
    done = check(tmp_path, AGENT + "authorization: " + json.dumps(block))
    assert done.returncode == 2
    assert any(fault.endswith("verification_keys[0]: this looks like a path: write {file: keys/public.pem}") for fault in faults(done)), done.stdout


def test_a_secret_is_not_taken_for_a_path(tmp_path):
    done = check(tmp_path, AGENT + f"authorization: {{enabled: true, algorithm: HS256, verification_keys: [{SECRET}]}}\n")
    assert done.returncode == 0 and SECRET not in done.stdout + done.stderr


@pytest.mark.parametrize("half", ["public.pem", "private.pem"])
def test_pem_in_place_of_a_key_set_is_recognized(tmp_path, half):
    assert cli("keys", "generate", "--out", tmp_path / "keys").returncode == 0
    done = check(tmp_path, AGENT + f"authorization: {{enabled: true, jwks_file: keys/{half}}}\n")
    assert done.returncode == 2 and "authorization.jwks_file: this is PEM: use verification_keys, or make a set with `agentos jwks`" in faults(done)


@pytest.mark.parametrize(("made", "configured", "advice"), [
    ("ES256", "RS256", "RS256 needs a key of kind RSA; this one is prime256v1; set algorithm: ES256"),
    ("ES384", "ES256", "ES256 needs a key of kind P-256; this one is secp384r1; set algorithm: ES384"),
    ("EdDSA", "RS256", "RS256 needs a key of kind RSA; this one is ED25519; set algorithm: EdDSA"),
    ("RS256", "ES256", "ES256 needs a key of kind P-256; this one is RSA; set algorithm: RS256")])
def test_a_key_of_another_kind_is_told_with_its_algorithm(tmp_path, made, configured, advice):
    assert cli("keys", "generate", "--alg", made, "--out", tmp_path / "keys").returncode == 0
    done = check(tmp_path, AGENT + f"authorization: {{enabled: true, algorithm: {configured}, verification_keys: [{{file: keys/public.pem}}]}}\n")
    assert done.returncode == 2 and f"authorization.verification_keys[0]: {advice}" in faults(done), done.stdout


WARNINGS = {
    "no /v1": (AGENT + "models: {l: {provider: openai-chat, base_url: 'http://127.0.0.1:11434'}}\n",
               "models.l.base_url: warning: has no path; OpenAI-compatible servers are under /v1"),
    "a slash alone": (AGENT + "models: {l: {provider: openai-chat, base_url: 'http://127.0.0.1:11434/'}}\n",
                      "models.l.base_url: warning: has no path; OpenAI-compatible servers are under /v1"),
    "a placeholder": (AGENT + "    instructions: ${PROMPT}\n",
                      "agents[0].instructions: warning: ${PROMPT} is not replaced; write {env: PROMPT}"),
    "a placeholder inside": (AGENT + "name: 'my ${STAGE} server'\n", "name: warning: ${STAGE} is not replaced; write {env: STAGE}"),
    "a mapping of one agent": (AGENT + "authorization: {algorithm: HS256, verification_keys: [%s], scope_mappings: "
                               "{'GET /agents/my-agent': ['app:read']}}\n" % SECRET,
                               "authorization.scope_mappings: warning: 'GET /agents/my-agent' is not a route of this server; write GET "
                               "/agents/{agent_id}, or grant a scope for one resource, such as agents:my-agent:run"),
    "a mapping of nothing": (AGENT + "authorization: {algorithm: HS256, verification_keys: [%s], scope_mappings: "
                             "{'GET /nothing': ['app:read']}}\n" % SECRET,
                             "authorization.scope_mappings: warning: 'GET /nothing' is not a route of this server"),
    "a misspelled scope": (AGENT + "authorization: {algorithm: HS256, verification_keys: [%s], roles_claim: r, roles: "
                           "{viewer: ['agent:read']}}\n" % SECRET,
                           "authorization.roles: warning: no route requires the scope 'agent:read' of the role 'viewer'; did you mean "
                           "'agents:read'?"),
}


@pytest.mark.parametrize("name", WARNINGS)
def test_what_is_probably_not_meant_is_warned_of(tmp_path, name):
    text, sentence = WARNINGS[name]
    done = check(tmp_path, text)
    assert done.returncode == 0 and sentence in faults(done), done.stdout


@pytest.mark.parametrize("text", [
    AGENT + "models: {l: {provider: openai-chat, base_url: 'http://127.0.0.1:11434/v1'}}\n",
    AGENT + "    instructions: costs $ {5} or ${}\n",
    AGENT + "authorization: {algorithm: HS256, verification_keys: [%s], scope_mappings: {'GET /config': ['agent:read']}, roles_claim: r, "
            "roles: {viewer: ['agent:read']}}\n" % SECRET], ids=["/v1", "no placeholder", "a scope of its own mapping"])
def test_what_is_right_is_not_warned_of(tmp_path, text):
    done = check(tmp_path, text)
    assert done.returncode == 0 and not any("/v1" in fault or "replaced" in fault or "no route requires" in fault for fault in faults(done))


@pytest.mark.parametrize("text", ["", "name: x\n", "agents: []\n"], ids=repr)
def test_a_configuration_without_agents_is_told_as_such(tmp_path, text):
    done = check(tmp_path, text)
    assert (done.returncode, done.stderr) == (0, "agentos: warning: agentos.yaml has no agents\n")


@pytest.mark.parametrize(("name", "nearest"), [("AGENT_OS_PROT", "AGENT_OS_PORT"), ("JWT_VERIFICATON_KEY", "JWT_VERIFICATION_KEY"),
                                               ("JWT_UNRELATED_NAME", None)])
@pytest.mark.parametrize("where", ["environment", ".env"])
def test_a_variable_that_is_not_read_is_warned_of(tmp_path, name, nearest, where):
    variables = {"env": {name: "planted"}} if where == "environment" else {"dotenv": f"{name}=planted\n"}
    done = check(tmp_path, AGENT, **variables)
    assert f"{name}: warning: is not read" + (f"; did you mean '{nearest}'?" if nearest else "") in faults(done), done.stdout
    assert done.returncode == 0 and "planted" not in done.stdout + done.stderr


@pytest.mark.parametrize("name", ["AGENT_OS_PORT", "JWT_JWKS_FILE", "MY_JWT_KEY"])
def test_a_variable_that_is_read_or_not_ours_is_not_warned_of(tmp_path, name):
    done = check(tmp_path, AGENT, env={name: "1"})
    assert not any("is not read" in fault for fault in faults(done))


def test_a_pem_without_quotes_in_a_dotenv_file_is_recognized(tmp_path):
    assert cli("keys", "generate", "--out", tmp_path / "keys").returncode == 0
    pem = (tmp_path / "keys/public.pem").read_text()
    done = check(tmp_path, AGENT, dotenv=f"JWT_VERIFICATION_KEY={pem}")
    assert done.returncode == 2 and "must be NAME=VALUE; a PEM needs quotes around it" in faults(done), done.stdout
    assert pem.splitlines()[1] not in done.stdout + done.stderr
    assert check(tmp_path, AGENT, dotenv=f'JWT_VERIFICATION_KEY="{pem}"').returncode == 0
    assert "must be NAME=VALUE" in faults(check(tmp_path, AGENT, dotenv="NAME\n"))


def test_an_agent_that_is_not_configured_is_not_allowed(tmp_path):
    (tmp_path / "agentos.yaml").write_text(AGENT)
    for path, code, said in (("/agents/a", 0, "allowed"), ("/agents/b/runs", 1, "no   agent            no agent 'b' here: 404"),
                             ("/agents/b", 1, "refused: 404 Agent not found"), ("/agents", 0, "allowed"), ("/sessions/b", 0, "allowed")):
        done = cli("auth", "explain", "POST" if path.endswith("runs") else "GET", path, "", cwd=tmp_path)
        assert done.returncode == code and said in done.stdout.splitlines(), done.stdout


def test_each_option_of_agno_is_known_by_name(tmp_path):
    """The signatures of the installed reference, which a new version may extend."""
    python = ROOT / ".venv-agno3/bin/python"
    if not python.is_file():
        pytest.skip("agno is not installed")
    script = ("import inspect, json; from agno.agent import Agent; from agno.os import AgentOS; from agno.os.config import AuthorizationConfig;"
              "print(json.dumps([list(inspect.signature(Agent.__init__).parameters)[1:], list(inspect.signature(AgentOS.__init__).parameters)[1:],"
              "list(AuthorizationConfig.model_fields)]))")
    agent, root, authorization = json.loads(subprocess.run([python, "-c", script], capture_output=True, text=True, check=True).stdout.splitlines()[-1])
    text = "".join(f"{key}: {{}}\n" for key in root if key not in ("agents", "authorization"))
    text += "agents:\n- " + "".join(f"{key}: {{}}\n  " for key in agent) + "\nauthorization:\n" + "".join(f"  {key}: {{}}\n" for key in authorization)
    done = check(tmp_path, text)
    assert len(agent) > 90 and not any("unknown key" in fault for fault in faults(done)), [f for f in faults(done) if "unknown" in f]
