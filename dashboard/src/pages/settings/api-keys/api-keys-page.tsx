import { Button, Code, Group } from "@mantine/core";
import { IconKey, IconPlus } from "@tabler/icons-react";
import { useMemo, useState } from "react";
import type { Item } from "../../../api/client.ts";
import { useChange } from "../../../api/mutation.ts";
import { useApiList } from "../../../api/query.ts";
import { useRight } from "../../../api/session.ts";
import { formatList } from "../../../text/format.ts";
import { confirm } from "../../../ui/confirm.tsx";
import { type Column, DataTable } from "../../../ui/data-table.tsx";
import { EmptyState } from "../../../ui/state.tsx";
import { StatusBadge } from "../../../ui/status-badge.tsx";
import { Time } from "../../../ui/time.tsx";
import { toast } from "../../../ui/toast.tsx";
import { SettingsFrame } from "../settings-frame.tsx";
import { CreateKey } from "./create-key.tsx";
import { t } from "./texts.ts";

type ApiKey = Item<"GET /v1/api-keys">;

const columns: readonly Column<ApiKey>[] = [
  { id: "name", header: t.name, cell: ({ name }) => name },
  { id: "key", header: t.key, width: 150, from: 720, cell: ({ prefix }) => <Code>{prefix}…</Code> },
  {
    ...{ id: "scopes", header: t.scopes, width: 150, from: 480 as const },
    cell: ({ scopes }) => formatList(scopes.map((scope) => t.scopeNames[scope])),
  },
  { id: "used", header: t.used, width: 120, from: 720, cell: (key) => <Time at={key.lastUsedAt} none={t.never} /> },
  { id: "created", header: t.created, width: 120, from: 960, cell: ({ createdAt }) => <Time at={createdAt} /> },
  {
    ...{ id: "status", header: t.status, width: 110 },
    cell: ({ revokedAt }) => (
      <StatusBadge tone={revokedAt ? "neutral" : "good"}>{revokedAt ? t.revoked : t.active}</StatusBadge>
    ),
  },
];

export default function ApiKeysPage() {
  const mayWrite = useRight("keys.write");
  const [creating, setCreating] = useState(false);
  const list = useApiList("GET /v1/api-keys", { query: { limit: 100 } });
  const shown = useMemo(
    () => (mayWrite ? [...columns, { id: "revoke", header: t.actions, width: 100, cell: revokeCell }] : columns),
    [mayWrite],
  );
  const create = mayWrite && (
    <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={() => setCreating(true)}>
      {t.create}
    </Button>
  );
  return (
    <SettingsFrame title={t.title} description={t.description} actions={create}>
      <DataTable
        {...list}
        label={t.title}
        columns={shown}
        rowId={({ id }) => id}
        rowLabel={({ name }) => name}
        height="calc(100dvh - 230px)"
        empty={<EmptyState icon={IconKey} title={t.none} text={t.noneText} action={create || undefined} />}
      />
      {creating && <CreateKey onClose={() => setCreating(false)} />}
    </SettingsFrame>
  );
}

const revokeCell = (key: ApiKey) => (key.revokedAt ? null : <Revoke apiKey={key} />);

function Revoke({ apiKey: { id, name } }: { apiKey: ApiKey }) {
  const revoke = useChange("DELETE /v1/api-keys/{id}", { onDone: () => toast(t.revokedNow) });
  const ask = async () => {
    if (await confirm({ title: t.revokeTitle(name), text: t.revokeText, action: t.revoke })) {
      revoke.mutate({ params: { id } });
    }
  };
  return (
    <Group justify="flex-end">
      <Button
        variant="subtle"
        color="red"
        c="var(--mantine-color-error)"
        size="compact-xs"
        aria-label={t.revokeOne(name)}
        loading={revoke.isPending}
        onClick={() => void ask()}
      >
        {t.revoke}
      </Button>
    </Group>
  );
}
