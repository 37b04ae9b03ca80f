import { afterAll, beforeAll, expect, test } from "vitest";
import { approveTurn, rejectTurn } from "../../src/assistant/drafts.ts";
import { commandTurn, setLeadMode, switchProfile } from "../../src/assistant/lead-profile.ts";
import { changeProfile, writeKnowledge } from "../../src/assistant/profiles.ts";
import { tryOut } from "../../src/assistant/try-out.ts";
import { doNotContact, suppress } from "../../src/campaigns/consent.ts";
import { followUpState } from "../../src/campaigns/follow-ups.ts";
import { insertCondition, tagReasons } from "../../src/db/assistant-condition.ts";
import { assistantLead } from "../../src/db/assistant-lead.ts";
import { openTurn } from "../../src/db/assistant-turn.ts";
import { listProfileUsage, listUsage } from "../../src/db/assistant-usage.ts";
import { updateSender } from "../../src/db/sender.ts";
import { newId } from "../../src/domain/id.ts";
import { testDatabase } from "../database.ts";
import { makeProfile, until, world } from "./setup.ts";

let test_: Awaited<ReturnType<typeof testDatabase>>;
beforeAll(async () => {
  test_ = await testDatabase();
});
afterAll(async () => await test_.close());

test("a lead's message is answered under its profile, and the message says so", async () => {
  const w = await world(test_.db, {
    script: () => ({ message: { text: "Yes, we install on flat roofs." }, summary: "Asks about flat roofs." }),
  });
  await w.says("Do you install on flat roofs?");
  await w.settle();
  expect(w.sent.map(({ text, to }) => [to, text])).toEqual([[w.lead.phone, "Yes, we install on flat roofs."]]);
  const [event] = await w.events("message.sent");
  expect(event).toMatchObject({
    source: "assistant",
    profile: "Solar",
    isFollowUp: false,
    followUpStep: null,
    campaignId: null,
  });
  const [turn] = await w.turns();
  expect(turn).toMatchObject({
    state: "sent",
    profileVersion: 1,
    inbound: 1,
    model: "scripted",
    messageId: event.messageId,
  });
  expect(turn!.costMicros).toBeGreaterThan(0);
  expect(
    (await test_.db.query("select turn_id, profile_version from message where id = $1", [event.messageId])).rows,
  ).toEqual([{ turn_id: turn!.id, profile_version: 1 }]);
  await w.close();
});

test("a burst gets one answer, also where the last message comes while the model thinks", async () => {
  const gate = Promise.withResolvers<void>();
  const reached = Promise.withResolvers<void>();
  let calls = 0;
  const w = await world(test_.db, {
    script: async () => {
      calls += 1;
      if (calls > 1) return { message: { text: "To all three." } };
      reached.resolve();
      await gate.promise;
      return { message: { text: "Too early." } };
    },
  });
  await w.says("Hi");
  await w.says("Are you there?");
  await w.assistant.runOnce();
  await reached.promise;
  await w.says("And what about roofs?");
  gate.resolve();
  await w.settle();
  expect(w.sent.map(({ text }) => text)).toEqual(["To all three."]);
  const turns = await w.turns();
  expect(turns.map(({ state, inbound }) => [state, inbound])).toEqual([["sent", 3]]);
  expect(w.ended.map(({ state }) => state).sort()).toEqual(["lost", "sent"]);
  await w.close();
});

test("turns that were read together ask one after the other, and answers that come together are judged so, with all else in between", async () => {
  const [count, asked] = [4, [] as number[]];
  let turnOfLoop = 0;
  let counting: NodeJS.Immediate;
  const tick = () => {
    turnOfLoop += 1;
    counting = setImmediate(tick);
  };
  tick();
  const all = Promise.withResolvers<void>();
  const w = await world(test_.db, {
    script: async () => {
      asked.push(turnOfLoop);
      if (asked.length === count) all.resolve();
      if (asked.length > count) return { message: { text: "Yes." } };
      await all.promise;
      // Each is judged by asking again.
      return "Nonsense";
    },
  });
  for (let n = 0; n < count; n++) await w.says("Do you?", { person: { phone: (await w.newLead()).phone } });
  await w.settle();
  clearImmediate(counting!);
  expect(asked).toHaveLength(2 * count);
  expect(new Set(asked.slice(0, count)).size).toBe(count);
  expect(new Set(asked.slice(count)).size).toBe(count);
  await w.close();
});

test("nothing goes out after an opt-out that comes while the model thinks, nor one after the answer is queued", async () => {
  const w = await world(test_.db, {
    script: async () => {
      await w.says("STOP", { keyword: "stop" });
      return { message: { text: "An answer." } };
    },
  });
  await w.says("Hello?");
  await w.settle();
  expect(w.sent).toEqual([]);
  expect((await w.turns()).map(({ state, reasonCode }) => [state, reasonCode])).toEqual([["stopped", "suppressed"]]);
  await w.close();

  const v = await world(test_.db);
  await v.says("Hello?");
  await v.assistant.runOnce();
  await v.assistant.idle();
  await v.says("please do not contact me again");
  await v.engine.drain();
  expect(v.sent).toEqual([]);
  expect((await v.events("lead.do_not_contact")).length).toBe(1);
  await v.close();
});

test("a refusal counts wherever its first 200 characters end, be it in the middle of one", async () => {
  const w = await world(test_.db, { script: () => ({ stop: `${"a".repeat(199)}🙏` }) });
  for (const length of [174, 175]) {
    const { id, phone } = await w.newLead();
    await w.says(`Please stop texting me. ${"a".repeat(length)}🙏`, { person: { phone } });
    expect((await w.events("lead.do_not_contact")).map(({ leadId }) => leadId)).toContain(id);
  }
  // Also of somebody whom the assistant has nothing to do with.
  const stranger = await w.newLead();
  await test_.db.query("update lead set profile = null where id = $1", [stranger.id]);
  const said = await w.says("I told you to stop.", { person: { phone: stranger.phone } });
  expect(said).toMatchObject({ detail: expect.stringContaining("not to be contacted") });
  await w.says(`${"a".repeat(99)}🙏`, { keyword: "stop" });
  const { phone } = await w.newLead();
  await w.says("I have had enough", { person: { phone } });
  await w.settle();
  const words = new Set((await w.events("lead.opted_out")).map(({ evidence }) => evidence.text));
  const begin = (length: number) => `Please stop texting me. ${"a".repeat(length)}`;
  expect([...words].sort()).toEqual([
    ...[
      "I told you to stop.",
      `${begin(174)}🙏`,
      `${begin(175)}\ufffd`,
      `${"a".repeat(99)}\ufffd`,
      `${"a".repeat(199)}\ufffd`,
    ].sort(),
  ]);
  await w.close();
});

test("what was said and not sent yet is taken back when the lead writes again, and answered together", async () => {
  let calls = 0;
  const w = await world(test_.db, { script: () => ({ message: { text: `Answer ${++calls}.` } }) });
  await w.says("One");
  await w.assistant.runOnce();
  await w.assistant.idle();
  await w.says("Two");
  await w.settle();
  expect(w.sent.map(({ text }) => text)).toEqual(["Answer 2."]);
  await w.close();
});

test("a process that dies in mid-thought leaves its turn to another one, and what it brings late counts for nothing", async () => {
  const gate = Promise.withResolvers<void>();
  const w = await world(test_.db, {
    script: async () => {
      await gate.promise;
      return { message: { text: "From the dead." } };
    },
  });
  await w.says("Hello?");
  await w.assistant.runOnce();
  await test_.db.query("update assistant_turn set due_at = now() where workspace_id = $1", [w.workspaceId]);
  const other = w.newAssistant({
    name: "other",
    write: async () => ({
      ok: true,
      text: JSON.stringify({ message: { text: "Alive." } }),
      finish: "stop",
      usage: { input: 1, output: 1 },
    }),
    verify: async () => ({ ok: true, detail: "" }),
  });
  expect(await other.runOnce()).toBe(1);
  await other.idle();
  gate.resolve();
  await w.settle();
  expect(w.sent.map(({ text }) => text)).toEqual(["Alive."]);
  expect(w.ended.map(({ state }) => state)).toEqual(["sent", "lost"]);
  await w.close();
});

test("a draft waits for a person; what they make of it is sent, and kept beside it; a newer message outdates it", async () => {
  const w = await world(test_.db, { profile: { mode: "draft" }, script: () => ({ message: { text: "A draft." } }) });
  await w.says("Hello?");
  await w.settle();
  expect(w.sent).toEqual([]);
  const [draft] = await w.turns();
  expect(draft).toMatchObject({ state: "draft", text: "A draft." });
  await w.says("Still there?");
  await expect(decide(w.workspaceId, draft!.id, { text: "Too late.", by: "ada" })).rejects.toMatchObject({
    code: "invalid_state",
    message: expect.stringContaining("The lead wrote again."),
  });
  await w.settle();
  const [, second] = await w.turns();
  await decide(w.workspaceId, second!.id, { text: "A better one.", by: "ada" });
  await w.settle();
  expect(w.sent.map(({ text }) => text)).toEqual(["A better one."]);
  expect(await w.turns()).toMatchObject([
    { state: "superseded" },
    { state: "sent", text: "A draft.", finalText: "A better one.", decidedBy: "ada" },
  ]);
  await expect(decide(w.workspaceId, second!.id, { by: "bob" })).rejects.toMatchObject({ code: "invalid_state" });
  await w.close();
});

test("of several who decide about one draft at once one does, and its words alone go out; of one who opts out meanwhile none", async () => {
  const w = await world(test_.db, { profile: { mode: "draft" }, script: () => ({ message: { text: "A draft." } }) });
  const reject = (id: string, by: string) =>
    test_.db.transaction((tx) => rejectTurn(tx, w.workspaceId, id, { reason: null, by }));
  const people = ["ada", "bob", "cleo", "dan"];
  const outcomes: string[] = [];
  for (let round = 0; round < 6; round++) {
    const lead = await w.newLead();
    await w.says("Hello?", { person: { phone: lead.phone } });
    await w.settle();
    const { id } = (await w.turns()).at(-1)!;
    const before = w.sent.length;
    const stops = round >= 4;
    const stop = async () => await w.says("STOP", { person: { phone: lead.phone }, keyword: "stop" });
    const decided = await Promise.allSettled([
      ...(stops ? [stop()] : []),
      ...people.map((by) => decide(w.workspaceId, id, { text: `By ${by}.`, by })),
      reject(id, "eve"),
    ]);
    await w.settle();
    const turn = (await w.turns()).find((one) => one.id === id)!;
    const done = decided.slice(stops ? 1 : 0).filter(({ status }) => status === "fulfilled").length;
    const said = w.sent.slice(before).map(({ text }) => text);
    for (const each of decided) {
      if (each.status === "rejected") expect(each.reason).toMatchObject({ code: "invalid_state" });
    }
    if (stops) expect(done).toBeLessThanOrEqual(1);
    else expect(done).toBe(1);
    if (turn.state === "sent" && !stops) expect(said).toEqual([`By ${turn.decidedBy}.`]);
    else if (turn.state === "rejected") expect([turn.decidedBy, said]).toEqual(["eve", []]);
    expect(said.length).toBeLessThanOrEqual(1);
    outcomes.push(turn.state);
    const { rows } = await test_.db.query<{ n: number }>(
      "select count(*)::int as n from message where workspace_id = $1 and lead_id = $2 and direction = 'outbound'",
      [w.workspaceId, lead.id],
    );
    expect(rows[0]!.n).toBe(turn.messageId === null ? 0 : 1);
  }
  expect(outcomes.filter((state) => state === "gathering" || state === "draft")).toEqual([]);
  await w.close();
});

test("a draft or a task for somebody who may not be written to any more ends with the opt-out", async () => {
  let answer: object | string = { message: { text: "A draft." } };
  const w = await world(test_.db, { profile: { mode: "draft" }, script: () => answer });
  const waiting = async () => (await w.turns()).filter(({ state }) => state === "draft" || state === "task").length;
  const basis = { reason: "by hand", source: "api" as const };
  await w.says("Hello?");
  await w.settle();
  const email = { ...basis, channel: "email" as const, address: w.lead.email, kind: "manual" as const };
  await test_.db.transaction((tx) => suppress(tx, w.workspaceId, email));
  expect(await waiting()).toBe(1);
  const sms = { ...email, channel: "sms" as const, address: w.lead.phone };
  await test_.db.transaction((tx) => suppress(tx, w.workspaceId, sms));
  expect(await waiting()).toBe(0);
  expect((await w.turns())[0]).toMatchObject({ state: "stopped", reasonCode: "suppressed" });
  const other = await w.newLead();
  answer = "Down.";
  await w.says("And here?", { person: { phone: other.phone } });
  await w.settle();
  expect(await waiting()).toBe(1);
  await test_.db.transaction((tx) => doNotContact(tx, w.workspaceId, other.id, basis));
  expect(await waiting()).toBe(0);
  const { rows } = await test_.db.query("select status from task where workspace_id = $1 and lead_id = $2", [
    ...[w.workspaceId, other.id],
  ]);
  expect(rows).toEqual([{ status: "cancelled" }]);
  await w.close();
});

const decide = (workspaceId: string, id: string, how: { text?: string; by: string }) =>
  test_.db.transaction((tx) => approveTurn(tx, workspaceId, id, how));

test("a model that fails, answers nonsense or is too dear, and none at all, leave a task for a person and send nothing", async () => {
  const fails: [string, Parameters<typeof world>[1]][] = [
    ["model_malformed", { script: () => "I'd be happy to help!" }],
    ["model_malformed", { script: () => ({ message: { text: "Hi", to: "+15550001111" } }) }],
    ["model_malformed", { script: () => ({ tool: "send_sms", to: "+15550001111", text: "Hi" }) }],
    ["model_malformed", { script: () => ({}) }],
    ["model_malformed", { script: () => ({ search: "prices" }) }],
    ["over_budget", { model: { tokensPerDay: 100 } }],
    ["over_budget", { model: { microsPerDay: 10 } }],
    ["no_model", { model: null }],
    ["link", { script: () => ({ message: { text: "See https://evil.example/offer" } }) }],
    ["price", { script: () => ({ message: { text: "It costs $4,900." } }) }],
  ];
  for (const [code, options] of fails) {
    const w = await world(test_.db, options);
    await w.says("What does it cost?");
    await w.settle();
    expect(w.sent, code).toEqual([]);
    expect((await w.turns())[0], code).toMatchObject({ state: "task", reasonCode: code });
    const { rows } = await test_.db.query("select status, turn_id, campaign_id from task where workspace_id = $1", [
      w.workspaceId,
    ]);
    expect(rows, code).toEqual([{ status: "open", turn_id: (await w.turns())[0]!.id, campaign_id: null }]);
    expect(await w.events("task.created"), code).toMatchObject([
      { campaignId: null, leadId: w.lead.id, channel: "sms" },
    ]);
    await w.says("Hello?");
    expect(
      (await test_.db.query("select status from task where workspace_id = $1", [w.workspaceId])).rows,
      code,
    ).toEqual([{ status: "cancelled" }]);
    await w.close();
  }
});

test("a model that writes the word null or false for nothing ends no contact, hands over nobody, and doesn't send the word", async () => {
  let answer: object = {};
  const w = await world(test_.db, { script: () => answer });
  const text = "Yes, we are open.";
  for (const nothing of ["null", "None", "N/A", "undefined", '"null"', false]) {
    answer = { message: { text }, search: nothing, stop: nothing, handOver: nothing, summary: "Asks." };
    const lead = await w.newLead();
    await w.says("Are you open?", { person: { phone: lead.phone } });
    await w.settle();
    expect((await w.turns()).at(-1), String(nothing)).toMatchObject({ state: "sent", text });
    const { rows } = await test_.db.query("select do_not_contact_at from lead where id = $1", [lead.id]);
    expect(rows, String(nothing)).toEqual([{ do_not_contact_at: null }]);
  }
  const before = w.sent.length;
  answer = { message: { text: "null" } };
  const silent = await w.newLead();
  await w.says("Thanks!", { person: { phone: silent.phone } });
  await w.settle();
  expect((await w.turns()).at(-1)).toMatchObject({ state: "stopped", reasonCode: "nothing_to_say" });
  // A word that a person may have said is obeyed, and a yes in place of words.
  for (const stop of ["No", true]) {
    answer = { message: { text }, stop };
    const stopped = await w.newLead();
    await w.says("No", { person: { phone: stopped.phone } });
    await w.settle();
    expect((await w.turns()).at(-1)).toMatchObject({ state: "stopped", reasonCode: "do_not_contact" });
  }
  answer = { message: null, handOver: true };
  const angry = await w.newLead();
  await w.says("Hm", { person: { phone: angry.phone } });
  await w.settle();
  expect((await w.turns()).at(-1)).toMatchObject({ state: "task", reasonCode: "hand_over" });
  expect(w.sent.length).toBe(before);
  await w.close();
});

test("what no database stores is a model's nonsense like any other: held back, and a refusal in it counts", async () => {
  let answer: object = { message: { text: "Hi\0" }, summary: "\0", handOver: "\ud83d" };
  const w = await world(test_.db, { script: () => answer });
  await w.says("Hello?");
  await w.settle();
  expect(await w.turns()).toMatchObject([{ state: "task", reasonCode: "invalid_text", text: "Hi\u001a" }]);
  expect((await assistantLead(test_.db, w.workspaceId, w.lead.id)).handedOverReason).toBe("\ufffd");
  answer = { message: null, stop: "no more \ud83d\0", conditions: [{ id: "isHot\0", met: true, reason: "\ud83d" }] };
  await w.says("I have had enough");
  await w.settle();
  expect(await w.events("lead.do_not_contact")).toMatchObject([{ evidence: { text: "no more \ufffd\ufffd" } }]);
  // Nor is anything asked for ever that never ends.
  await w.says("Hm.");
  await test_.db.query("update assistant_turn set lease = lease + 10 where workspace_id = $1", [w.workspaceId]);
  const asked = w.model.prompts.length;
  await w.settle();
  expect((await w.turns()).at(-1)).toMatchObject({ kind: "listen", state: "stopped" });
  expect(w.model.prompts.length).toBe(asked);
  await w.close();
});

test("the budget counts what is being thought about, so that calls at the same time can't spend the same rest", async () => {
  const gate = Promise.withResolvers<void>();
  const w = await world(test_.db, {
    // Enough for one turn's calls, and not for two.
    model: { tokensPerDay: 10_000 },
    script: async () => {
      await gate.promise;
      return { message: { text: "Hello." } };
    },
  });
  const other = await w.newLead();
  await w.says("Hello?");
  await w.says("Hello?", { person: { phone: other.phone } });
  await w.assistant.runOnce();
  await until(async () => (await w.turns()).some(({ state }) => state === "task"));
  gate.resolve();
  await w.settle();
  const replies = (await w.turns()).filter(({ kind }) => kind === "reply");
  expect(replies.map(({ state, reasonCode }) => [state, reasonCode]).sort()).toEqual([
    ["sent", null],
    ["task", "over_budget"],
  ]);
  expect((await listUsage(test_.db, w.workspaceId, 10))[0]).toMatchObject({ calls: 1, failures: 0 });
  await w.close();
});

test("what a model may look up counts in the budget before it does, in scripts whose letters are tokens as well", async () => {
  const answers: object[] = [];
  // Enough for two searches in English, and not for two in Chinese.
  const w = await world(test_.db, { model: { tokensPerDay: 14_000 }, script: () => answers.shift()! });
  const about = { id: null, profileId: w.profile.id, language: "simple", before: 0 };
  const know = (title: string, letters: string) =>
    test_.db.transaction(async (tx) => {
      const content = Array.from({ length: 8 }, () => `warranty ${letters.repeat(1_100 / letters.length)}`).join(
        "\n\n",
      );
      await writeKnowledge(tx, w.workspaceId, { ...about, title, content });
    });
  const lookUp = async () => {
    answers.splice(0, 3, { search: "warranty" }, { search: "the warranty" }, { message: { text: "Ten years." } });
    await w.says("How long?");
    await w.settle();
    return (await w.turns()).findLast(({ kind }) => kind === "reply")!;
  };
  await know("English", "like this ");
  expect(await lookUp()).toMatchObject({ state: "sent", text: "Ten years." });
  await test_.db.query("delete from assistant_usage where workspace_id = $1", [w.workspaceId]);
  await know("Chinese", "保修期为十年");
  expect(await lookUp()).toMatchObject({ state: "task", reasonCode: "over_budget" });
  expect(await listUsage(test_.db, w.workspaceId, 10)).toEqual([]);
  await w.close();
});

test("a call that nobody waits for any more keeps its part of the budget, and the costs of turns are those of the profile and the day", async () => {
  const gate = Promise.withResolvers<void>();
  const reached = Promise.withResolvers<void>();
  const w = await world(test_.db, {
    model: { tokensPerDay: 10_000 },
    script: async () => {
      reached.resolve();
      await gate.promise;
      return { message: { text: "Hello." } };
    },
  });
  await w.says("Hello?");
  await w.assistant.runOnce();
  await reached.promise;
  // The turn is another one's now; the call goes on, and costs.
  await w.says("Are you there?");
  await w.assistant.runOnce();
  await until(async () => (await w.turns()).some(({ state }) => state === "task"));
  expect(w.model.prompts.length).toBe(1);
  gate.resolve();
  await w.settle();
  const [turn] = await w.turns();
  expect(turn).toMatchObject({ state: "task", reasonCode: "over_budget" });
  const cost = { inputTokens: turn!.inputTokens, outputTokens: turn!.outputTokens, costMicros: turn!.costMicros };
  expect(cost.costMicros).toBeGreaterThan(0);
  const [day] = await listUsage(test_.db, w.workspaceId, 10);
  expect(day).toMatchObject({ calls: 1, ...cost });
  expect(await listUsage(test_.db, w.workspaceId, 10, w.profile.id)).toEqual([day]);
  expect(await listProfileUsage(test_.db, w.workspaceId, 10)).toMatchObject([
    { profileId: w.profile.id, profileName: "Solar", calls: 1, ...cost },
  ]);
  // Nothing is set aside any more; trying out is held to the same budget.
  await w.says("Hello??");
  await w.settle();
  expect((await w.turns()).at(-1)).toMatchObject({ state: "sent" });
  await test_.db.query("update assistant_model set tokens_per_day = 2000 where workspace_id = $1", [w.workspaceId]);
  const tried = {
    content: w.profile.content,
    channel: "sms" as const,
    messages: [{ from: "lead" as const, text: "Hi" }],
  };
  const lead = { firstName: null, lastName: null, company: null };
  const models = { open: () => w.model };
  const signal = AbortSignal.timeout(60_000);
  await expect(tryOut(test_.db, models, w.workspaceId, w.profile, { ...tried, lead, signal })).rejects.toMatchObject({
    code: "unprocessable",
    message: expect.stringContaining("budget"),
  });
  await w.close();
});

test("conditions are asked of each message, also where nobody is answered by the assistant; and it is heard that somebody wants no more", async () => {
  let stop: string | null = null;
  const w = await world(test_.db, {
    script: ({ user, system }) => ({
      message: { text: "Never to be sent." },
      stop,
      summary: system.includes('set "message" to null') ? "Heard." : "Answered.",
      conditions: (JSON.parse(user) as { conditions: { id: string }[] }).conditions.map(({ id }) => ({
        ...{ id, met: id === "isHot", reason: "Wants it." },
      })),
    }),
  });
  await test_.db.transaction((tx) =>
    setLeadMode(tx, w.workspaceId, w.lead.id, { handedOver: { reason: "Ada has it." } }),
  );
  // What waits for a person goes on waiting: nobody else does it.
  await test_.db.query(
    "insert into task (workspace_id, id, lead_id, channel, title, text, turn_id) values ($1, $2, $3, 'sms', 'Answer', 'It.', 'turn_0')",
    [...[w.workspaceId, newId("task"), w.lead.id]],
  );
  await test_.db.query(
    "insert into assistant_turn (workspace_id, id, lead_id, kind, state, profile_id, due_at) values ($1, 'turn_0', $2, 'reply', 'task', $3, now())",
    [w.workspaceId, w.lead.id, w.profile.id],
  );
  await w.says("I want it now!");
  await w.says("Really!");
  await w.settle();
  const heard = (await w.turns()).filter(({ kind }) => kind === "listen");
  expect(heard).toMatchObject([{ state: "stopped", reasonCode: "off", inbound: 2, model: "scripted" }]);
  expect(heard[0]!.notes?.conditions.length).toBe(2);
  expect((await w.events("lead.tag.updated")).map(({ added }) => added)).toEqual([["hasReplied"], ["isHot"]]);
  expect((await test_.db.query("select status from task where workspace_id = $1", [w.workspaceId])).rows).toEqual([
    { status: "open" },
  ]);
  const { rows } = await test_.db.query("select summary from assistant_lead where lead_id = $1", [w.lead.id]);
  expect(rows).toEqual([{ summary: "Heard." }]);
  // A draft is one in draft mode, and what is asked is asked before anybody approves it.
  const other = await w.newLead();
  await test_.db.transaction((tx) => setLeadMode(tx, w.workspaceId, other.id, { mode: "draft" }));
  await w.says("I want it, too!", { person: { phone: other.phone } });
  await w.settle();
  expect((await w.turns()).filter(({ leadId }) => leadId === other.id)).toMatchObject([{ state: "draft" }]);
  expect((await tagReasons(test_.db, w.workspaceId, other.id)).map(({ tag }) => tag)).toContain("isHot");
  // In words that only the model understands.
  stop = "I have had enough of this";
  await w.says("I have had enough of this");
  await w.settle();
  expect(await w.events("lead.do_not_contact")).toMatchObject([{ leadId: w.lead.id }]);
  expect(w.sent).toEqual([]);
  // Who doesn't want it pays nothing.
  const asked = w.model.prompts.length;
  const third = await w.newLead();
  await test_.db.transaction((tx) => setLeadMode(tx, w.workspaceId, third.id, { mode: "off" }));
  await test_.db.query(
    `update profile_version set content = content || '{"listenWhenOff": false}' where workspace_id = $1`,
    [w.workspaceId],
  );
  await w.says("Hello?", { person: { phone: third.phone } });
  await w.settle();
  expect(w.model.prompts.length).toBe(asked);
  await w.close();
});

test("tags and notifications follow from conditions, with the reason, one event a tag", async () => {
  const w = await world(test_.db, {
    script: ({ user }) => {
      const { conditions } = JSON.parse(user) as { conditions: { id: string }[] };
      return {
        message: { text: "Great." },
        conditions: conditions.map(({ id }) => ({
          id,
          met: id !== "isQualified",
          reason: `Because of ${id.slice(0, 5)}.`,
        })),
      };
    },
  });
  const condition = { profileId: null, enabled: true, condition: "The person is angry." };
  await insertCondition(test_.db, w.workspaceId, {
    id: newId("condition"),
    kind: "notification",
    name: "Angry",
    ...condition,
  });
  await w.says("I want it now!");
  await w.settle();
  expect((await w.events("lead.tag.updated")).map(({ added, channel, reason }) => [added, channel, reason])).toEqual([
    [["hasReplied"], "sms", "The lead wrote."],
    [["isHot"], "sms", "Because of isHot."],
  ]);
  expect(await w.events("notification.created")).toMatchObject([
    { name: "Angry", channel: "sms", message: "Because of cond_." },
  ]);
  expect((await tagReasons(test_.db, w.workspaceId, w.lead.id)).map(({ tag }) => tag).sort()).toEqual([
    "hasReplied",
    "isHot",
  ]);
  await w.says("Now!");
  await w.settle();
  expect((await w.events("lead.tag.updated")).length).toBe(2);
  await w.close();
});

test("a person takes over where the model hands over, and the assistant is silent from then on", async () => {
  const w = await world(test_.db, {
    script: () => ({ message: { text: "A colleague will be in touch." }, handOver: "Asks for a lawyer." }),
  });
  await w.says("I want to talk to your lawyer.");
  await w.settle();
  await w.says("Hello?");
  await w.settle();
  expect(w.sent.map(({ text }) => text)).toEqual(["A colleague will be in touch."]);
  expect((await w.events("task.created")).map(({ text }) => text)).toEqual(["Asks for a lawyer."]);
  await test_.db.transaction((tx) => setLeadMode(tx, w.workspaceId, w.lead.id, { handedOver: null }));
  await w.says("Hello again?");
  await w.settle();
  expect(w.sent.length).toBe(2);
  await w.close();
});

test("a draft by which the assistant hands over does so when it is approved, and what the checks hold back does at once", async () => {
  let text = "A colleague will be in touch.";
  const w = await world(test_.db, {
    profile: { mode: "draft", followUps: { "1": { hours: 24, channel: "sms" } } },
    script: () => ({ message: { text }, handOver: "Wants a lawyer." }),
  });
  const tasks = async (leadId: string) =>
    (await test_.db.query("select status, text from task where lead_id = $1", [leadId])).rows;
  await w.says("I want to talk to your lawyer.");
  await w.settle();
  await decide(w.workspaceId, (await w.turns())[0]!.id, { by: "ada" });
  await w.settle();
  await w.says("Hello?");
  await w.settle();
  expect(w.sent.map((message) => message.text)).toEqual([text]);
  expect((await w.turns()).map(({ kind, state }) => [kind, state])).toEqual([
    ["reply", "sent"],
    ["listen", "stopped"],
  ]);
  expect(await tasks(w.lead.id)).toEqual([{ status: "open", text: "The assistant hands over: Wants a lawyer." }]);
  expect((await assistantLead(test_.db, w.workspaceId, w.lead.id)).handedOverReason).toBe("Wants a lawyer.");
  expect(await followUpState(test_.db, w.workspaceId, w.lead.id)).toMatchObject({ nextAt: null });

  text = "It costs $4,900.";
  const other = await w.newLead();
  await w.says("What is it? And your lawyer's number?", { person: { phone: other.phone } });
  await w.settle();
  expect((await w.turns()).at(-1)).toMatchObject({ state: "task", reasonCode: "price" });
  expect((await assistantLead(test_.db, w.workspaceId, other.id)).handedOverReason).toBe("Wants a lawyer.");
  expect(await tasks(other.id)).toMatchObject([
    { status: "open", text: expect.stringMatching(/^Hand-over: Wants a lawyer/) },
  ]);
  await w.close();
});

test("a mode counts for what is queued: off takes it back, draft makes drafts of it, and what was approved goes out", async () => {
  for (const mode of ["off", "draft"] as const) {
    const w = await world(test_.db, { profile: { followUps: { "1": { hours: 1, channel: "sms" } } } });
    const [approved, own, followedUp] = [await w.newLead(), await w.newLead(), await w.newLead()];
    const think = async () => {
      await w.assistant.runOnce();
      await w.assistant.idle();
    };
    await w.says("Hello?", { person: { phone: followedUp.phone } });
    await w.settle();
    // Its first follow-up, as the planner opens it.
    const step = "select campaign_id as id, id as step from step where workspace_id = $1";
    const { id: campaignId, step: stepId } = (await test_.db.query<{ id: string; step: string }>(step, [w.workspaceId]))
      .rows[0]!;
    const followUp = {
      turnId: newId("turn"),
      kind: "follow_up",
      channel: "sms",
      campaignId,
      stepId,
      delayMs: 0,
    } as const;
    await openTurn(test_.db, w.workspaceId, { ...followUp, leadId: followedUp.id, profileId: w.profile.id });
    await test_.db.transaction((tx) => setLeadMode(tx, w.workspaceId, approved.id, { mode: "draft" }));
    for (const { phone } of [w.lead, approved, own]) await w.says("Hello?", { person: { phone } });
    await think();
    const of = async (leadId: string) => (await w.turns()).filter((turn) => turn.leadId === leadId).at(-1)!;
    await decide(w.workspaceId, (await of(approved.id)).id, { by: "ada" });
    await test_.db.transaction((tx) => setLeadMode(tx, w.workspaceId, own.id, { mode: "draft" }));
    expect(await of(own.id)).toMatchObject({ state: "draft", messageId: null });
    await test_.db.transaction((tx) => changeProfile(tx, w.workspaceId, w.profile.id, { mode, by: "ada" }));
    await w.settle();
    expect(w.sent.map(({ to }) => to)).toEqual([followedUp.phone, approved.phone]);
    const state = mode === "off" ? "stopped" : "draft";
    expect([await of(w.lead.id), await of(followedUp.id)]).toMatchObject([
      { kind: "reply", state },
      { kind: "follow_up", state },
    ]);
    if (mode === "draft") {
      expect((await w.events("draft.created")).length).toBe(4);
      for (const { id } of [w.lead, followedUp]) await decide(w.workspaceId, (await of(id)).id, { by: "ada" });
      await w.settle();
      expect(w.sent.length).toBe(4);
    }
    const { rows } = await test_.db.query("select state, next_at from enrollment where lead_id = $1", [followedUp.id]);
    expect(rows[0]!.state).toBe(mode === "off" ? "stopped" : "finished");
    await w.close();
  }
});

test("another profile ends what the old one was at, forgets if asked, and can begin the conversation", async () => {
  const w = await world(test_.db, {
    script: ({ user }) => ({
      message: { text: `I know ${(JSON.parse(user) as { conversation: object[] }).conversation.length}.` },
    }),
  });
  await makeProfile(test_.db, w.workspaceId, { name: "Support" });
  await w.says("Hello?");
  await w.settle();
  await w.says("And?");
  const change = { profile: "Support", sendMessage: true, clearMemory: true };
  await test_.db.transaction((tx) => switchProfile(tx, w.workspaceId, w.lead.id, change));
  await w.settle();
  expect(w.sent.map(({ text }) => text)).toEqual(["I know 1.", "I know 0."]);
  expect((await w.events("message.sent")).map(({ profile }) => profile)).toEqual(["Solar", "Support"]);
  expect((await w.turns()).map(({ kind, state }) => [kind, state])).toEqual([
    ["reply", "sent"],
    ["reply", "superseded"],
    ["opening", "sent"],
  ]);
  await w.close();
});

test("what the lead has just written is asked about, whatever takes the place of its answer", async () => {
  let stop: string | null = null;
  const w = await world(test_.db, {
    script: ({ system, user }) => ({
      message: system.includes('set "message" to null') ? null : { text: "Good luck!" },
      stop,
      conditions: (JSON.parse(user) as { conditions: { id: string }[] }).conditions.map(({ id }) => ({
        ...{ id, met: id === "isHot", reason: "Wants it." },
      })),
    }),
  });
  await makeProfile(test_.db, w.workspaceId, { name: "Support" });
  const acts: ((leadId: string) => Promise<unknown>)[] = [
    (id) => test_.db.transaction((tx) => commandTurn(tx, w.workspaceId, id, { instruction: "Wish good luck." })),
    (id) => test_.db.transaction((tx) => switchProfile(tx, w.workspaceId, id, { profile: "Support" })),
    (id) => test_.db.transaction((tx) => setLeadMode(tx, w.workspaceId, id, { mode: "off" })),
  ];
  for (const [i, kind] of ["command", "reply", "listen"].entries()) {
    const lead = await w.newLead();
    await w.says("I want it now! And how much is it?", { person: { phone: lead.phone } });
    await acts[i]!(lead.id);
    await w.settle();
    const turn = (await w.turns()).at(-1)!;
    expect(turn).toMatchObject({ kind, state: kind === "listen" ? "stopped" : "sent", inbound: 1 });
    expect((await tagReasons(test_.db, w.workspaceId, lead.id)).map(({ tag }) => tag)).toContain("isHot");
    if (kind === "command") expect(w.model.prompts.at(-1)!.system).toContain("what the person wrote");
  }
  stop = "I have had enough";
  await w.says("I have had enough");
  await acts[0]!(w.lead.id);
  const before = w.sent.length;
  await w.settle();
  expect(w.sent.length).toBe(before);
  expect(await w.events("lead.do_not_contact")).toMatchObject([{ leadId: w.lead.id }]);
  await w.close();
});

test("what somebody told it to write is written though the lead writes first, and answers it; for later it ends, and says why", async () => {
  let meanwhile: (() => Promise<unknown>) | null = null;
  const w = await world(test_.db, {
    script: async ({ system }) => {
      await meanwhile?.();
      return { message: { text: /Wish good luck[\s\S]*what the person wrote/.test(system) ? "Good luck!" : "Hello." } };
    },
  });
  const told = (delayMs: number) =>
    test_.db.transaction((tx) =>
      commandTurn(tx, w.workspaceId, w.lead.id, { instruction: "Wish good luck.", delayMs }),
    );
  // Before it is begun, and while it is thought about.
  const first = await told(0);
  await w.says("How much is it?");
  meanwhile = async () => {
    meanwhile = null;
    await w.says("And when?");
  };
  await w.settle();
  expect(w.sent.map(({ text }) => text)).toEqual(["Good luck!"]);
  expect(await w.turns()).toMatchObject([{ id: first, kind: "command", state: "sent", inbound: 2 }]);
  const later = await told(3 * 86_400_000);
  await w.says("Thanks!");
  await w.settle();
  expect(w.sent.map(({ text }) => text)).toEqual(["Good luck!", "Hello."]);
  expect((await w.turns()).slice(1)).toMatchObject([
    { id: later, state: "superseded", reasonCode: "lead_wrote", reason: expect.stringContaining("before it was time") },
    { kind: "reply", state: "sent", inbound: 1 },
  ]);
  await w.close();
});

test("what somebody told it to write is in the next answer where the lead writes before it went out: as a draft, queued, or as an opening", async () => {
  const w = await world(test_.db, {
    script: ({ system }) => ({
      message: {
        text: /Wish good luck/.test(system)
          ? /Answer in it what the person wrote/.test(system)
            ? "Both."
            : "Luck."
          : "Hi.",
      },
    }),
  });
  const { workspaceId, lead } = w;
  const tell = () =>
    test_.db.transaction((tx) => commandTurn(tx, workspaceId, lead.id, { instruction: "Wish good luck." }));
  const latest = async () => {
    const { id, kind, state, text, instruction } = (await w.turns()).at(-1)!;
    return { id, kind, state, text, instruction };
  };
  const both = { kind: "command", text: "Both.", instruction: "Wish good luck." };
  await test_.db.transaction((tx) => setLeadMode(tx, workspaceId, lead.id, { mode: "draft" }));
  await tell();
  await w.settle();
  expect(await latest()).toMatchObject({ state: "draft", text: "Luck." });
  await w.says("How much is it?");
  await w.settle();
  expect(await latest()).toMatchObject({ ...both, state: "draft" });
  // What a person has said no to is none of it.
  await test_.db.transaction(async (tx) =>
    rejectTurn(tx, workspaceId, (await latest()).id, { reason: null, by: "Ann" }),
  );
  await w.says("Hello?");
  await w.settle();
  expect(await latest()).toMatchObject({ kind: "reply", text: "Hi.", instruction: null });
  await test_.db.transaction((tx) => setLeadMode(tx, workspaceId, lead.id, { mode: "autopilot" }));
  await tell();
  await w.assistant.runOnce();
  await w.assistant.idle();
  await w.says("And when?");
  await w.settle();
  expect(await latest()).toMatchObject({ ...both, state: "sent" });
  const opens = { profile: "Solar", sendMessage: true, instruction: "Wish good luck." };
  await test_.db.transaction((tx) => switchProfile(tx, workspaceId, lead.id, opens));
  await w.says("Who are you?");
  await w.settle();
  expect(await latest()).toMatchObject({ ...both, kind: "opening", state: "sent" });
  // What a profile says by itself to begin with is no answer.
  await test_.db.transaction((tx) => switchProfile(tx, workspaceId, lead.id, { ...opens, instruction: null }));
  await w.says("Fine.");
  await w.settle();
  expect(await latest()).toMatchObject({ kind: "reply", text: "Hi." });
  expect(w.sent.map(({ text }) => text)).toEqual(["Both.", "Both.", "Hi."]);
  await w.close();
});

test("what the lead has just written is the new profile's, whoever changed the profile meanwhile", async () => {
  const w = await world(test_.db, { script: ({ system }) => ({ message: { text: /Be \w+/.exec(system)![0] } }) });
  await makeProfile(test_.db, w.workspaceId, { name: "Support", instructions: "Be kind." });
  await w.says("How much is it?");
  await test_.db.query("update lead set profile = 'Support' where id = $1", [w.lead.id]);
  await w.settle();
  expect(w.sent.map(({ text }) => text)).toEqual(["Be kind"]);
  expect((await w.turns()).map(({ state, reasonCode, inbound }) => [state, reasonCode, inbound])).toEqual([
    ["stopped", "profile_changed", 1],
    ["sent", null, 1],
  ]);
  await w.close();
});

test("two assistants don't talk to each other for ever", async () => {
  const w = await world(test_.db, { script: () => ({ message: { text: "You're welcome, have a nice day ahead!" } }) });
  for (let i = 0; i < 12; i++) {
    await w.says(`Thank you so much, you too${".".repeat(i)}`);
    await w.settle();
  }
  expect(w.sent.length).toBeLessThan(8);
  const turns = await w.turns();
  expect(turns.filter(({ state }) => state === "task")).toMatchObject([{ reasonCode: "loop" }]);
  // Nor does it go on listening to a program: that costs, too.
  expect(turns.at(-1)).toMatchObject({ kind: "listen", state: "stopped", reasonCode: "loop" });
  expect(w.model.prompts.length).toBe(w.sent.length);
  await w.close();
});

test("a program that outdates the draft of what somebody ordered doesn't have it written for ever", async () => {
  const w = await world(test_.db, { script: () => ({ message: { text: "Good luck!" } }), profile: { mode: "draft" } });
  const tell = () =>
    test_.db.transaction((tx) => commandTurn(tx, w.workspaceId, w.lead.id, { instruction: "Wish good luck." }));
  await tell();
  await w.settle();
  for (let i = 0; i < 4; i++) {
    await w.says("Thank you so much");
    await w.settle();
  }
  // The order, and one for each message until its words are those of the two before.
  expect(w.model.prompts).toHaveLength(3);
  const ordered = (await w.turns()).filter(({ kind }) => kind === "command");
  expect(ordered.at(-1)).toMatchObject({ reasonCode: "loop", instruction: "Wish good luck." });
  // Who has read it may order what they like.
  await test_.db.transaction((tx) => setLeadMode(tx, w.workspaceId, w.lead.id, { handedOver: null }));
  await tell();
  await w.settle();
  expect((await w.turns()).at(-1)).toMatchObject({ kind: "command", state: "draft", text: "Good luck!" });
  await w.close();
});

test("an answer waits for the response delay with its jitter, anew with each message, and not for ever; at the turn limit a person takes over", async () => {
  const w = await world(test_.db, { profile: { responseDelaySeconds: 100, responseJitter: 0.5, turnLimit: 1 } });
  const waits = async () =>
    (await w.turns()).map(({ dueAt, createdAt }) => (dueAt.getTime() - createdAt.getTime()) / 1_000);
  for (let i = 0; i < 12; i++) {
    const { phone } = await w.newLead();
    await w.says("Hello?", { person: { phone } });
  }
  const first = await waits();
  for (const seconds of first) expect([seconds > 99.9, seconds < 150.1], `${seconds}`).toEqual([true, true]);
  expect(Math.max(...first) - Math.min(...first), "they are not all alike").toBeGreaterThan(5);
  await test_.db.query("delete from assistant_turn where workspace_id = $1", [w.workspaceId]);
  await w.says("One");
  const back = (seconds: number) =>
    test_.db.query(
      `update assistant_turn set first_inbound_at = now() - $2 * interval '1 second', created_at = now(), due_at = now() where workspace_id = $1`,
      [w.workspaceId, seconds],
    );
  await back(50);
  await w.says("Two");
  expect((await waits())[0]).toBeGreaterThan(99);
  // Delay and two minutes after the first one it is answered, whatever comes in.
  await back(240);
  await w.says("Three");
  expect((await waits())[0]).toBeLessThan(31);
  await back(300);
  await w.settle();
  await w.says("Four");
  await back(300);
  await w.settle();
  expect(w.sent.length).toBe(1);
  expect((await w.turns()).map(({ state, reasonCode, inbound }) => [state, reasonCode, inbound])).toEqual([
    ["sent", null, 3],
    ["task", "turn_limit", 1],
  ]);
  await w.close();
});

test("an answer waits for the profile's hours; what is asked of each message doesn't, and is asked once", async () => {
  const now = new Date();
  const days = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"] as const;
  const later = days[(now.getUTCDay() + 2) % 7]!;
  const w = await world(test_.db, {
    profile: { schedule: { windows: { [later]: [{ from: "09:00", to: "17:00" }] } } },
    script: ({ user }) => ({
      message: { text: "Yes." },
      conditions: (JSON.parse(user) as { conditions: { id: string }[] }).conditions.map(({ id }) => ({
        ...{ id, met: true, reason: "Wants it." },
      })),
    }),
  });
  const angry = {
    kind: "notification",
    name: "Angry",
    profileId: null,
    enabled: true,
    condition: "Is angry.",
  } as const;
  await insertCondition(test_.db, w.workspaceId, { id: newId("condition"), ...angry });
  await w.says("I want it now!");
  await w.settle();
  expect(w.sent).toEqual([]);
  const [turn] = await w.turns();
  expect(turn).toMatchObject({ kind: "reply", state: "gathering", reason: "It is outside of the profile's hours." });
  expect(turn!.dueAt.getTime() - now.getTime()).toBeGreaterThan(24 * 3_600_000);
  expect((await tagReasons(test_.db, w.workspaceId, w.lead.id)).map(({ tag }) => tag)).toContain("isHot");
  await test_.db.query("update assistant_turn set due_at = now() where id = $1", [turn!.id]);
  await w.settle();
  expect(w.model.prompts.length).toBe(1);
  await test_.db.query("update profile_version set content = content - 'schedule' || '{\"schedule\": null}'");
  await test_.db.query("update assistant_turn set due_at = now() where id = $1", [turn!.id]);
  await w.settle();
  expect(w.sent.map(({ text }) => text)).toEqual(["Yes."]);
  expect((await w.events("notification.created")).length).toBe(1);
  expect((await w.turns())[0]!.notes!.conditions.length).toBe(3);
  await w.close();
});

test("an answer waits for its sender's hours, also one that is queued when they change; one that a person approves goes at once", async () => {
  const days = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"] as const;
  const later = days[(new Date().getUTCDay() + 2) % 7]!;
  const schedule = { windows: { [later]: [{ from: "09:00", to: "17:00" }] }, holidays: [] };
  const w = await world(test_.db);
  const giveHours = (hours: typeof schedule | null) =>
    updateSender(test_.db, w.workspaceId, w.senderId, { schedule: hours });
  const placeOf = async () =>
    (
      await test_.db.query<{ status: string; attempts: number; waits: boolean }>(
        `select m.status, m.attempts, o.due_at > now() + interval '20 hours' as waits from message m
         join outbox o on o.workspace_id = m.workspace_id and o.ref = m.id where m.workspace_id = $1`,
        [w.workspaceId],
      )
    ).rows;
  // It is written within the hours, and they are changed before it goes out.
  await w.says("When?");
  await w.assistant.runOnce();
  await w.assistant.idle();
  await giveHours(schedule);
  await w.settle();
  expect([w.sent, await placeOf()]).toEqual([[], [{ status: "queued", attempts: 0, waits: true }]]);
  await giveHours(null);
  await w.settle();
  expect(w.sent.map(({ text }) => text)).toEqual(["Hello."]);
  // Outside of them nothing is written.
  await giveHours(schedule);
  await w.says("And where?");
  await w.settle();
  const [, turn] = await w.turns();
  expect(turn).toMatchObject({ state: "gathering", reason: "It is outside of the sender's hours." });
  await giveHours(null);
  await test_.db.query("update profile set mode = 'draft' where workspace_id = $1", [w.workspaceId]);
  await test_.db.query("update assistant_turn set due_at = now() where id = $1", [turn!.id]);
  await w.settle();
  await giveHours(schedule);
  await test_.db.transaction((tx) => approveTurn(tx, w.workspaceId, turn!.id, { by: "test" }));
  await w.settle();
  expect(w.sent.length).toBe(2);
  await w.close();
});

test("what could not be asked, as the model was down, is asked when it is back; the task stays a person's", async () => {
  let answer: object | string = "Down.";
  const w = await world(test_.db, { script: () => answer });
  await w.says("I have had enough");
  await w.settle();
  const due = async () => {
    const { rows } = await test_.db.query<{ minutes: number }>(
      `with t as (select id, extract(epoch from due_at - now()) / 60 as minutes from assistant_turn where workspace_id = $1 and kind = 'listen')
       update assistant_turn x set due_at = now() from t where x.id = t.id returning t.minutes::float8`,
      [w.workspaceId],
    );
    return Math.round(rows[0]!.minutes);
  };
  expect(await due()).toBe(10);
  await w.settle();
  expect(await due()).toBe(10);
  await test_.db.query("update assistant_turn set first_inbound_at = now() - interval '1 hour' where kind = 'listen'");
  await w.settle();
  expect(await due()).toBe(60);
  answer = { message: null, stop: "I have had enough" };
  await w.settle();
  expect((await w.turns()).map(({ kind, state, reasonCode }) => [kind, state, reasonCode])).toEqual([
    // Nobody is to answer who wants no more.
    ["reply", "stopped", "suppressed"],
    ["listen", "stopped", "do_not_contact"],
  ]);
  expect((await w.events("lead.do_not_contact")).length).toBe(1);
  await w.close();
});

test("what the lead writes to a turn that has waited for something else is gathered like a burst of its own", async () => {
  let answer: object | string = "Down.";
  const w = await world(test_.db, {
    profile: { responseDelaySeconds: 60 },
    script: () => answer,
  });
  const seconds = async () => {
    const { rows } = await test_.db.query<{ seconds: number }>(
      "select extract(epoch from due_at - now())::float8 as seconds from assistant_turn where workspace_id = $1 and state = 'gathering'",
      [w.workspaceId],
    );
    return Math.round(rows[0]!.seconds / 10) * 10;
  };
  await w.says("Hi, a question");
  await test_.db.query("update assistant_turn set due_at = now() where workspace_id = $1", [w.workspaceId]);
  await w.settle();
  // The model is down: it is asked again in ten minutes, when the lead has written twice more.
  await test_.db.query(
    "update assistant_turn set first_inbound_at = first_inbound_at - interval '5 minutes' where workspace_id = $1",
    [w.workspaceId],
  );
  answer = { message: { text: "To both." } };
  for (const text of ["Are you there?", "I mean the red one"]) {
    await w.says(text);
    expect(await seconds()).toBe(60);
  }
  await test_.db.query("update assistant_turn set due_at = now() where state = 'gathering' and workspace_id = $1", [
    w.workspaceId,
  ]);
  await w.settle();
  expect(w.sent.map(({ text }) => text)).toEqual(["To both."]);
  await w.close();
});

const byHand = (w: Awaited<ReturnType<typeof world>>, scheduledAt: Date | null = null, leadId = w.lead.id) =>
  w.engine.desk.submit(
    {
      ...{ channel: "sms", action: "message", senderId: null, subject: null, html: null, source: "api" },
      ...{ workspaceId: w.workspaceId, leadId, text: "By hand.", scheduledAt },
    },
    null,
  );

test("an answer by hand outdates the draft, its task and what is queued, and not what a person has approved", async () => {
  const w = await world(test_.db, { profile: { mode: "draft" }, script: () => ({ message: { text: "A draft." } }) });
  await w.says("Hello?");
  await w.settle();
  await byHand(w);
  const [draft] = await w.turns();
  expect(draft).toMatchObject({ state: "superseded", reasonCode: "answered" });
  await expect(decide(w.workspaceId, draft!.id, { by: "ada" })).rejects.toMatchObject({ code: "invalid_state" });
  // As where the one who answered by hand died before the draft was ended.
  await test_.db.query("update assistant_turn set state = 'draft' where id = $1", [draft!.id]);
  await expect(decide(w.workspaceId, draft!.id, { by: "ada" })).rejects.toMatchObject({
    message: expect.stringContaining("Somebody else has answered"),
  });
  await w.says("Thanks. And now?");
  await w.settle();
  await decide(w.workspaceId, (await w.turns()).at(-1)!.id, { by: "ada" });
  await byHand(w);
  await w.settle();
  expect(w.sent.map(({ text }) => text)).toEqual(["By hand.", "A draft.", "By hand."]);
  // From another device; but not what was written there before the lead wrote.
  await w.says("Hello??");
  await w.settle();
  const last = async () => (await w.turns()).at(-1)!.state;
  await w.says("An hour ago.", { direction: "out", at: Date.now() - 3_600_000 });
  expect(await last()).toBe("draft");
  await w.says("By phone.", { direction: "out" });
  expect(await last()).toBe("superseded");
  await w.close();

  const v = await world(test_.db);
  await v.says("Hello?");
  await v.assistant.runOnce();
  await v.assistant.idle();
  await byHand(v);
  await v.settle();
  expect(v.sent.map(({ text }) => text)).toEqual(["By hand."]);
  // What is to go out next week is no answer to what was said now.
  await v.says("One more thing");
  await byHand(v, new Date(Date.now() + 7 * 86_400_000));
  await v.settle();
  expect(v.sent.map(({ text }) => text)).toEqual(["By hand.", "Hello."]);
  await v.close();
});

test("who tells it to write is told where it has nothing to say; without a model instructions are not sent word for word", async () => {
  const w = await world(test_.db, { script: () => ({ message: null }) });
  await test_.db.transaction((tx) => commandTurn(tx, w.workspaceId, w.lead.id, { instruction: "Ask for the roof." }));
  await w.settle();
  expect((await w.turns())[0]).toMatchObject({ state: "task", reasonCode: "nothing_to_say" });
  await w.close();
  const none = await world(test_.db, { model: null, profile: { opening: { template: "Hello." } } });
  const opens = (instruction?: string) =>
    test_.db.transaction((tx) =>
      switchProfile(tx, none.workspaceId, none.lead.id, {
        ...{ profile: "Solar", sendMessage: true },
        ...(instruction !== undefined && { instruction }),
      }),
    );
  await opens("Ask for the roof, and don't say that we are late.");
  await none.settle();
  expect((await none.turns())[0]).toMatchObject({ state: "task", reasonCode: "no_model" });
  await opens();
  await none.settle();
  expect(none.sent.map(({ text }) => text)).toEqual(["Hello."]);
  await none.close();
});

test("a message that was written before something of ours, and came after it, is answered all the same", async () => {
  const w = await world(test_.db, { script: () => ({ message: { text: "To that." } }) });
  await byHand(w);
  await w.settle();
  await w.says("About your first message...", { at: Date.now() - 60_000 });
  await w.settle();
  expect(w.sent.map(({ text }) => text)).toEqual(["By hand.", "To that."]);
  // A campaign's step answers nothing, whenever it goes out.
  await w.says("And?");
  await test_.db.query(
    "update message set source = 'campaign', created_at = now() + interval '1 minute' where lead_id = $1 and text = 'By hand.'",
    [w.lead.id],
  );
  await w.settle();
  expect(w.sent.length).toBe(3);
  await w.close();
});

test("an answer by hand is one: the assistant gives none beside it", async () => {
  const gate = Promise.withResolvers<void>();
  const w = await world(test_.db, {
    script: async () => {
      await gate.promise;
      return { message: { text: "Second." } };
    },
  });
  await w.says("Hello?");
  await w.assistant.runOnce();
  await byHand(w);
  gate.resolve();
  await w.settle();
  expect(w.sent.map(({ text }) => text)).toEqual(["By hand."]);
  expect((await w.turns())[0]).toMatchObject({ state: "superseded", reasonCode: "answered" });
  await w.close();
});
