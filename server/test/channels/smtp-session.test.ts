import { expect, onTestFinished, test } from "vitest";
import { composeMail } from "../../src/channels/email/mime.ts";
import { type AcceptedMail, MailSession } from "../../src/channels/email/smtp/mail-session.ts";
import { openSession } from "../../src/channels/email/smtp/session.ts";
import { Gate } from "../../src/loopback/faults.ts";
import { startSmtp } from "../../src/loopback/smtp.ts";
import { noDeadline } from "./outbound-message.ts";
import { mail } from "./smtp-setup.ts";

// Nodemailer says nothing where it finds its socket dead just before it writes a command; closing it has the same effect.
test.each([
  ["rcpt", "envelope"],
  ["data", "envelope"],
  ["end", "content"],
] as const)("a connection that closes without a word at %s fails at the stage %s", async (at, stage) => {
  const server = await startSmtp({ pipelining: false });
  onTestFinished(() => server.close());
  const hold = new Gate();
  server.fault({ at, hold });
  const settings = { host: "127.0.0.1", port: server.port, security: "none", login: null } as const;
  const connection = await openSession(settings, noDeadline());
  const identity = {
    from: "anna@example.com",
    fromName: null,
    replyTo: null,
    messageIdDomain: "example.com",
    unsubscribeAt: null,
  };
  const { content } = composeMail(identity, mail(), "ben@example.org");
  const envelope = { from: "anna@example.com", to: "ben@example.org" };
  const { promise, resolve, reject } = Promise.withResolvers<AcceptedMail>();
  const owner = { next: () => null, idle() {}, ended() {} };
  const session = new MailSession(connection, "127.0.0.1", owner);
  session.begin({ envelope, content, handOver() {}, accepted: resolve, failed: reject, broke: reject });
  const failure = expect(promise).rejects.toMatchObject({ stage, reply: null });
  await hold.reached;
  connection.close();
  await failure;
});
