import fc from "fast-check";
import { expect, test } from "vitest";
import { compileTemplate, htmlTemplateProblem, missingVariables, renderTemplate } from "../../src/domain/template.ts";

const html = (source: string) => compileTemplate(source, { body: "html" });
const render = (source: string, link: unknown) => renderTemplate(html(source), { custom: { link }, firstName: "Ada" });
const places = [
  '<a href="{{ custom.link }}">x</a>',
  "<a href='{{ custom.link }}'>x</a>",
  '<a class="b" HREF = "{{ custom.link }}" title="x">x</a>',
  '<a\nhref="\n {{ custom.link }}">x</a>',
  '<img src="{{ custom.link }}">',
  '<v:rect xlink:href="{{ custom.link }}">',
  '<form action="{{ custom.link }}"><button formaction="https://a.example/">x</button></form>',
  '<!--[if mso]><a href="{{ custom.link }}">x</a><![endif]-->',
  '<!-- " --><a href="{{ custom.link }}">x</a>',
  '<style>p::before { content: "<a b=\'"; }</style><a href="{{ custom.link }}">x</a>',
  '<a title=">" href="{{ custom.link }}">x</a>',
  '<a href="{% if custom.link %}{{ custom.link }}{% endif %}">x</a>',
];

test.each([
  "https://example.com/?a=1&b='2'",
  "HTTP://example.com",
  " https://example.com ",
  "mailto:ada@example.com",
  "tel:+12025550143",
  "#prices",
])("the link %j goes out wherever it stands", (link) => {
  for (const place of places) expect(render(place, link)).toMatchObject({ ok: true });
});

test.each([
  "javascript:alert(1)",
  "JaVaScRiPt:alert(1)",
  " \u00a0javascript:alert(1)",
  "\u0001javascript:alert(1)",
  "java\tscript:alert(1)",
  "java\nscript:alert(1)",
  "&#106;avascript:alert(1)",
  "javascript&colon;alert(1)",
  "vbscript:msgbox(1)",
  "data:text/html;base64,PHNjcmlwdD4=",
  "file:///etc/passwd",
  "//example.com",
  "example.com/prices",
  "http//example.com",
])("the link %j blocks the message, with the reason, wherever it stands", (link) => {
  for (const place of places) {
    const result = render(place, link);
    expect(result).toMatchObject({ ok: false, code: "unsafe_link", variable: null });
    expect(!result.ok && result.reason).toMatch(/The link ".+" \(\w|:+\) .* https:, http:, mailto: or tel:\./);
  }
});

test("the reason shows the link as the lead's data has it, on one line and cut", () => {
  const result = render('<a href="{{ custom.link }}">', `javascript:\n"a&b"${"x".repeat(200)}`);
  expect(!result.ok && result.reason).toMatch(/^The link "javascript: "a&b"x{80,90}\.\.\." \(href\) does not begin/);
});

test("values in the text, in other attributes and inside a link are no links", () => {
  const text = { ok: true };
  expect(render("<p>{{ custom.link }} href={{ firstName }}</p>", "javascript:alert(1)")).toMatchObject(text);
  expect(render('<a title="{{ custom.link }}" data-href="{{ custom.link }}">', "javascript:x")).toMatchObject(text);
  expect(render('<a href="https://example.com/?to={{ custom.link }}">', "javascript:x")).toMatchObject(text);
  expect(renderTemplate(compileTemplate('<a href="{{ a }}">'), { a: "javascript:x" })).toMatchObject(text);
});

test("a link that is put together from values is checked whole", () => {
  const source = '<a href="{{ custom.link }}script:{{ firstName }}">';
  expect(render(source, "java")).toMatchObject({ ok: false, code: "unsafe_link" });
  expect(render('<a href="http{{ custom.link }}://example.com">', "s")).toMatchObject({ ok: true });
});

test.each([
  ["a script", '<a href="javascript:alert(1)">', /link "javascript:alert\(1\)" \(href\)/],
  ["a script in capitals after spaces", '<img src = " JAVASCRIPT:x">', /\(src\)/],
  ["a script without quotes", "<a href=javascript:x>", /\(href\)/],
  ["a script before a value", '<a href="javascript:{{ firstName }}">', /"javascript:\.\.\."/],
  ["a script in a branch", '<img src="https://a.example" src="{% if a %}data:x{% endif %}">', /"data:x"/],
  ["no scheme", '<a href="www.example.com">', /"www.example.com"/],
  ["a value as an attribute", "<a {{ a }}>", /outside of quotes, at "\.\.\."/],
  ["a value in an attribute's name", "<a b{{ a }}='x'>", /outside of quotes/],
  ["a value as a tag", "Jane <{{ email }}>", /outside of quotes, at "<\.\.\."/],
  ["a value in a tag's name", "</h{{ a }}>", /outside of quotes/],
])("a template of its own that has %s is refused when it is saved", (_, source, reason) => {
  expect(htmlTemplateProblem(html(source))).toMatch(reason);
});

test.each([
  ['<a href="https://a.example">', '<a href="#top">', '<a href="">', "<a href>", "<a href='mailto:a@example.com'>"],
  ['<a href="{{ a }}">', '<a href="{% if b %}https://{% endif %}{{ a }}">', '<a href="http{{ s }}://a.example">'],
  ["<p>1 < 2 and href=x</p>", '<a title="href=javascript:x">', '<p>&lt;a href="javascript:x"&gt;</p>'],
  ["<a href={{ a }}>", "<td width={{ a }}>", '<a {% if a %}title="{{ a }}"{% endif %}>'],
])("sound templates are taken: %s %s %s", (...sources) => {
  for (const source of sources) expect(htmlTemplateProblem(html(source))).toBeNull();
});

test("a campaign that was saved with a dead link of its own goes on; what values do is checked", () => {
  expect(render('<a href="/about">', "x")).toMatchObject({ ok: true });
  expect(render('<a href="/about"><img src="{{ custom.link }}">', "x")).toMatchObject({ code: "unsafe_link" });
});

test("without quotes a value may be a link and must not become another attribute", () => {
  expect(render("<a href={{ custom.link }}>", "https://example.com/a?b=c")).toEqual({
    ok: true,
    text: "<a href=https://example.com/a?b=c>",
  });
  expect(render("<a href={{ custom.link }}>", "javascript:x")).toMatchObject({ ok: false, code: "unsafe_link" });
  for (const source of ["<a href={{ custom.link }}>", "<a title={{ custom.link }}>", "<a {{ custom.link }}>"]) {
    const result = render(source, "https://example.com onclick=alert(1)");
    expect(result).toMatchObject({ ok: false, code: "render_failed" });
    expect(!result.ok && result.reason).toMatch(/^A value stands in a tag outside of quotes, at ".*"\.$/);
  }
});

test("code points that are no characters are left out of a value, and nothing that is checked can be hidden by them", () => {
  expect(render("{{ custom.link }}", "a\ufdd0b\ufdd1")).toEqual({ ok: true, text: "ab" });
  expect(render('<a href="{{ custom.link }}">', "\ufdd1java\ufdd0script:x")).toMatchObject({ code: "unsafe_link" });
  expect(render("<a href={{ custom.link }}>", "https://a\ufdd1 onclick=\ufdd0x")).toMatchObject({
    code: "render_failed",
  });
});

test("no value makes a link that is not one of the four kinds, nor another attribute", () => {
  const piece = fc.constantFrom(..."<>\"'= \t\n&;#:/-!".split(""), "javascript:", "https:", "href=", "onclick=", "a");
  const value = fc.array(piece, { maxLength: 12 }).map((list) => list.join(""));
  fc.assert(
    fc.property(value, fc.constantFrom(...places), (link, place) => {
      const result = render(place, link);
      if (!result.ok) return;
      const safe = render(place, "https://example.com");
      const count = (text: string, pattern: RegExp) => text.match(pattern)?.length;
      expect(count(result.text, /["'<>]/g)).toBe(safe.ok && count(safe.text, /["'<>]/g));
      expect(link.trim()).toMatch(/^(https:|#|$)/);
    }),
    { numRuns: 2_000 },
  );
});

test("the search for links takes a time that grows with the length alone", () => {
  for (const source of [
    "<!--".repeat(24_000),
    "<a ".repeat(30_000),
    "<a b".repeat(24_000),
    '<a b="'.repeat(16_000),
    "<style>".repeat(14_000),
    `<a${" ".repeat(99_000)}b`,
  ]) {
    const start = performance.now();
    expect(htmlTemplateProblem(html(source))).toBeNull();
    render(`${source}{{ custom.link }}`, "x");
    // A hundred times what it takes; a search that begins anew at each of them takes minutes.
    expect(performance.now() - start).toBeLessThan(3_000);
  }
});

test("a link to mend is no missing variable", () => {
  expect(missingVariables(html('<a href="{{ custom.link }}">{{ nobody }}'), { custom: { link: "x" } })).toEqual([
    "nobody",
  ]);
});
