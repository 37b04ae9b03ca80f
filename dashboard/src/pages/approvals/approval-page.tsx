import { Skeleton } from "@mantine/core";
import { useParams } from "@tanstack/react-router";
import { useApi } from "../../api/query.ts";
import { TextLink } from "../../ui/link.tsx";
import { Page } from "../../ui/page.tsx";
import { ErrorState } from "../../ui/state.tsx";
import { ApprovalCard, titleOf } from "./approval-card.tsx";
import { t } from "./texts.ts";

/** One approval, where a message in a chat leads. */
export default function ApprovalPage() {
  const { approvalId } = useParams({ strict: false }) as { approvalId: string };
  const { data, error, refetch } = useApi("GET /v1/approvals/{id}", { params: { id: approvalId } });
  const known = data?.id === approvalId ? data : undefined;
  return (
    <Page
      title={known ? titleOf(known) : t.title}
      breadcrumbs={<TextLink to="/approvals">{t.title}</TextLink>}
      width={1240}
    >
      {known ? (
        <ApprovalCard approval={known} />
      ) : error ? (
        <ErrorState error={error} retry={() => void refetch()} />
      ) : (
        <Skeleton height={260} radius="md" />
      )}
    </Page>
  );
}
