import { List, Stack, Title } from "@mantine/core";
import { CodeBlock } from "../../ui/code-block.tsx";
import type { Source } from "./sources-page.tsx";
import { t } from "./texts.ts";

/** What to do at the other side. */
export function SetUp({ source }: { source: Pick<Source, "kind" | "url" | "config"> }) {
  const { kind, url, config } = source;
  return (
    <Stack gap="sm">
      {kind !== "imap" && <CodeBlock label={t.address} code={url} />}
      <Title order={3}>{t.setUp}</Title>
      <List type="ordered" size="sm" spacing={4}>
        {t.steps[kind].map((step) => (
          <List.Item key={step}>{step}</List.Item>
        ))}
      </List>
      {kind === "unipile" && (
        <CodeBlock label={t.header} code={`${String(config.headerName ?? "Unipile-Auth")}: <${t.secret}>`} />
      )}
    </Stack>
  );
}
