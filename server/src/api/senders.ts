import { z } from "zod";
import { hoursApart } from "../campaigns/sender-hours.ts";
import type { ChannelAdapter } from "../channels/channel.ts";
import { dropTokens } from "../db/access-token.ts";
import { listSandboxMessages } from "../db/sandbox.ts";
import {
  deleteSender,
  getSender,
  insertSender,
  listSenders,
  lockSender,
  type Sender,
  type SenderChange,
  senderInUse,
  updateSender,
} from "../db/sender.ts";
import { countRecent } from "../db/workspace.ts";
import { HeraldError, notFound } from "../domain/error.ts";
import { type ChannelName, channels } from "../domain/event.ts";
import { newId } from "../domain/id.ts";
import type { SenderLimits } from "../domain/pacing.ts";
import type { ApiContext } from "./context.ts";
import { idCursor } from "./cursor.ts";
import { type Endpoint, endpoint } from "./endpoint.ts";
import { idParams, limit, name, page, pageOf, time } from "./fields.ts";
import { hoursAnswer, hoursInput, readHours } from "./sender-hours.ts";
import { checkLimits, limitsAnswer, limitsInput } from "./sender-limits.ts";
import { dropMailbox, followMailbox } from "./sender-mailbox.ts";
import { receivingSchema, shownSenders } from "./sender-receiving.ts";
import { recordSenderState } from "./sender-state.ts";
import { invalid, parsePart } from "./validate.ts";

const settings = z.record(z.string(), z.unknown());

const senderSchema = z.object({
  id: z.string(),
  name: z.string(),
  channel: z.enum(channels),
  provider: z.string(),
  address: z.string().meta({ description: "Where messages come from: phone number, mailbox, account." }),
  config: settings.meta({ description: "The provider's public settings. Credentials are never given back." }),
  hasCredentials: z.boolean(),
  status: z.enum(["active", "paused", "broken"]).meta({
    description:
      "`broken`: the provider refused the account; its messages wait until the sender is verified or set to active.",
  }),
  statusReason: z.string().nullable(),
  credentialsProblem: z.string().nullable().meta({
    description:
      "Why its credentials can't be opened, and what to do: nothing is sent until then, and no attempt is used up. Null: all is well.",
  }),
  verifiedAt: time.nullable(),
  receiving: receivingSchema,
  ...limitsAnswer,
  ...hoursAnswer,
  createdAt: time,
  updatedAt: time,
});

const detailSchema = senderSchema.extend({
  warnings: z.array(z.string()).meta({
    description:
      "Campaigns that can never send with it, as their windows and its hours are never open at the same time.",
  }),
});

const example = {
  id: "sender_01k9d3v0x5e0rb1v6m2z8q4w7n",
  name: "Ada from Analytical",
  channel: "sms",
  provider: "twilio",
  address: "+15550100",
  config: { accountSid: "AC00000000000000000000000000000000", from: "+15550100123", baseUrl: "https://api.twilio.com" },
  hasCredentials: true,
  status: "active",
  statusReason: null,
  credentialsProblem: null,
  verifiedAt: null,
  receiving: null,
  limits: { message: { perDay: 200 } },
  pace: { message: { perDay: 200, perWeek: null, minGapSeconds: 0, jitter: 0, ramp: null } },
  schedule: null,
  timeZone: null,
  createdAt: "2026-01-05T09:30:00.000Z",
  updatedAt: "2026-01-05T09:30:00.000Z",
};

const detailed = { ...example, warnings: [] };

const shown = async (of: Parameters<typeof shownSenders>[0], sender: Sender) => ({
  ...(await shownSenders(of, [sender]))[0]!,
  warnings: sender.schedule === null ? [] : await hoursApart(of.tx, of.workspaceId, { senderId: sender.id }),
});

function adapterOf(api: ApiContext, provider: string, channel?: ChannelName): ChannelAdapter {
  const adapter = api.adapters.get(provider);
  if (!adapter) {
    const reason = `There is no such provider here; there are: ${[...api.adapters.keys()].join(", ")}.`;
    throw invalid([{ field: "provider", reason }]);
  }
  if (channel && !adapter.channels.includes(channel)) {
    const reason = `${provider} can't send over ${channel}; it can over ${adapter.channels.join(", ")}.`;
    throw invalid([{ field: "channel", reason }]);
  }
  return adapter;
}

/** Sealed; null where the provider needs none. */
function sealed(api: ApiContext, workspaceId: string, id: string, credentials: unknown): Buffer | null {
  if (Object.keys(credentials as object).length === 0) return null;
  return api.box.seal(JSON.stringify(credentials), `${workspaceId}/${id}`);
}

export const senderEndpoints: readonly Endpoint[] = [
  endpoint({
    method: "GET",
    path: "/v1/senders",
    right: "senders.read",
    tags: ["Senders"],
    summary: "List senders",
    description: "Newest first.",
    query: z.strictObject({
      channel: z.enum(channels).optional(),
      status: z.enum(["active", "paused", "broken"]).optional(),
      cursor: idCursor("sender").optional(),
      limit: limit(),
    }),
    responses: { 200: page(senderSchema) },
    example: { response: { data: [example], nextCursor: null } },
    async execute({ api, tx, workspaceId, query }) {
      const { cursor: before, limit: size, ...filter } = query;
      const rows = await listSenders(tx, workspaceId, { ...filter, before, limit: size + 1 });
      return { status: 200, body: pageOf(await shownSenders({ api, tx, workspaceId }, rows), size, (last) => last.id) };
    },
  }),
  endpoint({
    method: "POST",
    path: "/v1/senders",
    right: "senders.write",
    tags: ["Senders"],
    summary: "Create a sender",
    description:
      "An account that messages go out from. What `config` and `credentials` hold depends on the provider: `twilio` (sms), `smtp` (email), `unipile` (linkedin), or `sandbox` (any channel, reaches nobody). Credentials are sealed and never given back. Whether they work is for `POST /v1/senders/{id}/verify` to find out.",
    body: z.strictObject({
      name: name(),
      channel: z.enum(channels),
      provider: z.string().max(50),
      config: settings.default({}),
      credentials: settings.default({}),
      limits: limitsInput,
      ...hoursInput,
    }),
    responses: { 201: detailSchema },
    example: {
      body: {
        name: "Ada from Analytical",
        channel: "sms",
        provider: "twilio",
        config: { accountSid: "AC00000000000000000000000000000000", from: "+15550100123" },
        credentials: { authToken: "..." },
      },
      response: detailed,
    },
    async execute({ api, tx, workspaceId, body, afterCommit }) {
      const adapter = adapterOf(api, body.provider, body.channel);
      const config = parsePart(adapter.config, body.config, "config");
      const credentials = parsePart(adapter.credentials, body.credentials, "credentials");
      checkLimits(body.channel, body.provider, body.limits as SenderLimits | undefined);
      const hours = readHours(body);
      const id = newId("sender");
      const sender = await insertSender(tx, workspaceId, {
        id,
        name: body.name,
        channel: body.channel,
        provider: body.provider,
        address: adapter.address(config),
        config,
        credentials: sealed(api, workspaceId, id, credentials),
        concurrency: adapter.concurrency(config),
        limits: body.limits as SenderLimits | undefined,
        ...hours,
      });
      await followMailbox(api, tx, workspaceId, sender);
      afterCommit(() => api.wakeMailboxes());
      return { status: 201, body: await shown({ api, tx, workspaceId }, sender) };
    },
  }),
  endpoint({
    method: "GET",
    path: "/v1/senders/{id}",
    right: "senders.read",
    tags: ["Senders"],
    summary: "Get a sender",
    params: idParams,
    responses: { 200: detailSchema },
    example: { response: detailed },
    async execute({ api, tx, workspaceId, params }) {
      const sender = await getSender(tx, workspaceId, params.id);
      if (!sender) throw notFound("sender", params.id);
      return { status: 200, body: await shown({ api, tx, workspaceId }, sender) };
    },
  }),
  endpoint({
    method: "PATCH",
    path: "/v1/senders/{id}",
    right: "senders.write",
    tags: ["Senders"],
    summary: "Change a sender",
    description:
      "Only what is given changes; `config`, `credentials` and `schedule` are replaced as a whole. New hours hold for what waits already, too. A paused sender's messages wait; setting it to active lets them go out.",
    params: idParams,
    body: z.strictObject({
      name: name().optional(),
      config: settings.optional(),
      credentials: settings.optional(),
      status: z.enum(["active", "paused"]).optional(),
      limits: limitsInput,
      ...hoursInput,
    }),
    responses: { 200: detailSchema },
    example: {
      body: { status: "paused" },
      response: { ...detailed, status: "paused", statusReason: "Paused by the API." },
    },
    async execute({ api, tx, workspaceId, params, body, afterCommit }) {
      const before = await lockSender(tx, workspaceId, params.id);
      if (!before) throw notFound("sender", params.id);
      const adapter = adapterOf(api, before.provider);
      const change: SenderChange = { name: body.name, ...readHours(body) };
      if (body.config) {
        const config = parsePart(adapter.config, body.config, "config");
        change.config = config;
        change.concurrency = adapter.concurrency(config);
        change.address = adapter.address(config);
      }
      if (body.credentials) {
        const credentials = parsePart(adapter.credentials, body.credentials, "credentials");
        change.credentials = sealed(api, workspaceId, params.id, credentials);
        await dropTokens(tx, workspaceId, params.id);
      }
      if (body.status) {
        change.status = body.status;
        change.statusReason = body.status === "paused" ? "Paused by the API." : null;
      }
      if (body.limits) {
        change.limits = body.limits as SenderLimits;
        checkLimits(before.channel, before.provider, change.limits);
      }
      const sender = await updateSender(tx, workspaceId, params.id, change);
      if (!sender) throw notFound("sender", params.id);
      const lanes = await recordSenderState(tx, workspaceId, before, sender);
      afterCommit(() => api.wake("delivery", lanes));
      if (body.limits) await countRecent(tx, workspaceId, params.id);
      if (body.config || body.credentials) {
        await followMailbox(api, tx, workspaceId, sender);
        afterCommit(() => api.wakeMailboxes());
      }
      afterCommit(() => api.wakePlanner());
      if (sender.status === "active") afterCommit(() => api.wake("message", [{ workspaceId, laneId: params.id }]));
      return { status: 200, body: await shown({ api, tx, workspaceId }, sender) };
    },
  }),
  endpoint({
    method: "DELETE",
    path: "/v1/senders/{id}",
    right: "senders.write",
    tags: ["Senders"],
    summary: "Delete a sender",
    description:
      "Refused with 409 while an active or paused campaign sends with it, or while a message of it is being sent. Messages that wait are cancelled, and steps of a campaign that it has left are sent by the others; what it sent stays.",
    params: idParams,
    responses: { 204: z.void() },
    async execute({ tx, workspaceId, params }) {
      const reason = await senderInUse(tx, workspaceId, params.id);
      if (reason) throw new HeraldError("conflict", reason);
      await dropMailbox(tx, workspaceId, params.id);
      if (!(await deleteSender(tx, workspaceId, params.id))) throw notFound("sender", params.id);
      return { status: 204, body: undefined };
    },
  }),
  endpoint({
    method: "GET",
    path: "/v1/senders/{id}/sandbox-messages",
    right: "senders.read",
    tags: ["Senders"],
    summary: "List sandbox messages",
    description: "What a sender with the provider `sandbox` delivered, newest first. Nobody else has received it.",
    params: idParams,
    query: z.strictObject({ cursor: idCursor("message").optional(), limit: limit() }),
    responses: {
      200: page(
        z.object({
          id: z.string().meta({ description: "The message's ID." }),
          channel: z.enum(channels),
          to: z.string(),
          subject: z.string().nullable(),
          text: z.string(),
          html: z.string().nullable(),
          deliveredAt: time,
        }),
      ),
    },
    async execute({ tx, workspaceId, params, query }) {
      if (!(await getSender(tx, workspaceId, params.id))) throw notFound("sender", params.id);
      const rows = await listSandboxMessages(tx, workspaceId, params.id, query.cursor ?? null, query.limit + 1);
      return { status: 200, body: pageOf(rows, query.limit, (last) => last.id) };
    },
  }),
];
