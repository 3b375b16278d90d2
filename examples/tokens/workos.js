// Signs a token of the form that WorkOS AuthKit issues, to try the preset without WorkOS. npm install jose
//
// agentos.yaml:  authorization: {issuers: [{preset: workos, issuer: https://api.workos.com, audience: client_01EXAMPLE,
//                  verification_keys: [{file: keys/public.pem}], roles: {member: ["agents:read"]}}]}
import { readFile } from "node:fs/promises";
import { importPKCS8, SignJWT } from "jose";

const pem = await readFile(process.env.PRIVATE_KEY ?? "keys/private.pem", "utf8");

console.log(
  await new SignJWT({
    client_id: "client_01EXAMPLE",
    sid: "session_01TRIAL",
    org_id: "org_01TRIAL",
    role: "member",
    permissions: ["agents:run"],
  })
    .setProtectedHeader({ alg: "RS256", typ: "JWT" })
    .setIssuer("https://api.workos.com")
    .setSubject("user_01ANN")
    .setIssuedAt()
    .setExpirationTime("5m")
    .sign(await importPKCS8(pem, "RS256")),
);
