import type { Queryable } from "../../../server/src/db/pool.ts";
import { addStanding } from "../standing.ts";

/** Leads with names and companies that many share, one in ten with a tag, and a few with what hardly anybody has. */
export async function fillLeads(db: Queryable, workspaceId: string, count: number): Promise<void> {
  for (let from = 0; from < count; from += 20_000) {
    await db.query(
      `insert into lead (workspace_id, id, first_name, last_name, company, email, status, tags)
       select $1, 'lead_' || lpad(n::text, 26, '0'), (array['Jane', 'John', 'Ada', 'Grace', 'Alan'])[1 + n % 5],
         'Name' || (n * 7919 % 20000), 'Company ' || (n * 104729 % 50000), 'person' || n || '@example.com',
         case when n % 100000 = 5 then 'OPPORTUNITY' when n % 3 = 0 then 'REPLY_RECEIVED' else 'MESSAGE_SENT' end,
         case when n % 100000 = 7 then array['rare', 'all'] when n % 10 = 0 then array['all'] else '{}' end
       from generate_series($2::bigint, $3::bigint) n`,
      [workspaceId, from, Math.min(count, from + 20_000) - 1],
    );
  }
  await addStanding(db, workspaceId);
}
