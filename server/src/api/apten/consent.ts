import { z } from "zod";
import { setLeadMode } from "../../assistant/lead-profile.ts";
import { allowContact, lift } from "../../campaigns/consent.ts";
import { registerAddress } from "../../campaigns/register.ts";
import { assistantLead } from "../../db/assistant-lead.ts";
import type { TouchedLane } from "../../db/event.ts";
import type { Lead } from "../../db/lead.ts";
import type { Queryable } from "../../db/pool.ts";
import { listSuppressions, type Suppression } from "../../db/suppression.ts";
import { optOutWordsOf } from "../../db/workspace.ts";
import { HeraldError } from "../../domain/error.ts";
import { isOptOutWord, keywordOf } from "../../domain/opt-out-words.ts";
import { type Endpoint, endpoint } from "../endpoint.ts";
import { aptenParams, mustGetAptenLead, tags } from "./lead-answer.ts";
import { readPhone } from "./lead-list.ts";

const resubscribe = endpoint({
  method: "POST",
  path: "/apten/v1/leads/{id}/resubscribe",
  right: "suppressions.lift",
  tags,
  summary: "Resubscribe a lead as Apten does",
  description:
    "Lifts an opt-out from SMS: one by a word of the workspace's own, by plain words, or by hand. Refused where the lead sent STOP or another standard keyword, where the provider has the opt-out on record, and after a complaint: only the lead can take that back (START); and where somebody registered the number or the lead as not to be contacted. Opt-outs from email stay. Turns the assistant on for the lead. Lifting needs a key with the scope `admin`, as elsewhere in Herald.",
  params: aptenParams,
  responses: { 200: z.object({ message: z.literal("Lead resubscribed successfully.") }) },
  async execute({ api, tx, workspaceId, callerId, params, afterCommit }) {
    const lead = await mustGetAptenLead(tx, workspaceId, params.id);
    const lanes = await resubscribeLead(tx, workspaceId, lead, callerId);
    const { mode, handedOverAt } = await assistantLead(tx, workspaceId, lead.id);
    const change = { ...(mode === "off" && { mode: null }), ...(handedOverAt !== null && { handedOver: null }) };
    if (Object.keys(change).length > 0) await setLeadMode(tx, workspaceId, lead.id, change);
    afterCommit(() => api.wake("delivery", lanes));
    return { status: 200, body: { message: "Lead resubscribed successfully." } };
  },
});

async function resubscribeLead(tx: Queryable, workspaceId: string, lead: Lead, by: string): Promise<TouchedLane[]> {
  const basis = { reason: "Resubscribed by the API", source: "api" as const, by };
  const lanes: TouchedLane[] = [];
  const words = await optOutWordsOf(tx, workspaceId);
  for (const address of [lead.phone, lead.email, lead.linkedinUrl]) {
    if (address === null) continue;
    const all = await listSuppressions(tx, workspaceId, { address, limit: 100 });
    // Apten's leads are phones: what was said of other addresses stays as it is, but whom the register has isn't written to.
    const lasting = all.find(
      (one) => isLasting(one, words) && (address === lead.phone || one.kind === "do_not_contact"),
    );
    if (lasting) {
      throw new HeraldError(
        "suppressed",
        `The lead ${lead.id} can't be resubscribed: ${lasting.reason}. ${
          lasting.kind === "do_not_contact"
            ? "Take it out of the register first: DELETE /v1/leads/{id}/do-not-contact, with a reason."
            : "Only the lead can take that back, by sending START."
        }`,
      );
    }
    if (address !== lead.phone) continue;
    for (const { channel } of all.filter((one) => one.kind !== "do_not_contact")) {
      if (channel !== "sms" && channel !== "all") continue;
      lanes.push(...(await lift(tx, workspaceId, { channel, address, kinds: ["keyword", "manual"] }, basis)).lanes);
    }
  }
  if (lead.doNotContact) lanes.push(...((await allowContact(tx, workspaceId, lead.id, basis))?.lanes ?? []));
  return lanes;
}

/** Whether only the lead can take it back. A word that isn't surely the workspace's own is taken for a standard one. */
function isLasting({ kind, reason, source, evidence }: Suppression, own: readonly string[]): boolean {
  if (kind === "provider" || kind === "complaint") return true;
  // The register of those who are not to be contacted is another list than that of who opted out. What follows from either for
  // addresses that a lead got later (system) is neither.
  if (kind === "do_not_contact") return source !== "lead" && source !== "system";
  if (kind !== "keyword") return false;
  const word = evidence?.text ?? /^keyword: (.*)$/s.exec(reason)?.[1] ?? "";
  return keywordOf(word) === "stop" || !isOptOutWord(word, own);
}

const register = endpoint({
  method: "POST",
  path: "/apten/v1/dnc/register",
  right: "suppressions.write",
  tags,
  summary: "Register a number not to contact as Apten does",
  description:
    "Nothing is sent to this number any more, nor to the lead that has it, on any channel; also not where the number is imported again.",
  body: z.strictObject({ phone: z.string().min(1).max(100) }),
  responses: { 200: z.object({ message: z.literal("Phone number successfully added to DNC list") }) },
  example: { body: { phone: "+1 (202) 555-0143" } },
  async execute({ api, tx, workspaceId, callerId, body, afterCommit }) {
    const address = readPhone(body.phone);
    const basis = { reason: "Registered by the API: do not contact", source: "api" as const, by: callerId };
    const done = await registerAddress(tx, workspaceId, { channel: "sms", address }, basis);
    afterCommit(() => {
      api.wake("delivery", done.lanes);
      if (done.leadIds.length > 0) api.wakePlanner();
    });
    return { status: 200, body: { message: "Phone number successfully added to DNC list" } };
  },
});

export const aptenConsentEndpoints: readonly Endpoint[] = [resubscribe, register];
