import { afterAll, beforeAll, expect, test } from "vitest";
import { type ConversationPlace, listConversations } from "../../src/db/conversation-list.ts";
import { insertDestination } from "../../src/db/destination.ts";
import { recountUnread } from "../../src/db/inbox-count.ts";
import { newId } from "../../src/domain/id.ts";
import { makeLead, makeSender } from "../factories.ts";
import { inboundSms, sourceApi, twilioSender } from "../sources/source-setup.ts";

let given: Awaited<ReturnType<typeof sourceApi>>;
let source: Awaited<ReturnType<typeof given.create>>;
let senderId: string;
let n = 0;
beforeAll(async () => {
  given = await sourceApi();
  source = await given.create("twilio");
  senderId = await twilioSender(given.call);
});
afterAll(() => given.close());

const sms = (From: string, Body: string) => given.tell(source, inboundSms({ MessageSid: `SM${++n}`, From, Body }));
const list = async (query: string) => (await given.call("GET", `/v1/conversations?${query}`)).body;
const unread = async () => {
  const { conversations, messages } = (await given.call("GET", "/v1/conversations/unread")).body;
  return [conversations, messages];
};
const act = (id: string, action: string, body?: object) =>
  given.call("POST", `/v1/conversations/${id}/${action}`, { body });
const change = (id: string, body: object) => given.call("PATCH", `/v1/conversations/${id}`, { body });
const phoneOf = () => `+1202555${String(3_000 + ++n)}`;

/** A conversation in which a lead wrote these. */
async function conversation(texts: string[], lead: Parameters<typeof makeLead>[2] = {}) {
  const phone = phoneOf();
  const leadId = await makeLead(given.db, given.workspaceId, { ...lead, phone });
  for (const text of texts) await sms(phone, text);
  const [{ id }] = (await list(`leadId=${leadId}`)).data;
  return { id: id as string, leadId, phone };
}

test("what is unread is counted by channel as it comes in, is read, and is made unread again", async () => {
  const [startConversations, startMessages] = await unread();
  const { id, phone } = await conversation(["One", "Two", "Three"]);
  const since = async () => {
    const [conversations, messages] = await unread();
    return [conversations! - startConversations!, messages! - startMessages!];
  };
  expect(await since()).toEqual([1, 3]);
  const { data: messages } = (await given.call("GET", `/v1/conversations/${id}/messages?order=asc`)).body;
  // "Three" came in while somebody was looking at "Two".
  expect((await act(id, "read", { messageId: messages[1].id })).body).toMatchObject({ unread: 1 });
  expect(await since()).toEqual([1, 1]);
  expect((await act(id, "read", { messageId: messages[0].id })).body).toMatchObject({ unread: 1 });
  expect((await act(id, "read", { messageId: newId("message") })).status).toBe(400);
  expect((await act(id, "read")).body).toMatchObject({ unread: 0 });
  expect(await since()).toEqual([0, 0]);
  expect((await act(id, "unread")).body).toMatchObject({ unread: 1 });
  expect(await since()).toEqual([1, 1]);
  expect((await change(id, { status: "closed" })).body).toMatchObject({ status: "closed", unread: 0 });
  expect(await since()).toEqual([0, 0]);
  await sms(phone, "Are you there?");
  expect((await list(`leadId=${(await list("limit=1")).data[0].lead.id}`)).data).toMatchObject([
    { id, status: "open", unread: 1 },
  ]);
  expect(await since()).toEqual([1, 1]);
  expect(await recountUnread(given.db)).toBe(0);
  await given.db.query("update conversation set unread = 5 where id = $1", [id]);
  expect([await recountUnread(given.db), await since()]).toEqual([1, [1, 5]]);
  await act(id, "read");
});

test("counts are right when many messages of many conversations come in and are read at once", async () => {
  const before = await unread();
  const made: Awaited<ReturnType<typeof conversation>>[] = [];
  for (let i = 0; i < 4; i += 1) made.push(await conversation(["One"]));
  await Promise.all([
    ...made.flatMap(({ id }) => [
      act(id, "read"),
      act(id, "read"),
      act(id, "unread"),
      change(id, { status: "closed" }),
    ]),
    ...made.map(({ phone }) => given.post(given.signed(source, inboundSms({ MessageSid: `SM${++n}`, From: phone })))),
    ...Array.from({ length: 4 }, () => given.newProcessor().runOnce()),
  ]);
  await given.drain();
  expect(await recountUnread(given.db)).toBe(0);
  for (const { id } of made) await act(id, "read");
  expect(await unread()).toEqual(before);
});

test("an assignee and a note are kept and taken back; filters find by them, by name, status and sender", async () => {
  const ada = await conversation(["Hello"], { firstName: "Zoé" });
  await given.db.query("update lead set last_name = 'O''Neill-100%' where id = $1", [ada.leadId]);
  const bob = await conversation(["Hello"], { firstName: "Zora" });
  const changed = await change(ada.id, { assignee: "ada@example.com", note: "Call her" });
  expect(changed.body).toMatchObject({ assignee: "ada@example.com", note: "Call her", status: "open" });
  const found = async (query: string) => (await list(query)).data.map(({ id }: { id: string }) => id);
  expect(await found("q=zo")).toEqual([bob.id, ada.id]);
  expect(await found("q=ZOÉ")).toEqual([ada.id]);
  expect(await found(`q=${encodeURIComponent("zoé o'neill-1")}`)).toEqual([ada.id]);
  expect(await found(`q=${encodeURIComponent("o'neill-100%")}`)).toEqual([ada.id]);
  for (const q of ["oé", "zo%25", "zoé x", "neill"]) expect([q, await found(`q=${q}`)]).toEqual([q, []]);
  expect(await found("q=zo&assignee=ada@example.com")).toEqual([ada.id]);
  expect(await found("q=zo&assignee=")).toEqual([bob.id]);
  await change(bob.id, { status: "closed" });
  expect(await found("q=zo&status=open")).toEqual([ada.id]);
  expect(await found("q=zo&unread=true")).toEqual([ada.id]);
  expect(await found("q=zo&unread=false")).toEqual([bob.id]);
  expect(await found(`q=zo&senderId=${senderId}&channel=sms&leadStatus=REPLY_RECEIVED&status=closed`)).toEqual([
    bob.id,
  ]);
  expect(await found("q=zo&channel=email")).toEqual([]);
  expect(await found(`q=zo&senderId=${newId("sender")}`)).toEqual([]);
  expect((await change(ada.id, { assignee: null, note: null })).body).toMatchObject({ assignee: null, note: null });
  expect((await change(ada.id, { assignee: "two\nlines" })).status).toBe(400);
});

test("each conversation is on one page, whatever the filter; a walk that finds little says where to go on", async () => {
  const made: string[] = [];
  for (let i = 0; i < 5; i += 1) made.push((await conversation(["Hello"], { firstName: "Pager" })).id);
  await change(made[1]!, { status: "closed" });
  for (const id of made) await change(id, { assignee: "pager" });
  for (const query of [
    "",
    "channel=sms&",
    "q=pager&",
    `senderId=${senderId}&`,
    "leadStatus=REPLY_RECEIVED&",
    "assignee=pager&",
  ]) {
    const seen: string[] = [];
    let cursor: string | null = "";
    for (let pages = 0; cursor !== null && pages < 50; pages += 1) {
      const page = await list(`${query}limit=2${cursor ? `&cursor=${cursor}` : ""}`);
      if (!page.data) throw new Error(JSON.stringify(page));
      seen.push(...page.data.map(({ id }: { id: string }) => id));
      cursor = page.nextCursor as string | null;
    }
    const ours = seen.filter((id) => made.includes(id));
    expect([query, ours]).toEqual([query, made.toReversed()]);
    expect(new Set(seen).size).toBe(seen.length);
  }
  expect((await given.call("GET", "/v1/conversations?cursor=abc")).status).toBe(400);
  // Of two that it may look at, the second one is asked for: the page has it, and the next one begins behind it.
  const at = (after?: ConversationPlace) =>
    listConversations(given.db, given.workspaceId, { leadStatus: "OPPORTUNITY", after, limit: 10 }, 2);
  await given.db.query(
    "update lead set status = 'OPPORTUNITY' where id = (select lead_id from conversation where id = $1)",
    [made[3]],
  );
  const first = await at();
  expect([first.data.map(({ id }) => id), first.next?.id]).toEqual([[made[3]], made[3]]);
  expect((await at(first.next!)).data).toEqual([]);
  const oldest = (await list("limit=100")).data.at(-1);
  const end = await at({ lastMessageAt: new Date(oldest.lastMessageAt), id: oldest.id });
  expect(end).toEqual({ data: [], next: null });
});

test("messages go both ways, by when they were, and are paged from either end", async () => {
  const { id, leadId } = await conversation(["First", "Second", "Third"]);
  const read = async (order: string) => {
    const texts: string[] = [];
    let cursor = "";
    do {
      const { body } = await given.call("GET", `/v1/conversations/${id}/messages?order=${order}&limit=2${cursor}`);
      texts.push(...body.data.map(({ text }: { text: string }) => text));
      cursor = body.nextCursor ? `&cursor=${body.nextCursor}` : "";
    } while (cursor !== "");
    return texts;
  };
  // Told late: it was written before the others.
  await given.db.query(
    "update message set sent_at = sent_at - interval '1 hour' where lead_id = $1 and text = 'Third'",
    [leadId],
  );
  expect(await read("asc")).toEqual(["Third", "First", "Second"]);
  expect(await read("desc")).toEqual(["Second", "First", "Third"]);
});

test("an answer needs what its channel needs; another system's account, another workspace's conversation can't be answered in", async () => {
  const { id, leadId } = await conversation(["Hello"]);
  const answer = (to: string, body: object) => act(to, "messages", body);
  expect((await answer(id, { text: "" })).status).toBe(400);
  expect((await answer(id, { text: "x", subject: "No" })).status).toBe(400);
  await given.db.query("update conversation set sender_id = 'their-account' where id = $1", [id]);
  const theirs = await answer(id, { text: "Hi" });
  expect([theirs.status, theirs.body.message]).toEqual([422, expect.stringContaining("their-account")]);
  const email = await makeSender(given.db, given.workspaceId, "email");
  const thread = newId("conversation");
  await given.db.query(
    "insert into conversation (workspace_id, id, lead_id, channel, sender_id) values ($1, $2, $3, 'email', $4)",
    [given.workspaceId, thread, leadId, email],
  );
  expect((await answer(thread, { text: "Hi" })).body.details).toMatchObject([{ field: "subject" }]);
  expect((await act(thread, "unread")).status).toBe(409);
  expect((await answer(thread, { text: "Hi", subject: "Hello" })).body).toMatchObject({ conversationId: thread });
  const nowhere = newId("conversation");
  const calls = [answer(nowhere, { text: "Hi" }), act(nowhere, "read"), act(nowhere, "unread"), change(nowhere, {})];
  for (const { status } of await Promise.all(calls)) expect(status).toBe(404);
  for (const path of ["", "/messages"])
    expect((await given.call("GET", `/v1/conversations/${nowhere}${path}`)).status).toBe(404);
});

test("who writes an answer says so, and takes it back; and a snippet is written for the lead", async () => {
  const { id, leadId } = await conversation(["Hello?"], { firstName: "Ada" });
  const writing = (method: string, body?: object, key?: string) =>
    given.call(method, `/v1/conversations/${id}/writing`, { ...(body && { body }), ...(key && { key }) });
  const until = async () =>
    (await given.db.query<{ at: Date | null }>("select writing_until as at from lead where id = $1", [leadId])).rows[0]!
      .at;
  expect((await writing("PUT", { seconds: 5 })).status).toBe(400);
  expect((await writing("PUT", {}, given.api.keys.read)).status).toBe(403);
  const said = await writing("PUT", { seconds: 60 });
  expect(said).toMatchObject({ status: 200, body: { until: (await until())!.toISOString() } });
  // Another one who writes keeps what they have.
  await writing("PUT", { seconds: 600 }, given.api.keys.send);
  const longest = await until();
  expect((await writing("DELETE")).status).toBe(204);
  expect(await until()).toEqual(longest);
  await writing("DELETE", undefined, given.api.keys.send);
  expect(await until()).toBeNull();
  expect((await given.call("PUT", `/v1/conversations/${newId("conversation")}/writing`, { body: {} })).status).toBe(
    404,
  );

  const snippets = (body: object, key?: string) => given.call("POST", "/v1/snippets", { body, ...(key && { key }) });
  const text = "Hi {{ firstName }} of {{ company }}, {{ topic | default: 'all' }}?";
  const made = await snippets({ name: "Next-Step", text });
  expect(made).toMatchObject({ status: 201, body: { name: "next-step", channel: null } });
  expect((await snippets({ name: "next-step", text })).status).toBe(409);
  expect((await snippets({ name: "other", text: "{{ firstName" })).body).toMatchObject({
    details: [{ field: "text", reason: expect.stringContaining("line 1") }],
  });
  for (const name of ["", "two words", "-x", "a/b", "x".repeat(41)])
    expect((await snippets({ name, text: "x" })).status).toBe(400);
  expect((await snippets({ name: "x", text: "x" }, given.api.keys.read)).status).toBe(403);
  await snippets({ name: "mail", channel: "email", text: "By mail" });
  const names = async (query: string) =>
    (await given.call("GET", `/v1/snippets?${query}`)).body.data.map((one: { name: string }) => one.name);
  expect([await names("channel=sms"), await names("channel=email")]).toEqual([["next-step"], ["mail", "next-step"]]);
  const path = `/v1/snippets/${made.body.id}`;
  expect((await given.call("GET", `${path}/text?leadId=${leadId}`)).body).toEqual({
    text: "Hi Ada of [company], all?",
    missing: ["company"],
  });
  expect((await given.call("GET", `${path}/text?leadId=${newId("lead")}`)).status).toBe(404);
  expect((await given.call("PATCH", path, { body: { name: "mail" } })).status).toBe(409);
  expect((await given.call("PATCH", path, { body: { channel: "sms" } })).body).toMatchObject({
    name: "next-step",
    channel: "sms",
  });
  // Made to how it was before that.
  const stale = await given.call("PATCH", path, { body: { text: "Hello", ifUpdatedAt: made.body.updatedAt } });
  expect(stale).toMatchObject({ status: 409, body: { details: [{ field: "ifUpdatedAt" }] } });
  const { updatedAt } = (await given.call("GET", path)).body;
  expect((await given.call("PATCH", path, { body: { text: "Hello", ifUpdatedAt: updatedAt } })).status).toBe(200);
  expect((await given.call("DELETE", path)).status).toBe(204);
  expect((await given.call("DELETE", path)).status).toBe(404);
});

test("a lead's timeline is one over messages, events, notes and CRMs, the same in pages of any size", async () => {
  const { id, leadId } = await conversation(["Hello", "Are you there?"]);
  await change(id, { note: "Prefers mornings" });
  await given.call("PATCH", `/v1/leads/${leadId}/status`, { body: { status: "REPLIED", note: "By phone" } });
  const { db, workspaceId } = given;
  const crm = newId("destination");
  await insertDestination(db, workspaceId, {
    ...{ id: crm, kind: "salesforce", name: "Our CRM", url: "https://acme.my.salesforce.com" },
    ...{ format: "herald", formatBit: 1, eventTypes: null, secret: null, config: {} },
  });
  const { rows } = await db.query<{ id: string }>(
    "select id from event where workspace_id = $1 and lead_id = $2 and type = 'message.received' order by at, id",
    [workspaceId, leadId],
  );
  const told = rows[0]!.id;
  const write = (n: number, outcome: string, final: boolean) =>
    db.query(
      `insert into attempt (workspace_id, lane_id, ref, kind, n, started_at, duration_ms, outcome, final, detail)
       values ($1, $2, $3, 'delivery', $4, now(), 5, $5, $6, $7)`,
      [workspaceId, crm, told, n, outcome, final, `Try ${n}`],
    );
  await write(1, "retry", false);
  await write(2, "succeeded", true);
  await db.query(
    `insert into crm_record (workspace_id, destination_id, kind, ref, claim, ask_at, crm_id)
     values ($1, $2, 'person', $3, 'x', now(), '003A'), ($1, $2, 'event', $4, 'x', now(), '00TB')`,
    [workspaceId, crm, leadId, told],
  );

  const page = async (query: string) => (await given.call("GET", `/v1/leads/${leadId}/timeline?${query}`)).body;
  const { data, crms, nextCursor } = await page("limit=100");
  expect(nextCursor).toBeNull();
  const known = { destinationId: crm, name: "Our CRM", kind: "salesforce", personId: "003A" };
  const shown = { ...known, link: "https://acme.my.salesforce.com/003A" };
  expect(crms).toEqual([shown]);
  const kinds = data.map((entry: { kind: string }) => entry.kind);
  expect(kinds.filter((kind: string) => kind === "message")).toHaveLength(2);
  expect(data.find((entry: { kind: string }) => entry.kind === "note")).toMatchObject({
    ...{ conversationId: id, channel: "sms", text: "Prefers mornings" },
  });
  const events = data.filter((entry: { kind: string }) => entry.kind === "event");
  expect(events.map(({ event }: { event: { eventType: string } }) => event.eventType)).toContain("lead.updated");
  expect(data.filter((entry: { kind: string }) => entry.kind === "crm")).toMatchObject([
    {
      eventId: told,
      eventType: "message.received",
      crm: shown,
      outcome: "succeeded",
      detail: "Try 2",
      recordId: "00TB",
    },
  ]);
  const times = data.map((entry: { at: string }) => entry.at);
  expect(times).toEqual([...times].sort().reverse());

  const collected: unknown[] = [];
  let cursor: string | null = "";
  while (cursor !== null) {
    const next: { data: unknown[]; nextCursor: string | null } = await page(`limit=1${cursor && `&cursor=${cursor}`}`);
    collected.push(...next.data);
    cursor = next.nextCursor;
  }
  expect(collected).toEqual(data);
  expect((await page("show=messages")).data).toHaveLength(2);

  // The same note again is not news; another one is.
  const noteAt = async () => (await page("")).data.find((entry: { kind: string }) => entry.kind === "note").at;
  const first = await noteAt();
  await change(id, { note: "Prefers mornings" });
  expect(await noteAt()).toBe(first);
  await change(id, { note: "Prefers evenings" });
  expect(await noteAt()).not.toBe(first);
});
