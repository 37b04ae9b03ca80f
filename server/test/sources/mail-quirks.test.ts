import { expect, test } from "vitest";
import { readMail } from "../../src/sources/mail/read-mail.ts";

const owner = { senderId: "sender_1", address: "ada@example.com" };

/** What comes of a mail of these lines; `encoding` is what its letters are written in. */
async function read(lines: readonly string[], encoding: "latin1" | "utf8" = "utf8") {
  const raw = Buffer.from(["From: Grace <grace@lead.example>", ...lines].join("\r\n"), encoding);
  const reading = await readMail(raw, { folder: "inbox", size: raw.length, internalDate: null }, owner);
  return reading.kind === "facts" ? reading.facts[0]! : reading;
}
const multipart = (type: string, ...parts: readonly string[]) => [
  `Content-Type: ${type}; boundary=A`,
  "",
  ...parts.flatMap((part) => ["--A", part]),
  "--A--",
];

test("letters of windows-1252 that nothing names are read, beside UTF-8, and not where another charset is named", async () => {
  const answer = "D\x92accord, \xe0 mardi.";
  expect(await read(["Subject: R\xe9ponse", "", answer], "latin1")).toMatchObject({
    ...{ subject: "Réponse", text: "D’accord, à mardi." },
  });
  const utf8 = Buffer.from("Grüße").toString("latin1");
  const both = [`Content-Type: text/plain; charset=utf-8`, "", utf8].join("\r\n");
  expect(
    await read(multipart("multipart/mixed", both, `Content-Type: text/plain\r\n\r\n${answer}`), "latin1"),
  ).toMatchObject({ text: "Grüße\n\nD’accord, à mardi." });
  const cyrillic = ["Subject: caf\xe9", "Content-Type: text/plain; charset=koi8-r", "", "\xd0\xd2\xc9\xd7\xc5\xd4"];
  expect(await read(cyrillic, "latin1")).toMatchObject({ subject: "café", text: "привет" });
});

test.each([
  ["failed", "4.4.7", "refused"],
  ["failed", "4.4.1", "refused"],
  ["delayed", "4.4.7", "soft"],
  ["failed", "5.1.1", "hard"],
])("a report of the action %s with %s is %s: who has given up will not try again", async (action, status, outcome) => {
  const report = ["Content-Type: message/delivery-status", "", "Reporting-MTA: dns; mx.example", ""];
  const recipient = ["Final-Recipient: rfc822; grace@lead.example", `Action: ${action}`, `Status: ${status}`, ""];
  const lines = multipart("multipart/report; report-type=delivery-status", [...report, ...recipient].join("\r\n"));
  expect(await read(lines)).toMatchObject({ kind: "bounce", outcome, status });
});

test.each([
  ["自動返信: ご連絡", "ただいま休暇をいただいております。", "out_of_office"],
  ["【自動応答】不在のお知らせ", "現在外出中です。", "out_of_office"],
  ["Odpowiedź automatyczna: Hej", "Jestem na urlopie.", "out_of_office"],
  ["Re: 休暇", "来週はいかがですか。", null],
])("%j with %j and no header for it is %j", async (subject, text, automatic) => {
  expect(await read([`Subject: ${subject}`, "", text])).toMatchObject({ kind: "message", mail: { automatic } });
});

test("a note that a mail was opened is no reply", async () => {
  const note = "Content-Type: message/disposition-notification\r\n\r\nDisposition: manual-action; displayed\r\n";
  const words = "Content-Type: text/plain\r\n\r\nYour message was read.";
  const lines = multipart("multipart/report; report-type=disposition-notification", words, note);
  expect(await read(["Subject: Read: Hello", ...lines])).toMatchObject({ mail: { automatic: "auto_reply" } });
});
