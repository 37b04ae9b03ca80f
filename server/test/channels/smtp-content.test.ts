import { expect, test } from "vitest";
import { composeMail } from "../../src/channels/email/mime.ts";
import { noDeadline } from "./outbound-message.ts";
import { mail, setup } from "./smtp-setup.ts";

const texts: [string, string][] = [
  ["emoji beyond the BMP, with joiners", "👩‍👩‍👧‍👦 🇨🇭 ☕️ done"],
  ["right to left, with marks", "שלום \u200fבן\u200f — مرحبا"],
  ["8 bit and astral scripts", "Grüße, Füße, 漢字, 𐌰𐌱"],
  ["a line longer than 998 octets", `before\n${"long ".repeat(1000)}\nafter`],
  ["a word longer than 998 octets", "x".repeat(5000)],
  ["a long word outside ASCII", "ü".repeat(5000)],
  ["a line of one dot, and lines that begin with one", ".\nfirst\n.\n..\n.hidden\n.\r\nlast"],
  ["trailing blanks and tabs", "one  \ntwo\t\n  three"],
  ["equals signs and what looks like quoted-printable", "a=3D b=\nc=C3=BC ="],
  ["what looks like a MIME boundary or a header", "--x\nSubject: evil\n\nBcc: other@example.org"],
  ["CR, LF and CRLF mixed", "one\r\ntwo\nthree\r\n\r\nfour"],
  [
    "the end of a session",
    "\r\n.\r\nMAIL FROM:<evil@example.org>\r\nRCPT TO:<other@example.org>\r\nDATA\r\nx\r\n.\r\n",
  ],
];

test.each(texts)("the text arrives as it was written: %s", async (_what, text) => {
  for (const html of [null, `<pre>${text}</pre>`]) {
    const { server, sender } = await setup();
    expect(await sender.send(mail({ text, html }), noDeadline())).toMatchObject({ outcome: "sent" });
    const written = (value: string) => value.replace(/\r\n?/g, "\n").replace(/\n+$/, "");
    expect(server.mails).toHaveLength(1);
    expect(server.mails[0]?.text).toBe(written(text));
    expect(server.mails[0]?.html).toBe(html === null ? null : written(html));
  }
});

test.each(texts)("the message itself is 7 bit, in CRLF lines of at most 78 characters: %s", (_what, text) => {
  const identity = {
    from: "anna@example.com",
    fromName: text,
    replyTo: null,
    messageIdDomain: "example.com",
    unsubscribeAt: null,
  };
  const message = mail({ text, subject: text, html: text });
  expect(composeMail(identity, message, "ben@example.org").content.toString("latin1")).toMatch(
    /^(?:[\t -~]{0,78}\r\n)+$/,
  );
});

const lines: [string, string, string][] = [
  ["emoji and right to left", "Grüße 👩‍👧 שלום", "Grüße 👩‍👧 שלום"],
  ["longer than a line, without a blank", "x".repeat(1500), "x".repeat(1500)],
  ["long and outside ASCII", "Ünï ".repeat(200).trim(), "Ünï ".repeat(200).trim()],
  ["what looks like an encoded word", "=?utf-8?Q?evil?= =?x?", "=?utf-8?Q?evil?= =?x?"],
  [
    "quotes, brackets, commas",
    '"Anna, CEO" <evil@example.org>, other@example.org',
    '"Anna, CEO" <evil@example.org>, other@example.org',
  ],
  ["CRLF and a header", "Hi\r\nBcc: other@example.org", "Hi Bcc: other@example.org"],
  ["LF, CR, NUL, NEL and line separators", "a\nb\rc\0d\u0085e\u2028f\u2029g", "a b c d e f g"],
  ["an empty line and a body", "Hi\r\n\r\nbody", "Hi body"],
];

test.each(lines)("a subject can't leave its header field: %s", async (_what, subject, expected) => {
  const { server, sender } = await setup();
  expect(await sender.send(mail({ subject }), noDeadline())).toMatchObject({ outcome: "sent", subject: expected });
  expect(server.mails[0]).toMatchObject({ subject: expected, text: "Hi Ben", to: ["lead@example.org"] });
  expect(server.mails[0]?.headers.has("bcc")).toBe(false);
});

test.each(lines)("nor can a sender's name: %s", async (_what, name, expected) => {
  const { server, sender } = await setup({ name });
  expect(await sender.send(mail(), noDeadline())).toMatchObject({ outcome: "sent" });
  expect(server.mails[0]).toMatchObject({ from: "anna@example.com", to: ["lead@example.org"], text: "Hi Ben" });
  expect(server.mails[0]?.sender).toEqual({ name: expected, address: "anna@example.com" });
  expect(server.mails[0]?.headers.has("bcc")).toBe(false);
});
