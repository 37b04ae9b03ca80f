import { Button, Table, Text, VisuallyHidden } from "@mantine/core";
import { useChange } from "../../../api/mutation.ts";
import { useApi } from "../../../api/query.ts";
import { common } from "../../../text/common.ts";
import { Panel } from "../../../ui/panel.tsx";
import { ErrorState } from "../../../ui/state.tsx";
import { Time } from "../../../ui/time.tsx";
import { toast } from "../../../ui/toast.tsx";
import { t } from "./texts.ts";

/** Who was invited and hasn't come yet: for those who may invite. */
export function Invitations() {
  const { data, error, refetch } = useApi("GET /v1/invitations");
  const withdraw = useChange("DELETE /v1/invitations/{id}", { onDone: () => toast(t.withdrawn) });
  if (error && !data) {
    return (
      <Panel title={t.invitations}>
        <ErrorState error={error} retry={() => void refetch()} />
      </Panel>
    );
  }
  if (!data || data.data.length === 0) return null;
  return (
    <Panel title={t.invitations} flush>
      <Table aria-label={t.invitations} miw={480}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t.email}</Table.Th>
            <Table.Th w={150}>{t.role}</Table.Th>
            <Table.Th w={120}>{t.expires}</Table.Th>
            <Table.Th w={110}>
              <VisuallyHidden>{t.actions}</VisuallyHidden>
            </Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {data.data.map(({ id, email, role, expiresAt }) => (
            <Table.Tr key={id}>
              <Table.Td>
                <Text size="sm">{email}</Text>
              </Table.Td>
              <Table.Td>{common.roles[role]}</Table.Td>
              <Table.Td>
                <Time at={expiresAt} />
              </Table.Td>
              <Table.Td ta="end">
                <Button
                  variant="subtle"
                  color="gray"
                  c="var(--mantine-color-text)"
                  aria-label={t.withdrawOne(email)}
                  onClick={() => withdraw.mutate({ params: { id } })}
                >
                  {t.withdraw}
                </Button>
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Panel>
  );
}
