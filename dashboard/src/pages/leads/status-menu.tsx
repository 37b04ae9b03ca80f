import { useChange } from "../../api/mutation.ts";
import { apiQuery } from "../../api/query.ts";
import { toastWithUndo } from "../../ui/toast.tsx";
import type { Lead } from "./lead-looks.tsx";
import { StatusChoice } from "./status-choice.tsx";
import { t } from "./texts.ts";

/** Changes the status at once, with a way back. */
export function StatusMenu({ lead }: { lead: Lead }) {
  const params = { id: lead.id };
  const change = useChange("PATCH /v1/leads/{id}/status", {
    outdates: ["leads", "campaigns", "events"],
    optimistic: ({ body }) => ({
      queryKey: apiQuery("GET /v1/leads/{id}", { params }).queryKey,
      change: (before: Lead) => ({ ...before, status: body.status }),
    }),
  });
  const choose = (status: Lead["status"]) =>
    change.mutate(
      { params, body: { status } },
      {
        onSuccess: ({ previousStatus }) => {
          if (previousStatus === status) return;
          toastWithUndo(t.statusChanged, () => change.mutate({ params, body: { status: previousStatus } }));
        },
      },
    );
  return <StatusChoice current={lead.status} onChoose={choose} />;
}
