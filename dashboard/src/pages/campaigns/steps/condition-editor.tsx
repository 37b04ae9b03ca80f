import {
  ActionIcon,
  Autocomplete,
  Button,
  Group,
  NumberInput,
  Select,
  Stack,
  Text,
  Textarea,
  TextInput,
} from "@mantine/core";
import { IconTrash } from "@tabler/icons-react";
import { useState } from "react";
import {
  type ConditionForm,
  type ConditionKind,
  type ConditionRow,
  conditionKinds,
  newRow,
  type Operator,
  operators,
  toCondition,
  toForm,
} from "./condition-model.ts";
import type { Condition, DraftStep, Problem } from "./model.ts";
import type { Variables } from "./template-input.tsx";
import { t } from "./texts.ts";

interface Props {
  condition: Condition | null;
  onChange: (condition: Condition | null) => void;
  /** The steps before this one. */
  before: readonly DraftStep[];
  variables: Variables;
  problems: readonly Problem[];
  readOnly: boolean;
}

/** For which leads the step is. */
export function ConditionEditor({ condition, onChange, before, variables, problems, readOnly }: Props) {
  // What is being written is kept as it is written: "4" on the way to "42" must not become another row.
  const [form, setForm] = useState<ConditionForm | null>(() => toForm(condition));
  const errors = problems.filter(({ field }) => field === "if" || field.startsWith("if.")).map(({ reason }) => reason);
  if (form === null)
    return <JsonCondition condition={condition} onChange={onChange} errors={errors} readOnly={readOnly} />;
  const set = (next: ConditionForm) => {
    setForm(next);
    onChange(toCondition(next));
  };
  const change = (at: number, part: Partial<ConditionRow>) =>
    set({ ...form, rows: form.rows.map((row, i) => (i === at ? { ...row, ...part } : row)) });
  return (
    <Stack gap="xs">
      <Group justify="space-between" mih={26}>
        <Text size="sm" fw={500}>
          {t.condition}
        </Text>
        {form.rows.length > 1 && (
          <Select
            size="xs"
            w={170}
            aria-label={t.conditionMode}
            allowDeselect={false}
            readOnly={readOnly}
            value={form.mode}
            onChange={(mode) => set({ ...form, mode: mode === "any" ? "any" : "all" })}
            data={[
              { value: "all", label: t.conditionAll },
              { value: "any", label: t.conditionAny },
            ]}
          />
        )}
      </Group>
      {form.rows.map((row, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: rows have no other name, and hold no state of their own.
        <Group key={at} gap={6} align="flex-start">
          <Select
            size="xs"
            w={80}
            aria-label={t.negation(at + 1)}
            allowDeselect={false}
            readOnly={readOnly}
            value={row.negated ? "not" : "is"}
            onChange={(value) => change(at, { negated: value === "not" })}
            data={[
              { value: "is", label: t.is },
              { value: "not", label: t.isNot },
            ]}
          />
          <Select
            size="xs"
            w={172}
            aria-label={t.conditionKind(at + 1)}
            allowDeselect={false}
            readOnly={readOnly}
            value={row.kind}
            onChange={(kind) =>
              change(at, {
                kind: kind as ConditionKind,
                ...(kind === "daysSinceLastTouch" && { operator: "atLeast" as const, value: "7" }),
                ...(kind === "field" && { operator: "contains" as const, value: "" }),
              })
            }
            data={conditionKinds.map((kind) => ({ value: kind, label: t.conditionKinds[kind] }))}
          />
          <Parameters row={row} onChange={(part) => change(at, part)} {...{ before, variables, readOnly }} />
          {!readOnly && (
            <ActionIcon
              aria-label={t.removeCondition(at + 1)}
              onClick={() => set({ ...form, rows: form.rows.filter((_, i) => i !== at) })}
            >
              <IconTrash size={14} />
            </ActionIcon>
          )}
        </Group>
      ))}
      {errors.map((reason) => (
        <Text key={reason} size="xs" c="var(--mantine-color-error)" role="alert">
          {reason}
        </Text>
      ))}
      {!readOnly && (
        <div>
          <Button
            variant="subtle"
            color="gray"
            size="compact-xs"
            onClick={() => set({ ...form, rows: [...form.rows, newRow()] })}
          >
            {t.addCondition}
          </Button>
        </div>
      )}
    </Stack>
  );
}

interface ParametersProps {
  row: ConditionRow;
  onChange: (part: Partial<ConditionRow>) => void;
  before: readonly DraftStep[];
  variables: Variables;
  readOnly: boolean;
}

/** What a kind of condition asks beyond itself. */
function Parameters({ row, onChange, before, variables, readOnly }: ParametersProps) {
  const common = { size: "xs" as const, readOnly };
  const emails = before.flatMap((step, at) =>
    step.channel === "email" ? [{ value: step.uid, label: t.ofStep(at + 1) }] : [],
  );
  switch (row.kind) {
    case "connected":
    case "replied":
      return null;
    case "opened":
    case "clicked":
      return (
        <Select
          {...common}
          w={140}
          aria-label={t.whichStep}
          allowDeselect={false}
          value={row.step}
          onChange={(step) => onChange({ step: step ?? "" })}
          data={[{ value: "", label: t.anyStep }, ...emails]}
        />
      );
    case "hasAddress":
      return (
        <Select
          {...common}
          w={120}
          aria-label={t.channel}
          allowDeselect={false}
          value={row.channel}
          onChange={(channel) => onChange({ channel: channel as ConditionRow["channel"] })}
          data={Object.entries(t.channels).map(([value, label]) => ({ value, label }))}
        />
      );
    case "hasTag":
      return (
        <TextInput
          {...common}
          w={160}
          aria-label={t.tag}
          value={row.tag}
          onChange={({ currentTarget }) => onChange({ tag: currentTarget.value })}
        />
      );
    case "daysSinceLastTouch":
      return (
        <>
          <OperatorSelect row={row} onChange={onChange} offered={["atLeast", "atMost"]} readOnly={readOnly} />
          <NumberInput
            {...common}
            w={90}
            min={0}
            max={3_660}
            aria-label={t.days}
            value={row.value}
            onChange={(value) => onChange({ value: String(value) })}
          />
        </>
      );
    case "field":
      return (
        <>
          <Autocomplete
            {...common}
            w={150}
            aria-label={t.field}
            value={row.field}
            onChange={(field) => onChange({ field })}
            data={[
              ...variables.standard.filter((name) => name !== "unsubscribeUrl"),
              ...variables.custom.map(({ name }) => name).filter((name) => !variables.standard.includes(name)),
            ]}
          />
          <OperatorSelect row={row} onChange={onChange} offered={operators} readOnly={readOnly} />
          {row.operator !== "exists" && (
            <TextInput
              {...common}
              w={160}
              aria-label={t.value}
              placeholder={row.operator === "oneOf" ? t.valuesHint : undefined}
              value={row.value}
              onChange={({ currentTarget }) => onChange({ value: currentTarget.value })}
            />
          )}
        </>
      );
  }
}

interface OperatorProps {
  row: ConditionRow;
  onChange: (part: Partial<ConditionRow>) => void;
  offered: readonly Operator[];
  readOnly: boolean;
}

function OperatorSelect({ row, onChange, offered, readOnly }: OperatorProps) {
  return (
    <Select
      size="xs"
      w={120}
      aria-label={t.operator}
      allowDeselect={false}
      readOnly={readOnly}
      value={row.operator}
      onChange={(operator) => onChange({ operator: operator as Operator })}
      data={offered.map((value) => ({ value, label: t.operators[value] }))}
    />
  );
}

interface JsonProps {
  condition: Condition | null;
  onChange: (condition: Condition | null) => void;
  errors: readonly string[];
  readOnly: boolean;
}

/** Conditions that the rows can't show, as the API has them. */
function JsonCondition({ condition, onChange, errors, readOnly }: JsonProps) {
  const [text, setText] = useState(() => JSON.stringify(condition, null, 2));
  const [broken, setBroken] = useState(false);
  return (
    <Textarea
      label={t.conditionJson}
      description={t.conditionJsonHint}
      error={broken ? t.badJson : errors.join(" ") || undefined}
      maxRows={14}
      readOnly={readOnly}
      styles={{ input: { fontFamily: "var(--mantine-font-family-monospace)" } }}
      value={text}
      onChange={({ currentTarget: { value } }) => {
        setText(value);
        try {
          onChange(value.trim() === "" ? null : (JSON.parse(value) as Condition));
          setBroken(false);
        } catch {
          setBroken(true);
        }
      }}
    />
  );
}
