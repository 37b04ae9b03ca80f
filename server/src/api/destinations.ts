import { z } from "zod";
import { forgetCrmPeople } from "../db/crm.ts";
import { retryCrmToken } from "../db/crm-token.ts";
import {
  type Destination,
  deleteDestination,
  getDestination,
  insertDestination,
  listDestinations,
  lockDestination,
  updateDestination,
} from "../db/destination.ts";
import { laneHealth, setLaneLimits } from "../db/lane.ts";
import { orderings } from "../db/order.ts";
import type { Queryable } from "../db/pool.ts";
import { changeOrdering } from "../db/reorder.ts";
import { disableDestination } from "../destinations/disable.ts";
import { checkDestinationUrl } from "../destinations/webhook/url-check.ts";
import { destinationKinds } from "../domain/destination-kind.ts";
import { HeraldError, notFound } from "../domain/error.ts";
import { type Format, formatNames } from "../domain/format.ts";
import { formatOf } from "../domain/formats.ts";
import { newId } from "../domain/id.ts";
import { olderSecretsAfter } from "../domain/older-secrets.ts";
import { checkRetrySchedule } from "../domain/retry-schedule.ts";
import { isSigningKey, newSigningKey, publicKeyOf } from "../domain/standard-webhooks-asymmetric.ts";
import type { ApiContext } from "./context.ts";
import { idCursor } from "./cursor.ts";
import { authChangeInput, authInput, checkedAccess, tlsInput } from "./destination-access.ts";
import {
  destinationAnswer,
  destinationExample,
  destinationSchema,
  type Signing,
  secretField,
  signingOf,
  signings,
} from "./destination-answer.ts";
import { limitInputs } from "./destination-limits.ts";
import {
  checkedShape,
  checkedTypes,
  eventTypesInput,
  refuseTwoAuthorizations,
  shapeChangeFields,
  shapeFields,
} from "./destination-shape.ts";
import {
  changedSystem,
  configInput,
  credentialsInput,
  inTimeZone,
  newSystem,
  refuseForeignFields,
  refuseMissing,
  sayableBy,
  systemOf,
} from "./destination-system.ts";
import { type Endpoint, endpoint } from "./endpoint.ts";
import { idParams, limit, name, page, pageOf, time, timeInput } from "./fields.ts";
import { replayAnswer, replaySchema } from "./replay-answer.ts";
import { gapMarginMs, startReplay } from "./replay-start.ts";
import { invalid } from "./validate.ts";

const retryScheduleInput = z.array(z.number()).nullish().meta({
  description:
    "Seconds between the attempts of a delivery: 1 to 20 waits of 1 s to 7 days, 30 days in all. Up to a fifth is added to each at random. null or left out: 5 s, 30 s, 2 min, 15 min, 1 h, 3 h, 6 h, 12 h, 24 h, 24 h.",
});
const orderingInput = z
  .enum(orderings)
  .optional()
  .meta({
    description: [
      "`lead`: a lead's events arrive one after the other, by their IDs, which is the order of their times; one that fails holds back that lead's later ones until it is delivered or its attempts are used up. Other leads, and events without a lead, don't wait. `none`: all side by side.",
      "What comes late (recorded by a transaction that took longer, retried by hand, or replayed) goes before later events of its lead that still wait there. Events of one millisecond are ordered by the rest of their IDs. At a CRM, an event of a kind that the account may not log (or of somebody whom it may not create) steps aside: the lead's later ones go on, and it is logged when a later attempt finds the permission, with its own time.",
    ].join("\n\n"),
  });
const urlInput = z.string().max(2_000);
const secretInput = z.string().max(1_000);
const signingInput = z.enum(signings).optional().meta({
  description:
    "`hmac` (default): a shared secret. `ed25519`, only in the format `herald`: a private key that stays here; receivers verify `v1a` signatures with `publicKey` and hold nothing that could sign.",
});

const day = 24 * 3_600_000;

function checkedUrl(api: ApiContext, text: string): string {
  const result = checkDestinationUrl(text, { allowPrivate: api.config.allowPrivateDestinations });
  if (result.ok) return result.url;
  throw new HeraldError("invalid_destination_url", result.reason, [{ field: "url", reason: result.reason }]);
}

/** What a destination signs with: the secret to store, and what of it may be read. */
interface Signer {
  secret: string | null;
  publicKey: string | null;
}

/**
 * The given secret, or a new one; none only where it was given so and the format allows it. `signing` undefined: as the
 * given secret says by its prefix.
 */
function checkedSigner(format: Format, given: string | null | undefined, signing: Signing | undefined): Signer {
  if (signing === "ed25519" && format.name !== "herald") {
    const reason = `The format ${format.name} has room for HMAC only; ed25519 is for the format herald.`;
    throw invalid([{ field: "signing", reason }]);
  }
  if (given === null) {
    if (!format.secretRequired && signing === undefined) return { secret: null, publicKey: null };
    throw invalid([
      { field: "secret", reason: `The format ${format.name} needs a secret. Leave the field out to get a new one.` },
    ]);
  }
  const secret = given ?? (signing === "ed25519" ? newSigningKey() : format.newSecret());
  const reason = format.checkSecret(secret);
  if (reason) throw invalid([{ field: "secret", reason }]);
  const asymmetric = format.name === "herald" && isSigningKey(secret);
  if (signing !== undefined && asymmetric !== (signing === "ed25519")) {
    const form = signing === "ed25519" ? "whsk_, a private key" : "whsec_, a shared secret";
    throw invalid([{ field: "secret", reason: `With signing ${signing} the secret begins with ${form}.` }]);
  }
  return { secret, publicKey: asymmetric ? publicKeyOf(secret) : null };
}

function checkedSchedule(seconds: readonly number[] | null | undefined): readonly number[] | null | undefined {
  const problem = seconds ? checkRetrySchedule(seconds) : null;
  if (!problem) return seconds;
  const field = problem.index === null ? "retrySchedule" : `retrySchedule.${problem.index}`;
  throw invalid([{ field, reason: problem.reason }]);
}

/** A private key is shown to nobody: receivers need the public one. */
const shown = ({ secret, publicKey }: Signer) => (publicKey === null ? secret : null);

function sealed(api: ApiContext, workspaceId: string, id: string, secret: string | null): Buffer | null {
  return secret === null ? null : api.box.seal(secret, `${workspaceId}/${id}`);
}

async function mustGet(db: Queryable, workspaceId: string, id: string) {
  const destination = await getDestination(db, workspaceId, id);
  if (!destination) throw notFound("destination", id);
  return destination;
}

/** Everything up to the moment from which on events are queued for it, and nothing that is. */
async function fillFromHistory(
  context: Parameters<typeof startReplay>[0],
  destination: Destination,
  { from = null, rate = null }: { from?: Date | null | undefined; rate?: number | null | undefined },
) {
  const now = Date.now();
  if (from && from.getTime() >= now) throw invalid([{ field: "history.from", reason: "This is in the future." }]);
  return await startReplay(
    context,
    {
      ...{ origin: "history", from, to: new Date(now + gapMarginMs), selection: "never_attempted", rate },
      ...{ eventId: null, eventTypes: null, leadId: null, campaignId: null },
    },
    destination,
  );
}

export const destinationEndpoints: readonly Endpoint[] = [
  endpoint({
    method: "GET",
    path: "/v1/destinations",
    right: "destinations.read",
    tags: ["Destinations"],
    summary: "List destinations",
    description: "Newest first.",
    query: z.strictObject({ cursor: idCursor("destination").optional(), limit: limit() }),
    responses: { 200: page(destinationSchema) },
    example: { response: { data: [destinationExample], nextCursor: null } },
    async execute({ api, tx, workspaceId, query }) {
      const rows = await listDestinations(tx, workspaceId, query.cursor ?? null, query.limit + 1);
      const health = await laneHealth(
        tx,
        workspaceId,
        rows.map((row) => row.id),
      );
      const answers = rows.map((row) => destinationAnswer({ api, workspaceId }, row, health.get(row.id)));
      return { status: 200, body: pageOf(answers, query.limit, (last) => last.id) };
    },
  }),
  endpoint({
    method: "POST",
    path: "/v1/destinations",
    right: "destinations.write",
    tags: ["Destinations"],
    summary: "Create a destination",
    description:
      "A URL to which each event is POSTed, signed, at least once, under one event ID. `format` says in whose words: `herald` (Standard Webhooks, everything known), `sendpilot` or `apten` (for handlers written for these). The secret is in this answer and in no other. Several destinations may have one URL.",
    body: z.strictObject({
      kind: z.enum(destinationKinds).default("webhook").meta({
        description:
          "`webhook`: signed requests to `url`. The others are told in their own words, and have `config` and `credentials` in place of what webhooks have.",
      }),
      url: urlInput
        .optional()
        .meta({ description: "Of a webhook: https; without user name, password or fragment; on the public internet." }),
      config: configInput,
      credentials: credentialsInput,
      format: z.enum(formatNames).optional().meta({ description: "Default: herald." }),
      eventTypes: eventTypesInput.nullish(),
      name: name().optional().meta({ description: "Default: the URL's host, or the kind." }),
      secret: secretInput
        .nullish()
        .meta({ description: "Default: a new one. null: unsigned, which only `apten` allows." }),
      retrySchedule: retryScheduleInput,
      ordering: orderingInput,
      ...limitInputs,
      history: z
        .strictObject({
          from: timeInput.optional().meta({ description: "Default: the beginning of the log." }),
          rate: z
            .number()
            .min(0.01)
            .max(100_000)
            .optional()
            .meta({ description: "Events a second. Default: no limit." }),
        })
        .optional()
        .meta({
          description:
            "Fills it with what happened before, too, by a replay, without a gap to what happens from now on. New events don't wait for it: they may arrive before older ones.",
        }),
      signing: signingInput,
      auth: authInput,
      tls: tlsInput,
      ...shapeFields,
    }),
    responses: {
      201: destinationSchema.extend({
        secret: secretField,
        replay: replaySchema.nullable().meta({ description: "The replay that fills it from history." }),
      }),
    },
    example: {
      body: {
        url: "https://crm.example.com/hooks/herald",
        format: "herald",
        eventTypes: ["message.sent"],
        name: "CRM bridge",
      },
      response: {
        ...destinationExample,
        secret: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo=",
        replay: null,
      },
    },
    async execute(context) {
      const { api, tx, workspaceId, body } = context;
      refuseForeignFields(body.kind, body);
      const format = formatOf(body.format ?? "herald");
      const id = newId("destination");
      const { kind } = body;
      const webhook = kind === "webhook";
      if (webhook && body.url === undefined) throw invalid([{ field: "url", reason: "This is required." }]);
      const system = webhook
        ? null
        : newSystem(
            api,
            { workspaceId, id, kind },
            { ...body, config: await inTimeZone(api, tx, workspaceId, kind, body.config) },
          );
      if (system) await refuseMissing(api, tx, workspaceId, { ...system, kind });
      const url = system?.url ?? checkedUrl(api, body.url ?? "");
      const signer = system ? { secret: null, publicKey: null } : checkedSigner(format, body.secret, body.signing);
      refuseTwoAuthorizations(body, null);
      const shape = await checkedShape(context, id, format, body, null);
      const inserted = await insertDestination(tx, workspaceId, {
        id,
        name: body.name ?? (system ? kind : new URL(url).hostname),
        url,
        ...system,
        format: format.name,
        formatBit: format.bit,
        eventTypes:
          checkedTypes(format, body.eventTypes, sayableBy(api, kind)) ??
          (system ? systemOf(api, kind).eventTypes : null),
        secret: sealed(api, workspaceId, id, signer.secret),
        publicKey: signer.publicKey,
        retrySchedule: checkedSchedule(body.retrySchedule) ?? null,
        ordering: body.ordering,
        ...checkedAccess(api, { workspaceId, id, url }, body),
      });
      const { concurrency } = system ? systemOf(api, kind) : { concurrency: undefined };
      await setLaneLimits(tx, workspaceId, id, { ...body, maxConcurrency: body.maxConcurrency ?? concurrency });
      const destination = (shape && (await updateDestination(tx, workspaceId, id, shape))) ?? inserted;
      const replay = body.history ? await fillFromHistory(context, destination, body.history) : null;
      const health = await laneHealth(tx, workspaceId, [id]);
      const answer = { ...destinationAnswer({ api, workspaceId }, destination, health.get(id)), secret: shown(signer) };
      return { status: 201, body: { ...answer, replay: replay && replayAnswer(replay) } };
    },
  }),
  endpoint({
    method: "GET",
    path: "/v1/destinations/{id}",
    right: "destinations.read",
    tags: ["Destinations"],
    summary: "Get a destination",
    params: idParams,
    responses: { 200: destinationSchema },
    example: { response: destinationExample },
    async execute({ api, tx, workspaceId, params }) {
      const destination = await mustGet(tx, workspaceId, params.id);
      const health = await laneHealth(tx, workspaceId, [params.id]);
      return { status: 200, body: destinationAnswer({ api, workspaceId }, destination, health.get(params.id)) };
    },
  }),
  endpoint({
    method: "PATCH",
    path: "/v1/destinations/{id}",
    right: "destinations.write",
    tags: ["Destinations"],
    summary: "Change a destination",
    description:
      "Only what is given changes. While a destination is disabled, new events are not kept for it; those that wait do wait, and go out when it is active again. What it missed meanwhile: see *Enable a destination*. Disabling it stops its replays, and tells the workspace's other destinations (`destination.disabled`). A change of `ordering` counts for all that waits, too, at some 20 µs each, while the destination's deliveries rest; not for what is under way or is being recorded in that moment.",
    params: idParams,
    body: z.strictObject({
      url: urlInput.optional(),
      config: configInput,
      credentials: credentialsInput,
      name: name().optional(),
      eventTypes: eventTypesInput.nullish(),
      status: z.enum(["active", "disabled"]).optional(),
      retrySchedule: retryScheduleInput,
      ordering: orderingInput,
      auth: authChangeInput,
      tls: tlsInput,
      ...limitInputs,
      ...shapeChangeFields,
    }),
    responses: { 200: destinationSchema },
    example: {
      body: { status: "disabled" },
      response: { ...destinationExample, status: "disabled", statusReason: "Disabled by the API." },
    },
    async execute(context) {
      const { api, tx, workspaceId, params, body, afterCommit } = context;
      // Locked: URL and credentials are judged together.
      const before = await lockDestination(tx, workspaceId, params.id);
      if (!before) throw notFound("destination", params.id);
      refuseForeignFields(before.kind, body);
      const url = body.url === undefined ? before.url : checkedUrl(api, body.url);
      const access = checkedAccess(api, { workspaceId, id: params.id, url }, body, before);
      refuseTwoAuthorizations(body, before);
      const shape = await checkedShape(context, params.id, formatOf(before.format), body, before);
      if (body.status === "disabled") {
        const why = { by: "api", reason: "Disabled by the API." } as const;
        const { lanes } = (await disableDestination(tx, workspaceId, params.id, why)) ?? { lanes: [] };
        afterCommit(() => api.wake("delivery", lanes));
      }
      if (body.ordering) await changeOrdering(tx, workspaceId, params.id, body.ordering);
      const config = body.config && (await inTimeZone(api, tx, workspaceId, before.kind, body.config));
      const system = changedSystem(api, workspaceId, before, { ...body, config });
      if (before.kind !== "webhook") await refuseMissing(api, tx, workspaceId, { ...system, kind: before.kind });
      const destination = await updateDestination(tx, workspaceId, params.id, {
        name: body.name,
        url: body.url === undefined ? undefined : url,
        eventTypes: checkedTypes(formatOf(before.format), body.eventTypes, sayableBy(api, before.kind)),
        retrySchedule: checkedSchedule(body.retrySchedule),
        ...access,
        ...shape,
        ...system,
        ...(body.status === "active" ? { status: "active", statusReason: null } : {}),
      });
      if (!destination) throw notFound("destination", params.id);
      const key = { workspaceId, destinationId: params.id };
      if (system.config && before.kind !== "webhook")
        await systemOf(api, before.kind).changed?.(tx, key, system.config, before.config ?? {});
      if (body.credentials) await retryCrmToken(tx, key);
      // It may be another account's now. Whoever is in it is found again.
      if (body.credentials || (system.url !== undefined && system.url !== before.url)) await forgetCrmPeople(tx, key);
      const usual = before.kind === "webhook" ? null : (systemOf(api, before.kind).concurrency ?? null);
      const { maxConcurrency } = body;
      await setLaneLimits(tx, workspaceId, params.id, {
        ...body,
        maxConcurrency: maxConcurrency === null ? usual : maxConcurrency,
      });
      if (body.status === "active" || body.ordering || body.url || body.credentials)
        afterCommit(() => api.wake("delivery", [{ workspaceId, laneId: params.id }]));
      const health = await laneHealth(tx, workspaceId, [params.id]);
      return { status: 200, body: destinationAnswer({ api, workspaceId }, destination, health.get(params.id)) };
    },
  }),
  endpoint({
    method: "DELETE",
    path: "/v1/destinations/{id}",
    right: "destinations.write",
    tags: ["Destinations"],
    summary: "Delete a destination",
    description: "Deliveries that wait are dropped, and its replays stop. To stop for a while, disable it.",
    params: idParams,
    responses: { 204: z.void() },
    async execute({ tx, workspaceId, params }) {
      if (!(await deleteDestination(tx, workspaceId, params.id))) throw notFound("destination", params.id);
      return { status: 204, body: undefined };
    },
  }),
  endpoint({
    method: "POST",
    path: "/v1/destinations/{id}/rotate-secret",
    right: "destinations.write",
    tags: ["Destinations"],
    summary: "Rotate a destination's secret",
    description:
      "For 24 hours the old secret signs as well, in formats that have room for two signatures (`herald`); in the others attempts are signed with one of them: a receiver with either takes each event by its second attempt, and after the first answers Herald signs with the one that it takes. Of several rotations within a day each old secret keeps its 24 hours, up to five of them. Meanwhile 401 and 403 don't count as signs that the receiver is ill.",
    params: idParams,
    body: z
      .strictObject({
        secret: secretInput.optional().meta({ description: "Default: a new one." }),
        signing: signingInput.meta({
          description: "Default: as it is. Another one changes the scheme; both sign meanwhile.",
        }),
      })
      .default({}),
    responses: {
      200: z.object({ secret: secretField, publicKey: z.string().nullable(), previousSecretUntil: time.nullable() }),
    },
    example: {
      body: {},
      response: {
        secret: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo=",
        publicKey: null,
        previousSecretUntil: "2026-01-06T09:30:00.000Z",
      },
    },
    async execute({ api, tx, workspaceId, params, body }) {
      // Locked: of two rotations at once the later one keeps the other's secret as the previous one.
      const before = await lockDestination(tx, workspaceId, params.id);
      if (!before) throw notFound("destination", params.id);
      if (before.kind !== "webhook") {
        const message = `A destination of the kind ${before.kind} signs nothing. Its credentials are changed by PATCH /v1/destinations/{id}.`;
        throw new HeraldError("invalid_state", message);
      }
      // A secret of one's own says by itself how it signs.
      const signing = body.signing ?? (body.secret === undefined ? (signingOf(before) ?? undefined) : undefined);
      const signer = checkedSigner(formatOf(before.format), body.secret, signing);
      const previousSecretUntil = before.secret ? new Date(Date.now() + day) : null;
      await updateDestination(tx, workspaceId, params.id, {
        secret: sealed(api, workspaceId, params.id, signer.secret),
        publicKey: signer.publicKey,
        previousSecret: before.secret,
        previousPublicKey: before.publicKey,
        previousSecretUntil,
        olderSecrets: olderSecretsAfter(before),
      });
      return { status: 200, body: { secret: shown(signer), publicKey: signer.publicKey, previousSecretUntil } };
    },
  }),
];
