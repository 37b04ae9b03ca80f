import { afterAll, beforeAll, expect, test } from "vitest";
import { changeAssistantLead } from "../../src/db/assistant-lead.ts";
import { answeredByHand, reachOf, recallAssistantMessages, recallUnderMode } from "../../src/db/assistant-message.ts";
import { hearMessage, releaseTurn, supersedeTurns, takeTurns } from "../../src/db/assistant-turn.ts";
import { endForbiddenTurns } from "../../src/db/assistant-turn-change.ts";
import { addUsage } from "../../src/db/assistant-usage.ts";
import { liftedSince } from "../../src/db/consent.ts";
import { postpone, takeDue } from "../../src/db/due.ts";
import { countAsNew, finishCampaigns, hasBlockedSteps, moveOn, storePlanned } from "../../src/db/enrollment.ts";
import { loadEvents, recordEvents } from "../../src/db/event.ts";
import { inOrder } from "../../src/db/few.ts";
import { beginRound, followUpPlaces, heardSince, restartClock } from "../../src/db/follow-up.ts";
import { insertForeignMessage } from "../../src/db/foreign-message.ts";
import { leadsOfAuthors } from "../../src/db/from-lead.ts";
import { markReplied, messageOfProvider } from "../../src/db/inbound.ts";
import { dearestPassages, searchKnowledge } from "../../src/db/knowledge.ts";
import { describeLead, tellThings, writeStatus } from "../../src/db/lead-told.ts";
import { acceptMessages, type MessageToAccept } from "../../src/db/message.ts";
import { openConversation } from "../../src/db/open-conversation.ts";
import { type ClaimedItem, settleForms, wakeLanes } from "../../src/db/outbox.ts";
import { loadPacedSenders, paceFacts, queuedMessages, workspaceCount } from "../../src/db/pace.ts";
import { recordPassages } from "../../src/db/passage.ts";
import type { Database, Queryable } from "../../src/db/pool.ts";
import { writeReceived } from "../../src/db/received.ts";
import { beginMessages, newlyConnected, writeOutcomes } from "../../src/db/sending.ts";
import { placedLeads } from "../../src/db/simulation.ts";
import { leadsWithAddress, stopSequences } from "../../src/db/stopping.ts";
import { recallFromStuck } from "../../src/db/strays.ts";
import { openTasks } from "../../src/db/task.ts";
import { newId } from "../../src/domain/id.ts";
import { sharded, testDatabase } from "../database.ts";
import { anyEvent, makeCampaign, makeSender, makeWorkspace } from "../factories.ts";
import { rowsRead, rowsReadWithin } from "../rows-read.ts";

let db: Database;
let close: () => Promise<void>;
beforeAll(async () => {
  ({ db, close } = await testDatabase());
});
afterAll(async () => await close());

// The first one here: the other leaves pages in the table.
test("a lead is looked up by its primary key, and leads in order by an index of that order, also where nothing is known of the table", async () => {
  const indexes = async (text: string) => {
    const { rows } = await db.query<{ "QUERY PLAN": string }>(`explain (generic_plan) ${text}`);
    return rows.flatMap((row) => row["QUERY PLAN"].match(/using (\w+)/)?.[1] ?? []);
  };
  const lookUp = `select l.phone from unnest($1::text[], $2::text[]) as k (workspace_id, id)
    cross join lateral (select * from lead l where l.workspace_id = k.workspace_id and l.id = k.id limit 1) l`;
  expect(await indexes(lookUp)).toEqual(["lead_pkey"]);
  const orders = {
    lead_by_name: "lower(coalesce(last_name, first_name, ''))",
    lead_by_company: "lower(coalesce(company, ''))",
    lead_changed: "updated_at",
    lead_made: "created_at",
  };
  for (const [index, order] of Object.entries(orders))
    expect(
      await indexes(
        `select id from lead l where l.workspace_id = $1 and ${inOrder("l")} order by ${order}, id limit 10`,
      ),
    ).toEqual([index]);
});

test("of two events, nothing is read that happened between them", async () => {
  const workspaceId = await makeWorkspace(db);
  await recordEvents(
    db,
    Array.from({ length: 300 }, (_, n) => anyEvent(workspaceId, n)),
  );
  const { rows } = await db.query<{ first: string; last: string }>(
    "select min(id) as first, max(id) as last from event where workspace_id = $1",
    [workspaceId],
  );
  const { first, last } = rows[0]!;
  const { result, read } = await rowsRead(db, "event", (tx) =>
    loadEvents(
      tx,
      [first, last].map((id) => ({ workspaceId, id })),
    ),
  );
  expect(result.map(({ id }) => id).toSorted()).toEqual([first, last]);
  expect(read).toBeLessThan(5);
});

test.skipIf(sharded.on)("a settle over many lanes compares no lane with all others", async () => {
  const { rows } = await db.query<{ "QUERY PLAN": [{ Plan: PlanNode }] }>(
    `explain (generic_plan, format json) ${settleForms.set.text}`,
  );
  interface PlanNode {
    "Node Type": string;
    "CTE Name"?: string;
    "Parent Relationship"?: string;
    Plans?: PlanNode[];
  }
  const ofLanes = ["changed", "gathered", "said"];
  const sides = (node: PlanNode) => (node.Plans ?? []).filter((part) => part["Parent Relationship"] !== "InitPlan");
  const readsLanes = (node: PlanNode): boolean =>
    ofLanes.includes(node["CTE Name"] ?? "") || sides(node).some(readsLanes);
  const nodes = (node: PlanNode): PlanNode[] => [node, ...(node.Plans ?? []).flatMap(nodes)];
  const all = nodes(rows[0]!["QUERY PLAN"][0].Plan);
  expect(all.filter(readsLanes)).not.toEqual([]);
  const each = all.filter((node) => node["Node Type"] === "Nested Loop" && sides(node).every(readsLanes));
  expect(each).toEqual([]);
});

const people = 1_000;
const batch = 20;

/** A name, the tables whose rows are counted, and what is asked of some leads. */
type Statements = [string, string[], (tx: Queryable, ids: readonly string[]) => Promise<unknown>][];

/**
 * Has each statement planned while there is one lead, and asks it of a batch once there are a thousand: what read more rows of a table than
 * the batch has, and how many. `fill` makes the leads from one number to another. Nothing of it is kept.
 */
async function tooManyRead(
  db: Database,
  {
    fill,
    statements,
    leadIds,
  }: {
    fill: (tx: Queryable, from: number, to: number) => Promise<void>;
    statements: Statements;
    leadIds: readonly string[];
  },
): Promise<Record<string, number>> {
  const done = new Error("Nothing of it is kept.");
  const tooMany: Record<string, number> = {};
  const measured = db.transaction(async (tx) => {
    await fill(tx, 0, 1);
    for (const [, , run] of statements) await run(tx, leadIds.slice(0, 1));
    await fill(tx, 1, people);
    for (const [name, tables, run] of statements)
      for (const [n, table] of tables.entries()) {
        const from = batch * (n + 1);
        const ask = async () => await run(tx, leadIds.slice(from, from + batch));
        const { read } = await rowsReadWithin(tx, table, ask);
        // Of each its own, and where a statement finds and changes it, more than once.
        if (read > 10 * batch) tooMany[`${name}: ${table}`] = read;
      }
    throw done;
  });
  await expect(measured).rejects.toBe(done);
  return tooMany;
}

// On a sharded database each is planned anew.
test.skipIf(sharded.on)(
  "what was planned while there was next to nothing reads, of a thousand leads and their messages, those that it is about",
  async () => {
    const workspaceId = await makeWorkspace(db);
    const senderId = await makeSender(db, workspaceId, "linkedin");
    await db.query('update sender set config = \'{"accountId": "account"}\'');
    const campaignId = await makeCampaign(db, workspaceId, {
      senderIds: [senderId],
      leadIds: [],
      steps: [{ channel: "linkedin", variants: [{ key: "a", text: "Hello" }] as never }, { channel: "linkedin" }],
    });
    const laterId = await makeCampaign(db, workspaceId, { senderIds: [senderId], leadIds: [], steps: [] });
    const { rows: steps } = await db.query<{ id: string }>(
      "select id from step where campaign_id = $1 order by position",
      [campaignId],
    );
    const [first, second] = steps.map(({ id }) => id) as [string, string];
    const leadIds = Array.from({ length: people }, () => newId("lead"));
    const messageOf = (leadId: string) => `msg_${leadId}`;
    const of = (leadId: string) => ({ workspaceId, campaignId, leadId });

    /** Leads whose time for the second step has come, and whose message of the first is being sent. */
    const fill = async (tx: Queryable, from: number, to: number) => {
      const numbered = "unnest($2::text[]) with ordinality as l (id, n) where n > $3 and n <= $4";
      const values = [workspaceId, leadIds, from, to];
      const insert = async (text: string, ...more: unknown[]) =>
        await tx.query(`insert into ${text}`, [...values, ...more]);
      await insert(
        `lead (workspace_id, id, linkedin_url, created_at) select $1, id, id, now() + n * interval '1 ms' from ${numbered}`,
      );
      await insert(`lead_standing (workspace_id, status, lead_id) select $1, 'PENDING', id from ${numbered}`);
      await insert(
        `enrollment (workspace_id, campaign_id, lead_id, state, next_step_id, next_sender, next_at, anchor_at, first_at)
       select $1, $5, id, 'active', $6, $7, now() + n * interval '1 ms' - interval '1 hour', now(), now() from ${numbered}`,
        ...[campaignId, second, senderId],
      );
      await insert(
        `conversation (workspace_id, id, lead_id, channel, sender_id, provider_thread_id) select $1, 'conv' || id, id, 'linkedin', $5, 'thread' || id from ${numbered}`,
        senderId,
      );
      await insert(
        `sender (workspace_id, id, name, channel, provider, address, config) select $1, 'by' || id, 'Test', 'linkedin', 'sandbox', 'test', '{}' from ${numbered}`,
      );
      await insert(`lane (workspace_id, id, kind, max_leased) select $1, 'by' || id, 'message', 1 from ${numbered}`);
      await insert(
        `message (workspace_id, id, lead_id, conversation_id, channel, action, source, campaign_id, step_id, sequence_step, sender_id, to_address,
         text, status, attempts, attempted_at, counted_at, created_at, provider_message_id)
       select $1, 'msg_' || id, id, 'conv' || id, 'linkedin', case when n % 2 = 0 then 'connect' else 'message' end, 'campaign', $5, $6, 1, $7, 'x',
         'Hello', 'sending', 1, now(), now() - interval '2 days', now() + n * interval '1 ms', 'pm' || id from ${numbered}`,
        ...[campaignId, first, senderId],
      );
      await insert(
        `received (workspace_id, id, source_id, delivery_id, body) select $1, 'rec' || id, 'source', id, '' from ${numbered}`,
      );
      // Of all that wait a few are due.
      await insert(
        `outbox (workspace_id, lane_id, ref, due_at) select $1, $5, 'msg_' || id, now() + case when n <= ${batch} then '-1 minute' else '1 hour' end::interval from ${numbered}`,
        senderId,
      );
    };

    /** These leads wait for their message of the first step, which waits to be sent; or no longer. */
    const letWait = async (tx: Queryable, ids: readonly string[], nextAt: null | "infinity" = null) => {
      await tx.query(
        "update enrollment set state = 'active', next_step_id = $2, next_at = $3 where lead_id = any($1)",
        [ids, first, nextAt],
      );
      await tx.query("update message set status = 'queued' where lead_id = any($1) and step_id = $2", [ids, first]);
    };

    const messages = (ids: readonly string[]) =>
      ids.map((leadId) => ({ workspaceId, messageId: messageOf(leadId), conversationId: `conv${leadId}` }));
    const statements: Statements = [
      [
        "postpone",
        ["enrollment"],
        (tx, ids) =>
          postpone(
            tx,
            ids.map((id) => ({ ...of(id), until: Date.now() - 1000, reason: null, sender: senderId, hold: false })),
          ),
      ],
      [
        "take",
        ["enrollment", "lead", "message"],
        (tx, ids) =>
          takeDue(
            tx,
            { workspaceId, campaignId, stepId: second, sender: senderId } as never,
            Date.now() + 1e6,
            ids.length,
          ),
      ],
      [
        "store",
        ["enrollment", "conversation", "message"],
        (tx, ids) =>
          storePlanned(
            tx,
            ids.map((id) => ({
              ...{
                ...of(id),
                stepId: second,
                sequenceStep: 2,
                messageId: newId("message"),
                conversationId: newId("conversation"),
              },
              ...{
                channel: "linkedin",
                action: "message",
                senderId,
                toAddress: "x",
                subject: null,
                text: "Hello",
                html: null,
              },
              ...{ variant: null, status: "blocked", code: "x", detail: "x", sendBefore: null },
            })),
          ),
      ],
      [
        "outcome",
        ["message", "conversation"],
        (tx, ids) =>
          writeOutcomes(
            tx,
            messages(ids).map((message) => ({
              ...{
                ...message,
                attempts: 1,
                status: "sent",
                code: null,
                detail: null,
                providerMessageId: message.messageId.replace("msg_", "pm"),
                mailThread: null,
              },
              ...{ providerThreadId: null, providerLeadId: null, subject: null, sentAt: new Date().toISOString() },
            })),
          ),
      ],
      ["connected", ["message", "conversation"], (tx, ids) => newlyConnected(tx, messages(ids))],
      [
        "facts",
        ["message"],
        (tx) => paceFacts(tx, [{ workspaceId, senderId, action: "message", dayStart: Date.now() - 1000, perWeek: 10 }]),
      ],
      [
        "wake",
        ["lane"],
        (tx, ids) =>
          wakeLanes(
            tx,
            ids.map((id) => ({ workspaceId, laneId: `by${id}` })),
          ),
      ],
      ["queued", ["message", "outbox"], (tx) => queuedMessages(tx, [{ workspaceId, senderId }])],
      ["counted", ["message"], (tx) => workspaceCount(tx, workspaceId, Date.now() - 1000)],
      [
        "passage",
        ["message"],
        (tx, ids) =>
          recordPassages(
            tx,
            ids.map((id) => ({ ...of(id), stepId: second, outcome: "skipped", reason: null })),
          ),
      ],
      ["new", ["message"], (tx, ids) => countAsNew(tx, ids.map(of))],
      [
        "move",
        ["enrollment"],
        (tx, ids) =>
          moveOn(
            tx,
            ids.map((id) => ({ ...of(id), move: "advance", reason: null })),
          ),
      ],
      [
        "status",
        ["lead"],
        async (tx, ids) => {
          for (const leadId of ids)
            await writeStatus(tx, workspaceId, { leadId, status: "DONE", repliedAt: null, told: null, held: false });
        },
      ],
      [
        "task",
        ["enrollment"],
        (tx, ids) =>
          openTasks(
            tx,
            ids.map((id) => ({
              ...of(id),
              stepId: second,
              taskId: newId("task"),
              channel: null,
              title: null,
              text: "Call",
            })),
          ),
      ],
      [
        "person",
        ["lead"],
        async (tx, ids) => {
          const person = { externalLeadId: null, profile: null, firstName: "Ann", lastName: null, told: {} };
          for (const leadId of ids) await describeLead(tx, workspaceId, leadId, person, null);
        },
      ],
      [
        "things",
        ["lead"],
        async (tx, ids) => {
          for (const leadId of ids) await tellThings(tx, workspaceId, leadId, { tags: ["a"], custom: {}, told: {} });
        },
      ],
      // What comes in.
      [
        "known",
        ["message", "conversation", "lane"],
        async (tx, ids) => {
          await loadPacedSenders(
            tx,
            ids.map((id) => ({ workspaceId, senderId: `by${id}` })),
          );
          for (const leadId of ids) {
            expect(await messageOfProvider(tx, workspaceId, [senderId], `pm${leadId}`)).toMatchObject({ leadId });
            const at = {
              leadId,
              channel: "linkedin",
              senderId,
              providerThreadId: `thread${leadId}`,
              providerLeadId: null,
            } as const;
            expect(await openConversation(tx, workspaceId, { id: "conv", ...at })).toBe(`conv${leadId}`);
          }
        },
      ],
      [
        "wrote",
        ["lead", "conversation", "enrollment"],
        async (tx, ids) => {
          for (const leadId of ids) {
            const id = newId("message");
            const said = {
              text: "Hello",
              subject: null,
              toAddress: "x",
              attachments: [],
              external: null,
              campaignId: null,
              sequenceStep: null,
            };
            const message = {
              ...said,
              id,
              leadId,
              conversationId: `conv${leadId}`,
              senderId,
              providerMessageId: id,
              at: new Date(),
            };
            await insertForeignMessage(tx, workspaceId, {
              ...message,
              channel: "linkedin",
              action: "message",
              direction: "inbound",
            });
            await markReplied(tx, workspaceId, leadId, new Date());
            await hasBlockedSteps(tx, workspaceId, leadId, ["no_address"]);
            expect(await leadsWithAddress(tx, workspaceId, leadId)).toEqual([leadId]);
          }
        },
      ],
      [
        "processed",
        ["received"],
        async (tx, ids) => {
          const done = { status: "processed", type: null, detail: null, leadId: null, messageId: null } as const;
          await writeReceived(
            tx,
            workspaceId,
            ids.map((leadId) => ({ id: `rec${leadId}`, ...done })),
          );
        },
      ],
      [
        "author",
        ["conversation"],
        async (tx, ids) => {
          const author = {
            workspaceId,
            linkedinUrl: null,
            phone: null,
            email: null,
            accountId: "account",
            providerLeadId: null,
          };
          const found = await leadsOfAuthors(
            tx,
            ids.map((id) => ({ ...author, threadId: `thread${id}` })),
          );
          expect([...found.values()].flat()).toEqual(ids);
        },
      ],
      [
        "accept",
        ["lead", "sender", "conversation", "lane"],
        async (tx, ids) => {
          // By the sender asked for, and by the one that wrote to the lead last.
          const verdicts = await acceptMessages(
            tx,
            ids.map(
              (leadId, n): MessageToAccept => ({
                ...{ n, workspaceId, messageId: newId("message"), conversationId: newId("conversation"), leadId },
                ...{ channel: "linkedin", action: "message", senderId: n % 2 ? null : `by${leadId}`, source: "api" },
                ...{ subject: null, text: "Hello", html: null, scheduledAt: null, hoursOverride: null },
                ...{ idempotencyKey: null, requestHash: "", act: null },
              }),
            ),
          );
          expect(new Map(verdicts.map(({ n, verdict, senderId: by }) => [n, `${verdict} ${by}`]))).toEqual(
            new Map(ids.map((leadId, n) => [n, `ok ${n % 2 ? senderId : `by${leadId}`}`])),
          );
        },
      ],
      // All wait for their message, which is leased.
      [
        "",
        ["workspace"],
        async (tx) => {
          await tx.query("update enrollment set next_at = null");
          await tx.query("update message set status = 'queued'");
          await tx.query("update lane set parked_until = null");
          await tx.query("update outbox set lease = 7, lease_until = now() + interval '1 hour'");
        },
      ],
      [
        "begin",
        ["enrollment", "message", "lead"],
        async (tx, ids) => {
          const { rows } = await tx.query<ClaimedItem>(
            `select o.workspace_id as "workspaceId", o.id, o.lane_id as "laneId", l.version as "laneVersion", ref, attempts, 1 as places, lease
             from outbox o join lane l on l.id = o.lane_id where o.lease = 7 and ref = any($1) order by o.id`,
            [ids.map(messageOf)],
          );
          // Their time is over: they are put back.
          const begun = await beginMessages(tx, rows, 1, new Set(), new Set(ids.map(messageOf)));
          expect(begun.map(({ verdict }) => verdict)).toEqual(ids.map(() => "held"));
        },
      ],
      [
        "stop",
        ["enrollment", "message", "lead"],
        async (tx, ids) => {
          for (const leadId of ids) await stopSequences(tx, { workspaceId, leadId, reason: "test: It is over." });
        },
      ],
      // Some wait for their messages at a sender that can't send.
      [
        "",
        ["workspace"],
        async (tx) => {
          await tx.query("update enrollment set next_at = 'infinity'");
          await tx.query("update outbox set lease = null, lease_until = null");
          await tx.query("update campaign set status = 'active', on_sender_paused = 'move'");
          await tx.query("update lane set parked_until = 'infinity' where id = $1", [senderId]);
        },
      ],
      [
        "simulation",
        ["lead", "message"],
        async (tx, all) => {
          const ids = all.slice(0, batch / 4);
          await letWait(tx, ids);
          const options = {
            after: leadIds[leadIds.indexOf(ids[0]!) - 1] ?? "",
            limit: ids.length,
            begun: true,
            asks: true,
          };
          const placed = await placedLeads(tx, workspaceId, campaignId, options);
          expect(placed.map(({ flight }) => flight?.status)).toEqual(ids.map(() => "queued"));
          await letWait(tx, ids, "infinity");
        },
      ],
      [
        "recall",
        ["message", "enrollment"],
        async (tx, all) => {
          const ids = all.slice(0, batch / 2);
          await letWait(tx, ids);
          expect(await recallFromStuck(tx)).toBe(ids.length);
        },
      ],
      // What waits at the sender is read once, and not for each of them.
      [
        "",
        ["workspace"],
        async (tx) => {
          const ids = leadIds.slice(-batch);
          await letWait(tx, ids);
          const { read } = await rowsReadWithin(tx, "outbox", async () => await recallFromStuck(tx));
          expect(read).toBeLessThan(1.5 * people);
        },
      ],
      // Of two campaigns neither is through.
      [
        "finish",
        ["enrollment"],
        async (tx, ids) => {
          await tx.query(
            `insert into enrollment (workspace_id, campaign_id, lead_id, state, next_at, anchor_at)
             values ($1, $2, $3, 'active', 'infinity', now()) on conflict do nothing`,
            [workspaceId, laterId, ids[0]],
          );
          expect(await finishCampaigns(tx)).toEqual([]);
        },
      ],
    ];

    const tooMany = await tooManyRead(db, { fill, statements, leadIds });
    expect(tooMany).toEqual({});
  },
);

test("what each message and delivery writes is not analysed each second, which would have every session plan anew", async () => {
  const { rows } = await db.query<{ name: string; changes: number }>(
    `select c.relname as name, o.option_value::int as changes from pg_class c, pg_options_to_table(c.reloptions) o
     where c.oid in ('lane'::regclass, 'outbox'::regclass) and o.option_name = 'autovacuum_analyze_threshold' order by 1`,
  );
  expect(rows).toEqual(["lane", "outbox"].map((name) => ({ name, changes: 100_000 })));
});

test.skipIf(sharded.on)(
  "so do the assistant's statements, of a thousand leads in conversation and their turns",
  async () => {
    // The other leaves pages in the tables.
    const own = await testDatabase();
    const { db } = own;
    const workspaceId = await makeWorkspace(db);
    const senderId = await makeSender(db, workspaceId, "sms");
    const campaignId = await makeCampaign(db, workspaceId, {
      senderIds: [senderId],
      leadIds: [],
      steps: [{ channel: "sms" }],
    });
    const profileId = newId("profile");
    await db.query(
      "insert into profile (workspace_id, id, name, mode, campaign_id) values ($1, $2, 'P', 'draft', $3)",
      [...[workspaceId, profileId, campaignId]],
    );
    const leadIds = Array.from({ length: people }, () => newId("lead"));

    /** Leads that have an answer on its way, a draft that waits with its task, follow-ups, and what they agree to. */
    const fill = async (tx: Queryable, from: number, to: number) => {
      const numbered = "unnest($2::text[]) with ordinality as l (id, n) where n > $3 and n <= $4";
      const insert = async (text: string, ...more: unknown[]) =>
        await tx.query(`insert into ${text}`, [workspaceId, leadIds, from, to, ...more]);
      await insert(`lead (workspace_id, id, phone, profile) select $1, id, id, 'P' from ${numbered}`);
      await insert(`lead_standing (workspace_id, status, lead_id) select $1, 'PENDING', id from ${numbered}`);
      await insert(`assistant_lead (workspace_id, lead_id) select $1, id from ${numbered}`);
      await insert(
        `enrollment (workspace_id, campaign_id, lead_id, state, next_at, anchor_at) select $1, $5, id, 'active', 'infinity', now() from ${numbered}`,
        campaignId,
      );
      await insert(
        `conversation (workspace_id, id, lead_id, channel, sender_id) select $1, 'conv' || id, id, 'sms', $5 from ${numbered}`,
        senderId,
      );
      for (const [direction, source, status] of [
        ["inbound", "external", "received"],
        ["outbound", "assistant", "queued"],
      ]) {
        await insert(
          `message (workspace_id, id, lead_id, conversation_id, channel, direction, source, sender_id, to_address, text, status, turn_id)
           select $1, $6 || id, id, 'conv' || id, 'sms', $6, $7, $5, 'x', 'Hello', $8, 'sent' || id from ${numbered}`,
          ...[senderId, direction, source, status],
        );
      }
      await insert(
        `outbox (workspace_id, lane_id, ref, due_at) select $1, $5, 'outbound' || id, now() + interval '1 hour' from ${numbered}`,
        senderId,
      );
      for (const state of ["sent", "draft"]) {
        await insert(
          `assistant_turn (workspace_id, id, lead_id, kind, profile_id, channel, state, due_at) select $1, $6 || id, id, 'reply', $5, 'sms', $6, now() from ${numbered}`,
          ...[profileId, state],
        );
      }
      await insert(
        `task (workspace_id, id, lead_id, turn_id, channel, title, text) select $1, 'task' || id, id, 'draft' || id, 'sms', '', '' from ${numbered}`,
      );
      await insert(
        `assistant_turn (workspace_id, id, lead_id, kind, profile_id, channel, due_at) select $1, 'open' || id, id, 'reply', $5, 'sms', now() + n * interval '1 ms' - interval '1 minute' from ${numbered}`,
        profileId,
      );
      await insert(
        `consent_change (workspace_id, id, change, channel, address_hash, kind, reason, source)
         select $1, 'con' || id, 'opted_in', 'sms', sha256(convert_to(id, 'UTF8')), 'manual', '', 'api' from ${numbered}`,
      );
      // Each lead's number is a profile's, too, with something that it knows.
      await insert(
        `knowledge (workspace_id, id, profile_id, title, content) select $1, 'know' || id, id, 'Roofs', 'Flat ones' from ${numbered}`,
      );
      await insert(
        `knowledge_passage (workspace_id, knowledge_id, no, profile_id, text, words) select $1, 'know' || id, 1, id, 'Flat ones', to_tsvector('simple', 'flat roofs') from ${numbered}`,
      );
    };
    const usage = { calls: 1, failures: 0, inputTokens: 1, outputTokens: 1, costMicros: 1, latencyMs: 1 };
    const statements: Statements = [
      ["places", ["lead", "assistant_lead", "enrollment"], (tx, ids) => followUpPlaces(tx, workspaceId, ids)],
      [
        "reach",
        ["lead", "message", "conversation"],
        async (tx, ids) => {
          for (const leadId of ids) await reachOf(tx, workspaceId, { leadId, channel: "sms", senderId: null });
        },
      ],
      [
        "lifted",
        ["consent_change"],
        async (tx, ids) => {
          for (const address of ids)
            expect(
              await liftedSince(tx, workspaceId, { address, channel: "sms", kind: "manual", at: new Date(0) }),
            ).toBe(true);
        },
      ],
      [
        "usage",
        ["assistant_turn"],
        async (tx, ids) => {
          for (const id of ids)
            await addUsage(tx, workspaceId, usage, { reservation: `r${id}`, profileId, turnId: `open${id}` });
        },
      ],
      [
        "heard",
        ["assistant_turn"],
        async (tx, ids) => {
          const heard = { profileId, channel: "sms", senderId, delayMs: 0, longestMs: 0, listenOnly: true } as const;
          for (const leadId of ids)
            await hearMessage(tx, workspaceId, {
              ...heard,
              turnId: newId("turn"),
              leadId,
              conversationId: `conv${leadId}`,
              messageId: `inbound${leadId}`,
            });
        },
      ],
      ["take", ["assistant_turn"], (tx, ids) => takeTurns(tx, workspaceId, { limit: ids.length, thinkMs: 1e6 })],
      [
        "release",
        ["assistant_turn"],
        async (tx, ids) => {
          for (const id of ids) await releaseTurn(tx, workspaceId, { id: `open${id}`, lease: 1 }, 1e6, "");
        },
      ],
      ["forbidden", ["assistant_turn", "lead", "task"], (tx, ids) => endForbiddenTurns(tx, workspaceId, ids, "")],
      [
        "recall",
        ["message"],
        async (tx, ids) => {
          for (const leadId of ids) expect(await recallUnderMode(tx, workspaceId, { leadId })).toHaveLength(1);
        },
      ],
      [
        "taken back",
        ["message"],
        async (tx, ids) => {
          for (const leadId of ids) await recallAssistantMessages(tx, workspaceId, leadId, "");
        },
      ],
      ["answered", ["assistant_turn", "task", "message"], (tx, ids) => answeredByHand(tx, workspaceId, ids)],
      [
        "supersede",
        ["assistant_turn", "task"],
        async (tx, ids) => {
          for (const leadId of ids) await supersedeTurns(tx, workspaceId, leadId, { reason: "" });
        },
      ],
      [
        "heard since",
        ["lead"],
        (tx, ids) =>
          heardSince(
            tx,
            workspaceId,
            ids.map((leadId) => ({ leadId, channel: "sms", at: new Date(0) })),
          ),
      ],
      [
        "round",
        ["message", "enrollment", "step"],
        (tx, ids) =>
          beginRound(
            tx,
            workspaceId,
            ids.map((leadId) => ({ leadId, campaignId })),
          ),
      ],
      [
        "clock",
        ["enrollment", "step"],
        (tx, ids) =>
          restartClock(
            tx,
            workspaceId,
            ids.map((leadId) => ({ leadId, campaignId })),
          ),
      ],
      [
        "kept",
        ["assistant_lead"],
        async (tx, ids) => {
          for (const id of ids) await changeAssistantLead(tx, workspaceId, id, { turns: 1 });
        },
      ],
      [
        "knowledge",
        ["knowledge", "knowledge_passage"],
        async (tx, ids) => {
          for (const id of ids) expect(await searchKnowledge(tx, workspaceId, id, "flat", 4)).toHaveLength(1);
        },
      ],
      [
        "dearest",
        ["knowledge", "knowledge_passage"],
        async (tx, ids) => {
          for (const id of ids) expect(await dearestPassages(tx, workspaceId, id, 4)).toBeGreaterThan(0);
        },
      ],
    ];
    const tooMany = await tooManyRead(db, { fill, statements, leadIds });
    await own.close();
    expect(tooMany).toEqual({});
  },
);
