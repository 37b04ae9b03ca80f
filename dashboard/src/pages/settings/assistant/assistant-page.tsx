import { Skeleton, Stack } from "@mantine/core";
import { useApi } from "../../../api/query.ts";
import { ErrorState } from "../../../ui/state.tsx";
import { Unseen } from "../../../ui/unseen.tsx";
import { SettingsFrame } from "../settings-frame.tsx";
import { ComplianceForm } from "./compliance-form.tsx";
import { Conditions } from "./conditions.tsx";
import { ModelForm } from "./model-form.tsx";
import { t } from "./texts.ts";

export default function AssistantPage() {
  const model = useApi("GET /v1/assistant/model");
  const check = useApi("GET /v1/compliance-check");
  return (
    <SettingsFrame title={t.title} description={t.description} width={860}>
      <Stack gap="lg">
        {/* None is one that can be set: 404 is an answer. */}
        {model.isPending ? (
          <Skeleton height={420} />
        ) : model.error && model.error.statusCode !== 404 ? (
          <ErrorState error={model.error} retry={() => void model.refetch()} />
        ) : (
          <ModelForm
            key={`model ${model.error ? "" : model.data?.updatedAt}`}
            model={model.error ? null : (model.data ?? null)}
          />
        )}
        <Unseen until={!model.isPending}>
          <Conditions />
          {check.isPending ? (
            <Skeleton height={280} />
          ) : check.error && check.error.statusCode !== 404 ? (
            <ErrorState error={check.error} retry={() => void check.refetch()} />
          ) : (
            <ComplianceForm check={check.error ? null : (check.data ?? null)} />
          )}
        </Unseen>
      </Stack>
    </SettingsFrame>
  );
}
