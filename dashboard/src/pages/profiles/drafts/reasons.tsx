import { Alert, Badge, List } from "@mantine/core";
import { IconShieldExclamation } from "@tabler/icons-react";
import { useApi } from "../../../api/query.ts";
import review from "../../../ui/review.module.css";
import type { Turn } from "./draft-card.tsx";
import classes from "./drafts.module.css";
import { t } from "./texts.ts";

/** Why the turn waits, what the checks found, and which tags the lead got with the model's reasons. */
export function Reasons({ turn }: { turn: Turn }) {
  const { data: state } = useApi("GET /v1/leads/{id}/assistant", { params: { id: turn.leadId } });
  const now = (turn.notes?.conditions ?? [])
    .filter(({ met, kind }) => met && kind === "tag")
    .map(({ name, reason }) => ({ tag: name, reason }));
  const before = state?.leadId === turn.leadId ? state.tags : [];
  const tags = [...now, ...before.filter(({ tag }) => !now.some((other) => other.tag === tag))];
  return (
    <>
      {turn.problems.length > 0 && (
        <Alert color="orange" icon={<IconShieldExclamation size={16} />} title={t.problems} p="xs">
          <List size="sm">
            {turn.problems.map(({ code, detail }) => (
              <List.Item key={`${code} ${detail}`}>{detail}</List.Item>
            ))}
          </List>
        </Alert>
      )}
      {(turn.reason || turn.notes?.handOver) && (
        <section aria-label={t.why}>
          <p className={review.label}>{turn.notes?.handOver ? t.handOver : t.why}</p>
          <p className={review.text}>{turn.notes?.handOver ?? turn.reason}</p>
        </section>
      )}
      {tags.length > 0 && (
        <section aria-label={t.tags}>
          <p className={review.label}>{t.tags}</p>
          <dl className={classes.reasons}>
            {tags.map(({ tag, reason }) => (
              <div key={tag} style={{ display: "contents" }}>
                <dt>
                  <Badge color="gray" variant="default" tt="none" fw={500}>
                    {tag}
                  </Badge>
                </dt>
                <dd>{reason}</dd>
              </div>
            ))}
          </dl>
        </section>
      )}
    </>
  );
}
