// oauth2-mock-server on loopback, its access tokens made out to us. Prints its issuer when it is ready.
import { OAuth2Server } from 'oauth2-mock-server';

const server = new OAuth2Server();
await server.issuer.keys.generate('RS256');
await server.issuer.keys.generate('ES256');
await server.start(0, '127.0.0.1');
server.issuer.url = `http://127.0.0.1:${server.address().port}`;
server.service.on('beforeTokenSigning', (token, request) => {
  token.payload.aud = 'test-os';
  token.payload.sub ??= 'robot';
  token.payload.scope = request.body.scope;
});
console.log(`ready ${server.issuer.url}`);
