import type { AssistantMode, ProfileContent } from "../domain/profile.ts";
import type { Queryable } from "./pool.ts";
import { inSet, type SetStatement } from "./together.ts";

/** What the assistant is told about a kind of lead, in its latest version. */
export interface Profile {
  id: string;
  /** Leads name it; it never changes. */
  name: string;
  mode: AssistantMode;
  version: number;
  /** Of its follow-ups; null: it has none. */
  campaignId: string | null;
  createdAt: Date;
  updatedAt: Date;
  content: ProfileContent;
}

export interface ProfileVersion {
  version: number;
  content: ProfileContent;
  createdAt: Date;
  createdBy: string;
}

const columns = `p.id, p.name, p.mode, p.version, p.campaign_id as "campaignId", p.created_at as "createdAt", p.updated_at as "updatedAt",
  v.content`;
const profiles = `select ${columns} from profile p
  join profile_version v on v.workspace_id = $1 and v.profile_id = p.id and v.version = p.version
  where p.workspace_id = $1`;

export async function getProfile(db: Queryable, workspaceId: string, id: string): Promise<Profile | null> {
  return await inSet(db, get, workspaceId, id);
}

const get: SetStatement<string, Profile | null> = {
  name: "profile.get",
  async run(db, workspaceId, ids) {
    const { rows } = await db.query<Profile>({
      name: "profile.get",
      text: `${profiles} and p.id = any($2::text[])`,
      values: [workspaceId, [...new Set(ids)]],
    });
    const byId = new Map(rows.map((profile) => [profile.id, profile]));
    return ids.map((id) => byId.get(id) ?? null);
  },
};

/** The profile that leads call so; null: there is none, and the assistant has nothing to do with them. */
export async function profileNamed(db: Queryable, workspaceId: string, name: string): Promise<Profile | null> {
  const { rows } = await db.query<Profile>({
    name: "profile.named",
    text: `${profiles} and p.name = $2`,
    values: [workspaceId, name],
  });
  return rows[0] ?? null;
}

/** By name; `after` is the last one's of the previous page. */
export async function listProfiles(
  db: Queryable,
  workspaceId: string,
  { after = null, limit }: { after?: string | null; limit: number },
): Promise<Profile[]> {
  const { rows } = await db.query<Profile>(
    `${profiles} and ($2::text is null or p.name > $2) order by p.name limit $3`,
    [workspaceId, after, limit],
  );
  return rows;
}

/** The profile, which nobody else changes until the transaction ends. */
export async function lockProfile(tx: Queryable, workspaceId: string, id: string): Promise<Profile | null> {
  await tx.query("select 1 from profile where workspace_id = $1 and id = $2 for no key update", [workspaceId, id]);
  return await getProfile(tx, workspaceId, id);
}

/** The profile, as it is until the transaction ends: who changes its mode waits. */
export async function holdProfile(tx: Queryable, workspaceId: string, id: string): Promise<Profile | null> {
  await inSet(tx, hold, workspaceId, id);
  return await getProfile(tx, workspaceId, id);
}

const hold: SetStatement<string, null> = {
  name: "profile.hold",
  async run(tx, workspaceId, ids) {
    await tx.query({
      name: "profile.hold",
      text: "select 1 from profile where workspace_id = $1 and id = any($2::text[]) order by id for share",
      values: [workspaceId, [...new Set(ids)]],
    });
    return ids.map(() => null);
  },
};

/** False: there is one of this name. */
export async function insertProfile(
  tx: Queryable,
  workspaceId: string,
  profile: { id: string; name: string; mode: AssistantMode; content: ProfileContent; by: string },
): Promise<boolean> {
  const { rowCount } = await tx.query(
    "insert into profile (workspace_id, id, name, mode) values ($1, $2, $3, $4) on conflict (workspace_id, name) do nothing",
    [workspaceId, profile.id, profile.name, profile.mode],
  );
  if (!rowCount) return false;
  await insertVersion(tx, workspaceId, profile.id, 1, profile.content, profile.by);
  return true;
}

/** Another content is another version. Of a profile that is locked. */
export async function addProfileVersion(
  tx: Queryable,
  workspaceId: string,
  profile: Pick<Profile, "id" | "version">,
  content: ProfileContent,
  by: string,
): Promise<number> {
  const version = profile.version + 1;
  await insertVersion(tx, workspaceId, profile.id, version, content, by);
  await tx.query("update profile set version = $3, updated_at = now() where workspace_id = $1 and id = $2", [
    workspaceId,
    profile.id,
    version,
  ]);
  return version;
}

async function insertVersion(
  tx: Queryable,
  workspaceId: string,
  id: string,
  version: number,
  content: ProfileContent,
  by: string,
): Promise<void> {
  await tx.query(
    "insert into profile_version (workspace_id, profile_id, version, content, created_by) values ($1, $2, $3, $4, $5)",
    [workspaceId, id, version, JSON.stringify(content), by],
  );
}

export async function setProfileMode(db: Queryable, workspaceId: string, id: string, mode: AssistantMode) {
  await db.query("update profile set mode = $3, updated_at = now() where workspace_id = $1 and id = $2", [
    workspaceId,
    id,
    mode,
  ]);
}

export async function setProfileCampaign(tx: Queryable, workspaceId: string, id: string, campaignId: string) {
  await tx.query("update profile set campaign_id = $3, updated_at = now() where workspace_id = $1 and id = $2", [
    workspaceId,
    id,
    campaignId,
  ]);
}

/** The latest first. */
export async function listProfileVersions(
  db: Queryable,
  workspaceId: string,
  profileId: string,
  { before = null, limit }: { before?: number | null; limit: number },
): Promise<ProfileVersion[]> {
  const { rows } = await db.query<ProfileVersion>(
    `select version, content, created_at as "createdAt", created_by as "createdBy" from profile_version
     where workspace_id = $1 and profile_id = $2 and ($3::int is null or version < $3) order by version desc limit $4`,
    [workspaceId, profileId, before, limit],
  );
  return rows;
}

/** Whether any lead has it. */
export async function isProfileUsed(db: Queryable, workspaceId: string, name: string): Promise<boolean> {
  const { rows } = await db.query("select 1 from lead where workspace_id = $1 and profile = $2 limit 1", [
    workspaceId,
    name,
  ]);
  return rows.length > 0;
}

/** With its versions and its knowledge. Turns and messages that it wrote stay. */
export async function deleteProfile(tx: Queryable, workspaceId: string, id: string): Promise<void> {
  for (const table of ["knowledge_passage", "knowledge", "profile_version"]) {
    await tx.query(`delete from ${table} where workspace_id = $1 and profile_id = $2`, [workspaceId, id]);
  }
  await tx.query("delete from profile where workspace_id = $1 and id = $2", [workspaceId, id]);
}
