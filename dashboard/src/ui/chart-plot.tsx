import {
  Area,
  AreaChart,
  Bar,
  BarChart,
  CartesianGrid,
  Line,
  LineChart,
  ResponsiveContainer,
  Tooltip,
  XAxis,
  YAxis,
} from "recharts";
import { formatCompact, formatNumber } from "../text/format.ts";
import type { ChartProps } from "./chart.tsx";
import { patternId, seriesLook } from "./chart-looks.ts";

/** The picture alone; loaded by chart.tsx when it is first needed. */
export default function ChartPlot(props: ChartProps & { height: number; id: string }) {
  const { kind, data, x, series, stacked = false, format = formatNumber, height, id } = props;
  const Root = kind === "line" ? LineChart : kind === "area" ? AreaChart : BarChart;
  const ofX = (value: unknown) => (x.format ? x.format(value as never) : String(value));
  return (
    // The picture, and not what stands in its place where its code is missing: that has a button.
    <div aria-hidden>
      <ResponsiveContainer width="100%" height={height}>
        <Root data={[...data]} margin={{ top: 6, right: 8, bottom: 0, left: 0 }} accessibilityLayer={false}>
          <CartesianGrid vertical={false} stroke="var(--line)" />
          <XAxis
            {...{
              dataKey: x.key,
              tickFormatter: ofX,
              tickLine: false,
              axisLine: false,
              minTickGap: 28,
              tick: tickStyle,
            }}
          />
          <YAxis
            {...{ tickFormatter: formatCompact, tickLine: false, axisLine: false, width: 42, allowDecimals: false }}
            tick={tickStyle}
          />
          <Tooltip
            labelFormatter={ofX}
            formatter={(value: unknown) => format(Number(value))}
            contentStyle={tooltipStyle}
            cursor={{ fill: "var(--row-hover)", stroke: "var(--line)" }}
            isAnimationActive={false}
          />
          {series.map(({ key, label, look }, place) => {
            const at = look ?? place;
            const { color, dash } = seriesLook(at);
            const common = { dataKey: key, name: label, stroke: color, isAnimationActive: false };
            if (kind === "bar") {
              const fill = series.length > 1 ? `url(#${patternId(id, at)})` : color;
              return <Bar key={key} {...common} fill={fill} stackId={stacked ? "all" : key} maxBarSize={36} />;
            }
            const line = { ...common, strokeWidth: 2, strokeDasharray: dash, type: "linear" as const };
            if (kind === "line") return <Line key={key} {...line} dot={data.length < 3} />;
            return <Area key={key} {...line} fill={color} fillOpacity={0.14} {...(stacked && { stackId: "all" })} />;
          })}
        </Root>
      </ResponsiveContainer>
    </div>
  );
}

const tickStyle = { fontSize: 11, fill: "var(--muted)" };
const tooltipStyle = {
  background: "var(--raised)",
  border: "1px solid var(--line)",
  borderRadius: 7,
  color: "var(--mantine-color-text)",
  fontSize: 12,
};
