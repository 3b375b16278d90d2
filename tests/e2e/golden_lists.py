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


FLOWS = {
    "core": {"config": BASE},
    "agents": {"config": BASE},
    "auth_errors": {"config": BASE},
    "validation": {"config": BASE},
    "sessions": {"config": BASE, "after": ["agents"]},
    "audience": {"config": {**BASE, "authorization": agentos.authorization(verify_audience=True)}},
    "open": {"config": without_authorization(BASE)},
    "authz_issuer": {"config": {**BARE, "authorization": agentos.authorization(
        issuer="https://idp.example", audience="aud-x", verify_audience=True)}},
    "authz_ownership": {"config": BARE},
    "authz_ownership_open": {"config": without_authorization(BARE)},
    "authz_cors": {"config": {**BARE, "cors_origins": ["https://a.example"]}},
}

FLOWS_NOT_YET = {
    "authz_company": "company surfaces",
    "authz_directory": "user directory",
    "authz_directory_key": "user directory",
    "authz_directory_open": "user directory",
    "authz_isolation": "user isolation",
    "authz_mcp": "MCP",
    "authz_queue": "job queue",
    "authz_roles": "stored roles",
    "authz_roles_claim": "stored roles",
    "authz_roles_trust": "stored roles",
    "cookie": "tokens from cookies",
    "evals": "evals",
    "hitl": "tools",
    "isolation": "user isolation",
    "knowledge": "knowledge",
    "memories": "memories",
    "metrics": "metrics",
    "no_os_db": "components, schedules, approvals, service accounts",
    "registry": "registry",
    "schedules": "schedules",
    "security_key": "security key",
    "service_accounts": "service accounts",
    "teams": "teams",
    "traces": "traces",
    "websocket": "WebSocket",
    "workflows": "workflows",
}

# --- what changes from run to run: only its type is compared ---

VOLATILE = {"created_at", "updated_at", "instantiated_at", "duration", "time_to_first_token", "search_time_ms"}

# --- headers that ours have beside the recorded ones; `...`: any value ---

EXTRA_HEADERS = [
    (lambda recorded: recorded["status"] in (401, 403), {"www-authenticate": ...}),
    (lambda recorded: recorded["headers"].get("content-type", "").startswith("text/event-stream"),
     {"cache-control": "no-cache", "x-accel-buffering": "no"}),
]


def everywhere(request, recorded):
    """Differences that are not one entry's: the recorded agents have tools, teams and workflows, ours
    cannot have them yet."""
    def strip(value):
        if isinstance(value, dict):
            if "is_factory" in value:
                value.pop("tools", None)
            for item in value.values():
                strip(item)
        elif isinstance(value, list):
            for item in value:
                strip(item)

    if request["method"] == "GET" and request["path"].rstrip("/").split("?")[0] in (
            "/agents", "/agents/alpha", "/agents/beta", "/agents/al%70ha"):
        strip(recorded.get("json"))
    if request["path"] == "/info" and "json" in recorded:
        recorded["json"].update(team_count=0, workflow_count=0)


# --- decided differences: each takes the recorded answer and makes it ours ---

def answers(status, detail, **headers):
    def change(recorded):
        recorded["headers"] = {"content-type": "application/json", "vary": "Origin", **headers}
        return {"status": status, "headers": recorded["headers"], "json": {"detail": detail}}
    return change


def home(recorded):
    """GET / answers the union of what 2.x and 3.x answer."""
    recorded["json"] = {"name": "Inventory OS", "id": "inv-os", "version": "9.9.9", "health": "/health",
                        "info": "/info", "docs": "/docs"}
    return recorded


DIFFERENT = {
    "core": {
        "GET / anonymous": home,
    },
    "auth_errors": {
        "duplicated slash path": home,
    },
}

# --- not built yet: it may only shrink ---

NOT_YET = {}
