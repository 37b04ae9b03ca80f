import { expect, test } from "vitest";
import { ConfigError, loadConfig } from "../src/config.ts";

const oidc = { HERALD_OIDC_ISSUER: "https://login.example.com/realm", HERALD_OIDC_CLIENT_ID: "herald" };

test("an identity provider is named by its issuer and what it calls Herald; the rest has defaults", () => {
  expect(loadConfig({}).oidc).toBe(null);
  expect(loadConfig(oidc).oidc).toEqual({
    ...{ issuer: "https://login.example.com/realm", clientId: "herald" },
    ...{ clientSecret: null, name: "login.example.com" },
  });
  const more = { ...oidc, HERALD_OIDC_CLIENT_SECRET: "s3cret", HERALD_OIDC_NAME: "Okta" };
  expect(loadConfig(more).oidc).toMatchObject({ clientSecret: "s3cret", name: "Okta" });
});

test("proxies are addresses, networks, and loopback", () => {
  expect(loadConfig({}).trustedProxies).toBe(null);
  expect(loadConfig({ HERALD_TRUSTED_PROXIES: "loopback, 10.0.0.0/8,2001:db8::1" }).trustedProxies).toEqual([
    ...["loopback", "10.0.0.0/8", "2001:db8::1"],
  ]);
});

test.each([
  [{ HERALD_OIDC_ISSUER: "login.example.com" }, "HERALD_OIDC_ISSUER"],
  [{ ...oidc, HERALD_OIDC_ISSUER: "http://login.example.com" }, "HERALD_OIDC_ISSUER"],
  [{ HERALD_OIDC_ISSUER: "https://login.example.com" }, "HERALD_OIDC_CLIENT_ID"],
  [{ HERALD_TRUSTED_PROXIES: "proxy.internal" }, "HERALD_TRUSTED_PROXIES"],
  [{ HERALD_TRUSTED_PROXIES: "true" }, "HERALD_TRUSTED_PROXIES"],
  [{ HERALD_TRUSTED_PROXIES: "1" }, "HERALD_TRUSTED_PROXIES"],
  // Half of what a feature needs would leave it off without a word.
  [{ HERALD_OIDC_CLIENT_ID: "herald" }, "HERALD_OIDC_ISSUER"],
  [{ HERALD_OIDC_CLIENT_SECRET: "s3cret" }, "HERALD_OIDC_ISSUER"],
  [{ HERALD_NOTIFY_FROM: "herald@example.com" }, "HERALD_NOTIFY_SMTP"],
  [{ HERALD_PORT: "80.5" }, "HERALD_PORT"],
  [{ HERALD_DATABASE_CONNECTIONS: "4.5" }, "HERALD_DATABASE_CONNECTIONS"],
])("%o is refused, and names what to mend", (env, name) => {
  expect(() => loadConfig(env)).toThrow(ConfigError);
  expect(() => loadConfig(env)).toThrow(name);
});

test("a setting that is empty, or only a space, is not set", () => {
  for (const nothing of ["", " "]) {
    const config = loadConfig({ HERALD_PORT: nothing, HERALD_RETENTION_DAYS: nothing, HERALD_POLL_MINUTES: nothing });
    expect(config).toMatchObject({ port: 8484, retentionDays: 365, pollEveryMs: 900_000 });
  }
  const never = loadConfig({ HERALD_RETENTION_DAYS: "0 ", HERALD_POLL_MINUTES: " 0" });
  expect(never).toMatchObject({ retentionDays: 0, pollEveryMs: null });
});
