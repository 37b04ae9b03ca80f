import fc from "fast-check";
import { expect, test } from "vitest";
import { leadFields, normaliseLead } from "../../src/domain/lead.ts";

const email = "jane@example.com";

function leadOf(raw: Record<string, unknown>, options = {}) {
  const result = normaliseLead(raw, options);
  if (!result.ok) throw new Error(JSON.stringify(result.errors));
  return result.lead;
}
function errorsOf(raw: Record<string, unknown>, options = {}) {
  const result = normaliseLead(raw, options);
  return result.ok ? [] : result.errors;
}

test("every field comes out in canonical form, and what is not given is null", () => {
  const raw = {
    firstName: "  Jane\n Q. ",
    company: "",
    linkedinUrl: "linkedin.com/in/Jane",
    phone: "(202) 555-0143",
    email: "JANE@Example.com",
    timeZone: "europe/berlin",
    tags: ["vip", " vip ", "", "warm"],
    custom: { plan: " team " },
  };
  expect(normaliseLead(raw, { defaultCountry: "US" })).toEqual({
    ok: true,
    warnings: [],
    lead: {
      firstName: "Jane Q.",
      lastName: null,
      company: null,
      title: null,
      linkedinUrl: "https://www.linkedin.com/in/jane",
      phone: "+12025550143",
      email: "jane@example.com",
      timeZone: "Europe/Berlin",
      externalLeadId: null,
      profile: null,
      tags: ["vip", "warm"],
      custom: { plan: "team" },
    },
  });
  expect(Object.keys(leadOf(raw, { defaultCountry: "US" })).sort()).toEqual([...leadFields].sort());
});

test("unknown keys beside the standard ones are custom fields, like those in `custom`", () => {
  const custom = { "a.b-c_1": 7, flag: true, empty: "", gone: null, lines: "one\ntwo" };
  expect(leadOf({ email, icebreaker: "Hello", custom }).custom).toEqual({
    icebreaker: "Hello",
    "a.b-c_1": "7",
    flag: "true",
    lines: "one\ntwo",
  });
});

test("a lead without any address is refused", () => {
  const reason = "A lead needs at least one of linkedinUrl, phone and email.";
  expect(errorsOf({ firstName: "Jane", email: " ", phone: null })).toEqual([{ field: "linkedinUrl", reason }]);
});

test("a wrong address is refused by name though another one is right, and isn't called missing as well", () => {
  expect(errorsOf({ email, phone: "12" }).map((error) => error.field)).toEqual(["phone"]);
  expect(errorsOf({ email: "jane@" }).map((error) => error.field)).toEqual(["email"]);
});

test("all errors are found at once", () => {
  const raw = { email: "x", phone: "x", linkedinUrl: "x", timeZone: "x", firstName: {}, "bad key": "x" };
  expect(
    errorsOf(raw)
      .map((error) => error.field)
      .sort(),
  ).toEqual(["bad key", "email", "firstName", "linkedinUrl", "phone", "timeZone"].sort());
});

test("a wrong time zone is an error, or in an import a warning with which the lead goes in without one", () => {
  expect(errorsOf({ email, timeZone: "EST" })).toMatchObject([{ field: "timeZone" }]);
  const result = normaliseLead({ email, timeZone: "EST" }, { badTimeZone: "warning" });
  expect(result).toMatchObject({ ok: true, lead: { timeZone: null }, warnings: [{ field: "timeZone" }] });
});

test.each([
  ["firstName", 200],
  ["lastName", 200],
  ["company", 300],
  ["title", 300],
  ["note", 4_000],
])("%s may have %d characters and no more", (field, limit) => {
  expect(errorsOf({ email, [field]: "x".repeat(limit) })).toEqual([]);
  expect(errorsOf({ email, [field]: "x".repeat(limit + 1) })).toMatchObject([{ field }]);
});

test.each(["", "a b", "größe", "a".repeat(65), "__proto__", "email", "tags"])("%j can't name a custom field", (key) => {
  const custom = Object.fromEntries([[key, "x"]]);
  expect(errorsOf({ email, custom })).toMatchObject([{ field: `custom.${key}` }]);
});

test("50 custom fields are taken and 51 are not, however they are given", () => {
  const keys = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, index) => [`k${index}`, "x"]));
  expect(errorsOf({ email, ...keys(25), custom: keys(50) })).toEqual([]);
  expect(errorsOf({ email, ...keys(51) })).toMatchObject([{ field: "custom" }]);
  expect(errorsOf({ email, extra: "x", custom: keys(50) })).toMatchObject([{ field: "custom" }]);
});

test.each([
  ["firstName", "a\0b"],
  ["firstName", "cut\ud83d"],
  ["email", "a\0@example.com"],
  ["note", "a\0b"],
  ["note", "\udc00"],
])("%s refuses %j, which can't be stored", (field, value) => {
  expect(errorsOf({ email, [field]: value })).toMatchObject([
    { field, reason: expect.stringMatching(/NUL|surrogate/) },
  ]);
});

test.each([
  ["firstName", ["Jane"]],
  ["phone", { number: 1 }],
  ["email", true],
  ["note", { a: 1 }],
  ["tags", "vip"],
  ["custom", ["x"]],
  ["custom", "x"],
])("%s refuses %j, which is of the wrong type", (field, value) => {
  expect(errorsOf({ email: "jane@example.com", [field]: value }).map((error) => error.field)).toEqual([field]);
});

test("no more than 50 tags, of 100 characters each; the error says which", () => {
  expect(errorsOf({ email, tags: Array.from({ length: 51 }, (_, index) => `t${index}`) })).toMatchObject([
    { field: "tags" },
  ]);
  expect(errorsOf({ email, tags: ["ok", "x".repeat(101)] })).toMatchObject([{ field: "tags.1" }]);
});

test("whatever is given, the outcome is a lead that is its own normal form, or errors in sentences", () => {
  const text = fc.oneof(fc.string({ unit: "binary" }), fc.string({ unit: "grapheme" }));
  const raw = fc.record(
    {
      email: fc.constantFrom(email, "A@B.example"),
      firstName: text,
      company: text,
      timeZone: text,
      tags: fc.array(text),
      custom: fc.dictionary(fc.string(), text),
    },
    { requiredKeys: ["email"] },
  );
  fc.assert(
    fc.property(fc.oneof(raw, fc.dictionary(fc.string(), fc.anything())), (input) => {
      const result = normaliseLead(input);
      if (!result.ok) {
        expect(result.errors.length).toBeGreaterThan(0);
        for (const error of result.errors) expect(error.reason).toMatch(/\.$/);
        return;
      }
      expect(normaliseLead({ ...result.lead })).toEqual(result);
      expect(JSON.stringify(result.lead)).not.toMatch(/\\u0000|\\ud[89a-f]/);
    }),
  );
});

test("a lead that says that it isn't to be contacted is none to whom campaigns may write", () => {
  for (const raw of [{ doNotContact: true }, { doNotContact: "yes" }, { custom: { do_not_contact: "x" } }]) {
    expect(errorsOf({ email, ...raw })).toEqual([
      { field: Object.keys(raw.custom ?? raw)[0], reason: expect.stringContaining("/v1/dnc") },
    ]);
  }
  expect(leadOf({ email, doNotContact: false }).custom).toEqual({ doNotContact: "false" });
});
