import { Button, Group, Table, Text } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useRouter } from "@tanstack/react-router";
import { useChange } from "../../../api/mutation.ts";
import { useNewSession, useRight, useSignedIn } from "../../../api/session.ts";
import { useChooseWorkspace } from "../../../api/workspace.ts";
import { common } from "../../../text/common.ts";
import { confirm } from "../../../ui/confirm.tsx";
import { Panel } from "../../../ui/panel.tsx";
import { toast } from "../../../ui/toast.tsx";
import { t } from "./texts.ts";

/** All workspaces that one is in: to go to one, make one, or leave one. */
export function Workspaces({ onCreate }: { onCreate: () => void }) {
  const { workspaces, workspace } = useSignedIn();
  const mayCreate = useRight("workspaces.create");
  const choose = useChooseWorkspace();
  const newSession = useNewSession();
  const router = useRouter();
  const leave = useChange("POST /v1/workspaces/{id}/leave", { outdates: [] });
  const askLeave = async ({ id, name }: { id: string; name: string }) => {
    const text = workspaces.length === 1 ? t.leaveOnly : t.leaveText;
    if (!(await confirm({ title: t.leaveTitle(name), text, action: t.leave }))) return;
    leave.mutate(
      { params: { id } },
      {
        onSuccess: async () => {
          toast(t.left(name));
          if (id === workspace.id) await router.navigate({ to: "/" as string });
          await newSession();
          await router.invalidate();
        },
      },
    );
  };
  const actions = mayCreate && (
    <Button variant="default" leftSection={<IconPlus size={14} aria-hidden />} onClick={onCreate}>
      {t.create}
    </Button>
  );
  return (
    <Panel title={t.yours} actions={actions}>
      <Text size="sm" c="dimmed" mb="xs">
        {mayCreate ? t.yoursText : t.createNo}
      </Text>
      <Table aria-label={t.yours}>
        <Table.Tbody>
          {workspaces.map(({ id, name, role }) => (
            <Table.Tr key={id}>
              <Table.Td style={{ overflowWrap: "anywhere" }}>{name}</Table.Td>
              <Table.Td w={90} c="dimmed">
                {common.roles[role]}
              </Table.Td>
              <Table.Td>
                <Group gap="xs" justify="flex-end">
                  {id === workspace.id ? (
                    <Text size="sm" c="dimmed">
                      {t.current}
                    </Text>
                  ) : (
                    <Button variant="default" aria-label={t.openOne(name)} onClick={() => void choose(id)}>
                      {t.open}
                    </Button>
                  )}
                  <Button
                    variant="subtle"
                    color="red"
                    c="var(--mantine-color-error)"
                    aria-label={t.leaveOne(name)}
                    disabled={leave.isPending}
                    onClick={() => void askLeave({ id, name })}
                  >
                    {t.leave}
                  </Button>
                </Group>
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Panel>
  );
}
