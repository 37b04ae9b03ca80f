import { Button, Group, Modal, Select, Stack, Textarea, TextInput } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useState } from "react";
import { useChange } from "../../../api/mutation.ts";
import { useSignedIn } from "../../../api/session.ts";
import { common } from "../../../text/common.ts";
import { useApiForm } from "../../../ui/form.ts";
import { FormFailure } from "../../../ui/form-failure.tsx";
import { toast } from "../../../ui/toast.tsx";
import { useUnsaved } from "../../../ui/unsaved.ts";
import { t } from "./texts.ts";

const channels = ["all", "email", "sms", "linkedin"] as const;
const kinds = ["manual", "complaint", "bounce", "invalid", "provider"] as const;

/** A button, and a form for an address that needn't be a lead's: who called, or complained elsewhere. */
export function SuppressAddress() {
  const [opened, setOpened] = useState(false);
  return (
    <>
      <Button leftSection={<IconPlus size={14} aria-hidden />} onClick={() => setOpened(true)}>
        {t.suppress}
      </Button>
      {opened && <SuppressDialog onClose={() => setOpened(false)} />}
    </>
  );
}

function SuppressDialog({ onClose }: { onClose: () => void }) {
  const { user } = useSignedIn();
  const form = useApiForm({
    initialValues: {
      address: "",
      channel: "all" as (typeof channels)[number],
      kind: "manual" as (typeof kinds)[number],
      reason: "",
    },
  });
  const unsaved = useUnsaved(form.isDirty());
  const close = async () => (await unsaved.mayClose()) && onClose();
  const add = useChange("POST /v1/suppressions", {
    outdates: ["suppressions", "leads"],
    onDone: ({ address, added }) => {
      unsaved.release();
      toast(added ? t.suppressed(address) : t.suppressedBefore(address));
      onClose();
    },
    onError: form.refuse,
  });
  return (
    <Modal opened onClose={() => void close()} title={t.suppress} closeButtonProps={{ "aria-label": common.close }}>
      <form onSubmit={form.onSubmit((body) => add.mutate({ body: { ...body, by: user.name } }))}>
        <Stack gap="sm">
          <FormFailure form={form} />
          <TextInput
            label={t.address}
            description={t.addressHint}
            required
            data-autofocus
            {...form.getInputProps("address")}
          />
          <Select
            label={t.channel}
            data={channels.map((value) => ({ value, label: t.channels[value] }))}
            allowDeselect={false}
            {...form.getInputProps("channel")}
          />
          <Select
            label={t.kind}
            data={kinds.map((value) => ({ value, label: t.kinds[value] }))}
            allowDeselect={false}
            {...form.getInputProps("kind")}
          />
          <Textarea label={t.reason} required maxLength={500} {...form.getInputProps("reason")} />
          <Group justify="flex-end">
            <Button type="submit" loading={add.isPending}>
              {t.suppressAction}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
