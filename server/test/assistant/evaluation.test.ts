import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { conditionsFor } from "../../src/assistant/conditions.ts";
import { evaluate } from "../../src/assistant/evaluation.ts";
import { evaluationFile } from "../../src/assistant/evaluation-file.ts";
import { modelKeyOwner } from "../../src/assistant/models.ts";
import { recorded, replayed } from "../../src/assistant/recording.ts";
import { storeModelSettings } from "../../src/db/assistant-model.ts";
import { ensureWorkspace } from "../../src/db/workspace.ts";
import { SecretBox } from "../../src/domain/seal.ts";
import { type ModelRequest, saying, startModelLoopback } from "../../src/loopback/model.ts";
import { callCli } from "../cli/call.ts";
import { databaseSettings, temporaryFolder } from "../cli/run.ts";
import { modelSettings, type Script, scriptedModel } from "./setup.ts";

const content = { instructions: "Sell roofs." };

async function played(
  script: Script,
  turns: object[],
  { optOutWords, ...more }: { optOutWords?: string[]; content?: object } = {},
) {
  const file = evaluationFile.parse({ content, conversations: [{ name: "one", turns }], ...more });
  const model = scriptedModel(script);
  const result = await evaluate(file, {
    ...{ model, profileName: "eval", content: file.content!, conditions: conditionsFor([], ""), deadlineMs: 5_000 },
    ...{ maxOutputTokens: 500, prices: { inputPrice: 1, outputPrice: 2 }, search: async () => [] },
    ...(optOutWords && { optOutWords }),
  });
  return { turns: result.conversations[0]!.turns, passed: result.conversations[0]!.passed, result, model };
}
const says = (text: string, more: object = {}) => ({ message: { text }, ...more });

test("what an answer should and must not say, its tags and its length are judged, each for itself", async () => {
  const isHot = { conditions: [{ id: "isHot", met: true, reason: "Asks" }] };
  const expect1 = {
    contains: ["TUESDAY", "/ten|eleven/"],
    tags: ["isHot", "hasReplied"],
    noTags: ["isQualified"],
    answer: true,
  };
  const lead = "Shall we meet on Tuesday at ten?";
  const good = await played(
    () => says("Tuesday at ten it is.", isHot),
    [{ lead, expect: { ...expect1, maxLength: 40 } }],
  );
  expect([good.passed, good.turns[0]!.missed]).toEqual([true, []]);
  const bad = await played(
    () => says("Well, no."),
    [{ lead, expect: { ...expect1, excludes: ["well"], noTags: [], maxLength: 5, handOver: true, stop: true } }],
  );
  expect(bad.passed).toBe(false);
  expect(bad.turns[0]!.missed).toHaveLength(7);
});

test("who asks to be left alone gets no answer, whatever the model says, and never again; nor does who got a person", async () => {
  for (const lead of ["STOP", "Please stop contacting me in any way.", "Genug!"]) {
    const { passed, model } = await played(
      () => says("Are you sure?"),
      [
        { lead, expect: { stop: true, answer: false } },
        { lead: "Hello?", expect: { stop: true, answer: false } },
      ],
      // Of the workspace's own.
      { optOutWords: ["genug"] },
    );
    expect([passed, model.prompts.length]).toEqual([true, 0]);
  }
  const byModel = await played(
    () => says("Pity.", { stop: "Lasst mich" }),
    [{ lead: "Hm.", expect: { stop: true, answer: false } }],
  );
  expect(byModel.passed).toBe(true);
  const handed = await played(
    () => says("A colleague will write.", { handOver: "angry" }),
    [
      { lead: "I am angry", expect: { handOver: true, answer: true, stop: false } },
      { lead: "Well?", expect: { answer: false } },
    ],
  );
  expect([handed.passed, handed.model.prompts.length]).toEqual([true, 1]);
});

test("it must stop at the turn limit and where the other side is a program; the model is told its own summary", async () => {
  let asked = 0;
  const about = () => says(`Answer ${["one", "two", "three", "four"][asked++]}.`, { summary: `Asked ${asked}.` });
  const turns = [
    { lead: "First?", expect: { answer: true } },
    { lead: "Second?", expect: { answer: true } },
    { lead: "Third?", expect: { answer: false, handOver: true } },
    { lead: "Hello?", expect: { answer: false } },
  ];
  const limited = await played(about, turns, { content: { ...content, turnLimit: 2 } });
  expect([limited.turns.flatMap(({ missed }) => missed), limited.model.prompts.length]).toEqual([[], 3]);
  const before = limited.model.prompts.map(({ user }) => (JSON.parse(user) as { before?: string }).before);
  expect(before).toEqual([undefined, "Asked 1.", "Asked 2."]);
  expect(limited.model.prompts[2]!.system).toContain('set "message" to null');
  asked = 0;
  const same = Array.from({ length: 4 }, (_, i) => ({ lead: "Thank you too!", expect: { answer: i < 2 } }));
  const looped = await played(about, same);
  expect([looped.passed, looped.turns[2]!.handOver]).toEqual([true, expect.stringContaining("program")]);
});

test("an answer that the checks hold back is a miss, unless that is expected; so is a model that fails", async () => {
  const price = () => says("It costs $999.");
  const held = await played(price, [{ lead: "How much?" }]);
  expect(held.turns[0]!.missed[0]).toContain("would be held back");
  const [code] = held.turns[0]!.problems;
  expect((await played(price, [{ lead: "How much?", expect: { problems: [code] } }])).passed).toBe(true);
  expect(
    (await played(() => says("I don't know."), [{ lead: "How much?", expect: { problems: [code] } }])).passed,
  ).toBe(false);
  const broken = await played(() => "no JSON", [{ lead: "Hi" }]);
  expect(broken.turns[0]!.missed[0]).toContain("model_malformed");
});

test("a recording answers as the model did, and has nothing to say about another prompt", async () => {
  let asked = 0;
  const original = scriptedModel(() => says(`Answer ${++asked}.`));
  const { model, recording } = recorded(original, 10);
  const prompt = (user: string) => ({ system: "s", user, maxOutputTokens: 10 });
  const signal = new AbortController().signal;
  const first = [
    await model.write(prompt("a"), signal),
    await model.write(prompt("a"), signal),
    await model.write(prompt("b"), signal),
  ];
  const again = replayed(JSON.parse(JSON.stringify(recording)));
  expect([
    await again.write(prompt("a"), signal),
    await again.write(prompt("a"), signal),
    await again.write(prompt("b"), signal),
  ]).toEqual(first);
  expect(await again.write(prompt("c"), signal)).toMatchObject({
    ok: false,
    detail: expect.stringContaining("Record it anew"),
  });
});

test("herald assistant eval asks the workspace's model, records it, and replays it without model and database", async () => {
  const model = await startModelLoopback({
    ...{ apiKey: "key", models: ["scripted"] },
    mind: (request: ModelRequest) =>
      saying({ message: { text: request.data!.knowledge[0]?.text ?? "I will find out." } }),
  });
  onTestFinished(() => model.close());
  const { db, env } = await databaseSettings();
  const { workspace } = await db.transaction((tx) => ensureWorkspace(tx, "Default"));
  const secret = Buffer.alloc(32, 7);
  const apiKey = new SecretBox(secret).seal("key", modelKeyOwner(workspace.id));
  await storeModelSettings(db, workspace.id, { ...modelSettings, baseUrl: `${model.url}/v1`, apiKey });
  const settings = { ...env, HERALD_SECRET_KEY: secret.toString("base64") };
  const folder = temporaryFolder();
  const [file, recording] = [join(folder, "eval.yaml"), join(folder, "recording.json")];
  const write = (wanted: string) =>
    writeFileSync(
      file,
      `content: { instructions: Sell roofs. }
knowledge:
  - { title: Opening hours, text: We are open on Saturdays. }
conversations:
  - name: hours
    turns:
      - lead: When are you open on Saturdays?
        expect: { contains: ["${wanted}"] }
`,
    );
  write("open on Saturdays");
  const asked = await callCli(["assistant", "eval", file, "--record", recording], { env: settings });
  expect(asked, asked.stderr + asked.stdout).toMatchObject({ code: 0 });
  expect(asked.stdout).toContain("1 conversation, all as they should be.");
  expect(Object.keys(JSON.parse(readFileSync(recording, "utf8")).answers)).toHaveLength(1);
  // What it costs is held to the day's budget, answer by answer.
  await db.query("update assistant_model set tokens_per_day = 10 where workspace_id = $1", [workspace.id]);
  const poor = await callCli(["assistant", "eval", file], { env: settings });
  expect([poor.code, poor.stdout]).toEqual([1, expect.stringContaining("over_budget")]);
  // Nothing is asked before its answer can be kept.
  const nowhereTo = join(folder, "none", "recording.json");
  const unkept = await callCli(["assistant", "eval", file, "--record", nowhereTo], { env: settings });
  expect(unkept).toMatchObject({
    code: 1,
    stderr: `herald: ${nowhereTo} can't be written: there is no such folder.\n`,
  });
  await model.close();
  // What is misspelled among the tags that must not be given would never be missed.
  write('on Saturdays"], tags: [hasReplied], noTags: ["isHott');
  const misspelled = await callCli(["assistant", "eval", file, "--replay", recording], { env: settings });
  expect(misspelled).toMatchObject({
    code: 1,
    stderr: `herald: ${file}: conversations.0.turns.0.expect.noTags: There is no condition "isHott"; there are hasReplied, isHot, isQualified.\n`,
  });
  write("on Sundays");
  const nowhere = { DATABASE_URL: "postgres://nobody@127.0.0.1:1/none" };
  const replay = await callCli(["assistant", "eval", file, "--replay", recording], { env: nowhere });
  expect(replay.code).toBe(1);
  expect(replay.stdout).toContain(
    'FAIL  hours\n        lead:   When are you open on Saturdays?\n        answer: We are open on Saturdays.\n        The answer should say "on Sundays".',
  );
});

test("a file with a mistake is refused with the place of each", async () => {
  const run = (text: string) => callCli(["assistant", "eval", "-"], { input: text });
  const wrong = await run(
    "profile: x\ncontent: {}\nconversations: [{ name: a, turns: [{ lead: hi, expect: { contains: ['/(/'], more: 1 } }] }]",
  );
  expect(wrong.code).toBe(1);
  for (const part of ["contains.0: This is no regular expression", "expect.more: There is no such field"]) {
    expect(wrong.stderr).toContain(part);
  }
  const missing = await callCli(["assistant", "eval", "nowhere.yaml"]);
  expect(missing).toMatchObject({ code: 1, stderr: "herald: nowhere.yaml can't be read: there is no such file.\n" });
});

test("a script can ask for the opening and for follow-ups: by their prompts, at their times, on their channels", async () => {
  const followUps = { 1: { hours: 24, channel: "sms" }, 2: { hours: 48, channel: "email", template: "Still there?" } };
  const told = { ...content, turnLimit: 1, opening: { template: "Ask about the roof." }, followUps };
  const turns = [
    { opening: true, expect: { contains: ["opening"], tags: [], noTags: ["isHot", "hasReplied"] } },
    { followUp: 1, expect: { contains: ["follow-up 1"] } },
    { followUp: 2, expect: { contains: ["follow-up 2"] } },
    { lead: "Yes?", expect: { contains: ["answer"] } },
    { followUp: 1, expect: { answer: true } },
    { lead: "STOP", expect: { stop: true, answer: false } },
    { followUp: 2, expect: { answer: false, stop: true } },
  ];
  const hot = { conditions: [{ id: "isHot", met: true, reason: "so" }] };
  const {
    turns: seen,
    passed,
    model,
  } = await played(
    ({ system, user }) => {
      const text = `${system}\n${user}`;
      if (text.includes("Begin the conversation")) return { ...says("The opening."), ...hot };
      const step = /Write follow-up (\d)/.exec(text);
      return {
        message: {
          text: step ? `This is follow-up ${step[1]}.` : "The answer.",
          subject: step?.[1] === "2" ? "Roof" : null,
        },
      };
    },
    turns,
    { content: told },
  );
  expect(seen.flatMap(({ missed }) => missed)).toEqual([]);
  expect(passed).toBe(true);
  const prompts = model.prompts.map(({ system, user }) => `${system}\n${user}`);
  expect(prompts).toHaveLength(5);
  expect(prompts[0]).toContain("Ask about the roof.");
  expect(prompts[2]).toContain("Still there?");
  expect(prompts[1]).toContain("2026-01-06T10:00:00.000Z");
  expect(prompts[2]).toContain("2026-01-08T10:00:00.000Z");
  const missing = await played(() => says("Hm."), [{ followUp: 3 }], { content: told });
  expect(missing.turns[0]!.missed).toEqual(["The model failed: There is no follow-up 3 in this profile."]);
  for (const wrong of [{}, { lead: "a", followUp: 1 }, { followUp: 0 }, { opening: false }]) {
    expect(evaluationFile.safeParse({ content, conversations: [{ name: "one", turns: [wrong] }] }).success).toBe(false);
  }
});
