import { Button, Drawer, Group, List, Skeleton, Stack, Text, Title } from "@mantine/core";
import { useChange } from "../../../api/mutation.ts";
import { useApiWhen } from "../../../api/query.ts";
import { useRight } from "../../../api/session.ts";
import { common } from "../../../text/common.ts";
import { reasonText } from "../../../text/lead-statuses.ts";
import { confirm } from "../../../ui/confirm.tsx";
import { Link } from "../../../ui/link.tsx";
import { ErrorState } from "../../../ui/state.tsx";
import { StatusBadge } from "../../../ui/status-badge.tsx";
import { Time } from "../../../ui/time.tsx";
import { toast } from "../../../ui/toast.tsx";
import { type Campaign, leadName, stateTones } from "../status.ts";
import { stepName } from "../step-name.ts";
import { t } from "../texts.ts";
import type { Place } from "./leads-tab.tsx";

interface Props {
  campaign: Campaign;
  leadId: string | null;
  /** As the list has it; undefined: it is on another page of it. */
  place: Place | undefined;
  onClose: () => void;
}

/** One lead in the campaign: what happens next, why not earlier, and what would change that. */
export function LeadPlace({ campaign, leadId, place, onClose }: Props) {
  const input = leadId === null ? null : { params: { id: leadId } };
  const lead = useApiWhen("GET /v1/leads/{id}", input);
  const next = useApiWhen("GET /v1/leads/{id}/next", input);
  const here = next.data?.next.find(({ campaignId }) => campaignId === campaign.id);
  const state = here?.state ?? place?.state;
  const name = leadName(place?.lead ?? lead.data ?? null) ?? t.leads.gone;
  return (
    <Drawer
      opened={leadId !== null}
      onClose={onClose}
      position="right"
      size={460}
      title={name}
      closeButtonProps={{ "aria-label": common.close }}
    >
      <Stack gap="md">
        <Group gap="xs">
          {state && <StatusBadge tone={stateTones[state]}>{t.leads.states[state]}</StatusBadge>}
          <Text size="sm" c="dimmed">
            {[lead.data?.title, lead.data?.company].filter(Boolean).join(", ")}
          </Text>
        </Group>
        <Title order={3}>{t.leads.explainTitle}</Title>
        {next.isPending && leadId !== null ? (
          <Skeleton height={90} />
        ) : next.error ? (
          <ErrorState error={next.error} retry={() => void next.refetch()} />
        ) : here ? (
          <Next here={here} />
        ) : (
          <Text size="sm">
            {place?.state === "finished"
              ? t.leads.finishedText
              : `${t.leads.stoppedBecause}: ${reasonText(place?.reason) || "–"}`}
          </Text>
        )}
        <Actions campaign={campaign} leadId={leadId ?? ""} name={name} state={state} onDone={onClose} />
      </Stack>
    </Drawer>
  );
}

type Here = NonNullable<ReturnType<typeof useNext>["data"]>["next"][number];
const useNext = () => useApiWhen("GET /v1/leads/{id}/next", null);

function Next({ here: { step, at, reasons } }: { here: Here }) {
  return (
    <>
      <Text size="sm">
        {step && <strong>{t.leads.stepName(step.position, stepName(step))}</strong>}
        {" · "}
        {at ? <Time at={at} form="absolute" /> : reasons.length === 0 ? t.leads.now : t.leads.atNone}
      </Text>
      {reasons.length > 0 && (
        <>
          <Title order={4}>{t.leads.notEarlier}</Title>
          <List size="sm" spacing="sm" listStyleType="none" ms={0}>
            {reasons.map(({ rule, detail, until, change }) => (
              <List.Item key={rule + detail}>
                <Text size="sm">
                  {detail}{" "}
                  <Text span size="sm" c="dimmed">
                    (
                    {until ? (
                      <>
                        {t.leads.until} <Time at={until} form="absolute" />
                      </>
                    ) : (
                      t.leads.untilAct
                    )}
                    )
                  </Text>
                </Text>
                <Text size="xs" c="dimmed">
                  {change}
                </Text>
              </List.Item>
            ))}
          </List>
        </>
      )}
    </>
  );
}

interface ActionProps {
  campaign: Campaign;
  leadId: string;
  name: string;
  state: Place["state"] | undefined;
  onDone: () => void;
}

function Actions({ campaign, leadId, name, state, onDone }: ActionProps) {
  const params = { id: campaign.id, leadId };
  const outdates = ["campaigns", "leads", "tasks"];
  const release = useChange("POST /v1/campaigns/{id}/leads/{leadId}/release", {
    outdates,
    onDone: () => toast(t.leads.released),
  });
  const stop = useChange("POST /v1/campaigns/{id}/leads/{leadId}/stop", {
    outdates,
    onDone: () => {
      toast(t.leads.stopped);
      onDone();
    },
  });
  const mayStop = useRight("campaigns.write");
  const mayRelease = useRight("campaigns.start");
  const ask = async () => {
    const question = { title: t.leads.stopTitle(name), text: t.leads.stopText, action: t.leads.stop };
    if (await confirm(question)) stop.mutate({ params, body: {} });
  };
  return (
    <Group gap="xs">
      <Button component={Link} to={`/leads/${leadId}`} variant="default">
        {t.leads.open}
      </Button>
      {state === "held" && mayRelease && (
        <Button loading={release.isPending} onClick={() => release.mutate({ params })}>
          {t.leads.release}
        </Button>
      )}
      {(state === "active" || state === "held") && mayStop && (
        <Button variant="light" color="red" loading={stop.isPending} onClick={() => void ask()}>
          {t.leads.stop}
        </Button>
      )}
    </Group>
  );
}
