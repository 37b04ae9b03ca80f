import { z } from "zod";
import { complianceSecretOwner } from "../campaigns/compliance.ts";
import { registerAddress } from "../campaigns/register.ts";
import {
  type ComplianceSettings,
  deleteComplianceCheck,
  getComplianceCheck,
  storeComplianceCheck,
} from "../db/compliance-check.ts";
import type { TouchedLane } from "../db/event.ts";
import { checkDestinationUrl } from "../destinations/webhook/url-check.ts";
import { normaliseEmail } from "../domain/email-address.ts";
import { HeraldError } from "../domain/error.ts";
import { channels } from "../domain/event.ts";
import { normaliseLinkedinUrl } from "../domain/linkedin-url.ts";
import { normalisePhone } from "../domain/phone.ts";
import { newStandardSecret } from "../domain/standard-webhooks.ts";
import { type Endpoint, endpoint } from "./endpoint.ts";
import { time } from "./fields.ts";
import { ifAnyQuery, noneOf } from "./if-any.ts";
import { invalid } from "./validate.ts";

const checkSchema = z.object({
  url: z.string(),
  channels: z.array(z.enum(channels)),
  onFailure: z.enum(["block", "send"]),
  deadlineMs: z.number().int(),
  updatedAt: time,
});

const shown = ({ secret: _, ...check }: ComplianceSettings) => check;

const description =
  'Before each message on these channels, whoever wrote it, Herald POSTs it to your system, signed by Standard Webhooks (`webhook-id`, `webhook-timestamp`, `webhook-signature`), and goes by the answer: `{"allow": true}`, or `{"allow": false, "reason": "..."}`. A message that is not allowed is `blocked` with `compliance_blocked` and the reason.';

export const complianceEndpoints: readonly Endpoint[] = [
  endpoint({
    method: "GET",
    path: "/v1/compliance-check",
    right: "workspace.read",
    tags: ["Suppressions"],
    summary: "Get the compliance check",
    description: "404: none is set.",
    query: ifAnyQuery,
    responses: { 200: checkSchema, 204: z.void() },
    async execute({ tx, workspaceId, query }) {
      const check = await getComplianceCheck(tx, workspaceId);
      if (!check) return noneOf(query, new HeraldError("not_found", "No compliance check is set in this workspace."));
      return { status: 200, body: shown(check) };
    },
  }),
  endpoint({
    method: "PUT",
    path: "/v1/compliance-check",
    right: "compliance.write",
    tags: ["Suppressions"],
    summary: "Set the compliance check",
    description: `${description} The answer shows the secret once; setting it again makes another one.`,
    body: z.strictObject({
      url: z.string().max(2_000),
      channels: z.array(z.enum(channels)).min(1).max(3).meta({ description: "On which it is asked." }),
      onFailure: z.enum(["block", "send"]).meta({
        description:
          "What happens where no answer comes in time, or one that can't be read: the message is blocked, or goes out. Say which; there is no default.",
      }),
      deadlineMs: z.number().int().min(100).max(10_000).default(3_000),
    }),
    responses: { 200: checkSchema.extend({ secret: z.string() }) },
    async execute({ api, tx, workspaceId, body }) {
      const checked = checkDestinationUrl(body.url, { allowPrivate: api.config.allowPrivateDestinations });
      if (!checked.ok) throw invalid([{ field: "url", reason: checked.reason }]);
      const secret = newStandardSecret();
      await storeComplianceCheck(tx, workspaceId, {
        ...{ ...body, url: checked.url, channels: [...new Set(body.channels)] },
        secret: api.box.seal(secret, complianceSecretOwner(workspaceId)),
      });
      return { status: 200, body: { ...shown((await getComplianceCheck(tx, workspaceId))!), secret } };
    },
  }),
  endpoint({
    method: "DELETE",
    path: "/v1/compliance-check",
    right: "compliance.write",
    tags: ["Suppressions"],
    summary: "Remove the compliance check",
    responses: { 204: z.void() },
    async execute({ tx, workspaceId }) {
      if (!(await deleteComplianceCheck(tx, workspaceId))) {
        throw new HeraldError("not_found", "No compliance check is set in this workspace.");
      }
      return { status: 204, body: undefined };
    },
  }),
  endpoint({
    method: "POST",
    path: "/v1/dnc",
    right: "suppressions.write",
    tags: ["Suppressions"],
    summary: "Register people who are not to be contacted",
    description:
      "The do-not-contact register: nobody with one of these addresses is written to on any channel, now or when they become leads. Registering again changes nothing, but that the register's word takes the place of a lead's own. `GET /v1/suppressions` shows it (`kind: do_not_contact`).",
    body: z.strictObject({
      addresses: z
        .array(z.string().min(1).max(2_000))
        .min(1)
        .max(100)
        .meta({ description: "Phone numbers with their country code, email addresses, LinkedIn profile URLs." }),
      reason: z.string().trim().min(1).max(500).default("Registered as do not contact"),
    }),
    responses: { 200: z.object({ registered: z.number().int().meta({ description: "Of these, so many are new." }) }) },
    async execute({ api, tx, workspaceId, callerId, body, afterCommit }) {
      const read = body.addresses.map((text, i) => {
        const channel = /linkedin\.com/i.test(text) ? "linkedin" : text.includes("@") ? "email" : "sms";
        const result = { linkedin: normaliseLinkedinUrl, email: normaliseEmail, sms: normalisePhone }[channel](text);
        if (!result.ok) throw invalid([{ field: `addresses.${i}`, reason: result.reason }]);
        return { channel, address: result.value } as const;
      });
      const basis = { reason: body.reason, source: "api" as const, by: callerId };
      const lanes: TouchedLane[] = [];
      let registered = 0;
      for (const { channel, address } of read) {
        const done = await registerAddress(tx, workspaceId, { channel, address }, basis);
        lanes.push(...done.lanes);
        if (done.changed) registered += 1;
      }
      afterCommit(() => {
        api.wake("delivery", lanes);
        api.wakePlanner();
      });
      return { status: 200, body: { registered } };
    },
  }),
];
