import { Button, Group, Select, TextInput } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { IconFileImport, IconPlus, IconSearch } from "@tabler/icons-react";
import type { QueryClient } from "@tanstack/react-query";
import { useRouter } from "@tanstack/react-router";
import { useEffect, useMemo, useState } from "react";
import { askListEarly, useApi, useApiList } from "../../api/query.ts";
import { useRight } from "../../api/session.ts";
import { useCommands } from "../../app/commands.ts";
import { common } from "../../text/common.ts";
import { type Column, DataTable } from "../../ui/data-table.tsx";
import { Link, TextLink } from "../../ui/link.tsx";
import { Page } from "../../ui/page.tsx";
import { EmptyState } from "../../ui/state.tsx";
import { Time } from "../../ui/time.tsx";
import { urlState, useUrlState } from "../../ui/url-state.ts";
import { AddLead } from "./add-lead.tsx";
import { BulkActions } from "./bulk-actions.tsx";
import { Channels, type Lead, LeadStatus, nameOf, Tags } from "./lead-looks.tsx";
import { SavedViews } from "./saved-views.tsx";
import { t } from "./texts.ts";

/** What the address of this page may say. Saved views are made of it: server/src/api/view-query.ts checks them. */
const defaults = { search: "", status: "", tag: "", reachableBy: "", sort: "createdAt", descending: true };

const columns: readonly Column<Lead>[] = [
  {
    ...{ id: "name", header: t.name, sortable: true },
    cell: (lead) => <TextLink to={`/leads/${lead.id}`}>{nameOf(lead)}</TextLink>,
  },
  { id: "company", header: t.company, sortable: true, from: 720, cell: ({ company }) => company ?? "–" },
  { id: "status", header: t.status, width: 150, cell: (lead) => <LeadStatus lead={lead} /> },
  { id: "channels", header: t.addresses, width: 100, from: 480, cell: (lead) => <Channels lead={lead} /> },
  { id: "tags", header: t.tags, width: 240, from: 960, cell: ({ tags }) => <Tags tags={tags} /> },
  {
    ...{ id: "createdAt", header: t.added, width: 130, sortable: true, from: 720 as const },
    cell: ({ createdAt }) => <Time at={createdAt} />,
  },
];

function queriesOf({ sort, descending, ...rest }: ReturnType<typeof urlState<typeof defaults>>) {
  const given = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== ""));
  return {
    rows: { limit: 100, sort, order: descending ? "desc" : "asc", count: "false", ...given } as never,
    // In whatever order: rows don't wait for it, and sorting doesn't ask again.
    total: { limit: 1, ...given } as never,
  };
}

export function early(queries: QueryClient): void {
  askListEarly(queries, "GET /v1/leads", { query: queriesOf(urlState(defaults)).rows });
}

export default function LeadsPage() {
  const router = useRouter();
  const mayWrite = useRight("leads.write");
  const [filters, setFilters] = useUrlState(defaults);
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const query = useMemo(() => queriesOf(filters), [filters]);
  // Other filters, other leads: nothing is done to those that were ticked and are out of sight now.
  const shownBy = JSON.stringify([filters.search, filters.status, filters.tag, filters.reachableBy]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: only where the filters are others; sorting hides nobody.
  useEffect(() => setSelected((now) => (now.size === 0 ? now : new Set())), [shownBy]);
  const list = useApiList("GET /v1/leads", { query: query.rows });
  const total = useApi("GET /v1/leads", { query: query.total }).data?.pagination.total;
  const filtered = Boolean(filters.search || filters.status || filters.tag || filters.reachableBy);
  useCommands(
    useMemo(
      () => [
        {
          ...{ id: "leads.import", label: t.import, icon: IconFileImport, keywords: ["csv", "upload"] },
          run: () => void router.navigate({ to: "/leads/import" as string }),
        },
      ],
      [router],
    ),
  );
  const [adding, setAdding] = useState(false);
  const actions = mayWrite && (
    <Group gap="xs">
      <Button variant="default" leftSection={<IconPlus size={16} aria-hidden />} onClick={() => setAdding(true)}>
        {t.add}
      </Button>
      <Button component={Link} to="/leads/import" leftSection={<IconFileImport size={16} aria-hidden />}>
        {t.import}
      </Button>
    </Group>
  );
  return (
    <Page title={t.title} description={t.description} actions={actions}>
      {adding && <AddLead onClose={() => setAdding(false)} />}
      <Group gap="xs" mb="sm" align="flex-end">
        <SearchInput
          w={{ base: "100%", sm: 260 }}
          label={t.search}
          icon
          value={filters.search}
          onChange={(search) => setFilters({ search }, { replace: true })}
        />
        <Filter
          label={t.status}
          value={filters.status}
          options={Object.entries(t.statuses).map(([value, label]) => ({ value, label }))}
          onChange={(status) => setFilters({ status })}
        />
        <Filter
          label={t.channel}
          value={filters.reachableBy}
          options={Object.entries(t.channels).map(([value, label]) => ({ value, label }))}
          onChange={(reachableBy) => setFilters({ reachableBy })}
        />
        <SearchInput
          w={140}
          label={t.tag}
          value={filters.tag}
          onChange={(tag) => setFilters({ tag }, { replace: true })}
        />
        {filtered && (
          <Button variant="subtle" color="gray" component={Link} to="/leads">
            {common.clearFilters}
          </Button>
        )}
        <div style={{ marginInlineStart: "auto" }}>
          <SavedViews filters={filters} onChoose={(chosen) => setFilters({ ...defaults, ...chosen })} />
        </div>
      </Group>
      <DataTable
        {...list}
        label={t.title}
        columns={columns}
        rowId={(lead) => lead.id}
        rowLabel={nameOf}
        total={total ?? undefined}
        onOpen={(lead) => void router.navigate({ to: `/leads/${lead.id}` })}
        sort={{ column: filters.sort, descending: filters.descending }}
        onSort={({ column, descending }) => setFilters({ sort: column, descending })}
        {...(mayWrite && {
          selected,
          onSelect: setSelected,
          bulkActions: (ids: ReadonlySet<string>) => <BulkActions ids={ids} onDone={() => setSelected(new Set())} />,
        })}
        height="calc(100dvh - 240px)"
        empty={
          filtered ? (
            <EmptyState title={common.nothingFound} text={common.nothingFoundText} />
          ) : (
            <EmptyState title={t.none} text={t.noneText} action={actions || undefined} />
          )
        }
      />
    </Page>
  );
}

/** A text that filters a little after it was typed, and follows the address where that changes by itself. */
function SearchInput({
  label,
  value,
  icon = false,
  w,
  onChange,
}: {
  label: string;
  value: string;
  icon?: boolean;
  w: number | { base: string; sm: number };
  onChange: (value: string) => void;
}) {
  const [text, setText] = useState(value);
  const [known, setKnown] = useState(value);
  if (value !== known) {
    setKnown(value);
    if (value !== text.trim()) setText(value);
  }
  const tell = useDebouncedCallback(onChange, 300);
  return (
    <TextInput
      w={w}
      aria-label={label}
      placeholder={label}
      leftSection={icon ? <IconSearch size={14} aria-hidden /> : undefined}
      value={text}
      onChange={({ currentTarget }) => {
        setText(currentTarget.value);
        tell(currentTarget.value.trim());
      }}
    />
  );
}

function Filter({
  label,
  value,
  options,
  onChange,
}: {
  label: string;
  value: string;
  options: { value: string; label: string }[];
  onChange: (value: string) => void;
}) {
  return (
    <Select
      w={160}
      aria-label={label}
      placeholder={label}
      data={options}
      value={value || null}
      onChange={(chosen) => onChange(chosen ?? "")}
      clearable
    />
  );
}
