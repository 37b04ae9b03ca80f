import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { forgetStrangersMail } from "../../src/db/received.ts";
import { type LoopbackImap, startImap } from "../../src/loopback/imap.ts";
import { leadsOfMail } from "../../src/sources/author.ts";
import { address, login, mail, mailboxApi } from "./mailbox-setup.ts";

let given: Awaited<ReturnType<typeof mailboxApi>>;
let imap: LoopbackImap;
let senderId: string;
let reading: Awaited<ReturnType<typeof given.startReading>>;
let n = 0;
let lead: { id: string; email: string };

beforeAll(async () => {
  given = await mailboxApi();
  imap = await startImap(login);
  senderId = await given.makeSender(imap.port);
  reading = await given.startReading();
  await reading.caughtUp(1);
});
afterAll(async () => {
  await given.close();
  await imap.close();
});
beforeEach(async () => {
  const email = `grace${++n}@lead.example`;
  lead = { id: await given.makeLead(email), email };
});

/** Puts mails into a folder, and has them read and processed. */
async function arrives(...mails: string[]): Promise<void> {
  return await into("INBOX", ...mails);
}
async function into(folder: string, ...mails: string[]): Promise<void> {
  for (const raw of mails) imap.deliver(folder, raw);
  // Its folder isn't the one that the server tells of: something in the inbox makes it be looked at.
  if (folder !== "INBOX") imap.deliver("INBOX", mail({ From: "noise@nowhere.example" }, "noise"));
  for (;;) {
    const { folders } = await given.mailbox(senderId);
    const done = ["INBOX", "Sent"].every((path) => {
      const place = folders.find((one: { path: string }) => one.path === path);
      return place !== undefined && place.lastUid === imap.folder(path).next - 1;
    });
    if (done) break;
    await reading.caughtUp();
  }
  await given.drain();
}
const from = () => `Grace Hopper <${lead.email}>`;

describe("replies", () => {
  test("a reply in the thread is the lead's, whatever address it is written from, and the subject says nothing", async () => {
    const sent = await given.sentMail(senderId, lead.id, lead.email);
    const stranger = `grace.private${n}@home.example`;
    const text = `Yes, Tuesday suits me.\n\nOn Mon, Jan 5, 2026 at 9:30 AM Ada <${address}> wrote:\n> Hello Grace\n`;
    // Until it is processed nothing goes to either of the two: who writes in another one's thread may be a lead, too.
    const writer = await given.makeLead(`writer${n}@lead.example`);
    const waiting = {
      contentType: "message/rfc822; folder=inbox; size=1",
      body: Buffer.from(mail({ From: `writer${n}@lead.example`, "In-Reply-To": sent.messageId }, "STOP")),
    };
    expect(await leadsOfMail(given.db, given.workspaceId, waiting)).toEqual([lead.id, writer]);
    await arrives(
      mail({ From: stranger, "In-Reply-To": sent.messageId, Subject: "Something else" }, text),
      mail({ From: `other${n}@nowhere.example`, Subject: "Re: Engines" }, "I am nobody that you know."),
    );
    const [, reply, ...more] = await given.messages(lead.id);
    expect(more).toEqual([]);
    expect(reply).toMatchObject({
      ...{ direction: "inbound", status: "received", subject: "Something else", senderId, automatic: null },
      ...{ text: text.trim(), visibleText: "Yes, Tuesday suits me." },
    });
    expect((await given.lead(lead.id)).status).toBe("REPLY_RECEIVED");
    const received = (await given.eventsOf("message.received")).filter(({ leadId }) => leadId === lead.id);
    expect(received).toMatchObject([{ visibleText: "Yes, Tuesday suits me.", channel: "email", truncated: false }]);
    const passedOver = (await given.items(senderId)).find(({ body }) => body.includes(`other${n}@`))!;
    expect(passedOver).toMatchObject({ status: "unmatched", leadId: null });
  });

  test("a stranger's mail is kept for two weeks, and is a reply once its writer is a lead; what programs send isn't kept", async () => {
    const stranger = `early${n}@nowhere.example`;
    const robot = `news${n}@nowhere.example`;
    await arrives(
      mail({ From: stranger, Subject: "Engines" }, "I would like one."),
      mail({ From: `later${n}@nowhere.example`, Subject: "Engines" }, `Never mind. ${"x ".repeat(60_000)}`),
      mail({ From: robot, "Auto-Submitted": "auto-generated" }, "Ten offers for you."),
    );
    const { sourceId } = await given.mailbox(senderId);
    const itemOf = async (from: string) => (await given.items(senderId)).find(({ body }) => body.includes(from))!;
    expect(await itemOf(robot)).toMatchObject({ status: "processed", body: expect.not.stringContaining("offers") });
    const later = await itemOf(`later${n}@`);
    expect(later).toMatchObject({ status: "unmatched", detail: expect.stringContaining("14 days") });
    expect(later.body).toHaveLength(65_536);

    const leadId = await given.makeLead(stranger);
    const again = { statuses: ["unmatched"], receivedIds: [(await itemOf(stranger)).id] };
    await given.call("POST", `/v1/sources/${sourceId}/reprocess`, { body: again });
    await given.drain();
    expect(await given.messages(leadId)).toMatchObject([{ direction: "inbound", text: "I would like one." }]);
    expect((await given.lead(leadId)).status).toBe("REPLY_RECEIVED");

    expect(await forgetStrangersMail(given.db)).toBe(0);
    await given.db.query("update received set received_at = now() - interval '15 days' where id = $1", [later.id]);
    expect(await forgetStrangersMail(given.db)).toBe(1);
    expect(await itemOf(`later${n}@`)).toMatchObject({
      status: "processed",
      body: expect.not.stringContaining("Never mind"),
    });
  });

  test("one that starts a thread of its own is found by its address, and the next mail names it", async () => {
    await given.sentMail(senderId, lead.id, lead.email);
    await arrives(
      mail({ From: from(), "Message-ID": `<own${n}@lead.example>`, Subject: "A question" }, "How much is it?"),
    );
    const messages = await given.messages(lead.id);
    expect(messages.at(-1)).toMatchObject({
      text: "How much is it?",
      visibleText: null,
      providerMessageId: `<own${n}@lead.example>`,
    });
    const { rows } = await given.db.query("select message_ids, unread from conversation where lead_id = $1", [lead.id]);
    expect(rows).toEqual([{ message_ids: [`<own${n}@lead.example>`], unread: 1 }]);
  });

  test("an absence note is in the conversation, and is no reply", async () => {
    const sent = await given.sentMail(senderId, lead.id, lead.email);
    await arrives(
      mail(
        {
          From: from(),
          "In-Reply-To": sent.messageId,
          "Auto-Submitted": "auto-replied",
          Subject: "Out of office: Engines",
        },
        "I am out of the office until May.",
      ),
    );
    expect((await given.messages(lead.id)).at(-1)).toMatchObject({ automatic: "out_of_office", direction: "inbound" });
    expect((await given.lead(lead.id)).status).toBe("PENDING");
    const events = await given.events();
    expect(events.filter(({ data }) => data.leadId === lead.id).map(({ type }) => type)).toEqual([
      "message.auto_replied",
    ]);
  });

  test("an absence note lets sequences rest until the day that it names, says why, and cuts no longer pause short", async () => {
    const campaign = await given.call("POST", "/v1/campaigns", {
      body: {
        name: "Engines",
        senderIds: [senderId],
        steps: [{ channel: "email", subject: "Hello", text: "Hi", delay: "2d" }],
      },
    });
    await given.call("POST", `/v1/campaigns/${campaign.body.id}/leads`, { body: { leadIds: [lead.id] } });
    await given.call("POST", `/v1/campaigns/${campaign.body.id}/start`, { body: {} });
    const day = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);
    const note = async (text: string) => {
      await arrives(mail({ From: from(), "Auto-Submitted": "auto-replied", Subject: "Out of office" }, text));
      const events = (await given.events()).filter(({ data }) => data.leadId === lead.id);
      return events.at(-1)!.data.pausedUntil as string | null;
    };
    expect(await note("I am away.")).toMatch(day(7));
    expect(await note(`I am back on ${day(20)}.`)).toBe(`${day(20)}T00:00:00.000Z`);
    expect(await note("I am away.")).toBeNull();
    const { body } = await given.call("GET", `/v1/leads/${lead.id}/next`);
    expect(body.next[0].at).toBe(`${day(20)}T00:00:00.000Z`);
    expect(body.next[0].reasons[0].detail).toBe(
      `paused: out of office: the absence note of ${day(0)} says that they are back on ${day(20)}`,
    );
    await given.call("PATCH", "/v1/workspace", { body: { absencePauseDays: 0 } });
    expect(await note(`I am back on ${day(40)}.`)).toBeNull();
    await given.call("PATCH", "/v1/workspace", { body: { absencePauseDays: 7 } });
  });

  test("a reply shows that a message of which nobody knew whether it went out did", async () => {
    const sent = await given.sentMail(senderId, lead.id, lead.email, { status: "uncertain" });
    await arrives(mail({ From: from(), "In-Reply-To": sent.messageId }, "Thanks."));
    expect((await given.messages(lead.id))[0]).toMatchObject({ status: "sent", providerMessageId: sent.messageId });
    expect((await given.eventsOf("message.sent")).filter(({ messageId }) => messageId === sent.id)).toHaveLength(1);
  });

  test("a whole answer that is STOP opts out of email, as does a mail to List-Unsubscribe's address", async () => {
    const sent = await given.sentMail(senderId, lead.id, lead.email);
    await arrives(
      mail(
        { From: from(), "In-Reply-To": sent.messageId },
        `Unsubscribe.\n\nOn Mon, Jan 5, 2026 Ada <${address}> wrote:\n> Hello`,
      ),
    );
    expect(await given.suppressions(lead.email)).toMatchObject([{ channel: "email", kind: "unsubscribe" }]);
    expect((await given.lead(lead.id)).status).toBe("PENDING");

    const other = `other.${lead.email}`;
    const otherMail = await given.sentMail(senderId, await given.makeLead(other), other);
    await arrives(mail({ From: `alias${n}@lead.example`, Subject: `unsubscribe ${otherMail.id}` }, ""));
    expect(await given.suppressions(other)).toMatchObject([{ channel: "email", kind: "unsubscribe" }]);
    expect(await given.suppressions(`alias${n}@lead.example`)).toHaveLength(1);
    // A word of the workspace's own, as in an SMS.
    const third = `third.${lead.email}`;
    await given.makeLead(third);
    await given.call("PATCH", "/v1/workspace", { body: { optOutWords: ["ARRET"] } });
    await arrives(
      mail(
        { From: third, Subject: "Re: Hello" },
        `Arr\u00eat !\n\nOn Mon, Jan 5, 2026 Ada <${address}> wrote:\n> Hello`,
      ),
    );
    expect(await given.suppressions(third)).toMatchObject([{ channel: "email", kind: "unsubscribe" }]);
    // In the subject, above no more than a name; an answer's subject is that of the mail before.
    const fourth = `fourth.${lead.email}`;
    const fourthId = await given.makeLead(fourth);
    await arrives(mail({ From: fourth, Subject: "Re: How to opt out of high fees" }, "Call me. Grace"));
    expect(await given.suppressions(fourth)).toEqual([]);
    await arrives(mail({ From: fourth, Subject: "Please remove me from your list" }, "Grace"));
    expect((await given.lead(fourthId)).doNotContact).toBe(true);
  });

  test("who asks for no more mails in somebody else's thread gets none either, by a word and in words, known or not", async () => {
    const sent = await given.sentMail(senderId, lead.id, lead.email);
    const colleague = `bob.${lead.email}`;
    const bobId = await given.makeLead(colleague);
    await arrives(mail({ From: colleague, "In-Reply-To": sent.messageId }, "STOP"));
    for (const one of [lead.email, colleague]) {
      expect(await given.suppressions(one)).toMatchObject([{ channel: "email", kind: "unsubscribe" }]);
    }
    const inWords = "Please stop emailing me.";
    const boss = `dora.${lead.email}`;
    const bossId = await given.makeLead(boss);
    const stranger = `private.${lead.email}`;
    await arrives(
      mail({ From: boss, "In-Reply-To": sent.messageId }, inWords),
      mail({ From: stranger, "In-Reply-To": sent.messageId }, inWords),
    );
    const [forbidden, bob] = [await given.lead(bossId), await given.lead(bobId)];
    expect([forbidden.doNotContact, bob.doNotContact]).toEqual([true, false]);
    expect(await given.suppressions(boss)).toMatchObject([{ channel: "all", kind: "do_not_contact" }]);
    expect(await given.suppressions(stranger)).toMatchObject([{ channel: "email", kind: "unsubscribe" }]);
    expect((await given.lead(lead.id)).doNotContact).toBe(true);
  });
});

describe("one's own mails", () => {
  test("what is written on another device is recorded as sent, once, and stops nothing", async () => {
    const sent = await given.sentMail(senderId, lead.id, lead.email);
    const own = mail(
      { From: `Ada <${address}>`, To: from(), "In-Reply-To": sent.messageId, "Message-ID": `<phone${n}@example.com>` },
      "I forgot the attachment.",
    );
    await into("Sent", own);
    expect((await given.messages(lead.id)).at(-1)).toMatchObject({
      ...{ direction: "outbound", source: "external", status: "sent", text: "I forgot the attachment.", senderId },
    });
    // The same one once more, as it comes back by a list or a rule.
    await arrives(own.replace("Ada <", "Ada Lovelace <"));
    expect(await given.messages(lead.id)).toHaveLength(2);
    expect((await given.lead(lead.id)).status).toBe("MESSAGE_SENT");
  });

  test("one that went to several leads, also as a copy, is in each one's conversation, and each one's answer with it", async () => {
    const [cc, bcc] = [`cc-${lead.email}`, `bcc-${lead.email}`];
    const ids = [lead.id, await given.makeLead(cc), await given.makeLead(bcc)];
    const header = { From: address, To: `boss@example.com, ${lead.email}`, Cc: cc, Bcc: bcc };
    const own = mail({ ...header, "Message-ID": `<all${n}@example.com>` }, "We moved.");
    await into("Sent", own);
    await arrives(own.replace("We moved.", "We have moved."));
    for (const id of ids)
      expect(await given.messages(id)).toMatchObject([{ direction: "outbound", text: "We moved." }]);
    await arrives(mail({ From: cc, "In-Reply-To": `<all${n}@example.com>` }, "Where to?"));
    const counts = await Promise.all(ids.map(async (id) => (await given.messages(id)).length));
    expect(counts).toEqual([1, 2, 1]);
  });

  test("an absence note of the mailbox itself is nobody's answer", async () => {
    await arrives(mail({ From: from() }, "Hello?"));
    const header = {
      From: address,
      To: lead.email,
      Subject: "Automatic reply: Hello",
      "Auto-Submitted": "auto-replied",
    };
    await into("Sent", mail(header, "I am out of the office until Monday."));
    expect((await given.messages(lead.id)).at(-1)).toMatchObject({ direction: "outbound", automatic: "out_of_office" });
    expect((await given.lead(lead.id)).status).toBe("REPLY_RECEIVED");
  });

  test("the copy of a mail that Herald sent isn't a second one; it shows that an uncertain one went out", async () => {
    const sent = await given.sentMail(senderId, lead.id, lead.email);
    const uncertain = await given.sentMail(senderId, lead.id, lead.email, { status: "uncertain", text: "Again" });
    await into(
      "Sent",
      mail({ From: address, To: lead.email, "Message-ID": sent.messageId }, "Hello Grace"),
      mail({ From: address, To: lead.email, "Message-ID": uncertain.messageId }, "Again"),
    );
    expect((await given.messages(lead.id)).map(({ status }: { status: string }) => status)).toEqual(["sent", "sent"]);
  });

  test("what is written from an alias is no reply, once a mail among the sent ones was; a lead's address is never one", async () => {
    const sent = await given.sentMail(senderId, lead.id, lead.email);
    const thread = { "In-Reply-To": sent.messageId };
    const alias = `me${n}@gmail.com`;
    // Somebody has put a mail of the lead's among the sent ones.
    await into(
      "Sent",
      mail({ From: `Me <${alias.toUpperCase()}>`, To: "stranger@example.com" }, "See you there."),
      mail({ From: lead.email, To: address }, "Moved here by mistake."),
    );
    await arrives(mail({ From: alias, To: lead.email, Cc: address, ...thread }, "One more thing: unsubscribe rates."));
    const item = (await given.items(senderId)).find(({ body }) => body.includes("unsubscribe rates"));
    expect(item).toMatchObject({ status: "processed", detail: expect.stringContaining("writes from, too") });
    expect((await given.mailbox(senderId)).aliases).toEqual([alias]);
    expect((await given.lead(lead.id)).status).not.toBe("REPLY_RECEIVED");
    expect(
      (await given.messages(lead.id)).filter(({ direction }: { direction: string }) => direction === "inbound"),
    ).toEqual([]);
    await arrives(mail({ From: lead.email, ...thread }, "Fine with me."));
    expect((await given.lead(lead.id)).status).toBe("REPLY_RECEIVED");
    // Whoever says that and nothing else means it, wherever it is written from.
    expect(await given.suppressions(lead.email)).toEqual([]);
    await arrives(mail({ From: alias, To: address, ...thread }, "STOP"));
    expect(await given.suppressions(lead.email)).toMatchObject([{ channel: "email", kind: "unsubscribe" }]);
  });

  test("a thread that is forwarded to a colleague, and what the colleague answers, is no message of the lead's", async () => {
    const sent = await given.sentMail(senderId, lead.id, lead.email);
    const thread = { "In-Reply-To": sent.messageId };
    await into("Sent", mail({ From: address, To: "boss@example.com", ...thread }, "What do you think?"));
    await arrives(mail({ From: "boss@example.com", ...thread }, "Offer less."));
    expect(await given.messages(lead.id)).toHaveLength(1);
    // Unless they are written to themselves.
    const known = `carl${n}@example.com`;
    await given.makeLead(known);
    await arrives(mail({ From: known, ...thread }, "STOP"));
    expect(await given.messages(lead.id)).toHaveLength(2);
    expect(await given.suppressions(known)).toMatchObject([{ channel: "email", kind: "unsubscribe" }]);
  });
});

describe("reports", () => {
  const dsn = (fields: { action: string; status: string; recipient: string; original: string | null }) =>
    `This is a report.\n\n--b\nContent-Type: text/plain\n\nYour mail could not be delivered.\n\n--b\nContent-Type: message/delivery-status\n
Reporting-MTA: dns; mx.lead.example

Final-Recipient: rfc822; ${fields.recipient}
Action: ${fields.action}
Status: ${fields.status}
Diagnostic-Code: smtp; 550 ${fields.status} said the server

--b
Content-Type: text/rfc822-headers

${fields.original === null ? "" : `Message-ID: ${fields.original}\n`}Subject: Engines

--b--
`;
  const report = { From: "MAILER-DAEMON@mx.lead.example", "Return-Path": "<>", "MIME-Version": "1.0" };
  const type = { "Content-Type": 'multipart/report; report-type=delivery-status; boundary="b"' };

  test("a hard bounce: the message failed, an event says so, and the address is suppressed for email", async () => {
    const sent = await given.sentMail(senderId, lead.id, lead.email);
    await arrives(
      mail(
        { ...report, ...type },
        dsn({ action: "failed", status: "5.1.1", recipient: lead.email, original: sent.messageId }),
      ),
    );
    expect((await given.messages(lead.id))[0]).toMatchObject({ status: "failed", statusCode: "bounced" });
    expect((await given.messages(lead.id))[0].statusDetail).toContain("said the server");
    expect((await given.eventsOf("message.bounced")).filter(({ messageId }) => messageId === sent.id)).toMatchObject([
      { code: "bounced", smtpStatus: "5.1.1", email: lead.email },
    ]);
    expect(await given.suppressions(lead.email)).toMatchObject([{ channel: "email", kind: "bounce" }]);
  });

  test("a soft one is noted; one that refuses this mail alone leaves the address free, a second one doesn't; without a Message-ID the recipient tells", async () => {
    const sent = await given.sentMail(senderId, lead.id, lead.email);
    await arrives(
      mail(
        { ...report, ...type },
        dsn({ action: "delayed", status: "4.4.1", recipient: lead.email, original: sent.messageId }),
      ),
    );
    expect((await given.messages(lead.id))[0]).toMatchObject({ status: "sent", statusCode: "soft_bounce" });
    await arrives(
      mail({ ...report, ...type }, dsn({ action: "failed", status: "5.7.1", recipient: lead.email, original: null })),
    );
    expect((await given.messages(lead.id))[0]).toMatchObject({ status: "failed", statusCode: "refused" });
    expect(await given.suppressions(lead.email)).toEqual([]);
    const next = async (status: string, to = lead) => {
      const { messageId: original } = await given.sentMail(senderId, to.id, to.email);
      await arrives(mail({ ...report, ...type }, dsn({ action: "failed", status, recipient: to.email, original })));
      return (await given.suppressions(to.email)).map(({ channel, kind }) => `${channel} ${kind}`);
    };
    expect(await next("5.7.1")).toEqual(["email bounce"]);
    // The sender's own limit counts neither as the first nor as the second one.
    const other = { id: await given.makeLead("limit@lead.example"), email: "limit@lead.example" };
    for (const status of ["5.1.90", "5.7.1", "5.1.90"]) expect(await next(status, other), status).toEqual([]);
    expect(await next("5.7.1", other)).toEqual(["email bounce"]);
  });

  test("a report of a mail that Herald has nothing to do with changes nothing", async () => {
    await given.sentMail(senderId, lead.id, lead.email);
    await arrives(
      mail(
        { ...report, ...type },
        dsn({ action: "failed", status: "5.1.1", recipient: lead.email, original: "<private@example.com>" }),
      ),
    );
    expect((await given.messages(lead.id))[0]).toMatchObject({ status: "sent", statusCode: null });
    expect(await given.suppressions(lead.email)).toEqual([]);
  });

  test("a complaint opts out, also one that names the lead and no mail that is known", async () => {
    const sent = await given.sentMail(senderId, lead.id, lead.email);
    const complaint = (
      about: string,
      id: string,
      type = "abuse",
    ) => `--b\nContent-Type: text/plain\n\nA complaint.\n--b\nContent-Type: message/feedback-report\n
Feedback-Type: ${type}\nUser-Agent: Loop/1\nVersion: 1\n${about}
--b\nContent-Type: message/rfc822\n\nMessage-ID: ${id}\nSubject: Engines\n\nHello\n--b--\n`;
    const [other, asks] = [`other${lead.email}`, `asks${lead.email}`];
    for (const one of [other, asks]) await given.makeLead(one);
    const from = "fbl@provider.example";
    const header = {
      ...report,
      From: from,
      "Content-Type": 'multipart/report; report-type=feedback-report; boundary="b"',
    };
    // A program's report of a failed DKIM signature says nothing of what the recipient wants.
    await arrives(mail(header, complaint("", sent.messageId, "auth-failure")));
    expect(await given.suppressions(lead.email)).toEqual([]);
    await arrives(
      mail(header, complaint("", sent.messageId)),
      mail(header, complaint(`Original-Rcpt-To: <${other}>\n`, "<renamed@relay.example>")),
      // A type that no standard knows.
      mail(header, complaint(`Original-Rcpt-To: <${asks}>\n`, "<another@relay.example>", "unsubscribe")),
    );
    expect(await given.suppressions(asks)).toMatchObject([{ channel: "email", kind: "complaint" }]);
    expect(await given.suppressions(other)).toMatchObject([{ channel: "email", kind: "complaint" }]);
    expect(await given.suppressions(lead.email)).toMatchObject([{ channel: "email", kind: "complaint" }]);
    expect((await given.messages(lead.id))[0]).toMatchObject({ status: "sent", statusCode: "complaint" });
    // Of somebody who is no lead yet, about a mail that is none of Herald's: by what it was written to.
    const stranger = `stranger-${lead.email}`;
    const forgotten = complaint("", "<long.ago@relay.example>").replace("Subject: Engines", `To: <${stranger}>`);
    await arrives(mail(header, forgotten), mail(header, forgotten.replace(stranger, address)));
    expect(await given.suppressions(stranger)).toMatchObject([{ channel: "email", kind: "complaint" }]);
    expect(await given.suppressions(address)).toEqual([]);
  });
});

test("a draft went out to nobody, until it is sent", async () => {
  const raw = mail({ From: address, To: lead.email }, "Half a thought");
  imap.deliver("Sent", raw, new Date(), ["\\Draft", "\\Seen"]);
  await into("Sent", mail({ From: address, To: lead.email, "Message-ID": `<sent${n}@example.com>` }, "A whole one"));
  expect((await given.messages(lead.id)).map(({ text }: { text: string }) => text)).toEqual(["A whole one"]);
});

test("another account's mails are read from their own beginning, a new password's from where it was", async () => {
  const another = await startImap({ user: "ada@other.example", pass: "another secret" });
  const old = `old${n}@lead.example`;
  const leadId = await given.makeLead(old);
  // What its owner writes from is known before the inbox is read, though that mail came first, and makes no lead; others do.
  const alias = `owner${n}@gmail.com`;
  const stranger = `new${n}@nowhere.example`;
  another.deliver("INBOX", mail({ From: alias, To: address }, "Remind me of this one."));
  another.deliver("Sent", mail({ From: alias, To: "somebody@else.example" }, "See you there."));
  another.deliver("INBOX", mail({ From: stranger }, "I would like one."));
  const { sourceId } = await given.mailbox(senderId);
  await given.call("PATCH", `/v1/sources/${sourceId}`, { body: { createLeads: true } });
  // Fewer mails than there were in the first one, in a folder with the same UIDVALIDITY.
  another.deliver("INBOX", mail({ From: old }, "STOP writing to me, please."));
  const { config } = (await given.call("GET", `/v1/senders/${senderId}`)).body;
  const places = async () => (await given.mailbox(senderId)).folders;
  const before = await places();
  expect(
    (await given.call("PATCH", `/v1/senders/${senderId}`, { body: { credentials: { imap: login } } })).status,
  ).toBe(200);
  expect(await places()).toEqual(before);
  const credentials = { imap: { user: "ada@other.example", pass: "another secret" } };
  const changed = { ...config, imap: { ...config.imap, port: another.port } };
  expect(
    (await given.call("PATCH", `/v1/senders/${senderId}`, { body: { config: changed, credentials } })).status,
  ).toBe(200);
  expect(await places()).toEqual([]);
  expect(await given.mailbox(senderId)).toMatchObject({ readAt: null, aliases: [] });
  await expect
    .poll(
      async () => {
        await reading.mailboxes.runOnce();
        await given.drain();
        return (await given.messages(leadId)).length;
      },
      { timeout: 120_000, interval: 20 },
    )
    .toBe(1);
  const { rows } = await given.db.query("select email from lead where email = any($1)", [[alias, stranger]]);
  expect(rows).toEqual([{ email: stranger }]);
  const reminder = (await given.items(senderId)).find(({ body }) => body.includes("Remind me of this one"));
  expect(reminder).toMatchObject({ status: "processed", detail: expect.stringContaining("writes from, too") });
  await given.call("PATCH", `/v1/senders/${senderId}`, { body: { config, credentials: { imap: login } } });
  await reading.caughtUp();
  await another.close();
});

test("it changes nothing in the mailbox", () => {
  expect(imap.violations).toEqual([]);
  expect(given.errors).toEqual([]);
});
