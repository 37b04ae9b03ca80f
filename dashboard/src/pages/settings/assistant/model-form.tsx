import {
  Alert,
  Button,
  Card,
  Checkbox,
  Fieldset,
  Group,
  NumberInput,
  PasswordInput,
  Select,
  SimpleGrid,
  Stack,
  Text,
  TextInput,
  Title,
} from "@mantine/core";
import type { Output } from "../../../api/client.ts";
import { useChange } from "../../../api/mutation.ts";
import { useRight } from "../../../api/session.ts";
import { common } from "../../../text/common.ts";
import { confirm } from "../../../ui/confirm.tsx";
import { useApiForm } from "../../../ui/form.ts";
import { FormFailure } from "../../../ui/form-failure.tsx";
import { toast } from "../../../ui/toast.tsx";
import { useUnsaved } from "../../../ui/unsaved.ts";
import { t } from "./texts.ts";

type Model = Output<"GET /v1/assistant/model">;

const addresses = { openai_compatible: "https://api.openai.com/v1", anthropic: "https://api.anthropic.com/v1" };
const orNull = (value: number | string) => (typeof value === "number" ? value : null);

/** The model, its key and its budget. The key goes one way: it is never shown. */
export function ModelForm({ model }: { model: Model | null }) {
  const mayWrite = useRight("assistant.configure");
  const form = useApiForm({
    initialValues: {
      ...{ provider: model?.provider ?? "openai_compatible", baseUrl: model?.baseUrl ?? addresses.openai_compatible },
      ...{ model: model?.model ?? "", apiKey: "", noKey: model !== null && !model.hasApiKey },
      tokensPerDay: (model?.tokensPerDay ?? "") as number | string,
      moneyPerDay: (model?.moneyPerDay ?? "") as number | string,
      ...{ inputPrice: model?.inputPrice ?? 0, outputPrice: model?.outputPrice ?? 0 },
      ...{ deadlineMs: model?.deadlineMs ?? 30_000, maxOutputTokens: model?.maxOutputTokens ?? 1_000 },
    },
  });
  useUnsaved(form.isDirty());
  const save = useChange("PUT /v1/assistant/model", {
    onDone: () => {
      form.resetDirty();
      toast(t.saved);
    },
    onError: form.refuse,
  });
  const verify = useChange("POST /v1/assistant/model/verify", { outdates: [] });
  const remove = useChange("DELETE /v1/assistant/model", { onDone: () => toast(t.removed) });
  const askRemove = async () => {
    const question = { title: t.removeTitle, text: t.removeText, action: t.remove };
    if (await confirm(question)) remove.mutate({});
  };
  return (
    <Card component="section" aria-labelledby="model">
      <form
        onSubmit={form.onSubmit(({ noKey, apiKey, tokensPerDay, moneyPerDay, ...values }) =>
          save.mutate({
            body: {
              ...values,
              ...{ tokensPerDay: orNull(tokensPerDay), moneyPerDay: orNull(moneyPerDay) },
              ...(noKey ? { apiKey: null } : apiKey.trim() !== "" ? { apiKey: apiKey.trim() } : {}),
            },
          }),
        )}
      >
        <Fieldset variant="unstyled" disabled={!mayWrite}>
          <Stack gap="sm">
            <div>
              <Title order={2} id="model">
                {t.model}
              </Title>
              <Text size="sm" c="dimmed">
                {model ? t.modelText : t.noModel} {!mayWrite && common.noRight}
              </Text>
            </div>
            <FormFailure form={form} />
            <SimpleGrid cols={{ base: 1, xs: 2 }}>
              <Select
                label={t.provider}
                allowDeselect={false}
                data={Object.entries(t.providers).map(([value, label]) => ({ value, label }))}
                {...form.getInputProps("provider")}
                onChange={(value) => {
                  const provider = value as keyof typeof addresses;
                  // The usual address goes with its provider; one's own stays.
                  if (Object.values(addresses).includes(form.values.baseUrl)) {
                    form.setFieldValue("baseUrl", addresses[provider]);
                  }
                  form.setFieldValue("provider", provider);
                }}
              />
              <TextInput label={t.name} required placeholder="gpt-5-mini" {...form.getInputProps("model")} />
            </SimpleGrid>
            <TextInput
              label={t.baseUrl}
              description={t.baseUrlText}
              required
              type="url"
              {...form.getInputProps("baseUrl")}
            />
            <PasswordInput
              label={t.apiKey}
              description={model?.hasApiKey ? t.apiKeyKept : t.apiKeyText}
              autoComplete="off"
              disabled={form.values.noKey}
              {...form.getInputProps("apiKey")}
            />
            <Checkbox label={t.apiKeyNone} {...form.getInputProps("noKey", { type: "checkbox" })} />
            <SimpleGrid cols={{ base: 1, xs: 2 }}>
              <NumberInput
                label={t.moneyPerDay}
                placeholder={t.noLimit}
                min={0}
                thousandSeparator=","
                {...form.getInputProps("moneyPerDay")}
              />
              <NumberInput
                label={t.tokensPerDay}
                placeholder={t.noLimit}
                min={1}
                allowDecimal={false}
                thousandSeparator=","
                {...form.getInputProps("tokensPerDay")}
              />
              <NumberInput
                label={t.inputPrice}
                description={t.priceText}
                min={0}
                {...form.getInputProps("inputPrice")}
              />
              <NumberInput
                label={t.outputPrice}
                description={t.priceText}
                min={0}
                {...form.getInputProps("outputPrice")}
              />
              <NumberInput
                label={t.deadline}
                min={1}
                max={120}
                {...form.getInputProps("deadlineMs")}
                value={form.values.deadlineMs / 1_000}
                onChange={(value) => form.setFieldValue("deadlineMs", Math.round(Number(value) * 1_000))}
              />
              <NumberInput
                label={t.maxOutput}
                min={50}
                max={16_000}
                allowDecimal={false}
                thousandSeparator=","
                {...form.getInputProps("maxOutputTokens")}
              />
            </SimpleGrid>
            {verify.data && (
              <Alert
                color={verify.data.ok ? "teal" : "red"}
                title={verify.data.ok ? t.verified : t.notVerified}
                role="status"
              >
                {verify.data.detail}
              </Alert>
            )}
            <Group justify="flex-end" gap="xs">
              {model && (
                <>
                  <Button variant="subtle" color="red" onClick={() => void askRemove()} loading={remove.isPending}>
                    {t.remove}
                  </Button>
                  <Button variant="default" onClick={() => verify.mutate({})} loading={verify.isPending}>
                    {t.verify}
                  </Button>
                </>
              )}
              <Button type="submit" loading={save.isPending}>
                {common.save}
              </Button>
            </Group>
          </Stack>
        </Fieldset>
      </form>
    </Card>
  );
}
