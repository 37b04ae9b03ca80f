import { Button, Drawer, Group, SegmentedControl, Stack, Text } from "@mantine/core";
import { IconRefresh } from "@tabler/icons-react";
import type { Item } from "../../api/client.ts";
import { useChange } from "../../api/mutation.ts";
import { useApiList } from "../../api/query.ts";
import { useRight } from "../../api/session.ts";
import { common } from "../../text/common.ts";
import { CodeBlock } from "../../ui/code-block.tsx";
import { type Column, DataTable } from "../../ui/data-table.tsx";
import { TextLink } from "../../ui/link.tsx";
import { EmptyState } from "../../ui/state.tsx";
import { StatusBadge, type Tone } from "../../ui/status-badge.tsx";
import { Time } from "../../ui/time.tsx";
import { toast } from "../../ui/toast.tsx";
import { useUrlState } from "../../ui/url-state.ts";
import type { Source } from "./sources-page.tsx";
import { t } from "./texts.ts";

type ReceivedItem = Item<"GET /v1/sources/{id}/received">;
type Status = ReceivedItem["status"];

const tones: Record<Status, Tone> = {
  waiting: "waiting",
  processed: "good",
  unknown: "warning",
  unmatched: "warning",
  failed: "bad",
};
const tabs = [{ value: "", label: t.every }, ...Object.entries(t.statuses).map(([value, label]) => ({ value, label }))];
const columns: readonly Column<ReceivedItem>[] = [
  {
    ...{ id: "status", header: t.state, width: 150 },
    cell: ({ status }) => <StatusBadge tone={tones[status]}>{t.statuses[status]}</StatusBadge>,
  },
  { id: "type", header: t.type, width: 200, from: 720, cell: ({ type }) => type ?? "–" },
  { id: "detail", header: t.detail, cell: ({ detail }) => detail ?? "" },
  { id: "at", header: t.at, width: 120, cell: ({ receivedAt }) => <Time at={receivedAt} /> },
];
const defaults = { status: "", item: "" };

/** What a source received, and what came of it. */
export function Received({ source }: { source: Source }) {
  const [state, setState] = useUrlState(defaults);
  const mayWrite = useRight("sources.write");
  const status = Object.hasOwn(t.statuses, state.status) ? (state.status as Status) : undefined;
  const list = useApiList("GET /v1/sources/{id}/received", {
    params: { id: source.id },
    query: { limit: 50, ...(status && { status }) },
  });
  const reprocess = useChange("POST /v1/sources/{id}/reprocess", { onDone: ({ queued }) => toast(t.queued(queued)) });
  const item = list.rows.find(({ id }) => id === state.item);
  const { unknown, unmatched, failed } = source.backlog;
  const again = item && (["unknown", "unmatched", "failed"] as Status[]).includes(item.status);
  return (
    <>
      <Group mb="sm" justify="space-between">
        <div style={{ overflowX: "auto", maxWidth: "100%" }}>
          <SegmentedControl
            size="xs"
            aria-label={t.state}
            data={tabs}
            value={status ?? ""}
            onChange={(value) => setState({ status: value })}
          />
        </div>
        {mayWrite && unknown + unmatched + failed > 0 && (
          <Button
            variant="default"
            leftSection={<IconRefresh size={14} aria-hidden />}
            loading={reprocess.isPending}
            onClick={() => reprocess.mutate({ params: { id: source.id }, body: {} })}
          >
            {t.reprocessAll}
          </Button>
        )}
      </Group>
      <DataTable
        {...list}
        label={t.received}
        columns={columns}
        rowId={({ id }) => id}
        rowLabel={({ type, id }) => type ?? id}
        onOpen={({ id }) => setState({ item: id })}
        height="480px"
        empty={
          status ? (
            <EmptyState title={common.nothingFound} text={common.nothingFoundText} />
          ) : (
            <EmptyState title={t.nothing} text={t.nothingText} />
          )
        }
      />
      <Drawer
        opened={item !== undefined}
        onClose={() => setState({ item: "" })}
        position="right"
        size="lg"
        title={t.item}
        closeButtonProps={{ "aria-label": common.close }}
      >
        {item && (
          <Stack gap="md">
            <Group justify="space-between">
              <Group gap="xs">
                <StatusBadge tone={tones[item.status]}>{t.statuses[item.status]}</StatusBadge>
                <Text size="sm">{item.type}</Text>
                {item.leadId && (
                  <TextLink to={`/leads/${item.leadId}`} size="sm">
                    {t.lead}
                  </TextLink>
                )}
              </Group>
              {mayWrite && again && (
                <Button
                  variant="default"
                  leftSection={<IconRefresh size={14} aria-hidden />}
                  loading={reprocess.isPending}
                  onClick={() => reprocess.mutate({ params: { id: source.id }, body: { receivedIds: [item.id] } })}
                >
                  {t.reprocess}
                </Button>
              )}
            </Group>
            {item.detail && <Text size="sm">{item.detail}</Text>}
            <Text size="xs" c="dimmed" component="div">
              <Time at={item.receivedAt} form="absolute" /> · {item.contentType ?? ""} · {item.deliveryId}
            </Text>
            <CodeBlock label={item.bodyEncoding === "utf8" ? t.body : t.base64} code={pretty(item.body)} />
          </Stack>
        )}
      </Drawer>
    </>
  );
}

/** JSON indented; anything else as it is. */
function pretty(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}
