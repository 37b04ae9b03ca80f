import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { compareClocks, now } from "../src/text/clock.ts";
import { dayBegins, dayOf } from "../src/text/days.ts";
import { localeOf } from "../src/text/language.ts";
import { formatRelative } from "../src/text/time.ts";
import { pagePaths } from "./pages.ts";
import { shots } from "./screenshots/shots.ts";

const folder = join(import.meta.dirname, "../src");
const sources = readdirSync(folder, { recursive: true, encoding: "utf8" })
  .filter((name) => /\.tsx?$/.test(name))
  .map((name) => ({ name, source: readFileSync(join(folder, name), "utf8") }));

/** `name: what matched`, of all files that `of` takes. */
const found = (pattern: RegExp, of: (name: string) => boolean = () => true) =>
  sources
    .filter(({ name }) => of(name))
    .flatMap(({ name, source }) => (source.match(pattern) ?? []).map((one) => `${name}: ${one.trim()}`));

test("dates, numbers and lists are in the language of the texts, whatever the browser's", () => {
  expect(localeOf(["de-DE", "en-GB", "en"])).toBe("en-GB");
  expect(localeOf(["de-DE", "fr"])).toBe("en");
  expect(localeOf([])).toBe("en");
  // What Chromium says where the system's locale is POSIX.
  expect(localeOf(["en-US@posix"])).toBe("en");
  expect(localeOf(["en-US@posix", "en-GB"])).toBe("en-GB");
  // No formatter without a language, and no method that takes the browser's.
  expect(found(/Intl\.\w+\((undefined|\[\]|\{|\))|toLocale\w*String\(/g, (name) => name !== "text/time.ts")).toEqual(
    [],
  );
  const [zone, ...others] = found(/Intl\.\w+\((undefined|\[\]|\{|\))/g, (name) => name === "text/time.ts");
  expect([zone, others]).toEqual(["text/time.ts: Intl.DateTimeFormat()", []]);
});

test.each([
  // Clocks go forward at midnight: the day begins at one.
  ["America/Santiago", "2026-09-06", "2026-09-06T04:00:00.000Z"],
  ["America/Havana", "2026-03-08", "2026-03-08T05:00:00.000Z"],
  ["Asia/Beirut", "2026-03-29", "2026-03-28T22:00:00.000Z"],
  // They go back to it: there are two, and the first counts.
  ["America/Havana", "2026-11-01", "2026-11-01T04:00:00.000Z"],
  ["America/St_Johns", "2026-03-08", "2026-03-08T03:30:00.000Z"],
  ["Pacific/Apia", "2026-01-01", "2025-12-31T11:00:00.000Z"],
])("in %s the day %s begins at %s", (zone, day, begins) => {
  const at = dayBegins(day, zone);
  expect(at.toISOString()).toBe(begins);
  expect([dayOf(at.getTime(), zone), dayOf(at.getTime() - 1, zone, 1)]).toEqual([day, day]);
});

test("how long ago something was is told by Herald's clock where the browser's is wrong, and nowhere by the browser's alone", () => {
  const herald = Date.now() - 3_600_000;
  compareClocks(new Date(herald).toUTCString());
  expect(formatRelative(new Date(herald), now())).toBe("now");
  // A second or two is no difference, nor an answer without a time.
  compareClocks(new Date(Date.now() + 5_000).toUTCString());
  compareClocks(null);
  expect(Math.abs(now() - Date.now())).toBeLessThan(1_000);
  expect(found(/formatRelative\([^)]*Date\.now|dayOf\(Date\.now/g)).toEqual([]);
});

test("what people read stands in files of texts, and not between a page's parts", () => {
  const pages = (name: string) => name.endsWith(".tsx");
  // Words between tags; words as what a part takes. Examples that are the same in each language may stand where they are.
  expect(found(/(?<!=)>[ \n]*[A-Z][a-z]+ [a-z][^<>{}=;()]*</g, pages)).toEqual([]);
  expect(found(/\b(label|title|description|aria-label|header|text)=\{?"[A-Za-z][^"]*"/g, pages)).toEqual([]);
});

// What is chosen or looked for in a dialog is no work: a filter, and the answers' own drafts, which are kept.
test("each dialog that is written in asks before it is closed with what was typed", () => {
  const chosen = ["pages/campaigns/leads/add-leads.tsx"];
  const written = sources.filter(
    ({ source }) => /<(Modal|Drawer)\b/.test(source) && /<(TextInput|Textarea|NumberInput|TagsInput)\b/.test(source),
  );
  expect(written.length).toBeGreaterThan(12);
  const silent = written.filter(
    ({ source }) => !/useUnsaved\(/.test(source) || /\bopened(=\{\w+\})?\s+onClose=\{onClose\}/.test(source),
  );
  expect(silent.map(({ name }) => name)).toEqual(chosen);
});

// The settings lead to their first page; the inbox stands beside each of its conversations.
test("each page has its picture", () => {
  const names = new Proxy({} as Record<string, string>, { get: (_, name) => `$${String(name)}` });
  const shown = shots(names);
  const plain = (address: string) => address.replace(/[?#].*|\$invitation/, "").replaceAll(/\$\w+/g, "$");
  const pages = [...pagePaths(), "/setup", "/sign-in", "/invitation"].filter(
    (path) => !["/settings", "/inbox"].includes(path),
  );
  const addresses = shown.map(({ address }) => plain(address));
  expect(pages.map(plain).filter((path) => !addresses.includes(path))).toEqual([]);
  const taken = readdirSync(join(folder, "../../docs/screenshots"));
  expect(shown.map(({ name }) => `${name}.png`).sort()).toEqual(taken.sort());
});
