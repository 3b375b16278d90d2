"""The reference, to be measured beside ours: agno's AgentOS with one offline echo agent.

    .venv-agno3/bin/python bench/agno_server.py PORT PUBLIC_KEY_FILE DATABASE_FILE

The model answers `Echo: MESSAGE` word by word, like our offline:echo, so that what is measured is the
server and not a model. One uvicorn worker, as agno starts it."""
import os
import sys

os.environ["AGNO_TELEMETRY"] = "false"

from dataclasses import dataclass

import uvicorn
from agno.agent import Agent
from agno.db.sqlite import SqliteDb
from agno.metrics import MessageMetrics
from agno.models.base import Model
from agno.models.response import ModelResponse
from agno.os import AgentOS
from agno.os.config import AuthorizationConfig


def count(messages):
    return sum(len(str(message.content or "").split()) for message in messages)


def answer_to(messages):
    asked = next(str(message.content) for message in reversed(messages) if message.role == "user")
    if asked.startswith("/slow "):
        return "word " * int(asked.split()[1])
    return f"Echo: {asked}"


@dataclass
class Echo(Model):
    id: str = "echo-1"
    name: str = "EchoModel"
    provider: str = "Echo"

    def usage(self, messages, text):
        asked, said = count(messages), len(text.split())
        return MessageMetrics(input_tokens=asked, output_tokens=said, total_tokens=asked + said)

    def invoke(self, messages, *arguments, assistant_message, **more):
        text = answer_to(messages)
        assistant_message.metrics.start_timer()
        assistant_message.metrics.stop_timer()
        return ModelResponse(role="assistant", content=text, response_usage=self.usage(messages, text))

    async def ainvoke(self, messages, *arguments, **more):
        return self.invoke(messages, *arguments, **more)

    def pieces(self, messages):
        text = answer_to(messages)
        for at, word in enumerate(text.split()):
            yield ModelResponse(role="assistant", content=word if at == 0 else " " + word)
        yield ModelResponse(role="assistant", response_usage=self.usage(messages, text))

    def invoke_stream(self, messages, *arguments, **more):
        yield from self.pieces(messages)

    async def ainvoke_stream(self, messages, *arguments, **more):
        for piece in self.pieces(messages):
            yield piece

    def _parse_provider_response(self, response, **more):
        return response

    def _parse_provider_response_delta(self, response):
        return response


def main(port, public_key, database):
    agent = Agent(id="echo", name="Echo", model=Echo(), db=SqliteDb(db_file=database))
    agent_os = AgentOS(
        id="bench-os", agents=[agent], telemetry=False, authorization=True,
        authorization_config=AuthorizationConfig(verification_keys=[open(public_key).read()], algorithm="RS256"))
    uvicorn.run(agent_os.get_app(), host="127.0.0.1", port=int(port), log_level="warning", lifespan="on")


if __name__ == "__main__":
    main(*sys.argv[1:])
