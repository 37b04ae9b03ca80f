import { insertLeads } from "../../../src/db/lead-insert.ts";
import { type Database, isConnectionError } from "../../../src/db/pool.ts";
import { keepReceived } from "../../../src/db/received.ts";
import { insertSource } from "../../../src/db/source.ts";
import { newId } from "../../../src/domain/id.ts";
import { normaliseLead } from "../../../src/domain/lead.ts";
import { kindsOfSources } from "../../../src/sources/kinds.ts";
import { SourceProcessor } from "../../../src/sources/processor.ts";
import { seeded } from "../../campaigns/race/race.ts";
import { makeWorkspace } from "../../factories.ts";
import type { Day, Delivery, System } from "./generate.ts";

/** A workspace with a source of each system. What is played to it is kept as the API keeps it, and processed. */
export async function openPlay(db: Database, day: Day) {
  const workspaceId = await makeWorkspace(db);
  const sources = {} as Record<System, string>;
  for (const kind of ["sendpilot", "apten"] as const) {
    const id = newId("source");
    sources[kind] = id;
    const source = { id, kind, name: kind, token: id.padEnd(32, "x").slice(-32), createLeads: true };
    await insertSource(db, workspaceId, { ...source, config: {}, mapping: null, secret: Buffer.alloc(1) });
  }
  for (let n = 0; n < day.known.length; n += 500) {
    const leads = day.known.slice(n, n + 500).map((known) => {
      const { linkedinUrl, phone, email } = known;
      const result = normaliseLead({ linkedinUrl, phone, email });
      if (!result.ok) throw new Error(JSON.stringify(result));
      return { ...result.lead, id: newId("lead") };
    });
    await insertLeads(db, workspaceId, leads);
  }
  const errors: unknown[] = [];
  const processor = new SourceProcessor({
    db,
    expressions: { evaluate: () => Promise.reject(new Error("There is no mapping.")) },
    wakeDeliveries: () => {},
    wakePlanner: () => {},
    onError: (_, error) => errors.push(error),
  });

  /** As its rounds do: what a busy machine's database doesn't answer in time is done again. */
  async function process(): Promise<number> {
    for (let tries = 1; ; tries++) {
      try {
        return await processor.runOnce();
      } catch (error) {
        if (!isConnectionError(error) || tries === 10) throw error;
      }
    }
  }

  async function keep(part: readonly Delivery[]): Promise<void> {
    const items = part.map(({ system, body: text }) => {
      const body = Buffer.from(text);
      const given = { headers: {}, body, contentType: null, urls: [], now: new Date() };
      const deliveryId = kindsOfSources[system].deliveryId(given);
      return { workspaceId, id: newId("received"), sourceId: sources[system], deliveryId, contentType: null, body };
    });
    await keepReceived(db, items);
  }

  return {
    workspaceId,
    errors,
    /** In parts of random sizes, each processed before the next one comes. */
    async play(deliveries: readonly Delivery[], seed: number): Promise<void> {
      const random = seeded(seed);
      for (let n = 0; n < deliveries.length; ) {
        const size = 1 + Math.floor(random() * 600);
        await keep(deliveries.slice(n, n + size));
        n += size;
        while ((await process()) > 0);
      }
    },
    /** As retention does: what is sent again after that is new to the source. */
    async forget(): Promise<void> {
      await db.query("delete from received where workspace_id = $1 and status <> 'waiting'", [workspaceId]);
    },
    state: () => stateOf(db, workspaceId, sources),
  };
}

export type State = Record<string, string[]>;

/** Who a lead is, whatever its ID. */
const who = "concat_ws(' ', l.linkedin_url, l.phone, l.email)";

const parts: Record<string, string> = {
  leads: `select ${who} as who, l.status, (select array_agg(t order by t) from unnest(l.tags) t) as tags, l.custom, l.external_lead_id,
      l.profile, l.first_name, l.do_not_contact_at is not null as "doNotContact", l.replied_at, l.connected_at
    from lead l where l.workspace_id = $1`,
  messages: `select ${who} as who, m.channel, m.action, m.direction, m.source, m.campaign_id, m.sequence_step, m.sender_id, m.to_address,
      m.subject, m.text, m.status, m.sent_at, m.provider_message_id, m.external, m.attachments
    from message m join lead l on l.workspace_id = m.workspace_id and l.id = m.lead_id where m.workspace_id = $1`,
  conversations: `select ${who} as who, v.channel, v.sender_id, v.unread, v.subject, v.last_message_text, v.last_message_at, v.connected_at,
      coalesce(n.messages, 0) as messages
    from conversation v join lead l on l.workspace_id = v.workspace_id and l.id = v.lead_id
    -- At once: messages are not to be found by their conversation alone.
    left join (select conversation_id, count(*) as messages from message where workspace_id = $1 group by 1) n on n.conversation_id = v.id
    where v.workspace_id = $1`,
  suppressions: "select channel, address, kind, said_at from suppression where workspace_id = $1",
  // What a status or a tag was in between depends on what was known by then; what happened doesn't.
  events: `select type, count(*) as n from event where workspace_id = $1
      and type in ('message.sent', 'message.received', 'reply.received', 'connection_request.sent', 'connection_request.accepted')
    group by 1`,
};

/** All that counts, as lines that can be compared: without IDs, and without when Herald learned it. */
async function stateOf(db: Database, workspaceId: string, sources: Record<System, string>): Promise<State> {
  const state: State = {};
  // Not one of the pool's, which give a statement ten seconds, and plan for look-ups.
  const client = await db.connect();
  for (const [name, sql] of Object.entries(parts)) {
    const { rows } = await client.query(sql, [workspaceId]);
    let text = rows.map((row) => JSON.stringify(row)).join("\n");
    for (const [system, id] of Object.entries(sources)) text = text.replaceAll(id, `source of ${system}`);
    state[name] = text.split("\n").sort();
  }
  await client.end();
  return state;
}

/** The first lines in which two states differ; none: they are the same. */
export function differences(a: State, b: State): string[] {
  return Object.keys(a).flatMap((name) => {
    const [mine, theirs] = [new Set(a[name]), new Set(b[name])];
    const less = a[name]!.filter((line) => !theirs.has(line)).map((line) => `${name} - ${line}`);
    const more = b[name]!.filter((line) => !mine.has(line)).map((line) => `${name} + ${line}`);
    return [...less.slice(0, 8), ...more.slice(0, 8)].sort((x, y) => (x.slice(12) < y.slice(12) ? -1 : 1));
  });
}
