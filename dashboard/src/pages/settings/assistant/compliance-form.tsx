import {
  Alert,
  Button,
  Card,
  Checkbox,
  Fieldset,
  Group,
  NumberInput,
  Select,
  Stack,
  Text,
  TextInput,
  Title,
} from "@mantine/core";
import type { Input, Output } from "../../../api/client.ts";
import { useChange } from "../../../api/mutation.ts";
import { useRight } from "../../../api/session.ts";
import { common } from "../../../text/common.ts";
import { CodeBlock } from "../../../ui/code-block.tsx";
import { confirm } from "../../../ui/confirm.tsx";
import { useApiForm } from "../../../ui/form.ts";
import { FormFailure } from "../../../ui/form-failure.tsx";
import { toast } from "../../../ui/toast.tsx";
import { useUnsaved } from "../../../ui/unsaved.ts";
import { t } from "./texts.ts";

type Check = Output<"GET /v1/compliance-check">;
type Body = Input<"PUT /v1/compliance-check">["body"];

const channels = ["sms", "email", "linkedin"] as const;
const none = { url: "", channels: [] as string[], onFailure: null, deadlineMs: 3_000 };

/** Who is asked before each send. What a missing answer means is chosen, never assumed. */
export function ComplianceForm({ check }: { check: Check | null }) {
  const mayWrite = useRight("compliance.write");
  const form = useApiForm({
    initialValues: {
      url: check?.url ?? "",
      channels: (check?.channels ?? []) as string[],
      onFailure: (check?.onFailure ?? null) as string | null,
      deadlineMs: check?.deadlineMs ?? 3_000,
    },
    validate: {
      onFailure: (value) => (value === null ? t.onFailureChoose : null),
    },
  });
  useUnsaved(form.isDirty());
  const save = useChange("PUT /v1/compliance-check", {
    onDone: () => {
      form.resetDirty();
      toast(t.saved);
    },
    onError: form.refuse,
  });
  const remove = useChange("DELETE /v1/compliance-check", {
    onDone: () => {
      toast(t.removed);
      save.reset();
      form.setValues(none);
      form.resetDirty(none);
    },
  });
  const askRemove = async () => {
    const question = { title: t.removeCheckTitle, text: t.removeCheckText, action: t.remove };
    if (await confirm(question)) remove.mutate({});
  };
  return (
    <Card component="section" aria-labelledby="check">
      <form onSubmit={form.onSubmit((body) => save.mutate({ body: body as Body }))}>
        <Fieldset variant="unstyled" disabled={!mayWrite}>
          <Stack gap="sm">
            <div>
              <Title order={2} id="check">
                {t.check}
              </Title>
              <Text size="sm" c="dimmed">
                {t.checkText} {!check && t.noCheck} {!mayWrite && common.noRight}
              </Text>
            </div>
            <FormFailure form={form} />
            <TextInput
              label={t.url}
              required
              type="url"
              placeholder="https://compliance.example.com/check"
              {...form.getInputProps("url")}
            />
            <Checkbox.Group label={t.channelsLabel} {...form.getInputProps("channels")}>
              <Group mt={4}>
                {channels.map((channel) => (
                  <Checkbox key={channel} value={channel} label={t.channels[channel]} />
                ))}
              </Group>
            </Checkbox.Group>
            <Group align="flex-start" grow preventGrowOverflow={false}>
              <Select
                label={t.onFailure}
                required
                placeholder={t.onFailureChoose}
                data={Object.entries(t.failures).map(([value, label]) => ({ value, label }))}
                {...form.getInputProps("onFailure")}
              />
              <NumberInput
                label={t.checkDeadline}
                min={100}
                max={10_000}
                allowDecimal={false}
                thousandSeparator=","
                {...form.getInputProps("deadlineMs")}
              />
            </Group>
            {save.data && (
              <Alert color="teal" title={t.secretText}>
                <CodeBlock label={t.secret} code={save.data.secret} />
              </Alert>
            )}
            <Group justify="flex-end" gap="xs">
              <Text size="xs" c="dimmed" style={{ flex: 1 }}>
                {t.setCheckText}
              </Text>
              {check && (
                <Button variant="subtle" color="red" onClick={() => void askRemove()} loading={remove.isPending}>
                  {t.remove}
                </Button>
              )}
              <Button type="submit" loading={save.isPending}>
                {t.setCheck}
              </Button>
            </Group>
          </Stack>
        </Fieldset>
      </form>
    </Card>
  );
}
