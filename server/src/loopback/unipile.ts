import { randomUUID } from "node:crypto";
import { Arrivals } from "./arrivals.ts";
import { type Fault, Faults } from "./faults.ts";
import { type LoopbackAnswer, type LoopbackRequest, type LoopbackServer, listen } from "./http.ts";
import { isProblem, json, multipart, page, problem } from "./unipile-answers.ts";
import { memberId, People, type Relation, slugOf } from "./unipile-people.ts";

/**
 * A fake Unipile (v1) on loopback, with one LinkedIn account. It refuses what Unipile and LinkedIn refuse, and beyond
 * that every field and parameter it doesn't know.
 */

/** A message or an invitation that the account sent, or a message that it received. */
export interface UnipileMessage {
  kind: "message" | "invitation";
  id: string;
  /** Null for an invitation. */
  chatId: string | null;
  /** Slug of the person's profile. */
  to: string;
  body: string;
  is_sender: 0 | 1;
  /** ISO 8601 UTC with milliseconds. */
  timestamp: string;
}

export interface UnipileLoopbackOptions {
  /** 0, the default, takes any free port. */
  port?: number;
  apiKey: string;
  accountId: string;
  /** How a person stands to the account. Default: everybody is `open`, takes messages and invitations. */
  relationOf?: (slug: string) => Relation;
  /** Status of the account's source in `GET /accounts/{id}`: `OK`, `CREDENTIALS`, ... Default `OK`. */
  accountStatus?: string;
  /** Longest note of an invitation. Default 300; 200 for a free account. */
  noteLimit?: number;
  /** How long each answer takes, in milliseconds. Default 0. */
  latencyMs?: number;
}

export interface UnipileLoopback extends LoopbackServer {
  /** What arrived, messages and invitations, in order. */
  messages: UnipileMessage[];
  arrivals: Arrivals<UnipileMessage>;
  people: People;
  /** The person writes to the account. `at`: ISO 8601, for what is older. */
  receive(slug: string, text: string, at?: string): UnipileMessage;
  /** The account's owner writes from another device, without the API. */
  writeElsewhere(slug: string, text: string): UnipileMessage;
  /** What `POST /webhooks` registered. */
  webhooks: Record<string, unknown>[];
  faults: Faults;
}

/** A fault: Unipile's error body. `type` without `errors/`. */
export function unipileError(status: number, type: string, detail: string, headers?: Record<string, string>): Fault {
  return { kind: "answer", ...problem(status, type, detail), ...(headers && { headers }) };
}

const maxText = 8_000;

/** The account's own ID at LinkedIn. */
export const ownId = memberId("loopback");

export async function startUnipile(options: UnipileLoopbackOptions): Promise<UnipileLoopback> {
  const arrivals = new Arrivals<UnipileMessage>();
  const faults = new Faults();
  const people = new People(options.relationOf ?? (() => "open"));
  const webhooks: Record<string, unknown>[] = [];

  async function handle(request: LoopbackRequest): Promise<LoopbackAnswer> {
    if (request.headers["x-api-key"] !== options.apiKey) {
      return problem(401, "missing_credentials", "Some credentials are necessary to perform the request.");
    }
    if (!request.path.startsWith("/api/v1/")) return problem(404, "resource_not_found", request.path);
    const path = request.path.slice("/api/v1/".length).split("/").map(decodeURIComponent);
    return request.method === "POST" ? post(request, path) : get(request, path);
  }

  async function post(request: LoopbackRequest, path: string[]): Promise<LoopbackAnswer> {
    const [first, second, third] = path;
    if (first === "chats" && second === undefined) return startChat(request);
    if (first === "chats" && third === "messages") return sendInChat(request, second!);
    if (first === "users" && second === "invite") return invite(request);
    if (first === "webhooks") return addWebhook(request);
    return problem(404, "resource_not_found", request.path);
  }

  function get(request: LoopbackRequest, path: string[]): LoopbackAnswer {
    const [first, second, third] = path;
    if (first === "accounts" && second === options.accountId) {
      const sources = [{ id: `${second}_MESSAGING`, status: options.accountStatus ?? "OK" }];
      return { status: 200, body: { object: "Account", id: second, type: "LINKEDIN", name: "Loopback", sources } };
    }
    if (first === "chats" && second !== undefined) return readChat(request, second, third);
    const needsAccount = first === "users" || first === "messages";
    if (!needsAccount || request.query.get("account_id") !== options.accountId) {
      return problem(404, "resource_not_found", "Account not found");
    }
    if (first === "messages")
      return page(
        request,
        "MessageList",
        shown(() => true),
        ["account_id", "after"],
      );
    if (second === "relations") return page(request, "UserRelationsList", people.relations(), ["account_id"]);
    if (second === "invite") return page(request, "InvitationList", people.sent(), ["account_id"]);
    const slug = slugOf(second ?? "");
    if (slug === null || people.relation(slug) === "unknown")
      return problem(404, "resource_not_found", "User not found");
    return { status: 200, body: people.profile(slug) };
  }

  function readChat(request: LoopbackRequest, chatId: string, part: string | undefined): LoopbackAnswer {
    const message = arrivals.messages.find((candidate) => candidate.chatId === chatId);
    if (!message) return problem(404, "resource_not_found", "Chat not found");
    if (part === "messages")
      return page(
        request,
        "MessageList",
        shown((other) => other.chatId === chatId),
        ["after"],
      );
    if (part === "attendees") {
      if ([...request.query.keys()].length > 0) return problem(400, "invalid_parameters", "attendees takes none");
      const items = [attendee(null), attendee(message.to)];
      return { status: 200, body: { object: "ChatAttendeeList", items, cursor: null } };
    }
    const body = { object: "Chat", id: chatId, attendee_provider_id: memberId(message.to), type: 0 };
    return { status: 200, body };
  }

  /** Null: the account itself. */
  function attendee(slug: string | null): Record<string, unknown> {
    const id = slug === null ? ownId : memberId(slug);
    return {
      ...{ object: "ChatAttendee", id: `attendee_${id}`, account_id: options.accountId, provider_id: id },
      ...{ name: slug ?? "Loopback", is_self: slug === null ? 1 : 0, hidden: 0, picture_url: null },
      profile_url: `https://www.linkedin.com/in/${slug ?? "loopback"}`,
    };
  }

  /** Messages as Unipile lists them, newest first. */
  function shown(include: (message: UnipileMessage) => boolean): Record<string, unknown>[] {
    const chosen = arrivals.messages.filter((message) => message.kind === "message" && include(message));
    const latestFirst = chosen.toSorted((a, b) => (a.timestamp < b.timestamp ? -1 : 1)).reverse();
    return latestFirst.map(({ id, chatId, body, is_sender, timestamp, to }) => ({
      object: "Message",
      id,
      chat_id: chatId,
      account_id: options.accountId,
      text: body,
      sender_id: is_sender === 1 ? ownId : memberId(to),
      is_sender,
      attachments: [],
      timestamp,
    }));
  }

  async function startChat(request: LoopbackRequest): Promise<LoopbackAnswer> {
    const form = await multipart(request, ["account_id", "attendees_ids", "text"]);
    if (isProblem(form)) return form;
    if (form.get("account_id")?.[0] !== options.accountId)
      return problem(404, "resource_not_found", "Account not found");
    const attendees = form.get("attendees_ids") ?? [];
    if (attendees.length !== 1) return problem(400, "invalid_parameters", "attendees_ids");
    const slug = attendees[0]!.startsWith("ACoAA") ? slugOf(attendees[0]!) : null;
    if (slug === null || people.relation(slug) === "unknown") {
      return problem(422, "invalid_recipient", "The recipient cannot be reached.");
    }
    const chatId = chatWith(slug);
    const sent = say(slug, chatId, form.get("text")?.[0]);
    if (isProblem(sent)) return sent;
    return { status: 201, body: { object: "ChatStarted", chat_id: chatId, message_id: sent.id } };
  }

  async function sendInChat(request: LoopbackRequest, chatId: string): Promise<LoopbackAnswer> {
    const form = await multipart(request, ["text"]);
    if (isProblem(form)) return form;
    const chat = arrivals.messages.find((message) => message.chatId === chatId);
    if (!chat) return problem(404, "resource_not_found", "Chat not found");
    const sent = say(chat.to, chatId, form.get("text")?.[0]);
    if (isProblem(sent)) return sent;
    return { status: 201, body: { object: "MessageSent", message_id: sent.id } };
  }

  function say(to: string, chatId: string, text: string | undefined): UnipileMessage | LoopbackAnswer {
    if (!text) return problem(400, "invalid_parameters", "text");
    if (text.length > maxText) return problem(400, "too_many_characters", `At most ${maxText} characters.`);
    if (people.relation(to) === "second") {
      return problem(422, "no_connection_with_recipient", "The recipient is not a first degree connection.");
    }
    return arrive("message", chatId, to, text);
  }

  /** People have one chat with the account, whoever began it. */
  function chatWith(slug: string): string {
    const earlier = arrivals.messages.find((message) => message.kind === "message" && message.to === slug);
    return earlier?.chatId ?? `chat_${randomUUID()}`;
  }

  function arrive(kind: UnipileMessage["kind"], chatId: string | null, to: string, body: string): UnipileMessage {
    return add({ kind, chatId, to, body, is_sender: 1, timestamp: new Date().toISOString() });
  }

  function add(message: Omit<UnipileMessage, "id">): UnipileMessage {
    const added = { ...message, id: randomUUID() };
    arrivals.add(added);
    return added;
  }

  const receive = (slug: string, text: string, at = new Date().toISOString()) =>
    add({ kind: "message", chatId: chatWith(slug), to: slug, body: text, is_sender: 0, timestamp: at });
  const writeElsewhere = (slug: string, text: string) => arrive("message", chatWith(slug), slug, text);

  function invite(request: LoopbackRequest): LoopbackAnswer {
    const body = json(request, ["account_id", "provider_id", "message"]);
    if (isProblem(body)) return body;
    if (body.account_id !== options.accountId) return problem(404, "resource_not_found", "Account not found");
    const note = body.message ?? null;
    if (note !== null && (typeof note !== "string" || note === ""))
      return problem(400, "invalid_parameters", "message");
    const limit = options.noteLimit ?? 300;
    if (note !== null && note.length > limit)
      return problem(400, "too_many_characters", `At most ${limit} characters.`);
    const slug = typeof body.provider_id === "string" ? slugOf(body.provider_id) : null;
    const relation = slug === null || !String(body.provider_id).startsWith("ACoAA") ? "unknown" : people.relation(slug);
    if (slug === null || relation === "unknown") return problem(422, "invalid_recipient", "There is no such person.");
    if (relation === "first") return problem(422, "already_connected", "You are connected already.");
    if (people.pending(slug)) return problem(422, "already_invited_recently", "An invitation is pending.");
    const { id, timestamp } = arrive("invitation", null, slug, note ?? "");
    people.invitations.push({ id, slug, note, at: timestamp, accepted: false });
    return { status: 201, body: { object: "UserInvitationSent", invitation_id: id } };
  }

  function addWebhook(request: LoopbackRequest): LoopbackAnswer {
    const body = json(request, [
      "source",
      "request_url",
      "headers",
      "name",
      "events",
      "account_ids",
      "enabled",
      "format",
    ]);
    if (isProblem(body)) return body;
    if (
      !["messaging", "users", "account_status"].includes(String(body.source)) ||
      !URL.canParse(String(body.request_url))
    ) {
      return problem(400, "invalid_parameters", "source or request_url");
    }
    const webhook = { id: randomUUID(), ...body };
    webhooks.push(webhook);
    return { status: 201, body: { object: "WebhookCreated", webhook_id: webhook.id } };
  }

  const { port, latencyMs } = options;
  const server = await listen({ port, latencyMs, faults, arrivals, handle });
  return { ...server, messages: arrivals.messages, arrivals, people, receive, writeElsewhere, webhooks, faults };
}
