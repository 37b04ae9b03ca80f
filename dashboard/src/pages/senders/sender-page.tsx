import { Alert, Button, Card, SimpleGrid, Skeleton, Stack, Table, Text, Title } from "@mantine/core";
import {
  IconAlertTriangle,
  IconPlayerPause,
  IconPlayerPlay,
  IconPlugConnected,
  IconSettings,
} from "@tabler/icons-react";
import { useParams } from "@tanstack/react-router";
import { type ReactNode, useState } from "react";
import { useChange } from "../../api/mutation.ts";
import { useApi } from "../../api/query.ts";
import { useRight } from "../../api/session.ts";
import { common } from "../../text/common.ts";
import { TextLink } from "../../ui/link.tsx";
import { Page } from "../../ui/page.tsx";
import { ErrorState } from "../../ui/state.tsx";
import { Time } from "../../ui/time.tsx";
import { toast, toastWithUndo } from "../../ui/toast.tsx";
import { HoursForm } from "./hours-form.tsx";
import { LimitsForm } from "./limits-form.tsx";
import { SandboxBox } from "./sandbox-box.tsx";
import { SenderForm } from "./sender-form.tsx";
import { providerName, ReceivingState, type Sender, SenderState } from "./sender-looks.tsx";
import { t } from "./texts.ts";
import { UsageCard } from "./usage.tsx";

export default function SenderPage() {
  const { senderId } = useParams({ strict: false }) as { senderId: string };
  const { data: sender, error, refetch } = useApi("GET /v1/senders/{id}", { params: { id: senderId } });
  const [refusal, setRefusal] = useState<string | null>(null);
  const breadcrumbs = <TextLink to="/senders">{t.title}</TextLink>;
  if (!sender || sender.id !== senderId) {
    return (
      <Page title={t.about} breadcrumbs={breadcrumbs}>
        {error ? <ErrorState error={error} retry={() => void refetch()} /> : <Skeleton height={420} />}
      </Page>
    );
  }
  const { channel, provider, address, receiving } = sender;
  return (
    <Page
      title={sender.name}
      description={`${t.channels[channel]}, ${providerName(provider)}`}
      breadcrumbs={breadcrumbs}
      badge={<SenderState sender={sender} />}
      actions={<Actions sender={sender} onRefused={setRefusal} />}
    >
      <Stack gap="md">
        {refusal !== null && <Problem title={t.notVerified} text={refusal} />}
        {sender.credentialsProblem !== null && <Problem title={t.shutTitle} text={sender.credentialsProblem} bad />}
        {sender.status !== "active" && (
          <Problem
            title={sender.status === "broken" ? t.brokenTitle : t.pausedTitle}
            text={sender.statusReason}
            bad={sender.status === "broken"}
          />
        )}
        {receiving?.state === "failing" && (
          <Problem title={t.receivingFails} text={`${receiving.error ?? ""} ${t.receivingFailsText}`.trim()} />
        )}
        <SimpleGrid cols={{ base: 1, lg: 2 }} spacing="lg" style={{ alignItems: "start" }}>
          <Stack gap="lg" miw={0}>
            <Card component="section" aria-label={t.about}>
              <Title order={2} mb="xs">
                {t.about}
              </Title>
              <Table aria-label={t.about} variant="vertical" withRowBorders={false} layout="fixed">
                <Table.Tbody>
                  <Fact label={t.address}>{address}</Fact>
                  <Fact label={t.verified}>
                    <Time at={sender.verifiedAt} none={common.never} />
                  </Fact>
                  <Fact label={t.receiving}>
                    <ReceivingState sender={sender} /> {receiving && <Time at={receiving.lastSuccessAt} none="" />}
                  </Fact>
                </Table.Tbody>
              </Table>
            </Card>
            <UsageCard sender={sender} />
            <LimitsForm key={JSON.stringify([sender.id, sender.limits])} sender={sender} />
            <HoursForm key={sender.id} sender={sender} />
          </Stack>
          {provider === "sandbox" && <SandboxBox sender={sender} />}
        </SimpleGrid>
      </Stack>
    </Page>
  );
}

function Problem({ title, text, bad = true }: { title: string; text: string | null; bad?: boolean }) {
  return (
    <Alert color={bad ? "red" : "yellow"} icon={<IconAlertTriangle size={16} />} title={title}>
      {text && <Text size="sm">{text}</Text>}
    </Alert>
  );
}

function Fact({ label, children }: { label: string; children: ReactNode }) {
  return (
    <Table.Tr>
      <Table.Th w={110}>{label}</Table.Th>
      <Table.Td style={{ overflowWrap: "anywhere" }}>{children}</Table.Td>
    </Table.Tr>
  );
}

function Actions({ sender, onRefused }: { sender: Sender; onRefused: (why: string | null) => void }) {
  const mayWrite = useRight("senders.write");
  const [changing, setChanging] = useState(false);
  const params = { id: sender.id };
  const verify = useChange("POST /v1/senders/{id}/verify", {
    onDone: ({ verified, detail }) => {
      onRefused(verified ? null : detail);
      if (verified) toast(t.verifiedToast(detail));
    },
  });
  const change = useChange("PATCH /v1/senders/{id}", { outdates: ["senders", "campaigns"] });
  const paused = sender.status === "paused";
  const set = (status: "active" | "paused", said: () => void) =>
    change.mutate({ params, body: { status } }, { onSuccess: said });
  const resume = () => set("active", () => toast(t.resumedToast));
  if (!mayWrite) return null;
  return (
    <>
      <Button
        variant="default"
        leftSection={<IconSettings size={14} aria-hidden />}
        onClick={() => setChanging(true)}
        disabled={!(sender.provider in t.providers)}
      >
        {t.settings}
      </Button>
      <Button
        variant="default"
        loading={change.isPending}
        leftSection={paused ? <IconPlayerPlay size={14} aria-hidden /> : <IconPlayerPause size={14} aria-hidden />}
        onClick={() => (paused ? resume() : set("paused", () => toastWithUndo(t.pausedToast, resume)))}
      >
        {paused ? t.resume : t.pause}
      </Button>
      <Button
        leftSection={<IconPlugConnected size={14} aria-hidden />}
        loading={verify.isPending}
        onClick={() => verify.mutate({ params })}
      >
        {t.verify}
      </Button>
      {changing && <SenderForm sender={sender} onClose={() => setChanging(false)} onDone={() => {}} />}
    </>
  );
}
