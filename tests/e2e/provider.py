"""A provider that misbehaves on purpose: the Responses and Chat Completions APIs of one model whose
name says how it answers (`say`, `fail-429-2`, `garbage`, ...). A thread of the test process."""
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

WORDS = ["Hello", " from", " the", " provider"]
TEXT = "".join(WORDS)


def responses_events(words):
    yield "response.created", {"response": {"id": "resp_1", "status": "in_progress", "output": []}}
    for word in words:
        yield "response.output_text.delta", {"item_id": "msg_1", "output_index": 0, "content_index": 0, "delta": word}
    yield "response.completed", {"response": responses_object("".join(words))}


def responses_object(text):
    return {"id": "resp_1", "object": "response", "status": "completed", "model": "m", "output": [
        {"type": "message", "id": "msg_1", "role": "assistant", "status": "completed",
         "content": [{"type": "output_text", "text": text, "annotations": []}]}],
        "usage": {"input_tokens": 11, "input_tokens_details": {"cached_tokens": 3}, "output_tokens": 4,
                  "output_tokens_details": {"reasoning_tokens": 2}, "total_tokens": 15}}


CHAT_USAGE = {"prompt_tokens": 11, "completion_tokens": 4, "total_tokens": 15}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *arguments):
        pass

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        provider = self.server.provider
        provider.requests.append((self.path, dict(self.headers), body))
        how, _, rest = body["model"].partition("-")
        getattr(self, how)(body, rest)

    def answer(self, status, value, headers=()):
        data = value if isinstance(value, bytes) else json.dumps(value).encode()
        self.send_response(status)
        for name, text in {"content-type": "application/json", "content-length": str(len(data)), **dict(headers)}.items():
            self.send_header(name, text)
        self.end_headers()
        self.wfile.write(data)

    def begin_stream(self):
        self.close_connection = True
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.send_header("connection", "close")
        self.end_headers()

    def frame(self, name, data):
        head = f"event: {name}\n" if name else ""
        data = data if isinstance(data, str) else json.dumps({"type": name, **data} if name else data)
        self.wfile.write(f"{head}data: {data}\n\n".encode())
        self.wfile.flush()

    def frames(self, words):
        if self.path.endswith("/responses"):
            yield from responses_events(words)
            return
        for word in words:
            yield None, {"id": "c", "object": "chat.completion.chunk", "choices": [{"index": 0, "delta": {"content": word}}]}
        yield None, {"id": "c", "object": "chat.completion.chunk", "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}
        yield None, {"id": "c", "object": "chat.completion.chunk", "choices": [], "usage": CHAT_USAGE}
        yield None, "[DONE]"

    # --- how the model answers ---

    def say(self, body, rest, words=WORDS):
        if body.get("stream"):
            self.begin_stream()
            for name, data in self.frames(words):
                self.frame(name, data)
        elif self.path.endswith("/responses"):
            self.answer(200, responses_object("".join(words)))
        else:
            self.answer(200, {"id": "c", "object": "chat.completion", "usage": CHAT_USAGE, "choices": [
                {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "".join(words)}}]})

    def quiet(self, body, rest):
        """Has nothing to say to "hush"."""
        said = json.dumps(body.get("input") or body.get("messages"))
        self.say(body, rest, [] if said.rstrip("]}").endswith('hush"') else WORDS)

    def think(self, body, rest):
        """Shows its reasoning, in the two names that servers of Chat Completions use."""
        name = rest or "reasoning_content"
        if not body.get("stream"):
            return self.answer(200, {"choices": [{"message": {"content": TEXT, name: "Let me see."}}]})
        self.begin_stream()
        for delta in ({name: "Let me"}, {name: " see."}, *({"content": word} for word in WORDS)):
            self.frame(None, {"choices": [{"delta": delta}]})
        self.frame(None, "[DONE]")

    def picky(self, body, rest):
        """Knows no stream_options."""
        if "stream_options" in body:
            return self.answer(422, {"detail": [{"type": "extra_forbidden", "loc": ["body", "stream_options"],
                                                 "msg": "Extra inputs are not permitted"}]})
        self.say(body, rest)

    def fail(self, body, rest):
        """fail-STATUS-TIMES: then it works."""
        status, times = (int(part) for part in rest.split("-"))
        provider = self.server.provider
        if sum(1 for request in provider.requests if request[2]["model"] == body["model"]) <= times:
            return self.answer(status, {"error": {"message": f"no, {status}", "type": "x", "code": "y"}},
                               {"retry-after": "0"}.items())
        self.say(body, rest)

    def garbage(self, body, rest):
        self.begin_stream()
        self.wfile.write(b"\x00\xff{{{ this is no event\n\ndata: {\"type\": 5}\n\ndata: not json\n\n")

    def endless(self, body, rest):
        """One line that never ends."""
        self.begin_stream()
        try:
            self.wfile.write(b"data: ")
            for _ in range(2000):
                self.wfile.write(b"x" * 65536)
        except OSError:
            self.server.provider.gone.set()

    def cut(self, body, rest):
        """Closes in the middle of its answer."""
        self.begin_stream()
        for at, (name, data) in enumerate(self.frames(WORDS)):
            if at == 3:
                return
            self.frame(name, data)

    def slow(self, body, rest):
        """Goes on until its client leaves."""
        self.begin_stream()
        try:
            for name, data in self.frames(["tick "] * 2000):
                self.frame(name, data)
                time.sleep(0.01)
        except OSError:
            self.server.provider.gone.set()

    def silent(self, body, rest):
        self.begin_stream()
        self.server.provider.gone.wait(15)

    def error(self, body, rest):
        """An error inside the stream."""
        self.begin_stream()
        if self.path.endswith("/responses"):
            self.frame("response.created", {"response": {"id": "r"}})
            self.frame("error", {"code": "server_error", "message": "it broke", "param": None})
        else:
            self.frame(None, {"error": {"message": "it broke", "type": "server_error"}})

    def notfound(self, body, rest):
        self.answer(404, b"404 page not found", {"content-type": "text/plain"}.items())


class Provider:
    def __init__(self):
        self.requests, self.gone = [], threading.Event()
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.server.provider = self
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/v1"
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def close(self):
        self.gone.set()
        self.server.shutdown()
        self.server.server_close()
