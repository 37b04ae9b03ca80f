import { keywordsAfter } from "../../db/inbound.ts";
import { keywordOf } from "../../domain/opt-out-words.ts";
import type { Arrival } from "./context.ts";

/** Whether the lead sent START after an opt-out by keyword that arrives only now: the later word counts. */
export async function takenBack(arrival: Arrival, lead: { id: string } | null, at: Date): Promise<boolean> {
  if (lead === null) return false;
  const said = await keywordsAfter(arrival.tx, arrival.workspaceId, lead.id, at);
  return said.some(({ keyword, text }) => (keyword ?? keywordOf(text)) === "start");
}
