import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { expect, test } from "vitest";
import { Gate } from "../../src/loopback/faults.ts";
import type { SmtpFault } from "../../src/loopback/smtp-faults.ts";
import { noDeadline } from "./outbound-message.ts";
import { mail, openSender, setup } from "./smtp-setup.ts";

const numbered = (n: number) => mail({ messageId: `msg_${n}`, to: `lead${n}@example.org`, text: `Hi ${n}` });

test("200 mails at once go out once each, over no more connections than allowed", async () => {
  const { server, sender } = await setup({ config: { maxConnections: 3 } });
  const results = await Promise.all(Array.from({ length: 200 }, (_, n) => sender.send(numbered(n), noDeadline())));
  expect(results.map(({ outcome }) => outcome)).toEqual(Array(200).fill("sent"));
  for (let n = 0; n < 200; n++) expect(server.count(`lead${n}@example.org`, `Hi ${n}`)).toBe(1);
  expect(server.stats()).toMatchObject({ accepted: 200, distinctMessageIds: 200, connections: 3 });
});

test("a connection is ended after 100 mails", async () => {
  const { server, sender } = await setup({ config: { maxConnections: 1 } });
  for (let n = 0; n < 101; n++) expect(await sender.send(numbered(n), noDeadline())).toMatchObject({ outcome: "sent" });
  expect(server.stats()).toMatchObject({ accepted: 101, connections: 2 });
});

test("a refused recipient costs no connection", async () => {
  const { server, sender } = await setup({
    server: { unknownRecipients: ["gone@example.org"] },
    config: { maxConnections: 1 },
  });
  for (let n = 0; n < 3; n++) {
    expect(await sender.send(mail({ to: "gone@example.org" }), noDeadline())).toMatchObject({ outcome: "failed" });
    expect(await sender.send(numbered(n), noDeadline())).toMatchObject({ outcome: "sent" });
  }
  expect(server.stats()).toMatchObject({ accepted: 3, connections: 1 });
});

// What a server does to a connection that was idle too long must not cost an attempt.
const idle: [string, SmtpFault][] = [
  ["cut", { at: "mail", drop: true }],
  ["ended with 421", { at: "mail", reply: "421 4.4.2 Idle for too long" }],
  ["cut at RCPT", { at: "rcpt", drop: true }],
];
test.each(idle)("a reused connection that turns out to be %s is replaced at once", async (_how, fault) => {
  const { server, sender } = await setup({ config: { maxConnections: 1 } });
  await sender.send(numbered(1), noDeadline());
  server.fault(fault);
  expect(await sender.send(numbered(2), noDeadline())).toMatchObject({ outcome: "sent" });
  expect(server.count("lead2@example.org")).toBe(1);
  expect(server.stats()).toMatchObject({ accepted: 2, connections: 2 });
  expect(server.faultsLeft()).toBe(0);
});

test("a reused connection that is cut after the content is not replaced: the mail may be out", async () => {
  const { server, sender } = await setup({ config: { maxConnections: 1 } });
  await sender.send(numbered(1), noDeadline());
  server.fault({ at: "end", drop: true, store: true });
  expect(await sender.send(numbered(2), noDeadline())).toMatchObject({ outcome: "uncertain" });
  expect(server.count("lead2@example.org")).toBe(1);
});

test("a fresh connection is not replaced, and 421 4.7.x on a reused one slows the sender down", async () => {
  const { server, sender } = await setup({ config: { maxConnections: 1 } });
  server.fault({ at: "mail", drop: true });
  expect(await sender.send(numbered(1), noDeadline())).toMatchObject({ outcome: "retry", code: "connection_lost" });
  await sender.send(numbered(1), noDeadline());
  server.fault({ at: "mail", reply: "421 4.7.0 Too many messages" });
  expect(await sender.send(numbered(2), noDeadline())).toMatchObject({ outcome: "retry", throttled: true });
  expect(server.stats()).toMatchObject({ accepted: 1 });
});

test("a restart of the server between two mails is not noticed", async () => {
  const { server, sender } = await setup({ config: { maxConnections: 2 } });
  await Promise.all([sender.send(numbered(1), noDeadline()), sender.send(numbered(2), noDeadline())]);
  server.cut();
  await Promise.all([sender.send(numbered(3), noDeadline()), sender.send(numbered(4), noDeadline())]);
  expect(server.stats()).toMatchObject({ accepted: 4, distinctMessageIds: 4, duplicates: 0 });
});

test("connections that the server ended while idle make room for new ones", async () => {
  const { server, sender } = await setup({ config: { maxConnections: 2 } });
  for (let round = 0; round < 3; round++) {
    await Promise.all([sender.send(numbered(1), noDeadline()), sender.send(numbered(2), noDeadline())]);
    await server.dismiss();
  }
  expect(server.stats()).toMatchObject({ accepted: 6, connections: 6 });
  await sender.close();
});

test("an answer that comes after garbage is not taken for the answer to the next mail", async () => {
  const { server, sender } = await setup({ config: { maxConnections: 1 } });
  server.fault({ at: "end", reply: "*** queue check ***\r\n250 2.0.0 Ok", store: true });
  server.fault({ at: "end", reply: "550 5.7.1 No", when: ({ to }) => to[0] === "lead2@example.org" });
  const results = await Promise.all([sender.send(numbered(1), noDeadline()), sender.send(numbered(2), noDeadline())]);
  expect(results).toMatchObject([{ outcome: "uncertain" }, { outcome: "failed", code: "message_refused" }]);
});

const stalls: [SmtpFault["at"], object][] = [
  ["greeting", { outcome: "retry", code: "timeout" }],
  ["auth", { outcome: "retry", code: "timeout" }],
  ["mail", { outcome: "retry", code: "timeout" }],
  ["rcpt", { outcome: "retry", code: "timeout" }],
  ["data", { outcome: "retry", code: "timeout" }],
  ["end", { outcome: "uncertain", code: "answer_lost" }],
];
for (const pipelining of [true, false]) {
  test.each(stalls)(
    `the deadline passes while the server stalls at %s (pipelining: ${pipelining})`,
    async (at, result) => {
      const { server, sender } = await setup({ server: { pipelining }, config: { maxConnections: 1 } });
      const hold = new Gate();
      const deadline = new AbortController();
      server.fault({ at, hold });
      const sent = sender.send(numbered(1), deadline.signal);
      await hold.reached;
      deadline.abort();
      expect(await sent).toMatchObject(result);

      // Nothing goes out later, and the slot is free again.
      hold.open();
      expect(await sender.send(numbered(2), noDeadline())).toMatchObject({ outcome: "sent" });
      expect(server.count("lead1@example.org")).toBe(at === "end" ? 1 : 0);
    },
  );
}

test("a deadline that has passed, or passes while waiting for a connection, sends nothing", async () => {
  const { server, sender } = await setup({ config: { maxConnections: 1 } });
  expect(await sender.send(numbered(0), AbortSignal.abort())).toMatchObject({ outcome: "retry", code: "timeout" });
  expect(server.stats()).toMatchObject({ connections: 0 });

  const hold = new Gate();
  const deadline = new AbortController();
  server.fault({ at: "end", hold });
  const first = sender.send(numbered(1), noDeadline());
  await hold.reached;
  const second = sender.send(numbered(2), deadline.signal);
  const third = sender.send(numbered(3), noDeadline());
  deadline.abort();
  expect(await second).toMatchObject({ outcome: "retry", code: "waited" });
  hold.open();
  expect([await first, await third]).toMatchObject([{ outcome: "sent" }, { outcome: "sent" }]);
  expect(server.mails.map(({ to }) => to[0])).toEqual(["lead1@example.org", "lead3@example.org"]);
});

test("verify ends at its deadline", async () => {
  const { server, sender } = await setup();
  const hold = new Gate();
  const deadline = new AbortController();
  server.fault({ at: "greeting", hold });
  const verified = sender.verify(deadline.signal);
  await hold.reached;
  deadline.abort();
  expect(await verified).toMatchObject({ ok: false, code: "timeout" });
});

test("a refused connection is tried again later, and holds the whole sender up", async () => {
  const unused = createServer().listen(0, "127.0.0.1");
  await once(unused, "listening");
  const { port } = unused.address() as AddressInfo;
  unused.close();
  await once(unused, "close");
  const result = await openSender(port).send(mail(), noDeadline());
  expect(result).toMatchObject({ outcome: "retry", code: "connect_failed", throttled: true });
});

test("closing lets the mail in flight finish, refuses those that wait, and leaves no connection", async () => {
  const { server, sender } = await setup({ config: { maxConnections: 2 } });
  await Promise.all([sender.send(numbered(1), noDeadline()), sender.send(numbered(2), noDeadline())]);
  const gates = [new Gate(), new Gate()];
  for (const hold of gates) server.fault({ at: "end", hold });
  const busy = [sender.send(numbered(3), noDeadline()), sender.send(numbered(4), noDeadline())];
  await Promise.all(gates.map((gate) => gate.reached));
  const waiting = sender.send(numbered(5), noDeadline());
  const closed = sender.close();
  expect(await waiting).toMatchObject({ outcome: "retry" });
  expect(await sender.send(numbered(6), noDeadline())).toMatchObject({ outcome: "retry" });
  for (const gate of gates) gate.open();
  expect(await Promise.all(busy)).toMatchObject([{ outcome: "sent" }, { outcome: "sent" }]);
  await closed;
  expect(server.stats()).toMatchObject({ accepted: 4, connections: 2 });
});
