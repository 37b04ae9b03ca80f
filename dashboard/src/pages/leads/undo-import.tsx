import { Button, List, Stack, Text } from "@mantine/core";
import { IconArrowBackUp } from "@tabler/icons-react";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { client, HeraldApiError, type Output } from "../../api/client.ts";
import { useChange } from "../../api/mutation.ts";
import { apiQuery } from "../../api/query.ts";
import { useRight } from "../../api/session.ts";
import { common } from "../../text/common.ts";
import { confirm } from "../../ui/confirm.tsx";
import { showFailure, toast } from "../../ui/toast.tsx";
import { importTexts as t } from "./texts.ts";

const reasons = ["written", "changed", "enrolled"] as const;

export type Import = Output<"GET /v1/imports/csv/{id}">;

/** Takes an import back, after saying how many leads that is and which stay. `known`: what a list has said of it. */
export function UndoImport({ importId, known }: { importId: string; known?: Import }) {
  const queries = useQueryClient();
  const mayWrite = useRight("leads.write");
  const params = { id: importId };
  const [counting, setCounting] = useState(false);
  const { data } = useQuery({
    ...apiQuery("GET /v1/imports/csv/{id}", { params }),
    initialData: known,
    // No event tells how far it is.
    refetchInterval: ({ state }) => (state.data?.undo?.state === "running" ? 1_000 : false),
  });
  const undo = useChange("POST /v1/imports/csv/{id}/undo", {
    outdates: ["imports", "leads", "campaigns"],
    onDone: (after) => queries.setQueryData(apiQuery("GET /v1/imports/csv/{id}", { params }).queryKey, after),
  });
  const ask = async () => {
    setCounting(true);
    try {
      const { removable, kept } = await client.request("GET /v1/imports/csv/{id}/undo", { params });
      const stay = reasons.filter((reason) => kept[reason] > 0);
      const words = (
        <Stack gap="xs">
          <Text size="sm">{t.undoCount(removable)}</Text>
          {stay.length > 0 && (
            <>
              <Text size="sm">{t.undoKeeps}</Text>
              <List size="sm">
                {stay.map((reason) => (
                  <List.Item key={reason}>{t.kept[reason](kept[reason])}</List.Item>
                ))}
              </List>
            </>
          )}
          <Text size="sm" c="dimmed">
            {t.undoKnown}
          </Text>
        </Stack>
      );
      if (removable === 0) toast(t.undoNothing);
      else if (await confirm({ title: t.undoTitle, text: words, action: t.undo })) undo.mutate({ params });
    } catch (error) {
      if (!(error instanceof HeraldApiError)) throw error;
      showFailure(error);
    } finally {
      setCounting(false);
    }
  };
  const state = data?.undo;
  // In a list's narrow column.
  const label = known ? { children: common.undo, "aria-label": t.undo } : { children: t.undo };
  if (state) {
    return (
      <Text size="sm" aria-live="polite" style={{ flex: "1 1 200px" }}>
        {state.state === "done" ? t.undone(state.removed) : `${t.undoing(state.removed)}. ${t.undoLeave}`}
      </Text>
    );
  }
  if (!mayWrite) return null;
  return (
    <Button
      variant="default"
      leftSection={<IconArrowBackUp size={14} aria-hidden />}
      loading={counting || undo.isPending}
      onClick={() => void ask()}
      {...label}
    />
  );
}
