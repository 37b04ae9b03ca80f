import {
  ActionIcon,
  Badge,
  Group,
  Paper,
  Select,
  Stack,
  Text,
  TextInput,
  Tooltip,
  UnstyledButton,
} from "@mantine/core";
import {
  type Icon,
  IconArrowDown,
  IconArrowUp,
  IconChevronDown,
  IconChevronRight,
  IconCopy,
  IconTrash,
} from "@tabler/icons-react";
import { memo } from "react";
import { StepIcon } from "../step-icon.tsx";
import { stepName } from "../step-name.ts";
import { ConditionEditor } from "./condition-editor.tsx";
import { DelayInput } from "./delay-input.tsx";
import { type DraftStep, errorAt, type Otherwise, type Problem } from "./model.ts";
import classes from "./steps.module.css";
import { TemplateInput, type Variables } from "./template-input.tsx";
import { t } from "./texts.ts";
import { VariantsEditor } from "./variants-editor.tsx";

export interface StepCardProps {
  step: DraftStep;
  index: number;
  steps: readonly DraftStep[];
  open: boolean;
  onToggle: () => void;
  onChange: (change: Partial<DraftStep>) => void;
  onMove: (by: -1 | 1) => void;
  onDuplicate: () => void;
  onRemove: () => void;
  problems: readonly Problem[];
  variables: Variables;
  readOnly: boolean;
}

/**
 * A closed one shows nothing but its step: what is typed in another one doesn't have it rendered again, which with thirty of them made each
 * key wait. So what its callbacks do must hold whatever the other steps have become.
 */
const looksSame = (before: StepCardProps, now: StepCardProps): boolean =>
  !before.open &&
  !now.open &&
  before.step === now.step &&
  before.index === now.index &&
  before.steps.length === now.steps.length &&
  before.readOnly === now.readOnly &&
  JSON.stringify(before.problems) === JSON.stringify(now.problems);

/** One step: closed, what it is in a line; open, all of it. */
export const StepCard = memo(Card, looksSame);

function Card(props: StepCardProps) {
  const { step, index, steps, open, onToggle, problems, readOnly } = props;
  const position = index + 1;
  const name = step.key || stepName(step);
  const { amount, unit } = step.delay;
  const summary =
    step.variants?.[0]?.text ?? (step.action === "task" ? step.title || step.text : step.subject || step.text);
  return (
    <li className={classes.item}>
      <Text size="xs" c="dimmed" className={classes.delay}>
        {amount === 0 ? t.at.none : t.after(amount, t.unitsOf(unit, amount))}
      </Text>
      <Paper
        withBorder
        className={classes.card}
        data-open={open || undefined}
        data-problem={problems.length > 0 || undefined}
        component="section"
        aria-label={t.edit(position, name)}
      >
        <Group gap={6} wrap="nowrap" className={classes.head}>
          <UnstyledButton className={classes.toggle} onClick={onToggle} aria-expanded={open}>
            {open ? <IconChevronDown size={14} aria-hidden /> : <IconChevronRight size={14} aria-hidden />}
            <StepIcon action={step.action} channel={step.channel} />
            <span className={classes.title}>
              {position}. {name}
            </span>
            {!open && <span className={classes.summary}>{summary}</span>}
          </UnstyledButton>
          {step.condition !== null && !open && <Badge {...plain}>{t.ifSummary}</Badge>}
          {step.variants !== null && !open && (
            <Badge {...plain}>{step.variants.map(({ key }) => key).join(" / ")}</Badge>
          )}
          {problems.length > 0 && (
            <Badge
              color="red"
              styles={{ root: { textTransform: "none", flex: "none", color: "var(--badge-red, inherit)" } }}
            >
              {t.problems(problems.length)}
            </Badge>
          )}
          {!readOnly && (
            <Group gap={0} wrap="nowrap" className={classes.tools}>
              <Tool label={t.moveUp(position)} icon={IconArrowUp} off={index === 0} onClick={() => props.onMove(-1)} />
              <Tool
                label={t.moveDown(position)}
                icon={IconArrowDown}
                off={position === steps.length}
                onClick={() => props.onMove(1)}
              />
              <Tool label={t.duplicate(position)} icon={IconCopy} onClick={props.onDuplicate} />
              <Tool label={t.remove(position)} icon={IconTrash} onClick={props.onRemove} />
            </Group>
          )}
        </Group>
        {open && <StepForm {...props} />}
      </Paper>
    </li>
  );
}

const plain = { color: "gray", styles: { root: { textTransform: "none" as const, flex: "none", fontWeight: 500 } } };

interface ToolProps {
  label: string;
  icon: Icon;
  off?: boolean;
  onClick: () => void;
}

function Tool({ label, icon: Picture, off = false, onClick }: ToolProps) {
  return (
    <Tooltip label={label}>
      {/* Off for eyes and screen readers, but still there for the focus, which would be lost at the list's end. */}
      <ActionIcon
        size="md"
        aria-label={label}
        aria-disabled={off}
        data-off={off || undefined}
        onClick={() => !off && onClick()}
      >
        <Picture size={14} opacity={off ? 0.35 : 1} />
      </ActionIcon>
    </Tooltip>
  );
}

function StepForm({ step, index, steps, onChange, problems, variables, readOnly }: StepCardProps) {
  const asks = step.condition !== null || step.action === "wait_for_acceptance";
  const errorOf = (field: string) => errorAt(problems, field);
  const common = { readOnly, variables };
  return (
    <Stack gap="md" className={classes.form}>
      <Group gap="md" align="flex-start">
        <DelayInput
          label={index === 0 ? t.delayFirst : t.delay}
          unitLabel={t.delayUnit}
          value={step.delay}
          onChange={(delay) => onChange({ delay })}
          error={errorOf("delay")}
          readOnly={readOnly}
        />
        {step.action === "wait_for_acceptance" && (
          <DelayInput
            label={t.timeLimit}
            unitLabel={t.timeLimitUnit}
            value={step.timeLimit ?? { amount: 14, unit: "days" }}
            onChange={(timeLimit) => onChange({ timeLimit })}
            error={errorOf("timeLimit")}
            readOnly={readOnly}
          />
        )}
        <TextInput
          w={150}
          label={t.key}
          value={step.key}
          error={errorOf("key")}
          readOnly={readOnly}
          onChange={({ currentTarget }) => onChange({ key: currentTarget.value })}
        />
      </Group>
      {(errorOf("channel") || errorOf("action") || errorOf("id") || errorOf("")) && (
        <Text size="sm" c="var(--mantine-color-error)" role="alert">
          {[errorOf(""), errorOf("channel"), errorOf("action"), errorOf("id")].filter(Boolean).join(" ")}
        </Text>
      )}
      {(step.action === "message" || step.action === "connect") && (
        <VariantsEditor step={step} onChange={onChange} problems={problems} {...common} />
      )}
      {step.action === "task" && (
        <>
          <TemplateInput
            {...common}
            label={t.taskTitle}
            single
            value={step.title}
            error={errorOf("title")}
            onChange={(title) => onChange({ title })}
          />
          <TemplateInput
            {...common}
            label={t.taskText}
            value={step.text}
            error={errorOf("text")}
            onChange={(text) => onChange({ text })}
          />
        </>
      )}
      <ConditionEditor
        condition={step.condition}
        onChange={(condition) => onChange({ condition })}
        before={steps.slice(0, index)}
        problems={problems}
        {...common}
      />
      {asks && (
        <Select
          w={320}
          maw="100%"
          label={step.action === "wait_for_acceptance" ? t.otherwiseWait : t.otherwise}
          allowDeselect={false}
          readOnly={readOnly}
          error={errorOf("else") ?? errorOf("else.goTo")}
          value={typeof step.otherwise === "object" ? step.otherwise.goTo : step.otherwise}
          onChange={(value) => onChange({ otherwise: otherwiseOf(value) })}
          data={[
            ...(["skip", "stop"] as const).map((value) => ({ value, label: t.otherwises[value] as string })),
            ...steps.flatMap((each, at) =>
              at > index ? [{ value: each.uid, label: t.goTo(at + 1, each.key || stepName(each)) }] : [],
            ),
          ]}
        />
      )}
    </Stack>
  );
}

const otherwiseOf = (value: string | null): Otherwise =>
  value === null || value === "skip" || value === "stop" ? (value ?? "skip") : { goTo: value };
