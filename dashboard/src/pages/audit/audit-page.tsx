import { Group, Select, TextInput } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { useMemo } from "react";
import { useApi, useApiList } from "../../api/query.ts";
import { useSignedIn } from "../../api/session.ts";
import { common } from "../../text/common.ts";
import { dayBegins } from "../../text/days.ts";
import { type Column, DataTable } from "../../ui/data-table.tsx";
import { DownloadButton } from "../../ui/download-button.tsx";
import { Page } from "../../ui/page.tsx";
import { EmptyState } from "../../ui/state.tsx";
import { Time } from "../../ui/time.tsx";
import { useUrlState } from "../../ui/url-state.ts";
import { type AuditEntry, actorOf, Entry } from "./entry.tsx";
import { Seal } from "./seal.tsx";
import { t } from "./texts.ts";

const defaults = { kind: "", action: "", actor: "", target: "", from: "", to: "", entry: "" };

const columns: readonly Column<AuditEntry>[] = [
  { id: "at", header: t.when, width: 170, cell: ({ at }) => <Time at={at} form="absolute" /> },
  { id: "actor", header: t.actor, width: 180, from: 480, cell: actorOf },
  { id: "action", header: t.what, cell: ({ action }) => action },
  { id: "target", header: t.on, width: 280, from: 960, cell: ({ target, leadId }) => target ?? leadId ?? "–" },
  { id: "kind", header: t.kind, width: 90, from: 720, cell: ({ kind }) => t.kindOf[kind] },
];

const dayPattern = /^\d{4}-\d\d-\d\d$/;

export default function AuditPage() {
  const { workspace } = useSignedIn();
  const [filters, setFilters] = useUrlState(defaults);
  const { kind, action, actor, target, from, to, entry: entryId } = filters;
  const { timeZone } = workspace;
  const query = useMemo(() => {
    const begins = (day: string, plus: number) =>
      dayBegins(new Date(Date.parse(day) + plus * 86_400_000).toISOString().slice(0, 10), timeZone).toISOString();
    return {
      ...(kind && { kind: kind as "act" | "event" }),
      ...(action && { action }),
      ...(actor && { actor }),
      ...(target && { target }),
      ...(dayPattern.test(from) && { from: begins(from, 0) }),
      ...(dayPattern.test(to) && { to: begins(to, 1) }),
    };
  }, [kind, action, actor, target, from, to, timeZone]);
  const list = useApiList("GET /v1/audit", { query: { ...query, limit: 100 } });
  const members = useApi("GET /v1/members").data?.data ?? [];
  const keys = useApi("GET /v1/api-keys", { query: { limit: 100 } }).data?.data ?? [];
  const actors = [
    ...members.map(({ userId, name }) => ({ value: userId, label: name })),
    ...keys.map(({ id, name }) => ({ value: id, label: `${t.actors.key}: ${name}` })),
  ];
  const type = useDebouncedCallback(
    (change: Partial<Record<"action" | "target", string>>) => setFilters(change, { replace: true }),
    300,
  );
  const filtered = Object.keys(query).length > 0;
  return (
    <Page
      title={t.title}
      description={t.description}
      actions={
        <>
          <Seal />
          <DownloadButton operation="GET /v1/audit/export" query={{ ...query, format: "csv" }} fileName="audit.csv">
            {t.exportCsv}
          </DownloadButton>
        </>
      }
    >
      <Group gap="xs" mb="sm">
        <Select
          w={120}
          aria-label={t.kind}
          placeholder={t.kind}
          clearable
          data={Object.entries(t.kinds).map(([value, label]) => ({ value, label }))}
          value={kind || null}
          onChange={(value) => setFilters({ kind: value ?? "" })}
        />
        <Select
          w={200}
          aria-label={t.actor}
          placeholder={t.actor}
          clearable
          searchable
          data={actors}
          value={actor || null}
          onChange={(value) => setFilters({ actor: value ?? "" })}
        />
        <TextInput
          w={210}
          aria-label={t.action}
          placeholder={t.actionHint}
          defaultValue={action}
          onChange={({ currentTarget }) => type({ action: currentTarget.value.trim() })}
        />
        <TextInput
          w={170}
          aria-label={t.target}
          placeholder={t.target}
          defaultValue={target}
          onChange={({ currentTarget }) => type({ target: currentTarget.value.trim() })}
        />
        <TextInput
          type="date"
          aria-label={t.from}
          value={from}
          onChange={({ currentTarget }) => setFilters({ from: currentTarget.value }, { replace: true })}
        />
        <TextInput
          type="date"
          aria-label={t.to}
          value={to}
          onChange={({ currentTarget }) => setFilters({ to: currentTarget.value }, { replace: true })}
        />
      </Group>
      <DataTable
        {...list}
        label={t.title}
        columns={columns}
        rowId={({ id }) => id}
        rowLabel={({ action: what }) => what}
        onOpen={({ id }) => setFilters({ entry: id })}
        height="calc(100dvh - 240px)"
        empty={
          filtered ? (
            <EmptyState title={common.nothingFound} text={common.nothingFoundText} />
          ) : (
            <EmptyState title={t.none} text={t.noneText} />
          )
        }
      />
      <Entry entry={list.rows.find(({ id }) => id === entryId) ?? null} onClose={() => setFilters({ entry: "" })} />
    </Page>
  );
}
