import { ActionIcon, Alert, Button, Group, List, Menu, Tooltip } from "@mantine/core";
import {
  IconAlertTriangle,
  IconArchive,
  IconArchiveOff,
  IconDotsVertical,
  IconPlayerPause,
  IconPlayerPlay,
} from "@tabler/icons-react";
import { useState } from "react";
import type { HeraldApiError } from "../../api/client.ts";
import { useChange } from "../../api/mutation.ts";
import { useApi } from "../../api/query.ts";
import { useRight } from "../../api/session.ts";
import { common } from "../../text/common.ts";
import { confirm } from "../../ui/confirm.tsx";
import { toast, toastWarning, toastWithUndo } from "../../ui/toast.tsx";
import type { Campaign } from "./status.ts";
import { t } from "./texts.ts";
import { useIsUnsaved } from "./unsaved.ts";

/** Start, pause, resume, archive: what its state allows. */
export function CampaignActions({ campaign }: { campaign: Campaign }) {
  const { id, name, status, archivedAt } = campaign;
  const params = { id };
  const mayStart = useRight("campaigns.start");
  const mayWrite = useRight("campaigns.write");
  // What goes out is what is saved: not to be found out afterwards.
  const unsaved = useIsUnsaved(id);
  const whyNot = !mayStart ? common.noRight : unsaved ? t.saveFirst : null;
  const [refused, setRefused] = useState<HeraldApiError | null>(null);
  const outdates = ["campaigns", "leads"];
  const counted = useApi("GET /v1/campaigns/progress", { query: { ids: id } });
  const start = useChange("POST /v1/campaigns/{id}/start", {
    outdates,
    onDone: ({ warnings = [] }) => {
      setRefused(null);
      toast(t.started);
      for (const warning of warnings) toastWarning(warning);
    },
    onError: setRefused,
  });
  const resume = useChange("POST /v1/campaigns/{id}/resume", { outdates, onDone: () => toast(t.resumed) });
  // Pausing is safe and can be taken back: no question, an undo.
  const pause = useChange("POST /v1/campaigns/{id}/pause", {
    outdates,
    onDone: () => toastWithUndo(t.paused, () => resume.mutate({ params })),
  });
  const restore = useChange("POST /v1/campaigns/{id}/restore", { onDone: () => toast(t.restored) });
  const archive = useChange("POST /v1/campaigns/{id}/archive", {
    onDone: () => toastWithUndo(t.archivedDone(name), () => restore.mutate({ params })),
  });
  const askAndStart = async () => {
    // What isn't known isn't none, nor as many as the campaign has that was shown before.
    const progress = counted.isSuccess && !counted.isPlaceholderData ? counted.data : (await counted.refetch()).data;
    const text = progress ? t.startText(progress.data[0]?.leads ?? 0) : t.startTextUncounted;
    const question = {
      ...{ title: t.startTitle(name), text },
      ...{ action: t.startAction, dangerous: false },
    };
    if (await confirm(question)) start.mutate({ params });
  };
  return (
    <>
      {status === "draft" && (
        <Guarded whyNot={whyNot}>
          <Button
            leftSection={<IconPlayerPlay size={14} aria-hidden />}
            disabled={whyNot !== null}
            loading={start.isPending}
            onClick={() => void askAndStart()}
          >
            {t.start}
          </Button>
        </Guarded>
      )}
      {status === "active" && (
        <Guarded whyNot={mayStart ? null : common.noRight}>
          <Button
            variant="default"
            leftSection={<IconPlayerPause size={14} aria-hidden />}
            disabled={!mayStart}
            loading={pause.isPending}
            onClick={() => pause.mutate({ params })}
          >
            {t.pause}
          </Button>
        </Guarded>
      )}
      {status === "paused" && (
        <Guarded whyNot={whyNot}>
          <Button
            leftSection={<IconPlayerPlay size={14} aria-hidden />}
            disabled={whyNot !== null}
            loading={resume.isPending}
            onClick={() => resume.mutate({ params })}
          >
            {t.resume}
          </Button>
        </Guarded>
      )}
      {mayWrite && status !== "active" && (
        <Menu position="bottom-end">
          <Menu.Target>
            <ActionIcon size="lg" variant="default" aria-label={t.moreActions}>
              <IconDotsVertical size={16} />
            </ActionIcon>
          </Menu.Target>
          <Menu.Dropdown>
            {archivedAt ? (
              <Menu.Item leftSection={<IconArchiveOff size={14} />} onClick={() => restore.mutate({ params })}>
                {t.restore}
              </Menu.Item>
            ) : (
              <Menu.Item leftSection={<IconArchive size={14} />} onClick={() => archive.mutate({ params })}>
                {t.archive}
              </Menu.Item>
            )}
          </Menu.Dropdown>
        </Menu>
      )}
      {refused && (
        <Alert
          w="100%"
          maw={520}
          color="red"
          role="alert"
          icon={<IconAlertTriangle size={18} />}
          title={t.cannotStart}
          withCloseButton
          closeButtonLabel={common.close}
          onClose={() => setRefused(null)}
        >
          {refused.message}
          <List size="sm" mt={4}>
            {refused.details.map(({ field, reason }) => (
              <List.Item key={field + reason}>{reason}</List.Item>
            ))}
          </List>
        </Alert>
      )}
    </>
  );
}

/** A button that is off says why; by keyboard, too. */
function Guarded({ whyNot, children }: { whyNot: string | null; children: React.ReactNode }) {
  if (whyNot === null) return children;
  return (
    <Tooltip label={whyNot}>
      <Group tabIndex={0}>{children}</Group>
    </Tooltip>
  );
}
