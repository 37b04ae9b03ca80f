import { Button, Checkbox, Group, Modal, PasswordInput, Select, Stack, TextInput } from "@mantine/core";
import { type ReactNode, useState } from "react";
import type { Input, Output } from "../../api/client.ts";
import { useChange } from "../../api/mutation.ts";
import { common } from "../../text/common.ts";
import { useApiForm } from "../../ui/form.ts";
import { FormFailure } from "../../ui/form-failure.tsx";
import { Link } from "../../ui/link.tsx";
import { useUnsaved } from "../../ui/unsaved.ts";
import { MappingInput } from "./mapping-input.tsx";
import { SetUp } from "./set-up.tsx";
import { SourceSecret } from "./source-secret.tsx";
import { t } from "./texts.ts";

type Body = Input<"POST /v1/sources">["body"];

const { imap: _, ...made } = t.kinds;
const kinds = Object.entries(made).map(([value, label]) => ({ value, label }));

/** Makes a source, then says how to set it up at the other side. */
export function CreateSource({ onClose }: { onClose: () => void }) {
  const [created, setCreated] = useState<Output<"POST /v1/sources"> | null>(null);
  const form = useApiForm({
    initialValues: { kind: "twilio" as Body["kind"], name: "", secret: "", mapping: "", createLeads: true },
  });
  const unsaved = useUnsaved(form.isDirty());
  const create = useChange("POST /v1/sources", {
    onDone: (made) => {
      unsaved.release();
      setCreated(made);
    },
    onError: form.refuse,
  });
  const { kind } = form.values;
  const close = async () => (await unsaved.mayClose()) && onClose();
  const dialog = (content: ReactNode) => (
    <Modal
      opened
      onClose={() => void close()}
      title={t.create}
      size="lg"
      closeOnClickOutside={false}
      closeButtonProps={{ "aria-label": common.close }}
    >
      {content}
    </Modal>
  );
  if (created) {
    return dialog(
      <Stack gap="md">
        <SourceSecret secret={created.secret} />
        <SetUp source={created} level={3} />
        <Group justify="flex-end">
          <Button component={Link} to={`/sources/${created.id}`}>
            {t.stored}
          </Button>
        </Group>
      </Stack>,
    );
  }
  return dialog(
    <form
      onSubmit={form.onSubmit(({ name, secret, mapping, createLeads }) =>
        create.mutate({
          body: {
            ...{ kind, createLeads },
            ...(name && { name }),
            ...(secret && { secret }),
            ...(kind === "generic" && { mapping }),
          },
        }),
      )}
    >
      <Stack gap="sm">
        <FormFailure form={form} />
        <Select label={t.kind} data={kinds} allowDeselect={false} data-autofocus {...form.getInputProps("kind")} />
        <TextInput label={t.name} maxLength={100} {...form.getInputProps("name")} />
        {(kind === "twilio" || kind === "sendpilot") && (
          <PasswordInput
            required
            label={t.secret}
            description={t.secretHints[kind]}
            autoComplete="off"
            {...form.getInputProps("secret")}
          />
        )}
        {kind === "generic" && <MappingInput {...form.getInputProps("mapping")} />}
        <Checkbox label={t.createLeads} {...form.getInputProps("createLeads", { type: "checkbox" })} />
        <Group justify="flex-end">
          <Button type="submit" loading={create.isPending}>
            {t.create}
          </Button>
        </Group>
      </Stack>
    </form>,
  );
}
