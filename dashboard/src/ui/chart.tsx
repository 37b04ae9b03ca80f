import { ActionIcon, Group, Table, Text, Tooltip, VisuallyHidden } from "@mantine/core";
import { IconChartLine, IconTable } from "@tabler/icons-react";
import { lazy, type ReactNode, Suspense, useId, useState } from "react";
import { common } from "../text/common.ts";
import { formatNumber } from "../text/format.ts";
import classes from "./chart.module.css";
import { patternId, patternOf, seriesLook } from "./chart-looks.ts";
import { whenOnline } from "./when-online.ts";

export interface Series {
  /** The field of a data row. */
  key: string;
  label: string;
  /** Which of the six looks it has. Default: that of its place. What is shown on several pages looks the same on all of them. */
  look?: number;
}

export interface ChartProps {
  title: string;
  /** What it shows, in a sentence: for screen readers, who get the table. */
  description?: string;
  kind: "line" | "area" | "bar";
  /** One row a point: `{ day: "2026-01-05", sent: 12, replies: 3 }`. */
  data: readonly Record<string, unknown>[];
  x: { key: string; label: string; format?: (value: never) => string };
  /** At most six: more can't be told apart. */
  series: readonly Series[];
  /** Areas and bars on top of each other. */
  stacked?: boolean;
  /** Of values. Default: with thousands' separators. */
  format?: (value: number) => string;
  /** Pixels. Default 240; the place is kept while it loads. */
  height?: number;
  /** At the right of the title. */
  actions?: ReactNode;
}

// recharts is a hundred kilobytes: only pages with pictures load it.
const Plot = lazy(whenOnline(() => import("./chart-plot.tsx")));

/**
 * A picture with its table. What tells series apart is a pattern and a mark beside the colour, and their names stand in the
 * legend in the order of the table's columns.
 */
export function Chart(props: ChartProps) {
  const { title, description, series, height = 240, data, actions } = props;
  const [asTable, setAsTable] = useState(false);
  const id = useId();
  const switchLabel = asTable ? common.showChart : common.showTable;
  return (
    <figure className={classes.root} aria-label={title}>
      <Group justify="space-between" wrap="nowrap" mb="xs">
        <figcaption className={classes.title}>{title}</figcaption>
        <Group gap="xs" wrap="nowrap">
          {actions}
          <Tooltip label={switchLabel}>
            <ActionIcon
              onClick={() => setAsTable(!asTable)}
              aria-label={`${switchLabel}: ${title}`}
              aria-pressed={asTable}
            >
              {asTable ? <IconChartLine size={16} /> : <IconTable size={16} />}
            </ActionIcon>
          </Tooltip>
        </Group>
      </Group>
      {description && (
        <Text size="xs" c="dimmed" mb="xs">
          {description}
        </Text>
      )}
      {asTable ? (
        <div className={classes.table} style={{ height }}>
          <DataOf {...props} />
        </div>
      ) : (
        <>
          <div style={{ height }}>
            {data.length > 0 ? (
              <Suspense>
                <Plot {...props} id={id} height={height} />
              </Suspense>
            ) : (
              <p className={classes.none} aria-hidden>
                {common.nothingHere}
              </p>
            )}
          </div>
          {series.length > 1 && (
            <ul className={classes.legend} aria-hidden>
              {series.map(({ key, label, look }, at) => (
                <li key={key}>
                  {props.kind === "bar" ? <BarMark chart={id} at={look ?? at} /> : <LineMark at={look ?? at} />}
                  {label}
                </li>
              ))}
            </ul>
          )}
          <VisuallyHidden>
            <DataOf {...props} />
          </VisuallyHidden>
        </>
      )}
    </figure>
  );
}

function LineMark({ at }: { at: number }) {
  const { color, dash } = seriesLook(at);
  return (
    <svg width="22" height="10" aria-hidden="true">
      <line {...{ x1: 0, y1: 5, x2: 22, y2: 5, strokeWidth: 2.5 }} stroke={color} strokeDasharray={dash} />
    </svg>
  );
}

/** Also where the bars have their pattern from. */
function BarMark({ chart, at }: { chart: string; at: number }) {
  const { color } = seriesLook(at);
  const pattern = patternOf(at);
  const id = patternId(chart, at);
  return (
    <svg width="14" height="14" aria-hidden="true">
      <pattern id={id} width="8" height="8" patternUnits="userSpaceOnUse">
        <rect width="8" height="8" fill={color} fillOpacity={pattern ? 0.22 : 1} />
        {pattern && <path d={pattern} stroke={color} strokeWidth="2.4" strokeLinecap="round" />}
      </pattern>
      <rect {...{ x: 0.5, y: 0.5, width: 13, height: 13, rx: 2 }} stroke={color} fill={`url(#${id})`} />
    </svg>
  );
}

function DataOf({ title, x, series, data, format = formatNumber }: ChartProps) {
  return (
    <Table aria-label={title} stickyHeader>
      <Table.Thead>
        <Table.Tr>
          <Table.Th>{x.label}</Table.Th>
          {series.map(({ key, label }) => (
            <Table.Th key={key} ta="end">
              {label}
            </Table.Th>
          ))}
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {data.map((row, at) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: points have no other name.
          <Table.Tr key={at}>
            <Table.Th scope="row" fw={400}>
              {x.format ? x.format(row[x.key] as never) : String(row[x.key])}
            </Table.Th>
            {series.map(({ key }) => (
              <Table.Td key={key} ta="end">
                {typeof row[key] === "number" ? format(row[key]) : "–"}
              </Table.Td>
            ))}
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}
