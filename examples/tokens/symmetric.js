// Signs a token with a secret that the server shares (HS256). npm install jose; save as .mjs or set "type": "module"
//
// agentos.yaml:  authorization: {enabled: true, algorithm: HS256, verification_keys: [{env: JWT_SECRET}]}
import { SignJWT } from "jose";

const secret = new TextEncoder().encode(process.env.JWT_SECRET); // 32 bytes or more

console.log(
  await new SignJWT({ scopes: ["agents:read", "agents:run"] })
    .setProtectedHeader({ alg: "HS256", typ: "JWT" })
    .setSubject("ann")
    .setIssuedAt()
    .setExpirationTime("15m")
    .sign(secret),
);
