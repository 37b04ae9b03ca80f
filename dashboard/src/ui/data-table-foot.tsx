import { Button, Group, Text } from "@mantine/core";
import type { ReactNode } from "react";
import { common } from "../text/common.ts";
import classes from "./data-table.module.css";

interface Props {
  rows: readonly unknown[];
  total?: number | undefined;
  isLoading?: boolean;
  hasMore?: boolean;
  isLoadingMore?: boolean;
  loadMore?: () => void;
  error?: unknown;
  selected?: ReadonlySet<string>;
  onSelect?: (ids: ReadonlySet<string>) => void;
  bulkActions?: (ids: ReadonlySet<string>) => ReactNode;
}

/** Below the rows: how many there are, or what can be done with those that are selected. Its height is always the same. */
export function TableFoot({
  rows,
  total,
  isLoading,
  hasMore,
  isLoadingMore,
  loadMore,
  error,
  selected,
  onSelect,
  bulkActions,
}: Props) {
  if (selected && selected.size > 0 && onSelect) {
    return (
      <Group className={classes.foot} data-bulk gap="xs" role="region" aria-label={common.selected(selected.size)}>
        <strong aria-live="polite">{common.selected(selected.size)}</strong>
        {bulkActions?.(selected)}
        <Button variant="subtle" color="gray" onClick={() => onSelect(new Set())}>
          {common.clearSelection}
        </Button>
      </Group>
    );
  }
  const count = total ?? rows.length;
  return (
    <Group className={classes.foot} justify="space-between">
      <span aria-live="polite">
        {isLoading ? common.loading : total === undefined && hasMore ? common.rowsAndMore(count) : common.rows(count)}
      </span>
      {error ? (
        <Text size="xs" c="var(--mantine-color-error)" role="alert">
          {rows.length > 0 && hasMore ? common.moreFailed : common.refreshFailed}
        </Text>
      ) : null}
      {hasMore && loadMore && (
        <Button variant="subtle" color="gray" loading={isLoadingMore ?? false} onClick={loadMore}>
          {error ? common.retry : common.loadMore}
        </Button>
      )}
    </Group>
  );
}
