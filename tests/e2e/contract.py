"""Holds answers against /openapi.json: the status must be one that the operation lists, and the JSON must fit its schema, in
which no object may have a member that is not described, but for those in FREE.

`Contract` is one document; `Contract.check` raises AssertionError, and notes in `seen` which properties of which schemas the
answer has. No assertion about what the server should do is made here."""
import json
import re

import jsonschema

import agentos

# Members whose content the client, a model or the operator's issuer chooses, with the schemas that have them. A problem repeats
# the input it is about; the audit keeps a row of any table as it was; the summary of a session is set by PATCH.
FREE = {"metadata", "session_state", "session_summary", "input", "before", "after", "error", "team_data", "workflow_data"}
METHODS = ("get", "post", "put", "patch", "delete")


def objects_of(schema, path=()):
    """Every schema within, with the names of the properties that lead to it."""
    yield path, schema
    for name, inner in schema.get("properties", {}).items():
        yield from objects_of(inner, path + (name,))
    for key in ("anyOf", "oneOf"):
        for inner in schema.get(key, ()):
            yield from objects_of(inner, path)
    if isinstance(schema.get("items"), dict):
        yield from objects_of(schema["items"], path)


class Contract:
    def __init__(self, document):
        self.document = document
        self.schemas = document["components"]["schemas"]
        self.operations = []  # in the order of the document, which is the order of the route table
        for pattern, operations in document["paths"].items():
            path = re.compile("".join("[^/]+" if part.startswith("{") else re.escape(part)
                                      for part in re.split(r"(\{\w+\})", pattern)))
            self.operations += [(method.upper(), path, pattern, operations[method]) for method in METHODS if method in operations]
        self.validators = {}
        self.seen = {}  # (schema, property): an answer that has it, as (schema of the answer, value)
        self.is_noting = True
        self.statuses_of_any = ()  # that any operation may answer, though it lists them not

    def operation(self, method, path):
        path = path.rstrip("/") or "/"
        return next(((pattern, operation) for name, fits, pattern, operation in self.operations
                     if name == method and fits.fullmatch(path)), (None, None))

    def validator(self, schema):
        key = json.dumps(schema, sort_keys=True)
        if key not in self.validators:
            self.validators[key] = jsonschema.Draft202012Validator({**schema, "components": {"schemas": self.schemas}})
        return self.validators[key]

    def fits(self, schema, value):
        return self.validator(schema).is_valid(value)

    def check_value(self, schema, value, where):
        faults = [f"{where}: at {list(fault.absolute_path)}: {fault.message[:300]}" for fault in self.validator(schema).iter_errors(value)]
        assert not faults, "\n".join(faults[:5])
        if self.is_noting:
            self.note(schema, value, None, (schema, value))

    def note(self, schema, value, name, answer):
        """Notes which properties of named schemas the value has."""
        while "$ref" in schema:
            name = schema["$ref"].rsplit("/", 1)[1]
            schema = self.schemas[name]
        for choice in [*schema.get("anyOf", ()), *schema.get("oneOf", ())]:
            if self.fits(choice, value):
                self.note(choice, value, name, answer)
        if isinstance(value, list) and "items" in schema:
            for item in value:
                self.note(schema["items"], item, name, answer)
        if isinstance(value, dict):
            for member, inner in schema.get("properties", {}).items():
                if member in value:
                    self.seen.setdefault((name, member), answer)
                    self.note(inner, value[member], name, answer)

    def check(self, method, path, status, content_type, body):
        """Returns whether the document describes such a request."""
        pattern, operation = self.operation(method, path)
        if operation is None:
            return False
        where = f"{method} {pattern}: {status}"
        listed = operation["responses"].get(str(status))
        if listed is None and status in self.statuses_of_any:
            listed = operation["responses"]["400"]
        assert listed, f"{where} is not listed: {body[:200]!r}"
        content = listed.get("content", {})
        media = (content_type or "").split(";")[0]
        if not body:
            assert not content or media not in content or status == 204, f"{where}: no body"
            return True
        assert media in content, f"{where}: {media} is not listed"
        if media == "application/json":
            self.check_value(content[media]["schema"], json.loads(body), where)
        elif "x-event-data" in content[media]:
            for _, data in agentos.parse_sse(body.decode()):
                self.check_value(content[media]["x-event-data"], data, where)
        return True

    def check_response(self, response):
        return self.check(response.request.method, response.request.url.path, response.status_code,
                          response.headers.get("content-type"), response.content)


def of(server):
    return Contract(server.http.get("/openapi.json").json())
