import { Group, Input, NumberInput, Select } from "@mantine/core";
import type { Delay } from "./model.ts";
import { t } from "./texts.ts";

const units = ["minutes", "hours", "days", "business_days"] as const;

interface Props {
  label: string;
  unitLabel: string;
  value: Delay;
  onChange: (value: Delay) => void;
  error?: string | undefined;
  readOnly: boolean;
}

/** A length of time: an amount and its unit. */
export function DelayInput({ label, unitLabel, value, onChange, error, readOnly }: Props) {
  const offered = units.includes(value.unit as (typeof units)[number]) ? units : ([value.unit, ...units] as const);
  return (
    <Input.Wrapper label={label} error={error} labelElement="div">
      <Group gap={6} wrap="nowrap">
        <NumberInput
          w={84}
          aria-label={label}
          min={0}
          max={10_000}
          allowDecimal={false}
          allowNegative={false}
          value={value.amount}
          readOnly={readOnly}
          error={error !== undefined}
          onChange={(amount) => onChange({ ...value, amount: Number(amount) || 0 })}
        />
        <Select
          w={150}
          aria-label={unitLabel}
          allowDeselect={false}
          value={value.unit}
          readOnly={readOnly}
          onChange={(unit) => onChange({ ...value, unit: (unit ?? value.unit) as Delay["unit"] })}
          data={offered.map((unit) => ({ value: unit, label: t.unitsOf(unit, value.amount) }))}
        />
      </Group>
    </Input.Wrapper>
  );
}
