import { SegmentedControl, Stack } from "@mantine/core";
import { useState } from "react";
import { CodeBlock } from "../../ui/code-block.tsx";
import type { Destination } from "./destination-looks.tsx";
import { environmentName, type Framework, frameworks, snippet } from "./snippets.ts";
import { createTexts } from "./texts.ts";

/** The code of an endpoint for this destination. `secret` where it is known: only once. */
export function HandlerSnippet({ destination, secret }: { destination: Destination; secret?: string | null }) {
  const [framework, setFramework] = useState<Framework>("express");
  const { file, install, code } = snippet(framework, destination);
  const key = secret ?? destination.publicKey;
  return (
    <Stack gap="sm">
      <div style={{ overflowX: "auto" }}>
        <SegmentedControl
          size="xs"
          aria-label={createTexts.framework}
          data={[...frameworks]}
          value={framework}
          onChange={(value) => setFramework(value as Framework)}
        />
      </div>
      <CodeBlock label={createTexts.install} code={install} />
      <CodeBlock label={createTexts.environment} code={`${environmentName}=${key ?? "whsec_..."}`} />
      <CodeBlock label={file} code={code} />
    </Stack>
  );
}
