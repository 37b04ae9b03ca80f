import { Button } from "@mantine/core";
import type { Item } from "../../api/client.ts";
import { useApiList } from "../../api/query.ts";
import { useRight } from "../../api/session.ts";
import { formatNumber } from "../../text/format.ts";
import { pageTitles } from "../../text/pages.ts";
import { type Column, DataTable } from "../../ui/data-table.tsx";
import { Link, TextLink } from "../../ui/link.tsx";
import { Page } from "../../ui/page.tsx";
import { EmptyState } from "../../ui/state.tsx";
import { StatusBadge } from "../../ui/status-badge.tsx";
import { Time } from "../../ui/time.tsx";
import { importTexts as t } from "./texts.ts";
import { UndoImport } from "./undo-import.tsx";

type Import = Item<"GET /v1/imports/csv">;

const tones = { running: "waiting", done: "good", cut_off: "warning" } as const;

const columns: readonly Column<Import>[] = [
  { id: "when", header: t.when, width: 105, cell: ({ createdAt }) => <Time at={createdAt} /> },
  {
    ...{ id: "tag", header: t.tagShort, from: 720 },
    cell: ({ tag }) =>
      tag ? (
        <TextLink to="/leads" search={{ tag }} fz="sm">
          {tag}
        </TextLink>
      ) : (
        "–"
      ),
  },
  { id: "rows", header: t.rows, width: 100, from: 480, cell: ({ rows }) => formatNumber(rows) },
  { id: "added", header: t.added, width: 70, cell: ({ added }) => formatNumber(added) },
  {
    ...{ id: "status", header: t.status, width: 130, from: 960 },
    cell: ({ status }) => <StatusBadge tone={tones[status]}>{t.statuses[status]}</StatusBadge>,
  },
  {
    ...{ id: "undo", header: t.undoShort, width: 270 },
    cell: (one) =>
      one.status !== "running" && (one.added > 0 || one.undo) ? <UndoImport importId={one.id} known={one} /> : "–",
  },
];

/** All imports of files, each with its undo: also when the page that imported was left long ago. */
export default function ImportsPage() {
  const list = useApiList("GET /v1/imports/csv");
  const mayImport = useRight("leads.write");
  const another = mayImport && (
    <Button component={Link} to="/leads/import">
      {t.title}
    </Button>
  );
  return (
    <Page
      title={t.imports}
      description={t.importsText}
      actions={another}
      breadcrumbs={<TextLink to="/leads">{pageTitles.leads}</TextLink>}
    >
      <DataTable
        {...list}
        label={t.imports}
        columns={columns}
        rowId={({ id }) => id}
        rowLabel={({ id }) => id}
        height="calc(100dvh - 220px)"
        empty={<EmptyState title={t.noImports} text={t.noImportsText} action={another || undefined} />}
      />
    </Page>
  );
}
