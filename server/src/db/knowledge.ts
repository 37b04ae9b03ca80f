import { piecesOf } from "../domain/passages.ts";
import { int4Array, textArray } from "./array.ts";
import type { Queryable } from "./pool.ts";
import { inSet, type SetStatement } from "./together.ts";

export interface Knowledge {
  id: string;
  profileId: string;
  title: string;
  content: string;
  language: string;
  createdAt: Date;
  updatedAt: Date;
}

/** A passage of it that has to do with what was asked. */
export interface Passage {
  knowledgeId: string;
  title: string;
  text: string;
}

/** PostgreSQL's text search configurations, which every installation has from 15 on. */
export const knowledgeLanguages = [
  "simple",
  "arabic",
  "armenian",
  "basque",
  "catalan",
  "danish",
  "dutch",
  "english",
  "finnish",
  "french",
  "german",
  "greek",
  "hindi",
  "hungarian",
  "indonesian",
  "irish",
  "italian",
  "lithuanian",
  "nepali",
  "norwegian",
  "portuguese",
  "romanian",
  "russian",
  "serbian",
  "spanish",
  "swedish",
  "tamil",
  "turkish",
  "yiddish",
] as const;
export type KnowledgeLanguage = (typeof knowledgeLanguages)[number];

const columns = `k.id, k.profile_id as "profileId", k.title, k.content, k.language, k.created_at as "createdAt", k.updated_at as "updatedAt"`;

export async function getKnowledge(db: Queryable, workspaceId: string, id: string): Promise<Knowledge | null> {
  const { rows } = await db.query<Knowledge>(
    `select ${columns} from knowledge k where k.workspace_id = $1 and k.id = $2`,
    [workspaceId, id],
  );
  return rows[0] ?? null;
}

export async function listKnowledge(
  db: Queryable,
  workspaceId: string,
  profileId: string,
  { after = null, limit }: { after?: string | null; limit: number },
): Promise<Knowledge[]> {
  const { rows } = await db.query<Knowledge>(
    `select ${columns} from knowledge k where k.workspace_id = $1 and k.profile_id = $2 and ($3::text is null or k.id > $3)
     order by k.id limit $4`,
    [workspaceId, profileId, after, limit],
  );
  return rows;
}

/** Characters of all of a profile's knowledge. */
export async function knowledgeLength(db: Queryable, workspaceId: string, profileId: string): Promise<number> {
  const { rows } = await db.query<{ n: number }>(
    "select coalesce(sum(length(content)), 0)::float8 as n from knowledge where workspace_id = $1 and profile_id = $2",
    [workspaceId, profileId],
  );
  return rows[0]!.n;
}

/** Writes it, or writes it anew, with the passages that it is searched by. */
export async function storeKnowledge(
  tx: Queryable,
  workspaceId: string,
  knowledge: Pick<Knowledge, "id" | "profileId" | "title" | "content" | "language">,
  passages: readonly string[],
): Promise<void> {
  const { id, profileId, title, content, language } = knowledge;
  await tx.query(
    `insert into knowledge (workspace_id, id, profile_id, title, content, language) values ($1, $2, $3, $4, $5, $6)
     on conflict (workspace_id, id) do update set title = excluded.title, content = excluded.content,
       language = excluded.language, updated_at = excluded.updated_at`,
    [workspaceId, id, profileId, title, content, language],
  );
  await tx.query("delete from knowledge_passage where workspace_id = $1 and knowledge_id = $2", [workspaceId, id]);
  await tx.query(
    `insert into knowledge_passage (workspace_id, knowledge_id, no, profile_id, text, words)
     select $1, $2, n, $3, t, setweight(to_tsvector($5::regconfig, $6), 'A') || setweight(to_tsvector('simple', $8), 'A')
       || to_tsvector($5::regconfig, t) || to_tsvector('simple', s)
     from unnest($4::text[], $7::text[]) with ordinality as p (t, s, n)`,
    [workspaceId, id, profileId, passages, language, title, passages.map(piecesOf), piecesOf(title)],
  );
}

/** Tokens that so many passages of a profile's knowledge cost at most. */
interface Dearest {
  profileId: string;
  limit: number;
}

/**
 * Tokens that so many passages of a profile's knowledge cost at most, as `tokensOf` counts them: those that cost most, with
 * their titles. It is told from lengths in characters and bytes alone, which of Chinese gives half as much again as there is.
 */
export async function dearestPassages(
  db: Queryable,
  workspaceId: string,
  profileId: string,
  limit: number,
): Promise<number> {
  return await inSet(db, dearest, workspaceId, { profileId, limit });
}

const dearest: SetStatement<Dearest, number> = {
  name: "knowledge.dearest",
  async run(db, workspaceId, asked) {
    // Many turns are of few profiles.
    const keyOf = ({ profileId, limit }: Dearest) => `${limit} ${profileId}`;
    const each = [...new Map(asked.map((one) => [keyOf(one), one])).values()];
    const { rows } = await db.query<{ n: number; tokens: number }>({
      name: "knowledge.dearest",
      text: `
select q.n::int as n, coalesce(ceil(c.tokens), 0)::float8 as tokens
from unnest($2::text[], $3::int[]) with ordinality as q (profile_id, most, n)
cross join lateral (
  select sum(d.tokens) as tokens from (
    -- A third of an ASCII character, and half of another one's bytes, of which there are two to four.
    select least(s.bytes / 2.0, (2 * s.bytes - s.chars) / 3.0) as tokens from (
      select length(p.text) + length(k.title) as chars, octet_length(p.text) + octet_length(k.title) as bytes
      from knowledge_passage p cross join lateral (
        select k.title from knowledge k where k.workspace_id = $1 and k.id = p.knowledge_id limit 1
      ) k
      where p.workspace_id = $1 and p.profile_id = q.profile_id
    ) s order by 1 desc limit q.most
  ) d
) c`,
      values: [workspaceId, textArray(each, ({ profileId }) => profileId), int4Array(each, ({ limit }) => limit)],
    });
    const tokens = new Map(rows.map((row) => [keyOf(each[row.n - 1]!), row.tokens]));
    return asked.map((one) => tokens.get(keyOf(one)) ?? 0);
  },
};

export async function deleteKnowledge(tx: Queryable, workspaceId: string, id: string): Promise<void> {
  await tx.query("delete from knowledge_passage where workspace_id = $1 and knowledge_id = $2", [workspaceId, id]);
  await tx.query("delete from knowledge where workspace_id = $1 and id = $2", [workspaceId, id]);
}

/** What is asked of a profile's knowledge, and for how many passages. */
interface Question {
  profileId: string;
  question: string;
  limit: number;
}

/**
 * The passages of a profile's knowledge that have most to do with a question, in its words or in forms of them. Any of the
 * words counts: a question is no list of what must be there. All of a profile's passages are looked through, whose number is
 * bounded by what a profile may know.
 */
export async function searchKnowledge(
  db: Queryable,
  workspaceId: string,
  profileId: string,
  question: string,
  limit: number,
): Promise<Passage[]> {
  return await inSet(db, search, workspaceId, { profileId, question, limit });
}

const wordsAsked = (question: string) => {
  const pieces = piecesOf(question);
  return pieces === "" ? question : `${question} ${pieces}`;
};

const search: SetStatement<Question, Passage[]> = {
  name: "knowledge.search",
  async run(db, workspaceId, asked) {
    const { rows } = await db.query<Passage & { n: number }>({
      name: "knowledge.search",
      text: `
with asked as materialized (
  select q.n, q.profile_id, q.most, l.language,
    replace(plainto_tsquery(l.language::regconfig, q.question)::text, '&', '|')::tsquery as words
  from unnest($2::text[], $3::text[], $4::int[]) with ordinality as q (profile_id, question, most, n)
  cross join lateral (select distinct k.language from knowledge k where k.workspace_id = $1 and k.profile_id = q.profile_id) l
)
select q.n::int as n, f.knowledge_id as "knowledgeId", f.title, f.text
from (select distinct a.n, a.profile_id, a.most from asked a) q
cross join lateral (
  select p.knowledge_id, k.title, p.text, row_number() over (order by ts_rank(p.words, a.words) desc, p.knowledge_id, p.no) as place
  from knowledge_passage p
  join knowledge k on k.workspace_id = $1 and k.id = p.knowledge_id
  join asked a on a.n = q.n and a.language = k.language
  where p.workspace_id = $1 and p.profile_id = q.profile_id and p.words @@ a.words
  order by place limit q.most
) f
order by q.n, f.place`,
      values: [
        workspaceId,
        textArray(asked, ({ profileId }) => profileId),
        textArray(asked, ({ question }) => wordsAsked(question.slice(0, 2_000))),
        int4Array(asked, ({ limit }) => limit),
      ],
    });
    const found: Passage[][] = asked.map(() => []);
    for (const { n, ...passage } of rows) found[n - 1]!.push(passage);
    return found;
  },
};
