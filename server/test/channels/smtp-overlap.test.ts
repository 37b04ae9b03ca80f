import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import fc from "fast-check";
import { expect, onTestFinished, test, vi } from "vitest";
import { Gate } from "../../src/loopback/faults.ts";
import type { SmtpFault } from "../../src/loopback/smtp-faults.ts";
import { noDeadline } from "./outbound-message.ts";
import { mail, openSender, setup } from "./smtp-setup.ts";

const numbered = (n: number) => mail({ messageId: `msg_${n}`, to: `lead${n}@example.org`, text: `Hi ${n}` });
const toLead = (n: number) => (about: { to: readonly string[] }) => about.to[0] === `lead${n}@example.org`;

/** A server whose every connection is served by `talk`, which says what answers a piece of what the client sends. */
async function scripted(
  talk: (piece: string, connection: number) => string,
  greeted: () => void = () => {},
): Promise<{ port: number; heard: string[][] }> {
  const heard: string[][] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    const pieces: string[] = [];
    const n = heard.push(pieces);
    socket.setEncoding("latin1").on("error", () => {});
    socket.write("220 ready\r\n");
    socket.on("data", (piece: string) => {
      pieces.push(piece);
      if (piece.startsWith("EHLO")) {
        greeted();
        socket.write("250-here\r\n250-PIPELINING\r\n250 AUTH PLAIN\r\n");
      } else if (piece.startsWith("AUTH")) socket.write("235 welcome\r\n");
      else if (piece.startsWith("QUIT")) socket.end("221 bye\r\n");
      else socket.write(talk(piece, n));
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return { port: (server.address() as AddressInfo).port, heard };
}

const envelope = "250 sender\r\n250 recipient\r\n354 go on\r\n";
/** What a piece asks for, answered by a server that takes everything. */
const willing = (piece: string) =>
  `${/\r\n\.\r\n/.test(piece) ? "250 taken\r\n" : ""}${piece.includes("MAIL FROM") ? envelope : ""}`;

test("an envelope follows in the packet of the content before it", async () => {
  const { port, heard } = await scripted(willing);
  const sender = openSender(port, { maxConnections: 1 });
  const results = await Promise.all([1, 2, 3].map((n) => sender.send(numbered(n), noDeadline())));
  expect(results.map(({ outcome }) => outcome)).toEqual(["sent", "sent", "sent"]);
  const [, , first, second, third, last] = heard[0]!;
  expect(first).toMatch(/^MAIL FROM:<anna@example\.com>\r\nRCPT TO:<lead1@example\.org>\r\nDATA\r\n$/);
  expect(second).toMatch(/Hi 1\r\n\.\r\nMAIL FROM:<anna@example\.com>\r\nRCPT TO:<lead2@example\.org>\r\nDATA\r\n$/);
  expect(third).toMatch(/Hi 2\r\n\.\r\nMAIL FROM:.*lead3/s);
  expect(last).toMatch(/Hi 3\r\n\.\r\n$/);
});

test("so many mails are worth having begun as the connections carry in a tenth of a second", async () => {
  vi.useFakeTimers({ toFake: ["performance"] });
  onTestFinished(() => void vi.useRealTimers());
  let mailMs = 2_000;
  const { port } = await scripted((piece) => {
    if (/\r\n\.\r\n/.test(piece)) vi.advanceTimersByTime(mailMs);
    return willing(piece);
  });
  const sender = openSender(port, { maxConnections: 1 });
  let sent = 0;
  const send = async (count: number) => {
    const all = Array.from({ length: count }, () => sender.send(numbered(sent++), noDeadline()));
    expect(await Promise.all(all)).toHaveLength(count);
  };
  expect(sender.worthBegun).toBe(5);
  // Two seconds a mail: the second one waits as long as the first.
  await send(2);
  expect(sender.worthBegun).toBe(2);
  mailMs = 5;
  await send(150);
  expect(sender.worthBegun).toBeGreaterThan(17);
  expect(sender.worthBegun).toBeLessThan(21);
  mailMs = 1;
  await send(150);
  expect(sender.worthBegun).toBe(32);
  // What passes while nothing is to be sent says nothing of the server.
  vi.advanceTimersByTime(60_000);
  await send(1);
  expect(sender.worthBegun).toBe(32);
});

test("where each mail takes a connection of its own, what opening it takes is of the mail", async () => {
  vi.useFakeTimers({ toFake: ["performance"] });
  onTestFinished(() => void vi.useRealTimers());
  const opened = () => void vi.advanceTimersByTime(1_000);
  const { port, heard } = await scripted((piece) => {
    const taken = /\r\n\.\r\n/.test(piece);
    return taken ? "250 taken\r\n421 4.4.2 One mail a connection\r\n" : willing(piece);
  }, opened);
  const sender = openSender(port, { maxConnections: 1 });
  for (let n = 0; n < 3; n++) expect(await sender.send(numbered(n), noDeadline())).toMatchObject({ outcome: "sent" });
  expect(heard).toHaveLength(3);
  expect(sender.worthBegun).toBe(2);
});

test("answers that have got out of step send nothing, and are nobody else's", async () => {
  // An answer too many, behind that to the first content: each that follows is taken for the one before it.
  const { port, heard } = await scripted((piece, connection) =>
    connection === 1 && piece.includes("Hi 1") ? `250 taken\r\n250 once more\r\n${envelope}` : willing(piece),
  );
  const sender = openSender(port, { maxConnections: 1 });
  const results = await Promise.all([1, 2].map((n) => sender.send(numbered(n), noDeadline())));
  expect(results.map(({ outcome }) => outcome)).toEqual(["sent", "sent"]);
  expect(heard[0]!.join("")).not.toContain("Hi 2");
  expect(heard[1]!.join("")).toContain("Hi 2");
});

test.each(["503 5.5.1 Nested MAIL", "554 5.5.0 Error: SMTP protocol synchronization", "550 No such sender"])(
  "a server that wants one mail after the other (%s) gets it so",
  async (refusal) => {
    let early = 0;
    const { port } = await scripted((piece) => {
      if (!/\r\n\.\r\nMAIL/.test(piece)) return piece.startsWith("RSET") ? "250 clean\r\n" : willing(piece);
      early += 1;
      return `250 taken\r\n${refusal}\r\n503 5.5.1 No MAIL\r\n503 5.5.1 No RCPT\r\n`;
    });
    const sender = openSender(port, { maxConnections: 1 });
    const results = await Promise.all([1, 2, 3, 4].map((n) => sender.send(numbered(n), noDeadline())));
    expect(results.map(({ outcome }) => outcome)).toEqual(["sent", "sent", "sent", "sent"]);
    expect(early).toBe(1);
  },
);

test("a mail whose connection is cut with the content before it goes out over another one", async () => {
  const { server, sender } = await setup({ config: { maxConnections: 1 } });
  server.fault({ at: "end", drop: true, store: true, when: toLead(1) });
  const results = await Promise.all([1, 2, 3].map((n) => sender.send(numbered(n), noDeadline())));
  expect(results.map(({ outcome }) => outcome)).toEqual(["uncertain", "sent", "sent"]);
  for (const n of [1, 2, 3]) expect(server.count(`lead${n}@example.org`)).toBe(1);
});

test("a mail is handed over when its content is asked for, and not before", async () => {
  const { server, sender } = await setup({
    server: { unknownRecipients: ["lead2@example.org"] },
    config: { maxConnections: 1 },
  });
  const gate = new Gate();
  server.fault({ at: "end", hold: gate, when: toLead(1) });
  const over: number[] = [];
  const sent = [1, 2, 3].map((n) => sender.send(numbered(n), noDeadline(), () => over.push(n)));
  await gate.reached;
  expect(over).toEqual([1]);
  gate.open();
  expect((await Promise.all(sent)).map(({ outcome }) => outcome)).toEqual(["sent", "failed", "sent"]);
  expect(over).toEqual([1, 3]);
});

test("a mail whose deadline passes behind another one never goes out, and costs that one nothing", async () => {
  const { server, sender } = await setup({ config: { maxConnections: 1 } });
  const gate = new Gate();
  const deadline = new AbortController();
  server.fault({ at: "end", hold: gate, when: toLead(1) });
  const sent = [1, 2, 3].map((n) => sender.send(numbered(n), n === 2 ? deadline.signal : noDeadline()));
  await gate.reached;
  deadline.abort();
  expect(await sent[1]).toMatchObject({ outcome: "retry", code: "timeout" });
  gate.open();
  expect([await sent[0], await sent[2]]).toMatchObject([{ outcome: "sent" }, { outcome: "sent" }]);
  expect(server.mails.map(({ to }) => to[0])).toEqual(["lead1@example.org", "lead3@example.org"]);
});

test("a deadline that passes just when the connection is open sends nothing", async () => {
  const { server, sender } = await setup({ config: { maxConnections: 1 } });
  const deadline = new AbortController();
  const { signal } = deadline;
  // What opened the session has just stopped listening to it.
  signal.removeEventListener = (...args: Parameters<AbortSignal["removeEventListener"]>) => {
    AbortSignal.prototype.removeEventListener.apply(signal, args);
    deadline.abort();
  };
  expect(await sender.send(numbered(1), signal)).toMatchObject({ outcome: "retry", code: "timeout" });
  expect(await sender.send(numbered(2), noDeadline())).toMatchObject({ outcome: "sent" });
  expect(server.mails.map(({ to }) => to[0])).toEqual(["lead2@example.org"]);
  expect(server.stats()).toMatchObject({ connections: 1 });
});

test("whatever happens on the way, each mail's outcome is true", async () => {
  const at = fc.constantFrom<SmtpFault["at"]>("mail", "rcpt", "data", "content", "end");
  const reply = fc.constantFrom(
    "451 4.3.0 Later",
    "550 5.7.1 No",
    "421 4.4.2 Bye",
    "503 5.5.1 Order",
    "garbage",
    "250 What?",
  );
  const fault = fc.record(
    { at, n: fc.nat(29), reply, drop: fc.boolean(), store: fc.boolean() },
    { requiredKeys: ["at", "n"] },
  );
  await fc.assert(
    fc.asyncProperty(fc.array(fault, { maxLength: 12 }), fc.boolean(), async (faults, pipelining) => {
      const { server, sender } = await setup({ server: { pipelining }, config: { maxConnections: 2 } });
      for (const { n, ...what } of faults) {
        // What a server says in the end of the mail is true, if it is an answer at all.
        const verdict = what.at === "end" ? what.reply?.[0] : undefined;
        if (verdict === "2") what.store = true;
        else if (verdict === "4" || verdict === "5") what.store = false;
        server.fault({ ...what, when: toLead(n) });
      }
      const results = await Promise.all(Array.from({ length: 30 }, (_, n) => sender.send(numbered(n), noDeadline())));
      for (const [n, { outcome }] of results.entries()) {
        const arrived = server.count(`lead${n}@example.org`);
        expect(arrived, `lead${n}: ${outcome}`).toBeLessThanOrEqual(1);
        if (outcome === "sent") expect(arrived).toBe(1);
        else if (outcome !== "uncertain") expect(arrived, `lead${n}: ${outcome}`).toBe(0);
      }
      await sender.close();
      await server.close();
    }),
    { numRuns: 40 },
  );
});
