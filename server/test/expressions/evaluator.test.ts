import { constants, createContext, Script } from "node:vm";
import { afterAll, expect, test } from "vitest";
import { Evaluator, Program } from "../../src/expressions/evaluator.ts";
import { freezeRealm } from "../../src/expressions/realm.ts";

const evaluator = new Evaluator({ timeoutMs: 200 });
afterAll(() => evaluator.close());

const input = JSON.stringify({ a: 1, name: "Zoë", list: [1, 2, 3], nested: { b: "x" } });
const run = (source: string, on = evaluator) => on.evaluate(new Program(source), input);
const value = async (source: string) => {
  const result = await run(source);
  return result.kind === "value" ? JSON.parse(result.json) : result;
};

test("an expression makes JSON of JSON; nothing and null are nothing", async () => {
  expect(await value('{ "n": $sum(list), "who": $uppercase(name) }')).toEqual({ n: 6, who: "ZOË" });
  expect(await run("missing")).toEqual({ kind: "nothing" });
  expect(await run("null")).toEqual({ kind: "nothing" });
  expect(await value('$base64decode($base64encode("Zoë"))')).toBe("Zoë");
  expect(await value('{ "f": function($x) { $x }, "a": a }')).toEqual({ a: 1 });
  expect(await run("function($x) { $x }")).toMatchObject({ kind: "failed", reason: "error" });
  // JSON would make null of it.
  expect(await run("a / 0")).toMatchObject({ kind: "failed", detail: expect.stringContaining("Infinity") });
  expect(await value('{ "share": a / 0 }')).toEqual({ share: null });
});

test("a condition is true as $boolean says", async () => {
  for (const source of [
    "a",
    "a = 1",
    "list",
    "nested",
    "[0, 1]",
    "'no'",
    "missing",
    "[]",
    "{}",
    "0",
    "[0]",
    "''",
    "null",
  ]) {
    const [condition, asked] = await Promise.all([
      evaluator.evaluate(new Program(source, { asCondition: true }), input),
      value(`$boolean(${source})`),
    ]);
    expect(condition, source).toEqual({ kind: "value", json: String(asked === true) });
  }
});

test("what can't be read is refused with its line and column", async () => {
  expect(await evaluator.check("a + 1")).toBeNull();
  expect(await evaluator.check('{\n  "a": (1 + \n}')).toMatchObject({ line: 3, column: 1 });
  expect(await evaluator.check("a ** 1")).toMatchObject({ line: 1, column: 4 });
  expect(await evaluator.check(`${"[".repeat(4_900)}${"]".repeat(4_900)}`)).toMatchObject({
    message: expect.stringContaining("nested too deeply"),
  });
  expect(await run("a.\n  $error('no luck')")).toMatchObject({ detail: expect.stringMatching(/no luck.*line 2/) });
});

test("nothing leads out of the sandbox, and nothing stays behind for the next one", async () => {
  const reached = "$type($) = 'x' ? 1 : ";
  for (const source of [
    ...["$.constructor", "$.__proto__", "name.constructor", "list.constructor.constructor", "$lookup($, '__proto__')"],
    ...[
      "process",
      "globalThis",
      "$process",
      "$globalThis",
      "require",
      "$sum.constructor",
      "$lookup(list, 'constructor')",
    ],
  ]) {
    expect(await run(reached + source), source).toEqual({ kind: "nothing" });
  }
  expect(await run("$eval('1 + 1')")).toMatchObject({ reason: "error", detail: expect.stringContaining("$eval") });
  for (const pollution of [
    "$ ~> |$|{ '__proto__': { 'polluted': 1 } }|",
    "$merge([$, { '__proto__': { 'polluted': 1 } }])",
    "$ ~> |nested|{ 'constructor': { 'prototype': { 'polluted': 1 } } }|",
    "$ ~> |$.__proto__|{ 'polluted': 1 }|",
    "($sum := 7; $string := 7; $)",
  ]) {
    await run(pollution);
    expect(await run("nested.polluted"), pollution).toEqual({ kind: "nothing" });
  }
  expect(await value("$string($sum(list))")).toBe("6");
});

test("in the sandbox's realm no built-in can be changed and no code be made of texts", () => {
  const context = createContext(constants.DONT_CONTEXTIFY, { codeGeneration: { strings: false, wasm: false } });
  const inside = (source: string) => new Script(`"use strict"; ${source}`).runInContext(context);
  inside(`(${freezeRealm})()`);
  for (const change of [
    ...["Object.prototype.x = 1", "Array.prototype.push = 1", "Array.prototype.map = 1", "String.prototype.split = 1"],
    ...[
      "JSON.parse = 1",
      "globalThis.JSON = 1",
      "globalThis.x = 1",
      "Promise.prototype.then = 1",
      "RegExp.prototype.exec = 1",
      "Error.prototype.message = 'x'",
    ],
    ...["Object.getPrototypeOf(async () => {}).x = 1", "Object.getPrototypeOf([][Symbol.iterator]()).next = 1"],
    ...["new Function('return 1')", "eval('1')", "(async () => {}).constructor('return 1')"],
  ]) {
    expect(() => inside(change), change).toThrow();
  }
  // What JSONata does with objects of its own.
  expect(
    inside("const list = []; list.push = () => 7; const e = new Error(); e.message = 'm'; list.push() + e.message"),
  ).toBe("7m");
});

test("time, memory, depth and size have limits, and the next expression runs as ever", async () => {
  const own = new Evaluator({ timeoutMs: 400 });
  const blowUps: [string, string][] = [
    ["($f := function($x) { $f($x) }; $f(1))", "timeout"],
    // Irregexp looks at no clock: the process has to be ended.
    ["$match('aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!', /^(a+)+$/)", "timeout"],
    ["($f := function($x) { 1 + $f($x) }; $f(1))", "error"],
    ["[1..1e7]", "error"],
    ["$pad('', 500000000)", "error"],
    ["($f := function($x) { $f($x & $x) }; $f('aaaaaaaaaa'))", "error"],
    ["[1..60000]", "error"],
    ["[1..1e8]", "error"],
  ];
  for (const [source, reason] of blowUps) {
    expect(await run(source, own), source).toMatchObject({ kind: "failed", reason });
    expect(await run("a", own)).toEqual({ kind: "value", json: "1" });
  }
  own.close();
  const patient = new Evaluator({ timeoutMs: 20_000 });
  // What was exceeded is said with its limit, and not with what was wanted or reached.
  const words = async (source: string) => ((await run(source, patient)) as { detail: string }).detail;
  expect(await words("[1..200000]")).toContain("more than 100000 items");
  expect(await words("$append([1..100000], [1..100000])")).toContain("more than 100000 items");
  expect(await words("[1..1e8]")).toContain("more than 100000 items");
  expect(await words("($f := function($x) { 1 + $f($x) }; $f(1))")).toContain("More than 200 calls in one another");
  const hoard = "$map([1..90000], function($i) { [1..1000] })";
  expect(await run(hoard, patient)).toMatchObject({ kind: "failed", reason: "memory" });
  expect(await run("a", patient)).toEqual({ kind: "value", json: "1" });
  patient.close();
});

test("a stranger waits for one that blows its limits once at most, and its own expressions are run again", async () => {
  // Well above what a sandbox takes to start: the good ones are run again while the second bad one still has its time.
  const own = new Evaluator({ timeoutMs: 300 });
  const bad = new Program("$match('aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!', /^(a+)+$/)");
  const good = new Program("a");
  // In one sandbox: behind the first bad one wait others, which are run again when it has been ended; the second bad one
  // goes on in a sandbox for its kind, and nobody waits for it.
  const order: string[] = [];
  const queued = [bad, bad, good, good, good].map(async (program) => {
    const result = await own.evaluate(program, input);
    order.push(program === bad ? "bad" : "good");
    return result;
  });
  expect((await Promise.all(queued)).map((result) => result.kind)).toEqual([
    "failed",
    "failed",
    "value",
    "value",
    "value",
  ]);
  expect(order).toEqual(["bad", "good", "good", "good", "bad"]);
  expect(await own.evaluate(bad, input)).toMatchObject({ reason: "timeout" });
  // Three times in a row: it is put aside.
  expect(await own.evaluate(bad, input)).toMatchObject({ detail: expect.stringContaining("3 times in a row") });
  own.close();
  expect(await own.evaluate(good, input)).toMatchObject({ reason: "unavailable" });
});
