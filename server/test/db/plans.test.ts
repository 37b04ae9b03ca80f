import { afterAll, beforeAll, expect, test } from "vitest";
import { postpone, takeDue } from "../../src/db/due.ts";
import { countAsNew, finishCampaigns, hasBlockedSteps, moveOn, storePlanned } from "../../src/db/enrollment.ts";
import { inOrder } from "../../src/db/few.ts";
import { insertForeignMessage } from "../../src/db/foreign-message.ts";
import { leadsOfAuthors } from "../../src/db/from-lead.ts";
import { markReplied, messageOfProvider } from "../../src/db/inbound.ts";
import { describeLead, tellThings, writeStatus } from "../../src/db/lead-told.ts";
import { acceptMessages, type MessageToAccept } from "../../src/db/message.ts";
import { openConversation } from "../../src/db/open-conversation.ts";
import type { ClaimedItem } from "../../src/db/outbox.ts";
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
import { makeCampaign, makeSender, makeWorkspace } from "../factories.ts";
import { rowsReadWithin } from "../rows-read.ts";

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

const people = 1_000;
const batch = 20;

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
    const statements: [string, string[], (tx: Queryable, ids: readonly string[]) => Promise<unknown>][] = [
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
          expect([...found.values()]).toEqual(ids);
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

    const done = new Error("Nothing of it is kept.");
    const tooMany: Record<string, number> = {};
    const measured = db.transaction(async (tx) => {
      await fill(tx, 0, 1);
      for (const [, , run] of statements) await run(tx, leadIds.slice(0, 1));
      await fill(tx, 1, people);
      for (const [name, tables, run] of statements)
        for (const [n, table] of tables.entries()) {
          const from = batch * (n + 1);
          const { read } = await rowsReadWithin(
            tx,
            table,
            async () => await run(tx, leadIds.slice(from, from + batch)),
          );
          // Of each its own, and where a statement finds and changes it, more than once.
          if (read > 10 * batch) tooMany[`${name}: ${table}`] = read;
        }
      throw done;
    });
    await expect(measured).rejects.toBe(done);
    expect(tooMany).toEqual({});
  },
);
