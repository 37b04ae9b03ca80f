import { Alert, Badge, Button, Select, Stack, Text } from "@mantine/core";
import type { Output } from "../../api/client.ts";
import { useChange } from "../../api/mutation.ts";
import { useApiWhen } from "../../api/query.ts";
import { useRight } from "../../api/session.ts";
import { toast } from "../../ui/toast.tsx";
import { t } from "./texts.ts";

type State = Output<"GET /v1/leads/{id}/assistant">;
type Mode = NonNullable<State["mode"]>;

/** What the assistant does for a lead: its mode, whether a person has taken over, and why the lead has its tags. */
export function LeadAssistant({ leadId }: { leadId: string }) {
  const may = useRight("assistant.read");
  const mayWrite = useRight("assistant.write");
  const params = { id: leadId };
  const { data: state } = useApiWhen("GET /v1/leads/{id}/assistant", may ? { params } : null);
  const change = useChange("PATCH /v1/leads/{id}/assistant", {
    outdates: ["leads", "assistant"],
    onDone: () => toast(t.assistantSaved),
  });
  if (!state || state.leadId !== leadId || (state.profile === null && state.tags.length === 0)) return null;
  return (
    <Stack gap="xs" component="section" aria-label={t.assistant}>
      {state.profile !== null && (
        <Select
          label={t.assistant}
          description={t.effective(state.profile, t.modes[state.effectiveMode])}
          disabled={!mayWrite}
          allowDeselect={false}
          data={[{ value: "", label: t.modeOfProfile }, ...modes.map((value) => ({ value, label: t.modes[value] }))]}
          value={state.mode ?? ""}
          onChange={(mode) => change.mutate({ params, body: { mode: (mode || null) as Mode | null } })}
        />
      )}
      {state.handedOver && (
        <Alert color="orange" p="xs" title={t.handedOver}>
          <Stack gap={6} align="flex-start">
            {state.handedOver.reason && <Text size="sm">{state.handedOver.reason}</Text>}
            {mayWrite && (
              <Button
                variant="default"
                size="compact-sm"
                loading={change.isPending}
                onClick={() => change.mutate({ params, body: { handedOver: null } })}
              >
                {t.handBack}
              </Button>
            )}
          </Stack>
        </Alert>
      )}
      {state.tags.length > 0 && (
        <div>
          <Text size="sm" fw={500}>
            {t.tagReasons}
          </Text>
          {state.tags.map(({ tag, reason }) => (
            <Text key={tag} size="sm" style={{ overflowWrap: "anywhere" }}>
              <Badge color="gray" variant="default" tt="none" fw={500} mr={6}>
                {tag}
              </Badge>
              {reason}
            </Text>
          ))}
        </div>
      )}
    </Stack>
  );
}

const modes = ["draft", "autopilot", "off"] as const;
