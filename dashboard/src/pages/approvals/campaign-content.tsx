import { Skeleton, Text } from "@mantine/core";
import { useQueries } from "@tanstack/react-query";
import { apiQuery, useApi } from "../../api/query.ts";
import { formatDuration } from "../../text/format.ts";
import { TextLink } from "../../ui/link.tsx";
import review from "../../ui/review.module.css";
import { ErrorState } from "../../ui/state.tsx";
import classes from "./approvals.module.css";
import type { Approval } from "./approvals-page.tsx";
import { t } from "./texts.ts";

/** What a campaign would say to its leads, step by step. */
export function CampaignContent({ campaignId }: { campaignId: string }) {
  const { data, error } = useApi("GET /v1/campaigns/{id}", { params: { id: campaignId } });
  if (error && !data) return <ErrorState error={error} />;
  if (!data || data.id !== campaignId) return <Skeleton height={120} />;
  return (
    <div>
      <p className={review.label}>{t.steps}</p>
      {data.steps.length === 0 && (
        <Text size="sm" c="dimmed">
          {t.noSteps}
        </Text>
      )}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard. */}
      <ol className={classes.steps} tabIndex={0} aria-label={t.steps}>
        {data.steps.map(({ id, position, action, channel, delaySeconds, title, subject, text, variants }) => (
          <li key={id}>
            <Text size="xs" c="dimmed">
              {position}. {t.stepNames[action]}
              {channel !== null && ` · ${t.channelNames[channel]}`}
              {delaySeconds > 0 && ` · ${t.stepDays(formatDuration(delaySeconds * 1_000))}`}
            </Text>
            {(variants ?? [{ key: null, subject: title ?? subject, text }]).map((variant) => (
              <div key={variant.key}>
                {variant.key !== null && (
                  <Text size="xs" c="dimmed">
                    {t.variant(variant.key)}
                  </Text>
                )}
                {variant.subject && (
                  <Text size="sm" fw={600} style={{ overflowWrap: "anywhere" }}>
                    {variant.subject}
                  </Text>
                )}
                {variant.text && <p className={review.text}>{variant.text}</p>}
              </div>
            ))}
          </li>
        ))}
      </ol>
    </div>
  );
}

const mostNamed = 12;

/** Who would be written to: the first of them by name, or what they have in common. */
export function LeadsContent({ request }: { request: Approval["request"] }) {
  const ids = Array.isArray(request.leadIds) ? (request.leadIds as string[]) : [];
  const leads = useQueries({
    queries: ids.slice(0, mostNamed).map((id) => apiQuery("GET /v1/leads/{id}", { params: { id } })),
  });
  const filter = Object.entries((request.filter as object | undefined) ?? {});
  return (
    <div>
      <p className={review.label}>{t.leads}</p>
      {ids.length === 0 ? (
        <Text size="sm">
          {filter.length === 0
            ? t.allLeads
            : `${t.filter} ${filter.map(([name, value]) => `${name} ${String(value)}`).join(", ")}`}
        </Text>
      ) : (
        <Text size="sm" component="div">
          {leads.map(({ data, isPending }, at) => {
            const name =
              data && ([data.firstName, data.lastName].filter(Boolean).join(" ") || data.email || data.phone);
            return (
              <span key={ids[at]}>
                {at > 0 && ", "}
                <TextLink to={`/leads/${ids[at]}`} inherit>
                  {name || (isPending ? "…" : t.goneLead)}
                </TextLink>
              </span>
            );
          })}
          {ids.length > mostNamed && ` ${t.leadsMore(ids.length - mostNamed)}`}
        </Text>
      )}
    </div>
  );
}
