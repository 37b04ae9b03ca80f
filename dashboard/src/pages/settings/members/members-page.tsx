import { Badge, Button, Group, Select, Skeleton, Stack, Table, Text, VisuallyHidden } from "@mantine/core";
import { IconUserPlus } from "@tabler/icons-react";
import { useState } from "react";
import type { Output } from "../../../api/client.ts";
import { useChange } from "../../../api/mutation.ts";
import { useApi } from "../../../api/query.ts";
import { type Role, useRight, useSignedIn } from "../../../api/session.ts";
import { common } from "../../../text/common.ts";
import { confirm } from "../../../ui/confirm.tsx";
import { Panel } from "../../../ui/panel.tsx";
import { ErrorState } from "../../../ui/state.tsx";
import { Time } from "../../../ui/time.tsx";
import { toast } from "../../../ui/toast.tsx";
import { Unseen } from "../../../ui/unseen.tsx";
import { SettingsFrame } from "../settings-frame.tsx";
import { Invitations } from "./invitations.tsx";
import { Invite } from "./invite.tsx";
import { RoleTable } from "./role-table.tsx";
import { roles, useGivableRoles } from "./roles.ts";
import { t } from "./texts.ts";

type Member = Output<"GET /v1/members">["data"][number];

export default function MembersPage() {
  const mayWrite = useRight("members.write");
  const [inviting, setInviting] = useState(false);
  const { data, error, refetch } = useApi("GET /v1/members");
  return (
    <SettingsFrame
      title={t.title}
      description={t.description}
      actions={
        mayWrite && (
          <Button leftSection={<IconUserPlus size={16} aria-hidden />} onClick={() => setInviting(true)}>
            {t.invite}
          </Button>
        )
      }
    >
      <Stack gap="md">
        <Panel title={t.people} flush>
          {error && !data ? (
            <ErrorState error={error} retry={() => void refetch()} />
          ) : !data ? (
            <Skeleton height={160} />
          ) : (
            <Table aria-label={t.people} miw={560}>
              <Table.Thead>
                <Table.Tr>
                  <Table.Th>{t.name}</Table.Th>
                  <Table.Th w={150}>{t.role}</Table.Th>
                  <Table.Th w={120}>{t.seen}</Table.Th>
                  <Table.Th w={120}>{t.joined}</Table.Th>
                  {mayWrite && (
                    <Table.Th w={100}>
                      <VisuallyHidden>{t.actions}</VisuallyHidden>
                    </Table.Th>
                  )}
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {data.data.map((member) => (
                  <MemberRow key={member.userId} member={member} mayWrite={mayWrite} />
                ))}
              </Table.Tbody>
            </Table>
          )}
        </Panel>
        <Unseen until={data !== undefined || error !== null}>
          {mayWrite && <Invitations />}
          <RoleTable />
        </Unseen>
      </Stack>
      {inviting && <Invite onClose={() => setInviting(false)} />}
    </SettingsFrame>
  );
}

function MemberRow({ member, mayWrite }: { member: Member; mayWrite: boolean }) {
  const { user } = useSignedIn();
  const givable = useGivableRoles();
  const { userId, name, email, role, lastSeenAt, createdAt } = member;
  const isSelf = userId === user.id;
  const mayChange = mayWrite && givable.includes(role);
  const outdates = ["members", "session", "workspaces"];
  const change = useChange("PATCH /v1/members/{userId}", { outdates, onDone: () => toast(t.changed(name)) });
  const remove = useChange("DELETE /v1/members/{userId}", { outdates, onDone: () => toast(t.removed) });
  const changeTo = async (next: Role) => {
    // Whoever gives a right away can't take it back alone.
    const question = { title: t.ownRoleTitle(common.roles[next]), text: t.ownRoleText, action: t.ownRole };
    if (!isSelf || (await confirm(question))) change.mutate({ params: { userId }, body: { role: next } });
  };
  const askRemove = async () => {
    if (await confirm({ title: t.removeTitle(name), text: t.removeText, action: t.remove })) {
      remove.mutate({ params: { userId } });
    }
  };
  return (
    <Table.Tr>
      <Table.Td>
        <Group gap={6}>
          <Text size="sm" fw={500}>
            {name}
          </Text>
          {isSelf && (
            <Badge color="gray" size="sm" c="var(--mantine-color-text)">
              {t.you}
            </Badge>
          )}
        </Group>
        <Text size="xs" c="dimmed">
          {email}
        </Text>
      </Table.Td>
      <Table.Td>
        {mayChange ? (
          <Select
            size="xs"
            aria-label={t.roleOf(name)}
            allowDeselect={false}
            value={role}
            disabled={change.isPending}
            data={roles.map((value) => ({ value, label: common.roles[value], disabled: !givable.includes(value) }))}
            onChange={(value) => {
              if (value && value !== role) void changeTo(value as Role);
            }}
          />
        ) : (
          <Text size="sm" title={mayWrite ? t.ownersOnly : common.noRight}>
            {common.roles[role]}
          </Text>
        )}
      </Table.Td>
      <Table.Td>
        <Time at={lastSeenAt} none={common.never} />
      </Table.Td>
      <Table.Td>
        <Time at={createdAt} />
      </Table.Td>
      {mayWrite && (
        <Table.Td ta="end">
          {mayChange && !isSelf && (
            <Button
              variant="subtle"
              color="red"
              c="var(--mantine-color-error)"
              aria-label={t.removeOne(name)}
              loading={remove.isPending}
              onClick={() => void askRemove()}
            >
              {t.remove}
            </Button>
          )}
        </Table.Td>
      )}
    </Table.Tr>
  );
}
