import { randomUUID } from "node:crypto";
import { recordEvents } from "../../../src/db/event.ts";
import { anyEvent, storePastEvents } from "../../factories.ts";
import type { LoadName } from "./case.ts";
import { leadCount, type World } from "./world.ts";

/** Work that is handed to Herald while a fault is made, and what it says of itself afterwards. */
export interface Load {
  /** Resolves when every client has its answer. */
  handedIn: Promise<void>;
  /** Message IDs that clients saw accepted. */
  seen: string[];
  /** The text of its messages. */
  text: string | null;
  /** Events that were committed, beside those of messages. */
  events: string[];
  /** Days of history that are to go, with the rows that each had. */
  days: Map<string, number>;
  /** Whether it is over, as far as the outbox doesn't say it. */
  isOver(world: World): Promise<boolean>;
  /** What is wrong with it in the end, in sentences. */
  problems(world: World): Promise<string[]>;
}

/** Environment that Herald is started with for a load. */
export const loadEnv: Partial<Record<LoadName, Record<string, string>>> = {
  retention: { HERALD_RETENTION_DAYS: "7" },
};

const empty = { seen: [], text: null, events: [], days: new Map<string, number>() };
const over = async () => true;
const right = async () => [];

/** Deliveries of a backlog: more than are begun in three turns. */
const backlog = 300;
const replayed = 1_500;
/** Where replays have their stretches of the log: an hour ago, before everything else, each before the last one. */
let replayFrom = Date.now() - 3_600_000;

/** What has to be there before Herald starts. */
export async function prepareLoad(world: World, name: LoadName): Promise<Map<string, number>> {
  // As of a destination that has been taking what it gets: so that a claim is larger than what is begun in one turn.
  if (name === "events")
    await world.ask("update lane set max_leased = greatest(max_leased, 512) where kind = 'delivery'");
  return name === "retention" ? await makeOldDays(world) : new Map();
}

/** Begins it; Herald runs. */
export async function startLoad(world: World, name: LoadName, days: Map<string, number>): Promise<Load> {
  switch (name) {
    case "messages":
      return messages(world, null);
    case "scheduled":
      return messages(world, new Date(Date.now() + 1_500));
    case "events":
      return { ...empty, ...(await events(world, backlog)), isOver: over, problems: right };
    case "replay":
      return await replay(world);
    case "retention":
      return {
        ...empty,
        ...(await events(world, 20)),
        days,
        isOver: async () => (await presentDays(world, days)).size === 0,
        problems: right,
      };
  }
}

async function events(world: World, count: number): Promise<{ events: string[]; handedIn: Promise<void> }> {
  const facts = Array.from({ length: count }, (_, n) => anyEvent(world.workspaceId, n));
  await recordEvents(world.db, facts);
  return { events: facts.map(({ id }) => id), handedIn: Promise.resolve() };
}

/** One client a lead. Each sends its message until it is accepted, under one Idempotency-Key, as clients should. */
function messages(world: World, scheduledAt: Date | null): Load {
  const run = randomUUID();
  const text = `Hello from ${run}`;
  const seen: string[] = [];
  const client = async (leadId: string, n: number) => {
    const body = JSON.stringify({ leadId, channel: "sms", text, scheduledAt });
    const headers = {
      ...{ "x-api-key": world.herald.key, "content-type": "application/json" },
      "idempotency-key": `${run}-${n}`,
    };
    for (;;) {
      try {
        const signal = AbortSignal.timeout(20_000);
        const response = await fetch(`${world.herald.url}/v1/messages`, { method: "POST", headers, body, signal });
        const answer = (await response.json()) as { messageId: string };
        if (response.status === 202) return void seen.push(answer.messageId);
        if (response.status < 500) throw new TypeError(`${response.status} ${JSON.stringify(answer)}`);
      } catch (error) {
        // Connections that break are the point of it.
        if (/^4\d\d /.test((error as Error).message)) throw error;
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  };
  // Some at once, others behind them: so that there are several batches.
  const queue = world.leadIds.entries();
  const worker = async () => {
    for (const [n, leadId] of queue) await client(leadId, n);
  };
  const handedIn = Promise.all(Array.from({ length: scheduledAt ? leadCount : 24 }, worker)).then(() => {});
  return { ...empty, handedIn, seen, text, isOver: over, problems: right };
}

interface Shown {
  status: string;
  progress: Record<string, number>;
}

async function replay(world: World): Promise<Load> {
  replayFrom -= 2 * replayed;
  const from = replayFrom;
  const facts = Array.from({ length: replayed }, (_, n) => anyEvent(world.workspaceId, n, from + n));
  await storePastEvents(world.db, facts);
  const range = { from: new Date(from).toISOString(), to: new Date(from + replayed).toISOString() };
  const { destinationId } = world;
  const { id } = await world.herald.call<{ id: string }>("POST", "/v1/replays", { destinationId, ...range });
  const shown = () => world.herald.call<Shown>("GET", `/v1/replays/${id}`).catch(() => null);
  return {
    ...empty,
    handedIn: Promise.resolve(),
    events: facts.map((fact) => fact.id),
    isOver: async () => (await shown())?.status === "finished",
    async problems() {
      const progress = (await shown())?.progress ?? {};
      const expected = { counted: replayed, queued: replayed, delivered: replayed, failed: 0, dropped: 0 };
      return Object.entries(expected).flatMap(([name, count]) =>
        progress[name] === count ? [] : [`The replay says ${progress[name]} ${name} of ${count}.`],
      );
    },
  };
}

const rowsADay = 500;

/** Three days of events and attempts that are older than what is kept. */
async function makeOldDays(world: World): Promise<Map<string, number>> {
  const days = new Map<string, number>();
  for (const ago of [12, 11, 10]) {
    const day = new Date(Date.now() - ago * 86_400_000).toISOString().slice(0, 10);
    const next = new Date(Date.now() - (ago - 1) * 86_400_000).toISOString().slice(0, 10);
    for (const parent of ["event", "attempt"]) {
      const name = `${parent}_${day.replaceAll("-", "")}`;
      await world.ask(
        `create table ${name} partition of ${parent} for values from ('${day} 00:00Z') to ('${next} 00:00Z')`,
      );
      days.set(name, rowsADay);
    }
    await world.ask(
      `insert into event (workspace_id, at, id, type, formats, data)
       select $1, $2::timestamptz + make_interval(secs => n), 'evt_old_' || $2 || '_' || n, 'campaign.started', 1, '{}'
       from generate_series(1, ${rowsADay}) n`,
      [world.workspaceId, `${day}T00:00:00Z`],
    );
    await world.ask(
      `insert into attempt (workspace_id, lane_id, ref, kind, n, started_at, duration_ms, outcome, final)
       select $1, $3, 'evt_old_' || $2 || '_' || n, 'delivery', 1, $2::timestamptz + make_interval(secs => n), 1, 'succeeded', true
       from generate_series(1, ${rowsADay}) n`,
      [world.workspaceId, `${day}T00:00:00Z`, world.destinationId],
    );
  }
  return days;
}

/** Of these days, those that are there, with their rows. */
export async function presentDays(world: World, days: ReadonlyMap<string, number>): Promise<Map<string, number>> {
  const there = await world.ask<{ name: string }>(
    "select name from unnest($1::text[]) as d (name) where to_regclass(name) is not null",
    [[...days.keys()]],
  );
  const rows = new Map<string, number>();
  for (const { name } of there) {
    // One that is dropped meanwhile is gone, and that is right.
    const counted = await world.ask<{ n: number }>(`select count(*)::int as n from ${name}`).catch(() => []);
    if (counted[0]) rows.set(name, counted[0].n);
  }
  return rows;
}
