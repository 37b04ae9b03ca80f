import { Alert, Button, Card, Group, Progress, Select, Stack, Text, Title } from "@mantine/core";
import { IconAlertTriangle, IconListDetails, IconPlus } from "@tabler/icons-react";
import { useEffect, useState } from "react";
import type { Item } from "../../api/client.ts";
import { useChange } from "../../api/mutation.ts";
import { useApiList } from "../../api/query.ts";
import { useRight } from "../../api/session.ts";
import { common } from "../../text/common.ts";
import { formatNumber } from "../../text/format.ts";
import { confirm } from "../../ui/confirm.tsx";
import { EmptyState, ErrorState } from "../../ui/state.tsx";
import { StatusBadge, type Tone } from "../../ui/status-badge.tsx";
import { Time } from "../../ui/time.tsx";
import { toast } from "../../ui/toast.tsx";
import type { Destination } from "./destination-looks.tsx";
import { ListForm } from "./list-form.tsx";
import { listTexts as l } from "./list-texts.ts";

type Import = Item<"GET /v1/imports/crm">;

/** No event tells how far an import is. Milliseconds. */
const lookMs = 1_500;
const tones: Record<Import["status"], Tone> = { waiting: "waiting", running: "active", done: "good", failed: "bad" };

/** Lists of people in this CRM that are imported, how far each is, and a form for another one. */
export function ListImports({ destination }: { destination: Destination }) {
  const mayWrite = useRight("leads.write");
  const [adding, setAdding] = useState(false);
  const list = useApiList("GET /v1/imports/crm", { query: { destinationId: destination.id, limit: 50 } });
  const underWay = list.rows.some(({ status }) => status === "waiting" || status === "running");
  const { retry } = list;
  useEffect(() => {
    if (!underWay) return;
    const timer = setInterval(() => document.visibilityState === "visible" && retry(), lookMs);
    return () => clearInterval(timer);
  }, [underWay, retry]);
  const add = mayWrite && (
    <Button leftSection={<IconPlus size={14} aria-hidden />} onClick={() => setAdding(true)}>
      {l.add}
    </Button>
  );
  if (list.error && list.rows.length === 0) return <ErrorState error={list.error} retry={list.retry} />;
  return (
    <Stack gap="md">
      <Group justify="space-between" align="flex-start">
        <Text size="sm" c="dimmed" maw={620}>
          {l.text}
        </Text>
        {add}
      </Group>
      {adding && <ListForm destination={destination} onClose={() => setAdding(false)} />}
      {!list.isLoading && list.rows.length === 0 && !adding && (
        <EmptyState icon={IconListDetails} title={l.none} text={mayWrite ? l.noneText : common.noRight} />
      )}
      {list.rows.map((one) => (
        <ImportCard key={one.id} one={one} mayWrite={mayWrite} />
      ))}
      {list.hasMore && (
        <Button variant="default" loading={list.isLoadingMore} onClick={list.loadMore}>
          {common.loadMore}
        </Button>
      )}
    </Stack>
  );
}

function ImportCard({ one, mayWrite }: { one: Import; mayWrite: boolean }) {
  const { id, list, status, counts, findings, error, run, everyMinutes } = one;
  const outdates = ["imports", "leads"];
  const params = { id };
  const again = useChange("POST /v1/imports/crm/{id}/run", { outdates, onDone: () => toast(l.begun) });
  const change = useChange("PATCH /v1/imports/crm/{id}", { outdates, onDone: () => toast(l.changed) });
  const remove = useChange("DELETE /v1/imports/crm/{id}", { outdates, onDone: () => toast(l.removed) });
  const name = Object.values(list).map(String).join(" ");
  const told = Object.entries(l.counts).filter(([key]) => counts[key as keyof typeof counts] > 0);
  const underWay = status === "running" || status === "waiting";
  const every = String(everyMinutes ?? "");
  const everys = { ...l.everys, ...(every in l.everys ? {} : { [every]: `${every} min` }) };
  const askRemove = async () => {
    if (await confirm({ title: l.removeTitle, text: l.removeText, action: l.remove })) remove.mutate({ params });
  };
  return (
    <Card component="section" aria-label={name}>
      <Stack gap="sm">
        <Group justify="space-between" align="flex-start" gap="xs">
          <Group gap="xs" style={{ minWidth: 0 }}>
            <Title order={2} size="h3" style={{ overflowWrap: "anywhere" }}>
              {name}
            </Title>
            <StatusBadge tone={error && underWay ? "warning" : tones[status]}>
              {error && underWay ? l.waitsAgain : l.statuses[status]}
            </StatusBadge>
          </Group>
          <Text size="xs" c="dimmed" component="div">
            {l.run(run)} · <Time at={one.endedAt ?? one.startedAt ?? one.createdAt} />
            {one.nextRunAt && status !== "running" && (
              <>
                {" · "}
                {l.next} <Time at={one.nextRunAt} />
              </>
            )}
          </Text>
        </Group>
        {status === "running" && <Progress value={100} animated aria-label={l.statuses.running} size="sm" />}
        {error && (
          <Alert color={underWay ? "orange" : "red"} icon={<IconAlertTriangle size={16} />} p="xs">
            <Text size="sm" style={{ overflowWrap: "anywhere" }}>
              {error.detail || error.code}
            </Text>
          </Alert>
        )}
        <Text size="sm" aria-live="polite">
          {[
            l.people(counts.people),
            ...told.map(([key, label]) => `${formatNumber(counts[key as keyof typeof counts])} ${label}`),
          ].join(" · ")}
        </Text>
        {findings.length > 0 && (
          <details>
            <summary style={{ cursor: "pointer", fontSize: "0.8125rem" }}>{l.findings(findings.length)}</summary>
            <ul style={{ margin: "6px 0 0", paddingLeft: 18, fontSize: "0.8125rem", overflowWrap: "anywhere" }}>
              {findings.map(({ crmId, field, reason }) => (
                <li key={`${crmId} ${field} ${reason}`}>
                  {crmId}, {field}: {reason}
                </li>
              ))}
            </ul>
          </details>
        )}
        {mayWrite && (
          <Group gap="xs">
            <Button
              variant="default"
              loading={again.isPending}
              disabled={status === "running"}
              onClick={() => again.mutate({ params, body: {} })}
            >
              {status === "failed" ? l.goOn : l.again}
            </Button>
            {status === "failed" && (
              <Button variant="default" onClick={() => again.mutate({ params, body: { afresh: true } })}>
                {l.afresh}
              </Button>
            )}
            <Select
              size="xs"
              w={170}
              aria-label={l.every}
              allowDeselect={false}
              data={Object.entries(everys).map(([value, label]) => ({ value, label }))}
              value={every}
              onChange={(value) =>
                value !== every && change.mutate({ params, body: { everyMinutes: value ? Number(value) : null } })
              }
            />
            <Button variant="subtle" color="red" c="var(--mantine-color-error)" onClick={() => void askRemove()}>
              {l.remove}
            </Button>
          </Group>
        )}
      </Stack>
    </Card>
  );
}
