import { List, Stack, Title } from "@mantine/core";
import { CodeBlock } from "../../ui/code-block.tsx";
import type { Source } from "./sources-page.tsx";
import { t } from "./texts.ts";

/** What to do at the other side, below a heading of `level`: 2 on a page, 3 in a dialog, which has a title. */
export function SetUp({ source, level }: { source: Pick<Source, "kind" | "url" | "config">; level: 2 | 3 }) {
  const { kind, url, config } = source;
  return (
    <Stack gap="sm">
      {kind !== "imap" && <CodeBlock label={t.address} code={url} />}
      <Title order={level} fz="md">
        {t.setUp}
      </Title>
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
