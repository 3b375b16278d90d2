"""Signs a token of the form that WorkOS AuthKit issues, to try the preset without WorkOS. pip install "pyjwt[crypto]"

agentos.yaml:  authorization: {issuers: [{preset: workos, issuer: https://api.workos.com, audience: client_01EXAMPLE,
                 verification_keys: [{file: keys/public.pem}], roles: {member: ["agents:read"]}}]}
"""
import os
import time
from pathlib import Path

import jwt

now = int(time.time())
print(jwt.encode(
    {
        "iss": "https://api.workos.com",
        "client_id": "client_01EXAMPLE",
        "sub": "user_01ANN",
        "sid": "session_01TRIAL",
        "org_id": "org_01TRIAL",
        "role": "member",
        "permissions": ["agents:run"],
        "iat": now,
        "exp": now + 300,
    },
    Path(os.environ.get("PRIVATE_KEY", "keys/private.pem")).read_text(),
    algorithm="RS256",
))
