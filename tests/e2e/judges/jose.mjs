// npm jose (panva) as a judge: a list of questions on standard input, a list of answers on standard output.
import * as jose from 'jose';
import { text } from 'node:stream/consumers';

const secret = (value) => new TextEncoder().encode(value);

// A token under one of: a key in PEM, a shared secret, a published set.
async function verify({ token, alg, allowed, pem, shared, jwks, audience, issuer }) {
  const key = pem ? await jose.importSPKI(pem, alg)
    : shared ? secret(shared)
    : jose.createLocalJWKSet(jwks);
  const { payload, protectedHeader } = await jose.jwtVerify(token, key, { algorithms: [allowed], audience, issuer });
  return { claims: payload, header: protectedHeader };
}

// A token, and all that is needed to verify it.
async function sign({ alg, claims, shared, typ }) {
  const pair = shared ? { privateKey: secret(shared) } : await jose.generateKeyPair(alg, { extractable: true });
  const jwk = shared ? undefined : await jose.exportJWK(pair.publicKey);
  const kid = jwk && await jose.calculateJwkThumbprint(jwk);
  const token = await new jose.SignJWT(claims).setProtectedHeader({ alg, kid, typ }).setIssuedAt().setExpirationTime('1h')
    .sign(pair.privateKey);
  const answer = { token, kid };
  if (jwk) {
    answer.jwks = { keys: [{ ...jwk, kid, alg, use: 'sig' }] };
    answer.pem = await jose.exportSPKI(pair.publicKey);
    answer.private_pem = await jose.exportPKCS8(pair.privateKey);
  }
  return answer;
}

const thumbprint = async ({ jwk }) => ({ kid: await jose.calculateJwkThumbprint(jwk) });

const judges = { verify, sign, thumbprint };
const answers = [];
for (const question of JSON.parse(await text(process.stdin)))
  answers.push(await judges[question.what](question).catch((error) => ({ refused: `${error.code ?? error}` })));
process.stdout.write(JSON.stringify(answers));
