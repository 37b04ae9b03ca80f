import { z } from "zod";
import { getSender, lockSender, updateSender } from "../db/sender.ts";
import { notFound } from "../domain/error.ts";
import { type Endpoint, endpoint } from "./endpoint.ts";
import { idParams, time } from "./fields.ts";
import { openSender } from "./open-sender.ts";
import { recordSenderState } from "./sender-state.ts";

const deadlineMs = 30_000;

/** Calls the provider: not in a transaction, and harmless when it is repeated. */
export const senderVerifyEndpoints: readonly Endpoint[] = [
  endpoint({
    method: "POST",
    path: "/v1/senders/{id}/verify",
    right: "senders.write",
    tags: ["Senders"],
    summary: "Verify a sender",
    description:
      "Connects to the provider with the sender's credentials, within 30 seconds; sends nothing to anybody. Where it works, `verifiedAt` is set, and a broken sender is active again.",
    params: idParams,
    transaction: false,
    responses: {
      200: z.object({
        verified: z.boolean(),
        code: z.string().nullable().meta({ description: "Where it failed: why, for programs." }),
        detail: z.string().meta({ description: "What the provider said." }),
        status: z.enum(["active", "paused", "broken"]).meta({ description: "The sender's status now." }),
        verifiedAt: time.nullable(),
      }),
    },
    example: {
      response: {
        verified: true,
        code: null,
        detail: "Connected to smtp.example.com:587 over TLS, logged in as ada.",
        status: "active",
        verifiedAt: "2026-01-05T09:30:00.000Z",
      },
    },
    async execute({ api, workspaceId, params, recorded }) {
      const sender = await getSender(api.db, workspaceId, params.id);
      if (!sender) throw notFound("sender", params.id);
      const connection = openSender(api, workspaceId, sender);
      const result = await connection
        .verify(AbortSignal.timeout(deadlineMs))
        .catch((error: Error) => ({ ok: false as const, code: "verification_failed", detail: error.message }))
        .finally(() => connection.close().catch(() => {}));
      const { status, verifiedAt } = sender;
      if (!result.ok)
        return { status: 200, body: { verified: false, code: result.code, detail: result.detail, status, verifiedAt } };
      const { now, lanes } = await recorded.transaction(async (tx) => {
        const before = await lockSender(tx, workspaceId, sender.id);
        if (!before) throw notFound("sender", params.id);
        const mended = before.status === "broken" ? { status: "active" as const, statusReason: null } : {};
        const now = (await updateSender(tx, workspaceId, sender.id, { verifiedAt: new Date(), ...mended }))!;
        return { now, lanes: await recordSenderState(tx, workspaceId, before, now) };
      });
      api.wake("delivery", lanes);
      if (status === "broken") api.wake("message", [{ workspaceId, laneId: sender.id }]);
      return {
        status: 200,
        body: { verified: true, code: null, detail: result.detail, status: now.status, verifiedAt: now.verifiedAt },
      };
    },
  }),
];
