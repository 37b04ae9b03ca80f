import type { Database } from "../../../src/db/pool.ts";

/**
 * What derived events (of statuses, tags, consent) say, held against what is. How many there are depends on the order in which
 * things became known; but who follows them from the first one has to arrive at the state that is.
 */
export async function untold(db: Database, workspaceId: string): Promise<string[]> {
  const client = await db.connect();
  try {
    const rowsOf = async <Row>(sql: string) => (await client.query(sql, [workspaceId])).rows as Row[];
    const events = await rowsOf<{ type: string; data: string }>(
      `select type, data from event where workspace_id = $1 and type in ('lead.updated', 'lead.tag.updated', 'lead.opted_out',
         'lead.opted_in', 'lead.do_not_contact') order by id`,
    );
    const problems: string[] = [];
    const statuses = new Map<string, string>();
    const tags = new Map<string, Set<string>>();
    const optOuts = new Set<string>();
    const alone = new Set<string>();
    for (const { type, data } of events) {
      const told = JSON.parse(data);
      const { leadId } = told;
      if (type === "lead.updated") {
        const before = statuses.get(leadId) ?? "PENDING";
        if (told.previousStatus !== before || told.newStatus === before) problems.push(`${data}: it was ${before}`);
        statuses.set(leadId, told.newStatus);
      } else if (type === "lead.tag.updated") {
        const now = tags.get(leadId) ?? new Set<string>();
        for (const tag of told.removed) if (!now.delete(tag)) problems.push(`${data}: there was no ${tag}`);
        for (const tag of told.added) {
          if (now.has(tag)) problems.push(`${data}: ${tag} was there`);
          now.add(tag);
        }
        if ([...now].sort().join() !== [...told.tags].sort().join()) problems.push(`${data}: there are ${[...now]}`);
        tags.set(leadId, now);
      } else if (type === "lead.do_not_contact") alone.add(leadId);
      else {
        const key = `${told.address} ${told.kind}`;
        if (type === "lead.opted_out") optOuts.add(key);
        else if (!optOuts.delete(key)) problems.push(`${data}: nothing was there to be lifted`);
      }
    }
    const leads = await rowsOf<{ id: string; status: string; tags: string[]; alone: boolean }>(
      "select id, status, tags, do_not_contact_at is not null as alone from lead where workspace_id = $1",
    );
    for (const lead of leads) {
      const status = statuses.get(lead.id) ?? "PENDING";
      if (status !== lead.status) problems.push(`${lead.id} is ${lead.status}, and was told to be ${status}`);
      const own = [...(tags.get(lead.id) ?? [])].sort().join();
      if (own !== [...lead.tags].sort().join()) problems.push(`${lead.id} has the tags ${lead.tags}, told were ${own}`);
      if (lead.alone !== alone.has(lead.id)) problems.push(`${lead.id}: doNotContact is ${lead.alone}`);
    }
    const suppressed = await rowsOf<{ key: string }>(
      "select distinct address || ' ' || kind as key from suppression where workspace_id = $1",
    );
    const are = new Set(suppressed.map(({ key }) => key));
    for (const key of optOuts) if (!are.has(key)) problems.push(`${key} was told, and isn't`);
    for (const key of are) if (!optOuts.has(key)) problems.push(`${key} is, and wasn't told`);
    return problems;
  } finally {
    await client.end();
  }
}
