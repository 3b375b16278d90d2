"""Signs a token with a private key; the server has the public one (RS256). pip install "pyjwt[crypto]"

agentos.yaml:  authorization: {enabled: true, verification_keys: [{file: keys/public.pem}]}
"""
import os
import time
from pathlib import Path

import jwt

now = int(time.time())
print(jwt.encode(
    {"sub": "ann", "scopes": ["agents:read", "agents:run"], "iat": now, "exp": now + 900},
    Path(os.environ.get("PRIVATE_KEY", "keys/private.pem")).read_text(),
    algorithm="RS256",
    headers={"kid": os.environ["KID"]} if "KID" in os.environ else None,  # with a key set: what `keys generate` printed
))
