import { afterAll, beforeAll, expect, test } from "vitest";
import { openModel } from "../../src/assistant/ai-model.ts";
import { parseAnswer } from "../../src/assistant/answer.ts";
import { clientFetch } from "../../src/destinations/webhook/client-fetch.ts";
import { HttpClient } from "../../src/destinations/webhook/http-client.ts";
import { Gate } from "../../src/loopback/faults.ts";
import { type ModelLoopback, refusing, saying, startModelLoopback } from "../../src/loopback/model.ts";
import { testDatabase } from "../database.ts";
import { world } from "./setup.ts";

let test_: Awaited<ReturnType<typeof testDatabase>>;
let loopback: ModelLoopback;
const client = new HttpClient({ timeoutMs: 60_000, bodyLimit: 1024 * 1024 });
beforeAll(async () => {
  test_ = await testDatabase();
  loopback = await startModelLoopback({ apiKey: "sk-loop" });
});
afterAll(async () => {
  await client.close();
  await loopback.close();
  await test_.close();
});

const access = {
  ...{ provider: "openai_compatible" as const, model: "loopback-1", apiKey: "sk-loop" },
  fetch: clientFetch(client, "test"),
};
const open = (how: { apiKey?: string; model?: string } = {}) =>
  openModel({ ...access, baseUrl: `${loopback.url}/v1`, ...how });
const prompt = { system: "Be kind.", user: '{"conversation":[]}', maxOutputTokens: 50 };
const write = (model = open(), ms = 10_000) => model.write(prompt, AbortSignal.timeout(ms));

test("an answer comes with its tokens, and the request has nothing in it that OpenAI doesn't know", async () => {
  loopback.think(() => ({ ...saying({ message: { text: "Hi" } }), usage: { prompt: 11, completion: 7 } }));
  expect(await write()).toEqual({
    ok: true,
    text: '{"message":{"text":"Hi"}}',
    finish: "stop",
    usage: { input: 11, output: 7 },
  });
  expect(loopback.arrivals.messages.at(-1)).toMatchObject({ system: "Be kind.", maxTokens: 50 });
});

test("a model that takes max_completion_tokens alone is asked so from its refusal on", async () => {
  loopback.think(() => saying({ message: { text: "Hi" } }));
  const reasoning = open({ model: "loopback-reasoning" });
  const before = loopback.arrivals.messages.length;
  for (let n = 0; n < 2; n++) expect(await write(reasoning)).toMatchObject({ ok: true });
  expect(loopback.arrivals.messages.slice(before).map(({ maxTokens }) => maxTokens)).toEqual([50, 50]);
  expect(await reasoning.verify(AbortSignal.timeout(60_000))).toMatchObject({ ok: true });
});

test("a provider's own words say what is wrong, in whichever form it writes them", async () => {
  const answered = async (status: number, body: string | object) => {
    loopback.faults.next({ kind: "answer", status, body });
    return await write();
  };
  // Gateways tell what the provider behind them refused in an answer that is none.
  const behind = { error: { message: "Provider returned error: rate limited", code: 429 } };
  expect(await answered(200, behind)).toMatchObject({
    ...{ code: "model_error", again: true },
    detail: "The model's provider answered 200: Provider returned error: rate limited",
  });
  expect(await answered(200, "<html>Sign in</html>")).toMatchObject({
    ...{ code: "model_malformed", detail: expect.stringContaining("<html>Sign in</html>") },
  });
  for (const body of [{ detail: "no such adapter" }, { message: "no such adapter" }, { error: "no such adapter" }]) {
    expect(await answered(400, body)).toMatchObject({
      ...{ code: "model_refused", detail: "The model's provider answered 400: no such adapter" },
    });
  }
});

test("a model that thinks aloud before its JSON is understood, and a tag in a text is the text's", () => {
  const json = '{"message": {"text": "About </think> nothing"}}';
  const said = { ok: true, answer: { message: { text: "About </think> nothing" } } };
  const thoughts = 'They want {"message": ...}; I could say {this}.';
  for (const written of [
    json,
    `<think>${thoughts}</think>\n${json}`,
    `${thoughts}</think>${json}`,
    `\n<thinking>\n</thinking>\n\`\`\`json\n${json}\n\`\`\``,
  ]) {
    expect(parseAnswer(written), written).toMatchObject(said);
  }
  expect(parseAnswer("<think>I could say {this}")).toMatchObject({ ok: false });
});

test("a count of tokens that can't be true is not believed: neither too many, nor fewer than none, nor none", async () => {
  for (const usage of [
    { prompt: 3_000_000_000, completion: 0 },
    { prompt: -100_000, completion: -1 },
  ]) {
    loopback.think(() => ({ ...saying({ message: { text: "Hi" } }), usage }));
    expect(await write()).toMatchObject({
      ok: true,
      usage: { input: expect.toSatisfy(few), output: expect.toSatisfy(few) },
    });
  }
});
const few = (tokens: number) => tokens > 0 && tokens < 1_000;

test("each way to fail says what it is, and whether another try may help", async () => {
  loopback.think(() => saying({ message: { text: "Hi" } }));
  const after = async (fault: Parameters<typeof loopback.faults.next>[0], model = open(), ms = 10_000) => {
    loopback.faults.next(fault);
    return await write(model, ms);
  };
  // A kept connection that was closed meanwhile is the client's business.
  await write();
  expect(await after({ kind: "reset", when: "before" })).toMatchObject({ ok: true });
  // Of a call whose end nobody saw, the most that it can have cost counts.
  const most = { input: expect.any(Number), output: 50 };
  const broken = await after({ kind: "cut" });
  expect(broken).toMatchObject({ ok: false, code: "model_unreachable", again: true, usage: most });
  expect(broken.usage.input).toBeGreaterThan(5);
  const nobody = openModel({ ...access, baseUrl: "http://127.0.0.1:9/v1" });
  expect(await write(nobody)).toMatchObject({ code: "model_unreachable", usage: { input: 0, output: 0 } });
  expect(await after({ kind: "answer", status: 200, body: '{"choices": [' })).toMatchObject({
    code: "model_malformed",
  });
  expect(await after({ kind: "answer", status: 200, body: { hello: 1 } })).toMatchObject({ code: "model_malformed" });
  expect(await after({ kind: "answer", status: 429, body: { error: { message: "slow down" } } })).toMatchObject({
    code: "model_error",
    again: true,
  });
  expect(
    await after({ kind: "answer", status: 429, headers: { "retry-after": "2" }, body: { error: { message: "x" } } }),
  ).toMatchObject({ retryAfterMs: 2_000, usage: { input: 0, output: 0 } });
  const asked = async (exact: string) =>
    await after({ kind: "answer", status: 429, headers: { "retry-after-ms": exact, "retry-after": "2" }, body: "{}" });
  // The exacter one counts, if it is a number.
  expect(await asked("250.5")).toMatchObject({ retryAfterMs: 251 });
  expect(await asked("-1")).toMatchObject({ retryAfterMs: 2_000 });
  expect(await asked("soon")).toMatchObject({ retryAfterMs: 2_000 });
  expect(await after({ kind: "answer", status: 500, body: "oops" })).toMatchObject({
    code: "model_error",
    again: true,
  });
  // Redirects are not followed: a key must not go anywhere else.
  expect(
    await after({ kind: "answer", status: 302, headers: { location: "http://127.0.0.1:9/" }, body: "" }),
  ).toMatchObject({ ok: false });
  const gate = new Gate();
  expect(await after({ kind: "hold", when: "before", gate }, open(), 50)).toMatchObject({
    code: "model_timeout",
    again: false,
    usage: most,
  });
  gate.open();
  expect(await write(open({ apiKey: "sk-wrong" }))).toMatchObject({ code: "model_refused", again: false });
  // Nobody is shown the key, be it that the provider repeats it or that it can't be sent.
  const echoed = { error: { message: "Incorrect API key provided: sk-loop" } };
  expect(await after({ kind: "answer", status: 401, body: echoed })).toMatchObject({
    detail: expect.stringMatching(/401: .*provided: \[key\]/),
  });
  const unsendable = await write(open({ apiKey: "sk-two\nlines" }));
  expect([unsendable.ok, JSON.stringify(unsendable)]).toEqual([false, expect.not.stringContaining("sk-two")]);
  expect(await write(open({ model: "gpt-none" }))).toMatchObject({ code: "model_refused", again: false });
  expect(await open().verify(AbortSignal.timeout(60_000))).toMatchObject({ ok: true });
  expect(await open({ apiKey: "sk-wrong" }).verify(AbortSignal.timeout(60_000))).toMatchObject({ ok: false });
});

test("one failure is tried again within the turn; two, a refusal or a cut answer become a task", async () => {
  loopback.think(() => saying({ message: { text: "Here I am." } }));
  const w = await world(test_.db);
  const assistant = w.newAssistant(open());
  const turnAfter = async (text: string) => {
    await w.says(text);
    await assistant.runOnce();
    await assistant.idle();
    await w.engine.drain();
    // After a failure what is asked of each message waits for a later moment, in a turn of its own.
    return (await w.turns()).findLast(({ kind }) => kind !== "listen")!;
  };
  loopback.faults.next({ kind: "cut" });
  expect(await turnAfter("One?")).toMatchObject({ state: "sent", text: "Here I am." });
  loopback.faults.next({ kind: "cut" }, { kind: "answer", status: 503, body: "" });
  expect(await turnAfter("Two?")).toMatchObject({ state: "task", reasonCode: "model_error" });
  loopback.think(refusing);
  expect(await turnAfter("Three?")).toMatchObject({ state: "task", reasonCode: "model_malformed" });
  loopback.think(() => ({ content: '{"message": {"text": "I was cut', finish: "length" }));
  expect(await turnAfter("Four?")).toMatchObject({ state: "task", reason: expect.stringContaining("maxOutputTokens") });
  loopback.think(() => ({ content: "", finish: "content_filter" }));
  expect((await turnAfter("Five?")).state).toBe("task");
  expect(w.sent.length).toBe(1);
  await w.close();
});

test("it may look something up in the knowledge before it answers, and only there", async () => {
  let asked = 0;
  loopback.think((request) => {
    asked += 1;
    const { found } = JSON.parse(request.user) as { found?: { passages: { text: string }[] }[] };
    return found
      ? saying({ message: { text: `It says: ${found[0]!.passages[0]!.text}` } })
      : saying({ search: "warranty" });
  });
  const w = await world(test_.db);
  const { writeKnowledge } = await import("../../src/assistant/profiles.ts");
  const about = { id: null, profileId: w.profile.id, language: "english", before: 0 };
  await test_.db.transaction((tx) =>
    writeKnowledge(tx, w.workspaceId, { ...about, title: "Warranties", content: "The warranty is ten years." }),
  );
  const assistant = w.newAssistant(open());
  await w.says("How long does it last?");
  await assistant.runOnce();
  await assistant.idle();
  await w.engine.drain();
  expect(asked).toBe(2);
  expect(w.sent.map(({ text }) => text)).toEqual(["It says: The warranty is ten years."]);
  expect((await w.turns())[0]!.notes!.searches).toEqual(["warranty"]);
  await w.close();
});
