import { expect, test } from "vitest";
import { readMail } from "../../src/sources/mail/read-mail.ts";

const report = (status: string, diagnostic: string) =>
  [
    ...["From: mailer-daemon@mx.example", "To: ada@example.com", "Subject: Undelivered"],
    ...['Content-Type: multipart/report; report-type=delivery-status; boundary="b"', "", "--b", ""],
    ...["It failed.", "--b", "Content-Type: message/delivery-status", "", "Reporting-MTA: dns; mx.example", ""],
    ...["Final-Recipient: rfc822; grace@lead.example", "Action: failed", `Status: ${status}`],
    ...[`Diagnostic-Code: smtp; ${diagnostic}`, "--b--", ""],
  ].join("\r\n");

test.each([
  ["5.7.1", "550 5.7.1 Message rejected due to content restrictions", "refused"],
  ["5.7.26", "550 5.7.26 This mail has been blocked because the sender is unauthenticated", "refused"],
  ["5.7.606", "550 5.7.606 Access denied, banned sending IP [192.0.2.1]", "refused"],
  ["5.7.1", "550 5.7.1 <grace@lead.example>: Recipient address rejected: User unknown", "hard"],
  ["5.7.1", "550 5.7.1 No such user here", "hard"],
  ["5.7.1", "550 5.7.1 The address that you sent to does not exist", "hard"],
  ["5.2.2", "552 5.2.2 Mailbox full", "refused"],
  ["5.4.1", "550 5.4.1 Recipient address rejected: Access denied", "hard"],
])("%s, %s: %s", async (status, diagnostic, outcome) => {
  const raw = Buffer.from(report(status, diagnostic));
  const owner = { senderId: "sender_1", address: "ada@example.com" };
  const reading = await readMail(raw, { folder: "inbox", size: 1, internalDate: null }, owner);
  expect(reading).toMatchObject({ kind: "facts", facts: [{ kind: "bounce", outcome, status }] });
});
