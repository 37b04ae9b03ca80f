import { Paper, Stack, Text, Title } from "@mantine/core";
import { type ReactNode, useEffect } from "react";
import { common } from "../text/common.ts";
import classes from "./session-card.module.css";

/** The frame of the pages for people who aren't signed in. */
export function SessionCard({ title, text, children }: { title: string; text?: ReactNode; children: ReactNode }) {
  useEffect(() => {
    document.title = `${title} · ${common.product}`;
  }, [title]);
  return (
    <main className={classes.root}>
      <div className={classes.column}>
        <p className={classes.brand}>
          <img src="/favicon.svg" alt="" width={24} height={24} />
          {common.product}
        </p>
        <Paper withBorder p="lg" bg="var(--raised)">
          <Stack gap="md">
            <div>
              <Title order={1}>{title}</Title>
              {text && (
                <Text size="sm" c="dimmed" mt={4} component="div">
                  {text}
                </Text>
              )}
            </div>
            {children}
          </Stack>
        </Paper>
      </div>
    </main>
  );
}
