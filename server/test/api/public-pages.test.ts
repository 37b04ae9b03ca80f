import { afterAll, beforeAll, expect, test } from "vitest";
import { publicLinks } from "../../src/campaigns/links.ts";
import type { OutboundMessage } from "../../src/channels/channel.ts";
import { PublicLinks } from "../../src/domain/public-link.ts";
import { box, makeCampaign, makeEngine, makeLead, makeSender, scriptedAdapter } from "../factories.ts";
import { type Api, setup } from "./setup.ts";

const base = "https://herald.example.com";
const links = publicLinks(base, box);
const person = { "user-agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0" };
const html =
  '<p><a href="https://www.example.com/a?x=1&amp;y=2">A</a> <a href="{{ unsubscribeUrl }}">Stop</a> <a href="mailto:a@b.c">M</a></p>';

let api: Api;
let engine: Awaited<ReturnType<typeof makeEngine>>;
const sent: OutboundMessage[] = [];
beforeAll(async () => {
  api = await setup({ config: { publicUrl: base } });
  const adapter = scriptedAdapter({
    onSend: (message) => {
      sent.push(message);
      return { outcome: "sent", providerMessageId: `<${message.messageId}@x>` };
    },
  });
  engine = await makeEngine(api.db, adapter, { links });
});
afterAll(async () => {
  await engine.stop();
  await api.close();
});

/** An email that went out, by a campaign. */
async function emailed(tracking: object = {}) {
  const senderId = await makeSender(api.db, api.workspaceId, "email", "scripted");
  const leadId = await makeLead(api.db, api.workspaceId);
  const text = "Hi. To stop: {{ unsubscribeUrl }}";
  const campaignId = await makeCampaign(api.db, api.workspaceId, {
    senderIds: [senderId],
    leadIds: [leadId],
    steps: [{ channel: "email", text, html }],
  });
  await api.call("PATCH", `/v1/campaigns/${campaignId}`, { body: { tracking } });
  expect((await api.call("POST", `/v1/campaigns/${campaignId}/start`, { key: api.keys.send })).status).toBe(200);
  await engine.drain();
  return { message: sent.at(-1)!, leadId, campaignId };
}
const at = (url: string) => new URL(url).pathname;
const get = (url: string, headers: Record<string, string> = person, method: "GET" | "HEAD" = "GET") =>
  api.app.inject({ method, url: at(url), headers });
const post = (url: string, payload = "List-Unsubscribe=One-Click", type = "application/x-www-form-urlencoded") =>
  api.app.inject({ method: "POST", url: at(url), payload, headers: { "content-type": type } });
const kinds = async (leadId: string) =>
  (
    await api.db.query<{ kind: string; channel: string }>(
      "select s.kind, s.channel from suppression s join lead l on l.email = s.address where l.id = $1 order by 1",
      [leadId],
    )
  ).rows.map(({ kind, channel }) => `${kind} ${channel}`);
const events = async (type: string, leadId: string) =>
  (
    await api.db.query<{ data: string }>("select data from event where type = $1 and lead_id = $2 order by id", [
      type,
      leadId,
    ])
  ).rows.map(({ data }) => JSON.parse(data));

test("a token says what it was made for, to whom has the key, and nothing in it may be changed", () => {
  const token = links.token({
    kind: "click",
    workspaceId: api.workspaceId,
    messageId: "msg_01k9d3v0x5e0rb1v6m2z8q4w7n",
    link: 300,
  });
  expect(links.read(token)).toEqual({
    kind: "click",
    workspaceId: api.workspaceId,
    messageId: "msg_01k9d3v0x5e0rb1v6m2z8q4w7n",
    link: 300,
  });
  expect(new PublicLinks(base, Buffer.alloc(32)).read(token)).toBeNull();
  for (let i = 0; i < token.length - 1; i++) {
    const other = token.slice(0, i) + (token[i] === "A" ? "B" : "A") + token.slice(i + 1);
    expect(links.read(other), String(i)).toBeNull();
  }
  for (const bad of ["", "x", `${token}A`, token.slice(1)]) expect(links.read(bad)).toBeNull();
});

test("an email of a campaign has its link; to open it changes nothing, one POST unsubscribes, whatever is in it", async () => {
  const { message, leadId } = await emailed();
  const url = message.unsubscribeUrl!;
  expect(url).toMatch(/^https:\/\/herald\.example\.com\/u\/[\w-]{71}$/);
  expect(message.text).toMatch(/^Hi\. To stop: https:\/\/herald\.example\.com\/u\/[\w-]{71}$/);
  // Nothing is tracked unless somebody said so.
  expect(message.html).toContain('href="https://www.example.com/a?x=1&amp;y=2"');
  expect(message.html).not.toContain("<img");
  for (const method of ["GET", "HEAD"] as const) {
    const page = await get(url, person, method);
    expect([page.statusCode, page.headers["x-robots-tag"]]).toEqual([200, "noindex, nofollow"]);
    expect(page.headers["content-security-policy"]).toMatch(
      /^default-src 'none'; style-src 'sha256-[^']+'; form-action 'self'/,
    );
    expect(page.body).not.toMatch(/<script|person\d|@example/);
  }
  expect(await kinds(leadId)).toEqual([]);
  expect((await post(url, "", "multipart/form-data; boundary=x")).statusCode).toBe(200);
  expect((await post(url)).statusCode).toBe(200);
  expect(await kinds(leadId)).toEqual(["unsubscribe email"]);
  expect(await events("lead.opted_out", leadId)).toMatchObject([
    {
      kind: "unsubscribe",
      channel: "email",
      source: "lead",
      evidence: { via: "one_click", messageId: message.messageId },
    },
  ]);
  for (const [body, type] of [
    ["List-Unsubscribe=One-Click", "no type"],
    [`a=${"x".repeat(1_100_000)}`, "application/x-www-form-urlencoded"],
  ] as const) {
    const strange = await emailed();
    expect((await post(strange.message.unsubscribeUrl!, body, type)).statusCode).toBe(200);
    expect(await kinds(strange.leadId)).toEqual(["unsubscribe email"]);
  }
  expect((await post(`${base}/u/${"A".repeat(71)}`)).statusCode).toBe(200);
  expect((await get(`${base}/u/${"A".repeat(71)}`)).statusCode).toBe(404);
  // A token for something else doesn't unsubscribe.
  const other = await emailed();
  await post(links.pixel(api.workspaceId, other.message.messageId)!.replace("/o/", "/u/").replace(".gif", ""));
  expect(await kinds(other.leadId)).toEqual([]);
});

test("the page's form is for the channel, or for the whole person; the link in a text is another one and works as well", async () => {
  const first = await emailed();
  await post(first.message.text.slice("Hi. To stop: ".length), "scope=channel");
  expect(await kinds(first.leadId)).toEqual(["unsubscribe email"]);
  await post(first.message.unsubscribeUrl!, "scope=all");
  expect(await kinds(first.leadId)).toEqual(["do_not_contact all", "unsubscribe email"]);
  expect((await events("lead.do_not_contact", first.leadId))[0]).toMatchObject({ evidence: { via: "page" } });
});

test("who unsubscribes while a team keeps from contacting them has unsubscribed, also once the team may contact them again", async () => {
  const { message, leadId } = await emailed();
  await api.call("POST", `/v1/leads/${leadId}/do-not-contact`, { body: { reason: "Asked by phone." } });
  expect(await kinds(leadId)).toEqual(["do_not_contact all"]);
  for (let twice = 0; twice < 2; twice++) expect((await post(message.unsubscribeUrl!)).statusCode).toBe(200);
  expect(await kinds(leadId)).toEqual(["do_not_contact all", "unsubscribe email"]);
  const told = await events("lead.opted_out", leadId);
  expect(told.filter(({ kind }) => kind === "unsubscribe")).toMatchObject([{ channel: "email", source: "lead" }]);
  await api.call("DELETE", `/v1/leads/${leadId}/do-not-contact?reason=Agreed.`);
  expect(await kinds(leadId)).toEqual(["unsubscribe email"]);
});

test("the link of a mail to an address that the lead had before counts for the one that it has now, and ends its sequences", async () => {
  const { message, leadId } = await emailed();
  const email = `new-${leadId.slice(-6)}@example.com`;
  expect((await api.call("PATCH", `/v1/leads/${leadId}`, { body: { email } })).status).toBe(200);
  expect((await post(message.unsubscribeUrl!)).statusCode).toBe(200);
  expect(await kinds(leadId)).toEqual(["unsubscribe email"]);
  const { rows } = await api.db.query("select 1 from suppression where address = $1", [message.to]);
  expect(rows).toHaveLength(1);
});

test("what a person writes by the API is no mass mail, and has no such header; nor is there one without a public URL", async () => {
  const leadId = await makeLead(api.db, api.workspaceId);
  await makeSender(api.db, api.workspaceId, "email", "scripted");
  await engine.desk.submit(
    {
      ...{ workspaceId: api.workspaceId, leadId, channel: "email", action: "message", senderId: null },
      ...{ subject: "Hi", text: "Hi", html: null, scheduledAt: null, source: "api" },
    },
    null,
  );
  await engine.drain();
  expect(sent.at(-1)).toMatchObject({ leadId, unsubscribeUrl: null });
  api.context.config.publicUrl = null;
  const start = async (change: object, step: object) => {
    const senderId = await makeSender(api.db, api.workspaceId, "email", "scripted");
    const campaignId = await makeCampaign(api.db, api.workspaceId, {
      senderIds: [senderId],
      leadIds: [leadId],
      steps: [{ channel: "email", ...step }],
    });
    await api.call("PATCH", `/v1/campaigns/${campaignId}`, { body: change });
    return await api.call("POST", `/v1/campaigns/${campaignId}/start`, { key: api.keys.send });
  };
  expect((await start({ tracking: { opens: true } }, {})).body).toMatchObject({ details: [{ field: "tracking" }] });
  expect((await start({}, { text: "{{ unsubscribeUrl }}" })).body).toMatchObject({
    statusCode: 422,
    details: [{ field: "steps.0" }],
  });
  api.context.config.publicUrl = base;
});

test("tracked opens and clicks: once a minute, programs are told from people, and a link leads only to where it led", async () => {
  const { message, leadId, campaignId } = await emailed({ opens: true, clicks: true });
  const [click] = /https:\/\/herald\.example\.com\/c\/[\w-]+/.exec(message.html!)!;
  const [pixel] = /https:\/\/herald\.example\.com\/o\/[\w-]+\.gif/.exec(message.html!)!;
  expect(message.html).toMatch(/href="https:\/\/herald\.example\.com\/u\/[\w-]{71}">Stop/);
  expect(message.html).toContain('href="mailto:a@b.c"');
  const [stored] = (await api.call("GET", `/v1/messages?leadId=${leadId}`)).body.data;
  expect(stored.html).not.toContain(`${base}/c/`);

  // Apple loads it ahead; then the person looks, twice.
  await get(pixel, { "user-agent": "Mozilla/5.0" });
  const gif = await get(pixel);
  await get(pixel);
  expect([gif.headers["content-type"], gif.rawPayload.subarray(0, 6).toString()]).toEqual(["image/gif", "GIF89a"]);
  expect(
    (await events("message.opened", leadId)).map(({ first, count, automated }) => [first, count, automated]),
  ).toEqual([
    [false, 0, true],
    [true, 1, false],
  ]);
  await api.db.query("update message set open_seen_at = now() - interval '61 seconds' where id = $1", [
    message.messageId,
  ]);
  await get(pixel);
  expect((await events("message.opened", leadId)).at(-1)).toMatchObject({
    first: false,
    count: 2,
    campaignId,
    messageId: message.messageId,
  });

  await api.db.query("update message set automated_seen_at = null");
  const head = await get(click, person, "HEAD");
  const led = await get(click);
  await get(click);
  expect([head.statusCode, led.statusCode, led.headers.location]).toEqual([
    302,
    302,
    "https://www.example.com/a?x=1&y=2",
  ]);
  expect((await events("message.clicked", leadId)).map(({ url, first, automated }) => [url, first, automated])).toEqual(
    [
      ["https://www.example.com/a?x=1&y=2", false, true],
      ["https://www.example.com/a?x=1&y=2", true, false],
    ],
  );
  const strange = { kind: "click", workspaceId: api.workspaceId, messageId: message.messageId, link: 9 } as const;
  expect((await get(`${base}/c/${links.token(strange)}`)).statusCode).toBe(404);
  expect((await get(`${base}/c/https%3A%2F%2Fevil.example`)).statusCode).toBe(404);
  expect((await get(`${base}/o/${"A".repeat(71)}.gif`)).statusCode).toBe(200);
  const { body } = await api.call("GET", `/v1/campaigns/${campaignId}`);
  expect(body.tracking).toEqual({ opens: true, clicks: true });
});
