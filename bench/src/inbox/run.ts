import { performance } from "node:perf_hooks";
import { parseArgs } from "node:util";
import { type ConversationFilter, listConversations } from "../../../server/src/db/conversation-list.ts";
import { unreadCounts } from "../../../server/src/db/inbox-count.ts";
import type { Queryable } from "../../../server/src/db/pool.ts";
import { newId } from "../../../server/src/domain/id.ts";
import { openScratch } from "../scratch.ts";

/**
 *   npm run bench:inbox [-- --count N]
 *
 * How long a page of conversations takes, of a million (N), for each filter and for filters that find next to nothing. Rows are
 * generated: 50 senders and campaigns, all channels; one in 20 unread, one in 2 closed; one lead in 100,000 with a rare status and
 * assignee, all of them among the oldest. Each page is asked for 20 times; the median counts, and the exit code is 1 where one
 * is above 50 ms.
 */
const { values } = parseArgs({ options: { count: { type: "string", default: "1000000" } } });
const count = Number(values.count);
const asked = 20;
const mostMs = 50;

async function fill(db: Queryable, workspaceId: string): Promise<void> {
  for (let from = 0; from < count; from += 50_000) {
    const to = Math.min(count, from + 50_000) - 1;
    await db.query(
      `insert into lead (workspace_id, id, first_name, last_name, phone, status)
       select $1, 'lead_' || lpad(n::text, 10, '0'), (array['Jane', 'John', 'Ada', 'Grace', 'Alan'])[1 + n % 5],
         'Name' || (n % 20000), '+1' || (2000000000 + n),
         case when n < 1000 and n % 100 = 0 then 'OPPORTUNITY' when n % 3 = 0 then 'REPLY_RECEIVED' else 'MESSAGE_SENT' end
       from generate_series($2::bigint, $3::bigint) n`,
      [workspaceId, from, to],
    );
    await db.query(
      `insert into conversation (workspace_id, id, lead_id, channel, sender_id, campaign_id, status, assignee, unread, last_message_at,
         last_message_text)
       select $1, 'conv_' || lpad(n::text, 26, '0'), 'lead_' || lpad(n::text, 10, '0'), (array['linkedin', 'sms', 'email'])[1 + n % 3],
         'sender_' || n % 50, 'camp_' || n % 50, case when n % 2 = 0 then 'closed' else 'open' end,
         case when n < 1000 and n % 100 = 1 then 'ada' end, case when n % 20 = 1 then 1 else 0 end,
         timestamptz '2026-01-01' + n * interval '1 second', 'Sounds good. Are you free on Tuesday?'
       from generate_series($2::bigint, $3::bigint) n`,
      [workspaceId, from, to],
    );
  }
  await db.query(
    `insert into inbox_count select $1, channel, slot, 100, 200
     from unnest(array['linkedin', 'sms', 'email']) channel, generate_series(-1, 15) slot`,
    [workspaceId],
  );
}

const pages: readonly (readonly [string, Omit<ConversationFilter, "limit">])[] = [
  ["all", {}],
  ["all, from the middle on", { after: { lastMessageAt: new Date(Date.UTC(2026, 0, 1) + count * 500), id: "conv_" } }],
  ["a channel", { channel: "sms" }],
  ["open", { status: "open" }],
  ["unread", { unread: true }],
  ["unread of a channel and closed: none there", { unread: true, channel: "sms", status: "closed" }],
  ["a sender", { senderId: "sender_7" }],
  ["a sender's closed ones: none there", { senderId: "sender_7", status: "closed" }],
  ["a campaign's", { campaignId: "camp_7" }],
  ["a campaign's unread: none there", { campaignId: "camp_7", unread: true }],
  ["leads that replied", { leadStatus: "REPLY_RECEIVED" }],
  ["leads of a rare status", { leadStatus: "OPPORTUNITY" }],
  ["a rare assignee's", { assignee: "ada" }],
  ["nobody's", { assignee: null }],
  ["a name of many", { name: "ja" }],
  ["a name of many, of a rare status", { name: "ja", leadStatus: "OPPORTUNITY" }],
  ["a name of 50", { name: "name1234" }],
  ["a first name and the beginning of a last name", { name: "jane name12" }],
  ["a name that nobody has", { name: "zz" }],
];

await using scratch = await openScratch();
const { db } = scratch;
const workspaceId = newId("workspace");
await db.query("insert into workspace (id, name) values ($1, 'bench')", [workspaceId]);
process.stderr.write(`writing ${count} conversations\n`);
// A connection of its own: statements over it may take as long as they do.
const filling = await db.connect();
await fill(filling, workspaceId);
await filling.query("analyze");
await filling.end();
const measured: Record<string, { found: number; more: boolean; ms: number; slowest: number }> = {};
async function measure(name: string, ask: () => Promise<{ found: number; more: boolean }>): Promise<void> {
  await ask();
  const took: number[] = [];
  let answer = { found: 0, more: false };
  for (let n = 0; n < asked; n += 1) {
    const started = performance.now();
    answer = await ask();
    took.push(performance.now() - started);
  }
  took.sort((a, b) => a - b);
  const [ms, slowest] = [took[asked / 2]!, took.at(-1)!].map((value) => Math.round(value * 10) / 10);
  measured[name] = { ...answer, ms: ms!, slowest: slowest! };
}
for (const [name, filter] of pages) {
  await measure(name, async () => {
    const { data, next } = await listConversations(db, workspaceId, { ...filter, limit: 50 });
    return { found: data.length, more: next !== null };
  });
}
await measure("count what is unread", async () => ({
  found: (await unreadCounts(db, workspaceId)).sms.conversations,
  more: false,
}));
console.table(measured);
if (Object.values(measured).some(({ ms }) => ms > mostMs)) process.exitCode = 1;
