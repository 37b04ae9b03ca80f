import { Group, MultiSelect, SegmentedControl } from "@mantine/core";
import type { Item } from "../../api/client.ts";
import { useApiList } from "../../api/query.ts";
import { common } from "../../text/common.ts";
import { eventTypes } from "../../text/event-types.ts";
import { type Column, DataTable } from "../../ui/data-table.tsx";
import { TextLink } from "../../ui/link.tsx";
import { EmptyState } from "../../ui/state.tsx";
import { Time } from "../../ui/time.tsx";
import { DeliveryBadge, type DeliveryStatus } from "./destination-looks.tsx";
import { t } from "./texts.ts";

type Delivery = Item<"GET /v1/deliveries">;

const columns: readonly Column<Delivery>[] = [
  {
    ...{ id: "status", header: t.status, width: 130 },
    cell: ({ status, inFlight }) => <DeliveryBadge status={status} inFlight={inFlight} />,
  },
  {
    ...{ id: "event", header: t.event, width: 220, from: 480 as const },
    cell: ({ eventId, eventType }) => (
      <TextLink to={`/events/${eventId}`} title={eventId}>
        {eventType ?? eventId}
      </TextLink>
    ),
  },
  { id: "answer", header: t.answer, width: 80, from: 720, cell: ({ lastStatusCode }) => lastStatusCode ?? "–" },
  {
    ...{ id: "reason", header: t.reason },
    cell: ({ status, heldBehind, lastDetail }) =>
      heldBehind ? `${t.heldBehind} ${heldBehind.eventId}` : status === "delivered" ? "" : (lastDetail ?? ""),
  },
  { id: "attempts", header: t.attempts, width: 90, align: "end", from: 720, cell: ({ attempts }) => attempts },
  {
    ...{ id: "last", header: t.lastAttempt, width: 120 },
    cell: ({ lastAttemptAt }) => <Time at={lastAttemptAt} />,
  },
  {
    ...{ id: "next", header: t.nextAttempt, width: 120, from: 960 as const },
    cell: ({ nextAttemptAt }) => <Time at={nextAttemptAt} />,
  },
];

const tabs = [{ value: "", label: t.every }, ...Object.entries(t.statuses).map(([value, label]) => ({ value, label }))];

export function Deliveries({
  destinationId,
  status,
  types,
  onFilter,
  onOpen,
}: {
  destinationId: string;
  status: string;
  types: readonly string[];
  onFilter: (change: { status?: string; types?: readonly string[] }) => void;
  onOpen: (deliveryId: string) => void;
}) {
  const chosen = Object.hasOwn(t.statuses, status) ? (status as DeliveryStatus) : undefined;
  const list = useApiList("GET /v1/deliveries", {
    query: {
      ...{ destinationId, limit: 100, ...(chosen && { status: chosen }) },
      ...(types.length > 0 && { types: types.join(",") }),
    },
  });
  return (
    <>
      <Group mb="sm" gap="sm">
        <div style={{ overflowX: "auto", maxWidth: "100%" }}>
          <SegmentedControl
            size="xs"
            aria-label={t.status}
            data={tabs}
            value={chosen ?? ""}
            onChange={(next) => onFilter({ status: next })}
          />
        </div>
        <MultiSelect
          w={{ base: "100%", sm: 300 }}
          aria-label={t.eventTypes}
          placeholder={types.length === 0 ? t.eventTypes : ""}
          data={eventTypes}
          value={[...types]}
          onChange={(next) => onFilter({ types: next })}
          searchable
          clearable
        />
      </Group>
      <DataTable
        {...list}
        label={t.deliveries}
        columns={columns}
        rowId={({ id }) => id}
        rowLabel={({ eventId, eventType }) => `${eventType ?? ""} ${eventId}`.trim()}
        onOpen={({ id }) => onOpen(id)}
        height="max(320px, calc(100dvh - 330px))"
        empty={
          chosen || types.length > 0 ? (
            <EmptyState title={common.nothingFound} text={common.nothingFoundText} />
          ) : (
            <EmptyState title={t.noDeliveries} text={t.noDeliveriesText} />
          )
        }
      />
    </>
  );
}
