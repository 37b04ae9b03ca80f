import { afterEach, describe, expect, test } from "vitest";
import { unipile } from "../../src/channels/linkedin/unipile.ts";
import type { Fault } from "../../src/loopback/faults.ts";
import { startUnipile, type UnipileLoopback, type UnipileLoopbackOptions } from "../../src/loopback/unipile.ts";
import { noDeadline } from "./outbound-message.ts";

describe("settings", () => {
  test.each(["api8.unipile.com:13443", "https://api8.unipile.com:13443/", "http://127.0.0.1:9", "localhost:1"])(
    "the DSN %s is taken",
    (dsn) => {
      const config = unipile.config.parse({ dsn, accountId: "fFl27we2Rqa0eSbwIKX9hw" });
      expect(unipile.address(config)).toBe("fFl27we2Rqa0eSbwIKX9hw");
      const account = { senderId: "s", workspaceId: "w", channel: "linkedin" as const, name: "" };
      expect(() => unipile.open({ ...account, config, credentials: { apiKey: "k" } })).not.toThrow();
    },
  );

  test.each([
    { dsn: "", accountId: "a" },
    { dsn: "https://user:password@host", accountId: "a" },
    { dsn: "host/path", accountId: "a" },
    { dsn: "host:99999", accountId: "a" },
    { dsn: "ftp://host", accountId: "a" },
    { dsn: "host", accountId: "../b" },
    { dsn: "host", accountId: "a", extra: 1 },
  ])("%j is refused", (config) => {
    expect(unipile.config.safeParse(config).success).toBe(false);
  });

  test.each(["", "a b", "a\r\nx: y"])("the API key %j is refused", (apiKey) => {
    expect(unipile.credentials.safeParse({ apiKey }).success).toBe(false);
  });
});

describe("verification", () => {
  let server: UnipileLoopback;
  afterEach(() => server.close());
  const html: Fault = { kind: "answer", status: 200, body: "<html>" };
  const down: Fault = { kind: "reset", when: "before" };

  test.each<[string, Partial<UnipileLoopbackOptions>, Fault | null, object]>([
    ["a connected account", {}, null, { ok: true, detail: "LinkedIn account Loopback" }],
    ["a wrong key", { apiKey: "other" }, null, { ok: false, code: "missing_credentials" }],
    ["an account that isn't there", { accountId: "other" }, null, { ok: false, code: "account_not_found" }],
    ["an account that must log in", { accountStatus: "CREDENTIALS" }, null, { ok: false, code: "account_not_ok" }],
    ["a server that isn't Unipile", {}, html, { ok: false, code: "unreadable_answer" }],
    ["a server that resets", {}, down, { ok: false, code: "connection_lost" }],
  ])("%s", async (_, options, fault, expected) => {
    server = await startUnipile({ apiKey: "key", accountId: "acc1", ...options });
    if (fault) server.faults.when(() => true, fault);
    const config = unipile.config.parse({ dsn: server.url, accountId: "acc1" });
    const account = { senderId: "s", workspaceId: "w", channel: "linkedin" as const, name: "" };
    const sender = unipile.open({ ...account, config, credentials: { apiKey: "key" } });
    expect(await sender.verify(noDeadline())).toMatchObject(expected);
    await sender.close();
    expect(server.messages).toEqual([]);
  });
});
