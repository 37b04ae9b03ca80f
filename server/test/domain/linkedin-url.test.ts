import fc from "fast-check";
import { expect, test } from "vitest";
import { linkedinSlug, normaliseLinkedinUrl } from "../../src/domain/linkedin-url.ts";

test.each([
  "https://www.linkedin.com/in/jane-doe",
  "http://www.linkedin.com/in/jane-doe/",
  "HTTPS://WWW.LinkedIn.com/IN/Jane-Doe",
  "linkedin.com/in/jane-doe",
  "www.linkedin.com/in/jane-doe?trk=people-guest&x=1",
  "https://de.linkedin.com/in/jane-doe#about",
  "https://m.linkedin.com/in/jane-doe",
  "https://www.linkedin.com:443/in/jane-doe/",
  "https://www.linkedin.com/in/jane-doe/en",
  "https://www.linkedin.com/in/jane-doe/details/experience/",
  "https://www.linkedin.com/in/%6Aane-doe",
  "  https://www.linkedin.com/in/jane-doe\n",
])("%j is the profile jane-doe", (raw) => {
  expect(normaliseLinkedinUrl(raw)).toEqual({ ok: true, value: "https://www.linkedin.com/in/jane-doe" });
});

test("a name in any script has one address, however it is encoded, and its slug is decoded", () => {
  const value = "https://www.linkedin.com/in/jos%c3%a9-garc%c3%ada";
  for (const slug of ["josé-garcía", "JOSÉ-GARCÍA", "jos%C3%A9-garc%c3%ada", "jose\u0301-garcía"]) {
    expect(normaliseLinkedinUrl(`https://www.linkedin.com/in/${slug}`)).toEqual({ ok: true, value });
  }
  expect(linkedinSlug(value)).toBe("josé-garcía");
  expect(normaliseLinkedinUrl("linkedin.com/in/山田-太郎")).toMatchObject({ ok: true });
});

test("an opaque member ID keeps its case, because another case is another person", () => {
  const url = "https://www.linkedin.com/in/ACoAAABcDeFgHiJkLmNoPqRsTuVwXyZ01234567";
  expect(url.length - url.lastIndexOf("/") - 1).toBe(39);
  expect(normaliseLinkedinUrl(url)).toEqual({ ok: true, value: url });
  expect(linkedinSlug(url)).toMatch(/^ACoAAABc/);
});

test.each([
  ["https://www.linkedin.com/company/acme", /company's page/],
  ["https://www.linkedin.com/school/mit/", /school's page/],
  ["https://www.linkedin.com/sales/lead/ACwAAA,NAME_SEARCH", /Sales Navigator/],
  ["https://www.linkedin.com/sales/people/ACwAAA", /Sales Navigator/],
  ["https://www.linkedin.com/talent/profile/x", /Recruiter/],
  ["https://www.linkedin.com/pub/jane-doe/1/2/3", /old kind/],
  ["https://www.linkedin.com/feed/", /not a person's profile/],
  ["https://www.linkedin.com/in/", /not a person's profile/],
  ["https://www.linkedin.com", /not a person's profile/],
  ["https://www.linkedin.com@evil.example/in/jane", /not an address on linkedin\.com/],
  ["https://evil.example/www.linkedin.com/in/jane", /not an address on linkedin\.com/],
  ["https://linkedin.com.evil.example/in/jane", /not an address on linkedin\.com/],
  ["https://notlinkedin.com/in/jane", /not an address on linkedin\.com/],
  ["https://www.linkedin.com:8080/in/jane", /not an address on linkedin\.com/],
  ["javascript:linkedin.com/in/jane", /not an address on linkedin\.com/],
  ["jane-doe", /not an address on linkedin\.com/],
  ["", /not an address on linkedin\.com/],
  ["https://www.linkedin.com/in/%zz", /characters in it/],
  ["https://www.linkedin.com/in/a%2Fb", /characters in it/],
  ["https://www.linkedin.com/in/..", /characters in it/],
  ["https://www.linkedin.com/in/%2e%2e", /characters in it/],
  ["https://www.linkedin.com/in/jane%00", /characters in it/],
  ["https://www.linkedin.com/in/jane%0d%0aX: y", /characters in it/],
  ["https://www.linkedin.com/in/jane\ud800", /characters in it/],
  ["https://www.linkedin.com/in/jane%E2%80%8B", /characters in it/],
  [`https://www.linkedin.com/in/${"a".repeat(101)}`, /characters in it/],
  [`https://www.linkedin.com/in/${"a".repeat(2000)}`, /too long/],
])("%j is refused with the reason", (raw, reason) => {
  const result = normaliseLinkedinUrl(raw);
  expect(result.ok).toBe(false);
  expect(result.ok ? "" : result.reason).toMatch(reason);
});

test("an accepted address is its own normal form, plain ASCII, and the slug leads back to it", () => {
  const slugs = fc.oneof(fc.string({ unit: "grapheme" }), fc.string({ unit: "binary" }), fc.webPath());
  fc.assert(
    fc.property(slugs, fc.constantFrom("www.linkedin.com/in/", "https://fr.linkedin.com/in/"), (slug, start) => {
      const result = normaliseLinkedinUrl(start + slug);
      if (!result.ok) return;
      expect(result.value).toMatch(/^https:\/\/www\.linkedin\.com\/in\/[!-~]+$/);
      expect(result.value).toBe(result.value.toLowerCase());
      expect(normaliseLinkedinUrl(result.value)).toEqual(result);
      const again = normaliseLinkedinUrl(`linkedin.com/in/${encodeURIComponent(linkedinSlug(result.value))}`);
      expect(again).toEqual(result);
    }),
    { numRuns: 500 },
  );
});
