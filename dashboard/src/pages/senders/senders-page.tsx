import { Button, Text } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useRouter } from "@tanstack/react-router";
import { useMemo, useState } from "react";
import { useApiList, useApiWhen } from "../../api/query.ts";
import { useRight } from "../../api/session.ts";
import { type Column, DataTable } from "../../ui/data-table.tsx";
import { TextLink } from "../../ui/link.tsx";
import { Page } from "../../ui/page.tsx";
import { EmptyState } from "../../ui/state.tsx";
import { SenderForm } from "./sender-form.tsx";
import { paceInWords, providerName, ReceivingState, reasonOf, type Sender, SenderState } from "./sender-looks.tsx";
import { t } from "./texts.ts";
import { type Usage, UsedToday } from "./usage.tsx";

const columnsOf = (usage: ReadonlyMap<string, Usage>): readonly Column<Sender>[] => [
  { id: "name", header: t.name, cell: ({ id, name }) => <TextLink to={`/senders/${id}`}>{name}</TextLink> },
  { id: "channel", header: t.channel, width: 90, from: 720, cell: ({ channel }) => t.channels[channel] },
  { id: "provider", header: t.provider, width: 130, from: 960, cell: ({ provider }) => providerName(provider) },
  { id: "address", header: t.address, from: 1200, cell: ({ address }) => address },
  { id: "state", header: t.state, width: 110, cell: (sender) => <SenderState sender={sender} /> },
  { id: "receiving", header: t.receiving, width: 140, from: 720, cell: (sender) => <ReceivingState sender={sender} /> },
  {
    id: "today",
    header: t.usedToday,
    width: 150,
    from: 720,
    cell: ({ id }) => <UsedToday use={usage.get(id)?.message} />,
  },
  {
    ...{ id: "pace", header: t.pace, from: 480 as const },
    cell: (sender) => {
      const reason = reasonOf(sender);
      return (
        <Text size="sm" truncate c={reason ? "red" : "dimmed"} title={reason ?? undefined}>
          {reason ?? paceInWords(sender.pace.message)}
        </Text>
      );
    },
  },
];

export default function SendersPage() {
  const router = useRouter();
  const mayWrite = useRight("senders.write");
  const [adding, setAdding] = useState(false);
  const list = useApiList("GET /v1/senders", { query: { limit: 100 } });
  // Of as many as one call tells: whoever has more opens one.
  const ids = list.rows.slice(0, 100).map(({ id }) => id);
  const used = useApiWhen("GET /v1/senders/usage", ids.length > 0 ? { query: { senderIds: ids.join(",") } } : null);
  const columns = useMemo(
    () => columnsOf(new Map((used.data?.data ?? []).map((usage) => [usage.senderId, usage]))),
    [used.data],
  );
  const add = mayWrite && (
    <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={() => setAdding(true)}>
      {t.add}
    </Button>
  );
  const open = (id: string) => void router.navigate({ to: `/senders/${id}` });
  return (
    <Page title={t.title} description={t.description} actions={add}>
      <DataTable
        {...list}
        label={t.title}
        columns={columns}
        rowId={({ id }) => id}
        rowLabel={({ name }) => name}
        onOpen={({ id }) => open(id)}
        height="calc(100dvh - 190px)"
        empty={<EmptyState title={t.none} text={t.noneText} />}
      />
      {adding && <SenderForm onClose={() => setAdding(false)} onDone={open} />}
    </Page>
  );
}
