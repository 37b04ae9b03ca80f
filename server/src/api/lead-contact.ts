import { z } from "zod";
import { allowContact, doNotContact } from "../campaigns/consent.ts";
import { notFound } from "../domain/error.ts";
import { type Endpoint, endpoint } from "./endpoint.ts";
import { idParams, name } from "./fields.ts";

const by = name(200).optional().meta({
  description: "The person of yours who does it. Default: the API key, and `source` is then `api`.",
});

export const leadContactEndpoints: readonly Endpoint[] = [
  endpoint({
    method: "POST",
    path: "/v1/leads/{id}/do-not-contact",
    right: "suppressions.write",
    tags: ["Leads", "Suppressions"],
    summary: "Contact a lead no more",
    description:
      "From now on nothing is sent to this person, on any channel, at the addresses that are known and at those that come later. The lead leaves its sequences. All of its addresses are suppressed, and stay so when the lead is deleted and imported again: another lead with one of them is not written to either. Records `lead.do_not_contact`, then one `lead.opted_out` a channel. Where a message is just being sent to the lead, the answer waits for that, 40 seconds at most.",
    params: idParams,
    body: z.strictObject({
      reason: name(500).default("Set by the API"),
      note: z.string().trim().min(1).max(2_000).optional(),
      by,
      evidence: z.record(z.string().max(100), z.string().max(2_000)).optional().meta({
        description: "By what it can be shown: `messageId`, `text`, a ticket.",
      }),
    }),
    responses: {
      200: z.object({
        leadId: z.string(),
        doNotContact: z.literal(true),
        changed: z.boolean().meta({ description: "False: it was so already." }),
      }),
    },
    example: { body: { reason: "Asked on the phone never to hear from us again", by: "Ada" } },
    async execute({ api, tx, workspaceId, callerId, params, body, afterCommit }) {
      const source = body.by === undefined ? ("api" as const) : ("user" as const);
      const done = await doNotContact(tx, workspaceId, params.id, { ...body, source, by: body.by ?? callerId });
      if (!done) throw notFound("lead", params.id);
      afterCommit(() => {
        api.wake("delivery", done.lanes);
        api.wakePlanner();
      });
      return { status: 200, body: { leadId: params.id, doNotContact: true, changed: done.changed } };
    },
  }),
  endpoint({
    method: "DELETE",
    path: "/v1/leads/{id}/do-not-contact",
    right: "suppressions.lift",
    tags: ["Leads", "Suppressions"],
    summary: "Allow contact with a lead again",
    description:
      "Only where the person agreed: `reason` says how, and goes on record. Lifts what `do-not-contact` made, and nothing else: an opt-out from one channel stays. Sequences that ended stay ended.",
    params: idParams,
    query: z.strictObject({ reason: name(500), by }),
    responses: { 204: z.void() },
    async execute({ api, tx, workspaceId, callerId, params, query, afterCommit }) {
      const source = query.by === undefined ? ("api" as const) : ("user" as const);
      const basis = { reason: query.reason, source, by: query.by ?? callerId };
      const done = await allowContact(tx, workspaceId, params.id, basis);
      if (!done) throw notFound("lead", params.id);
      afterCommit(() => api.wake("delivery", done.lanes));
      return { status: 204, body: undefined };
    },
  }),
];
