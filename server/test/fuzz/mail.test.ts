import { expect, test } from "vitest";
import { readMail } from "../../src/sources/mail/read-mail.ts";
import { fuzzMails } from "./mail.ts";

test("mails that were mutated at random are read without an error, and into what can be stored", async () => {
  const { mails, kinds } = await fuzzMails({ seed: Date.now() % 1_000_000, count: 5_000, ms: 1_000 });
  // A second of a quiet machine is some hundreds.
  expect(mails).toBeGreaterThan(5);
  // Not all of them are so broken that nothing is read.
  expect(Object.keys(kinds).length).toBeGreaterThan(2);
});

test("what is made to take long takes no second", async () => {
  const of = (head: string, body: string) => Buffer.from(`From: grace@lead.example\r\n${head}\r\n\r\n${body}`);
  const many = (text: string, bytes = 500_000) => text.repeat(Math.ceil(bytes / text.length));
  const multi = 'Content-Type: multipart/mixed; boundary="b"';
  const html = "Content-Type: text/html";
  const attacks: Record<string, Buffer> = {
    boundaries: of(multi, many('--b\r\nContent-Type: multipart/mixed; boundary="c"\r\n\r\n--x\r\n--y\r\n')),
    "empty parts": of(multi, many("--b\r\n\r\n\r\n")),
    dashes: of(multi, many("--\r\n")),
    "open tags": of(html, many("<")),
    quotes: of(html, many("<blockquote>")),
    scripts: of(html, many("<script>")),
    comments: of(html, many("<!--")),
    entities: of(html, many("&#")),
    attributions: of("Content-Type: text/plain", many("On 1\n")),
    "long line": of("Content-Type: text/plain", `On 2026${many(" x")} wrote`),
    marks: of("Content-Type: text/plain", many("> ")),
    froms: of("Content-Type: text/plain", many("From: a\n")),
    blanks: of("Content-Type: text/plain", many(" ")),
    "blank lines": of("Content-Type: text/plain", many("\n")),
    addresses: of(`To: ${many('"x <', 200_000)}`, "x"),
    references: of(`References: ${many("<", 200_000)}`, "x"),
    "encoded words": of(`Subject: ${many("=?utf-8?Q?", 200_000)}`, "x"),
    fields: of(many("X: y\r\n", 400_000).trimEnd(), "x"),
    report: of(
      'Content-Type: multipart/report; boundary="b"',
      `--b\r\nContent-Type: message/delivery-status\r\n\r\n${many("Status: 5\r\n\r\n")}`,
    ),
    "prose of a bounce": of("Return-Path: <>\r\nX-Failed-Recipients: a@b.c", many("a-".repeat(200))),
    "flowed text": of("Content-Type: text/plain; format=flowed", many("> \r\n")),
    subject: of(`Subject: ${many(" \t", 200_000)}x`, "x"),
  };
  const took: Record<string, number> = {};
  for (const [name, mail] of Object.entries(attacks)) {
    const cpu = process.cpuUsage();
    await readMail(
      mail,
      { folder: "inbox", size: mail.length, internalDate: null },
      { senderId: "s", address: "ada@example.com" },
    );
    const { user, system } = process.cpuUsage(cpu);
    took[name] = (user + system) / 1000;
  }
  expect(Object.entries(took).filter(([, ms]) => ms > 1_000)).toEqual([]);
});
