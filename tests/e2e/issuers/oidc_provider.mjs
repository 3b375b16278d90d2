// panva's oidc-provider on loopback: access tokens as JWTs for one client; POST /rotate puts a new key
// first and keeps the old one published. Prints its issuer when it is ready.
import { createServer } from 'node:http';
import { generateKeyPairSync } from 'node:crypto';
import Provider from 'oidc-provider';

let serial = 0;
const key = () => ({
  ...generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ format: 'jwk' }),
  kid: `key-${++serial}`, alg: 'RS256', use: 'sig',
});

const configuration = (keys) => ({
  jwks: { keys },
  clients: [{ client_id: 'robot', client_secret: 'robot-secret', grant_types: ['client_credentials'],
    redirect_uris: [], response_types: [] }],
  features: {
    devInteractions: { enabled: false },
    clientCredentials: { enabled: true },
    resourceIndicators: {
      enabled: true,
      defaultResource: () => 'urn:test-os',
      useGrantedResource: () => true,
      getResourceServerInfo: () => ({ scope: 'agents:read agents:run', audience: 'test-os',
        accessTokenFormat: 'jwt', accessTokenTTL: 600, jwt: { sign: { alg: 'RS256' } } }),
    },
  },
});

let issuer;
let keys = [key()];
let answer = (_, response) => response.end();
const open = () => { answer = new Provider(issuer, configuration(keys)).callback(); };

const server = createServer((request, response) => {
  if (request.url !== '/rotate') return answer(request, response);
  keys = [key(), ...keys];
  open();
  return response.end(keys[0].kid);
});
server.listen(0, '127.0.0.1', () => {
  issuer = `http://127.0.0.1:${server.address().port}`;
  open();
  console.log(`ready ${issuer}`);
});
