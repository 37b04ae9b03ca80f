import { once } from "node:events";
import { connect } from "node:net";
import { createInterface } from "node:readline";
import { expect, onTestFinished, test } from "vitest";
import { Gate } from "../../src/loopback/faults.ts";
import { type SmtpOptions, startSmtp } from "../../src/loopback/smtp.ts";

async function setup(options: SmtpOptions = {}) {
  const server = await startSmtp(options);
  onTestFinished(() => server.close());
  const socket = connect(server.port, "127.0.0.1");
  onTestFinished(() => void socket.destroy());
  socket.on("error", () => {});
  const lines = createInterface({ input: socket })[Symbol.asyncIterator]();
  /** Sends one command, and reads one whole reply: its last line, or null where the connection ended. */
  const say = async (command?: string): Promise<string | null> => {
    if (command !== undefined) socket.write(`${command}\r\n`);
    for (;;) {
      const { value, done } = await lines.next();
      if (done) return null;
      if (!/^\d{3}-/.test(value)) return value;
    }
  };
  expect(await say()).toMatch(/^220 /);
  expect(await say("EHLO test")).toMatch(/^250 /);
  const envelope = async (mailArgs = "") => {
    expect(await say(`MAIL FROM:<anna@example.com>${mailArgs}`)).toMatch(/^250 /);
    expect(await say("RCPT TO:<ben@example.org>")).toMatch(/^250 /);
    expect(await say("DATA")).toMatch(/^354 /);
  };
  return { server, socket, say, envelope };
}

const fields = {
  "Message-ID": "<1@example.com>",
  Date: "Mon, 01 Jan 2029 10:00:00 +0000",
  From: "Anna <anna@example.com>",
  To: "ben@example.org",
  Subject: "Hello",
};
const content = (changed: Record<string, string | undefined> = {}, body = "Hi Ben") => {
  const header = Object.entries({ ...fields, ...changed }).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}: ${value}`],
  );
  return `${header.join("\r\n")}\r\n\r\n${body}`;
};

test("a well-formed mail is kept as it was sent, and counted by recipient and text", async () => {
  const { server, say, envelope } = await setup();
  await envelope();
  expect(await say(`${content({ Subject: "=?utf-8?Q?Gr=C3=BC=C3=9Fe?=" }, "Hi Ben\r\n..dot")}\r\n.`)).toMatch(/^250 /);
  expect(server.mails).toHaveLength(1);
  expect(server.mails[0]).toMatchObject({
    messageId: "<1@example.com>",
    from: "anna@example.com",
    to: ["ben@example.org"],
    sender: { name: "Anna", address: "anna@example.com" },
    subject: "Grüße",
    text: "Hi Ben\n.dot",
    encrypted: false,
  });
  expect(server.mails[0]?.headers.get("subject")).toBe("=?utf-8?Q?Gr=C3=BC=C3=9Fe?=");
  expect([server.count("ben@example.org"), server.count("ben@example.org", "Hi Ben\n.dot")]).toEqual([1, 1]);
  expect([server.count("ben@example.org", "other"), server.count("carl@example.org")]).toEqual([0, 0]);
});

test.each([
  ["no Message-ID", content({ "Message-ID": undefined })],
  ["a malformed Message-ID", content({ "Message-ID": "1@example.com" })],
  ["no Date", content({ Date: undefined })],
  ["a Date that is none", content({ Date: "yesterday" })],
  ["no From", content({ From: undefined })],
  ["no To", content({ To: undefined })],
  ["two Subjects", content({ "X-A": "1\r\nSubject: again" })],
  ["a Bcc", content({ Bcc: "carl@example.org" })],
  ["a bare LF", content({}, "one\ntwo")],
  ["a bare CR", content({}, "one\rtwo")],
  ["a bare LF in the header", content({ "X-A": "1\nX-B: 2" })],
  ["a line of 999 octets", content({}, "x".repeat(999))],
  ["8 bit in the header, undeclared", content({ Subject: "Grüße" })],
  ["8 bit in the body, undeclared", content({}, "Grüße")],
])("content with %s is refused with 550 and not kept", async (_what, text) => {
  const { server, say, envelope } = await setup();
  await envelope();
  expect(await say(`${text}\r\n.`)).toMatch(/^550 5\.6\./);
  expect(server.stats()).toMatchObject({ accepted: 0, refused: { 550: 1 } });
});

test("8 bit is taken where it is declared, and a line of 998 octets always", async () => {
  const { server, say, envelope } = await setup();
  await envelope(" SMTPUTF8 BODY=8BITMIME");
  expect(await say(`${content({ Subject: "Grüße" }, `Grüße\r\n${"x".repeat(998)}`)}\r\n.`)).toMatch(/^250 /);
  expect(server.mails[0]).toMatchObject({ subject: "Grüße" });
});

test("unknown domains and mailboxes are refused at RCPT", async () => {
  const { server, say } = await setup({ unknownRecipients: ["gone@example.org"] });
  await say("MAIL FROM:<anna@example.com>");
  expect(await say("RCPT TO:<ben@nowhere.invalid>")).toBe("550 5.1.2 Domain not found");
  expect(await say("RCPT TO:<gone@example.org>")).toBe("550 5.1.1 User unknown");
  expect(await say("DATA")).toMatch(/^503 /);
  expect(server.stats()).toMatchObject({ accepted: 0, refused: { 550: 2 } });
});

test("a login is required where one is set, and a wrong one gets 535", async () => {
  const { server, say } = await setup({ user: "anna", pass: "secret" });
  expect(await say("MAIL FROM:<anna@example.com>")).toMatch(/^530 /);
  const plain = (pass: string) => `AUTH PLAIN ${Buffer.from(`\0anna\0${pass}`).toString("base64")}`;
  expect(await say(plain("wrong"))).toMatch(/^535 /);
  expect(await say(plain("secret"))).toMatch(/^235 /);
  expect(await say("MAIL FROM:<anna@example.com>")).toMatch(/^250 /);
  expect(server.stats()).toMatchObject({ refused: { 535: 1 } });
});

test("content over the size limit gets 552 and is not kept", async () => {
  const { server, say, envelope } = await setup({ size: 1000 });
  await envelope();
  expect(await say(`${content({}, "line\r\n".repeat(300))}\r\n.`)).toMatch(/^552 /);
  expect(server.stats()).toMatchObject({ accepted: 0, refused: { 552: 1 } });
});

test("light mode reads the header alone, and says that it can't tell texts", async () => {
  const { server, say, envelope } = await setup({ light: true, keep: 1 });
  for (let n = 0; n < 2; n++) {
    await envelope();
    await say(`${content()}\r\n.`);
  }
  expect(server.mails).toHaveLength(1);
  expect(server.mails[0]).toMatchObject({ messageId: "<1@example.com>", text: null, subject: null });
  expect(server.stats()).toMatchObject({ accepted: 2, distinctMessageIds: 1, duplicates: 1 });
  expect(server.count("ben@example.org")).toBe(2);
  expect(() => server.count("ben@example.org", "Hi Ben")).toThrow("light mode");
});

test("faults happen in order, only where they apply, and as often as they say", async () => {
  const { server, say } = await setup();
  server.fault(
    { at: "rcpt", reply: "451 4.3.0 first", when: ({ to }) => to.at(-1) === "ben@example.org", times: 2 },
    { at: "rcpt", reply: "452 4.3.0 second", when: ({ to, from }) => to.length === 1 && from === "anna@example.com" },
  );
  await say("MAIL FROM:<anna@example.com>");
  expect(await say("RCPT TO:<ben@example.org>")).toBe("451 4.3.0 first");
  expect(await say("RCPT TO:<carl@example.org>")).toBe("452 4.3.0 second");
  expect(await say("RCPT TO:<carl@example.org>")).toMatch(/^250 /);
  expect(await say("RCPT TO:<ben@example.org>")).toBe("451 4.3.0 first");
  expect(await say("RCPT TO:<ben@example.org>")).toMatch(/^250 /);
  expect(server.faultsLeft()).toBe(0);
});

test.each([
  ["keeps the mail where the fault says so", true, 1],
  ["drops it otherwise", false, 0],
])("a line cut after the content %s", async (_what, store, held) => {
  const { server, socket, say, envelope } = await setup();
  server.fault({ at: "end", drop: true, store });
  await envelope();
  const closed = once(socket, "close");
  expect(await say(`${content()}\r\n.`)).toBeNull();
  await closed;
  expect(server.mails).toHaveLength(held);
});

test("a held answer comes when the gate is opened, and waitFor when the mail is kept", async () => {
  const { server, say, envelope } = await setup();
  const hold = new Gate();
  server.fault({ at: "end", hold });
  await envelope();
  const answer = say(`${content()}\r\n.`);
  await hold.reached;
  expect(server.mails).toHaveLength(0);
  const kept = server.waitFor(1);
  hold.open();
  expect(await answer).toMatch(/^250 /);
  await kept;
});
