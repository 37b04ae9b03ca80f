import fc from "fast-check";
import { expect, test } from "vitest";
import { normaliseEmail } from "../../src/domain/email-address.ts";

test.each([
  [" Jane.Doe@Example.COM ", "jane.doe@example.com"],
  ["jane+tag@example.com", "jane+tag@example.com"],
  ["o'brien@example.co.uk", "o'brien@example.co.uk"],
  ["info@Bücher.example", "info@xn--bcher-kva.example"],
  ["info@xn--bcher-kva.example", "info@xn--bcher-kva.example"],
  ["a@例え.テスト", "a@xn--r8jz45g.xn--zckzah"],
])("%j becomes %j", (raw, value) => {
  expect(normaliseEmail(raw)).toEqual({ ok: true, value });
});

test.each([
  "",
  "jane",
  "@example.com",
  "jane@",
  "jane@example",
  "jane@@example.com",
  "a@b@example.com",
  "jane doe@example.com",
  "jane@exam ple.com",
  "jane@example.com\r\nBcc: victim@example.org",
  "jane\0@example.com",
  "jane\u0085@example.com",
  "jane@example.com,bob@example.com",
  "Jane <jane@example.com>",
  '"jane doe"@example.com',
  ".jane@example.com",
  "jane.@example.com",
  "ja..ne@example.com",
  "jané@example.com",
  "jane@-example.com",
  "jane@example-.com",
  "jane@exa_mple.com",
  "jane@example..com",
  "jane@example.com.",
  "jane@127.0.0.1",
  "jane@[127.0.0.1]",
  "jane@0x7f.1",
  "jane@１２７.0.0.1",
  "jane@ex%41mple.com",
  "jane@exämple.com/path",
  "jane@xn--\u{fffd}.com",
  `${"a".repeat(65)}@example.com`,
  `a@${"b".repeat(64)}.com`,
  `a@${"b.".repeat(125)}com`,
])("%j is refused with a sentence", (raw) => {
  const result = normaliseEmail(raw);
  expect(result.ok).toBe(false);
  expect(result.ok ? "" : result.reason).toMatch(/^[A-Z].*\.$/);
});

test("what was pasted with spaces or line breaks is told so", () => {
  expect(normaliseEmail("jane@example.com bob@example.com")).toEqual({
    ok: false,
    reason: expect.stringContaining("spaces"),
  });
});

test("the limit of 254 holds for the ASCII form, which can be longer than what was written", () => {
  const domain = Array.from({ length: 4 }, () => `${"b".repeat(36)}ü`).join(".");
  const raw = `${"a".repeat(64)}@${domain}.examplexx`;
  expect(raw.length).toBeLessThan(230);
  expect(normaliseEmail(raw)).toMatchObject({ ok: true, value: expect.stringMatching(/^.{254}$/) });
  expect(normaliseEmail(`${raw}x`)).toEqual({ ok: false, reason: expect.stringContaining("254") });
});

test("254 characters are accepted and 255 are not", () => {
  const domain = `${"b".repeat(63)}.${"c".repeat(63)}.${"d".repeat(61)}`;
  expect(normaliseEmail(`${"a".repeat(64)}@${domain}`)).toMatchObject({ ok: true });
  expect(normaliseEmail(`${"a".repeat(64)}@${domain}d`)).toMatchObject({ ok: false });
});

test("an accepted address is its own normal form, and nothing in it can leave a mail header", () => {
  const nearAddress = fc
    .tuple(fc.string({ unit: "grapheme", maxLength: 20 }), fc.string({ unit: "grapheme", maxLength: 20 }))
    .map(([local, domain]) => `${local}@${domain}.com`);
  fc.assert(
    fc.property(fc.oneof(nearAddress, fc.emailAddress(), fc.string({ unit: "binary" })), (raw) => {
      const result = normaliseEmail(raw);
      if (!result.ok) return;
      expect(result.value).toMatch(/^[!#-'*+\-./0-9=?^-~]+@[a-z0-9.-]+$/);
      expect(normaliseEmail(result.value)).toEqual(result);
    }),
  );
});
