import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { dnsCache } from "nodemailer/lib/shared";
import { beforeAll, describe, expect, test } from "vitest";
import { noDeadline } from "./outbound-message.ts";
import { cert, key } from "./smtp-certificate.ts";
import { credentials, mail, openSender, setup } from "./smtp-setup.ts";

const tls = { key, cert };

describe("with a certificate that is not trusted", () => {
  test.each([
    ["starttls", false],
    ["tls", true],
  ])("%s: neither a login nor a mail goes out", async (security, secure) => {
    const { server, sender } = await setup({ server: { tls, secure }, config: { security } });
    const result = await sender.send(mail(), noDeadline());
    expect(result).toMatchObject({ outcome: "retry", code: "tls_failed", throttled: true });
    expect(await sender.verify(noDeadline())).toMatchObject({ ok: false, code: "tls_failed" });
    expect(server.stats()).toMatchObject({ accepted: 0, refused: {} });
  });
});

test("none means none: a certificate that is offered doesn't matter", async () => {
  const anyone = { user: undefined, pass: undefined, tls };
  const { server, sender } = await setup({ server: anyone, config: { security: "none" }, credentials: {} });
  expect(await sender.send(mail(), noDeadline())).toMatchObject({ outcome: "sent" });
  expect(server.mails[0]).toMatchObject({ encrypted: false });
});

describe("with a trusted certificate", () => {
  beforeAll(() => setDefaultCACertificates([...getCACertificates("default"), cert]));

  test.each([
    ["starttls", false, "localhost"],
    ["tls", true, "localhost"],
    ["starttls", false, "127.0.0.1"],
  ])("%s: the mail goes out encrypted", async (security, secure, host) => {
    const { server, sender } = await setup({ server: { tls, secure }, config: { security, host } });
    expect(await sender.verify(noDeadline())).toEqual({
      ok: true,
      detail: `Connected to ${host}:${server.port} over TLS, logged in as anna.`,
    });
    expect(await sender.send(mail(), noDeadline())).toMatchObject({ outcome: "sent" });
    expect(server.mails[0]).toMatchObject({ user: "anna", encrypted: true });
  });

  test("a certificate for another name is refused", async () => {
    const { server, sender } = await setup({ server: { tls }, config: { security: "starttls", host: "127.0.0.2" } });
    expect(await sender.send(mail(), noDeadline())).toMatchObject({ outcome: "retry", throttled: true });
    expect(server.stats()).toMatchObject({ accepted: 0 });
  });

  test("starttls is required: a server that doesn't offer it gets no password", async () => {
    const { server, sender } = await setup({ config: { security: "starttls" } });
    const result = await sender.send(mail(), noDeadline());
    expect(result).toMatchObject({ outcome: "retry", code: "tls_failed", throttled: true });
    expect(server.stats()).toMatchObject({ connections: 1, accepted: 0, refused: {} });
  });

  test.each([
    ["eu-west-1", "<010001932b1c5d7e-4a1f-000000@eu-west-1.amazonses.com>"],
    ["us-east-1", "<010001932b1c5d7e-4a1f-000000@email.amazonses.com>"],
  ])("Amazon SES in %s puts a Message-ID of its own: that one is kept", async (region, providerMessageId) => {
    const { server } = await setup({ server: { tls } });
    const host = `email-smtp.${region}.amazonaws.com`;
    dnsCache.set(host, { value: { addresses: ["127.0.0.1"] }, expires: Date.now() + 60_000 });
    const sender = openSender(server.port, { host, security: "starttls" }, credentials);
    server.fault({ at: "end", reply: "250 Ok 010001932b1c5d7e-4a1f-000000", store: true });
    expect(await sender.send(mail(), noDeadline())).toMatchObject({ outcome: "sent", providerMessageId });
  });
});
