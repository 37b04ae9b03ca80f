import { expect, test } from "vitest";
import { noDeadline } from "./outbound-message.ts";
import { mail, setup } from "./smtp-setup.ts";

const token = { user: "anna", accessToken: "ya29.token" };
const noLogin = { user: undefined, pass: undefined };

test("an access token logs in by XOAUTH2", async () => {
  const { server, sender } = await setup({ server: { ...token, pass: undefined }, credentials: token });
  expect(await sender.send(mail(), noDeadline())).toMatchObject({ outcome: "sent" });
  expect(server.mails[0]).toMatchObject({ user: "anna" });
});

test.each([
  ["a wrong password", { user: "anna", pass: "wrong" }, { user: "anna", pass: "secret" }, "login_refused"],
  ["a token that has expired", { user: "anna", accessToken: "old" }, token, "login_refused"],
  ["a server that offers no login", { user: "anna", pass: "secret" }, {}, "login_refused"],
  ["no login where one is required", {}, { user: "anna", pass: "secret" }, "login_required"],
])("%s breaks the sender, and nothing is sent", async (_what, credentials, server, code) => {
  const peer = await setup({ server: { ...noLogin, ...server }, credentials });
  expect(await peer.sender.send(mail(), noDeadline())).toMatchObject({ outcome: "sender_broken", code });
  expect(peer.server.stats()).toMatchObject({ accepted: 0, connections: 1 });
});

test("verify tells a good login from a bad one, and sends nothing", async () => {
  const good = await setup();
  const detail = `Connected to 127.0.0.1:${good.server.port} without encryption, logged in as anna.`;
  expect(await good.sender.verify(noDeadline())).toEqual({ ok: true, detail });
  const bad = await setup({ credentials: { user: "anna", pass: "wrong" } });
  expect(await bad.sender.verify(noDeadline())).toMatchObject({ ok: false, code: "login_refused" });
  await bad.server.close();
  expect(await bad.sender.verify(noDeadline())).toMatchObject({ ok: false, code: "connect_failed" });
  expect(good.server.stats()).toMatchObject({ connections: 1, accepted: 0 });
});

test("a server without a login takes mails without credentials", async () => {
  const { server, sender } = await setup({ server: { user: undefined, pass: undefined }, credentials: {} });
  expect(await sender.send(mail(), noDeadline())).toMatchObject({ outcome: "sent" });
  expect(server.mails[0]).toMatchObject({ user: null });
});

test("a refused login leaves the next attempt a fresh connection", async () => {
  const { server, sender } = await setup({ config: { maxConnections: 1 } });
  server.fault({ at: "auth", reply: "454 4.7.0 Temporary authentication failure" });
  expect(await sender.send(mail(), noDeadline())).toMatchObject({ outcome: "retry", code: "login_unavailable" });
  expect(await sender.send(mail(), noDeadline())).toMatchObject({ outcome: "sent" });
  expect(server.stats()).toMatchObject({ connections: 2, accepted: 1 });
});
