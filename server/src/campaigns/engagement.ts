import { noteClick, noteOpen, sentHtml, subscriberOf } from "../db/engagement.ts";
import { recordEvents, type TouchedLane } from "../db/event.ts";
import { newEvent } from "../db/new-event.ts";
import type { Database } from "../db/pool.ts";
import { linksOf } from "../domain/html-tracking.ts";
import type { LinkTarget } from "../domain/public-link.ts";
import { doNotContact, suppress } from "./consent.ts";
import { factsOfMessage } from "./message-facts.ts";

/** What people, and programs on their way, do with the links in their messages. */

/** A message's pixel was loaded. Answers destinations that got deliveries. */
export async function recordOpen(
  db: Database,
  { workspaceId, messageId }: Extract<LinkTarget, { kind: "open" }>,
  automated: boolean,
): Promise<TouchedLane[]> {
  return await db.transaction(async (tx) => {
    const noted = await noteOpen(tx, workspaceId, messageId, automated);
    const facts = noted && (await factsOfMessage(tx, workspaceId, messageId));
    if (!facts) return [];
    const data = { ...facts.data, ...noted, automated, openedAt: new Date().toISOString() };
    return await recordEvents(tx, [newEvent(workspaceId, "message.opened", data, facts.about)]);
  });
}

/** Where a link of a message leads, and that it was followed; null: the message has no such link. */
export async function followLink(
  db: Database,
  { workspaceId, messageId, link }: Extract<LinkTarget, { kind: "click" }>,
  automated: boolean,
): Promise<{ url: string; lanes: TouchedLane[] } | null> {
  const html = await sentHtml(db, workspaceId, messageId);
  const url = html === null ? undefined : linksOf(html)[link]?.url;
  if (url === undefined) return null;
  const lanes = await db.transaction(async (tx) => {
    const noted = await noteClick(tx, workspaceId, messageId, link, automated);
    const facts = noted && (await factsOfMessage(tx, workspaceId, messageId));
    if (!facts) return [];
    const data = { ...facts.data, url, ...noted, automated, clickedAt: new Date().toISOString() };
    return await recordEvents(tx, [newEvent(workspaceId, "message.clicked", data, facts.about)]);
  });
  return { url, lanes };
}

export type UnsubscribeTarget = Extract<LinkTarget, { kind: "unsubscribe" | "unsubscribeLead" }>;

/**
 * Somebody used a link to unsubscribe: of its channel, or of all contact. `via`: the page behind the link, or the button of a
 * mail program (RFC 8058). Said again it is one read.
 */
export async function unsubscribe(
  db: Database,
  target: UnsubscribeTarget,
  { all, via }: { all: boolean; via: "page" | "one_click" },
): Promise<{ lanes: TouchedLane[]; moved: boolean }> {
  const { workspaceId, channel } = target;
  const nothing = { lanes: [], moved: false };
  const known = await subscriberOf(
    db,
    workspaceId,
    target.kind === "unsubscribe" ? target : { leadId: target.leadId },
    channel,
  );
  if (!known || (known.gone && (!all || known.wholePerson))) return nothing;
  const evidence = { via, ...(known.messageId ? { messageId: known.messageId } : {}) };
  const basis = { reason: `Unsubscribed by the link in a message`, source: "lead" as const, evidence };
  return await db.transaction(async (tx) => {
    const lanes: TouchedLane[] = [];
    // Who is asked no more at an old address means the new one, too.
    for (const address of known.addresses) {
      const optOut = { ...basis, channel, address, kind: "unsubscribe" as const };
      lanes.push(...(await suppress(tx, workspaceId, optOut)).lanes);
    }
    if (all) lanes.push(...((await doNotContact(tx, workspaceId, known.leadId, basis))?.lanes ?? []));
    return { lanes, moved: true };
  });
}
