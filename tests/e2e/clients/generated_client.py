"""A client made by openapi-python-client from /openapi.json (the package `generated`, on the path): it lists agents, runs one, and
reads the run and its sessions. Prints what it got as JSON."""
import json
import sys

from generated import AuthenticatedClient
from generated.api.agents import create_agent_run, get_agents
from generated.api.core import get_config
from generated.api.service_accounts import create_service_account, list_service_accounts
from generated.api.sessions import create_session, delete_sessions, get_session_by_id, get_session_runs, get_sessions
from generated.models import (AgentSession, CreateAgentRunBody, CreateServiceAccountBody, CreateSessionBody, DeleteSessionsBody,
                              DeleteSessionsBodySessionTypesItem, Failure, GetSessionsType)

url, token = sys.argv[1:]
client = AuthenticatedClient(base_url=url, token=token)

agents = get_agents.sync(client=client)
run = create_agent_run.sync(agents[0].id, client=client, body=CreateAgentRunBody(message="hello", stream=False, session_id="typed"))
sessions = get_sessions.sync(client=client, type_=GetSessionsType.AGENT, limit=5)
runs = get_session_runs.sync("typed", client=client)
session = get_session_by_id.sync("typed", client=client)
assert isinstance(session, AgentSession)
create_session.sync(client=client, body=CreateSessionBody(session_id="made"))
again = create_session.sync_detailed(client=client, body=CreateSessionBody(session_id="made"))
assert isinstance(again.parsed, Failure)
deleted = delete_sessions.sync_detailed(client=client, body=DeleteSessionsBody(
    session_ids=["made"], session_types=[DeleteSessionsBodySessionTypesItem.AGENT]))
account = create_service_account.sync(client=client, body=CreateServiceAccountBody(name="m1"))
refused = get_agents.sync_detailed(client=AuthenticatedClient(base_url=url, token="x"))

print(json.dumps({
    "ids": [agent.id for agent in agents], "model": agents[0].model.provider, "content": run.content,
    "said": [f"{message.role}: {message.content}" for message in run.messages], "names": [item.session_id for item in sessions.data],
    "total": sessions.meta.total_count, "inputs": [item.run_input for item in runs],
    "history": [message.role for message in session.chat_history], "conflict": again.parsed.detail, "deleted": deleted.status_code,
    "config": get_config.sync(client=client).os_id, "account": account.token[:9], "principal": account.principal,
    "accounts": [item.name for item in list_service_accounts.sync(client=client).data], "refused": refused.status_code,
}))
