import { Group, TextInput } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { IconSearch } from "@tabler/icons-react";
import type { Item } from "../../../api/client.ts";
import { useApiList } from "../../../api/query.ts";
import { useRight } from "../../../api/session.ts";
import { type Column, DataTable } from "../../../ui/data-table.tsx";
import { EmptyState } from "../../../ui/state.tsx";
import { StatusBadge } from "../../../ui/status-badge.tsx";
import { Time } from "../../../ui/time.tsx";
import { useUrlState } from "../../../ui/url-state.ts";
import { SettingsFrame } from "../settings-frame.tsx";
import { LiftSuppression } from "./lift-suppression.tsx";
import { SuppressAddress } from "./suppress-address.tsx";
import { t } from "./texts.ts";

type Suppression = Item<"GET /v1/suppressions">;

const defaults = { address: "" };

const columns: readonly Column<Suppression>[] = [
  { id: "address", header: t.address, cell: ({ address }) => address ?? t.erased },
  { id: "channel", header: t.channel, width: 130, from: 480, cell: ({ channel }) => t.channels[channel] },
  {
    ...{ id: "kind", header: t.kind, width: 170, from: 480 as const },
    cell: ({ kind }) => <StatusBadge tone={kind === "manual" ? "neutral" : "warning"}>{t.kinds[kind]}</StatusBadge>,
  },
  { id: "note", header: t.note, from: 960, cell: ({ note, reason }) => note ?? reason },
  { id: "since", header: t.since, width: 120, from: 720, cell: ({ createdAt }) => <Time at={createdAt} /> },
];

const withLift: readonly Column<Suppression>[] = [
  ...columns,
  {
    ...{ id: "actions", header: t.actions, width: 80 },
    cell: (one) => <LiftSuppression suppression={one} />,
  },
];

export default function SuppressionsPage() {
  const mayAdd = useRight("suppressions.write");
  const mayLift = useRight("suppressions.lift");
  const [{ address }, setFilters] = useUrlState(defaults);
  const list = useApiList("GET /v1/suppressions", { query: address ? { address } : {} });
  const search = useDebouncedCallback((text: string) => setFilters({ address: text }, { replace: true }), 250);
  return (
    <SettingsFrame title={t.title} description={t.description}>
      <Group mb="sm" justify="space-between">
        <TextInput
          flex="1 1 200px"
          maw={320}
          aria-label={t.search}
          placeholder={t.search}
          leftSection={<IconSearch size={14} aria-hidden />}
          defaultValue={address}
          onChange={({ currentTarget }) => search(currentTarget.value.trim())}
        />
        {mayAdd && <SuppressAddress />}
      </Group>
      <DataTable
        {...list}
        label={t.title}
        columns={mayLift ? withLift : columns}
        rowId={({ address: at, channel, kind }) => `${at} ${channel} ${kind}`}
        rowLabel={({ address: at }) => at ?? t.erased}
        height="calc(100dvh - 270px)"
        empty={address ? <EmptyState title={t.notFound} /> : <EmptyState title={t.none} text={t.noneText} />}
      />
    </SettingsFrame>
  );
}
