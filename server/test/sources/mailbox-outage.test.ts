import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { advanceFolder } from "../../src/db/mailbox.ts";
import { deadWorkers } from "../../src/db/worker.ts";
import { type LoopbackImap, startImap } from "../../src/loopback/imap.ts";
import { mostKept } from "../../src/sources/mailbox/reader.ts";
import { login, mail, mailboxApi } from "./mailbox-setup.ts";

let given: Awaited<ReturnType<typeof mailboxApi>>;
let imap: LoopbackImap;
let email: string;
let from: string;
let n = 0;
beforeAll(async () => {
  given = await mailboxApi();
});
afterAll(() => given.close());
beforeEach(async () => {
  email = `grace${++n}@lead.example`;
  from = `Grace <${email}>`;
  imap = await startImap(login);
});
afterEach(async () => {
  await given.forgetMailboxes();
  await imap.close();
});

const texts = async (leadId: string) => (await given.messages(leadId)).map(({ text }: { text: string }) => text).sort();
const numbered = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, n) => `mail ${String(from + n).padStart(3, "0")}`);
type Reading = Awaited<ReturnType<typeof given.startReading>>;

/** Has all that is in the inbox read and processed. */
async function settle(senderId: string, reading: Reading): Promise<void> {
  for (;;) {
    const box = await given.mailbox(senderId);
    const place = box.folders.find(({ path }: { path: string }) => path === "INBOX");
    const { next, validity } = imap.folder("INBOX");
    if (place?.lastUid === next - 1 && place.uidValidity === String(validity)) break;
    await reading.caughtUp();
  }
  await given.drain();
}

test("what comes while nobody reads, or while connections end in the middle of mails, is read once; nothing is missing", async () => {
  const leadId = await given.makeLead(email);
  const put = (list: string[]) => list.map((text) => imap.deliver("INBOX", mail({ From: from }, text)));
  put(numbered(1, 12));
  imap.faults.cutFetches.push(700, 2_000);
  const senderId = await given.makeSender(imap.port);
  const first = await given.startReading();
  await settle(senderId, first);
  await first.die();
  const before = imap.commands.length;
  put(numbered(13, 30));
  const second = await given.startReading();
  await settle(senderId, second);
  imap.disconnect();
  put(numbered(31, 35));
  await settle(senderId, second);
  expect(imap.faults.cutFetches).toEqual([]);
  expect(await texts(leadId)).toEqual(numbered(1, 35));
  // By their UIDs, and not by looking through the mailbox again.
  expect(imap.commands.slice(before).filter((command) => command.startsWith("UID SEARCH SINCE"))).toEqual([]);
  expect(imap.violations).toEqual([]);
  expect(await given.mailbox(senderId)).toMatchObject({ state: "connected", error: null, failures: 0 });
});

test("when the UIDs mean something else, nothing is taken in twice, and what came meanwhile is found", async () => {
  const leadId = await given.makeLead(email);
  for (const text of numbered(1, 5)) imap.deliver("INBOX", mail({ From: from }, text));
  const senderId = await given.makeSender(imap.port);
  const reading = await given.startReading();
  await settle(senderId, reading);
  // Two of them are gone, and a new one stands where an old one was.
  imap.folder("INBOX").mails.splice(0, 2);
  imap.folder("INBOX").mails.unshift({
    uid: 0,
    raw: Buffer.from(mail({ From: from }, "mail 006").replaceAll("\n", "\r\n")),
    internalDate: new Date(),
    flags: [],
  });
  imap.renumber("INBOX");
  await settle(senderId, reading);
  expect(await texts(leadId)).toEqual(numbered(1, 6));
  expect(await given.items(senderId)).toHaveLength(6);
});

test("one process reads a mailbox; another one takes over when it is gone, and what the first still holds counts no more", async () => {
  const leadId = await given.makeLead(email);
  const senderId = await given.makeSender(imap.port);
  const first = await given.startReading();
  await settle(senderId, first);
  const second = await given.startReading();
  await second.mailboxes.runOnce();
  expect(await second.mailboxes.runOnce()).toBe(0);
  // It is taken for dead, and lives.
  await given.db.query("delete from worker where no = $1", [first.workerNo]);
  const taken = second.caughtUp();
  await taken;
  imap.deliver("INBOX", mail({ From: from }, "mail 001"));
  await settle(senderId, second);
  expect(await texts(leadId)).toEqual(["mail 001"]);
  const { rows } = await given.db.query("select worker_no from mailbox");
  expect(rows).toEqual([{ worker_no: second.workerNo }]);
  const [{ version }] = (await given.db.query<{ version: number }>("select version from mailbox")).rows as [
    { version: number },
  ];
  const key = { workspaceId: given.workspaceId, senderId, version };
  const place = { validity: "1", uid: 99 };
  expect(await advanceFolder(given.db, first.workerNo, key, "INBOX", place)).toBe(false);
  // Nor does one that reads by the settings of before.
  expect(await advanceFolder(given.db, second.workerNo, { ...key, version: version - 1 }, "INBOX", place)).toBe(false);
  await expect.poll(() => imap.idling(), { interval: 5 }).toBe(1);
});

test("a process that is killed while it keeps mails leaves them to the next one, which takes in each once", {
  timeout: 240_000,
}, async () => {
  const leadId = await given.makeLead(email);
  for (const text of numbered(1, 3)) imap.deliver("INBOX", mail({ From: from }, text));
  const senderId = await given.makeSender(imap.port);
  const args = [join(import.meta.dirname, "mailbox-process.ts"), JSON.stringify(given.config)];
  const env = { PATH: process.env.PATH ?? "", HERALD_TEST_STOP_AT: "mailbox.keeping:2" };
  const child = spawn(process.execPath, args, { env, stdio: ["ignore", "pipe", "inherit"] });
  // The first time it kept that there is nothing in the folder of sent mails.
  const [said] = await once(child.stdout, "data");
  expect(String(said)).toContain("Stopped at mailbox.keeping");
  child.kill("SIGKILL");
  await once(child, "exit");
  // As the upkeep of each process does it.
  const dead = await deadWorkers(given.db);
  expect(dead).toHaveLength(1);
  await given.db.query("delete from worker where no = any($1)", [dead]);
  expect(await given.items(senderId)).toEqual([]);
  await settle(senderId, await given.startReading());
  expect(await texts(leadId)).toEqual(numbered(1, 3));
});

test("a mail that ends every connection is passed over in the end, with a note, and those behind it are read", async () => {
  const leadId = await given.makeLead(email);
  for (const text of numbered(1, 4)) imap.deliver("INBOX", mail({ From: from }, text));
  imap.faults.poisoned.add(2);
  const senderId = await given.makeSender(imap.port);
  const reading = await given.startReading({ retryMs: 1, everyMs: 2 });
  await settle(senderId, reading);
  expect(await texts(leadId)).toEqual(["mail 001", "mail 003", "mail 004"]);
  const unread = (await given.items(senderId)).filter(({ status }) => status === "unknown");
  expect(unread).toMatchObject([{ detail: expect.stringContaining("UID 2") }]);
});

test("of a mail of 30 MB the beginning is fetched, and its text where that stands behind a file; 10,000 parts do no harm", {
  timeout: 240_000,
}, async () => {
  const leadId = await given.makeLead(email);
  const file = `--x\r\nContent-Type: application/pdf; name="a.pdf"\r\nContent-Transfer-Encoding: base64\r\n\r\n${"QUJD".repeat(7_800_000)}\r\n`;
  const text = (words: string) => `--x\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n${words}\r\n`;
  const head = (id: string) =>
    mail({ From: from, "Message-ID": `<${id}@lead.example>`, "Content-Type": 'multipart/mixed; boundary="x"' }, "")
      .trimEnd()
      .replaceAll("\n", "\r\n");
  const large = (id: string, body: string) => Buffer.from(`${head(id)}\r\n\r\n${body}--x--\r\n`);
  imap.deliver("INBOX", large("first", text("text first") + file));
  imap.deliver("INBOX", large("last", file + text("text last")));
  const parts = `${text("the only words")}${`--x\r\nContent-Type: application/octet-stream\r\n\r\nx\r\n`.repeat(10_000)}`;
  imap.deliver("INBOX", large("many", parts));
  const nested = Array.from(
    { length: 2_000 },
    (_, n) => `--x${n || ""}\r\nContent-Type: multipart/mixed; boundary="x${n + 1}"\r\n\r\n`,
  ).join("");
  imap.deliver("INBOX", large("nested", nested));
  const senderId = await given.makeSender(imap.port);
  const reading = await given.startReading();
  await settle(senderId, reading);
  const messages: { text: string; attachments: { contentType: string }[] | null }[] = await given.messages(leadId);
  expect(messages.map(({ text }) => text.slice(0, 20))).toEqual(["text first", "text last", "the only words", ""]);
  expect(messages[0]!.attachments).toMatchObject([{ contentType: "application/pdf" }]);
  const { rows } = await given.db.query<{ n: number }>("select max(length(body))::int as n from received");
  expect(rows[0]!.n).toBeLessThanOrEqual(mostKept);
});

test("verification says what is wrong with the mailbox, and what is right", async () => {
  const verify = async (fields: Parameters<typeof given.makeSender>[1], port = imap.port) => {
    const { verifyMailbox } = await import("../../src/channels/email/imap/verify.ts");
    const { smtpConfig } = await import("../../src/channels/email/smtp/config.ts");
    const config = smtpConfig.parse({
      host: "127.0.0.1",
      security: "none",
      from: "ada@example.com",
      imap: { host: "127.0.0.1", port, security: "none", ...fields?.imap },
    });
    return await verifyMailbox(
      { config: config.imap!, login: fields?.credentials === undefined ? login : null },
      AbortSignal.timeout(60_000),
    );
  };
  expect(await verify({})).toMatchObject({ ok: true, detail: expect.stringContaining("Sent mails are in Sent") });
  expect(await verify({ credentials: {} })).toMatchObject({ ok: false, code: "imap_login_missing" });
  expect(await verify({ imap: { folders: { sent: "Gesendet" } } })).toMatchObject({
    ...{
      ok: false,
      code: "imap_folder_missing",
      detail: expect.stringMatching(/no folder Gesendet; it has: INBOX, Sent/),
    },
  });
  expect(await verify({}, 1)).toMatchObject({ ok: false, code: "imap_connect_failed" });
  expect(await verify({ imap: { security: "starttls" } })).toMatchObject({ ok: false, code: "imap_tls_failed" });
  imap.faults.noIdle = true;
  expect(await verify({})).toMatchObject({ ok: true, detail: expect.stringContaining("every 5 minutes") });
  imap.faults.refuseLogin = true;
  expect(await verify({})).toMatchObject({
    ok: false,
    code: "imap_login_refused",
    detail: expect.stringContaining("Invalid credentials"),
  });
});

test("a wrong password shows at the sender, and is not tried again at once; new settings are", async () => {
  const senderId = await given.makeSender(imap.port, { credentials: { imap: { ...login, pass: "wrong" } } });
  const reading = await given.startReading();
  await expect.poll(async () => (await given.mailbox(senderId)).state, { interval: 5 }).toBe("failing");
  const state = await given.mailbox(senderId);
  expect(state).toMatchObject({ errorCode: "login_refused", error: expect.stringContaining("refused the login") });
  expect(Date.parse(state.retryAt) - Date.now()).toBeGreaterThan(60_000);
  await given.call("PATCH", `/v1/senders/${senderId}`, { body: { credentials: { imap: login } } });
  await reading.caughtUp(1);
  expect(await given.mailbox(senderId)).toMatchObject({ state: "connected", error: null });
  // Without config.imap it isn't read.
  const config = { host: "127.0.0.1", port: 1, security: "none", from: "ada@example.com" };
  await given.call("PATCH", `/v1/senders/${senderId}`, { body: { config } });
  await expect.poll(() => imap.idling(), { interval: 5 }).toBe(0);
  expect((await given.call("GET", `/v1/senders/${senderId}/mailbox`)).status).toBe(409);
  expect((await given.call("GET", "/v1/sources")).body.data).toEqual([]);
});
