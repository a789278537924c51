// A real OpenID Connect provider (oidc-provider, certified) on the loopback interface: for workloads by client
// credentials, for people by authorization code and by device code. Its people, and who is one no longer, are told to it
// at /people. Usage: node provider.mjs CERTIFICATE KEY PORT
import { readFileSync } from "node:fs";
import { createServer } from "node:https";
import { generateKeyPairSync, randomUUID } from "node:crypto";
import Provider from "oidc-provider";

const [certificate, key, port] = process.argv.slice(2);
const issuer = `https://localhost:${port}`;
const people = new Map();

function fresh(kid) {
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  return { ...privateKey.export({ format: "jwk" }), kid, use: "sig", alg: "RS256" };
}

const provider = new Provider(issuer, {
  jwks: { keys: [fresh(randomUUID())] },
  clients: [
    { client_id: "workload", client_secret: "workload-secret", grant_types: ["client_credentials"], redirect_uris: [],
      response_types: [] },
    { client_id: "usina", token_endpoint_auth_method: "none", application_type: "native",
      grant_types: ["authorization_code", "refresh_token", "urn:ietf:params:oauth:grant-type:device_code"],
      redirect_uris: ["http://127.0.0.1/"], response_types: ["code"] },
  ],
  features: {
    clientCredentials: { enabled: true },
    deviceFlow: { enabled: true },
    devInteractions: { enabled: true },
    resourceIndicators: {
      enabled: true,
      defaultResource: (ctx, client) => (client.clientId === "workload" ? "https://sts.usina.internal" : undefined),
      getResourceServerInfo: () => ({
        audience: "sts.amazonaws.com", scope: "", accessTokenTTL: 600, accessTokenFormat: "jwt",
        jwt: { sign: { alg: "RS256" } },
      }),
      useGrantedResource: () => true,
    },
  },
  pkce: { required: () => true },
  conformIdTokenClaims: false,
  claims: { openid: ["sub"], email: ["email", "email_verified"], groups: ["groups"] },
  scopes: ["openid", "offline_access", "email", "groups"],
  issueRefreshToken: async (ctx, client) => client.grantTypeAllowed("refresh_token"),
  ttl: { IdToken: 300, AccessToken: 300, RefreshToken: 3600, DeviceCode: 600, Interaction: 600, Grant: 3600, Session: 3600 },
  findAccount: async (ctx, id) => people.has(id) && {
    accountId: id, claims: async () => ({ sub: id, ...people.get(id) }),
  },
});

const answer = provider.callback();
const server = createServer({ cert: readFileSync(certificate), key: readFileSync(key) }, (request, response) => {
  if (request.url !== "/people") {
    answer(request, response);
    return;
  }
  let body = "";
  request.on("data", (piece) => { body += piece; });
  request.on("end", () => {
    people.clear();
    for (const [id, claims] of Object.entries(JSON.parse(body))) people.set(id, claims);
    response.end("told\n");
  });
});
server.listen(Number(port), "127.0.0.1", () => console.log(`ready ${issuer}`));
