import { setTimeout as sleep } from "node:timers/promises";
import type { z } from "zod";
import { Assistant, type EndedTurn } from "../../src/assistant/assistant.ts";
import { type LanguageModel, type Prompt, tokensOf, type Written } from "../../src/assistant/model.ts";
import { syncFollowUps } from "../../src/campaigns/follow-ups.ts";
import { applyFact } from "../../src/campaigns/inbound/apply.ts";
import type { Applied, Arrival } from "../../src/campaigns/inbound/context.ts";
import type { ChannelAdapter, OutboundMessage, SendResult } from "../../src/channels/channel.ts";
import { type ModelSettings, storeModelSettings } from "../../src/db/assistant-model.ts";
import { listTurns, type Turn } from "../../src/db/assistant-turn.ts";
import { type Database, isConnectionError, isRetryable, type Queryable } from "../../src/db/pool.ts";
import { getProfile, insertProfile, type Profile } from "../../src/db/profile.ts";
import type { ChannelName } from "../../src/domain/event.ts";
import { newId } from "../../src/domain/id.ts";
import type { InboundMessage } from "../../src/domain/inbound.ts";
import { type AssistantMode, profileContentSchema } from "../../src/domain/profile.ts";
import { makeEngine, makeLead, makeSender, makeWorkspace, scriptedAdapter } from "../factories.ts";

/** A model that a test scripts: what it answers, as the object that is asked for, or as words. */
export type Script = (prompt: Prompt, signal: AbortSignal) => object | string | Promise<object | string>;

export function scriptedModel(script: Script): LanguageModel & { prompts: Prompt[] } {
  const prompts: Prompt[] = [];
  return {
    name: "scripted",
    prompts,
    async write(prompt, signal): Promise<Written> {
      prompts.push(prompt);
      const said = await script(prompt, signal);
      const text = typeof said === "string" ? said : JSON.stringify(said);
      return { ok: true, text, finish: "stop", usage: { input: tokensOf(prompt.user), output: tokensOf(text) } };
    },
    verify: async () => ({ ok: true, detail: "" }),
  };
}

export const modelSettings: Omit<ModelSettings, "version" | "updatedAt"> = {
  ...{ provider: "openai_compatible", baseUrl: "http://127.0.0.1:9/v1", model: "scripted", apiKey: null },
  ...{
    deadlineMs: 30_000,
    maxOutputTokens: 500,
    inputPrice: 1,
    outputPrice: 2,
    tokensPerDay: null,
    microsPerDay: null,
  },
};

export async function makeProfile(
  db: Database,
  workspaceId: string,
  {
    name = "Solar",
    mode = "autopilot",
    ...content
  }: { name?: string; mode?: AssistantMode } & Partial<z.input<typeof profileContentSchema>> = {},
): Promise<Profile> {
  const id = newId("profile");
  const parsed = profileContentSchema.parse({ responseDelaySeconds: 0, responseJitter: 0, ...content });
  await db.transaction(async (tx) => {
    await insertProfile(tx, workspaceId, { id, name, mode, content: parsed, by: "test" });
    await syncFollowUps(tx, workspaceId, (await getProfile(tx, workspaceId, id))!, parsed);
  });
  return (await getProfile(db, workspaceId, id))!;
}

let written = 0;

/** A lead writes, as a source's processor records it: in one transaction, again where a message is just being sent. */
export async function leadWrites(
  db: Database,
  workspaceId: string,
  said: Partial<InboundMessage> & { channel?: ChannelName; text: string; senderId?: string },
): Promise<Applied> {
  const message: InboundMessage = {
    ...{ kind: "message", direction: "in", channel: "sms", person: {}, account: null, subject: null, attachments: [] },
    ...{
      keyword: null,
      at: null,
      providerMessageId: `in-${++written}-${Math.random()}`,
      providerThreadId: null,
      external: null,
    },
    ...said,
  };
  const apply = async (tx: Queryable) => {
    const effects = { lanes: [], moved: false, failedIn: [] };
    const arrival: Arrival = {
      ...{
        tx,
        workspaceId,
        sourceId: said.senderId ?? "src_test",
        createLeads: false,
        receivedAt: new Date(),
        effects,
        saidByErased: { seen: false },
      },
    };
    return await applyFact(arrival, message);
  };
  for (;;) {
    try {
      return await db.transaction(apply);
    } catch (error) {
      if (!isRetryable(error) && !isConnectionError(error)) throw error;
    }
  }
}

/** A workspace with an SMS sender, a profile, a lead that has it, and what works on them. */
export async function world(
  db: Database,
  options: {
    script?: Script;
    /** Null: no model is configured. */
    model?: Partial<ModelSettings> | null;
    profile?: Parameters<typeof makeProfile>[2];
    channel?: ChannelName;
    onSend?: (message: OutboundMessage) => SendResult | Promise<SendResult>;
    /** In place of the scripted one. */
    adapter?: ChannelAdapter;
    pollMs?: number;
    places?: number;
  } = {},
) {
  await db.query("delete from outbox");
  await db.query("delete from lane");
  await db.query("update enrollment set state = 'stopped' where state = 'active'");
  await db.query("update assistant_turn set state = 'stopped' where state in ('gathering', 'thinking')");
  const { channel = "sms" } = options;
  const sent: OutboundMessage[] = [];
  const scripted = scriptedAdapter({
    onSend: async (message) => {
      sent.push(message);
      return (await options.onSend?.(message)) ?? { outcome: "sent", providerMessageId: message.messageId };
    },
  });
  const adapter = options.adapter ?? scripted;
  const engine = await makeEngine(db, adapter);
  const workspaceId = await makeWorkspace(db);
  const senderId = await makeSender(db, workspaceId, channel, "scripted");
  const profile = await makeProfile(db, workspaceId, options.profile);
  const newLead = async (phone?: string) => {
    const id = await makeLead(db, workspaceId, phone === undefined ? {} : { phone });
    await db.query("update lead set profile = $2 where id = $1", [id, profile.name]);
    const { rows } = await db.query<{ phone: string; email: string; linkedin_url: string }>(
      "select phone, email, linkedin_url from lead where id = $1",
      [id],
    );
    return { id, ...rows[0]! };
  };
  const lead = await newLead();
  if (options.model !== null) await storeModelSettings(db, workspaceId, { ...modelSettings, ...options.model });
  const model = scriptedModel((prompt, signal) =>
    (options.script ?? (() => ({ message: { text: "Hello." } })))(prompt, signal),
  );
  const ended: EndedTurn[] = [];
  const errors: string[] = [];
  const newAssistant = (own: LanguageModel = model) =>
    new Assistant({
      ...{
        db,
        models: { open: () => own },
        pollMs: options.pollMs ?? 5,
        retryMs: 1,
        gapMs: 0,
        gatherMs: 0,
        places: options.places ?? 128,
        placesOfWorkspace: options.places ?? 64,
      },
      wakeMessages: (lanes) => engine.messages.wake(lanes),
      wakeDeliveries: () => {},
      wakePlanner: () => engine.planner.wake(),
      onTurn: (turn) => ended.push(turn),
      onError: (stage, error) => errors.push(`${stage}: ${(error as Error).stack}`),
    });
  const assistant = newAssistant();
  const person = {
    sms: { phone: lead.phone },
    email: { email: lead.email },
    linkedin: { linkedinUrl: lead.linkedin_url },
  }[channel];
  return {
    ...{ engine, workspaceId, senderId, profile, lead, newLead, model, ended, errors, assistant, newAssistant, sent },
    says: (text: string, more: Partial<InboundMessage> = {}) =>
      leadWrites(db, workspaceId, { channel, person, text, senderId, ...more }),
    /** Thinks, plans and sends until nothing is due. */
    async settle() {
      // What is planned may be a turn again.
      for (let still = 0; still < 2; ) {
        const taken = await assistant.runOnce();
        await assistant.idle();
        await engine.drain();
        still = taken === 0 ? still + 1 : 0;
      }
      if (errors.length > 0) throw new Error(errors.join("\n"));
      if (engine.errors.length > 0) throw new Error(engine.errors.join("\n"));
    },
    turns: async (): Promise<Turn[]> => (await listTurns(db, workspaceId, { limit: 100 })).reverse(),
    events: async (type: string) =>
      (
        await db.query<{ data: string }>(
          "select data from event where workspace_id = $1 and type = $2 order by at, id",
          [...[workspaceId, type]],
        )
      ).rows.map(({ data }) => JSON.parse(data)),
    async close() {
      await assistant.stop();
      await engine.stop();
    },
  };
}

/** Until something is so; the test's own time limit ends it. */
export async function until(is: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await is())) await sleep(2);
}
