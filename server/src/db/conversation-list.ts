import { type ChannelName, channels, type LeadStatus } from "../domain/event.ts";
import {
  type Conversation,
  type ConversationLead,
  type ConversationStatus,
  conversationColumns,
  conversationLeadColumns,
  conversationOptOut,
  conversationStatuses,
} from "./conversation.ts";
import type { Queryable } from "./pool.ts";

/**
 * Lists of conversations, the one with the latest message first. Each list walks an index from where the page before ended, and
 * tests what that index doesn't say on the way. So that a page costs the same whatever is asked, a walk ends after
 * `longestWalk` conversations, of which each costs some microseconds: a page may then be shorter than asked for, and still not
 * be the last one.
 */

/** Where the next page begins: behind this place. */
export interface ConversationPlace {
  lastMessageAt: Date;
  id: string;
}

export interface ConversationFilter {
  senderId?: string | undefined;
  channel?: ChannelName | undefined;
  status?: ConversationStatus | undefined;
  /** true: with unread messages; false: without. */
  unread?: boolean | undefined;
  leadId?: string | undefined;
  leadStatus?: LeadStatus | undefined;
  campaignId?: string | undefined;
  /** Null: nobody's. */
  assignee?: string | null | undefined;
  /** How a first or last name begins, or a first name and the beginning of the last one. */
  name?: string | undefined;
  after?: ConversationPlace | undefined;
  limit: number;
}

export type ListedConversation = Conversation & ConversationLead & { lastMessageAt: Date; lastMessageText: string };

export interface ConversationPage {
  data: ListedConversation[];
  /** Behind which the next page begins; null: this was the last one. */
  next: ConversationPlace | null;
}

/** Of so many people of a name their conversations are looked up; of more, the walk finds some soon. */
const fewPeople = 1_000;

const listed = "v.workspace_id = $1 and v.last_message_at is not null and v.last_message_text is not null";
const latestFirst = "order by v.last_message_at desc, v.id desc";

class Values {
  readonly all: unknown[];
  constructor(workspaceId: string) {
    this.all = [workspaceId];
  }
  add(value: unknown): string {
    this.all.push(value);
    return `$${this.all.length}`;
  }
}

export async function listConversations(
  db: Queryable,
  workspaceId: string,
  filter: ConversationFilter,
  longestWalk = 500,
): Promise<ConversationPage> {
  const values = new Values(workspaceId);
  const people = filter.name === undefined ? null : await peopleNamed(db, workspaceId, filter.name);
  if (people?.length === 0) return { data: [], next: null };
  const { walk, tests } = plan(filter, values, people);
  const ofWalk = values.all.length;
  const conditions = tests.map((test) => test());
  const size = values.add(filter.limit + 1);
  // What an index says needs no walk: as many as are wanted are the page. Else most pages are full after a short one.
  const few = filter.limit + 1;
  const lengths = tests.length === 0 ? [few] : [Math.min(4 * few, longestWalk), longestWalk];
  let data: ListedConversation[] = [];
  for (const length of lengths) {
    const { rows } = await db.query<ListedConversation>(
      `select ${conversationColumns}, ${conversationLeadColumns}
       from (${walk(length)}) p join conversation v on v.workspace_id = $1 and v.id = p.id
       join lead l on l.workspace_id = $1 and l.id = v.lead_id ${conversationOptOut}
       ${conditions.length > 0 ? `where ${conditions.join(" and ")}` : ""}
       order by p.last_message_at desc, p.id desc limit ${size}`,
      values.all,
    );
    data = rows.slice(0, filter.limit);
    if (rows.length > filter.limit) return { data, next: placeOf(data.at(-1)!) };
  }
  if (tests.length === 0) return { data, next: null };
  // Where the walk ended, unless that was the end of all.
  const { rows: last } = await db.query<ConversationPlace>(
    `select v.last_message_at as "lastMessageAt", v.id from (${walk(longestWalk)}) v
     ${latestFirst} offset ${longestWalk - 1} limit 1`,
    values.all.slice(0, ofWalk),
  );
  return { data, next: last[0] ?? null };
}

const placeOf = ({ lastMessageAt, id }: ConversationPlace): ConversationPlace => ({ lastMessageAt, id });

/** Chooses the index that says most; what it doesn't say is tested. */
function plan(filter: ConversationFilter, values: Values, people: readonly string[] | "many" | null) {
  const { after } = filter;
  const behind = after
    ? ` and (v.last_message_at, v.id) < (${values.add(after.lastMessageAt)}, ${values.add(after.id)})`
    : "";
  // Written when the walk is: its values come first, as it is asked for alone, too.
  const tests: (() => string)[] = [];
  const equal = (column: string, value: unknown) => () => `${column} = ${values.add(value)}`;
  let walk: ((length: number) => string) | null = null;
  const use = (write: () => string) => {
    if (walk !== null) tests.push(write);
    else {
      const condition = write();
      walk = (length) =>
        `select v.last_message_at, v.id from conversation v where ${listed} and ${condition}${behind} ${latestFirst} limit ${length}`;
    }
  };
  if (filter.leadId !== undefined) use(equal("v.lead_id", filter.leadId));
  if (people !== null && people !== "many") use(() => `v.lead_id = any(${values.add(people)}::text[])`);
  const { assignee, leadStatus, name } = filter;
  if (typeof assignee === "string") use(equal("v.assignee", assignee));
  if (filter.campaignId !== undefined) use(equal("v.campaign_id", filter.campaignId));
  if (filter.senderId !== undefined) use(equal("v.sender_id", filter.senderId));
  if (filter.unread === true) use(() => "v.unread > 0");
  if (filter.unread === false) tests.push(() => "v.unread = 0");
  if (assignee === null) tests.push(() => "v.assignee is null");
  if (leadStatus !== undefined) tests.push(equal("l.status", leadStatus));
  if (people === "many") tests.push(() => `(${conditionsOf(name!, values).join(" or ")})`);
  if (walk === null) {
    const status = values.add(filter.status === undefined ? conversationStatuses : [filter.status]);
    const channel = values.add(filter.channel === undefined ? channels : [filter.channel]);
    walk = (length) =>
      `select v.last_message_at, v.id from unnest(${status}::text[]) s (status) cross join unnest(${channel}::text[]) c (channel)
       cross join lateral (
         select v.last_message_at, v.id from conversation v where ${listed} and v.status = s.status and v.channel = c.channel${behind}
         ${latestFirst} limit ${length}
       ) v ${latestFirst} limit ${length}`;
  } else {
    if (filter.status !== undefined) tests.push(equal("v.status", filter.status));
    if (filter.channel !== undefined) tests.push(equal("v.channel", filter.channel));
  }
  return { walk, tests };
}

/** The ways in which a name can be taken apart: all of it a first or last name's beginning, or a first name and a beginning. */
function partsOf(name: string): { first: string | null; prefix: string; field: "first_name" | "last_name" }[] {
  const text = name.trim().replace(/\s+/g, " ");
  const words = text.split(" ");
  return [
    { first: null, prefix: text, field: "first_name" as const },
    { first: null, prefix: text, field: "last_name" as const },
    ...words.slice(1).map((_, n) => ({
      first: words.slice(0, n + 1).join(" "),
      prefix: words.slice(n + 1).join(" "),
      field: "last_name" as const,
    })),
  ];
}

function conditionsOf(name: string, values: Values): string[] {
  return partsOf(name).map(({ first, prefix, field }) => {
    // PostgreSQL's idea of small letters on both sides. As bytes, U+10FFFF is behind all that people are called.
    const text = `lower(${values.add(prefix)}::text)`;
    const begins = `lower(l.${field}) ~>=~ ${text} and lower(l.${field}) ~<~ (${text} || U&'\\+10FFFF')`;
    return first === null ? begins : `${begins} and lower(l.first_name) = lower(${values.add(first)}::text)`;
  });
}

/** Who is called so; `many` where it is more than a few. */
async function peopleNamed(db: Queryable, workspaceId: string, name: string): Promise<string[] | "many"> {
  const values = new Values(workspaceId);
  const each = conditionsOf(name, values).map(
    (condition) => `(select l.id from lead l where l.workspace_id = $1 and ${condition} limit ${fewPeople + 1})`,
  );
  const { rows } = await db.query<{ id: string }>(each.join(" union "), values.all);
  return rows.length > fewPeople ? "many" : rows.map(({ id }) => id);
}
