"""What the replay of transcripts needs to be told: how each flow's server is configured, what is
volatile, where we differ by decision (docs/differences.md), and what is not built yet."""
import agentos

# --- how the recorded servers were configured ---

ALPHA = {"id": "alpha", "name": "Alpha", "description": "First test agent", "model": "offline:echo"}
BETA = {"id": "beta", "name": "Beta", "model": "offline:echo"}
BASE = {
    "id": "inv-os", "name": "Inventory OS", "description": "OS used for the inventory", "version": "9.9.9",
    "database": "sqlite:golden.db",
    "cors_origins": ["https://app.example.com"],
    "agents": [{**ALPHA, "instructions": "Be brief.", "add_history_to_context": True, "num_history_runs": 3},
               {**BETA, "role": "helper"}],
    "authorization": agentos.authorization(),
}
# The governance variants were recorded from barer agents.
BARE = {**{key: value for key, value in BASE.items() if key != "description"}, "agents": [ALPHA, BETA]}


def without_authorization(options):
    return {key: value for key, value in options.items() if key != "authorization"}


COOKIE = {"token_source": "cookie", "cookie_name": "agentos_jwt",
          "scope_mappings": {"GET /agents": ["custom:thing"], "GET /models": []},
          "excluded_routes": ["/health", "GET /config"]}
BOTH = {**BASE, "authorization": agentos.authorization(**{**COOKIE, "token_source": "both"})}

FLOWS = {
    "core": {"config": BASE},
    "agents": {"config": BASE},
    "auth_errors": {"config": BASE},
    "validation": {"config": BASE},
    "sessions": {"config": BASE, "after": ["agents"]},
    "audience": {"config": {**BASE, "authorization": agentos.authorization(verify_audience=True)}},
    "open": {"config": without_authorization(BASE)},
    "cookie": {"config": {**BASE, "authorization": agentos.authorization(**COOKIE)},
               "others": {"both: none": BOTH, "both: bad header wins over a good cookie": BOTH}},
    "security_key": {"config": {**without_authorization(BASE), "security_key": "root-key",
                                "authorization": {"allow_weak_keys": True}}},
    "authz_issuer": {"config": {**BARE, "authorization": agentos.authorization(
        issuer="https://idp.example", audience="aud-x", verify_audience=True, excluded_routes_add=["GET /config"])}},
    "authz_ownership": {"config": BARE},
    "authz_ownership_open": {"config": without_authorization(BARE)},
    "authz_isolation": {"config": {**BARE, "authorization": agentos.authorization(user_isolation=True)}},
    "isolation": {"config": {**BASE, "authorization": agentos.authorization(user_isolation=True)}},
    "service_accounts": {"config": BASE},
    "no_os_db": {"config": {**BASE, "database": "memory"}},
    "authz_cors": {"config": {**BARE, "cors_origins": ["https://a.example"]}},
}

FLOWS_NOT_YET = {
    "authz_company": "company surfaces",
    "authz_directory": "user directory",
    "authz_directory_key": "user directory",
    "authz_directory_open": "user directory",
    "authz_mcp": "MCP",
    "authz_queue": "job queue",
    "authz_roles": "stored roles",
    "authz_roles_claim": "stored roles",
    "authz_roles_trust": "stored roles",
    "evals": "evals",
    "hitl": "tools",
    "knowledge": "knowledge",
    "memories": "memories",
    "metrics": "metrics",
    "registry": "registry",
    "schedules": "schedules",
    "teams": "teams",
    "traces": "traces",
    "websocket": "WebSocket",
    "workflows": "workflows",
}

# --- what changes from run to run: only its type is compared ---

VOLATILE = {"created_at", "updated_at", "expires_at", "last_used_at", "revoked_at", "instantiated_at", "duration", "time_to_first_token", "search_time_ms"}

# --- headers that ours have beside the recorded ones; `...`: any value ---

EXTRA_HEADERS = [
    (lambda recorded: recorded["status"] in (401, 403), {"www-authenticate": ...}),
    (lambda recorded: recorded["headers"].get("content-type", "").startswith("text/event-stream"),
     {"cache-control": "no-cache", "x-accel-buffering": "no"}),
    (lambda recorded: recorded["status"] == 201 and "token" in (recorded.get("json") or {}), {"cache-control": "no-store"}),
]


def everywhere(request, recorded):
    """Differences that are not one entry's."""
    body = recorded.get("json")
    path = request["path"].split("?")[0]
    if request["method"] == "GET" and path in ("/agents", "/agents/alpha", "/agents/beta", "/agents/al%70ha"):
        for agent in body if isinstance(body, list) else [body]:
            agent.pop("tools", None)  # the recorded agents have tools, ours cannot have any yet
    if "access-control-allow-methods" in recorded["headers"]:  # ours has no QUERY, so preflights do not offer it
        recorded["headers"]["access-control-allow-methods"] = \
            recorded["headers"]["access-control-allow-methods"].removesuffix(", QUERY")
    if recorded["status"] in (401, 403):
        recorded["headers"].setdefault("vary", "Origin")  # a middleware mounted by hand leaves it out
    if path == "/info":
        body.update(team_count=0, workflow_count=0)  # nor teams and workflows
    if path == "/config" and isinstance(body, dict):
        body.pop("available_models", None)  # any shape of it breaks the clients of one release
        for kind in ("teams", "workflows"):
            if kind in body:
                body[kind] = []
    if isinstance(body, dict) and body.get("agent_data"):  # recorded in every order: a set
        body["agent_data"]["model"] = {key: body["agent_data"]["model"][key] for key in ("id", "name", "provider")}


# --- decided differences: each takes the recorded answer and makes it ours ---

JSON = {"content-type": "application/json", "vary": "Origin"}


def answers(status, body):
    def change(recorded):
        return {"status": status, "headers": dict(JSON), "json": {"detail": body} if isinstance(body, str) else body}
    return change


def home(recorded):
    """The union of what 2.x and 3.x answer."""
    recorded["json"] = {"name": "Inventory OS", "id": "inv-os", "version": "9.9.9", "health": "/health",
                        "info": "/info", "docs": "/docs"}


def page_of_our_own(recorded):
    """Ours works without a CDN, so the text is another and scripts from elsewhere are forbidden."""
    del recorded["text"]
    recorded["headers"].update({"content-security-policy": ..., "x-content-type-options": "nosniff"})


def head_as_get(recorded):
    recorded.update(status=200, text="", headers={**JSON, "content-length": "63"})


def without_body(recorded):
    """The recording leaves the document out; what ours says is another test's."""
    del recorded["json"]


def newest_first(recorded):
    """An unknown sort_by is as if absent; the reference then does not sort at all."""
    recorded["json"]["data"].reverse()


def every_run_counts(tokens, order):
    """The reference forgets a session's sums, and the order of runs within one second, when another
    user's run is saved."""
    def change(recorded):
        session = recorded["json"]
        history = session["chat_history"]
        session["chat_history"] = [history[at] for at in order]
        session["session_name"] = session["chat_history"][0]["content"]
        session["total_tokens"] = tokens
        for sums in (session["metrics"], session["metrics"]["details"]["model"][0]):
            sums.update(input_tokens=tokens * 2 // 3, output_tokens=tokens // 3, total_tokens=tokens)
    return change


def every_run_is_listed(tokens):
    """As every_run_counts, for the one row of a list."""
    def change(recorded):
        row = recorded["json"]["data"][0]
        row["total_tokens"] = tokens
        for sums in (row["metrics"], row["metrics"]["details"]["model"][0]):
            sums.update(input_tokens=tokens * 2 // 3, output_tokens=tokens // 3, total_tokens=tokens)
    return change


PAGE_0 = answers(422, {"detail": [{"type": "greater_than_equal", "loc": ["query", "page"],
                                   "msg": "Input should be greater than or equal to 1", "input": "0", "ctx": {"ge": 1}}]})

DIFFERENT = {
    "cookie": {
        "cookie, custom scope": answers(403, "Insufficient permissions. Required scope(s): agents:read"),
        "scope mapping []": answers(200, [{"id": "echo-1", "provider": "Echo"}]),
    },
    "security_key": {
        "home": home,
    },
    "core": {
        "GET / anonymous": home,
        "HEAD /health": head_as_get,
        "OPTIONS /agents no preflight headers": answers(401, "Authorization header missing"),
        "GET /models admin": answers(200, [{"id": "echo-1", "provider": "Echo"}]),
        "GET /docs anonymous": page_of_our_own,
        "GET /openapi.json anonymous": without_body,
    },
    "auth_errors": {
        "duplicated slash path": home,
        "exp not a number": answers(401, "Invalid token: Expiration Time claim (exp) must be an integer."),
    },
    "validation": {
        "sessions: page=0": PAGE_0,
        "sessions: bad sort_by": newest_first,
    },
    "sessions": {
        "get with wrong type": answers(404, "Team Session with id 's-new' not found"),
    },
    "isolation": {
        "user-2 forks": answers(501, "POST /agents/{agent_id}/sessions/{session_id}/fork is not supported in this version"),
    },
    "authz_isolation": {
        "no sub admin": every_run_is_listed(12),
    },
    "authz_issuer": {
        "default exclusion remains: /": home,
        "verify-only: /authz is not there": answers(501, "GET /authz/roles is not supported in this version"),
    },
    "authz_ownership": {
        "sessions page=0": PAGE_0,
        "user-2 reads it, isolation OFF": every_run_counts(18, [2, 3, 0, 1, 4, 5]),
    },
    "authz_ownership_open": {
        "session o2 owner now": every_run_counts(12, [2, 3, 0, 1]),
    },
}

# --- not built yet, by reason: it may only shrink ---

NOT_YET_BY_REASON = {
    "core": {
        "quick prompts, manifests, knowledge": [
            "GET /config admin", "GET /config with config:read", "GET /config with legacy system:read"],
    },
    "agents": {
        "tools": ["run tool call, stream", "run tool call, no stream"],
        "checkpoints": ["checkpoints", "checkpoint snapshot 1", "checkpoint snapshot bad"],
        "background runs": [
            "background no stream -> 202", "poll background run 0", "poll background run 1", "poll background run 2",
            "poll background run 3", "background stream (resumable)", "resume all", "resume from 1",
            "resume non background run (db path)", "resume unknown"],
        "forks": ["fork session", "fork unknown session"],
        "files": ["upload txt", "upload png", "upload unsupported"],
    },
    "auth_errors": {
        "teams": ["404 team", "404 team run"],
        "workflows": ["404 workflow", "404 workflow run"],
    },
    "validation": {
        "continuing a run": [
            "continue: bad tools json", "continue: no session_id", "continue: unknown run, no stream",
            "continue: unknown run, stream", "continue: bad continue_from"],
        "memories": ["memories: empty object", "memories: wrong types", "delete memories: empty list"],
        "traces": ["traces bad page", "traces bad time"],
        "metrics": ["metrics bad date"],
    },
    "sessions": {
        "it lists sessions of teams, workflows and tools": [
            "list all", "list agent", "list team", "list workflow", "list page", "list page past the end",
            "list sorted asc", "list by component", "list by user"],
        "teams": ["get team without type", "get team", "team runs"],
        "workflows": ["get workflow", "workflow runs"],
    },
    "open": {
        "memories": ["memory without user"],
        "WebSocket": ["open", "open bogus pat", "open authenticate with anything"],
    },
    "cookie": {
        "quick prompts, manifests, knowledge": ["excluded route"],
    },
    "security_key": {
        "quick prompts, manifests, knowledge": ["pat config"],
        "WebSocket": ["security key"],
    },
    "authz_issuer": {
        "WebSocket": ["wrong issuer"],
    },
    "authz_ownership": {
        "continuing a run": [
            "continue through the wrong agent", "continue unknown run, no stream", "continue without session_id",
            "continue completed run"],
        "background runs": ["resume through the wrong agent", "resume"],
        "forks": ["fork through the wrong agent"],
        "teams": ["team run in the agent's session", "team run in the agent's session, other user"],
        "workflows": ["workflow run by user-1", "workflow run by user-2 in it"],
        "versions of components": ["version 7"],
        "memories": ["memories page=0"],
    },
    "isolation": {
        "background runs": ["user-2 resume"],
        "continuing a run": ["user-2 continue"],
        "memories": [
            "user-1 memory", "user-2 memory claiming user-1", "user-2 lists memories of user-1", "user-2 gets memory",
            "user-2 patches memory", "user-2 deletes memory", "user-1 memory is there", "user-2 topics", "user-2 stats"],
        "traces": ["user-2 traces"],
    },
    "authz_isolation": {
        "compaction": ["compact"],
        "media": ["media unknown"],
        "filesystem": ["filesystem entries", "filesystem files"],
        "job queue": ["queue", "queue jobs"],
        "WebSocket": ["no sub (WebSocket)"],
    },
    "authz_ownership_open": {
        "WebSocket": ["open"],
    },
    "no_os_db": {
        "components": ["GET /components"],
        "schedules": ["GET /schedules", "GET /schedules/x"],
        "approvals": ["GET /approvals"],
        "registry": ["GET /registry"],
        "quick prompts, manifests, knowledge": ["config"],
    },
    "authz_cors": {
        "origins by pattern": ["GET 200 https://x.b.example", "GET 401 https://x.b.example", "preflight https://x.b.example"],
    },
}

NOT_YET = {flow: {name: reason for reason, names in reasons.items() for name in names}
           for flow, reasons in NOT_YET_BY_REASON.items()}
