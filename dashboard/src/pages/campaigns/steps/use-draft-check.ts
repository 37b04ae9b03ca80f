import { useDebouncedValue } from "@mantine/hooks";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { client, HeraldApiError, type Output } from "../../../api/client.ts";
import type { StepInput } from "./model.ts";

export type Check = Output<"POST /v1/campaigns/{id}/preview">;

/** Milliseconds after the last key: soon enough to feel live, late enough not to ask for each letter. */
const settleMs = 350;

/**
 * What the API says about steps that are being written, and what they become for a lead. The call reads only, though it is a
 * POST; what it refuses as a whole (a shape that no step has) are problems of fields like the others.
 */
export function useDraftCheck(campaignId: string, steps: readonly StepInput[], leadId: string | null) {
  const [settled] = useDebouncedValue(steps, settleMs);
  return useQuery<Check, HeraldApiError>({
    queryKey: ["POST /v1/campaigns/{id}/preview", campaignId, leadId, settled],
    queryFn: async ({ signal }) => {
      try {
        return await client.request("POST /v1/campaigns/{id}/preview", {
          params: { id: campaignId },
          body: { steps: [...settled], ...(leadId !== null && { leadId }) },
          signal,
        });
      } catch (error) {
        if (!(error instanceof HeraldApiError) || error.details.length === 0) throw error;
        return { problems: [...error.details], messages: [] };
      }
    },
    placeholderData: keepPreviousData,
    // Each text that was ever typed is a key of its own.
    gcTime: 30_000,
  });
}
