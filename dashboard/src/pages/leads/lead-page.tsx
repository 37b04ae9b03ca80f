import { Alert, Button, Group, Menu, SimpleGrid, Skeleton, Stack } from "@mantine/core";
import { IconBan, IconDots, IconPlayerPause, IconPlayerPlay, IconSend, IconShieldCheck } from "@tabler/icons-react";
import { useParams } from "@tanstack/react-router";
import { useState } from "react";
import { useChange } from "../../api/mutation.ts";
import { useApi } from "../../api/query.ts";
import { useRight, useSignedIn } from "../../api/session.ts";
import { common } from "../../text/common.ts";
import { pageTitles } from "../../text/pages.ts";
import { confirm } from "../../ui/confirm.tsx";
import { TextLink } from "../../ui/link.tsx";
import { Page } from "../../ui/page.tsx";
import { ErrorState } from "../../ui/state.tsx";
import { toast, toastWithUndo } from "../../ui/toast.tsx";
import { AllowContact } from "./allow-contact.tsx";
import { Consent } from "./consent.tsx";
import { LeadDetails } from "./lead-details.tsx";
import { type Lead, LeadStatus, nameOf, Tags } from "./lead-looks.tsx";
import { NextActions } from "./next-actions.tsx";
import { Erased, Privacy, useErasure } from "./privacy.tsx";
import { SendMessage } from "./send-message.tsx";
import { StatusMenu } from "./status-menu.tsx";
import { t } from "./texts.ts";
import { Timeline } from "./timeline.tsx";

export default function LeadPage() {
  const { leadId } = useParams({ strict: false }) as { leadId: string };
  const { data: lead, error, refetch } = useApi("GET /v1/leads/{id}", { params: { id: leadId } });
  const breadcrumbs = <TextLink to="/leads">{pageTitles.leads}</TextLink>;
  // What was shown before it was gone is not shown any more.
  const gone = error?.statusCode === 404;
  const erasure = useErasure(leadId, gone);
  if (gone && erasure) {
    return (
      <Page title={t.overview} breadcrumbs={breadcrumbs}>
        <Erased erasure={erasure} />
      </Page>
    );
  }
  if (error && (gone || !lead)) {
    return (
      <Page title={t.overview} breadcrumbs={breadcrumbs}>
        <ErrorState error={error} retry={() => void refetch()} />
      </Page>
    );
  }
  // Another lead's, while this one's loads.
  if (!lead || lead.id !== leadId) {
    return (
      <Page title={t.overview} breadcrumbs={breadcrumbs}>
        <Skeleton height={420} />
      </Page>
    );
  }
  return (
    <Page
      title={nameOf(lead)}
      description={[lead.title, lead.company].filter(Boolean).join(", ")}
      breadcrumbs={breadcrumbs}
      badge={
        <Group gap="xs">
          <LeadStatus lead={lead} />
          <Tags tags={lead.tags} most={4} />
        </Group>
      }
      actions={<LeadActions lead={lead} />}
    >
      {lead.doNotContact && <Forbidden lead={lead} />}
      <SimpleGrid cols={{ base: 1, lg: 2 }} spacing="lg" style={{ alignItems: "start" }}>
        <Stack gap="lg" style={{ minWidth: 0 }}>
          <NextActions leadId={lead.id} />
          <Timeline leadId={lead.id} />
        </Stack>
        <Stack gap="lg" style={{ minWidth: 0 }}>
          <LeadDetails key={lead.id} lead={lead} />
          <Consent lead={lead} />
          <Privacy lead={lead} />
        </Stack>
      </SimpleGrid>
    </Page>
  );
}

function Forbidden({ lead }: { lead: Lead }) {
  const mayLift = useRight("suppressions.lift");
  const [asking, setAsking] = useState(false);
  return (
    <Alert color="red" icon={<IconBan size={16} />} title={t.forbidden} mb="md">
      {mayLift && (
        <Button
          variant="default"
          leftSection={<IconShieldCheck size={14} aria-hidden />}
          onClick={() => setAsking(true)}
        >
          {t.allow}
        </Button>
      )}
      <AllowContact leadId={lead.id} opened={asking} onClose={() => setAsking(false)} />
    </Alert>
  );
}

function LeadActions({ lead }: { lead: Lead }) {
  const { user } = useSignedIn();
  const [mayWrite, maySend, maySuppress] = [
    useRight("leads.write"),
    useRight("messages.send"),
    useRight("suppressions.write"),
  ];
  const [writing, setWriting] = useState(false);
  const params = { id: lead.id };
  const { data: next } = useApi("GET /v1/leads/{id}/next", { params });
  const isPaused = next?.leadId === lead.id && next.pause !== null;
  const unpause = useChange("DELETE /v1/leads/{id}/pause", { onDone: () => toast(t.unpaused) });
  const pause = useChange("POST /v1/leads/{id}/pause", {
    onDone: () => toastWithUndo(t.pausedOne, () => unpause.mutate({ params })),
  });
  const forbid = useChange("POST /v1/leads/{id}/do-not-contact", {
    outdates: ["leads", "suppressions", "messages"],
    onDone: () => toast(t.forbidden),
  });
  const askForbid = async () => {
    const sure = await confirm({ title: t.forbidTitle, text: t.forbidText, action: t.forbid });
    if (sure) forbid.mutate({ params, body: { by: user.name } });
  };
  return (
    <>
      {mayWrite && <StatusMenu lead={lead} />}
      {maySend && !lead.doNotContact && (
        <Button leftSection={<IconSend size={14} aria-hidden />} onClick={() => setWriting(true)}>
          {t.send}
        </Button>
      )}
      {mayWrite && (
        <Menu position="bottom-end">
          <Menu.Target>
            <Button variant="default" px={8} aria-label={common.more}>
              <IconDots size={16} aria-hidden />
            </Button>
          </Menu.Target>
          <Menu.Dropdown>
            <Menu.Item
              leftSection={<IconPlayerPause size={14} aria-hidden />}
              onClick={() => pause.mutate({ params, body: {} })}
            >
              {t.pauseWeek}
            </Menu.Item>
            {isPaused && (
              <Menu.Item
                leftSection={<IconPlayerPlay size={14} aria-hidden />}
                onClick={() => unpause.mutate({ params })}
              >
                {t.unpause}
              </Menu.Item>
            )}
            {maySuppress && !lead.doNotContact && (
              <Menu.Item color="red" leftSection={<IconBan size={14} aria-hidden />} onClick={() => void askForbid()}>
                {t.forbid}
              </Menu.Item>
            )}
          </Menu.Dropdown>
        </Menu>
      )}
      {writing && <SendMessage lead={lead} onClose={() => setWriting(false)} />}
    </>
  );
}
