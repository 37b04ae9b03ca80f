import {
  Button,
  Card,
  Group,
  Modal,
  MultiSelect,
  NumberInput,
  Progress,
  Select,
  Skeleton,
  Stack,
  Text,
  TextInput,
} from "@mantine/core";
import { IconHistory } from "@tabler/icons-react";
import { useEffect, useState } from "react";
import type { Item } from "../../api/client.ts";
import { useChange } from "../../api/mutation.ts";
import { useApiList } from "../../api/query.ts";
import { useRight } from "../../api/session.ts";
import { common } from "../../text/common.ts";
import { eventTypes } from "../../text/event-types.ts";
import { viewerZone } from "../../text/time.ts";
import { useApiForm } from "../../ui/form.ts";
import { FormFailure } from "../../ui/form-failure.tsx";
import { EmptyState, ErrorState } from "../../ui/state.tsx";
import { StatusBadge, type Tone } from "../../ui/status-badge.tsx";
import { Time } from "../../ui/time.tsx";
import { toast } from "../../ui/toast.tsx";
import { useUnsaved } from "../../ui/unsaved.ts";
import { t } from "./texts.ts";

type Replay = Item<"GET /v1/replays">;

/** While a replay runs its figures are asked for this often; nothing in the event stream tells of them. */
const lookMs = 2_000;

/** Replays to this destination, alone or among others, with a form that starts one for this destination. */
export function Replays({ destinationId }: { destinationId: string }) {
  const mayReplay = useRight("events.replay");
  const [asking, setAsking] = useState(false);
  const { rows, isLoading, error, retry } = useApiList("GET /v1/replays", { query: { destinationId, limit: 50 } });
  const running = rows.some(({ status, progress }) => status === "running" || progress.waiting > 0);
  useEffect(() => {
    if (!running) return;
    const timer = setInterval(retry, lookMs);
    return () => clearInterval(timer);
  }, [running, retry]);
  const start = mayReplay ? (
    <Button variant="default" leftSection={<IconHistory size={14} aria-hidden />} onClick={() => setAsking(true)}>
      {t.replayTitle}
    </Button>
  ) : undefined;
  return (
    <Stack gap="sm">
      {error && rows.length === 0 && <ErrorState error={error} retry={retry} />}
      {isLoading && <Skeleton height={120} />}
      {!isLoading && !error && rows.length === 0 && (
        <EmptyState icon={IconHistory} title={t.noReplays} text={t.noReplaysText} action={start} />
      )}
      {rows.length > 0 && (
        <>
          <Group>{start}</Group>
          {rows.map((replay) => (
            <ReplayCard key={replay.id} replay={replay} />
          ))}
        </>
      )}
      {asking && <StartReplay destinationId={destinationId} onClose={() => setAsking(false)} />}
    </Stack>
  );
}

const tones: Record<Replay["status"], Tone> = {
  running: "active",
  finished: "good",
  stopped: "bad",
  cancelled: "neutral",
};

function ReplayCard({ replay }: { replay: Replay }) {
  const mayReplay = useRight("events.replay");
  const { progress } = replay;
  const cancel = useChange("POST /v1/replays/{id}/cancel", { onDone: () => toast(t.cancelledReplay) });
  const share = (count: number) => (progress.counted === 0 ? 0 : (count / progress.counted) * 100);
  const text = t.progressText(progress.delivered, progress.failed, progress.counted, progress.counting);
  return (
    <Card padding="sm">
      <Stack gap="xs">
        <Group justify="space-between" gap="xs">
          <Group gap="xs">
            <StatusBadge tone={tones[replay.status]}>{t.replayStatuses[replay.status]}</StatusBadge>
            <Text size="sm">{t.origins[replay.origin]}</Text>
            <Text size="sm" c="dimmed">
              {replay.eventId ?? t.onlys[replay.only]}
            </Text>
          </Group>
          {mayReplay && replay.status === "running" && (
            <Button
              variant="subtle"
              color="red"
              loading={cancel.isPending}
              onClick={() => cancel.mutate({ params: { id: replay.id } })}
            >
              {t.cancelReplay}
            </Button>
          )}
        </Group>
        <Progress.Root size="sm">
          <Progress.Section value={share(progress.delivered)} color="teal" aria-label={`${t.progress}: ${text}`} />
          <Progress.Section value={share(progress.failed)} color="red" aria-label={t.statuses.failed} />
        </Progress.Root>
        <Group justify="space-between" gap="xs">
          <Text size="xs" c="dimmed">
            {text}
          </Text>
          <Text size="xs" c="dimmed" component="div">
            <Time at={replay.createdAt} />
          </Text>
        </Group>
        <Text size="xs" c="dimmed" component="div">
          {replay.eventId === null && (
            <>
              {t.range}: {replay.from ? <Time at={replay.from} /> : t.wholeLog} – <Time at={replay.to} />
            </>
          )}
          {replay.eventTypes && ` · ${replay.eventTypes.join(", ")}`}
          {replay.destinations > 1 && ` · ${t.toSeveral(replay.destinations)}`}
        </Text>
        {replay.reason && <Text size="sm">{replay.reason}</Text>}
      </Stack>
    </Card>
  );
}

const onlys = Object.entries(t.onlys).map(([value, label]) => ({ value, label }));

function StartReplay({ destinationId, onClose }: { destinationId: string; onClose: () => void }) {
  const form = useApiForm({
    initialValues: { from: "", to: "", only: "undelivered", eventTypes: [] as string[], rate: "" as number | "" },
  });
  const unsaved = useUnsaved(form.isDirty());
  const close = async () => (await unsaved.mayClose()) && onClose();
  const start = useChange("POST /v1/replays", {
    outdates: ["replays", "deliveries", "destinations"],
    onDone: () => {
      unsaved.release();
      toast(t.replayStarted);
      onClose();
    },
    onError: form.refuse,
  });
  const moment = (local: string) => new Date(local).toISOString();
  return (
    <Modal opened onClose={() => void close()} title={t.replayTitle} closeButtonProps={{ "aria-label": common.close }}>
      <form
        onSubmit={form.onSubmit(({ from, to, only, eventTypes: types, rate }) =>
          start.mutate({
            body: {
              destinationId,
              only: only as Replay["only"],
              ...(from && { from: moment(from) }),
              ...(to && { to: moment(to) }),
              ...(types.length > 0 && { eventTypes: types }),
              ...(rate !== "" && { rate }),
            },
          }),
        )}
      >
        <Stack gap="sm">
          <FormFailure form={form} />
          <Text size="sm" c="dimmed">
            {t.replayText}
          </Text>
          <Select label={t.only} data={onlys} allowDeselect={false} data-autofocus {...form.getInputProps("only")} />
          <Group grow align="start">
            <TextInput {...whose} label={t.from} {...form.getInputProps("from")} />
            <TextInput {...whose} label={t.to} {...form.getInputProps("to")} />
          </Group>
          <MultiSelect label={t.types} data={eventTypes} searchable clearable {...form.getInputProps("eventTypes")} />
          <NumberInput label={t.perSecond} placeholder={t.unlimited} min={1} {...form.getInputProps("rate")} />
          <Group justify="flex-end">
            <Button type="submit" loading={start.isPending}>
              {t.start}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

/** A moment by the viewer's clock, and that it is theirs. */
const whose = { type: "datetime-local", description: common.byYourClock(viewerZone()) };
