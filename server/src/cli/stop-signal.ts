/** A terminal signals the whole group, and npm or bin/herald.js passes its signal on: one Ctrl-C can arrive twice. */
const oneKeyPressMs = 500;

const exitCodes = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

export interface StopSignal {
  /** Resolves at the first signal to stop. */
  requested: Promise<void>;
  readonly isRequested: boolean;
  /** As a signal would. */
  request(): void;
  /** Gives the signals back: they end the process at once again. */
  release(): void;
}

/**
 * Takes SIGINT, SIGTERM and SIGHUP from now on: the first one asks to stop in order, the second one ends the process at
 * once (`atOnce` runs before that, synchronously).
 */
export function stopSignal(atOnce: () => void = () => {}): StopSignal {
  const { promise, resolve } = Promise.withResolvers<void>();
  let firstAt: number | null = null;
  const request = () => {
    firstAt ??= performance.now();
    resolve();
  };
  const onSignal = (signal: NodeJS.Signals) => {
    if (firstAt === null) return request();
    if (performance.now() - firstAt < oneKeyPressMs) return;
    atOnce();
    process.exit(exitCodes[signal as keyof typeof exitCodes]);
  };
  const signals = Object.keys(exitCodes) as (keyof typeof exitCodes)[];
  for (const signal of signals) process.on(signal, onSignal);
  return {
    requested: promise,
    get isRequested() {
      return firstAt !== null;
    },
    request,
    release() {
      for (const signal of signals) process.off(signal, onSignal);
    },
  };
}
