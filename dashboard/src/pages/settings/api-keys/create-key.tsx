import { Alert, Button, Checkbox, Group, Modal, Stack, TextInput } from "@mantine/core";
import { useState } from "react";
import { useChange } from "../../../api/mutation.ts";
import { common } from "../../../text/common.ts";
import { CodeBlock } from "../../../ui/code-block.tsx";
import { useApiForm } from "../../../ui/form.ts";
import { FormFailure } from "../../../ui/form-failure.tsx";
import { useUnsaved } from "../../../ui/unsaved.ts";
import { t } from "./texts.ts";

const scopes = ["read", "write", "send", "admin"] as const;
type Scope = (typeof scopes)[number];

/** Makes a key and shows it: this once, and nowhere else than in this component. */
export function CreateKey({ onClose }: { onClose: () => void }) {
  const [key, setKey] = useState<string | null>(null);
  const form = useApiForm({
    initialValues: { name: "", scopes: ["read"] as Scope[] },
    validate: { scopes: (chosen) => (chosen.length === 0 ? t.needScope : null) },
  });
  const unsaved = useUnsaved(form.isDirty());
  const close = async () => (await unsaved.mayClose()) && onClose();
  const create = useChange("POST /v1/api-keys", {
    onDone: (made) => {
      unsaved.release();
      setKey(made.key);
    },
    onError: form.refuse,
  });
  const call = `curl ${window.location.origin}/v1/leads -H "Authorization: Bearer ${key}"`;
  return (
    <Modal
      opened
      size="lg"
      onClose={() => void close()}
      title={key === null ? t.createTitle : t.made}
      closeButtonProps={{ "aria-label": common.close }}
      // A click beside it must not lose a key that is shown once.
      closeOnClickOutside={key === null}
    >
      {key !== null ? (
        <Stack gap="sm">
          <Alert color="orange">{t.madeText}</Alert>
          <CodeBlock code={key} label={t.title} />
          <CodeBlock code={call} label={t.example} />
          <Group justify="flex-end">
            <Button onClick={onClose}>{t.done}</Button>
          </Group>
        </Stack>
      ) : (
        <form onSubmit={form.onSubmit((body) => create.mutate({ body }))}>
          <Stack gap="sm">
            <FormFailure form={form} />
            <TextInput
              label={t.name}
              description={t.nameHint}
              required
              data-autofocus
              {...form.getInputProps("name")}
            />
            <Checkbox.Group label={t.scopeLabel} {...form.getInputProps("scopes")}>
              <Stack gap={8} mt={6}>
                {scopes.map((scope) => (
                  <Checkbox key={scope} value={scope} label={t.scopeNames[scope]} description={t.scopeTexts[scope]} />
                ))}
              </Stack>
            </Checkbox.Group>
            <Group justify="flex-end">
              <Button type="submit" loading={create.isPending}>
                {t.create}
              </Button>
            </Group>
          </Stack>
        </form>
      )}
    </Modal>
  );
}
