import "@mantine/core/styles.css";
import "@mantine/notifications/styles.css";
import "@mantine/spotlight/styles.css";
import "./ui/global.css";
import "./ui/early.css";
import { MantineProvider } from "@mantine/core";
import { Notifications } from "@mantine/notifications";
import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { HeraldApiError } from "./api/client.ts";
import { onOtherSession, sessionQuery } from "./api/session.ts";
import { createQueries } from "./app/queries.ts";
import { createAppRouter } from "./app/router.tsx";
import { common } from "./text/common.ts";
import { ConfirmHost } from "./ui/confirm.tsx";
import { ErrorBoundary } from "./ui/error-boundary.tsx";
import { giveFocusBack } from "./ui/focus-back.ts";
import { colorSchemeManager, cssVariables, styleNonce, theme } from "./ui/theme.ts";

// Where react-remove-scroll, which keeps the page still behind a dialog, looks for it.
Object.assign(globalThis, { __webpack_nonce__: styleNonce() });

/** The session may have ended, or be another one: the pages' guards ask who is signed in, and lead to where they belong. */
let looks = false;
/** What another tab told while this one was looking. Not so what a refused call asks for: the look itself makes such calls. */
let told = false;
const lookAtSession = () => {
  if (looks) return;
  looks = true;
  void queries
    .fetchQuery({ ...sessionQuery, staleTime: 0 })
    .then(() => router.invalidate())
    // The next call that is refused tries again; where the page is being loaded again, there is none.
    .catch(() => {})
    .finally(() => {
      looks = false;
      if (!told) return;
      told = false;
      lookAtSession();
    });
};
const queries = createQueries(lookAtSession);
const router = createAppRouter(queries);
onOtherSession(() => {
  told = looks;
  lookAtSession();
});
giveFocusBack();

const container = document.getElementById("root")!;

/** Milliseconds after which what is slow is waited for with a spinner; longer where the page's frame is to be seen (ui/early.css). */
const patience = container.childElementCount > 0 ? 1_000 : 300;

/** What the page asks early has been answered. */
const answered = () =>
  new Promise<void>((resolve) => {
    const look = () => {
      if (queries.isFetching() > 0) return;
      unsubscribe();
      resolve();
    };
    const unsubscribe = queries.getQueryCache().subscribe(look);
    look();
  });

/** What Herald refused is said by the page itself, in Herald's words, and is no error of the dashboard's. */
const report = (error: unknown) => {
  if (!(error instanceof HeraldApiError)) console.error(error);
};

/** A first page that is all there is rendered once, and not as a spinner before. The router keeps what has failed, and shows it. */
async function start(): Promise<void> {
  const loaded = router
    .load()
    .catch(() => {})
    .then(answered);
  await Promise.race([loaded, new Promise((resolve) => setTimeout(resolve, patience))]);
  createRoot(container, { onCaughtError: report }).render(
    <StrictMode>
      <MantineProvider
        theme={theme}
        cssVariablesResolver={cssVariables}
        defaultColorScheme="auto"
        colorSchemeManager={colorSchemeManager}
        getStyleNonce={styleNonce}
        deduplicateInlineStyles
      >
        <QueryClientProvider client={queries}>
          <ErrorBoundary>
            <RouterProvider router={router} />
          </ErrorBoundary>
          <ConfirmHost />
          <section aria-label={common.notifications}>
            {/* Their place: ui/global.css. */}
            <Notifications position="bottom-left" limit={4} withinPortal={false} />
          </section>
        </QueryClientProvider>
      </MantineProvider>
    </StrictMode>,
  );
}

void start();
