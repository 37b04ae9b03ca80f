import { Alert } from "@mantine/core";
import { IconSparkles } from "@tabler/icons-react";
import { useApiWhen } from "../../api/query.ts";
import { useRight } from "../../api/session.ts";
import { TextLink } from "../../ui/link.tsx";
import { t } from "./texts.ts";

/** That the assistant has written something for this lead, which waits for a person: so that nobody answers twice. */
export function DraftSlot({ leadId }: { leadId: string }) {
  const may = useRight("assistant.read");
  const { data } = useApiWhen("GET /v1/assistant/turns", may ? { query: { leadId, state: "draft", limit: 1 } } : null);
  if (!data || data.data.length === 0) return null;
  return (
    <Alert icon={<IconSparkles size={16} />} mb="xs" title={t.draftWaits}>
      <TextLink to="/profiles/drafts" underline="always">
        {t.seeDraft}
      </TextLink>
    </Alert>
  );
}
