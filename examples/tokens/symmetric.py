"""Signs a token with a secret that the server shares (HS256). pip install pyjwt

agentos.yaml:  authorization: {enabled: true, algorithm: HS256, verification_keys: [{env: JWT_SECRET}]}
"""
import os
import time

import jwt

now = int(time.time())
print(jwt.encode(
    {"sub": "ann", "scopes": ["agents:read", "agents:run"], "iat": now, "exp": now + 900},
    os.environ["JWT_SECRET"],  # 32 bytes or more: agentos keys generate --alg HS256
    algorithm="HS256",
))
