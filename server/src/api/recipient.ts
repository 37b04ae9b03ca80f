import type { Idempotency, MakeLead } from "../campaigns/desk.ts";
import { addressFields, findLeadByAddress } from "../db/lead.ts";
import type { ChannelName } from "../domain/event.ts";
import { newId } from "../domain/id.ts";
import { normaliseLead } from "../domain/lead.ts";
import { storeLeads } from "../sources/lead-import.ts";
import type { ApiContext } from "./context.ts";
import { invalid } from "./validate.ts";

/** Whom a message goes to. */
export interface Recipient {
  /** Of a lead that is still to be made, the one that it would get. */
  leadId: string;
  /** Makes it, for the transaction of the message; null: there it is. */
  makeLead: MakeLead | null;
  /** In canonical form. */
  address: string;
}

export interface RecipientQuery {
  channel: ChannelName;
  /** The address in any spelling. */
  text: string;
  /** What it is called in the body. */
  field: string;
  idempotency: Idempotency | null;
  /** Throws where a lead that nobody has yet can't get this message. */
  refuseUnknown?: () => void;
}

/**
 * The lead with this address on this channel. If there is none it is made with the message: what is refused leaves nothing behind.
 * @throws HeraldError `invalid_request` for what is no such address; and as `MessageDesk.judgeUnknown`.
 */
export async function findRecipient(
  api: ApiContext,
  workspaceId: string,
  { channel, text, field, idempotency, refuseUnknown }: RecipientQuery,
): Promise<Recipient> {
  const kind = addressFields[channel];
  const normalised = normaliseLead({ [kind]: text });
  if (!normalised.ok) throw invalid([{ field, reason: normalised.errors[0]!.reason }]);
  const address = normalised.lead[kind]!;
  const known = await findLeadByAddress(api.db, workspaceId, channel, address);
  if (known !== null) return { leadId: known.id, makeLead: null, address };
  refuseUnknown?.();
  await api.desk.judgeUnknown(workspaceId, { channel, address }, idempotency);
  const lead = { ...normalised.lead, id: newId("lead") };
  const makeLead: MakeLead = async (tx) => {
    const { duplicates, lanes } = await storeLeads(tx, workspaceId, [lead], "api", undefined);
    // A duplicate now: another request made it meanwhile.
    return { leadId: duplicates.get(lead.id)?.leadId ?? lead.id, lanes };
  };
  return { leadId: lead.id, makeLead, address };
}
