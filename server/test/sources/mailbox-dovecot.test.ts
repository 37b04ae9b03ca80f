import { afterAll, beforeAll, expect, test } from "vitest";
import { Dovecot, noDovecot } from "./dovecot.ts";
import { address, login, mail, mailboxApi } from "./mailbox-setup.ts";

const missing = noDovecot();
const there = missing === null;
// The same conversations are held with the loopback server, which is always there.
if (!there) process.stderr.write(`${missing}: its test is skipped.\n`);

let given: Awaited<ReturnType<typeof mailboxApi>>;
let dovecot: Dovecot;
beforeAll(async () => {
  if (!there) return;
  given = await mailboxApi();
  dovecot = new Dovecot(login);
  await dovecot.start();
});
afterAll(async () => {
  await given?.close();
  await dovecot?.close();
});

test.skipIf(!there)(
  "a conversation by a real Dovecot: a reply, an own mail, a bounce, an outage, and UIDs that begin anew",
  { timeout: 240_000 },
  async () => {
    const [lead, dead] = [await given.makeLead("grace@lead.example"), await given.makeLead("dead@lead.example")];
    const senderId = await given.makeSender(dovecot.port);
    const sent = await given.sentMail(senderId, lead, "grace@lead.example");
    const lost = await given.sentMail(senderId, dead, "dead@lead.example");
    const thread = { "In-Reply-To": sent.messageId };
    await given.startReading({ everyMs: 20, retryMs: 20 });
    const texts = async () => {
      await given.drain();
      return (await given.messages(lead))
        .slice(1)
        .map(({ text }: { text: string }) => text)
        .sort();
    };
    const becomes = (list: string[]) => expect.poll(texts, { timeout: 120_000, interval: 20 }).toEqual(list);

    dovecot.deliver(mail({ From: "Grace <grace@lead.example>", ...thread }, "first"));
    await becomes(["first"]);
    // By IDLE: the next look without it would be in five minutes.
    dovecot.deliver(mail({ From: address, To: "grace@lead.example", ...thread }, "own"), "Gesendet");
    dovecot.deliver(mail({ From: "grace@lead.example", ...thread }, "second"));
    await becomes(["first", "own", "second"]);

    await dovecot.stop();
    dovecot.deliver(mail({ From: "grace@lead.example", ...thread }, "third"));
    await dovecot.start();
    await becomes(["first", "own", "second", "third"]);

    await dovecot.stop();
    dovecot.renumber();
    const report = `--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx\n\nFinal-Recipient: rfc822; dead@lead.example\nAction: failed\nStatus: 5.1.1\n\n--b\nContent-Type: text/rfc822-headers\n\nMessage-ID: ${lost.messageId}\n\n--b--\n`;
    dovecot.deliver(
      mail({ From: "MAILER-DAEMON@mx.example", "Content-Type": 'multipart/report; boundary="b"' }, report),
    );
    await dovecot.start();
    const bounced = async () => {
      await given.drain();
      return (await given.messages(dead))[0].statusCode;
    };
    await expect.poll(bounced, { timeout: 120_000, interval: 20 }).toBe("bounced");
    await becomes(["first", "own", "second", "third"]);
    expect(await given.items(senderId)).toHaveLength(5);
    expect(given.errors).toEqual([]);
  },
);
