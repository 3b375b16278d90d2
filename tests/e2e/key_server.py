"""An issuer that says what a test wants: its keys, its documents, and every way of failing.

Signs with PyJWT, so the tokens are another implementation's.
"""
import datetime
import gzip
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import jwt
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

from agentos import PLANTED


class Key:
    def __init__(self, kid, algorithm="RS256"):
        self.kid, self.algorithm = kid, algorithm
        self.private = (ec.generate_private_key(ec.SECP256R1()) if algorithm == "ES256"
                        else rsa.generate_private_key(65537, 2048))

    def jwk(self, **more):
        to_jwk = (ECAlgorithm if self.algorithm == "ES256" else RSAAlgorithm).to_jwk
        jwk = {**json.loads(to_jwk(self.private.public_key())), "use": "sig", "alg": self.algorithm,
               "kid": self.kid, **more}
        return {name: value for name, value in jwk.items() if value is not None and name != "key_ops"}

    def certificate(self):
        """Signed by itself, as Firebase publishes them."""
        name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, self.kid)])
        now = datetime.datetime.now(datetime.timezone.utc)
        made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(self.private.public_key())
        made = made.serial_number(1).not_valid_before(now).not_valid_after(now + datetime.timedelta(days=1))
        signed = made.sign(self.private, hashes.SHA256())
        return signed.public_bytes(serialization.Encoding.PEM).decode()


class KeyServer:
    """`answer` maps a path to a function of the handler; without one, a path is 404."""

    def __init__(self, address="127.0.0.1"):
        self.requests = []
        self.answers = {}
        self.over = threading.Event()
        self.keys = [Key("one")]
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                outer.requests.append(self.path)
                try:
                    outer.answers.get(self.path, lambda h: h.say(404, "{}"))(self)
                except (BrokenPipeError, ConnectionResetError):
                    pass

            def say(self, status, body, **headers):
                body = body if isinstance(body, bytes) else body.encode()
                self.send_response(status)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(body)))
                for name, value in headers.items():
                    self.send_header(name.replace("_", "-"), value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer((address, 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://{address}:{self.server.server_address[1]}"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True)
        self.thread.start()
        self.publish()

    def stop(self):
        self.over.set()
        self.server.shutdown()
        self.server.server_close()

    # ---- what it says ----

    def jwks(self):
        return json.dumps({"keys": [key.jwk() for key in self.keys]})

    def publish(self, **headers):
        """As an issuer should: discovery and a key set."""
        self.answers["/.well-known/openid-configuration"] = lambda h: h.say(
            200, json.dumps({"issuer": self.url, "jwks_uri": self.url + "/jwks"}))
        self.answers["/jwks"] = lambda h: h.say(200, self.jwks(), **headers)

    def publish_certificates(self):
        """{kid: certificate}, as Firebase's x509_url."""
        self.answers["/x509"] = lambda h: h.say(200, json.dumps({key.kid: key.certificate() for key in self.keys}))

    def says_gzipped(self, path, body):
        self.says(path, 200, gzip.compress(body), content_encoding="gzip")

    def trickles(self, path):
        """A byte now and then, without end: never silent, never done."""
        def answer(handler):
            handler.close_connection = True
            handler.wfile.write(b"HTTP/1.1 200 OK\r\n\r\n")
            while not self.over.wait(0.2):
                handler.wfile.write(b" ")
                handler.wfile.flush()
        self.answers[path] = answer

    def says(self, path, status, body, **headers):
        self.answers[path] = lambda h: h.say(status, body, **headers)

    def count(self, path="/jwks"):
        return self.requests.count(path)

    # ---- what it signs ----

    def sign(self, key=None, headers=None, **claims):
        key = key or self.keys[0]
        now = int(time.time())
        payload = {"iss": self.url, "aud": "test-os", "sub": "ada", "iat": now, "exp": now + 600,
                   "scopes": ["agents:read"], **claims}
        payload = {name: value for name, value in payload.items() if value is not ...}
        token = jwt.encode(payload, key.private, algorithm=key.algorithm,
                           headers={"kid": key.kid, **(headers or {})})
        PLANTED.add(token)
        return token

    def bearer(self, key=None, headers=None, **claims):
        return {"authorization": "Bearer " + self.sign(key, headers, **claims)}
