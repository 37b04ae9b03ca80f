import { Webhook } from "standardwebhooks";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type ComplianceCheck, complianceSecretOwner, openComplianceCheck } from "../../src/campaigns/compliance.ts";
import { deleteComplianceCheck, storeComplianceCheck } from "../../src/db/compliance-check.ts";
import { newStandardSecret } from "../../src/domain/standard-webhooks.ts";
import { testDatabase } from "../database.ts";
import { box, makeEngine, makeLead, makeSender, makeWorkspace, scriptedAdapter } from "../factories.ts";

let test_: Awaited<ReturnType<typeof testDatabase>>;
beforeAll(async () => {
  test_ = await testDatabase();
});
afterAll(async () => await test_.close());

type Asked = { url: string; body: string; headers: Readonly<Record<string, string>> };

async function setup(answer: (asked: Asked, signal: AbortSignal) => Promise<{ status: number; body: string }>) {
  const { db } = test_;
  const sent: string[] = [];
  const asked: Asked[] = [];
  const adapter = scriptedAdapter({
    onSend: (message) => {
      sent.push(message.text);
      return { outcome: "sent", providerMessageId: message.messageId };
    },
  });
  const post = async (
    url: string,
    { signal, ...request }: { body: string; headers: Readonly<Record<string, string>>; signal: AbortSignal },
  ) => {
    asked.push({ url, ...request });
    return await answer({ url, ...request }, signal);
  };
  const engine = await makeEngine(db, adapter, { post });
  const workspaceId = await makeWorkspace(db);
  const senderId = await makeSender(db, workspaceId, "sms", "scripted");
  const leadId = await makeLead(db, workspaceId);
  const secret = newStandardSecret();
  const settings = { url: "https://check.example/", channels: ["sms" as const], deadlineMs: 200 };
  const set = (onFailure: "block" | "send") =>
    storeComplianceCheck(db, workspaceId, {
      ...{ ...settings, onFailure },
      secret: box.seal(secret, complianceSecretOwner(workspaceId)),
    });
  const send = async (text: string) => {
    const request = { channel: "sms" as const, action: "message" as const, senderId, subject: null, html: null };
    const { messageId } = await engine.desk.submit(
      { ...request, workspaceId, leadId, text, scheduledAt: null, source: "api" },
      null,
    );
    await engine.drain();
    const { rows } = await db.query<{ status: string; code: string; detail: string }>(
      "select status, status_code as code, status_detail as detail from message where id = $1",
      [messageId],
    );
    return rows[0]!;
  };
  return { engine, workspaceId, sent, asked, secret, set, send };
}

test("each message is asked about, signed, and one that is not allowed is blocked with the reason", async () => {
  const given = await setup(async ({ body }) => {
    const { content } = JSON.parse(body) as { content: { text: string } };
    return {
      status: 200,
      body: JSON.stringify(content.text === "bad" ? { allow: false, reason: "On our list." } : { allow: true }),
    };
  });
  expect(await given.send("before")).toMatchObject({ status: "sent" });
  expect(given.asked).toEqual([]);
  await given.set("block");
  expect(await given.send("good")).toMatchObject({ status: "sent" });
  expect(await given.send("bad")).toEqual({ status: "blocked", code: "compliance_blocked", detail: "On our list." });
  const { body, headers } = given.asked[1]!;
  expect(new Webhook(given.secret).verify(body, headers as Record<string, string>)).toMatchObject({
    content: { text: "bad" },
  });
  const { rows } = await test_.db.query<{ data: string }>(
    "select data from event where workspace_id = $1 and type = 'message.failed'",
    [given.workspaceId],
  );
  expect(rows.map(({ data }) => JSON.parse(data))).toMatchObject([
    { code: "compliance_blocked", reason: "On our list." },
  ]);
  await test_.db.transaction((tx) => deleteComplianceCheck(tx, given.workspaceId));
  expect(await given.send("bad")).toMatchObject({ status: "sent" });
  expect(given.sent).toEqual(["before", "good", "bad"]);
  await given.engine.stop();
});

test("no answer, a slow one and nonsense mean what was chosen: blocked, or sent", async () => {
  const answers: ((signal: AbortSignal) => Promise<{ status: number; body: string }>)[] = [
    async () => ({ status: 500, body: "" }),
    async () => ({ status: 200, body: "yes" }),
    async () => ({ status: 200, body: '{"allow": "true"}' }),
    async () => {
      throw new TypeError("fetch failed", { cause: new Error("connection refused") });
    },
    (signal) => new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason))),
  ];
  let n = 0;
  const given = await setup((_, signal) => answers[n]!(signal));
  for (n = 0; n < answers.length; n++) {
    await given.set("block");
    expect(await given.send(`${n}`), `${n}`).toMatchObject({
      status: "blocked",
      detail: expect.stringMatching(/no answer that could be used/),
    });
    await given.set("send");
    expect(await given.send(`${n}`), `${n}`).toMatchObject({ status: "sent" });
  }
  await given.engine.stop();
});

test("nobody is asked for channels that were not chosen", async () => {
  const given = await setup(async () => ({ status: 200, body: '{"allow": false}' }));
  await given.set("block");
  const open = (channel: "sms" | "email"): Promise<ComplianceCheck | null> =>
    openComplianceCheck(test_.db, { box, post: async () => ({ status: 200, body: "" }) }, given.workspaceId, channel);
  expect(await open("sms")).not.toBeNull();
  expect(await open("email")).toBeNull();
  await given.engine.stop();
});
