import { argon2Sync } from "node:crypto";
import { expect, test } from "vitest";
import { Passwords, passwordParameters, passwordProblem } from "../../src/domain/password.ts";

const ada = { email: "ada.lovelace@example.com", name: "Ada Lovelace" };
const weak = { memory: 64, passes: 1, parallelism: 1 };

test("a hash says how it was made, opens for its password alone, and is another one each time", async () => {
  const passwords = new Passwords(weak);
  const [one, two] = [await passwords.hash("an analytical engine"), await passwords.hash("an analytical engine")];
  expect(one).toMatch(/^\$argon2id\$v=19\$m=64,t=1,p=1\$[\w+/]{22}\$[\w+/]{43}$/);
  expect(one).not.toBe(two);
  expect(await passwords.verify("an analytical engine", one)).toBe(true);
  expect(await passwords.verify("an analytical engine ", one)).toBe(false);
  expect(await passwords.verify("an analytical engine", null)).toBe(false);
});

test("it is argon2id with OWASP's parameters, as others compute it", async () => {
  expect(passwordParameters).toEqual({ memory: 19_456, passes: 2, parallelism: 1 });
  const stored = await new Passwords().hash("an analytical engine");
  const [, , , parameters, salt, tag] = stored.split("$");
  expect(parameters).toBe("m=19456,t=2,p=1");
  const again = argon2Sync("argon2id", {
    ...{ message: "an analytical engine", nonce: Buffer.from(salt!, "base64") },
    ...{ parallelism: 1, tagLength: 32, memory: 19_456, passes: 2 },
  });
  expect(again.toString("base64").replaceAll("=", "")).toBe(tag);
});

test("hashes of other parameters still open, and are told to be outdated", async () => {
  const before = await new Passwords(weak).hash("an analytical engine");
  const passwords = new Passwords({ ...weak, passes: 2 });
  expect(await passwords.verify("an analytical engine", before)).toBe(true);
  expect(passwords.isOutdated(before)).toBe(true);
  expect(passwords.isOutdated(await passwords.hash("x"))).toBe(false);
});

test("the same characters typed in another way are the same password", async () => {
  const passwords = new Passwords(weak);
  expect(await passwords.verify("cafe\u0301 au lait ５", await passwords.hash("café au lait 5"))).toBe(true);
});

test("many at once are hashed two at a time, and all are", async () => {
  const passwords = new Passwords(weak);
  let running = 0;
  let most = 0;
  const inner = passwords as unknown as { derive(...args: unknown[]): Promise<Buffer>; free: number };
  const all = Array.from({ length: 9 }, async () => {
    const hashed = passwords.hash("an analytical engine");
    running = 2 - inner.free;
    most = Math.max(most, running);
    return await hashed;
  });
  expect((await Promise.all(all)).every((stored) => stored.startsWith("$argon2id$"))).toBe(true);
  expect([most, inner.free]).toEqual([2, 2]);
});

test("a flood is refused and told to come back, not queued without end", async () => {
  const passwords = new Passwords(weak);
  const all = await Promise.allSettled(Array.from({ length: 203 }, () => passwords.hash("an analytical engine")));
  const refused = all.filter((one) => one.status === "rejected");
  expect(refused.map(({ reason }) => [reason.code, reason.retryAfter])).toEqual([["rate_limited", 10]]);
});

test.each([
  ["an analytical engine", null],
  ["пароль для входа", null],
  ["Difference-1822", null],
  ["shorter", /at least 10 characters; this one has 7/],
  ["🙂🙂🙂🙂🙂🙂🙂🙂🙂", /at least 10/],
  ["x".repeat(201), /at most 200/],
  ["aaaaaaaaaaaa", /repeats/],
  ["abababababab", /repeats/],
  ["qwertyuiop", /follows the keyboard/],
  ["0987654321", /follows the keyboard/],
  ["Password123!", /everybody tries first/],
  ["passw0rdpass", null],
  ["ada.lovelace", /hardly more than/],
  ["AdaLovelace1", null],
  ["Ada Lovelace1", /hardly more than/],
  ["ada.lovelace@example.com", /hardly more than/],
])("%s", (password, problem) => {
  const found = passwordProblem(password, ada);
  if (problem === null) expect(found).toBe(null);
  else expect(found).toMatch(problem);
});
