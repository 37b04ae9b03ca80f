import { Button, Group, SegmentedControl, Select, Skeleton, Stack } from "@mantine/core";
import { IconChecks } from "@tabler/icons-react";
import { useApi, useApiList } from "../../../api/query.ts";
import { pageTitles } from "../../../text/pages.ts";
import { Link, TextLink } from "../../../ui/link.tsx";
import { Page } from "../../../ui/page.tsx";
import review from "../../../ui/review.module.css";
import { EmptyState, ErrorState } from "../../../ui/state.tsx";
import { useUrlState } from "../../../ui/url-state.ts";
import { DraftCard } from "./draft-card.tsx";
import { t } from "./texts.ts";

const states = ["draft", "task", "sent", "rejected"] as const;
type State = (typeof states)[number];
const defaults = { state: "draft", profile: "" };

export default function DraftsPage() {
  const [filters, setFilters] = useUrlState(defaults);
  const state = (states.find((known) => known === filters.state) ?? "draft") as State;
  const profiles = useApi("GET /v1/profiles", { query: { limit: 100 } });
  const list = useApiList("GET /v1/assistant/turns", {
    query: { state, limit: 20, ...(filters.profile && { profileId: filters.profile }) },
  });
  const names = new Map((profiles.data?.data ?? []).map(({ id, name }) => [id, name]));
  return (
    <Page
      title={t.title}
      description={t.description}
      breadcrumbs={<TextLink to="/profiles">{pageTitles.profiles}</TextLink>}
      width={1240}
    >
      <Group mb="md" gap="sm">
        <SegmentedControl
          aria-label={t.show}
          size="xs"
          value={state}
          onChange={(value) => setFilters({ state: value })}
          data={states.map((value) => ({ value, label: t.states[value] }))}
        />
        <Select
          size="xs"
          aria-label={t.profile}
          placeholder={t.allProfiles}
          clearable
          searchable
          w={200}
          data={[...names].map(([value, label]) => ({ value, label }))}
          value={filters.profile || null}
          onChange={(value) => setFilters({ profile: value ?? "" })}
        />
      </Group>
      {list.error && list.rows.length === 0 ? (
        <ErrorState error={list.error} retry={list.retry} />
      ) : list.isLoading ? (
        <Stack gap="md">
          <Skeleton height={260} radius="md" />
          <Skeleton height={260} radius="md" />
        </Stack>
      ) : list.rows.length === 0 ? (
        <EmptyState
          icon={IconChecks}
          title={state === "draft" ? t.none : t.noneOther}
          text={t.noneText}
          action={
            <Button component={Link} to="/profiles" variant="default">
              {t.toProfiles}
            </Button>
          }
        />
      ) : (
        <ul className={review.list}>
          {list.rows.map((turn) => (
            <li key={turn.id}>
              <DraftCard turn={turn} profileName={names.get(turn.profileId) ?? null} />
            </li>
          ))}
        </ul>
      )}
      {list.hasMore && (
        <Group justify="center" mt="md">
          <Button variant="default" loading={list.isLoadingMore} onClick={list.loadMore}>
            {t.loadMore}
          </Button>
        </Group>
      )}
    </Page>
  );
}
