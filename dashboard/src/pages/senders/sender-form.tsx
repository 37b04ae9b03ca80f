import { Alert, Button, Group, Modal, SegmentedControl, Select, Stack, Text, TextInput } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import { useState } from "react";
import { useChange } from "../../api/mutation.ts";
import { common } from "../../text/common.ts";
import { useApiForm } from "../../ui/form.ts";
import { FormFailure } from "../../ui/form-failure.tsx";
import { toast } from "../../ui/toast.tsx";
import { useUnsaved } from "../../ui/unsaved.ts";
import { ProviderFields } from "./provider-fields.tsx";
import type { Channel, Sender } from "./sender-looks.tsx";
import { channelOf, type Provider, settingsOf, valuesOf } from "./sender-values.ts";
import { t } from "./texts.ts";

interface Props {
  /** Whose settings are changed. Default: a new one is made. */
  sender?: Sender;
  onClose: () => void;
  onDone: (id: string) => void;
}

/** Makes or changes a sender, and has the provider asked at once whether it works, as nobody wants to learn that from a campaign. */
export function SenderForm({ sender, onClose, onDone }: Props) {
  // What was saved and doesn't work is changed by the next try, and not made twice.
  const [saved, setSaved] = useState<Sender | undefined>(sender);
  const [refusal, setRefusal] = useState<string | null>(null);
  const form = useApiForm({ initialValues: valuesOf(sender) });
  const unsaved = useUnsaved(form.isDirty());
  const close = async () => (await unsaved.mayClose()) && onClose();
  const verify = useChange("POST /v1/senders/{id}/verify", {
    onDone: ({ verified, detail }, { params }) => {
      if (!verified) return setRefusal(detail);
      toast(t.verifiedToast(detail));
      unsaved.release();
      onClose();
      onDone(params.id);
    },
  });
  const check = (made: Sender) => {
    setSaved(made);
    verify.mutate({ params: { id: made.id } });
  };
  const create = useChange("POST /v1/senders", { onDone: check, onError: form.refuse });
  const change = useChange("PATCH /v1/senders/{id}", { onDone: check, onError: form.refuse });
  const submit = form.onSubmit((values) => {
    setRefusal(null);
    const { config, credentials } = settingsOf(values, saved?.config);
    const name = values.name.trim();
    if (saved) {
      const given = Object.keys(credentials).length > 0;
      change.mutate({ params: { id: saved.id }, body: { name, config, ...(given && { credentials }) } });
    } else {
      const { provider, channel } = values;
      create.mutate({ body: { name, channel, provider, config, credentials } });
    }
  });
  const { provider, channel } = form.values;
  return (
    <Modal
      opened
      size="lg"
      onClose={() => void close()}
      title={sender ? t.settingsTitle(sender.name) : t.add}
      closeButtonProps={{ "aria-label": common.close }}
    >
      <form onSubmit={submit}>
        <Stack gap="sm">
          <FormFailure form={form} />
          {refusal !== null && (
            <Alert color="red" icon={<IconAlertTriangle size={16} />} title={t.savedNotVerified} role="alert">
              <Text size="sm">{refusal}</Text>
              <Text size="sm">{t.savedNotVerifiedText}</Text>
            </Alert>
          )}
          {!saved && (
            <Select
              label={t.provider}
              allowDeselect={false}
              data={Object.entries(t.providers).map(([value, label]) => ({ value, label }))}
              value={provider}
              onChange={(value) => {
                const chosen = value as Provider;
                form.setFieldValue("provider", chosen);
                if (chosen !== "sandbox") form.setFieldValue("channel", channelOf[chosen]);
              }}
            />
          )}
          <TextInput label={t.name} required data-autofocus {...form.getInputProps("name")} />
          {provider === "sandbox" && !saved && (
            <SegmentedControl
              aria-label={t.channel}
              value={channel}
              onChange={(value) => form.setFieldValue("channel", value as Channel)}
              data={Object.entries(t.channels).map(([value, label]) => ({ value, label }))}
            />
          )}
          <ProviderFields form={form} kept={saved?.hasCredentials ?? false} />
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {saved && !sender ? common.close : common.cancel}
            </Button>
            <Button type="submit" loading={create.isPending || change.isPending || verify.isPending}>
              {saved ? common.save : common.create}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
