import { describe, expect, test } from "vitest";
import { smtp } from "../../src/channels/email/smtp.ts";

const config = { host: "smtp.example.com", from: "anna@example.com" };

test("port 587, STARTTLS and five connections are the defaults", () => {
  expect(smtp.config.parse(config)).toEqual({ ...config, port: 587, security: "starttls", maxConnections: 5 });
  expect(smtp.address(smtp.config.parse(config))).toBe("anna@example.com");
});

describe("without TLS", () => {
  test.each([
    "localhost",
    "127.0.0.1",
    "::1",
    "10.1.2.3",
    "192.168.1.1",
    "fd00::1",
    "mailpit",
    "mail.internal",
    "nas.local",
  ])("the private host %s is allowed", (host) => {
    expect(smtp.config.safeParse({ ...config, host, security: "none" }).success).toBe(true);
  });

  test.each([
    "smtp.example.com",
    "8.8.8.8",
    "2001:4860::1",
    "localhost.example.com",
    "::ffff:8.8.8.8",
    "0x08080808",
    "134744072",
  ])("the public host %s is refused", (host) => {
    expect(smtp.config.safeParse({ ...config, host, security: "none" }).success).toBe(false);
  });
});

test.each([
  ["no host", { host: undefined }],
  ["a host with a line break", { host: "smtp.example.com\r\nEHLO x" }],
  ["a host with a port", { host: "smtp.example.com:25" }],
  ["a URL for a host", { host: "smtp://smtp.example.com" }],
  ["a port out of range", { port: 70_000 }],
  ["a name for From's address", { from: "Anna <anna@example.com>" }],
  ["a header in the name", { fromName: "Anna\r\nBcc: x@example.org" }],
  ["a bracket in the Message-ID's domain", { messageIdDomain: "example.com>" }],
  ["an unknown setting", { rejectUnauthorized: false }],
  ["an unknown security", { security: "opportunistic" }],
  ["no connection at all", { maxConnections: 0 }],
])("%s is refused", (_what, wrong) => {
  expect(smtp.config.safeParse({ ...config, ...wrong }).success).toBe(false);
});

test.each([
  [{ user: "anna", pass: "secret" }, true],
  [{ user: "anna", accessToken: "token" }, true],
  [{}, true],
  [{ user: "anna" }, false],
  [{ pass: "secret" }, false],
  [{ user: "anna", pass: "secret", accessToken: "token" }, false],
  [{ user: "anna", pass: "" }, false],
])("credentials %j: %s", (credentials, valid) => {
  expect(smtp.credentials.safeParse(credentials).success).toBe(valid);
});
