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
  const model = useApi("GET /v1/assistant/model", { query: { ifAny: "true" } });
  const check = useApi("GET /v1/compliance-check", { query: { ifAny: "true" } });
  return (
    <SettingsFrame title={t.title} description={t.description} width={860}>
      <Stack gap="lg">
        {/* None is one that can be set. */}
        {model.isPending ? (
          <Skeleton height={420} />
        ) : model.error ? (
          <ErrorState error={model.error} retry={() => void model.refetch()} />
        ) : (
          <ModelForm key={`model ${model.data?.updatedAt ?? ""}`} model={model.data ?? null} />
        )}
        <Unseen until={!model.isPending}>
          <Conditions />
          {check.isPending ? (
            <Skeleton height={280} />
          ) : check.error ? (
            <ErrorState error={check.error} retry={() => void check.refetch()} />
          ) : (
            <ComplianceForm check={check.data ?? null} />
          )}
        </Unseen>
      </Stack>
    </SettingsFrame>
  );
}
