"""Runs inside an environment with agno (2.9.0 or 3.1.10): drives a server with agno's own client and
prints what it got as JSON. Not a test: test_agno_client.py is."""
import asyncio
import json
import sys

from agno.client import AgentOSClient


async def main(url, token):
    client = AgentOSClient(base_url=url, timeout=20)
    headers = {"Authorization": f"Bearer {token}"}
    out = {}
    out["agents"] = [agent.id for agent in await client.list_agents(headers=headers)]
    out["agent"] = (await client.aget_agent("echo", headers=headers)).name
    out["config"] = (await client.aget_config(headers=headers)).os_id
    run = await client.run_agent("echo", "hello", session_id="agno", headers=headers)
    out["run"] = [run.content, str(getattr(run.status, "value", run.status))]
    events = [event async for event in client.run_agent_stream("echo", "again", session_id="agno", headers=headers)]
    out["events"] = [event.event for event in events]
    out["streamed"] = "".join(event.content for event in events if event.event == "RunContent")
    out["sessions"] = [session.session_id for session in (await client.get_sessions(headers=headers)).data]
    out["session"] = (await client.get_session("agno", headers=headers)).session_id
    out["runs"] = [run.run_input for run in await client.get_session_runs("agno", headers=headers)]
    if hasattr(client, "get_session_run_previews"):
        previews = client.aget_session_run_previews("agno", headers=headers)
        out["previews"] = len(await previews)
    if hasattr(client, "get_models"):
        out["models"] = [model.id for model in await client.get_models(headers=headers)]
    try:
        await client.list_agents()
    except Exception as refusal:
        out["without a token"] = str(refusal)
    print(json.dumps(out))


asyncio.run(main(*sys.argv[1:]))
