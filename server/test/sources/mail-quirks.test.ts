import { expect, test } from "vitest";
import { readMail } from "../../src/sources/mail/read-mail.ts";

const owner = { senderId: "sender_1", address: "ada@example.com" };

/** What comes of a mail of these lines; `encoding` is what its letters are written in. */
async function read(lines: readonly string[], encoding: "latin1" | "utf8" = "utf8") {
  const from = lines.some((line) => line.startsWith("From:")) ? [] : ["From: Grace <grace@lead.example>"];
  const raw = Buffer.from([...from, ...lines].join("\r\n"), encoding);
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

/** What Exim writes: 5.0.0 whatever it was. Microsoft, and servers that know reply codes alone. */
test.each([
  ["5.0.0", "smtp; 550 5.7.1 Message rejected as spam", "refused", "5.7.1"],
  ["5.0.0", "smtp; 552 mailbox full", "refused", "5.2.2"],
  ["5.0.0", "smtp; 550 5.1.1 <grace@lead.example> unknown", "hard", "5.1.1"],
  ["5.0.0", "smtp; 550 Blocked by Spamhaus, see https://check.spamhaus.org", "refused", "5.0.0"],
  ["5.0.0", "smtp; 550 User unknown (see our anti-spam policy)", "hard", "5.0.0"],
  ["5.0.0", "smtp; 550 Requested action not taken: mailbox unavailable", "hard", "5.0.0"],
  ["5.1.1", "smtp; 550 blocked: nobody here", "hard", "5.1.1"],
  ["5.4.7", "smtp; 554 5.4.7 message timeout (exceeded max time)", "refused", "5.4.7"],
  ["5.4.300", "smtp; 550 5.4.300 Message expired -> 451 4.4.0", "refused", "5.4.300"],
  ["5.4.14", "smtp; 554 5.4.14 Hop count exceeded", "refused", "5.4.14"],
  ["5.3.2", "smtp; 550 5.3.2 system not accepting network messages", "refused", "5.3.2"],
  ["5.4.1", "smtp; 550 5.4.1 Recipient address rejected: Access denied", "hard", "5.4.1"],
  // Of the sender, of a limit, of the way, or of anything: no address is lost by it.
  ["5.1.8", "smtp; 553 5.1.8 <ada@example.com>... Domain of sender address does not exist", "refused", "5.1.8"],
  ["5.1.90", "smtp; 550 5.1.90 You have reached your daily limit for message recipients", "refused", "5.1.90"],
  ["5.2.122", "smtp; 554 5.2.122 The recipient has exceeded their limit per hour", "refused", "5.2.122"],
  ["5.2.1", "smtp; 550-5.2.1 The user is receiving mail at a rate that prevents delivery", "refused", "5.2.1"],
  ["5.2.1", "smtp; 550-5.2.1 The email account that you tried to reach is disabled", "hard", "5.2.1"],
  ["5.3.0", "smtp; 553 5.3.0 Spam blocked, see http://spamcop.net", "refused", "5.3.0"],
  ["5.0.350", "smtp; 550 5.0.350 Remote server returned an error -> 550 probability of spam", "refused", "5.0.350"],
  ["5.4.312", "smtp; 550 5.4.312 Message expired, DNS query failed", "refused", "5.4.312"],
  ["5.4.310", "smtp; 550 5.4.310 DNS domain lead.example does not exist", "hard", "5.4.310"],
  ["5.0.0", "X-Notes; Maximum hop count exceeded. Message probably in a routing loop.", "refused", "5.0.0"],
  ["5.0.0", "smtp; 550 Sender address rejected: the address does not exist", "refused", "5.0.0"],
  ["5.5.0", "smtp; 550 5.5.0 Requested action not taken: mailbox unavailable", "hard", "5.5.0"],
])("a report of %s because of %j is %s", async (field, diagnostic, outcome, status) => {
  const report = ["Content-Type: message/delivery-status", "", "Reporting-MTA: dns; mx.example", ""];
  const recipient = ["Final-Recipient: rfc822; grace@lead.example", "Action: failed", `Status: ${field}`];
  const lines = [...report, ...recipient, `Diagnostic-Code: ${diagnostic}`, ""].join("\r\n");
  const mail = multipart("multipart/report; report-type=delivery-status", lines);
  expect(await read(mail)).toMatchObject({ kind: "bounce", outcome, status });
});

test("Yahoo's report in prose, which writes codes in a way of its own, is one; a port is no code", async () => {
  const prose = (line: string) => [
    ...["Subject: Failure Notice", "", "Sorry, we were unable to deliver your message to the following address.", ""],
    ...["<grace@lead.example>:", line, "", "--- Below this line is a copy of the message.", ""],
    "Message-ID: <msg_1@herald>",
  ];
  const of = async (line: string) => {
    const raw = Buffer.from(["From: MAILER-DAEMON@yahoo.com", ...prose(line)].join("\r\n"));
    const reading = await readMail(raw, { folder: "inbox", size: raw.length, internalDate: null }, owner);
    return reading.kind === "facts" ? reading.facts[0] : null;
  };
  const said = "554: 30: Sorry, your message to grace@lead.example cannot be delivered. This mailbox is disabled.";
  expect(await of(said)).toMatchObject({ kind: "bounce", outcome: "hard", recipient: "grace@lead.example" });
  expect(await of("No route to mx.lead.example:465.")).toMatchObject({ outcome: "refused", status: null });
});

/** qmail and Exim write when they give up after days, and Exim before that as well. */
test.each([
  [
    "a qmail that gave up",
    ["I'm afraid I wasn't able to deliver your message to the following addresses.", "<grace@lead.example>:"],
    "Sorry, I wasn't able to establish an SMTP connection. (#4.4.1)\r\nI'm not going to try again; this message has been in the queue too long.",
    "refused",
  ],
  [
    "an Exim that gave up",
    ["This is a permanent error. The following address(es) failed:", "  grace@lead.example"],
    "    host mx.lead.example [203.0.113.5]: 451 4.7.1 Greylisted: retry timeout exceeded",
    "refused",
  ],
  [
    "an Exim that goes on",
    ["Warning: message still undelivered after 24 hours. No action is required on your part.", "  grace@lead.example"],
    "    host mx.lead.example [203.0.113.5]: 451 4.7.1 Greylisted",
    "soft",
  ],
])("the prose of %s says so", async (_, lines, reason, outcome) => {
  const copy = ["", "--- This is a copy of the message.", "", "Message-ID: <msg_1@example.com>"];
  const raw = Buffer.from(
    ["From: MAILER-DAEMON@mx.example", "Subject: failure notice", "", ...lines, reason, ...copy].join("\r\n"),
  );
  const reading = await readMail(raw, { folder: "inbox", size: raw.length, internalDate: null }, owner);
  expect(reading).toMatchObject({
    facts: [{ kind: "bounce", outcome, recipient: "grace@lead.example", references: ["<msg_1@example.com>"] }],
  });
});

test.each([
  ["自動返信: ご連絡", "ただいま休暇をいただいております。", "out_of_office"],
  ["【自動応答】不在のお知らせ", "現在外出中です。", "out_of_office"],
  ["Odpowiedź automatyczna: Hej", "Jestem na urlopie.", "out_of_office"],
  ["Αυτόματη απάντηση: Γεια", "Είμαι σε άδεια.", "out_of_office"],
  ["תשובה אוטומטית", "אני בחופשה עד 12/1", "out_of_office"],
  // Behind a program's own words the subject that it answers.
  ["Out of Office: Re: Engines", "Back on Monday.", "out_of_office"],
  ["Automatisk svar: SV: Hej", "Tak for din mail.", "auto_reply"],
  ["Out of office: shall we move it?", "Monday is fine, too.", null],
  ["Re: Automatic reply: how does it work?", "Fine", null],
  ["Re: 休暇", "来週はいかがですか。", null],
])("%j with %j and no header for it is %j", async (subject, text, automatic) => {
  expect(await read([`Subject: ${subject}`, "", text])).toMatchObject({ kind: "message", mail: { automatic } });
});

test.each([
  "I'm on PTO through January 12.",
  "Sunt în concediu până pe 12 ianuarie.",
  "Szabadságon vagyok.",
  "Я у відпустці до 12.01.",
  "Είμαι σε άδεια έως τις 12/1.",
  "אני בחופשה עד 12/1",
  "أنا في إجازة حتى 12/1",
  "현재 휴가 중입니다.",
  "Vielen Dank. Ab dem 7.12. bin ich wieder im Büro.",
  "Przebywam na urlopie.",
  "Čerpám dovolenou.",
  "Olen vuosilomalla.",
  "Jag är åter på kontoret den 7 december.",
])("an automatic mail that says %j is an absence note", async (text) => {
  const mail = ["Subject: Re: Hello", "Auto-Submitted: auto-generated", "", text];
  expect(await read(mail)).toMatchObject({ mail: { automatic: "out_of_office" } });
});

/** Absence notes as programs send them: subject and text in the charset of their country, as base64. */
test.each([
  [
    "iso-2022-jp",
    "GyRCSVQ6XyROJCpDTiRpJDsbKEI=",
    "GyRCJCpAJE9DJEskSiRDJEYkKiRqJF4kOSEjGyhCDQoxMhskQjduGyhCNBskQkZ8IUo2YiFLJF4kRzVZMkskciQkJD8kQCQkJEYkKiRqJF4kOSEjGyhCDQoxMhskQjduGyhCNxskQkZ8IUo3biFLJGgkaj1QPFIkJCQ/JDckXiQ5ISMbKEINCg==",
    "2026-12-07",
  ],
  [
    "iso-8859-2",
    "T2Rwb3dpZWS8IGF1dG9tYXR5Y3puYQ==",
    "RHppZfEgZG9icnksDQoNCnByemVieXdhbSBuYSB1cmxvcGllIGRvIDQgZ3J1ZG5pYSB3s7Fjem5pZS4NClcgcGlsbnljaCBzcHJhd2FjaCBwcm9zeuogbyBrb250YWt0IHogQW5uuS4NCg==",
    "2026-12-05",
  ],
  ["gb2312", "19S2r7vYuLQ=", "xPq6w6OsztLV/dTa0N282aOsMTLUwjTI1bvYwLShow0K", "2026-12-04"],
  ["euc-kr", "wNq1vyDIuL3F", "vsiz58fPvLy/5C4gMTK/+SAxwM+6zsXNIDTAz7HuwfYgyN6wocDUtM+02S4NCg==", "2026-12-05"],
])("a whole absence note in %s says when its author is back", async (charset, subject, text, day) => {
  const mail = [
    `Subject: =?${charset}?B?${subject}?=`,
    ...["Date: Sat, 28 Nov 2026 09:00:00 +0000", "Auto-Submitted: auto-replied", "MIME-Version: 1.0"],
    ...[`Content-Type: text/plain; charset="${charset}"`, "Content-Transfer-Encoding: base64", "", text],
  ];
  const back = Date.parse(`${day}T00:00:00Z`) / 86_400_000;
  expect(await read(mail)).toMatchObject({ mail: { automatic: "out_of_office", backOn: back } });
});

test.each([
  ["Mon, 5 Jan 2026 09:30:00 +0100 (CET)", "2026-01-05T08:30:00.000Z"],
  ["Mon, 5 Jan 2026 09:30:00 EST", "2026-01-05T14:30:00.000Z"],
  ["Mon, 5 Jan 2026 09:30:00", "2026-01-05T09:30:00.000Z"],
  ["5 Jan 2026 09:30 (local)", "2026-01-05T09:30:00.000Z"],
])("a mail of %j was written at %s, on a machine of any zone", async (date, at) => {
  const zone = process.env.TZ;
  process.env.TZ = "Asia/Kathmandu";
  const mail = (await read([`Date: ${date}`, "", "Hello."])) as { at: number | null };
  if (zone === undefined) delete process.env.TZ;
  else process.env.TZ = zone;
  expect(new Date(mail.at ?? 0).toISOString()).toBe(at);
});

test("what a lead writes to a group, which passes it on to the mailbox, is the lead's and no program's", async () => {
  const group = ["Precedence: list", "List-ID: <sales.example.com>", "List-Post: <mailto:sales@example.com>"];
  const list = ["Subject: Re: Hello", ...group, "List-Unsubscribe: <mailto:sales+off@example.com>"];
  for (const text of ["Tuesday suits me.", "I am on vacation next week, then gladly."]) {
    expect(await read([...list, "", text])).toMatchObject({ mail: { automatic: null } });
  }
  expect(await read(["Auto-Submitted: auto-replied (vacation)", ...list, "", "Gone fishing."])).toMatchObject({
    mail: { automatic: "out_of_office" },
  });
  // Where the lead's domain lets no group write for it, the group's address, here the sender's own, is the mail's.
  const named = "From: 'Grace Hopper' via Sales <ada@example.com>";
  for (const writer of ["X-Original-From: Grace Hopper <grace@lead.example>", "Reply-To: grace@lead.example"]) {
    expect(await read([named, writer, ...list, "", "Tuesday suits me."])).toMatchObject({
      ...{ direction: "in", person: { email: "grace@lead.example", firstName: "Grace", lastName: "Hopper" } },
    });
  }
  // Nobody else is named: it is the mailbox's own.
  expect(await read([named, "Reply-To: ada@example.com", ...list, "", "Hello."])).toMatchObject({ direction: "out" });
});

test("who accepts or declines an invitation has answered, though a calendar wrote it for them", async () => {
  const calendar = (method: string) =>
    `Content-Type: text/calendar; method=${method}\r\n\r\nBEGIN:VCALENDAR\r\nMETHOD:${method}\r\nEND:VCALENDAR`;
  const words = "Content-Type: text/plain\r\n\r\nGrace has accepted this invitation.";
  for (const [method, automatic] of [
    ["REPLY", null],
    ["REQUEST", "auto_reply"],
  ] as const) {
    const lines = multipart("multipart/alternative", words, calendar(method));
    expect(await read(["Subject: Accepted: Call", "Auto-Submitted: auto-generated", ...lines])).toMatchObject({
      mail: { automatic },
    });
  }
});

test("a note that a mail was opened is no reply", async () => {
  const note = "Content-Type: message/disposition-notification\r\n\r\nDisposition: manual-action; displayed\r\n";
  const words = "Content-Type: text/plain\r\n\r\nYour message was read.";
  const lines = multipart("multipart/report; report-type=disposition-notification", words, note);
  expect(await read(["Subject: Read: Hello", ...lines])).toMatchObject({ mail: { automatic: "auto_reply" } });
});

test("a report that a person attaches is a file of what they write; a program's is what it says", async () => {
  const note = "Content-Type: text/plain\r\n\r\nThis came back, but I am interested.";
  const status = [
    ...["Content-Type: message/delivery-status", "", "Reporting-MTA: dns; mx.example", ""],
    ...["Final-Recipient: rfc822; other@lead.example", "Action: failed", "Status: 5.1.1", ""],
  ].join("\r\n");
  const feedback =
    "Content-Type: message/feedback-report\r\n\r\nFeedback-Type: abuse\r\nOriginal-Rcpt-To: other@lead.example\r\n";
  const mail = "Content-Type: message/rfc822\r\n\r\nSubject: Inner\r\n\r\nSTOP";
  for (const part of [status, feedback, mail]) {
    expect(await read(["Subject: Fwd: Hello", ...multipart("multipart/mixed", note, part)])).toMatchObject({
      ...{ kind: "message", text: "This came back, but I am interested.", keyword: null },
      attachments: [{ contentType: part.slice("Content-Type: ".length).split("\r")[0] }],
    });
  }
  const gateway = ["Return-Path: <>", ...multipart("multipart/mixed", note, status)];
  expect(await read(gateway)).toMatchObject({ kind: "bounce", recipient: "other@lead.example" });
  const loop = ["Auto-Submitted: auto-generated", ...multipart("multipart/mixed", note, feedback)];
  expect(await read(loop)).toMatchObject({ kind: "complaint", recipient: "other@lead.example" });
});

test.each([
  ["Unsubscribe ", "\r\n\r\n", "On 1 Dec 2026, Ada wrote:", "Unsubscribe", "stop"],
  ["Tuesday =20", "\r\n\r\n", "On 1 Dec 2026, Ada wrote: ", "Tuesday", null],
  ["A long \r\nline", "\r\n\r\n", "On 1 Dec 2026, Ada wrote:=20", "A long line", null],
  ["Yes", "\r\n-- \r\nGrace\r\n", "On 1 Dec 2026, Ada wrote:", "Yes", null],
])("of flowed lines %j above %j and a quote it is told what is new", async (answer, between, wrote, said, keyword) => {
  const encoding = `${answer}${wrote}`.includes("=20") ? "quoted-printable" : "7bit";
  const header = ["Content-Type: text/plain; format=flowed", `Content-Transfer-Encoding: ${encoding}`, ""];
  const mail = [
    ...header,
    `${answer}${between}${wrote}`,
    "> Hi Grace, would Tuesday ",
    "> suit you? Reply STOP to ",
    "> opt out",
  ];
  expect(await read(mail)).toMatchObject({ keyword, mail: { visibleText: said } });
});

test.each([
  [
    "postmaster@icloud.example",
    "Your message to grace@lead.example couldn't be delivered. The mailbox is full.",
    "refused",
  ],
  ["MAILER-DAEMON@mx.example", "Undeliverable: <grace@lead.example>. There is no such user here.", "hard"],
  [
    "MAILER-DAEMON@mx.example",
    "I wasn't able to deliver your message.\r\n<grace@lead.example>:\r\nThis user doesn't have a lead.example account",
    "hard",
  ],
  [
    "MAILER-DAEMON@mx.example",
    "Ihre Nachricht an grace@lead.example konnte nicht zugestellt werden: Der Empfänger ist unbekannt.",
    "hard",
  ],
  ["MAILER-DAEMON@mx.example", "Votre message n'a pas pu être remis à grace@lead.example.", "refused"],
  [
    "MAILER-DAEMON@mx.example",
    "Mail to grace@lead.example could not be delivered so far. We will keep trying.",
    "soft",
  ],
])(
  "a mail server's report in words without any code is none of the lead's words: %s, %j",
  async (from, words, outcome) => {
    const mail = [`From: ${from}`, "In-Reply-To: <msg_1@example.com>", "Subject: Re: Hi", "", words];
    expect(await read(mail)).toMatchObject({ kind: "bounce", outcome, recipient: "grace@lead.example", status: null });
    const parcel = ["From: bounces@shop.example", "", "Your parcel for grace@lead.example could not be delivered."];
    expect(await read(parcel)).toMatchObject({ kind: "message" });
    // What isn't understood is no reply; a postmaster may be a person.
    const other = [mail[0]!, mail[1]!, "Subject: Re: Hi", "", "Your message is in quarantine."];
    expect(await read(other)).toMatchObject({
      ...{ kind: "message", mail: { automatic: from.startsWith("MAILER") ? "auto_reply" : null } },
    });
  },
);

test("complaints that are no report by the book are understood: by their sender, Microsoft's, in another type of part", async () => {
  const [to, id] = ["other@lead.example", "<msg_1@example.com>"];
  const original = `Content-Type: message/rfc822\r\n\r\nTo: ${to}\r\nMessage-ID: ${id}\r\nSubject: Hi\r\n\r\nHi`;
  const report = "Content-Type: message/feedback-report\r\n\r\nUser-Agent: FBL\r\nVersion: 1\r\n";
  const note = "Content-Type: text/plain\r\n\r\nThis is an email abuse report.";
  const hidden = original.replace(`To: ${to}`, `X-HmXmrOriginalRecipient: <${to}>\r\nTo: undisclosed:;`);
  const plain = `Content-Type: text/plain\r\n\r\nA report:\r\n\r\nFeedback-Type: fraud\r\nOriginal-Rcpt-To: <${to}>`;
  const bent = "multipart/report; report-type=feedback-report";
  const mails: [string, string[], string][] = [
    ["From: <feedbackloop@fbl.example>", multipart("multipart/mixed", note, report, original), "abuse"],
    ["From: <staff@hotmail.com>", multipart("multipart/mixed", note, hidden), "abuse"],
    ["From: <staff@hotmail.com>\r\nSubject: complaint about message from 192.0.2.1", original.split("\r\n"), "abuse"],
    ["From: <abuse@isp.example>", multipart(bent, plain, original), "fraud"],
  ];
  for (const [from, lines, feedback] of mails) {
    expect(await read([from, ...lines])).toMatchObject({
      kind: "complaint",
      recipient: to,
      references: [id],
      feedback,
    });
  }
  // Who works there may write, too.
  expect(await read(["From: <staff@hotmail.com>", "", "Sounds good"])).toMatchObject({ kind: "message" });
  expect(await read(["From: <staff@hotmail.com>", ...multipart("multipart/mixed", note, original)])).toMatchObject({
    kind: "message",
  });
});

test.each([
  ["Unrouteable address", "Mail delivery failed: returning message to sender", "hard"],
  ["retry timeout exceeded", "Mail delivery failed: returning message to sender", "refused"],
  ["lowest numbered MX record points to local host", "Warning: message 1vQ delayed 24 hours", "soft"],
])("Exim's %j, without any code, is no reply, whatever it is a reply to", async (reason, subject, outcome) => {
  const lines = ["Return-Path: <>", "X-Failed-Recipients: grace@lead.example", `Subject: ${subject}`];
  const words = ["This message was created automatically.", "", "  grace@lead.example", `    ${reason}`];
  const warned = outcome === "soft" ? ["", "No action is required on your part."] : [];
  expect(await read([...lines, "References: <msg_1@example.com>", "", ...words, ...warned])).toMatchObject({
    ...{ kind: "bounce", outcome, status: null, recipient: "grace@lead.example", detail: reason },
  });
});

test.each([
  ["STOP", "", "stop"],
  ["Unsubscribe!", "\r\n-- \r\nGrace Hopper\r\nLead Inc.", "stop"],
  ["Re: Stop", "", null],
  ["Stop by tomorrow", "", null],
  ["Cancel", "our meeting on Monday, please", null],
])("a mail of the subject %j and the text %j says %j", async (subject, text, keyword) => {
  expect(await read([`Subject: ${subject}`, "", text])).toMatchObject({ kind: "message", keyword });
});
