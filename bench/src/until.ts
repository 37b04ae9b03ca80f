/** How long a queue may take to become empty after everything has arrived. */
const patienceMs = 60_000;

/** Asks every two milliseconds, or as often as is said, whether something is done; gives up after a minute. */
export async function until(done: () => Promise<boolean>, everyMs = 2): Promise<void> {
  const deadline = performance.now() + patienceMs;
  while (!(await done())) {
    if (performance.now() > deadline) throw new Error("The queue did not become empty within a minute.");
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}
