import { recordConsentChange, takeIntoRegister } from "../db/consent.ts";
import { findLeadByAddress } from "../db/lead.ts";
import type { Queryable } from "../db/pool.ts";
import type { ChannelName } from "../domain/event.ts";
import { type ConsentBasis, type ConsentOutcome, doNotContact, suppress } from "./consent.ts";

/**
 * Enters an address into the do-not-contact register: nobody writes to whoever has it, on any channel. Where the lead had asked
 * for that itself, the register's word takes the place of its own, so that what lifts a lead's opt-out doesn't lift it.
 */
export async function registerAddress(
  tx: Queryable,
  workspaceId: string,
  { channel, address }: { channel: ChannelName; address: string },
  basis: ConsentBasis & { by: string },
): Promise<ConsentOutcome> {
  const lead = await findLeadByAddress(tx, workspaceId, channel, address);
  const person = lead && (await doNotContact(tx, workspaceId, lead.id, basis));
  const optOut = { ...basis, channel: "all" as const, address, kind: "do_not_contact" as const };
  const done = await suppress(tx, workspaceId, optOut);
  const { reason, source, by } = basis;
  const taken = await takeIntoRegister(tx, workspaceId, { address, reason, source, by });
  if (taken) {
    const change = { channel: optOut.channel, address, kind: optOut.kind, reason, source, by };
    const without = { note: null, evidence: null };
    await recordConsentChange(tx, workspaceId, {
      change: "opted_out",
      leadId: lead?.id ?? null,
      ...change,
      ...without,
    });
  }
  return {
    changed: done.changed || taken || person?.changed === true,
    leadIds: [...new Set([...(person?.leadIds ?? []), ...done.leadIds])],
    lanes: [...(person?.lanes ?? []), ...done.lanes],
  };
}
