"""Clients that code generators make from /openapi.json: in TypeScript (openapi-typescript, openapi-fetch, compiled strictly) and in
Python (openapi-python-client). Each lists agents, runs one, and reads its sessions."""
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import agentos
import node
from agentos import ADMIN, mint

CLIENTS = Path(__file__).parent / "clients"
PYTHON = Path(sys.executable)
EXPECTED = {
    "ids": ["echo", "plain"], "model": "Echo", "content": "Echo: hello", "said": ["user: hello", "assistant: Echo: hello"],
    "names": ["typed"], "total": 1, "inputs": ["hello"], "history": ["user", "assistant"],
    "conflict": "Session with id 'made' already exists. Use PATCH /sessions/made to update it.",
}


COMPILED = {"strict": True, "noEmit": True, "target": "es2022", "lib": ["es2022", "dom", "dom.iterable"], "module": "nodenext",
            "allowImportingTsExtensions": True, "types": []}


def run(*command, folder, timeout=180):
    environment = agentos.environment({"PATH": f"{PYTHON.parent}:/usr/bin:/bin", "PYTHONPATH": str(folder)})
    done = subprocess.run([str(part) for part in command], cwd=folder, env=environment, capture_output=True, text=True, timeout=timeout)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return done.stdout


@pytest.fixture
def document(server, tmp_path):
    (tmp_path / "openapi.json").write_text(server.http.get("/openapi.json").text)
    return tmp_path


@pytest.fixture
def server(serve):
    return serve(agentos.config(database="sqlite:clients.db"))


@pytest.fixture
def typed(document):
    """A folder with the types that are made of the document, in which generated_client.ts and wrong.ts can be compiled."""
    for package in ("openapi-typescript", "openapi-fetch", "typescript"):
        node.demand(package)
    modules = node.FOLDER / "node_modules"
    (document / "node_modules").symlink_to(modules)
    (document / "package.json").write_text('{"type": "module"}')
    run(node.PROGRAM, modules / "openapi-typescript/bin/cli.js", "openapi.json", "-o", "schema.d.ts", folder=document)
    return document


def compile_strictly(folder, name):
    (folder / "tsconfig.json").write_text(json.dumps({"compilerOptions": COMPILED, "files": [name]}))
    return subprocess.run([node.PROGRAM, node.FOLDER / "node_modules/typescript/bin/tsc", "-p", "."], cwd=folder,
                          env=agentos.environment(), capture_output=True, text=True, timeout=180)


def test_a_typescript_client_compiles_and_works(server, typed):
    shutil.copy(CLIENTS / "generated_client.ts", typed)
    schema = (typed / "schema.d.ts").read_text()
    assert not re.search(r"^ +(data|items|messages|metrics|model|agents): (unknown|never|Record<string, never>)", schema, re.M)
    done = compile_strictly(typed, "generated_client.ts")
    assert done.returncode == 0, done.stdout
    got = json.loads(run(node.PROGRAM, "--experimental-strip-types", "--no-warnings", "generated_client.ts", server.url,
                         mint(sub="ann", scopes=ADMIN), folder=typed))
    assert got == {**EXPECTED, "created": 201, "event": "RunContentCompleted"}


def test_a_mistake_does_not_compile(typed):
    """What the types are for: a member that no answer has, a body without its message, a status that is not one."""
    (typed / "wrong.ts").write_text("""
import type { components, operations } from "./schema.d.ts";
const agent = {} as components["schemas"]["Agent"];
export const none = agent.instructions_of_nobody;
export const body: operations["create_agent_run"]["requestBody"]["content"]["multipart/form-data"] = {};
export const status: components["schemas"]["Run"]["status"] = "DONE";
export const event: components["schemas"]["RunStartedEvent"]["event"] = "RunContent";
""")
    done = compile_strictly(typed, "wrong.ts")
    assert done.returncode != 0
    assert re.findall(r"^wrong.ts\((\d+),", done.stdout, re.M) == ["4", "5", "6", "7"], done.stdout


def test_a_python_client_is_generated_whole_and_works(server, document):
    generator = PYTHON.parent / "openapi-python-client"
    if not generator.exists():
        pytest.skip("openapi-python-client is not installed")
    (document / "settings.yaml").write_text("post_hooks: []\n")
    said = run(generator, "generate", "--path", "openapi.json", "--output-path", "generated", "--meta", "none",
               "--config", "settings.yaml", folder=document)
    assert said.strip() == "Generating generated"  # any warning is about something that it left out
    made = {file.stem for file in (document / "generated" / "api").glob("*/*.py")} - {"__init__"}
    described = json.loads((document / "openapi.json").read_text())["paths"]
    assert made == {operation["operationId"] for operations in described.values() for operation in operations.values()}
    got = json.loads(run(PYTHON, CLIENTS / "generated_client.py", server.url, mint(sub="ann", scopes=ADMIN), folder=document))
    assert got == {**EXPECTED, "deleted": 204, "config": "test-os", "account": "agno_pat_", "principal": "sa:m1", "accounts": ["m1"],
                   "refused": 401}
