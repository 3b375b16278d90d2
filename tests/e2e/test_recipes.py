"""Every recipe of docs/auth.md, as it stands there, with a token as that provider makes it. Only the
keys are at hand instead of fetched."""
import json
import re

import pytest
import yaml

import agentos
from agentos import cli, config
from key_server import Key

TEXT = (agentos.ROOT / "docs/auth.md").read_text()
RECIPES = dict(re.findall(r"^### (\w+)\n\n```yaml\n(.*?)```", TEXT, re.M | re.S))

# What the provider puts into a token beside iss, sub, iat and exp; all of them may read agents.
TOKENS = {
    "workos": {"sid": "session_1", "role": "member", "permissions": []},
    "auth0": {"aud": ["https://api.example.com", "https://tenant.eu.auth0.com/userinfo"], "scope": "openid",
              "permissions": ["agents:read"]},
    "okta": {"aud": "api://default", "cid": "c", "uid": "u", "scp": ["openid", "agents:read"]},
    "clerk": {"azp": "https://app.example.com", "sid": "s", "v": 2, "fea": "o:agents",
              "o": {"id": "org_1", "rol": "member", "per": "read,run", "fpm": "1"}},
    "supabase": {"aud": "authenticated", "role": "authenticated", "session_id": "s", "user_metadata": {}},
    "firebase": {"aud": "my-project", "auth_time": 1, "roles": ["editor"], "firebase": {}},
    "cognito": {"client_id": "1example23456789", "token_use": "access", "scope": "agentos/agents:read"},
    "keycloak": {"aud": ["agentos", "account"], "typ": "Bearer", "azp": "spa",
                 "resource_access": {"agentos": {"roles": ["agents:read"]}}},
    "entra": {"aud": "11111111-1111-1111-1111-111111111111", "ver": "2.0", "tid": "0", "azp": "c", "scp": "agents:read"},
    "google": {"aud": "https://os.example.com", "azp": "117", "email_verified": True,
               "email": "robot@my-project.iam.gserviceaccount.com"},
    "gitlab": {"aud": "https://os.example.com", "project_id": "22", "project_path": "g/p", "job_id": "302"},
    "kubernetes": {"aud": ["agentos"], "sub": "system:serviceaccount:prod:worker",
                   "kubernetes.io": {"namespace": "prod", "serviceaccount": {"name": "worker"}}},
    "generic": {"aud": "my-agent-os", "scope": "agents:read"},
}


def test_there_is_a_recipe_for_each_preset_of_three_to_six_lines():
    assert set(RECIPES) == set(TOKENS)
    for name, recipe in RECIPES.items():
        assert 3 <= len(recipe.splitlines()) <= 6, name


@pytest.mark.parametrize("name", TOKENS)
def test_a_recipe_lets_its_provider_in(serve, tmp_path, name):
    key = Key("k1", "ES256" if name == "supabase" else "RS256")
    (one,) = yaml.safe_load(RECIPES[name])
    jwks = {"keys": [key.jwk()]}
    if name == "keycloak":
        jwks["keys"].append(Key("k2").jwk(use="enc", alg="RSA-OAEP"))
    file = tmp_path / "keys.json"
    file.write_text(json.dumps(jwks))

    plain = tmp_path / "agentos.yaml"
    plain.write_text(json.dumps(config(authorization={"issuers": [one]})))
    checked = cli("config", "check", plain)
    assert checked.returncode == 0 and f"preset: {name}" in checked.stdout, checked.stdout

    server = serve(config(authorization={"issuers": [{**one, "jwks_file": str(file)}]}))
    sub = TOKENS[name].get("sub", "ada")
    claims = {claim: value for claim, value in TOKENS[name].items() if claim != "sub"}
    headers = agentos.bearer(sub, scopes=None, secret=key.private, algorithm=key.algorithm,
                             headers={"kid": "k1"}, ttl=60, iss=one["issuer"], **claims)
    assert server.get("/agents", headers=headers).status_code == 200
    assert [agent["id"] for agent in server.get("/agents", headers=headers).json()] == ["echo", "plain"]
    again = agentos.bearer(sub, scopes=None, secret=key.private, algorithm=key.algorithm, headers={"kid": "k1"},
                           ttl=60, iss=one["issuer"] + "x", **claims)
    assert server.get("/agents", headers=again).status_code == 401


def test_a_provider_keeps_its_permission_names(serve, tmp_path):
    """Of the recipe: the names that are listed grant what they are listed with, and others nothing."""
    part = TEXT.split("### Your provider's permission names", 1)[1]
    (issuer,) = yaml.safe_load(re.search(r"```yaml\n(.*?)```", part, re.S)[1])["authorization"]["issuers"]
    key = Key("k1")
    file = tmp_path / "keys.json"
    file.write_text(json.dumps({"keys": [key.jwk()]}))
    server = serve(config(authorization={"issuers": [{**issuer, "jwks_file": str(file)}]}))
    for permissions, codes in ((["read:assistants"], (200, 403)), (["read:assistants", "use:assistants"], (200, 200)),
                               (["agents:read"], (200, 403)), (["read:others"], (403, 403)), ([], (403, 403))):
        headers = agentos.bearer("ada", scopes=None, secret=key.private, algorithm="RS256", headers={"kid": "k1"}, ttl=60,
                                 iss=issuer["issuer"], aud=issuer["audience"], permissions=permissions)
        form = {"message": "x", "stream": "false"}
        assert (server.get("/agents", headers=headers).status_code,
                server.post("/agents/echo/runs", headers=headers, data=form).status_code) == codes, permissions
