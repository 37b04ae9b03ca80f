import { syncFollowUps } from "../campaigns/follow-ups.ts";
import { canonical } from "../db/campaign.ts";
import { knowledgeLength, storeKnowledge } from "../db/knowledge.ts";
import type { Queryable } from "../db/pool.ts";
import {
  addProfileVersion,
  deleteProfile,
  getProfile,
  insertProfile,
  isProfileUsed,
  lockProfile,
  type Profile,
  setProfileMode,
} from "../db/profile.ts";
import { HeraldError, notFound } from "../domain/error.ts";
import { newId } from "../domain/id.ts";
import { passagesOf } from "../domain/passages.ts";
import type { AssistantMode, ProfileContent } from "../domain/profile.ts";
import { withdrawQueued } from "./withdraw.ts";

/** Profiles and what they know, as people write them. */

/** @throws conflict: there is one of this name */
export async function createProfile(
  tx: Queryable,
  workspaceId: string,
  { name, mode, content, by }: { name: string; mode: AssistantMode; content: ProfileContent; by: string },
): Promise<Profile> {
  const id = newId("profile");
  if (!(await insertProfile(tx, workspaceId, { id, name, mode, content, by }))) {
    throw new HeraldError("conflict", `There is a profile called ${JSON.stringify(name)} already.`);
  }
  const profile = (await getProfile(tx, workspaceId, id))!;
  await syncFollowUps(tx, workspaceId, profile, content);
  return (await getProfile(tx, workspaceId, id))!;
}

/**
 * Another content makes another version; the same makes none. Another mode counts for what is on its way, too.
 *
 * @throws not_found
 */
export async function changeProfile(
  tx: Queryable,
  workspaceId: string,
  id: string,
  change: { mode?: AssistantMode | undefined; content?: ProfileContent | undefined; by: string },
): Promise<Profile> {
  const profile = await lockProfile(tx, workspaceId, id);
  if (!profile) throw notFound("profile", id);
  if (change.mode !== undefined && change.mode !== profile.mode) {
    await setProfileMode(tx, workspaceId, id, change.mode);
    await withdrawQueued(tx, workspaceId, { profileId: id });
  }
  const { content } = change;
  if (content && JSON.stringify(canonical(content)) !== JSON.stringify(canonical(profile.content))) {
    await addProfileVersion(tx, workspaceId, profile, content, change.by);
    await syncFollowUps(tx, workspaceId, profile, content);
  }
  return (await getProfile(tx, workspaceId, id))!;
}

/** @throws not_found; conflict: leads have it */
export async function removeProfile(tx: Queryable, workspaceId: string, id: string): Promise<void> {
  const profile = await lockProfile(tx, workspaceId, id);
  if (!profile) throw notFound("profile", id);
  if (await isProfileUsed(tx, workspaceId, profile.name)) {
    throw new HeraldError(
      "conflict",
      `Leads have the profile ${profile.name}: give them another one first, or switch it off.`,
    );
  }
  await deleteProfile(tx, workspaceId, id);
}

/** Characters of all that a profile knows: all of it is looked through for an answer. */
export const mostKnowledge = 2_000_000;

/** Writes a piece of knowledge. @throws unprocessable: the profile would know too much */
export async function writeKnowledge(
  tx: Queryable,
  workspaceId: string,
  knowledge: { id: string | null; profileId: string; title: string; content: string; language: string; before: number },
): Promise<string> {
  const { id = null, before, ...written } = knowledge;
  const all = (await knowledgeLength(tx, workspaceId, written.profileId)) - before + written.content.length;
  if (all > mostKnowledge) {
    throw new HeraldError(
      "unprocessable",
      `The profile would know ${all.toLocaleString("en-US")} characters; at most ${mostKnowledge.toLocaleString("en-US")}.`,
    );
  }
  const own = id ?? newId("knowledge");
  await storeKnowledge(tx, workspaceId, { id: own, ...written }, passagesOf(written.content));
  return own;
}
