import { Button, Text } from "@mantine/core";
import { IconPlus, IconWebhook } from "@tabler/icons-react";
import { useRouter } from "@tanstack/react-router";
import { useApiList } from "../../api/query.ts";
import { useRight } from "../../api/session.ts";
import { type Column, DataTable } from "../../ui/data-table.tsx";
import { Link, TextLink } from "../../ui/link.tsx";
import { Page } from "../../ui/page.tsx";
import { EmptyState } from "../../ui/state.tsx";
import { Time } from "../../ui/time.tsx";
import { type Destination, Health } from "./destination-looks.tsx";
import { t } from "./texts.ts";

const columns: readonly Column<Destination>[] = [
  { id: "name", header: t.name, cell: ({ id, name }) => <TextLink to={`/destinations/${id}`}>{name}</TextLink> },
  { id: "health", header: t.health, width: 170, cell: (destination) => <Health destination={destination} /> },
  { id: "kind", header: t.kind, width: 140, from: 480, cell: ({ kind }) => t.kinds[kind] },
  {
    ...{ id: "format", header: t.format, width: 110, from: 960 as const },
    cell: ({ kind, format }) => (kind === "webhook" ? t.formats[format] : "–"),
  },
  {
    ...{ id: "address", header: t.address, from: 720 as const },
    cell: ({ url }) => (
      <Text size="sm" c="dimmed" truncate title={url}>
        {url}
      </Text>
    ),
  },
  {
    ...{ id: "lastSuccess", header: t.lastSuccess, width: 130, from: 720 as const },
    cell: ({ health }) => <Time at={health.lastSuccessAt} />,
  },
];

export default function DestinationsPage() {
  const router = useRouter();
  const mayWrite = useRight("destinations.write");
  const list = useApiList("GET /v1/destinations", { query: { limit: 100 } });
  const add = mayWrite ? (
    <Button component={Link} to="/destinations/new" leftSection={<IconPlus size={16} aria-hidden />}>
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
        onOpen={({ id }) => void router.navigate({ to: `/destinations/${id}` as string })}
        empty={<EmptyState icon={IconWebhook} title={t.none} text={t.noneText} action={add} />}
      />
    </Page>
  );
}
