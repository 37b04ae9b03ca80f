import { Badge, Button, Group, Skeleton, Table, Text, VisuallyHidden } from "@mantine/core";
import { useChange } from "../../../api/mutation.ts";
import { useApi } from "../../../api/query.ts";
import { signedOutEverywhere } from "../../../api/session.ts";
import { confirm } from "../../../ui/confirm.tsx";
import { Panel } from "../../../ui/panel.tsx";
import { ErrorState } from "../../../ui/state.tsx";
import { Time } from "../../../ui/time.tsx";
import { toast } from "../../../ui/toast.tsx";
import { mayLeave } from "../../../ui/unsaved.ts";
import { deviceName } from "./device.ts";
import { t } from "./texts.ts";

/** Where one is signed in. This session is ended by signing out, in the account's menu. */
export function Sessions() {
  const { data, error, refetch } = useApi("GET /v1/sessions");
  const end = useChange("DELETE /v1/sessions/{id}", { onDone: () => toast(t.ended) });
  const others = data?.data.filter(({ current }) => !current) ?? [];
  const endOthers = async () => {
    for (const { id } of others) await end.mutateAsync({ params: { id } });
  };
  const endEach = useChange("DELETE /v1/sessions", {
    outdates: [],
    onDone: signedOutEverywhere,
  });
  const endAll = async () => {
    if ((await mayLeave()) && (await confirm({ title: t.endAll, text: t.endAllText, action: t.endAll })))
      endEach.mutate({});
  };
  return (
    <Panel
      title={t.sessions}
      flush
      actions={
        others.length > 0 && (
          <Group gap="xs">
            <Button variant="default" loading={end.isPending} onClick={() => void endOthers().catch(() => {})}>
              {t.endOthers}
            </Button>
            <Button variant="default" onClick={() => void endAll()}>
              {t.endAll}
            </Button>
          </Group>
        )
      }
    >
      {error && !data ? (
        <ErrorState error={error} retry={() => void refetch()} />
      ) : !data ? (
        <Skeleton height={100} />
      ) : (
        <Table aria-label={t.sessions} miw={600}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{t.device}</Table.Th>
              <Table.Th w={150}>{t.ip}</Table.Th>
              <Table.Th w={110}>{t.since}</Table.Th>
              <Table.Th w={110}>{t.seen}</Table.Th>
              <Table.Th w={80}>
                <VisuallyHidden>{t.actions}</VisuallyHidden>
              </Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {data.data.map(({ id, current, userAgent, ip, createdAt, seenAt }) => (
              <Table.Tr key={id}>
                <Table.Td>
                  <Group gap={6}>
                    <Text size="sm" title={userAgent ?? undefined}>
                      {deviceName(userAgent)}
                    </Text>
                    {current && (
                      <Badge size="sm" c="var(--mantine-color-text)">
                        {t.thisOne}
                      </Badge>
                    )}
                  </Group>
                </Table.Td>
                <Table.Td>{ip ?? "–"}</Table.Td>
                <Table.Td>
                  <Time at={createdAt} />
                </Table.Td>
                <Table.Td>
                  <Time at={seenAt} />
                </Table.Td>
                <Table.Td ta="end">
                  {!current && (
                    <Button
                      variant="subtle"
                      color="red"
                      c="var(--mantine-color-error)"
                      aria-label={t.endOne(deviceName(userAgent))}
                      onClick={() => end.mutate({ params: { id } })}
                    >
                      {t.end}
                    </Button>
                  )}
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      )}
    </Panel>
  );
}
