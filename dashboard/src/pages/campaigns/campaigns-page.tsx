import { Button, Group, SegmentedControl, TextInput } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { IconPlus, IconSearch } from "@tabler/icons-react";
import type { QueryClient } from "@tanstack/react-query";
import { useRouter } from "@tanstack/react-router";
import { useCallback, useMemo, useState } from "react";
import { askListEarly, useApiList, useApiWhen } from "../../api/query.ts";
import { useRight } from "../../api/session.ts";
import { useCommands } from "../../app/commands.ts";
import { type Column, DataTable } from "../../ui/data-table.tsx";
import { TextLink } from "../../ui/link.tsx";
import { Page } from "../../ui/page.tsx";
import { EmptyState } from "../../ui/state.tsx";
import { StatusBadge } from "../../ui/status-badge.tsx";
import { Time } from "../../ui/time.tsx";
import { urlState, useUrlState } from "../../ui/url-state.ts";
import { NewCampaign } from "./new-campaign.tsx";
import { type Progress, ProgressBar } from "./progress-bar.tsx";
import { type CampaignRow, statusTones } from "./status.ts";
import { t } from "./texts.ts";

const defaults = { status: "all", q: "" };
const statuses = ["all", "draft", "active", "paused", "finished", "archived"] as const;

const queryOf = ({ status, q }: { status: string; q: string }) => ({
  ...(status === "archived" ? { archived: "true" as const } : status !== "all" && { status: status as "draft" }),
  ...(q && { search: q }),
  limit: 50,
});

export function early(queries: QueryClient): void {
  askListEarly(queries, "GET /v1/campaigns", { query: queryOf(urlState(defaults)) });
}

export default function CampaignsPage() {
  const [{ status, q }, setFilters] = useUrlState(defaults);
  const [creating, setCreating] = useState(false);
  const router = useRouter();
  const mayWrite = useRight("campaigns.write");
  const list = useApiList("GET /v1/campaigns", { query: queryOf({ status, q }) });
  const ids = list.rows.slice(-100).map(({ id }) => id);
  const progress = useApiWhen("GET /v1/campaigns/progress", ids.length > 0 ? { query: { ids: ids.join(",") } } : null);
  const known = progress.data?.data;
  const columns = useMemo(() => columnsOf(known), [known]);
  const search = useDebouncedCallback((text: string) => setFilters({ q: text }, { replace: true }), 250);
  const open = useCallback((id: string) => void router.navigate({ to: `/campaigns/${id}` }), [router]);
  useCommands(
    useMemo(
      () =>
        mayWrite ? [{ id: "campaigns.new", label: t.newCampaign, icon: IconPlus, run: () => setCreating(true) }] : [],
      [mayWrite],
    ),
  );
  const create = mayWrite && (
    <Button leftSection={<IconPlus size={14} aria-hidden />} onClick={() => setCreating(true)}>
      {t.newCampaign}
    </Button>
  );
  return (
    <Page title={t.title} description={t.description} actions={create}>
      <Group mb="sm" gap="sm">
        <TextInput
          w={{ base: "100%", sm: 260 }}
          aria-label={t.search}
          placeholder={t.search}
          leftSection={<IconSearch size={14} aria-hidden />}
          defaultValue={q}
          onChange={({ currentTarget }) => search(currentTarget.value.trim())}
        />
        <div style={{ overflowX: "auto", maxWidth: "100%" }}>
          <SegmentedControl
            size="xs"
            aria-label={t.status}
            value={status}
            onChange={(value) => setFilters({ status: value })}
            data={statuses.map((value) => ({
              value,
              label: value === "all" ? t.all : value === "archived" ? t.archived : t.statuses[value],
            }))}
          />
        </div>
      </Group>
      <DataTable
        {...list}
        label={t.title}
        columns={columns}
        rowId={({ id }) => id}
        rowLabel={({ name }) => name}
        total={list.first?.meta.total}
        onOpen={({ id }) => open(id)}
        height="calc(100dvh - 240px)"
        empty={
          status === "archived" ? (
            <EmptyState title={t.noneArchived} />
          ) : status !== "all" || q ? (
            <EmptyState title={t.noneFound} text={t.noneFoundText} />
          ) : (
            <EmptyState title={t.none} text={t.noneText} action={create} />
          )
        }
      />
      <NewCampaign opened={creating} onClose={() => setCreating(false)} onCreated={open} />
    </Page>
  );
}

/** Progress comes a moment later than the rows; its place is kept. */
function columnsOf(progress: readonly Progress[] | undefined): readonly Column<CampaignRow>[] {
  const of = ({ id }: CampaignRow) => progress?.find(({ campaignId }) => campaignId === id);
  return [
    {
      id: "name",
      header: t.name,
      cell: ({ id, name }) => (
        <TextLink to={`/campaigns/${id}`} fw={500} fz="sm" c="var(--mantine-color-text)">
          {name}
        </TextLink>
      ),
    },
    {
      ...{ id: "status", header: t.status, width: 112 },
      cell: ({ status, archivedAt }) => (
        <StatusBadge tone={archivedAt ? "neutral" : statusTones[status]}>
          {archivedAt ? t.archived : t.statuses[status]}
        </StatusBadge>
      ),
    },
    {
      ...{ id: "progress", header: t.progress, width: 260, from: 720 },
      cell: (row) => <ProgressBar progress={of(row)} isLoading={progress === undefined} />,
    },
    {
      ...{ id: "replied", header: t.replied, width: 110, align: "end", from: 960 },
      cell: (row) => {
        const one = of(row);
        return one ? t.repliedOf(one.replied, one.contacted) : "–";
      },
    },
    {
      ...{ id: "updated", header: t.updated, width: 120, from: 480 },
      cell: ({ updatedAt }) => <Time at={updatedAt} />,
    },
  ];
}
