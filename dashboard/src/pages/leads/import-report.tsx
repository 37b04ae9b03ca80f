import { Button, Card, Group, SimpleGrid, Stack, Table, Text, Title } from "@mantine/core";
import { IconDownload } from "@tabler/icons-react";
import type { ReactNode } from "react";
import type { Output } from "../../api/client.ts";
import { saveFile } from "../../api/save-file.ts";
import { formatNumber } from "../../text/format.ts";
import { Link, TextLink } from "../../ui/link.tsx";
import { shownCell } from "./csv.ts";
import { importTexts as t } from "./texts.ts";
import { UndoImport } from "./undo-import.tsx";

export type Report = Output<"POST /v1/leads/import">;

/** What became of each row. */
export function ImportReport({ report, tag, onOther }: { report: Report; tag: string; onOther: () => void }) {
  const tiles = [
    [t.added, report.added],
    [t.duplicates, report.duplicates],
    [t.rejected, report.rejected],
    [t.warnings, report.warnings],
    ...(report.enrolled === null ? [] : [[t.enrolled, report.enrolled] as const]),
  ] as const;
  return (
    <Stack gap="lg">
      <Title order={2} aria-live="polite">
        {t.done}
      </Title>
      <SimpleGrid cols={{ base: 2, sm: tiles.length }} spacing="sm">
        {tiles.map(([label, value]) => (
          <Card key={label}>
            <Text size="sm" c="dimmed">
              {label}
            </Text>
            <Text fz={22} fw={600}>
              {formatNumber(value)}
            </Text>
          </Card>
        ))}
      </SimpleGrid>
      <Rejected report={report} />
      <Findings
        title={t.warningRows}
        text={t.warningRowsText}
        total={report.warnings}
        rows={report.warningRows.map(({ line, field, reason }) => ({ line, field: nameOf(field), content: reason }))}
      />
      <Findings
        title={t.duplicateRows}
        text={t.duplicateRowsText}
        total={report.duplicates}
        rows={report.duplicateRows.map(({ line, field, leadId }) => ({
          ...{ line, field: t.sameAddress(nameOf(field)) },
          content: <TextLink to={`/leads/${leadId}`}>{t.openLead}</TextLink>,
        }))}
      />
      <Group justify="flex-end">
        {report.importId !== null && report.added > 0 && <UndoImport importId={report.importId} />}
        <Button variant="default" onClick={onOther}>
          {t.anotherFile}
        </Button>
        <Button component={Link} to="/leads/imports" variant="default">
          {t.imports}
        </Button>
        <Button component={Link} to="/leads" search={tag ? { tag } : {}}>
          {t.toLeads}
        </Button>
      </Group>
    </Stack>
  );
}

const nameOf = (field: string): string =>
  Object.hasOwn(t.fields, field) ? t.fields[field as keyof typeof t.fields] : field;

function Rejected({ report }: { report: Report }) {
  if (report.errors.length === 0) return null;
  return (
    <Card component="section" aria-label={t.rejectedRows}>
      <Group justify="space-between" mb="sm">
        <Title order={3}>{t.rejectedRows}</Title>
        <Button variant="default" leftSection={<IconDownload size={14} aria-hidden />} onClick={() => download(report)}>
          {t.downloadRejected}
        </Button>
      </Group>
      <Table.ScrollContainer minWidth={560} mah={420}>
        <Table aria-label={t.rejectedRows}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th w={70}>{t.line}</Table.Th>
              <Table.Th w={130}>{t.field}</Table.Th>
              <Table.Th>{t.reason}</Table.Th>
              <Table.Th>{t.raw}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {report.errors.map(({ line, field, reason, raw }) => (
              <Table.Tr key={`${line} ${field}`}>
                <Table.Td>{line}</Table.Td>
                <Table.Td>{field ?? "–"}</Table.Td>
                <Table.Td>{reason}</Table.Td>
                <Table.Td>
                  <Text size="xs" ff="monospace" lineClamp={1} maw={320}>
                    {raw}
                  </Text>
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
      <Text size="xs" c="dimmed" mt="xs">
        {report.rejected > report.errors.length ? t.firstThousand : t.notKept}
      </Text>
    </Card>
  );
}

interface FindingsProps {
  title: string;
  text: string;
  /** How many there are; `rows` are the first of them. */
  total: number;
  rows: readonly { line: number; field: string; content: ReactNode }[];
}

/** Rows that went in, or needn't, and why they are named. */
function Findings({ title, text, total, rows }: FindingsProps) {
  if (rows.length === 0) return null;
  return (
    <Card component="section" aria-label={title}>
      <Title order={3}>{title}</Title>
      <Text size="sm" c="dimmed" mb="sm">
        {text} {total > rows.length && t.firstShown}
      </Text>
      <Table.ScrollContainer minWidth={420} mah={320}>
        <Table aria-label={title}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th w={70}>{t.line}</Table.Th>
              <Table.Th w={200}>{t.field}</Table.Th>
              <Table.Th>{t.reason}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {rows.map(({ line, field, content }) => (
              <Table.Tr key={`${line} ${field}`}>
                <Table.Td>{line}</Table.Td>
                <Table.Td>{field}</Table.Td>
                <Table.Td>{content}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
    </Card>
  );
}

function download({ errors }: Report): void {
  const rows = errors.map(({ line, field = "", reason, raw }) =>
    [String(line), field, reason, raw].map(shownCell).join(","),
  );
  saveFile(new Blob([`line,field,reason,row\n${rows.join("\n")}\n`], { type: "text/csv" }), "rejected-rows.csv");
}
