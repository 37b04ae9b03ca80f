import { Alert, Button, Stack, Tooltip } from "@mantine/core";
import { IconChecklist, IconInfoCircle, IconPlus, IconSparkles } from "@tabler/icons-react";
import { useRouter } from "@tanstack/react-router";
import { useApi, useApiList } from "../../api/query.ts";
import { useRight } from "../../api/session.ts";
import { common } from "../../text/common.ts";
import { formatNumber } from "../../text/format.ts";
import { type Column, DataTable } from "../../ui/data-table.tsx";
import { Link, TextLink } from "../../ui/link.tsx";
import { Page } from "../../ui/page.tsx";
import { EmptyState } from "../../ui/state.tsx";
import { Time } from "../../ui/time.tsx";
import { Unseen } from "../../ui/unseen.tsx";
import { useUrlState } from "../../ui/url-state.ts";
import { contentOf, ModeBadge, type Profile } from "./looks.tsx";
import { NewProfile } from "./new-profile.tsx";
import { t } from "./texts.ts";
import { UsageChart } from "./usage-chart.tsx";

const columns: readonly Column<Profile>[] = [
  { id: "name", header: t.name, cell: ({ id, name }) => <TextLink to={`/profiles/${id}`}>{name}</TextLink> },
  { id: "mode", header: t.mode, width: 120, cell: ({ mode }) => <ModeBadge mode={mode} /> },
  { id: "about", header: t.about, from: 960, cell: (profile) => contentOf(profile).description || "–" },
  {
    ...{ id: "channels", header: t.channelsLabel, width: 180, from: 720 },
    cell: (profile) =>
      contentOf(profile)
        .channels.map((channel) => t.channels[channel])
        .join(", "),
  },
  {
    ...{ id: "followUps", header: t.followUpCount, width: 110, align: "end", from: 720 },
    cell: (profile) => formatNumber(Object.keys(contentOf(profile).followUps).length),
  },
  {
    id: "version",
    header: t.version,
    width: 90,
    align: "end",
    from: 480,
    cell: ({ version }) => formatNumber(version),
  },
  { id: "changed", header: t.changed, width: 130, from: 720, cell: ({ updatedAt }) => <Time at={updatedAt} /> },
];

const defaults = { new: false };

export default function ProfilesPage() {
  const router = useRouter();
  const mayWrite = useRight("assistant.write");
  const mayConfigure = useRight("assistant.configure");
  const [{ new: creating }, setState] = useUrlState(defaults);
  const list = useApiList("GET /v1/profiles");
  const model = useApi("GET /v1/assistant/model", { query: { ifAny: "true" } });
  const create = (
    <Tooltip label={common.noRight} disabled={mayWrite}>
      <Button
        leftSection={<IconPlus size={14} aria-hidden />}
        disabled={!mayWrite}
        onClick={() => setState({ new: true })}
      >
        {t.create}
      </Button>
    </Tooltip>
  );
  return (
    <Page
      title={t.title}
      description={t.description}
      actions={
        <>
          <Button
            component={Link}
            to="/profiles/drafts"
            variant="default"
            leftSection={<IconChecklist size={14} aria-hidden />}
          >
            {t.drafts}
          </Button>
          {create}
        </>
      }
    >
      <Stack gap="md">
        {model.data === null && (
          <Alert icon={<IconInfoCircle size={16} />} title={t.noModelTitle}>
            {t.noModelText}{" "}
            {mayConfigure ? (
              <TextLink to="/settings/assistant" inherit underline="always">
                {t.setModel}
              </TextLink>
            ) : (
              t.setModelBy
            )}
          </Alert>
        )}
        <Unseen until={!model.isPending}>
          <DataTable
            {...list}
            label={t.title}
            columns={columns}
            rowId={({ id }) => id}
            rowLabel={({ name }) => name}
            onOpen={({ id }) => void router.navigate({ to: `/profiles/${id}` })}
            height="max(240px, calc(100dvh - 420px))"
            empty={<EmptyState icon={IconSparkles} title={t.none} text={t.noneText} action={create} />}
          />
          <UsageChart />
        </Unseen>
      </Stack>
      {creating && mayWrite && <NewProfile onClose={() => setState({ new: false })} />}
    </Page>
  );
}
