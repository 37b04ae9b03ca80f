import { expect, test } from "vitest";
import { smtp } from "../../src/channels/email/smtp.ts";
import { noDeadline } from "./outbound-message.ts";
import { credentials, mail, setup } from "./smtp-setup.ts";

const id = "<msg_01k00000000000000000000000@example.com>";

test("a mail arrives once, with the sender's name, a Message-ID made of the message's ID, and its text", async () => {
  const { server, sender } = await setup();
  const result = await sender.send(mail(), noDeadline());
  expect(result).toEqual({ outcome: "sent", providerMessageId: id, subject: "Hello" });
  expect(server.mails).toHaveLength(1);
  expect(server.mails[0]).toMatchObject({
    messageId: id,
    from: "anna@example.com",
    to: ["lead@example.org"],
    user: credentials.user,
    subject: "Hello",
    text: "Hi Ben",
    html: null,
  });
  expect(server.mails[0]?.headers.get("from")).toBe("Anna of Example <anna@example.com>");
  expect(server.mails[0]?.headers.get("to")).toBe("lead@example.org");
});

test("a second attempt carries the Message-ID of the first", async () => {
  const { server, sender } = await setup();
  server.fault({ at: "end", drop: true, store: true });
  expect(await sender.send(mail(), noDeadline())).toMatchObject({ outcome: "uncertain" });
  await sender.send(mail({ attempt: 2 }), noDeadline());
  expect(server.mails.map(({ messageId }) => messageId)).toEqual([id, id]);
  expect(server.stats()).toMatchObject({ accepted: 2, distinctMessageIds: 1, duplicates: 1 });
});

test("text and HTML arrive as alternatives", async () => {
  const { server, sender } = await setup();
  await sender.send(mail({ html: "<p>Hi <b>Ben</b></p>" }), noDeadline());
  expect(server.mails[0]).toMatchObject({ text: "Hi Ben", html: "<p>Hi <b>Ben</b></p>" });
  expect(server.mails[0]?.headers.get("content-type")).toMatch(/^multipart\/alternative/);
});

test("fromName, replyTo and messageIdDomain of the settings take precedence", async () => {
  const config = { fromName: "Zoë", replyTo: "replies@example.com", messageIdDomain: "mail.example.net" };
  const { server, sender } = await setup({ config });
  const result = await sender.send(mail(), noDeadline());
  expect(result).toMatchObject({ providerMessageId: "<msg_01k00000000000000000000000@mail.example.net>" });
  expect(server.mails[0]?.headers.get("from")).toBe("=?UTF-8?B?Wm/Dqw==?= <anna@example.com>");
  expect(server.mails[0]?.headers.get("reply-to")).toBe("replies@example.com");
});

test.each([
  [
    "Microsoft 365",
    "250 2.0.0 OK <AM0PR0.1@AM0.eurprd.prod.outlook.com> [Hostname=AM0]",
    "<AM0PR0.1@AM0.eurprd.prod.outlook.com>",
  ],
  ["an SES lookalike on another host", "250 Ok 010001932b1c5d7e-aaaa-bbbb-000000", id],
  ["any other server", "250 2.0.0 Ok: queued as 4XyZ", id],
])("the Message-ID kept is that of the copy delivered: %s", async (_who, reply, providerMessageId) => {
  const { server, sender } = await setup();
  server.fault({ at: "end", reply, store: true });
  expect(await sender.send(mail(), noDeadline())).toMatchObject({ outcome: "sent", providerMessageId });
});

test("an unsubscribe address becomes the two header fields of RFC 8058", async () => {
  const { server, sender } = await setup();
  const url = `https://herald.example.com/u/${"x".repeat(300)}`;
  await sender.send(mail({ unsubscribeUrl: url }), noDeadline());
  await sender.send(mail({ messageId: "msg_2" }), noDeadline());
  expect(server.mails[0]?.headers.get("list-unsubscribe")).toBe(`<${url}>`);
  expect(server.mails[0]?.headers.get("list-unsubscribe-post")).toBe("List-Unsubscribe=One-Click");
  expect(server.mails[1]?.headers.has("list-unsubscribe")).toBe(false);
});

test("where the mailbox is read, a mail to it unsubscribes as well; the page stays the first choice", async () => {
  const { server, sender } = await setup({ config: { imap: { host: "127.0.0.1", security: "none" } } });
  const message = mail({ unsubscribeUrl: "https://herald.example.com/u/x" });
  await sender.send(message, noDeadline());
  expect(server.mails[0]?.headers.get("list-unsubscribe")).toBe(
    `<https://herald.example.com/u/x>, <mailto:anna@example.com?subject=unsubscribe%20${message.messageId}>`,
  );
});

test.each([
  "two@example.org, lead@example.org",
  "Lead <lead@example.org>",
  "lead@example.org\r\nBcc: other@example.org",
  "lead@example.org>\r\nRCPT TO:<other@example.org",
  '"a b"@example.org',
  "lead",
  "lead@localhost",
  "",
])("what is not one address is refused before any connection: %j", async (to) => {
  const { server, sender } = await setup();
  const result = await sender.send(mail({ to }), noDeadline());
  expect(result).toMatchObject({ outcome: "failed", code: "invalid_recipient", suppress: "invalid" });
  expect(server.stats()).toMatchObject({ connections: 0, accepted: 0 });
});

test("an internationalised domain goes out in its ASCII form", async () => {
  const { server, sender } = await setup();
  expect(await sender.send(mail({ to: "lead@bücher.example" }), noDeadline())).toMatchObject({ outcome: "sent" });
  expect(server.mails[0]?.headers.get("to")).toBe("lead@xn--bcher-kva.example");
});

test("a message larger than the server announces is refused without being sent", async () => {
  const { server, sender } = await setup({ server: { size: 10_000 } });
  const result = await sender.send(mail({ text: "x".repeat(20_000) }), noDeadline());
  expect(result).toMatchObject({ outcome: "failed", code: "message_too_large" });
  expect(server.stats()).toMatchObject({ accepted: 0, refused: {} });
});

test("what the server itself refuses comes back as it says", async () => {
  const { server, sender } = await setup({ server: { unknownRecipients: ["gone@example.org"] } });
  for (const to of ["gone@example.org", "ben@nowhere.invalid"]) {
    const result = await sender.send(mail({ to }), noDeadline());
    expect(result).toMatchObject({ outcome: "failed", code: "recipient_unknown", suppress: "bounced" });
  }
  expect(server.stats()).toMatchObject({ accepted: 0, refused: { 550: 2 } });
});

test("reconcile says that it can't know", async () => {
  const { sender } = await setup();
  expect(smtp.canReconcile).toBe(false);
  expect(await sender.reconcile(mail(), noDeadline())).toMatchObject({ outcome: "unknown" });
});
