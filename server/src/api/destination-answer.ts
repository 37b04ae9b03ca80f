import { z } from "zod";
import { type Destination, sealedOf } from "../db/destination.ts";
import { type LaneHealth, mostHeld } from "../db/lane.ts";
import { orderings } from "../db/order.ts";
import { destinationKinds } from "../domain/destination-kind.ts";
import { eventTypes } from "../domain/event.ts";
import { formatNames } from "../domain/format.ts";
import { formatOf } from "../domain/formats.ts";
import { sealedProblem } from "../domain/seal.ts";
import type { ApiContext } from "./context.ts";
import { type AccessAnswer, accessAnswer } from "./destination-access.ts";
import {
  adaptationAnswer,
  adaptationExample,
  adaptationFields,
  limitFields,
  limitsAnswer,
  limitsExample,
} from "./destination-limits.ts";
import { time } from "./fields.ts";

export const signings = ["hmac", "ed25519"] as const;
export type Signing = (typeof signings)[number];

export const secretField = z.string().nullable().meta({
  description:
    "The signing secret. Shown this once. Null where there is none, and with `ed25519`: receivers need `publicKey` only.",
});

export const destinationSchema = z.object({
  id: z.string(),
  kind: z.enum(destinationKinds),
  name: z.string(),
  url: z.string().meta({ description: "Of a CRM or chat: where it is, without what is secret." }),
  config: z
    .record(z.string(), z.unknown())
    .nullable()
    .meta({ description: "Of a CRM or chat: its settings. Credentials are never given back." }),
  hasCredentials: z.boolean().meta({ description: "Of a CRM or chat." }),
  verifiedAt: time.nullable().meta({ description: "When its credentials were last seen to work." }),
  format: z.enum(formatNames),
  eventTypes: z.array(z.string()).nullable().meta({
    description:
      "Null: everything that the format can say, but for `lead.created` of leads from files. With patterns as they were given.",
  }),
  expresses: z
    .array(z.enum(eventTypes))
    .meta({ description: "The event types of which the format can say at least some." }),
  limits: z.string().meta({ description: "What the format can't say: such events are not delivered here." }),
  ordering: z.enum(orderings),
  status: z.enum(["active", "disabled"]),
  statusReason: z.string().nullable(),
  credentialsProblem: z.string().nullable().meta({
    description:
      "Why its secrets or credentials can't be opened, and what to do: nothing is delivered until then, and no attempt is used up. Null: all is well.",
  }),
  disabledAt: time.nullable().meta({ description: "When it was last disabled." }),
  missedSince: time.nullable().meta({
    description:
      "Events since then were not kept for it; enabling it with `recover` sends them. Null: nothing is missing.",
  }),
  retrySchedule: z
    .array(z.number().int())
    .nullable()
    .meta({ description: "Seconds between the attempts of a delivery. Null: the default schedule." }),
  ...limitFields,
  channels: z.array(z.string()).nullable().meta({ description: "Only events of these channels. Null: of all." }),
  campaigns: z.array(z.string()).nullable().meta({ description: "Only events of these campaigns. Null: of all." }),
  tags: z
    .array(z.string())
    .nullable()
    .meta({ description: "Only events of leads with one of these tags. Null: of all." }),
  statuses: z
    .array(z.string())
    .nullable()
    .meta({ description: "Only events of leads with one of these statuses. Null: of all." }),
  filter: z.string().nullable(),
  transform: z.string().nullable(),
  thin: z.boolean().meta({ description: "Payloads hold IDs only." }),
  headerNames: z
    .array(z.string())
    .meta({ description: "The custom headers. Their values are not shown: they may be secrets." }),
  hasSecret: z.boolean(),
  signing: z
    .enum(signings)
    .nullable()
    .meta({ description: "How requests are signed: with a shared secret, or with a private key. Null: not at all." }),
  publicKey: z
    .string()
    .nullable()
    .meta({ description: "With `ed25519`: the key (`whpk_...`) to verify `v1a` signatures with." }),
  previousPublicKey: z
    .string()
    .nullable()
    .meta({ description: "The one before the last rotation, while it still signs." }),
  previousSecretUntil: time
    .nullable()
    .meta({ description: "Until then the secret before the last rotation signs as well." }),
  ...accessAnswer,
  health: z.object({
    failures: z.number().int().meta({ description: "Failed attempts since the last success." }),
    lastSuccessAt: time.nullable(),
    lastFailureAt: time.nullable(),
    pausedUntil: time
      .nullable()
      .meta({ description: "Nothing is sent before then: the receiver asked to wait, or is ill (`breaker`)." }),
    pausedReason: z.string().nullable(),
    held: z
      .number()
      .int()
      .meta({
        description: `With \`ordering: lead\`: deliveries that wait for another one for the same lead to end. Counted up to ${mostHeld}, which stands for so many or more.`,
      }),
    ...adaptationFields,
    notifications: z
      .object({
        waiting: z.number().int().meta({ description: "Events that are still to be posted." }),
        nextPostAt: time.nullable(),
        lastPostedAt: time.nullable(),
        failingSince: time.nullable().meta({ description: "The first post that failed since the last success." }),
        reason: z
          .string()
          .nullable()
          .meta({ description: "Why the last post failed, or what was given up; null: all is well." }),
      })
      .nullable()
      .meta({ description: "Of Slack, Teams and Discord, once something was queued for it." }),
  }),
  createdAt: time,
  updatedAt: time,
});

export function signingOf({ secret, publicKey }: Pick<Destination, "secret" | "publicKey">): Signing | null {
  return publicKey !== null ? "ed25519" : secret !== null ? "hmac" : null;
}

/** A destination as the API shows it, without its secrets. */
export function destinationAnswer(
  { api, workspaceId }: { api: Pick<ApiContext, "box">; workspaceId: string },
  destination: Destination,
  health: LaneHealth | undefined,
): z.input<typeof destinationSchema> {
  const format = formatOf(destination.format);
  const { previousSecretUntil } = destination;
  const overlaps = previousSecretUntil !== null && previousSecretUntil.getTime() > Date.now();
  return {
    ...destination,
    credentialsProblem: sealedProblem(api.box, sealedOf(workspaceId, destination)),
    expresses: [...format.eventTypes],
    limits: format.limits,
    ...limitsAnswer(health),
    headerNames: destination.headerNames ?? [],
    config: destination.config as Record<string, unknown> | null,
    hasCredentials: destination.credentials !== null,
    hasSecret: destination.secret !== null,
    signing: signingOf(destination),
    previousSecretUntil: overlaps ? previousSecretUntil : null,
    previousPublicKey: overlaps ? destination.previousPublicKey : null,
    auth: destination.authShown as AccessAnswer["auth"],
    tls: destination.tlsShown as AccessAnswer["tls"],
    health: {
      failures: health?.failures ?? 0,
      lastSuccessAt: health?.lastSuccessAt ?? null,
      lastFailureAt: health?.lastFailureAt ?? null,
      pausedUntil: health?.parkedUntil instanceof Date ? health.parkedUntil : null,
      pausedReason: health?.parkedReason ?? null,
      held: health?.held ?? 0,
      ...adaptationAnswer(health),
      notifications: health?.notifications ?? null,
    },
  };
}

export const destinationExample = {
  id: "dest_01k9d3v0x5e0rb1v6m2z8q4w7n",
  kind: "webhook" as const,
  name: "CRM bridge",
  url: "https://crm.example.com/hooks/herald",
  config: null,
  hasCredentials: false,
  verifiedAt: null,
  format: "herald",
  eventTypes: ["message.sent"],
  expresses: eventTypes,
  limits: formatOf("herald").limits,
  ordering: "none" as const,
  status: "active",
  statusReason: null,
  credentialsProblem: null,
  disabledAt: null,
  missedSince: null,
  retrySchedule: null,
  ...limitsExample,
  channels: null,
  campaigns: null,
  tags: null,
  statuses: null,
  filter: null,
  transform: null,
  thin: false,
  headerNames: [],
  hasSecret: true,
  signing: "hmac",
  publicKey: null,
  previousPublicKey: null,
  previousSecretUntil: null,
  auth: null,
  tls: null,
  health: {
    failures: 0,
    lastSuccessAt: "2026-01-05T09:31:00.000Z",
    lastFailureAt: null,
    pausedUntil: null,
    pausedReason: null,
    held: 0,
    ...adaptationExample,
    notifications: null,
  },
  createdAt: "2026-01-05T09:30:00.000Z",
  updatedAt: "2026-01-05T09:30:00.000Z",
};
