import { afterEach, expect, test } from "vitest";
import { switchProfile } from "../../src/assistant/lead-profile.ts";
import { changeFollowUps, followUpState, syncFollowUps } from "../../src/campaigns/follow-ups.ts";
import { addProfileVersion, lockProfile } from "../../src/db/profile.ts";
import { testDatabase } from "../database.ts";
import { VirtualClock } from "../virtual-clock.ts";
import { world } from "./setup.ts";

const hour = 3_600_000;
const day = 24 * hour;
/** A Monday, 09:00 UTC. */
const start = Date.UTC(2027, 0, 4, 9);

const undo: (() => Promise<void>)[] = [];
afterEach(async () => {
  while (undo.length > 0) await undo.pop()!();
});

const weekdays = ["monday", "tuesday", "wednesday", "thursday", "friday"] as const;
const hours = { windows: Object.fromEntries(weekdays.map((name) => [name, [{ from: "09:00", to: "17:00" }]])) };

async function months(options: Parameters<typeof world>[1]) {
  const test_ = await testDatabase();
  const clock = await VirtualClock.install(test_.db, test_.config, start);
  const w = await world(clock.db, options);
  // Tables' own defaults keep the real time.
  await clock.db.query("update sender set created_at = now()");
  undo.push(
    async () => await test_.close(),
    async () => await clock.close(),
    async () => await w.close(),
  );
  const log: [string, string][] = [];
  // From one moment at which something is due to the next.
  const next = async () => {
    const { rows } = await clock.db.query<{ ms: number | null }>(
      `select extract(epoch from min(at)) * 1000 as ms from (
        select min(next_at) as at from enrollment where state = 'active' and next_at < 'infinity' and next_at > now()
        union all select min(due_at) from assistant_turn where state = 'gathering' and due_at > now()
        union all select min(due_at) from outbox where due_at > now()) d`,
    );
    return rows[0]?.ms == null ? Number.POSITIVE_INFINITY : Number(rows[0].ms);
  };
  const until = async (at: number) => {
    while (clock.now() < at) {
      await clock.set(Math.min(at, await next()));
      const before = w.sent.length;
      await w.settle();
      for (const { text } of w.sent.slice(before)) log.push([new Date(clock.now()).toISOString().slice(0, 16), text]);
    }
  };
  const opens = async () => {
    await clock.db.transaction((tx) =>
      switchProfile(tx, w.workspaceId, w.lead.id, { profile: "Solar", sendMessage: true }),
    );
    await w.settle();
  };
  const step = async () => (await followUpState(clock.db, w.workspaceId, w.lead.id)).step;
  return { ...w, db: clock.db, clock, log, until, opens, step };
}

test("follow-ups over sixty days: each by the clock of the last message, within hours, until a reply; then from the first again", async () => {
  const w = await months({
    model: null,
    profile: {
      opening: { template: "Hi {{ firstName }}." },
      schedule: hours,
      followUps: {
        1: { hours: 24, channel: "sms", template: "Follow-up 1." },
        2: { hours: 72, channel: "sms", template: "Follow-up 2." },
      },
      nurture: { hours: 240, channel: "sms", template: "News.", times: 2 },
    },
  });
  await w.opens();
  expect(w.sent.length).toBe(1);
  expect(await w.step()).toBe(1);
  await w.until(start + 20 * hour);
  expect(w.log).toEqual([]);
  // Tuesday 09:00; then Friday 09:00.
  await w.until(start + 5 * day);
  expect(w.log).toEqual([
    ["2027-01-05T09:00", "Follow-up 1."],
    ["2027-01-08T09:00", "Follow-up 2."],
  ]);
  expect(await w.step()).toBe(-2);
  // Ten days after Friday is a Monday; ten more are a Thursday.
  await w.until(start + 26 * day);
  expect(w.log.slice(2)).toEqual([
    ["2027-01-18T09:00", "News."],
    ["2027-01-28T09:00", "News."],
  ]);
  // A reply ends them. Without a model it is a person's task, whose answer begins them again.
  await w.says("Tell me more.");
  await w.until(start + 35 * day);
  expect(w.log.length).toBe(4);
  expect(await w.step()).toBe(-2);
  const [task] = (await w.turns()).filter(({ state }) => state === "task");
  const { approveTurn } = await import("../../src/assistant/drafts.ts");
  await w.db.transaction((tx) =>
    approveTurn(tx, w.workspaceId, task!.id, { text: "By Ada.", by: "ada" }, w.clock.now()),
  );
  await w.settle();
  expect(await w.step()).toBe(1);
  // Monday 8 February, 09:00, and from there.
  await w.until(start + 60 * day);
  expect(w.log.slice(4)).toEqual([
    ["2027-02-09T09:00", "Follow-up 1."],
    ["2027-02-12T09:00", "Follow-up 2."],
    ["2027-02-22T09:00", "News."],
    ["2027-03-04T09:00", "News."],
  ]);
  const events = await w.events("message.sent");
  expect(events.map(({ isFollowUp, followUpStep, source }) => [isFollowUp, followUpStep, source])).toEqual([
    [false, null, "assistant"],
    ...[1, 2, -2, -2].map((n) => [true, n, "assistant"]),
    [false, null, "assistant"],
    ...[1, 2, -2, -2].map((n) => [true, n, "assistant"]),
  ]);
});

test("a follow-up is stopped, set, or given a config of its own; a new version of the profile counts for who waits", async () => {
  const followUps = {
    1: { hours: 1, channel: "sms" as const, template: "One." },
    2: { hours: 1, channel: "sms" as const, template: "Two." },
  };
  const w = await months({ model: null, profile: { opening: { template: "Hi." }, followUps } });
  await w.opens();
  const change = (how: Parameters<typeof changeFollowUps>[3]) =>
    w.db.transaction((tx) => changeFollowUps(tx, w.workspaceId, w.lead.id, how));
  await change({ step: -1 });
  await w.until(w.clock.now() + day);
  expect(w.log).toEqual([]);
  expect(await w.step()).toBe(-1);
  await change({ step: 2 });
  await w.until(w.clock.now() + 2 * hour);
  expect(w.log.map(([, text]) => text)).toEqual(["Two."]);
  await expect(change({ step: 3 })).rejects.toMatchObject({ code: "unprocessable" });
  await change({ config: { 1: { hours: 5, channel: "sms", template: "Mine.", subject: null } }, step: 1 });
  await w.until(w.clock.now() + 4 * hour);
  expect(w.log.length).toBe(1);
  await w.until(w.clock.now() + 2 * hour);
  expect(w.log.at(-1)![1]).toBe("Mine.");
  // Of the profile again, whose steps are others by now.
  await change({ config: null, step: 1 });
  await w.db.transaction(async (tx) => {
    const profile = (await lockProfile(tx, w.workspaceId, w.profile.id))!;
    const content = {
      ...profile.content,
      followUps: { 1: { ...profile.content.followUps[1]!, hours: 48, template: "New." } },
    };
    await addProfileVersion(tx, w.workspaceId, profile, content, "test");
    await syncFollowUps(tx, w.workspaceId, profile, content);
  });
  await w.until(w.clock.now() + 47 * hour);
  expect(w.log.length).toBe(2);
  await w.until(w.clock.now() + 2 * hour);
  expect(w.log.at(-1)![1]).toBe("New.");
  expect(await w.step()).toBe(-2);
});

test("a command in the place of a follow-up that is being written begins its clock anew", async () => {
  const w = await months({
    script: ({ system }) => ({ message: { text: system.includes("follow-up 1") ? "Written 1." : "Another." } }),
    profile: { mode: "draft", followUps: { 1: { hours: 24, channel: "sms" } } },
  });
  const { approveTurn } = await import("../../src/assistant/drafts.ts");
  const { commandTurn } = await import("../../src/assistant/lead-profile.ts");
  const draft = async () => (await w.turns()).find(({ state }) => state === "draft")!;
  const approve = async () => {
    const { id } = await draft();
    await w.db.transaction((tx) => approveTurn(tx, w.workspaceId, id, { by: "ada" }, w.clock.now()));
    await w.settle();
  };
  await w.opens();
  await approve();
  await w.until(w.clock.now() + 25 * hour);
  expect((await draft()).text).toBe("Written 1.");
  await w.db.transaction((tx) => commandTurn(tx, w.workspaceId, w.lead.id, { instruction: "Tell her of the fair." }));
  await w.settle();
  expect((await draft()).text).toBe("Another.");
  await approve();
  const sent = w.clock.now();
  const { step, nextAt } = await followUpState(w.db, w.workspaceId, w.lead.id);
  expect([step, nextAt?.getTime()]).toEqual([1, sent + 24 * hour]);
  await w.until(sent + 25 * hour);
  expect((await draft()).text).toBe("Written 1.");
});

test("a follow-up's draft can't be approved for a lead that has left its follow-ups, and is rejected", async () => {
  const w = await months({
    script: () => ({ message: { text: "Written." } }),
    profile: { mode: "draft", followUps: { 1: { hours: 24, channel: "sms" } } },
  });
  const { approveTurn, rejectTurn } = await import("../../src/assistant/drafts.ts");
  const { setLeadStatus } = await import("../../src/campaigns/control.ts");
  const draft = async () => (await w.turns()).find(({ state }) => state === "draft")!;
  const approve = async () => {
    const { id } = await draft();
    return await w.db.transaction((tx) => approveTurn(tx, w.workspaceId, id, { by: "ada" }, w.clock.now()));
  };
  await w.opens();
  await approve();
  await w.settle();
  await w.until(w.clock.now() + 25 * hour);
  await w.db.transaction((tx) => setLeadStatus(tx, w.workspaceId, w.lead.id, "MEETING_BOOKED", "api", null));
  await expect(approve()).rejects.toMatchObject({
    ...{ code: "invalid_state", message: expect.stringContaining("MEETING_BOOKED") },
  });
  const { id } = await draft();
  await w.db.transaction((tx) => rejectTurn(tx, w.workspaceId, id, { reason: null, by: "ada" }));
  expect([await draft(), w.sent.length]).toEqual([undefined, 1]);
});

test("who is to get no follow-ups gets none, also where none had begun or a reply had ended them", async () => {
  const w = await months({
    script: () => ({ message: { text: "Answer." } }),
    profile: { followUps: { 1: { hours: 24, channel: "sms", template: "One." } } },
  });
  const set = (step: number) => w.db.transaction((tx) => changeFollowUps(tx, w.workspaceId, w.lead.id, { step }));
  await set(-1);
  expect(await w.step()).toBe(-1);
  await w.opens();
  expect(await w.step()).toBe(-1);
  await set(1);
  await w.says("Hello?");
  await set(-1);
  await w.settle();
  expect(w.sent.length).toBe(2);
  await w.until(w.clock.now() + 3 * day);
  expect([await w.step(), w.sent.length]).toEqual([-1, 2]);
});

test("who was taken out of them stays out, whatever follow-ups it is given, until it is put to a step", async () => {
  const one = { hours: 1, channel: "sms" as const, template: "One.", subject: null };
  const w = await months({ model: null, profile: { opening: { template: "Hi." }, followUps: { 1: one } } });
  const set = (change: Parameters<typeof changeFollowUps>[3]) =>
    w.db.transaction((tx) => changeFollowUps(tx, w.workspaceId, w.lead.id, change));
  await set({ step: -1 });
  await set({ config: { 1: { ...one, template: "Mine." } } });
  expect(await w.step()).toBe(-1);
  await w.opens();
  await w.until(w.clock.now() + 2 * hour);
  await set({ config: null });
  await w.opens();
  await w.until(w.clock.now() + 2 * hour);
  expect([await w.step(), w.log]).toEqual([-1, []]);
  await set({ config: { 1: { ...one, template: "Mine." } }, step: 1 });
  await w.until(w.clock.now() + 2 * hour);
  expect(w.log.map(([, text]) => text)).toEqual(["Mine."]);
});

test("the profile's nurture and hours are those of leads with follow-ups of their own, too, when they change", async () => {
  const mine = { 1: { hours: 1, channel: "sms" as const, template: "Mine.", subject: null } };
  const news = { hours: 24, channel: "sms" as const, template: "News.", times: 3 };
  const w = await months({ model: null, profile: { opening: { template: "Hi." }, nurture: news } });
  const change = (content: object) =>
    w.db.transaction(async (tx) => {
      const profile = (await lockProfile(tx, w.workspaceId, w.profile.id))!;
      const next = { ...profile.content, ...content };
      await addProfileVersion(tx, w.workspaceId, profile, next, "test");
      await syncFollowUps(tx, w.workspaceId, profile, next);
    });
  await w.opens();
  await w.db.transaction((tx) => changeFollowUps(tx, w.workspaceId, w.lead.id, { config: mine, step: 1 }));
  await w.until(start + 26 * hour);
  expect(w.log.map(([, text]) => text)).toEqual(["Mine.", "News."]);
  // On Thursdays at noon alone, and another text.
  await change({
    nurture: { ...news, template: "Other news." },
    schedule: { windows: { thursday: [{ from: "12:00", to: "13:00" }] }, holidays: [] },
  });
  await w.until(start + 6 * day);
  expect(w.log.slice(2)).toEqual([["2027-01-07T12:00", "Other news."]]);
  await change({ nurture: null });
  await w.until(start + 30 * day);
  expect(w.log.length).toBe(3);
});

test("what waits of an earlier follow-up comes to nothing where another one is set, and the one that was set comes", async () => {
  const w = await months({
    script: ({ system }) => ({ message: { text: `Written ${/follow-up (\d)/.exec(system)?.[1] ?? 0}.` } }),
    profile: {
      mode: "draft",
      followUps: {
        1: { hours: 24, channel: "sms" },
        2: { hours: 24, channel: "sms" },
        3: { hours: 24, channel: "sms" },
      },
    },
  });
  const { approveTurn, rejectTurn } = await import("../../src/assistant/drafts.ts");
  const open = async () => (await w.turns()).filter(({ state }) => state === "draft" || state === "task");
  const approve = (id: string) =>
    w.db.transaction((tx) => approveTurn(tx, w.workspaceId, id, { by: "ada" }, w.clock.now()));
  const set = (change: Parameters<typeof changeFollowUps>[3]) =>
    w.db.transaction((tx) => changeFollowUps(tx, w.workspaceId, w.lead.id, change));
  await w.opens();
  await approve((await open())[0]!.id);
  await w.settle();
  await w.until(w.clock.now() + 25 * hour);
  const [first] = await open();
  expect(first!.text).toBe("Written 1.");
  await set({ step: 2 });
  expect(await open()).toEqual([]);
  const late = w.db.transaction((tx) => rejectTurn(tx, w.workspaceId, first!.id, { reason: null, by: "ada" }));
  await expect(late).rejects.toThrow("Its follow-ups were set anew.");
  await w.until(w.clock.now() + 25 * hour);
  const [second] = await open();
  expect(second!.text).toBe("Written 2.");
  // Approved, and nobody has begun to send it: it is taken back.
  await approve(second!.id);
  await set({ step: 1 });
  await w.settle();
  expect(w.sent.map(({ text }) => text)).toEqual(["Written 0."]);
  expect(await w.step()).toBe(1);
  await w.until(w.clock.now() + 25 * hour);
  const [again] = await open();
  expect(again!.text).toBe("Written 1.");
  await set({ step: -1 });
  expect(await open()).toEqual([]);
  await expect(approve(again!.id)).rejects.toThrow("only a draft or a task can be decided");
});

test("a follow-up that the model writes is a draft in draft mode, and rejecting it skips it", async () => {
  const w = await months({
    script: ({ system }) => ({ message: { text: system.includes("follow-up 1") ? "Written 1." : "Written 2." } }),
    profile: {
      mode: "draft",
      followUps: { 1: { hours: 1, channel: "sms" }, 2: { hours: 1, channel: "sms" } },
    },
  });
  await w.opens();
  const { approveTurn, rejectTurn } = await import("../../src/assistant/drafts.ts");
  const draft = async () => (await w.turns()).find(({ state }) => state === "draft")!;
  const first = await draft();
  await w.db.transaction((tx) => approveTurn(tx, w.workspaceId, first.id, { by: "ada" }, w.clock.now()));
  await w.settle();
  await w.until(w.clock.now() + 5 * hour);
  expect((await draft()).text).toBe("Written 1.");
  const second = await draft();
  await w.db.transaction((tx) => rejectTurn(tx, w.workspaceId, second.id, { reason: "No.", by: "ada" }));
  await w.until(w.clock.now() + 2 * hour);
  expect((await draft()).text).toBe("Written 2.");
  expect(w.sent.length).toBe(1);
});

test("what is found out late to have gone out begins no follow-ups for a lead that has written since, or opted out", async () => {
  const w = await months({
    model: null,
    profile: { followUps: { 1: { hours: 24, channel: "sms", template: "Follow-up 1." } } },
  });
  const { lift, suppress } = await import("../../src/campaigns/consent.ts");
  const byHand = (at: number) => w.says(`Written at ${at}.`, { direction: "out", at });
  await w.says("Tell me more.");
  await byHand(Date.now() - hour);
  expect(await w.step()).toBe(null);
  const address = { channel: "sms" as const, address: w.lead.phone };
  const basis = { reason: "keyword: STOP", source: "lead" as const };
  await w.db.transaction((tx) => suppress(tx, w.workspaceId, { ...address, ...basis, kind: "keyword" }));
  await byHand(Date.now());
  expect(await w.step()).toBe(null);
  await w.db.transaction((tx) => lift(tx, w.workspaceId, address, basis));
  await byHand(Date.now());
  expect(await w.step()).toBe(1);
});
