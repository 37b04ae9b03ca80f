import { Alert, Skeleton, Stack, Tabs } from "@mantine/core";
import { IconShieldPause } from "@tabler/icons-react";
import { useParams } from "@tanstack/react-router";
import { lazy, Suspense } from "react";
import { useApi } from "../../api/query.ts";
import { useChosenInSight } from "../../ui/chosen-in-sight.ts";
import { DelayedSpinner } from "../../ui/delayed.tsx";
import { TextLink } from "../../ui/link.tsx";
import { Page } from "../../ui/page.tsx";
import { ErrorState } from "../../ui/state.tsx";
import { StatusBadge } from "../../ui/status-badge.tsx";
import { useUrlState } from "../../ui/url-state.ts";
import { inPlace } from "../../ui/when-online.ts";
import { CampaignActions } from "./campaign-actions.tsx";
import { statusTones } from "./status.ts";
import { t } from "./texts.ts";

const parts = {
  results: lazy(inPlace(() => import("./results/results-tab.tsx"))),
  steps: lazy(inPlace(() => import("./steps/steps-tab.tsx"))),
  leads: lazy(inPlace(() => import("./leads/leads-tab.tsx"))),
  forecast: lazy(inPlace(() => import("./forecast/forecast-tab.tsx"))),
  settings: lazy(inPlace(() => import("./settings/settings-tab.tsx"))),
};
type Part = keyof typeof parts;

/** Empty: a draft is being written, others are watched. */
const defaults = { tab: "" };

export default function CampaignPage() {
  const { campaignId } = useParams({ strict: false }) as { campaignId: string };
  const [{ tab }, setUrl] = useUrlState(defaults);
  const { data: campaign, error, refetch } = useApi("GET /v1/campaigns/{id}", { params: { id: campaignId } });
  const row = useChosenInSight<HTMLDivElement>(`${campaign?.id} ${tab}`);
  const breadcrumbs = (
    <TextLink to="/campaigns" fz="xs" c="dimmed">
      {t.back}
    </TextLink>
  );
  if (error && !campaign) {
    return (
      <Page title={t.title} breadcrumbs={breadcrumbs}>
        <ErrorState error={error} retry={() => void refetch()} />
      </Page>
    );
  }
  // Another campaign's, while this one's loads.
  if (campaign?.id !== campaignId) {
    return (
      <Page title={t.title} breadcrumbs={breadcrumbs}>
        <Stack aria-busy>
          <Skeleton height={34} maw={420} />
          <Skeleton height={320} />
        </Stack>
      </Page>
    );
  }
  const shown: Part = Object.hasOwn(parts, tab) ? (tab as Part) : campaign.status === "draft" ? "steps" : "results";
  const Shown = parts[shown];
  const { status, archivedAt } = campaign;
  return (
    <Page
      title={campaign.name}
      breadcrumbs={breadcrumbs}
      badge={
        <StatusBadge tone={archivedAt ? "neutral" : statusTones[status]}>
          {archivedAt ? t.archived : t.statuses[status]}
        </StatusBadge>
      }
      actions={<CampaignActions campaign={campaign} />}
    >
      {status === "paused" && campaign.pausedBy === "system" && (
        <Alert color="orange" icon={<IconShieldPause size={18} />} title={t.pausedBySystem} mb="md">
          {campaign.pauseReason} {t.pausedHint}
        </Alert>
      )}
      <Tabs value={shown} onChange={(value) => setUrl({ tab: value ?? "" })} keepMounted={false}>
        <Tabs.List
          ref={row}
          aria-label={t.tabsLabel}
          mb="md"
          style={{ flexWrap: "nowrap", overflowX: "auto", overflowY: "hidden" }}
        >
          {(Object.keys(parts) as Part[]).map((part) => (
            <Tabs.Tab key={part} value={part}>
              {t.tabs[part]}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        <Tabs.Panel value={shown}>
          <Suspense fallback={<DelayedSpinner />}>
            <Shown campaign={campaign} key={campaign.id} />
          </Suspense>
        </Tabs.Panel>
      </Tabs>
    </Page>
  );
}
