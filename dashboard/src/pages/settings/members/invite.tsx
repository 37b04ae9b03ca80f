import { Button, Group, Modal, Radio, Stack, Text, TextInput } from "@mantine/core";
import { useState } from "react";
import { useChange } from "../../../api/mutation.ts";
import type { Role } from "../../../api/session.ts";
import { common } from "../../../text/common.ts";
import { CodeBlock } from "../../../ui/code-block.tsx";
import { useApiForm } from "../../../ui/form.ts";
import { FormFailure } from "../../../ui/form-failure.tsx";
import { useUnsaved } from "../../../ui/unsaved.ts";
import { roles, useGivableRoles } from "./roles.ts";
import { t } from "./texts.ts";

/** Makes an invitation, and shows its link: this once. */
export function Invite({ onClose }: { onClose: () => void }) {
  const givable = useGivableRoles();
  const [url, setUrl] = useState<string | null>(null);
  const form = useApiForm({ initialValues: { email: "", role: "member" as Role } });
  const unsaved = useUnsaved(form.isDirty());
  const close = async () => (await unsaved.mayClose()) && onClose();
  const invite = useChange("POST /v1/invitations", {
    onDone: (made) => {
      unsaved.release();
      setUrl(new URL(made.url, window.location.origin).href);
    },
    onError: form.refuse,
  });
  return (
    <Modal
      opened
      onClose={() => void close()}
      // The link shows this once: a click beside it must not lose it.
      closeOnClickOutside={url === null}
      title={url === null ? t.inviteTitle : t.inviteMade}
      closeButtonProps={{ "aria-label": common.close }}
    >
      {url !== null ? (
        <Stack gap="sm">
          <Text size="sm">{t.inviteLink}</Text>
          <CodeBlock code={url} label={t.link} />
          <Group justify="flex-end">
            <Button onClick={onClose}>{t.done}</Button>
          </Group>
        </Stack>
      ) : (
        <form onSubmit={form.onSubmit((body) => invite.mutate({ body }))}>
          <Stack gap="sm">
            <FormFailure form={form} />
            <TextInput label={t.email} type="email" required data-autofocus {...form.getInputProps("email")} />
            <Radio.Group label={t.role} {...form.getInputProps("role")}>
              <Stack gap={8} mt={6}>
                {roles.map((role) => (
                  <Radio
                    key={role}
                    value={role}
                    label={common.roles[role]}
                    description={t.roleTexts[role]}
                    disabled={!givable.includes(role)}
                  />
                ))}
              </Stack>
            </Radio.Group>
            <Group justify="flex-end">
              <Button type="submit" loading={invite.isPending}>
                {t.inviteSend}
              </Button>
            </Group>
          </Stack>
        </form>
      )}
    </Modal>
  );
}
