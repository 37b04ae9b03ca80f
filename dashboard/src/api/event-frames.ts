/** One frame of server-sent events. */
export interface Frame {
  id: string | null;
  /** Null: a comment, which says that the connection lives. */
  data: string | null;
}

/**
 * Reads server-sent events from a body as it comes. `EventSource` isn't used, since it can't send headers: the workspace that
 * this tab shows is one.
 */
export async function* eventFrames(body: ReadableStream<Uint8Array>): AsyncGenerator<Frame> {
  const reader = body.pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>).getReader();
  let rest = "";
  try {
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      const frames = (rest + value).split("\n\n");
      rest = frames.pop() ?? "";
      for (const frame of frames) yield parse(frame);
    }
  } finally {
    await reader.cancel().catch(() => {});
  }
}

function parse(text: string): Frame {
  let id: string | null = null;
  const data: string[] = [];
  for (const line of text.split("\n")) {
    if (line.startsWith("id: ")) id = line.slice(4);
    else if (line.startsWith("data: ")) data.push(line.slice(6));
  }
  return { id, data: data.length > 0 ? data.join("\n") : null };
}
