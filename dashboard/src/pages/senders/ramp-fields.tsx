import { Checkbox, Group, NumberInput } from "@mantine/core";
import type { Sender } from "./sender-looks.tsx";
import { t } from "./texts.ts";

type Ramp = NonNullable<Sender["pace"]["message"]["ramp"]>;

/** As the form holds it: the numbers stay while it is off. */
export interface RampValues {
  on: boolean;
  start: number | "";
  step: number | "";
  ceiling: number | "";
}

/** What a new mailbox or account can usually begin with. */
const suggested: Ramp = { start: 10, step: 5, ceiling: 100 };

export const rampValues = (ramp: Ramp | null): RampValues => ({ on: ramp !== null, ...(ramp ?? suggested) });

/** Null: none. What is left empty is refused by the API, with its reason at the field. */
export function rampOf({ on, start, step, ceiling }: RampValues): Ramp | null {
  return on ? { start: Number(start), step: Number(step), ceiling: Number(ceiling) } : null;
}

const fields = ["start", "step", "ceiling"] as const;

export function RampFields({
  value,
  inputProps,
}: {
  value: RampValues;
  /** Of a field of it, by its name. */
  inputProps: (field: keyof RampValues) => object;
}) {
  return (
    <>
      <Checkbox mt="xs" label={t.rampOn} description={t.rampOnText} {...inputProps("on")} />
      {value.on && (
        <Group gap="xs" mt={4} align="flex-start">
          {fields.map((field) => (
            <NumberInput
              key={field}
              style={{ flex: "1 1 110px" }}
              label={t.rampFields[field]}
              min={field === "step" ? 0 : 1}
              allowDecimal={false}
              hideControls
              {...inputProps(field)}
            />
          ))}
        </Group>
      )}
    </>
  );
}
