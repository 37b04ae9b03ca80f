import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import type { InboundFact } from "../../src/domain/inbound.ts";
import { readMail } from "../../src/sources/mail/read-mail.ts";

const folder = new URL("../fixtures/mail/", import.meta.url);
const owner = { senderId: "sender_1", address: "ada@example.com" };

async function factOf(name: string): Promise<InboundFact> {
  const reading = await readMail(raw(name), { folder: "inbox", size: 1, internalDate: null }, owner);
  if (reading.kind !== "facts") throw new Error(`${name}: ${reading.kind} ${reading.detail}`);
  return reading.facts[0]!;
}
const raw = (name: string) =>
  Buffer.from(readFileSync(new URL(`${name}.eml`, folder), "utf8").replaceAll("\n", "\r\n"));
const claimed: string[] = [];

/** What is told of each: "visible" is all that a person wrote anew. */
const replies: Record<string, string> = {
  "gmail-reply": "Sounds good — Tuesday at 3?",
  "outlook-english": "Please call me.\n\nKind regards\nGrace",
  "outlook-german": "Gerne, rufen Sie an.",
  "outlook-french": "Oui, mardi.",
  "outlook-spanish": "Sí, el martes.",
  "apple-mail": "Not now, maybe in May.",
  "apple-mail-german": "Im Mai wieder.",
  signature: "No, thank you.",
  "answers-between":
    "See below.\n\nOn Mon, Jan 5, 2026 at 9:30 AM Ada <ada@example.com> wrote:\n> When?\nTuesday.\n> Where?\nHere.",
  "answer-below": "I answer below, as one should.",
  "html-only": "Yes & gladly.\nWhen?",
};

test.each(Object.entries(replies))(
  "%s: what it quotes and the signature are split off, and the whole is kept",
  async (name, visible) => {
    claimed.push(name);
    const fact = await factOf(name);
    expect(fact).toMatchObject({ kind: "message", direction: "in", mail: { visibleText: visible, automatic: null } });
    expect((fact as { text: string }).text.length).toBeGreaterThan(visible.length);
  },
);

const facts: Record<string, object> = {
  "looks-like-a-quote": { kind: "message", mail: { visibleText: null } },
  latin1: {
    text: "À bientôt.",
    subject: "Re: Réunion",
    person: { firstName: "Grâce", lastName: "Hoppér", email: "grace@lead.example" },
  },
  "out-of-office-outlook": { kind: "message", mail: { automatic: "out_of_office" } },
  "out-of-office-german-without-a-header": { mail: { automatic: "out_of_office" } },
  "out-of-office-in-the-subject-of-a-person": { mail: { automatic: null } },
  "ticket-receipt": { mail: { automatic: "auto_reply" } },
  "auto-submitted-no": { mail: { automatic: null } },
  "bounce-postfix": {
    ...{
      kind: "bounce",
      outcome: "hard",
      status: "5.1.1",
      recipient: "grace@lead.example",
      references: ["<msg_1@example.com>", "<msg_1@example.com>"],
    },
    detail: expect.stringContaining("Recipient address rejected: User unknown"),
  },
  "bounce-delayed": { kind: "bounce", outcome: "soft", status: "4.4.1", references: ["<msg_1@example.com>"] },
  "bounce-mailbox-full": { kind: "bounce", outcome: "refused", status: "5.2.2", references: [] },
  "bounce-status-only-in-diagnostic": { kind: "bounce", outcome: "hard", status: "5.1.1" },
  "bounce-qmail": {
    kind: "bounce",
    outcome: "hard",
    status: "5.1.1",
    recipient: "grace@lead.example",
    references: ["<msg_1@example.com>"],
  },
  "bounce-exchange-prose": {
    kind: "bounce",
    outcome: "hard",
    status: "5.1.1",
    recipient: "grace@lead.example",
    references: ["<msg_1@example.com>"],
  },
  "bounce-exim": {
    kind: "bounce",
    outcome: "hard",
    status: "5.1.1",
    recipient: "grace@lead.example",
    references: ["<msg_1@example.com>"],
  },
  complaint: {
    kind: "complaint",
    feedback: "abuse",
    recipient: "grace@lead.example",
    references: ["<msg_1@example.com>"],
  },
  unsubscribe: {
    kind: "unsubscribe",
    messageId: "msg_01k9d3v0x5e0rb1v6m2z8q4w7n",
    person: { email: "grace@lead.example" },
  },
  "unsubscribe-as-a-topic": { kind: "message", keyword: null },
  attachment: {
    text: "See the file.",
    attachments: [{ url: "mid:a%40lead.example/plan.pdf", contentType: "application/pdf" }],
  },
};

test.each(Object.entries(facts))("%s is read as what it is", async (name, fact) => {
  claimed.push(name);
  expect(await factOf(name)).toMatchObject(fact);
});

test("a mail without a From that can be read is kept as unknown", async () => {
  claimed.push("group-and-no-from");
  expect(
    await readMail(raw("group-and-no-from"), { folder: "inbox", size: 1, internalDate: null }, owner),
  ).toMatchObject({ kind: "unknown" });
});

test("one's own mail is told by the folder, or by its From; a report is read in the inbox alone", async () => {
  const reading = await readMail(raw("gmail-reply"), { folder: "sent", size: 1, internalDate: null }, owner);
  expect(reading).toMatchObject({ type: "mail.sent", facts: [{ direction: "out" }] });
  const own = Buffer.from("From: ADA@example.com\r\nTo: grace@lead.example\r\n\r\nHello\r\n");
  expect(await readMail(own, { folder: "inbox", size: 1, internalDate: null }, owner)).toMatchObject({
    facts: [{ direction: "out", person: { email: "grace@lead.example" } }],
  });
});

test("a mail of which not all is read says so", async () => {
  const file = "--b\r\nContent-Type: image/png\r\n\r\nx\r\n";
  const files = (n: number) => `Content-Type: multipart/mixed; boundary="b"\r\n\r\n${file.repeat(n)}--b--\r\n`;
  const mails: [string, boolean][] = [
    [`\r\n${"x".repeat(100_000)}`, false],
    [`\r\n${"x".repeat(100_001)}`, true],
    [files(20), false],
    [files(21), true],
    [`\r\n${"\r\n--".repeat(10_000)}`, true],
  ];
  for (const [rest, truncated] of mails) {
    const mail = Buffer.from(`From: grace@lead.example\r\n${rest}`);
    const reading = await readMail(mail, { folder: "inbox", size: mail.length, internalDate: null }, owner);
    const [fact] = reading.kind === "facts" ? reading.facts : [];
    expect((fact as { truncated?: boolean }).truncated === true, rest.slice(0, 60)).toBe(truncated);
  }
});

test("each fixture is claimed something of", () => {
  expect(
    readdirSync(folder)
      .map((name) => name.replace(/\.eml$/, ""))
      .sort(),
  ).toEqual([...claimed].sort());
});
