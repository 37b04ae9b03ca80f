import fc from "fast-check";
import { expect, test } from "vitest";
import { HeraldError } from "../../src/domain/error.ts";
import { compileTemplate, missingVariables, renderTemplate, type TemplateOptions } from "../../src/domain/template.ts";

const lead = {
  firstName: "Jane",
  company: "",
  spaces: " \u00a0\u200b\n",
  nothing: null,
  count: 0,
  tags: ["vip", "warm"],
  none: [],
  custom: { topic: "onboarding", blank: " " },
};

function render(source: string, variables: Record<string, unknown> = lead, options?: TemplateOptions) {
  return renderTemplate(compileTemplate(source, options), variables);
}
function invalid(source: string): HeraldError {
  try {
    compileTemplate(source);
  } catch (error) {
    if (error instanceof HeraldError) return error;
    throw error;
  }
  throw new Error(`compiled: ${source}`);
}

test.each([
  ["Hi {{ firstName }}!", "Hi Jane!"],
  ["{{ custom.topic | upcase }}", "ONBOARDING"],
  ['{{ custom["topic"] }}', "onboarding"],
  ["{{ count }}", "0"],
  ["{{ tags }}", "vip, warm"],
  ["{{ tags | join: ' & ' }} {{ tags.size }} {{ tags[0] }}", "vip & warm 2 vip"],
  ["{% assign name = firstName | upcase %}{{ name }}", "JANE"],
  ["{% unless company %}x{% endunless %}{% comment %}{{ no }}{% endcomment %}{% raw %}{{ y }}{% endraw %}", "x{{ y }}"],
  ["{% case firstName %}{% when 'Jane' %}a{% else %}b{% endcase %}", "a"],
])("%j renders %j", (source, text) => {
  expect(render(source)).toEqual({ ok: true, text });
});

test.each([
  ["{{ absent }}", "absent"],
  ["{{ company }}", "company"],
  ["{{ spaces }}", "spaces"],
  ["{{ nothing }}", "nothing"],
  ["{{ none }}", "none"],
  ["{{ custom.absent }}", "custom.absent"],
  ["{{ custom.blank }}", "custom.blank"],
  ["{{ absent.deep.deeper }}", "absent.deep.deeper"],
  ["{{ absent | append: '!' }}", "absent"],
  ["{{ firstName | append: company }}", "company"],
  ["{% assign name = company %}{{ name | append: '!' }}", "company"],
  ["{{ firstName | remove: 'Jane' }}", "firstName"],
  ["{{ tags[7] }}", "tags.7"],
  ["{{ size }}", "size"],
  ["{{ custom.size }}", "custom.size"],
  ["{% assign name = 'size' %}{{ [name] }}", "size"],
  ["{{ absent | default: company }}", "company"],
])("%s is blocked for want of %s", (source, variable) => {
  expect(render(source)).toMatchObject({ ok: false, code: "missing_variable", variable });
});

test.each([
  ["{{ company | default: 'there' }}", "there"],
  ["{{ spaces | default: 'there' }}", "there"],
  ["{{ absent | default: 'there' }}", "there"],
  ["{{ custom.absent | upcase | default: 'there' }}", "there"],
  ["{{ absent | default: '' }}", ""],
  ["{{ absent | prepend: 'dear ' | default: 'you' }}", "you"],
  ["{{ firstName | remove: 'Jane' | append: '!' | default: 'you' | append: '.' }}", "you."],
  ["{{ absent | default: company | prepend: 'at ' | default: 'here' }}", "here"],
  ["{{ absent | size | default: 'none' }}", "none"],
  ["{{ firstName | default: company }}", "Jane"],
  ["{% assign name = absent | default: 'there' %}{{ name }}", "there"],
  ["{% assign name = absent | append: ',' | default: 'there' %}{{ name }}", "there"],
  ["{% if absent %}a{% elsif company %}b{% elsif spaces == 'x' %}c{% else %}d{% endif %}", "d"],
  ["{% if absent.deep %}{{ absent.deep }}{% endif %}.", "."],
])("%s says what to do without a value, and so renders", (source, text) => {
  expect(render(source)).toEqual({ ok: true, text });
});

test("missingVariables names all that would block the message, and none in branches not taken", () => {
  const compiled = compileTemplate(
    "{{ a }} {{ b.c }} {{ b.d }} {{ firstName }} {% if e %}{{ f }}{% endif %} {{ g | default: 1 }}",
  );
  expect(missingVariables(compiled, lead)).toEqual(["a", "b.c", "b.d"]);
  expect(missingVariables(compiled, { ...lead, a: 1, b: { c: 1, d: 1 }, e: true })).toEqual(["f"]);
  expect(missingVariables(compiled, { ...lead, a: 1, b: { c: 1, d: 1 } })).toEqual([]);
});

test.each([
  "constructor",
  "__proto__",
  "toString",
  "firstName.constructor",
  "custom.__proto__",
  "tags.constructor.name",
  "hasOwnProperty",
])("{{ %s }} reaches no prototype", (path) => {
  expect(render(`{{ ${path} }}`)).toMatchObject({ ok: false, code: "missing_variable" });
  expect(render(`{{ ${path} | default: "safe" }}`)).toEqual({ ok: true, text: "safe" });
});

test("inherited and computed properties are no variables", () => {
  const inherited = Object.create({ secret: "x" });
  expect(render("{{ secret }}", inherited)).toMatchObject({ ok: false });
  expect(render("{{ call }}", { call: () => "x" })).toMatchObject({ ok: false });
});

test("a value is data: Liquid in it is printed, not run", () => {
  expect(render("{{ firstName }}", { firstName: "{{ email }}{% if %}" })).toEqual({
    ok: true,
    text: "{{ email }}{% if %}",
  });
});

test("in an HTML body values are escaped, the template's text is not, and no filter turns that off", () => {
  const variables = { firstName: `<b onclick="x">&'` };
  expect(render("<p>{{ firstName }}</p>", variables, { body: "html" })).toEqual({
    ok: true,
    text: "<p>&lt;b onclick=&#34;x&#34;&gt;&amp;&#39;</p>",
  });
  expect(render("{{ firstName }}", variables)).toEqual({ ok: true, text: variables.firstName });
  expect(() => compileTemplate("{{ firstName | raw }}", { body: "html" })).toThrow(HeraldError);
});

test.each([
  ['{% render "/etc/passwd" %}', /no tag "render"/],
  ['{% include "x" %}', /no tag "include"/],
  ['{% layout "x" %}', /no tag "layout"/],
  ["{% for i in (1..1000000000) %}x{% endfor %}", /no tag "for"/],
  ["{% tablerow i in tags %}{% endtablerow %}", /no tag "tablerow"/],
  ["{% capture x %}{% endcapture %}", /no tag "capture"/],
  ["{{ firstName | json }}", /no filter "json"/],
  ["{{ firstName | constructor }}", /no filter "constructor"/],
  ["{{ firstName", /not closed/],
  ["{{ firstName }", /not closed/],
  ["{% if firstName %}", /not closed/],
  ["{{ }}", /invalid value/],
  ["{{{ firstName }}}", /invalid value/],
  ["{{ first name }}", /no spaces/],
  ["{% if a b %}{% endif %}", /no spaces/],
  ["{% if a = 'x' %}{% endif %}", /line 1, column 10/],
])("%s is refused when it is compiled", (source, reason) => {
  const error = invalid(source);
  expect(error.code).toBe("invalid_template");
  expect(error.message).toMatch(reason);
  expect(error.message).toMatch(/line 1, column \d+: /);
});

test("the position of an error counts lines", () => {
  expect(invalid("Hi\n\n  {{ x | nope }}").message).toContain("line 3, column 3: ");
});

test.each([
  ["nested 30 deep", "{% if a %}".repeat(30) + "{% endif %}".repeat(30)],
  ["with 5,000 open tags", "{% if a %}".repeat(5_000)],
  ["with 5,000 outputs", "{{ a }}".repeat(5_000)],
  ["of 100,001 characters", "x".repeat(100_001)],
])("a template %s is refused", (_, source) => {
  expect(invalid(source).code).toBe("invalid_template");
});

test.each([
  ["a range of 100 million", '{{ (1..100000000) | join: "x" }}'],
  [
    "a text that doubles 40 times",
    `{% assign a = "aaaaaaaaaa" %}${"{% assign a = a | append: a %}".repeat(40)}{{ a }}`,
  ],
  [
    "a replacement that grows",
    `{% assign a = "aaaaaaaaaa" %}${"{% assign a = a | replace: 'a', 'aaaaaaaaaa' %}".repeat(9)}{{ a }}`,
  ],
  ["the length of one", `{% assign a = "aaaaaaaaaa" %}${"{% assign a = a | append: a %}".repeat(18)}{{ a | size }}`],
  ["a text over 100,000 characters", "{{ long }}{{ long }}"],
  ["an object", "{{ custom }}"],
  ["not a number", "{{ 1 | divided_by: 'x' | minus: nan }}{{ firstName | times: 1 | divided_by: 0 }}"],
])("a template that prints %s fails without harm", (_, source) => {
  expect(render(source, { ...lead, long: "x".repeat(60_000), nan: Number.NaN })).toMatchObject({
    ok: false,
    code: "render_failed",
  });
});

test("the same source is compiled once, for each kind of body", () => {
  expect(compileTemplate("Hello {{ a }}")).toBe(compileTemplate("Hello {{ a }}"));
  expect(compileTemplate("Hello {{ a }}", { body: "html" })).not.toBe(compileTemplate("Hello {{ a }}"));
});

test("the cache keeps what is in use and forgets the rest", () => {
  const used = compileTemplate("used {{ a }}");
  const forgotten = compileTemplate("forgotten {{ a }}");
  for (let i = 0; i < 600; i++) {
    compileTemplate(`filler ${i}`);
    expect(compileTemplate("used {{ a }}")).toBe(used);
  }
  expect(compileTemplate("forgotten {{ a }}")).not.toBe(forgotten);
});

test("no source and no values make the compiler or the renderer throw anything but invalid_template", () => {
  const pieces = fc.constantFrom(
    "{{",
    "}}",
    "{%",
    "%}",
    "if",
    "endif",
    "assign",
    "a",
    ".",
    "[",
    "]",
    "|",
    "default:",
    "'",
    '"',
    "=",
    " ",
    "\n",
    "0",
    "(1..9)",
    "raw",
    "case",
    "when",
    "-",
    ",",
    "not",
    "nil",
  );
  const source = fc.array(pieces, { maxLength: 30 }).map((list) => list.join(" "));
  fc.assert(
    fc.property(source, fc.dictionary(fc.string(), fc.anything()), (text, variables) => {
      try {
        renderTemplate(compileTemplate(text), variables);
      } catch (error) {
        expect(error).toMatchObject({ name: "HeraldError", code: "invalid_template" });
      }
    }),
    { numRuns: 300 },
  );
});
