import { formatNumber, formatPercent } from "../../text/format.ts";
import { t } from "./texts.ts";

export interface Rate {
  /** The denominator. */
  of: number;
  rate: number | null;
  low: number | null;
  high: number | null;
}

export const share = ({ rate }: Pick<Rate, "rate">): string | null => (rate === null ? null : formatPercent(rate));

/** Between which the truth probably is. */
export const interval = ({ low, high }: Pick<Rate, "low" | "high">): string | null =>
  low === null || high === null ? null : t.between(formatPercent(low), formatPercent(high));

export const number = (value: number): string => formatNumber(value);
