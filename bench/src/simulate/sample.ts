import { newId } from "../../../server/src/domain/id.ts";
import type { Scratch } from "../scratch.ts";

/** The campaign that is simulated: five steps over two channels, in working hours, in four time zones, by ten senders. */
export const zones = ["America/New_York", "America/Los_Angeles", "Europe/Berlin", "Asia/Tokyo"];
export const window = { from: "09:00", to: "17:00" };
export const senderCount = 10;

const days = ["monday", "tuesday", "wednesday", "thursday", "friday"];
const steps = [
  { channel: "email", delay: { amount: 0, unit: "seconds" } },
  { channel: "sms", delay: { amount: 2, unit: "business_days" } },
  { channel: "email", delay: { amount: 3, unit: "days" } },
  { channel: "sms", delay: { amount: 20, unit: "hours" } },
  { channel: "email", delay: { amount: 5, unit: "business_days" } },
] as const;
export const stepCount = steps.length;

/** A draft with so many leads. Each sender may send 1,500 messages a day, 10 to 15 s apart. */
export async function addCampaign(
  { db }: Scratch,
  leads: number,
): Promise<{ workspaceId: string; campaignId: string }> {
  const workspaceId = newId("workspace");
  await db.query("insert into workspace (id, name) values ($1, 'bench')", [workspaceId]);
  const senderIds = Array.from({ length: senderCount }, () => newId("sender"));
  await db.query(
    `insert into sender (workspace_id, id, name, channel, provider, address, config, limits)
     select $1, id, 'bench', case when n % 2 = 0 then 'sms' else 'email' end, 'sandbox', 'bench', '{}',
       '{"message": {"perDay": 1500, "minGapSeconds": 10, "jitter": 0.5}}'
     from unnest($2::text[]) with ordinality as s (id, n)`,
    [workspaceId, senderIds],
  );
  await db.query("insert into lane (workspace_id, id, kind, max_leased) select $1, unnest($2::text[]), 'message', 64", [
    workspaceId,
    senderIds,
  ]);
  const campaignId = newId("campaign");
  const schedule = { windows: Object.fromEntries(days.map((day) => [day, [window]])), holidays: ["2026-12-25"] };
  await db.query(
    "insert into campaign (workspace_id, id, name, sender_ids, schedule) values ($1, $2, 'bench', $3, $4)",
    [workspaceId, campaignId, senderIds, JSON.stringify(schedule)],
  );
  const stepIds = steps.map(() => newId("step"));
  for (const [i, { channel, delay }] of steps.entries()) {
    await db.query(
      `insert into step (workspace_id, campaign_id, id, position, channel, delay_ms, delay, subject, text)
       values ($1, $2, $3, $4, $5, 0, $6, $7, 'Hi {{ firstName }}, how is {{ company | default: "business" }}?')`,
      [
        workspaceId,
        campaignId,
        stepIds[i],
        i + 1,
        channel,
        JSON.stringify(delay),
        channel === "email" ? "Hello" : null,
      ],
    );
  }
  for (let from = 0; from < leads; from += 10_000) {
    const ids = Array.from({ length: Math.min(10_000, leads - from) }, () => newId("lead"));
    await db.query(
      `with l as (
         insert into lead (workspace_id, id, first_name, company, phone, email, time_zone)
         select $1, id, 'Jane', 'Example', '+1303' || (2000000 + $3::int + n), 'jane' || ($3::int + n) || '@example.com', ($4::text[])[1 + n % 4]
         from unnest($2::text[]) with ordinality as i (id, n) returning id
       )
       insert into enrollment (workspace_id, campaign_id, lead_id, next_step_id, next_at, anchor_at) select $1, $5, id, $6, now(), now() from l`,
      [workspaceId, ids, from, zones, campaignId, stepIds[0]],
    );
  }
  return { workspaceId, campaignId };
}
