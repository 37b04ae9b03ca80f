import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import type { InboundFact } from "../../src/domain/inbound.ts";
import { replyText } from "../../src/domain/reply-text.ts";
import { automaticKind } from "../../src/sources/mail/automatic.ts";
import { parseMail } from "../../src/sources/mail/parse.ts";
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

test.each([
  ["without angle brackets", "msg_1@example.com", "<msg_1@example.com>"],
  ["two of them", "a@example.com, b@example.com", "<a@example.com> <b@example.com>"],
  ["broken over two lines", "<msg_1@exa\r\n mple.com>", "<msg_1@example.com>"],
  ["encoded as words", "=?utf-8?q?=3Cmsg=5F1=40exam?=\r\n =?utf-8?q?ple=2Ecom=3E?=", "<msg_1@example.com>"],
  ["with blanks and a comment", '(my) < msg_1@example.com > "Ada"', "<msg_1@example.com>"],
  ["in an old program's words", "Your message of Monday <msg_1@example.com>", "<msg_1@example.com>"],
  ["that are none", "Hello, <> and < >", ""],
])("Message-IDs %s are those that were sent", async (_, field, ids) => {
  const wanted = ids === "" ? [] : ids.split(" ");
  const { references, messageId } = await parseMail(
    Buffer.from(`From: g@x.example\r\nMessage-ID: ${field}\r\nIn-Reply-To: ${field}\r\n\r\nHi\r\n`),
  );
  expect(references).toEqual(wanted);
  expect(messageId).toBe(wanted[0] ?? null);
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

const asked = "Shall we talk?";
const who = "Ada Lovelace <ada@example.com>";
test.each([
  ["Gmail, Polish", `pon., 5 sty 2026 o 09:30 ${who} napisał(a):\n\n> ${asked}`],
  ["Gmail, Turkish", `${who}, 5 Oca 2026 Pzt, 09:30 tarihinde şunu yazdı:\n\n> ${asked}`],
  ["Gmail, Czech", `po 5. 1. 2026 v 9:30 odesílatel ${who} napsal:\n\n> ${asked}`],
  ["Gmail, Hungarian", `${who} ezt írta (időpont: 2026. jan. 5., H, 9:30):\n\n> ${asked}`],
  ["Outlook, Polish", `Od: ${who}\nWysłano: 5 stycznia 2026 09:30\nDo: Grace\nTemat: Engines\n\n${asked}`],
  ["Outlook, Swedish", `Från: ${who}\nSkickat: den 5 januari 2026 09:30\nTill: Grace\nÄmne: Engines\n\n${asked}`],
  ["Outlook, Danish", `Fra: ${who}\nSendt: 5. januar 2026 09:30\nTil: Grace\nEmne: Engines\n\n${asked}`],
  ["Outlook, Russian", `От: ${who}\nОтправлено: 5 января 2026 г. 9:30\nКому: Grace\nТема: Engines\n\n${asked}`],
  ["Outlook, Japanese", `差出人: ${who}\n送信日時: 2026年1月5日 9:30\n宛先: Grace\n件名: Engines\n\n${asked}`],
  ["Zoho", `Sent using Zoho Mail\n\n---- On Mon, 05 Jan 2026 09:30:00 +0100 ${who} wrote ---\n\n${asked}`],
  ["Lotus Notes", `-----${who} wrote: -----\nTo: grace@lead.example\nFrom: ${who}\nSubject: Engines\n\n${asked}`],
  ["GMX", `Gesendet: Montag, 05. Januar 2026 um 09:30 Uhr\nVon: ${who}\nAn: Grace\nBetreff: Engines\n\n${asked}`],
  ["Zimbra, German", `----- Ursprüngliche Mail -----\nVon: ${who}\nAn: Grace\nBetreff: Engines\n\n${asked}`],
  ["Horde", `Zitat von ${who}:\n\n> ${asked}`],
  [
    "Outlook for iOS, German",
    `Outlook für iOS<https://aka.ms/o0ukef> beziehen\n${"_".repeat(32)}\nVon: ${who}\nGesendet: 5. Januar\nAn: G\n\n${asked}`,
  ],
  ["Apple, Swedish", `Skickat från min iPhone\n\n> 5 jan. 2026 kl. 09:30 skrev ${who}:\n> \n> ${asked}`],
])("what is quoted is left out: %s", (_, quoted) => {
  expect(replyText(`Yes: from Monday to Friday.\nDo: call.\n\n${quoted}\n`)).toBe(
    "Yes: from Monday to Friday.\nDo: call.",
  );
});

test.each([
  ["Automatisch antwoord: Engines", "Ik ben afwezig tot 4 december."],
  ["Resposta automática: Engines", "Estou ausente do escritório até 4 de dezembro."],
  ["Automatyczna odpowiedź: Engines", "Jestem na urlopie do 4 grudnia."],
  ["Autosvar: Engines", "Jag är på semester till 4 december."],
  ["Automatisk svar: Engines", "Jeg holder ferie til 4. december."],
  ["Otomatik yanıt: Engines", "4 Aralık'a kadar ofis dışındayım."],
  ["自动回复: Engines", "我正在休假，12月4日回来。"],
  ["Автоматический ответ: Engines", "Я в отпуске до 4 декабря."],
  ["Automatická odpověď: Engines", "Jsem na dovolené do 4. prosince."],
  ["Automaattinen vastaus: Engines", "Olen lomalla 4.12. asti."],
])("an absence note without a header that says so: %s", async (subject, text) => {
  const encoded = `=?utf-8?B?${Buffer.from(subject).toString("base64")}?=`;
  const raw = `From: g@x.example\r\nSubject: ${encoded}\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n${text}\r\n`;
  expect(automaticKind(await parseMail(Buffer.from(raw)), text)).toBe("out_of_office");
  // A person who says so is no program.
  const byHand = raw.replace(encoded, "Re: Engines");
  expect(automaticKind(await parseMail(Buffer.from(byHand)), text)).toBeNull();
});

const ada = "Ada <ada@example.com>";
test.each([
  ["Gmail, China", `${ada} 于2026年1月5日周一 09:30写道：`],
  ["Gmail, China, broken", "Ada Lovelace <ada.lovelace@example.com> 于2026年1月5日周一\n09:30写道："],
  ["Gmail, Taiwan", `${ada} 於 2026年1月5日 週一 上午9:30寫道：`],
  ["Gmail, Japan", `2026年1月5日(月) 9:30 ${ada}:`],
  ["Gmail, Korea", `2026년 1월 5일 (월) 오전 9:30, ${ada}님이 작성:`],
  ["Gmail, Korea, broken", "2026년 1월 5일 (월) 오전 9:30, Ada Lovelace\n<ada.lovelace@example.com>님이 작성:"],
  ["Apple Mail, China", `> 2026年1月5日 09:30，${ada} 写道：`],
  ["Apple Mail, Taiwan", `${ada} 於 2026年1月5日 上午9:30 寫道：`],
  ["Apple Mail, Japan", `2026/01/05 9:30、${ada}のメール:`],
  ["Apple Mail, Korea", `2026. 1. 5. 오전 9:30, ${ada} 작성:`],
  ["163", '在 2026-01-05 09:30:00，"Ada" <ada@example.com> 写道：'],
  ["QQ", '------------------ 原始邮件 ------------------\n发件人: "Ada" <ada@example.com>;'],
  ["Outlook, China", `发件人: ${ada}\n发送时间: 2026年1月5日 9:30\n收件人: Grace\n主题: 引擎`],
  ["Outlook, Taiwan", `寄件者: ${ada}\n寄件日期: 2026年1月5日 上午 09:30\n收件者: Grace\n主旨: 引擎`],
  ["Outlook, Japan", `差出人: ${ada}\n送信日時: 2026年1月5日 9:30\n宛先: Grace\n件名: エンジン`],
  ["Outlook, Korea", `보낸 사람: ${ada}\n보낸 날짜: 2026년 1월 5일 월요일 오전 9:30\n받는 사람: Grace\n제목: 엔진`],
  ["Naver", `---------- 원본 메일 ----------\n보낸사람 : ${ada}\n받는사람 : Grace\n날짜 : 2026-01-05\n제목 : 엔진`],
])("%s: what is quoted is split off", (_, head) => {
  expect(replyText(`好的。\n\n${head}\n> 什么时候？\n> 在哪里？\n`)).toBe("好的。");
});

/** Languages of which nothing is known but that a date, an address and a colon stand above marked lines. */
test.each([
  ["Indonesian", `Pada tanggal Sen, 5 Jan 2026 pukul 09.30 ${ada} menulis:`],
  ["Indonesian, broken", "Pada tanggal Sen, 5 Jan 2026 pukul 09.30 Ada Lovelace <ada@example.com>\nmenulis:"],
  ["Vietnamese", `Vào Th 2, 5 thg 1, 2026 vào lúc 09:30 ${ada} đã viết:`],
  ["Thai", `ในวันที่ จ. 5 ม.ค. 2026 เวลา 09:30 ${ada} เขียนว่า:`],
  ["Greek, broken", `Στις Δευ 5 Ιαν 2026 στις 9:30 π.μ., ο χρήστης Ada\n<ada@example.com> έγραψε:`],
  ["Hebrew", "\u202bבתאריך יום ב׳, 5 בינו׳ 2026 ב-9:30 מאת \u202aAda\u202c <\u202aada@example.com\u202c>:\u202c"],
  ["Arabic", `في الاثنين، ٥ يناير ٢٠٢٦ ٩:٣٠ ص ${ada} كتب:`],
  ["Ukrainian", `пн, 5 січ. 2026 р. о 09:30 ${ada} пише:`],
  ["Catalan", `El dl., 5 de gen. 2026, 9:30, ${ada} va escriure:`],
])("Gmail, %s: what is quoted is split off", (_, head) => {
  expect(replyText(`Tuesday, at 9.\nSTOP\n\n${head}\n\n> Shall we talk?\n> Ada\n`)).toBe("Tuesday, at 9.\nSTOP");
  const above = "At 9, then, or on the 12th at about the same time of day.";
  expect(replyText(`${above}\n${head}\n> Shall we talk?\n`)).toBe(above);
});

test("what people write of others' words stays", () => {
  const named = "From 5 on write to Ben <ben@lead.example> please:\nhe knows all of it.\n\n> Who decides?\n";
  expect(replyText(named)).toBe(named.split("\n\n")[0]);
  for (const text of [
    "他在2025年的报告中写道：\n很好。",
    "2025년 보고서에 이렇게 작성:\n좋습니다.",
    "時間: 10:30\n場所: 東京",
  ])
    expect(replyText(text)).toBe(text);
});
