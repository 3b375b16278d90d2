// A client typed by what openapi-typescript makes of /openapi.json (schema.d.ts, beside a copy of this file): it lists agents, runs
// one, and reads the run and its sessions. It must compile under --strict, so that no type here is any, unknown or never.
import createClient from "openapi-fetch";
import type { components, paths } from "./schema.d.ts";

declare const process: { argv: string[] };

const [url, token] = process.argv.slice(2);
const client = createClient<paths>({ baseUrl: url, headers: { authorization: `Bearer ${token}` } });

function form(fields: Record<string, unknown>): FormData {
  const body = new FormData();
  for (const [name, value] of Object.entries(fields)) body.append(name, String(value));
  return body;
}

const agents = await client.GET("/agents");
if (!agents.data) throw new Error(agents.error.detail.toString());
const ids: string[] = agents.data.map((agent) => agent.id);
const model: string = agents.data[0].model.provider;

const answer = await client.POST("/agents/{agent_id}/runs", {
  params: { path: { agent_id: ids[0] } },
  body: { message: "hello", stream: false, background: false, stream_events: true, session_id: "typed" },
  bodySerializer: form,
});
if (!answer.data || typeof answer.data === "string") throw new Error("no run");
const run: components["schemas"]["Run"] = answer.data;
const said: string[] = run.messages.map((message) => `${message.role}: ${message.content}`);

const sessions = await client.GET("/sessions", { params: { query: { type: "agent", limit: 5, page: 1 } } });
if (!sessions.data) throw new Error("no sessions");
const names: string[] = sessions.data.data.map((session) => session.session_id);
const total: number = sessions.data.meta.total_count;

const runs = await client.GET("/sessions/{session_id}/runs", { params: { path: { session_id: "typed" } } });
if (!runs.data) throw new Error("no runs");
const inputs: (string | null | undefined)[] = runs.data.map((item) => item.run_input);

const detail = await client.GET("/sessions/{session_id}", { params: { path: { session_id: "typed" } } });
if (!detail.data || !("agent_session_id" in detail.data)) throw new Error("no session of an agent");
const history: string[] = detail.data.chat_history.map((message) => message.role);

const created = await client.POST("/sessions", { body: { session_id: "made", metadata: { a: 1 } } });
const again = await client.POST("/sessions", { body: { session_id: "made" } });
const conflict: string | undefined = again.response.status === 409 ? again.error?.detail.toString() : undefined;

// The events of a stream are typed by their name.
function text(event: components["schemas"]["RunEvent"]): string {
  return event.event === "RunContent" ? (event.content ?? event.reasoning_content) : event.event;
}
const event = text({ event: "RunContentCompleted", created_at: 0, agent_id: "a", run_id: "r", session_id: "s", nested_depth: 0 });

console.log(JSON.stringify({ ids, model, content: run.content, said, names, total, inputs, history, created: created.response.status, conflict, event }));
