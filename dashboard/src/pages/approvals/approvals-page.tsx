import { Button, Group, SegmentedControl, Skeleton, Stack } from "@mantine/core";
import { IconUserCheck } from "@tabler/icons-react";
import type { Item } from "../../api/client.ts";
import { useApiList } from "../../api/query.ts";
import { common } from "../../text/common.ts";
import { Page } from "../../ui/page.tsx";
import review from "../../ui/review.module.css";
import { EmptyState, ErrorState } from "../../ui/state.tsx";
import { useUrlState } from "../../ui/url-state.ts";
import { ApprovalCard } from "./approval-card.tsx";
import { t } from "./texts.ts";

export type Approval = Item<"GET /v1/approvals">;
type Status = keyof typeof t.statuses;

const statuses = Object.keys(t.statuses) as Status[];
const defaults = { status: "waiting" };

export default function ApprovalsPage() {
  const [filters, setFilters] = useUrlState(defaults);
  const status = statuses.find((known) => known === filters.status) ?? "waiting";
  const list = useApiList("GET /v1/approvals", { query: { status, limit: 20 } });
  return (
    <Page title={t.title} description={t.description} width={1240}>
      <Group mb="md" wrap="nowrap" style={{ overflowX: "auto" }}>
        <SegmentedControl
          aria-label={t.show}
          size="xs"
          value={status}
          onChange={(value) => setFilters({ status: value })}
          data={statuses.map((value) => ({ value, label: t.statuses[value] }))}
        />
      </Group>
      {list.error && list.rows.length === 0 ? (
        <ErrorState error={list.error} retry={list.retry} />
      ) : list.isLoading ? (
        <Stack gap="md">
          <Skeleton height={220} radius="md" />
          <Skeleton height={220} radius="md" />
        </Stack>
      ) : list.rows.length === 0 ? (
        <EmptyState
          icon={IconUserCheck}
          title={status === "waiting" ? t.none : t.noneOther}
          text={status === "waiting" ? t.noneText : t.noneOtherText}
        />
      ) : (
        <ul className={review.list}>
          {list.rows.map((approval) => (
            <li key={approval.id}>
              <ApprovalCard approval={approval} />
            </li>
          ))}
        </ul>
      )}
      {list.hasMore && (
        <Group justify="center" mt="md">
          <Button variant="default" loading={list.isLoadingMore} onClick={list.loadMore}>
            {common.loadMore}
          </Button>
        </Group>
      )}
    </Page>
  );
}
