import { Checkbox, Skeleton } from "@mantine/core";
import {
  type ColumnDef,
  columnVisibilityFeature,
  rowSelectionFeature,
  rowSortingFeature,
  tableFeatures,
  useTable,
} from "@tanstack/react-table";
import { defaultRangeExtractor, useVirtualizer } from "@tanstack/react-virtual";
import { Fragment, type ReactNode, useCallback, useEffect, useMemo, useRef, useState } from "react";
import { common } from "../text/common.ts";
import classes from "./data-table.module.css";
import { TableFoot } from "./data-table-foot.tsx";
import { SortHeader } from "./data-table-header.tsx";
import { useRowKeys } from "./data-table-keys.ts";
import { ErrorState } from "./state.tsx";

/** What a table is sorted by: a column's ID, as the API's parameter names it. */
export interface Sort {
  column: string;
  descending: boolean;
}

export interface Column<Row> {
  /** Also what `Sort` names. */
  id: string;
  header: string;
  cell: (row: Row) => ReactNode;
  sortable?: boolean;
  /** Pixels. Columns without share what is left. */
  width?: number;
  /** `end` for numbers. */
  align?: "end";
  /** Not shown where the table is narrower than so many pixels. */
  from?: 480 | 720 | 960 | 1200;
}

export interface DataTableProps<Row> {
  /** What the table holds, for screen readers. */
  label: string;
  /** Stable: made outside of the component, or by useMemo. */
  columns: readonly Column<Row>[];
  /** Stable, as `useApiList` gives them. */
  rows: readonly Row[];
  rowId: (row: Row) => string;
  /** What a person calls a row: for its checkbox and its actions. */
  rowLabel: (row: Row) => string;
  isLoading?: boolean;
  /** The rows are those of other filters, and new ones are on their way. */
  isStale?: boolean;
  error?: unknown;
  retry?: () => void;
  hasMore?: boolean;
  isLoadingMore?: boolean;
  loadMore?: () => void;
  /** How many there are in all, where that is known. */
  total?: number | undefined;
  sort?: Sort | null;
  onSort?: (sort: Sort) => void;
  /** Enter, or a click beside links and buttons. The row should have a real link, too, for a new tab. */
  onOpen?: (row: Row) => void;
  /** IDs of selected rows; with `onSelect`, rows have checkboxes. */
  selected?: ReadonlySet<string>;
  onSelect?: (ids: ReadonlySet<string>) => void;
  /** Buttons for what is selected. */
  bulkActions?: (ids: ReadonlySet<string>) => ReactNode;
  /** Instead of rows where there are none: an `EmptyState` that says what to do. */
  empty: ReactNode;
  /** Any CSS height; what is longer scrolls inside. Default: down to the window's end. */
  height?: string;
}

/** Pixels; as in data-table.module.css. */
const rowHeight = 40;
const headHeight = 34;
const features = tableFeatures({ rowSelectionFeature, rowSortingFeature, columnVisibilityFeature });

/**
 * Rows that the server pages, sorts and filters: only those in sight are drawn, so that a million are as quick as ten.
 * Arrow keys (or j and k) move between rows, Enter opens, Space (or x) selects. See dashboard/README.md for an example.
 */
export function DataTable<Row extends object>(props: DataTableProps<Row>) {
  const { columns, rows, rowId, rowLabel, sort, onSort, onOpen, selected, onSelect, isLoading, hasMore, loadMore } =
    props;
  const box = useRef<HTMLDivElement>(null);
  const definitions = useMemo(
    () =>
      columns.map(
        (column): ColumnDef<typeof features, Row> => ({
          id: column.id,
          header: column.header,
          cell: ({ row }) => column.cell(row.original),
          enableSorting: column.sortable ?? false,
          accessorFn: (row) => row,
        }),
      ),
    [columns],
  );
  const table = useTable<typeof features, Row>({
    features,
    columns: definitions,
    data: rows as Row[],
    getRowId: rowId,
    manualSorting: true,
    enableRowSelection: onSelect !== undefined,
    state: {
      rowSelection: marked(selected),
      sorting: sort ? [{ id: sort.column, desc: sort.descending }] : [],
    },
    onRowSelectionChange: (updater) => {
      const after = typeof updater === "function" ? updater(marked(selected)) : updater;
      onSelect?.(new Set(Object.keys(after).filter((id) => after[id])));
    },
  });
  const model = table.getRowModel().rows;
  const [active, setActive] = useState(0);
  const virtual = useVirtualizer({
    count: model.length,
    getScrollElement: () => box.current,
    estimateSize: () => rowHeight,
    overscan: 12,
    getItemKey: (index) => model[index]?.id ?? index,
    // The row that has the focus, or gets it next, is there even out of sight: without it the focus would be lost.
    rangeExtractor: (range) =>
      [...new Set([...defaultRangeExtractor(range), Math.min(active, range.count - 1)])].sort(byNumber),
  });
  const shown = virtual.getVirtualItems().map(({ index }) => index);
  const last = virtual.range?.endIndex ?? -1;
  const failed = Boolean(props.error);
  // Some rows before the end is in sight.
  useEffect(() => {
    // What failed is asked for again by a person: on its own it would ask without end.
    if (hasMore && !failed && last >= model.length - 15) loadMore?.();
  }, [hasMore, failed, last, model.length, loadMore]);

  const scrollTo = useCallback((index: number) => {
    const element = box.current;
    if (!element) return;
    // The heading lies over the first pixels.
    const top = index * rowHeight;
    const bottom = top + rowHeight + headHeight - element.clientHeight;
    if (element.scrollTop > top) element.scrollTop = top;
    else if (element.scrollTop < bottom) element.scrollTop = bottom;
  }, []);
  const onKeyDown = useRowKeys({
    setActive,
    count: model.length,
    scrollTo,
    open: (index) => model[index] && onOpen?.(model[index].original),
    toggle: (index) => model[index]?.toggleSelected(),
    box,
  });

  if (props.error && model.length === 0) {
    return <ErrorState error={props.error} {...(props.retry && { retry: props.retry })} />;
  }
  // A page without rows may be followed by others.
  if (!isLoading && !hasMore && model.length === 0) return props.empty;
  return (
    <div className={classes.root}>
      <section
        ref={box}
        className={classes.box}
        style={{ maxHeight: props.height ?? "calc(100dvh - 190px)" }}
        aria-label={props.label}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard, rows or none.
        tabIndex={0}
        data-stale={props.isStale || undefined}
      >
        <table
          className={classes.table}
          aria-label={props.label}
          aria-rowcount={props.total ?? (hasMore ? -1 : model.length)}
          aria-busy={isLoading || props.isStale || undefined}
        >
          <colgroup>
            {onSelect && <col style={{ width: 40 }} />}
            {columns.map((column) => (
              <col key={column.id} style={{ width: column.width }} data-from={column.from} />
            ))}
          </colgroup>
          <thead>
            <tr>
              {onSelect && (
                <th className={classes.check}>
                  <Checkbox
                    size="xs"
                    aria-label={common.selectAll}
                    checked={model.length > 0 && table.getIsAllRowsSelected()}
                    indeterminate={table.getIsSomeRowsSelected() && !table.getIsAllRowsSelected()}
                    onChange={table.getToggleAllRowsSelectedHandler()}
                  />
                </th>
              )}
              {columns.map((column) => (
                <SortHeader key={column.id} column={column} sort={sort ?? null} {...(onSort && { onSort })} />
              ))}
            </tr>
          </thead>
          <tbody onKeyDown={onKeyDown} onPointerOver={tellWhole}>
            {isLoading && model.length === 0
              ? skeletonRows.map((row) => (
                  <tr key={row} className={classes.row}>
                    {onSelect && (
                      <td className={classes.check}>
                        <Skeleton height={10} width={16} />
                      </td>
                    )}
                    {columns.map(({ id, from }, at) => (
                      <td key={id} data-from={from}>
                        <Skeleton height={10} width={`${45 + ((row * 7 + at * 23) % 45)}%`} />
                      </td>
                    ))}
                  </tr>
                ))
              : null}
            {shown.map((index, at) => {
              const row = model[index];
              if (!row) return null;
              const chosen = row.getIsSelected();
              return (
                <Fragment key={row.id}>
                  <Gap rows={index - (shown[at - 1] ?? -1) - 1} />
                  <tr
                    className={classes.row}
                    aria-rowindex={index + 2}
                    data-index={index}
                    data-selected={chosen || undefined}
                    data-opens={onOpen !== undefined || undefined}
                    tabIndex={index === Math.min(active, model.length - 1) ? 0 : -1}
                    onFocus={() => setActive(index)}
                    onClick={(event) => {
                      if ((event.target as Element).closest("a, button, input, label, time")) return;
                      onOpen?.(row.original);
                    }}
                  >
                    {onSelect && (
                      <td className={classes.check}>
                        <Checkbox
                          size="xs"
                          tabIndex={-1}
                          aria-label={common.selectRow(rowLabel(row.original))}
                          checked={chosen}
                          onChange={row.getToggleSelectedHandler()}
                        />
                      </td>
                    )}
                    {row.getVisibleCells().map((cell, at) => (
                      <td key={cell.id} data-align={columns[at]?.align} data-from={columns[at]?.from}>
                        <table.FlexRender cell={cell} />
                      </td>
                    ))}
                  </tr>
                </Fragment>
              );
            })}
            <Gap rows={model.length === 0 ? 0 : model.length - 1 - (shown.at(-1) ?? 0)} />
          </tbody>
        </table>
      </section>
      <TableFoot {...props} />
    </div>
  );
}

/** What its column is too narrow for can be read by resting on it. */
function tellWhole({ target }: { target: EventTarget }): void {
  const cell = (target as Element).closest("td");
  if (!cell) return;
  const cut = [cell, ...cell.querySelectorAll("a")].some(({ scrollWidth, clientWidth }) => scrollWidth > clientWidth);
  if (cut) cell.title = cell.textContent;
  else cell.removeAttribute("title");
}

const marked = (ids: ReadonlySet<string> | undefined): Record<string, true> =>
  Object.fromEntries([...(ids ?? [])].map((id) => [id, true as const]));

const byNumber = (a: number, b: number) => a - b;

/**
 * The place of rows that aren't drawn. Of one cell: one that spans all columns would bring back those that a narrow table
 * hides, as empty ones.
 */
function Gap({ rows }: { rows: number }) {
  if (rows <= 0) return null;
  return (
    <tr aria-hidden>
      <td style={{ height: rows * rowHeight, padding: 0, border: 0 }} />
    </tr>
  );
}

const skeletonRows = Array.from({ length: 10 }, (_, row) => row);
