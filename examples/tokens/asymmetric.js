// Signs a token with a private key; the server has the public one (RS256). npm install jose
//
// agentos.yaml:  authorization: {enabled: true, verification_keys: [{file: keys/public.pem}]}
import { readFile } from "node:fs/promises";
import { importPKCS8, SignJWT } from "jose";

const pem = await readFile(process.env.PRIVATE_KEY ?? "keys/private.pem", "utf8");
const kid = process.env.KID; // with a key set: what `agentos keys generate` printed

console.log(
  await new SignJWT({ scopes: ["agents:read", "agents:run"] })
    .setProtectedHeader({ alg: "RS256", typ: "JWT", ...(kid && { kid }) })
    .setSubject("ann")
    .setIssuedAt()
    .setExpirationTime("15m")
    .sign(await importPKCS8(pem, "RS256")),
);
