import type { z } from "zod";
import type { Idempotency, OnRecord } from "../campaigns/desk.ts";
import type { Queryable } from "../db/pool.ts";
import type { Right } from "../domain/rights.ts";
import type { Caller } from "./caller.ts";
import type { ApiContext } from "./context.ts";
import type { InnerAnswer, InnerCall } from "./perform.ts";
import type { Visit } from "./visit.ts";

/**
 * An endpoint is data and one function. Whoever writes one can't forget authentication, validation or the error shape:
 * `register.ts` reads the data and does all of it, the same way for each.
 *
 *     endpoint({
 *       method: "GET",
 *       path: "/v1/senders/{id}",
 *       right: "senders.read",
 *       tags: ["Senders"],
 *       summary: "Get a sender",
 *       params: z.strictObject({ id: z.string() }),
 *       responses: { 200: senderSchema },
 *       async execute({ tx, workspaceId, params }) {
 *         const sender = await getSender(tx, workspaceId, params.id);
 *         if (!sender) throw notFound("sender", params.id);
 *         return { status: 200, body: sender };
 *       },
 *     });
 *
 * Errors: throw a HeraldError. Anything else becomes a 500 without internals, or a 503 where the database is away.
 */

export type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

/** Schemas of the successful answers by status. Fields that the schema doesn't name never leave. `z.void()`: no body. */
export type Responses = Readonly<Record<number, z.ZodType>>;

/** What a schema takes, lists and objects also where they are read-only: answers are only read. */
type Given<T> = T extends Date
  ? T
  : T extends readonly (infer Item)[]
    ? readonly Given<Item>[]
    : T extends object
      ? { readonly [K in keyof T]: Given<T[K]> }
      : T;

type Answer<R extends Responses> = {
  [S in keyof R]: {
    status: S;
    body: Given<z.input<R[S]>>;
    /** Headers beside the usual ones, names in lower case. Not stored with an idempotent answer. */
    headers?: AnswerHeaders;
  };
}[keyof R];

/** Several of one name (`set-cookie`) are a list. */
export type AnswerHeaders = Readonly<Record<string, string | string[]>>;

export interface RecordedTransactions {
  transaction<T>(work: (tx: Queryable) => Promise<T>, answerOf?: (result: T) => unknown): Promise<T>;
}

export interface EndpointContext<Params = unknown, Query = unknown, Body = unknown> {
  api: ApiContext;
  /** The workspace of the call. Empty where `right` is `none`, and for a person who is in no workspace. */
  workspaceId: string;
  /** Who calls, `key_...` or `user_...`. Empty where `right` is `none`. */
  callerId: string;
  /** Who calls, and what they may do; null where `right` is `none`. */
  caller: Caller | null;
  params: Params;
  query: Query;
  body: Body;
  /** The endpoint's transaction, which commits when `execute` returns; where `transaction` is false, the pool. */
  tx: Queryable;
  /** Only with `idempotency: "desk"`, and only if the client sent a key. */
  idempotency: Idempotency | null;
  /** Whose call it is; an endpoint with `idempotency: "desk"` passes it to the MessageDesk, which puts the act on record. */
  onRecord: OnRecord;
  /**
   * For endpoints whose `transaction` is false: opens the one that changes something, and puts the call on record in it, with
   * how the resource looked before and after. `answerOf`: what it made, where the call has no resource to look at. A call
   * that opens none is put on record by its answer.
   */
  recorded: RecordedTransactions;
  /** Runs after the transaction has committed and before the answer goes out: waking workers. Not after a failure. */
  afterCommit(work: () => void): void;
  request: {
    /** As in the header `x-request-id` and in the log. */
    id: string;
    /** Aborts when the client goes away: for long polls and streams. */
    signal(): AbortSignal;
    /** A header, by its name in lower case; null where it is missing or empty. */
    header(name: string): string | null;
    /** Another call of the API, in the name of this one's caller. Not within a transaction that it could wait for. */
    perform(call: InnerCall): Promise<InnerAnswer>;
    /** Looks at key or session again, for answers that last: throws unauthorized or forbidden where this isn't allowed any more. */
    recheck(): Promise<void>;
    /** The address that it came from. */
    ip: string;
    /** For the log: what went wrong though the call is answered. */
    warn(error: unknown, message: string): void;
    /** For pages and forms of people who needn't be signed in: where it came from, and whose session it has. */
    visit(): Visit;
  };
}

interface EndpointBase {
  method: Method;
  /** With parameters in braces: `/v1/senders/{id}`. */
  path: string;
  /**
   * The right (`domain/rights.ts`) that the caller needs, by a person's role or by the scopes of a key. `session`: a person
   * who is signed in, whatever their role. `none`: no key and no session.
   */
  right: Right | "session" | "none";
  /** Sections of the reference that it stands in; the first one counts. */
  tags: readonly string[];
  /** A few words, imperative, no full stop: the title in the reference. */
  summary: string;
  /** Markdown. What a caller has to know beyond the fields. */
  description?: string;
  /**
   * Whether `execute` runs in one transaction. Default: all methods but GET, unless `idempotency` is `desk`. False for
   * endpoints that call the outside or that commit on their own (by `recorded`); on a POST an Idempotency-Key is then ignored, so that
   * calling it twice must be harmless.
   */
  transaction?: boolean;
  /**
   * What is done with an `Idempotency-Key`. `transaction` (default of every POST that runs in one): key and answer are
   * stored in the endpoint's transaction; the same request gets the same answer again, another one 409.
   * `desk`: the key is handed to `execute`, which passes it to the MessageDesk.
   */
  idempotency?: "transaction" | "desk";
  /**
   * How the audit trail keeps a call that changes something (all methods but GET). Default: with the body, and how the
   * resource looked before and after. `brief`: with path and answer only, where a body is about many people or full of their
   * words. false: not at all, where nothing changes.
   */
  audit?: "brief" | false;
  /** Content type of an answer that is a stream: `body` is then a Readable of texts, sent as it comes. Default: JSON. */
  streams?: string;
  /** It may answer with CSV instead: with a Readable of texts and its content type as a header. */
  csv?: boolean;
  /** Bytes of the body at most. Default 1 MiB. */
  bodyLimit?: number;
  /** Shown in the reference: a request body, and the body of the first response. */
  example?: { body?: unknown; response?: unknown };
}

/** What a call is about, as the audit trail keeps it. */
export interface Subject {
  /** How it looks to readers; null: it isn't there. */
  view: unknown;
  /** By which its acts are found. Default: the first parameter of the path, or the ID of what was made. */
  target?: string;
  /** Whom it concerns. Default: as the call and its answer say. */
  leadId?: string | null;
}

export interface EndpointDefinition<P extends z.ZodType, Q extends z.ZodType, B extends z.ZodType, R extends Responses>
  extends EndpointBase {
  /** A strict object; values are texts. */
  params?: P;
  /** A strict object (an unknown parameter is an error); values are texts, so that numbers need `z.coerce`. */
  query?: Q;
  /** Objects in it are strict, or loose where custom keys are allowed; a plain `z.object` is refused at the start. */
  body?: B;
  responses: R;
  execute(context: EndpointContext<z.output<P>, z.output<Q>, z.output<B>>): Promise<Answer<R>>;
  /** For the audit trail, before and after: what it is about, where no GET of its path shows that. */
  subject?(context: EndpointContext<z.output<P>, z.output<Q>, z.output<B>>): Promise<Subject>;
}

/** An endpoint whose types have been checked, as lists of endpoints hold it. */
export interface Endpoint extends EndpointBase {
  params?: z.ZodType;
  query?: z.ZodType;
  body?: z.ZodType;
  responses: Responses;
  execute(context: EndpointContext): Promise<{ status: number; body: unknown; headers?: AnswerHeaders }>;
  subject?(context: EndpointContext): Promise<Subject>;
}

/** Checks the definition's types against each other. */
export function endpoint<
  P extends z.ZodType = z.ZodType<Record<string, never>>,
  Q extends z.ZodType = z.ZodType<Record<string, never>>,
  B extends z.ZodType = z.ZodType<undefined>,
  const R extends Responses = Responses,
>(definition: EndpointDefinition<P, Q, B, R>): Endpoint {
  // `execute` is called only with what the schemas beside it gave.
  return definition as unknown as Endpoint;
}
