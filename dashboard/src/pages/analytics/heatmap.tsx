import { ActionIcon, Group, Skeleton, Text, Tooltip, VisuallyHidden } from "@mantine/core";
import { IconChartGridDots, IconTable } from "@tabler/icons-react";
import { type CSSProperties, useMemo, useState } from "react";
import { useApi } from "../../api/query.ts";
import { common } from "../../text/common.ts";
import { formatNumber } from "../../text/format.ts";
import { DownloadButton } from "../../ui/download-button.tsx";
import { Panel } from "../../ui/panel.tsx";
import { ErrorState } from "../../ui/state.tsx";
import classes from "./heatmap.module.css";
import type { Query } from "./range.ts";
import { t } from "./texts.ts";

const weekdays = Object.keys(t.weekdays) as (keyof typeof t.weekdays)[];
const hours = Array.from({ length: 24 }, (_, hour) => hour);
const clock = (hour: number) => `${String(hour).padStart(2, "0")}:00`;

/** A table, whose cells are coloured by what they say, or say it in figures. */
export function Heatmap({ query }: { query: Query }) {
  const { data, error, refetch } = useApi("GET /v1/analytics/replies/heatmap", { query });
  const [asTable, setAsTable] = useState(false);
  const switchLabel = asTable ? common.showChart : common.showTable;
  const most = useMemo(() => Math.max(1, ...(data?.data.map(({ replies }) => replies) ?? [])), [data]);
  const at = useMemo(
    () => new Map(data?.data.map(({ weekday, hour, replies }) => [`${weekday} ${hour}`, replies])),
    [data],
  );
  return (
    <Panel
      title={t.heatmap}
      actions={
        <Group gap="xs" wrap="nowrap">
          <DownloadButton
            operation="GET /v1/analytics/replies/heatmap"
            query={{ ...query, format: "csv" }}
            fileName="herald-replies-by-hour.csv"
            label={t.csvOf(t.heatmap)}
          >
            {t.csv}
          </DownloadButton>
          <Tooltip label={switchLabel}>
            <ActionIcon
              onClick={() => setAsTable(!asTable)}
              aria-label={`${switchLabel}: ${t.heatmap}`}
              aria-pressed={asTable}
            >
              {asTable ? <IconChartGridDots size={16} /> : <IconTable size={16} />}
            </ActionIcon>
          </Tooltip>
        </Group>
      }
    >
      <Text size="xs" c="dimmed" mb="xs">
        {t.heatmapText}
      </Text>
      {error && !data ? (
        <ErrorState error={error} retry={() => void refetch()} />
      ) : !data ? (
        <Skeleton height={190} />
      ) : (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard.
        <section style={{ position: "relative", overflowX: "auto" }} tabIndex={0} aria-label={t.heatmapText}>
          <table className={classes.root} aria-label={t.heatmap}>
            <thead>
              <tr>
                <td className={classes.day} />
                {hours.map((hour) => (
                  <th key={hour} scope="col">
                    {hour % 3 === 0 ? hour : <VisuallyHidden>{hour}</VisuallyHidden>}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {weekdays.map((weekday) => (
                <tr key={weekday}>
                  <th scope="row">{t.weekdays[weekday]}</th>
                  {hours.map((hour) => {
                    const replies = at.get(`${weekday} ${hour}`) ?? 0;
                    return (
                      <td
                        key={hour}
                        className={asTable ? classes.figure : classes.cell}
                        title={t.cell(t.weekdays[weekday], clock(hour), replies)}
                        style={{ "--share": `${Math.round((replies / most) * 100)}%` } as CSSProperties}
                      >
                        {asTable ? formatNumber(replies) : <VisuallyHidden>{formatNumber(replies)}</VisuallyHidden>}
                      </td>
                    );
                  })}
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      )}
    </Panel>
  );
}
