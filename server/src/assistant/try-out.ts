import { listConditions } from "../db/assistant-condition.ts";
import { getModelSettings } from "../db/assistant-model.ts";
import { dearestPassages, searchKnowledge } from "../db/knowledge.ts";
import type { Database, Queryable } from "../db/pool.ts";
import type { Profile } from "../db/profile.ts";
import { getWorkspace } from "../db/workspace.ts";
import { HeraldError } from "../domain/error.ts";
import type { ChannelName } from "../domain/event.ts";
import { newId } from "../domain/id.ts";
import type { ProfileContent } from "../domain/profile.ts";
import { thinkWithinBudget } from "./budget.ts";
import { conditionsFor } from "./conditions.ts";
import type { Models } from "./models.ts";
import { passagesFound, type Thought } from "./think.ts";

/** What somebody says in the chat beside the editor. */
export interface TriedMessage {
  from: "lead" | "us";
  text: string;
}

/**
 * What a profile would answer; nobody gets it. It costs what an answer costs, and counts as that.
 *
 * @throws unprocessable: no model is configured, or the day's budget doesn't allow it
 */
export async function tryOut(
  db: Database,
  models: Models,
  workspaceId: string,
  profile: Profile,
  tried: {
    content: ProfileContent;
    channel: ChannelName;
    messages: readonly TriedMessage[];
    lead: { firstName: string | null; lastName: string | null; company: string | null };
    signal: AbortSignal;
  },
): Promise<Thought> {
  const settings = await getModelSettings(db, workspaceId);
  if (!settings) {
    throw new HeraldError("unprocessable", "No model is configured: set one with PUT /v1/assistant/model.");
  }
  const now = Date.now();
  const history = tried.messages.map(({ from, text }, i) => ({
    ...{ id: String(i), channel: tried.channel, source: "api", subject: null, text },
    ...{ direction: from === "lead" ? ("inbound" as const) : ("outbound" as const) },
    at: new Date(now - (tried.messages.length - i) * 60_000),
  }));
  const question = history.findLast(({ direction }) => direction === "inbound")?.text ?? "";
  const search = (query: string) => searchKnowledge(db, workspaceId, profile.id, query, passagesFound);
  const mostFound = (tx: Queryable) => dearestPassages(tx, workspaceId, profile.id, passagesFound);
  const conditions = conditionsFor(await listConditions(db, workspaceId), profile.id);
  const briefing = {
    ...{ kind: history.length > 0 ? ("reply" as const) : ("opening" as const), channel: tried.channel },
    ...{ profileName: profile.name, content: tried.content, history, conditions, context: [], summary: null },
    lead: { ...tried.lead, title: null, timeZone: null, tags: [], custom: {} },
    workspaceZone: (await getWorkspace(db, workspaceId))?.timeZone ?? "UTC",
    ...{ passages: await search(question), instruction: null, followUpStep: null, now: new Date(now).toISOString() },
  };
  const thought = await thinkWithinBudget(
    db,
    { workspaceId, settings, reservation: newId("turn"), profileId: profile.id },
    models.open(workspaceId, settings),
    briefing,
    { signal: tried.signal, search, mostFound },
  );
  if (!thought) {
    throw new HeraldError(
      "unprocessable",
      "The model's budget for today doesn't allow another answer: raise it with PUT /v1/assistant/model, or try tomorrow.",
    );
  }
  return thought;
}
