import fc from "fast-check";
import { expect, test } from "vitest";
import { isPhoneCountry, normalisePhone } from "../../src/domain/phone.ts";

const same = "+12025550143";

test.each([
  ["+1 202 555 0143"],
  ["+1 (202) 555-0143"],
  ["tel:+1-202-555-0143"],
  ["'+12025550143"],
  ["\u202a+1 202 555 0143\u202c"],
  ["001 202 555 0143"],
  ["+１２０２５５５０１４３"],
  ["＋１ ２０２ ５５５ ０１４３"],
  ["  +1.202.555.0143\n"],
])("%j becomes E.164", (raw) => {
  expect(normalisePhone(raw)).toEqual({ ok: true, value: same });
});

test("a number without a country code is read by the default country's plan", () => {
  expect(normalisePhone("(202) 555-0143", "US")).toEqual({ ok: true, value: same });
  expect(normalisePhone("020 7946 0123", "GB")).toEqual({ ok: true, value: "+442079460123" });
  expect(normalisePhone("00 1 202 555 0143", "GB")).toEqual({ ok: true, value: same });
  expect(normalisePhone("+1 202 555 0143", "GB")).toEqual({ ok: true, value: same });
});

test.each([
  ["(202) 555-0143", /no country code/],
  ["5551234", /no country code/],
  ["+1 202 555", /too few or too many digits/],
  ["+1 202 555 01433", /too few or too many digits/],
  ["+44 7700 900123", /no such phone number/],
  ["+999 123 456 789", /country code that doesn't exist/],
  ["+1 202 555 0143 ext. 12", /extension/],
  ["1.20256E+10", /spreadsheet/],
  ["1,20256E+10", /spreadsheet/],
  ["call me", /not a phone number/],
  ["call +1 202 555 0143", /not a phone number/],
  ["+1 202 555 0143, +1 202 555 0144", /not a phone number/],
  ["+", /not a phone number/],
  ["+1", /too few/],
  ["9".repeat(101), /too long/],
])("%j is refused with the reason", (raw, reason) => {
  const result = normalisePhone(raw);
  expect(result.ok).toBe(false);
  expect(result.ok ? "" : result.reason).toMatch(reason);
});

test("a country that doesn't exist is said to be one", () => {
  expect(normalisePhone("202 555 0143", "XX")).toEqual({ ok: false, reason: "There is no country XX." });
  expect([isPhoneCountry("DE"), isPhoneCountry("de"), isPhoneCountry("XX")]).toEqual([true, false, false]);
});

test("whatever the text, it gives E.164 that is its own normal form, or a sentence", () => {
  const nearNumber = fc.string({
    unit: fc.constantFrom(..."0123456789+ -()./ext#,;'\u202a٣".split("")),
    maxLength: 24,
  });
  fc.assert(
    fc.property(
      fc.oneof(nearNumber, fc.string({ unit: "binary" })),
      fc.constantFrom(undefined, "US", "DE"),
      (raw, country) => {
        const result = normalisePhone(raw, country);
        if (!result.ok) return void expect(result.reason).toMatch(/^[A-Z].*\.$/);
        expect(result.value).toMatch(/^\+[1-9]\d{5,14}$/);
        expect(normalisePhone(result.value)).toEqual(result);
      },
    ),
  );
});
