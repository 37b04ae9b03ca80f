/**
 * As `undo.use`, for what is still being made: if `undo` was disposed of meanwhile (the run was interrupted), it is
 * disposed of at once, and nothing is left behind.
 */
export async function adopt<T extends AsyncDisposable>(undo: AsyncDisposableStack, making: Promise<T>): Promise<T> {
  const made = await making;
  if (!undo.disposed) return undo.use(made);
  await made[Symbol.asyncDispose]();
  throw new Error("The run was interrupted.");
}
