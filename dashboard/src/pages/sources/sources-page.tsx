import { Button } from "@mantine/core";
import { IconDownload, IconPlus } from "@tabler/icons-react";
import { useRouter } from "@tanstack/react-router";
import { useState } from "react";
import type { Item } from "../../api/client.ts";
import { useApiList } from "../../api/query.ts";
import { useRight } from "../../api/session.ts";
import { formatNumber } from "../../text/format.ts";
import { type Column, DataTable } from "../../ui/data-table.tsx";
import { TextLink } from "../../ui/link.tsx";
import { Page } from "../../ui/page.tsx";
import { EmptyState } from "../../ui/state.tsx";
import { StatusBadge } from "../../ui/status-badge.tsx";
import { Time } from "../../ui/time.tsx";
import { CreateSource } from "./create-source.tsx";
import { t } from "./texts.ts";

export type Source = Item<"GET /v1/sources">;

const refused = ({ unsigned, wrong_signature, stale, too_large, disabled }: Source["requests"]) =>
  unsigned + wrong_signature + stale + too_large + disabled;

export function SourceState({ source: { status, backlog, lastReceivedAt } }: { source: Source }) {
  if (status === "disabled") return <StatusBadge tone="paused">{t.disabled}</StatusBadge>;
  const look = backlog.unknown + backlog.unmatched + backlog.failed;
  if (look > 0) return <StatusBadge tone="warning">{t.needsLook(look)}</StatusBadge>;
  if (lastReceivedAt === null) return <StatusBadge tone="neutral">{t.nothingYet}</StatusBadge>;
  return <StatusBadge tone="good">{t.active}</StatusBadge>;
}

const columns: readonly Column<Source>[] = [
  { id: "name", header: t.name, cell: ({ id, name }) => <TextLink to={`/sources/${id}`}>{name}</TextLink> },
  { id: "state", header: t.state, width: 170, cell: (source) => <SourceState source={source} /> },
  { id: "kind", header: t.kind, width: 140, from: 480, cell: ({ kind }) => t.kinds[kind] },
  {
    ...{ id: "accepted", header: t.accepted, width: 110, align: "end" as const, from: 720 as const },
    cell: ({ requests }) => formatNumber(requests.accepted),
  },
  {
    ...{ id: "refused", header: t.refused, width: 110, align: "end" as const, from: 720 as const },
    cell: ({ requests }) => formatNumber(refused(requests)),
  },
  {
    ...{ id: "last", header: t.last, width: 140, from: 720 as const },
    cell: ({ lastReceivedAt }) => <Time at={lastReceivedAt} />,
  },
];

export default function SourcesPage() {
  const router = useRouter();
  const mayWrite = useRight("sources.write");
  const [creating, setCreating] = useState(false);
  const list = useApiList("GET /v1/sources", { query: { limit: 100 } });
  const add = mayWrite ? (
    <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={() => setCreating(true)}>
      {t.create}
    </Button>
  ) : undefined;
  return (
    <Page title={t.title} description={t.description} actions={add}>
      <DataTable
        {...list}
        label={t.title}
        columns={columns}
        rowId={({ id }) => id}
        rowLabel={({ name }) => name}
        onOpen={({ id }) => void router.navigate({ to: `/sources/${id}` as string })}
        empty={<EmptyState icon={IconDownload} title={t.none} text={t.noneText} action={add} />}
      />
      {creating && <CreateSource onClose={() => setCreating(false)} />}
    </Page>
  );
}
