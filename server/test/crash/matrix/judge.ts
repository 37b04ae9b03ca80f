import type { Row } from "./case.ts";
import type { Load } from "./load.ts";
import type { World } from "./world.ts";

/** How long everything may take to come to an end: longer than a lease. */
const patienceMs = 120_000;

/** Resolves when nothing is left to do, with nothing; or after two minutes with what was left. */
export async function settled(world: World, load: Load): Promise<string[]> {
  const deadline = Date.now() + patienceMs;
  while (Date.now() < deadline) {
    const [open] = await world.ask<{ n: number }>(
      `select (select count(*)::int from outbox) + (select coalesce(sum(abs(leased)), 0)::int from lane)
         + (select count(*)::int from message where status in ('queued', 'held', 'sending')) as n`,
    );
    if (open!.n === 0 && (await load.isOver(world))) return [];
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const rows = await world.ask(`
    select l.kind, l.leased, l.parked_until, l.parked_reason, l.ready_at, l.owner, count(o.id)::int as rows,
      min(o.due_at) as due_at, min(o.lease) as lease, min(o.lease_until) as lease_until, now() as now
    from lane l left join outbox o on o.lane_id = l.id group by l.workspace_id, l.id having l.leased <> 0 or count(o.id) > 0`);
  const messages = await world.ask("select status, count(*)::int as n from message group by 1");
  const seconds = patienceMs / 1000;
  return [`Something was left to do after ${seconds} seconds: ${JSON.stringify({ lanes: rows, messages })}`];
}

/** What the receiver had before a case. */
export function receivedSoFar(world: World): { received: number; distinct: number; invalid: number } {
  const { received, distinctEvents, signaturesInvalid } = world.receiver.stats();
  return { received, distinct: distinctEvents, invalid: signaturesInvalid };
}

export type Judged = Pick<Row, "accepted" | "delivered" | "duplicates"> & { problems: string[] };

/** Holds what the provider and the receiver have against what clients saw, and against the database. */
export async function judge(
  world: World,
  load: Load,
  before: ReturnType<typeof receivedSoFar>,
  allowed: number,
): Promise<Judged> {
  const problems: string[] = await load.problems(world);
  const say = (count: number, what: string) => {
    if (count !== 0) problems.push(`${count} ${what}.`);
  };
  const { byEventId } = world.receiver;
  if (load.text !== null) await judgeMessages(world, load, say);
  const stored = await world.ask<{ id: string }>("select id from event where id not like 'evt_old_%'");
  const known = new Set(stored.map(({ id }) => id));
  const fresh = [...known].filter((id) => !world.judged.has(id));
  const arrived = fresh.filter((id) => byEventId.has(id));
  say(load.events.filter((id) => !known.has(id)).length, "committed events are not in the database");
  say(fresh.length - arrived.length, "events did not arrive");
  say([...byEventId.keys()].filter((id) => !known.has(id)).length, "events arrived under an ID that is not in the log");
  const now = receivedSoFar(world);
  const duplicates = now.received - before.received - (now.distinct - before.distinct);
  if (duplicates > allowed) problems.push(`${duplicates} webhooks came again, and ${allowed} were under way.`);
  say(now.invalid - before.invalid, "webhooks had no valid signature");
  for (const id of fresh) world.judged.add(id);
  return { accepted: load.seen.length + load.events.length, delivered: arrived.length, duplicates, problems };
}

async function judgeMessages(world: World, load: Load, say: (count: number, what: string) => void): Promise<void> {
  const messages = await world.ask<{ id: string; status: string; to: string; sent: number }>(
    `select m.id, m.status, m.to_address as to,
       (select count(*)::int from event e where e.lead_id = m.lead_id and e.type = 'message.sent' and strpos(e.data, m.id) > 0) as sent
     from message m where m.text = $1`,
    [load.text],
  );
  const ids = new Set(messages.map(({ id }) => id));
  say(load.seen.filter((id) => !ids.has(id)).length, "messages that a client saw accepted are not in the database");
  say(messages.length - new Set(load.seen).size, "messages are stored beyond those that were accepted");
  say(messages.filter(({ status }) => status !== "sent").length, "messages are not sent");
  say(messages.filter(({ sent }) => sent !== 1).length, "messages have not exactly one event");
  if (!world.twilio) return;
  const counts = world.twilio.arrivals.counts();
  const times = messages.map(({ to }) => counts.get(`${to}\n${load.text}`) ?? 0);
  say(times.filter((n) => n === 0).length, "messages did not reach the provider");
  say(times.filter((n) => n > 1).length, "messages reached the provider more than once");
}
