import { Skeleton, Text } from "@mantine/core";
import { useApi } from "../../api/query.ts";
import { dayBegins } from "../../text/days.ts";
import { formatDuration } from "../../text/format.ts";
import { DownloadButton } from "../../ui/download-button.tsx";
import { Panel } from "../../ui/panel.tsx";
import { ErrorState } from "../../ui/state.tsx";
import { FiguresTable } from "./figures-table.tsx";
import { number, share } from "./rates.ts";
import { t } from "./texts.ts";

const columns = [t.destination, t.attempts, t.success, t.retried, t.failed, t.p50, t.p95];
const time = (ms: number | null) => (ms === null ? null : formatDuration(ms));

interface DeliveriesProps {
  /** As in the address. */
  first: string;
  timeZone: string;
  to?: string | undefined;
}

export function Deliveries({ first, timeZone, to }: DeliveriesProps) {
  const from = dayBegins(first, timeZone).toISOString();
  const query = { from, ...(to !== undefined && { to }) };
  const { data, error, refetch } = useApi("GET /v1/analytics/deliveries", { query });
  return (
    <Panel
      title={t.deliveries}
      flush
      actions={
        <DownloadButton
          operation="GET /v1/analytics/deliveries"
          query={{ ...query, format: "csv" }}
          fileName="herald-deliveries.csv"
          label={t.csvOf(t.deliveries)}
        >
          {t.csv}
        </DownloadButton>
      }
    >
      {error && !data ? (
        <ErrorState error={error} retry={() => void refetch()} />
      ) : !data ? (
        <Skeleton height={90} />
      ) : data.data.length === 0 ? (
        <Text size="sm" c="dimmed" p="md">
          {t.noDeliveries}
        </Text>
      ) : (
        <FiguresTable
          label={t.deliveries}
          columns={columns}
          rows={data.data.map(({ destinationId, name, attempts, success, retried, failed, p50Ms, p95Ms }) => ({
            key: destinationId,
            cells: [
              ...[name ?? destinationId, number(attempts), share(success), number(retried), number(failed)],
              ...[time(p50Ms), time(p95Ms)],
            ],
          }))}
        />
      )}
    </Panel>
  );
}
