import type { z } from "zod";
import type { SourceKindName } from "../db/source.ts";
import type { Reading } from "../domain/inbound.ts";
import type { SignatureHeaders, Verification } from "../domain/signature.ts";

/**
 * A kind of source: how its requests prove themselves, what tells one from another, and what they say in Herald's words. It is
 * pure: what is read from a request depends on the request alone, so that a later version can read it again.
 */
export interface SourceKind<Config = unknown> {
  readonly kind: SourceKindName;
  readonly config: z.ZodType<Config>;
  /** Null: the other side makes the secret, and a person brings it here. */
  /** Its signatures are of the address that was called, too: `urls` says which it can have been. */
  readonly signsAddress?: true;
  readonly newSecret: (() => string) | null;
  /** Null if the secret can be used, else a sentence that says what is wrong with it. */
  checkSecret(secret: string): string | null;
  /** `secrets`: those that are good now, the newest first. Never throws. */
  verify(request: SourceRequest, secrets: readonly string[], config: Config): Verification;
  /** The same for the same thing, however often it is sent. Only for requests that `verify` let through. */
  deliveryId(request: SourceRequest): string;
  /** What it says. Never throws for what may come. */
  read(request: KeptRequest & { config: Config }): Reading | Promise<Reading>;
  /** What the sender expects as an answer. */
  readonly answer: { contentType: string; body: string };
}

export interface SourceRequest {
  headers: SignatureHeaders;
  /** As it came over the wire. */
  body: Buffer;
  contentType: string | null;
  /** The addresses that the sender may have meant, the likeliest first: behind a proxy there is more than one answer. */
  urls: readonly string[];
  now: Date;
}

/** What is kept of a request. */
export interface KeptRequest {
  deliveryId: string;
  contentType: string | null;
  body: Buffer;
  receivedAt: Date;
}

export const jsonAnswer = { contentType: "application/json; charset=utf-8", body: '{"received":true}' } as const;
