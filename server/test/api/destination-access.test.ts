import { afterAll, beforeAll, expect, test } from "vitest";
import { ca, client, expiredClient, good, otherClient } from "../destinations/certificates.ts";
import { type Api, box, setup } from "./setup.ts";

let api: Api;
let open: Api;
beforeAll(async () => {
  [api, open] = await Promise.all([
    setup({ config: { allowPrivateDestinations: false } }),
    setup({ config: { allowPrivateDestinations: true } }),
  ]);
});
afterAll(async () => {
  await Promise.all([api.close(), open.close()]);
});

const url = "https://crm.example.com/hook";
const create = (body: object, on = api) => on.call("POST", "/v1/destinations", { body: { url, ...body } });
const change = (id: string, body: object, on = api) => on.call("PATCH", `/v1/destinations/${id}`, { body });
const field = async (body: object, on = api) => (await create(body, on)).body.details?.[0].field as string;

const oauth2 = {
  ...{ type: "oauth2", tokenUrl: "https://login.example.com/token", clientId: "herald", clientSecret: "very-secret" },
  scope: "events",
};
const tls = { clientCertificate: client.cert, clientKey: client.key, ca };

test("a header of one's own and credentials can't both be the Authorization", async () => {
  const auth = { type: "bearer", token: "t-1" };
  const headers = { "X-Team": "a", Authorization: "Bearer t-2" };
  expect(await field({ auth, headers })).toBe("headers.Authorization");
  const { body } = await create({ headers });
  const refused = await change(body.id, { auth });
  expect([refused.status, refused.body.details]).toEqual([
    400,
    [{ field: "auth", reason: expect.stringContaining("in one of the two places") }],
  ]);
  expect((await change(body.id, { auth, headers: { "x-team": "b" } })).status).toBe(200);
  expect((await change(body.id, { headers })).body.details[0].field).toBe("headers.Authorization");
  expect((await change(body.id, { auth: null, headers })).status).toBe(200);
});

test("of two rotations at once the later one keeps the secret of the other", async () => {
  const { body } = await create({});
  const rotate = () => api.call("POST", `/v1/destinations/${body.id}/rotate-secret`, { body: {} });
  const secrets = (await Promise.all([rotate(), rotate()])).map((answer) => answer.body.secret as string);
  const { rows } = await api.db.query<{ secret: Buffer; previous: Buffer }>(
    "select secret, previous_secret as previous from destination where id = $1",
    [body.id],
  );
  const owner = `${api.workspaceId}/${body.id}`;
  const kept = [rows[0]!.secret, rows[0]!.previous].map((sealed) => box.open(sealed, owner));
  expect([...kept].sort()).toEqual([...secrets].sort());
});

test("credentials are sealed, never come back, and are replaced or removed whole", async () => {
  const { status, body } = await create({ auth: oauth2, tls });
  expect(status).toBe(201);
  const { clientSecret: _, ...shown } = oauth2;
  const expected = {
    auth: { ...shown, authMethod: "basic" },
    tls: {
      clientCertificate: {
        ...{ subject: "CN=herald client", issuer: "CN=Herald tests CA", expiresAt: "2125-01-01T00:00:00.000Z" },
        fingerprint256: expect.stringMatching(/^[0-9A-F:]{95}$/),
      },
      ca: [{ subject: "CN=Herald tests CA", expiresAt: expect.any(String) }],
    },
  };
  expect(body).toMatchObject(expected);
  const answers = [
    body,
    (await api.call("GET", `/v1/destinations/${body.id}`)).body,
    (await api.call("GET", "/v1/destinations")).body,
  ];
  answers.push((await change(body.id, { name: "B" })).body);
  expect(answers[1]).toMatchObject(expected);
  expect(answers[3]).toMatchObject(expected);
  expect(JSON.stringify(answers)).not.toMatch(/very-secret|PRIVATE KEY|BEGIN/);
  const stored = async () =>
    (await api.db.query<{ auth: Buffer; tls: Buffer }>("select auth, tls from destination where id = $1", [body.id]))
      .rows[0]!;
  const owner = `${api.workspaceId}/${body.id}`;
  expect(JSON.parse(box.open((await stored()).auth, owner))).toEqual({ ...oauth2, authMethod: "basic" });
  expect(JSON.parse(box.open((await stored()).tls, owner))).toEqual(tls);
  // Nor does it lie beside what is sealed.
  const { rows } = await api.db.query(
    "select encode(auth, 'escape'), auth_shown, tls_shown, d::text from destination d",
  );
  expect(JSON.stringify(rows)).not.toMatch(/very-secret|PRIVATE KEY/);

  // A secret that is left out stays, but goes to nobody else.
  const { clientSecret: __, ...withoutSecret } = oauth2;
  const kept = await change(body.id, { auth: { ...withoutSecret, scope: "events" } });
  expect(kept.body.auth).toMatchObject({ scope: "events" });
  expect(JSON.parse(box.open((await stored()).auth, owner))).toMatchObject({ clientSecret: "very-secret" });
  const elsewhere = { ...withoutSecret, tokenUrl: "https://evil.example/token" };
  for (const auth of [elsewhere, { type: "bearer" }]) {
    expect(await change(body.id, { auth })).toMatchObject({ status: 400, body: { code: "invalid_request" } });
  }
  const basic = (await change(body.id, { auth: { type: "basic", username: "u", password: "p" } })).body;
  expect(basic.auth).toEqual({ type: "basic", username: "u" });
  expect(basic.tls).toMatchObject(expected.tls);
  expect((await change(body.id, { auth: { type: "bearer", token: "t" } })).body.auth).toEqual({ type: "bearer" });
  expect((await change(body.id, { auth: null, tls: null })).body).toMatchObject({ auth: null, tls: null });
  expect(await stored()).toEqual({ auth: null, tls: null });
});

test("credentials that could not be sent are refused, with the field and without the value", async () => {
  for (const [auth, where] of [
    [{ type: "basic", username: "a:b", password: "secret" }, "auth.username"],
    [{ type: "basic", username: "a", password: "secret\r\nx: y" }, "auth.password"],
    [{ type: "bearer", token: "Bearer secret" }, "auth.token"],
    [{ type: "bearer", token: "secret\n" }, "auth.token"],
    [{ type: "digest", username: "a" }, "auth.type"],
    [{ ...oauth2, authMethod: "jwt" }, "auth.authMethod"],
    [{ ...oauth2, clientSecret: undefined }, "auth.clientSecret"],
    [{ ...oauth2, tokenUrl: "http://169.254.169.254/token" }, "auth.tokenUrl"],
    [{ ...oauth2, tokenUrl: "https://localhost/token" }, "auth.tokenUrl"],
  ] as const) {
    const { status, body } = await create({ auth });
    expect(status, where).toBe(400);
    expect(body.details[0].field).toBe(where);
    expect(JSON.stringify(body)).not.toContain("secret\\");
  }
});

test("with credentials http is for private networks only, whichever of the two comes first", async () => {
  const auth = { type: "bearer", token: "t" };
  const inside = "http://receiver:8080/";
  const { status, body } = await create({ url: inside, auth }, open);
  expect(status).toBe(201);
  expect(await field({ url: "http://crm.example.com/", auth }, open)).toBe("auth");
  expect((await change(body.id, { url: "http://crm.example.com/" }, open)).body).toMatchObject({
    code: "invalid_destination_url",
    details: [{ field: "url" }],
  });
  const plain = (await create({ url: "http://crm.example.com/" }, open)).body;
  expect((await change(plain.id, { auth }, open)).body.details[0].field).toBe("auth");
  expect((await change(plain.id, { auth, url }, open)).status).toBe(200);
  expect(await field({ auth: { ...oauth2, tokenUrl: "http://login.example.com/" } }, open)).toBe("auth.tokenUrl");
  // What is private here may not be so later: a change of something else is not hindered by it.
  expect((await change(body.id, { name: "C" }, open)).status).toBe(200);
});

test("a client certificate is looked at when it is given: form, key, expiry, and a URL that speaks TLS", async () => {
  for (const [given, where, why] of [
    [{ clientCertificate: client.cert }, "tls.clientKey", /needs its private key/],
    [{ clientKey: client.key }, "tls.clientCertificate", /needs its certificate/],
    [{}, "tls.clientCertificate", /or null for neither/],
    [{ clientCertificate: "x", clientKey: client.key }, "tls.clientCertificate", /not a certificate in PEM/],
    [
      { clientCertificate: client.cert.replace(/[A-Za-z]{40}/, "!"), clientKey: client.key },
      "tls.clientCertificate",
      /not a certificate/,
    ],
    [{ clientCertificate: client.cert, clientKey: otherClient.key }, "tls.clientKey", /not the key of the certificate/],
    [
      { clientCertificate: client.cert, clientKey: "-----BEGIN ENCRYPTED PRIVATE KEY-----" },
      "tls.clientKey",
      /without a passphrase/,
    ],
    [{ clientCertificate: client.cert, clientKey: client.cert }, "tls.clientKey", /not a private key in PEM/],
    [
      { clientCertificate: expiredClient.cert, clientKey: expiredClient.key },
      "tls.clientCertificate",
      /expired on Jan/,
    ],
    [{ ca: "" }, "tls.ca", /not a certificate/],
    [{ ca: `${ca}${expiredClient.cert}` }, "tls.ca", /expired on .* It is that of CN=/],
  ] as const) {
    const { status, body } = await create({ tls: given });
    expect(status, where).toBe(400);
    expect(body.details[0]).toMatchObject({ field: where, reason: expect.stringMatching(why) });
    expect(JSON.stringify(body)).not.toContain("MI");
  }
  expect(await field({ url: "http://receiver:8080/", tls }, open)).toBe("tls");
  const { body } = await create({ tls: { ca: `${ca}${good.cert}` } });
  expect(body.tls).toMatchObject({
    clientCertificate: null,
    ca: [{ subject: "CN=Herald tests CA" }, { subject: "CN=localhost" }],
  });
  expect((await change(body.id, { url: "http://receiver:8080/" }, open)).status).toBe(404);
});
