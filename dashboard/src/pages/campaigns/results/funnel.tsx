import { Group, Paper, Skeleton, Table, Text, Title, Tooltip } from "@mantine/core";
import { Fragment } from "react";
import type { Output } from "../../../api/client.ts";
import { formatNumber, formatPercent } from "../../../text/format.ts";
import { EmptyState } from "../../../ui/state.tsx";
import { StepIcon } from "../step-icon.tsx";
import { stepName } from "../step-name.ts";
import { t } from "../texts.ts";
import classes from "./funnel.module.css";

type StepResult = Output<"GET /v1/campaigns/{id}/results">["steps"][number];
type Counts = Pick<
  StepResult,
  "planned" | "sent" | "failed" | "blocked" | "uncertain" | "opened" | "clicked" | "replied"
>;

/** What became of each step's messages, and of its variants'. The bars compare what was sent with the step that sent most. */
export function Funnel({ steps }: { steps: readonly StepResult[] | undefined }) {
  const most = Math.max(1, ...(steps ?? []).map(({ sent }) => sent));
  return (
    <Paper withBorder bg="var(--raised)">
      <div className={classes.head}>
        <Title order={2} id="funnel-title">
          {t.results.funnel}
        </Title>
        <Text size="xs" c="dimmed">
          {t.results.funnelText}
        </Text>
      </div>
      {steps?.length === 0 ? (
        <EmptyState title={t.results.noSteps} text={t.results.noStepsText} />
      ) : (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard.
        <section className={classes.scroll} tabIndex={0} aria-labelledby="funnel-title">
          <Table miw={860} aria-labelledby="funnel-title">
            <Table.Thead>
              <Table.Tr>
                <Table.Th>{t.results.step}</Table.Th>
                {[t.results.planned, t.results.sent, t.results.failed].map((each) => (
                  <Table.Th key={each} ta="end">
                    {each}
                  </Table.Th>
                ))}
                {[t.results.opened, t.results.clicked, t.results.replied].map((each) => (
                  <Table.Th key={each} ta="end">
                    {each}
                  </Table.Th>
                ))}
                <Table.Th>{t.results.passed}</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {steps === undefined &&
                [0, 1, 2].map((row) => (
                  <Table.Tr key={row}>
                    <Table.Td colSpan={8}>
                      <Skeleton height={18} />
                    </Table.Td>
                  </Table.Tr>
                ))}
              {steps?.map((step) => {
                const weights = step.variants.reduce((sum, { weight }) => sum + (weight ?? 0), 0);
                const sends = step.action === "message" || step.action === "connect";
                return (
                  <Fragment key={step.stepId}>
                    <Table.Tr>
                      <Table.Th scope="row" fw={500}>
                        <Group gap={8} wrap="nowrap">
                          <StepIcon action={step.action} channel={step.channel} />
                          <span className={classes.name}>
                            {t.leads.stepName(step.position, step.key ?? stepName(step))}
                          </span>
                        </Group>
                      </Table.Th>
                      <Numbers counts={step} most={most} sends={sends} email={step.channel === "email"} />
                      <Table.Td c="dimmed" fz="xs">
                        {t.results.passedParts(step.passed) || "–"}
                      </Table.Td>
                    </Table.Tr>
                    {step.variants.map((variant) => (
                      <Table.Tr key={variant.key} className={classes.variant}>
                        <Table.Th scope="row" fw={400}>
                          {t.results.variant(variant.key)}{" "}
                          <Text span size="xs" c="dimmed">
                            {variant.weight === null ? t.results.takenOut : t.results.weight(variant.weight, weights)}
                          </Text>
                        </Table.Th>
                        <Numbers counts={variant} most={most} sends email={step.channel === "email"} />
                        <Table.Td>–</Table.Td>
                      </Table.Tr>
                    ))}
                  </Fragment>
                );
              })}
            </Table.Tbody>
          </Table>
        </section>
      )}
    </Paper>
  );
}

function Numbers({ counts, most, sends, email }: { counts: Counts; most: number; sends: boolean; email: boolean }) {
  if (!sends) {
    return ["planned", "sent", "failed", "opened", "clicked", "replied"].map((each) => (
      <Table.Td key={each} ta="end" c="dimmed">
        –
      </Table.Td>
    ));
  }
  const { planned, sent, failed, blocked, uncertain, opened, clicked, replied } = counts;
  const notSent = failed + blocked + uncertain;
  const rate = (count: number) => (sent > 0 ? ` · ${formatPercent(count / sent)}` : "");
  return (
    <>
      <Table.Td ta="end">{formatNumber(planned)}</Table.Td>
      <Table.Td ta="end">
        <span className={classes.bar} aria-hidden>
          <span style={{ width: `${(100 * sent) / most}%` }} />
        </span>
        <span>{formatNumber(sent)}</span>
      </Table.Td>
      <Table.Td ta="end">
        {notSent === 0 ? (
          "0"
        ) : (
          <Tooltip label={t.results.failedParts(failed, blocked, uncertain)}>
            {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what hovering shows is to be had by keyboard, too. */}
            <span tabIndex={0} className={classes.hint}>
              {formatNumber(notSent)}
            </span>
          </Tooltip>
        )}
      </Table.Td>
      <Table.Td ta="end">{email ? `${formatNumber(opened)}${rate(opened)}` : "–"}</Table.Td>
      <Table.Td ta="end">{email ? `${formatNumber(clicked)}${rate(clicked)}` : "–"}</Table.Td>
      <Table.Td ta="end">{`${formatNumber(replied)}${rate(replied)}`}</Table.Td>
    </>
  );
}
