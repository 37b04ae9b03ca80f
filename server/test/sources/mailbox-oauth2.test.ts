import { afterAll, beforeAll, expect, test } from "vitest";
import { MailTokens } from "../../src/campaigns/mail-tokens.ts";
import { mailOAuth2, TokenFailure } from "../../src/channels/email/oauth2.ts";
import { smtpAdapter } from "../../src/channels/email/smtp.ts";
import { type LoopbackImap, startImap } from "../../src/loopback/imap.ts";
import { startSmtp } from "../../src/loopback/smtp.ts";
import { startTokenEndpoint, type TokenEndpoint } from "../../src/loopback/token-endpoint.ts";
import { box } from "../api/setup.ts";
import { noDeadline, outboundMessage } from "../channels/outbound-message.ts";
import { address, mail, mailboxApi } from "./mailbox-setup.ts";

let given: Awaited<ReturnType<typeof mailboxApi>>;
let endpoint: TokenEndpoint;
const open: { close(): Promise<unknown> }[] = [];
beforeAll(async () => {
  given = await mailboxApi();
  endpoint = await startTokenEndpoint();
});
afterAll(async () => {
  await given.close();
  await endpoint.close();
  for (const one of open) await one.close();
});

let grants = 0;
const oauth2 = () => ({
  ...{ provider: "other" as const, tokenUrl: endpoint.url, clientId: "herald", clientSecret: "a client's secret" },
  refreshToken: `grant-${++grants}`,
});
/** The next token that the endpoint gives. */
const nextToken = () => `token-${endpoint.requests.length + 1}`;

async function server(accessToken: string): Promise<LoopbackImap & { login: { user: string; accessToken: string } }> {
  const login = { user: address, accessToken };
  const imap = await startImap(login);
  open.push(imap);
  return Object.assign(imap, { login });
}

test("a mailbox is read with tokens that Herald asks for; one that the server refuses is asked for anew, once", async () => {
  const imap = await server(nextToken());
  const credentials = { user: address, oauth2: oauth2() };
  const before = endpoint.requests.length;
  const senderId = await given.makeSender(imap.port, { credentials });
  const lead = await given.makeLead("grace@oauth.example");
  imap.deliver("INBOX", mail({ From: "grace@oauth.example" }, "Hello"));
  const tokens = new MailTokens({ db: given.db, box });
  const reading = await given.startReading({ tokens });
  await reading.caughtUp(1);
  await given.drain();
  expect(await given.messages(lead)).toMatchObject([{ text: "Hello" }]);
  expect(endpoint.requests.slice(before).map(({ form }) => form)).toEqual([
    {
      ...{ grant_type: "refresh_token", refresh_token: credentials.oauth2.refreshToken },
      ...{ client_id: "herald", client_secret: "a client's secret" },
    },
  ]);
  // Withdrawn before its time.
  imap.login.accessToken = nextToken();
  imap.disconnect();
  await reading.caughtUp();
  expect(await given.mailbox(senderId)).toMatchObject({ state: "connected", error: null });
  expect(endpoint.requests.length - before).toBe(2);
  await reading.die();
});

test("all that need a token at once, in whichever process, ask once; a new refresh token takes the old one's place", async () => {
  endpoint.answer = { rotates: true };
  const owner = { workspaceId: given.workspaceId, senderId: "sender_shared" };
  const of = mailOAuth2.parse(oauth2());
  const processes = [1, 2, 3].map(() => new MailTokens({ db: given.db, box }));
  const all = () => Promise.all(processes.flatMap((one) => [1, 2].map(() => one.get(owner, of, noDeadline()))));
  const before = endpoint.requests.length;
  expect(new Set(await all())).toEqual(new Set([nextTokenAfter(before)]));
  await given.db.query("update access_token set good_until = now() where sender_id = 'sender_shared'");
  const later = [1, 2].map(() => new MailTokens({ db: given.db, box }));
  expect(await Promise.all(later.map((one) => one.get(owner, of, noDeadline())))).toEqual([
    nextTokenAfter(before + 1),
    nextTokenAfter(before + 1),
  ]);
  expect(endpoint.requests.slice(before).map(({ form }) => form.refresh_token)).toEqual([
    of.refreshToken,
    `refresh-${before + 1}`,
  ]);
  const { rows } = await given.db.query("select token, refresh_token from access_token");
  expect(JSON.stringify(rows.map((row) => Object.values(row).map(String)))).not.toMatch(/token-\d|refresh-\d/);
  endpoint.answer = {};
});
const nextTokenAfter = (n: number) => `token-${n + 1}`;

test("a permission that was withdrawn breaks the sender and its mailbox with words that help; an endpoint that is away doesn't", async () => {
  const of = oauth2();
  const adapter = smtpAdapter(new MailTokens({ db: given.db, box }));
  const smtp = await startSmtp({ user: address, accessToken: "nobody's" });
  open.push(smtp);
  const sender = adapter.open({
    ...{ senderId: "sender_x", workspaceId: given.workspaceId, channel: "email", name: "Ada" },
    config: adapter.config.parse({ host: "127.0.0.1", port: smtp.port, security: "none", from: address }),
    credentials: adapter.credentials.parse({ user: address, oauth2: of }),
  });
  const send = () => sender.send(outboundMessage({ channel: "email", to: "grace@oauth.example" }), noDeadline());
  endpoint.answer = { status: 503, body: "busy" };
  expect(await send()).toMatchObject({ outcome: "retry", code: "token_unavailable", throttled: true });
  const body = JSON.stringify({ error: "invalid_grant", error_description: "Token has been expired or revoked." });
  endpoint.answer = { status: 400, body };
  expect(await send()).toMatchObject({
    ...{ outcome: "sender_broken", code: "authorization_expired" },
    detail: expect.stringMatching(/invalid_grant: Token has been expired or revoked\. .*sign in again/),
  });
  const senderId = await given.makeSender(1, { credentials: { user: address, oauth2: of } });
  const reading = await given.startReading({ tokens: new MailTokens({ db: given.db, box }) });
  await expect
    .poll(async () => (await given.mailbox(senderId)).errorCode, { interval: 20 })
    .toBe("authorization_expired");
  await reading.die();
  endpoint.answer = {};
  expect(await send()).toMatchObject({ outcome: "sender_broken", code: "login_refused" });
  await sender.close();
});

test("a sign-in gives the sender its login: the state is good once, and the code goes with its verifier", async () => {
  const imap = await server("unused");
  const senderId = await given.makeSender(imap.port, { credentials: {} });
  const { refreshToken: _, ...rest } = oauth2();
  const client = { ...rest, authorizeUrl: "https://provider.example/authorize?x=1", scope: "mail" };
  const begun = await given.call("POST", `/v1/senders/${senderId}/oauth2`, { body: { client } });
  const url = new URL(begun.body.authorizeUrl);
  expect(Object.fromEntries(url.searchParams)).toMatchObject({
    ...{ x: "1", response_type: "code", client_id: "herald", scope: "mail", code_challenge_method: "S256" },
    ...{ redirect_uri: begun.body.redirectUri, login_hint: address },
  });
  const state = url.searchParams.get("state")!;
  const back = (query: Record<string, string>) =>
    given.call("GET", `/oauth2/callback?${new URLSearchParams(query)}`, { key: null });
  expect(await back({ state: `${state.slice(0, -1)}_`, code: "c" })).toMatchObject({ status: 400 });
  endpoint.answer = { rotates: true };
  const before = endpoint.requests.length;
  expect(await back({ state, code: "the code" })).toMatchObject({ status: 200 });
  endpoint.answer = {};
  const { form } = endpoint.requests.at(-1)!;
  expect(form).toMatchObject({
    grant_type: "authorization_code",
    code: "the code",
    redirect_uri: begun.body.redirectUri,
  });
  const hash = await crypto.subtle.digest("SHA-256", Buffer.from(form.code_verifier!));
  expect(Buffer.from(hash).toString("base64url")).toBe(url.searchParams.get("code_challenge"));
  expect(await back({ state, code: "the code" })).toMatchObject({ status: 400 });
  expect(endpoint.requests).toHaveLength(before + 1);
  expect((await given.call("GET", `/v1/senders/${senderId}`)).body).toMatchObject({ hasCredentials: true });
  const { rows } = await given.db.query<{ credentials: Buffer }>("select credentials from sender where id = $1", [
    senderId,
  ]);
  const kept = JSON.parse(box.open(rows[0]!.credentials, `${given.workspaceId}/${senderId}`));
  expect(kept).toMatchObject({ user: address, oauth2: { clientId: "herald", refreshToken: `refresh-${before + 1}` } });
  const refused = await given.call("POST", `/v1/senders/${senderId}/oauth2`, { body: { client } });
  const denied = await back({
    state: new URL(refused.body.authorizeUrl).searchParams.get("state")!,
    error: "access_denied",
    error_description: "<b>no</b>",
  });
  expect([denied.status, String(denied.body)]).toEqual([400, expect.stringContaining("&lt;b&gt;no&lt;/b&gt;")]);
});

test("a token that is asked for is waited for no longer than the call may take", async () => {
  const tokens = new MailTokens({ db: given.db, box });
  const owner = { workspaceId: given.workspaceId, senderId: "sender_slow" };
  await expect(tokens.get(owner, mailOAuth2.parse(oauth2()), AbortSignal.abort())).rejects.toBeInstanceOf(TokenFailure);
});
