import { ActionIcon, Button, Group, NumberInput, Paper, Stack, Text } from "@mantine/core";
import { IconTrash } from "@tabler/icons-react";
import { ContentFields } from "./content-fields.tsx";
import type { DraftStep, DraftVariant, Problem } from "./model.ts";
import { errorAt } from "./model.ts";
import type { Variables } from "./template-input.tsx";
import { t } from "./texts.ts";

interface Props {
  step: DraftStep;
  onChange: (change: Partial<DraftStep>) => void;
  problems: readonly Problem[];
  variables: Variables;
  readOnly: boolean;
}

const most = 6;

/** A message's text, or its two to six variants with the part of the leads that each gets. */
export function VariantsEditor({ step, onChange, problems, variables, readOnly }: Props) {
  const { variants, subject, text, html } = step;
  const shared = { step, problems, variables, readOnly };
  if (variants === null) {
    const split = () =>
      onChange({
        ...{ subject: "", text: "", html: null },
        variants: ["A", "B"].map((key) => ({ key, weight: 1, subject, text, html })),
      });
    return (
      <Stack gap="xs">
        <ContentFields {...shared} content={step} onChange={onChange} prefix="" />
        {!readOnly && (
          <div>
            <Button variant="subtle" color="gray" size="compact-xs" onClick={split}>
              {t.split}
            </Button>
          </div>
        )}
      </Stack>
    );
  }
  const all = variants.reduce((sum, { weight }) => sum + weight, 0);
  const change = (at: number, part: Partial<DraftVariant>) =>
    onChange({ variants: variants.map((each, i) => (i === at ? { ...each, ...part } : each)) });
  const nextKey = () => "ABCDEFGHIJ".split("").find((key) => !variants.some((each) => each.key === key)) ?? "Z";
  return (
    <Stack gap="sm">
      {errorAt(problems, "variants") && (
        <Text size="sm" c="var(--mantine-color-error)" role="alert">
          {errorAt(problems, "variants")}
        </Text>
      )}
      {variants.map((variant, at) => (
        <Paper key={variant.key} withBorder p="sm" bg="var(--surface)" component="fieldset" m={0}>
          <Group justify="space-between" wrap="nowrap" mb="xs">
            <Text component="legend" size="sm" fw={600} style={{ float: "left" }}>
              {t.variant(variant.key)}{" "}
              <Text span size="xs" c="dimmed" fw={400}>
                {t.share(all === 0 ? 0 : variant.weight / all)}
              </Text>
            </Text>
            <Group gap={6} wrap="nowrap">
              <NumberInput
                size="xs"
                w={88}
                aria-label={`${t.weight}: ${t.variant(variant.key)}`}
                prefix="× "
                min={0}
                max={1_000_000}
                value={variant.weight}
                readOnly={readOnly}
                onChange={(weight) => change(at, { weight: Number(weight) || 0 })}
              />
              {!readOnly && variants.length > 2 && (
                <ActionIcon
                  aria-label={t.removeVariant(variant.key)}
                  onClick={() => onChange({ variants: variants.filter((_, i) => i !== at) })}
                >
                  <IconTrash size={14} />
                </ActionIcon>
              )}
            </Group>
          </Group>
          <ContentFields
            {...shared}
            content={variant}
            onChange={(part) => change(at, part)}
            prefix={`variants.${at}.`}
          />
        </Paper>
      ))}
      {!readOnly && (
        <Group gap="xs">
          {variants.length < most && (
            <Button
              variant="subtle"
              color="gray"
              size="compact-xs"
              onClick={() => onChange({ variants: [...variants, { ...variants[0]!, key: nextKey(), weight: 1 }] })}
            >
              {t.addVariant}
            </Button>
          )}
          <Button
            variant="subtle"
            color="gray"
            size="compact-xs"
            onClick={() => {
              const { key: _, weight: __, ...texts } = variants[0]!;
              onChange({ ...texts, variants: null });
            }}
          >
            {t.joinVariants}
          </Button>
        </Group>
      )}
    </Stack>
  );
}
