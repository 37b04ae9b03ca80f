import { Button, Card, Group, Modal, Skeleton, Stack, Text, Textarea, Title } from "@mantine/core";
import { type FormEvent, useState } from "react";
import type { Item } from "../../api/client.ts";
import { useChange } from "../../api/mutation.ts";
import { useApi } from "../../api/query.ts";
import { useRight, useSignedIn } from "../../api/session.ts";
import { common } from "../../text/common.ts";
import { confirm } from "../../ui/confirm.tsx";
import { ErrorState } from "../../ui/state.tsx";
import { StatusBadge } from "../../ui/status-badge.tsx";
import { Time } from "../../ui/time.tsx";
import { toast } from "../../ui/toast.tsx";
import { useUnsaved } from "../../ui/unsaved.ts";
import { addressOf, type Channel, channelIcons, type Lead } from "./lead-looks.tsx";
import { t } from "./texts.ts";

type Suppression = Item<"GET /v1/suppressions">;

/** Channel by channel: whether the lead may be written to there, and what forbids it. */
export function Consent({ lead }: { lead: Lead }) {
  return (
    <Card component="section" aria-label={t.consent}>
      <Title order={2} mb="sm">
        {t.consent}
      </Title>
      <Stack gap="md">
        {(["email", "sms", "linkedin"] as const).map((channel) => (
          <OnChannel key={channel} lead={lead} channel={channel} address={addressOf(lead, channel)} />
        ))}
      </Stack>
    </Card>
  );
}

function OnChannel({ lead, channel, address }: { lead: Lead; channel: Channel; address: string | null }) {
  const Mark = channelIcons[channel];
  return (
    <div>
      <Group gap={6} wrap="nowrap">
        <Mark size={16} stroke={1.6} color="var(--muted)" aria-hidden />
        <Text size="sm" fw={600}>
          {t.consentChannel[channel]}
        </Text>
        <Text size="sm" c="dimmed" style={{ overflowWrap: "anywhere" }}>
          {address ?? t.noAddressHere}
        </Text>
      </Group>
      {address !== null && <Refusals lead={lead} channel={channel} address={address} />}
    </div>
  );
}

function Refusals({ lead, channel, address }: { lead: Lead; channel: Channel; address: string }) {
  const { user } = useSignedIn();
  const maySuppress = useRight("suppressions.write");
  const { data, error, refetch } = useApi("GET /v1/suppressions", { query: { address } });
  const suppress = useChange("POST /v1/suppressions", {
    outdates: ["suppressions", "leads", "messages", "conversations"],
    onDone: () => toast(t.optedOutDone),
  });
  const ask = async () => {
    const sure = await confirm({
      ...{ title: t.optOutTitle(address), text: t.optOutText, action: t.optOutOne(t.consentChannel[channel]) },
    });
    if (sure) suppress.mutate({ body: { channel, address, by: user.name } });
  };
  if (error && !data) return <ErrorState error={error} retry={() => void refetch()} />;
  if (!data) return <Skeleton height={22} mt={4} />;
  const here = data.data.filter((one) => one.channel === channel || one.channel === "all");
  return (
    <Stack gap={6} mt={4}>
      {here.length === 0 ? (
        <Group justify="space-between" gap="xs">
          <StatusBadge tone={lead.doNotContact ? "bad" : "good"}>
            {lead.doNotContact ? t.notAllowedHere : t.allowedHere}
          </StatusBadge>
          {maySuppress && (
            <Button size="compact-sm" variant="default" loading={suppress.isPending} onClick={() => void ask()}>
              {t.optOutOne(t.consentChannel[channel])}
            </Button>
          )}
        </Group>
      ) : (
        here.map((one) => <Refusal key={`${one.channel} ${one.kind}`} refusal={one} lead={lead} address={address} />)
      )}
    </Stack>
  );
}

function Refusal({ refusal, lead, address }: { refusal: Suppression; lead: Lead; address: string }) {
  const mayLift = useRight("suppressions.lift");
  const [lifting, setLifting] = useState(false);
  const { kind, channel, reason, note, by, createdAt, evidence } = refusal;
  const ofPerson = kind === "do_not_contact" && lead.doNotContact;
  return (
    <div>
      <Group justify="space-between" gap="xs">
        <StatusBadge tone="bad">{t.kinds[kind]}</StatusBadge>
        {mayLift && !ofPerson && (
          <Button size="compact-sm" variant="default" onClick={() => setLifting(true)}>
            {t.lift}
          </Button>
        )}
      </Group>
      <Text size="xs" c="dimmed" style={{ overflowWrap: "anywhere" }}>
        {[note ?? reason, channel === "all" ? t.allChannels : null, by].filter(Boolean).join(" · ")} ·{" "}
        <Time at={createdAt} />
      </Text>
      {ofPerson ? <Text size="xs">{t.liftPerson}</Text> : !mayLift ? <Text size="xs">{t.liftNot}</Text> : null}
      {kind === "keyword" && evidence?.provider === "twilio" && <Text size="xs">{t.liftCarrier}</Text>}
      {lifting && <LiftDialog refusal={refusal} address={address} onClose={() => setLifting(false)} />}
    </div>
  );
}

function LiftDialog({ refusal, address, onClose }: { refusal: Suppression; address: string; onClose: () => void }) {
  const { user } = useSignedIn();
  const [reason, setReason] = useState("");
  const unsaved = useUnsaved(reason.trim() !== "");
  const close = async () => (await unsaved.mayClose()) && onClose();
  const lift = useChange("DELETE /v1/suppressions", {
    outdates: ["suppressions", "leads", "conversations"],
    onDone: () => {
      unsaved.release();
      toast(t.lifted);
      onClose();
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const { channel, kind } = refusal;
    if (reason.trim()) lift.mutate({ query: { channel, address, kind, reason: reason.trim(), by: user.name } });
  };
  return (
    <Modal
      opened
      onClose={() => void close()}
      title={t.liftTitle(address)}
      closeButtonProps={{ "aria-label": common.close }}
    >
      <form onSubmit={submit}>
        <Stack gap="sm">
          {refusal.reason === "erased" && <Text size="sm">{t.liftErased}</Text>}
          {refusal.evidence?.provider === "twilio" && <Text size="sm">{t.liftCarrier}</Text>}
          <Textarea
            label={t.liftReason}
            required
            maxLength={500}
            data-autofocus
            value={reason}
            onChange={({ currentTarget }) => setReason(currentTarget.value)}
          />
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={onClose}>
              {common.cancel}
            </Button>
            <Button type="submit" loading={lift.isPending} disabled={reason.trim() === ""}>
              {t.lift}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
