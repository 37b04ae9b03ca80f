import { Arrivals } from "./arrivals.ts";
import { Faults } from "./faults.ts";
import { type LoopbackAnswer, type LoopbackRequest, type LoopbackServer, listen } from "./http.ts";

/**
 * A fake language model on loopback: OpenAI's `POST /v1/chat/completions`, as strict as that is. What it says is for a test to
 * decide (`mind`); faults make it break off, hold, or answer what is none. It obeys whoever it is told to, which real ones do
 * at times.
 */
export interface ModelLoopbackOptions {
  port?: number;
  /** The API key that it takes. */
  apiKey: string;
  /** The models that it has. Default: `loopback-1`. */
  models?: readonly string[];
  /** Those that reason, and refuse `max_tokens` as OpenAI's do. Default: `loopback-reasoning`. */
  reasoning?: readonly string[];
  /** How long each answer takes, in milliseconds. Default 0. */
  latencyMs?: number;
  mind?: Mind;
}

/** What it was asked. */
export interface ModelRequest {
  model: string;
  system: string;
  user: string;
  maxTokens: number | null;
  /** The user's part, as Herald writes it: JSON. Null: it is none. */
  data: ModelData | null;
}

export interface ModelData {
  conversation: { from: "lead" | "us"; text: string }[];
  conditions: { id: string; condition: string }[];
  knowledge: { title: string; text: string }[];
}

export interface ModelSays {
  content: string;
  /** Default: stop. */
  finish?: "stop" | "length" | "content_filter";
  /** Counted tokens. Default: a quarter of the characters. */
  usage?: { prompt: number; completion: number };
}

export type Mind = (request: ModelRequest) => ModelSays | Promise<ModelSays>;

export interface ModelArrival extends ModelRequest {
  /** Names that all fake peers have: the model, and the user's part. */
  to: string;
  body: string;
}

export interface ModelLoopback extends LoopbackServer {
  faults: Faults;
  arrivals: Arrivals<ModelArrival>;
  /** Changes what it says from now on. */
  think(mind: Mind): void;
  /** Most requests that were under way at the same time. */
  readonly most: number;
}

/** An answer as Herald asks for it. */
export const saying = (answer: object): ModelSays => ({ content: JSON.stringify(answer) });

/** What the lead wrote last. */
export function lastWords({ data }: ModelRequest): string {
  return data?.conversation.findLast(({ from }) => from === "lead")?.text ?? "";
}

/** Answers politely, with what it was asked in it. */
export const polite: Mind = (request) =>
  saying({ message: { text: `Thank you for your message (${lastWords(request).length}).` } });

/** Does what it is told by whoever wrote last: what an injection hopes for. */
export const obedient: Mind = (request) => {
  const words = lastWords(request);
  const wanted =
    /(?:send|say|write|reply|answer|output|print|repeat|respond)[^:"“]{0,80}[:"“]\s*["“]?([\s\S]{1,400})/i.exec(words);
  const text = /system prompt|instructions|prompt/i.test(words) ? `${request.system}` : (wanted?.[1] ?? words);
  return saying({ message: { text } });
};

/** Refuses, as models with a policy do. */
export const refusing: Mind = () => ({ content: "I'm sorry, but I can't help with that." });

const fields = new Set([
  ...["model", "messages", "max_tokens", "max_completion_tokens", "temperature", "top_p", "stop", "seed", "user", "n"],
  ...["presence_penalty", "frequency_penalty", "response_format", "stream", "tools", "tool_choice"],
]);

export async function startModelLoopback(options: ModelLoopbackOptions): Promise<ModelLoopback> {
  const faults = new Faults();
  const arrivals = new Arrivals<ModelArrival>();
  const reasoning = new Set(options.reasoning ?? ["loopback-reasoning"]);
  const models = new Set([...(options.models ?? ["loopback-1"]), ...reasoning]);
  let mind = options.mind ?? polite;
  let underWay = 0;
  let most = 0;
  let calls = 0;

  const complete = async (request: LoopbackRequest): Promise<LoopbackAnswer> => {
    if (request.path !== "/v1/chat/completions") return refuse(404, `Invalid URL (${request.method} ${request.path})`);
    if (request.method !== "POST") return refuse(405, `Not allowed to ${request.method} on /v1/chat/completions.`);
    if (request.headers.authorization !== `Bearer ${options.apiKey}`) {
      return refuse(401, "Incorrect API key provided.", "invalid_api_key");
    }
    const asked = readRequest(request.body.toString("utf8"), models, reasoning);
    if ("status" in asked) return asked;
    underWay += 1;
    most = Math.max(most, underWay);
    arrivals.add({ ...asked, to: asked.model, body: asked.user });
    try {
      const { content, finish = "stop", usage } = await mind(asked);
      const prompt = usage?.prompt ?? Math.ceil((asked.system.length + asked.user.length) / 4);
      const completion = usage?.completion ?? Math.ceil(content.length / 4);
      calls += 1;
      return {
        status: 200,
        body: {
          ...{
            id: `chatcmpl-${calls}`,
            object: "chat.completion",
            created: Math.floor(Date.now() / 1000),
            model: asked.model,
          },
          choices: [{ index: 0, message: { role: "assistant", content }, finish_reason: finish, logprobs: null }],
          usage: { prompt_tokens: prompt, completion_tokens: completion, total_tokens: prompt + completion },
        },
      };
    } finally {
      underWay -= 1;
    }
  };
  const { latencyMs, port } = options;
  const server = await listen({ port, latencyMs, faults, arrivals, handle: complete });
  return {
    ...server,
    ...{ faults, arrivals },
    think: (next) => {
      mind = next;
    },
    get most() {
      return most;
    },
  };
}

function readRequest(
  text: string,
  models: ReadonlySet<string>,
  reasoning: ReadonlySet<string>,
): ModelRequest | LoopbackAnswer {
  let body: Record<string, unknown>;
  try {
    body = JSON.parse(text) as Record<string, unknown>;
  } catch {
    return refuse(400, "We could not parse the JSON body of your request.");
  }
  const unknown = Object.keys(body).find((name) => !fields.has(name));
  if (unknown) return refuse(400, `Unrecognized request argument supplied: ${unknown}`);
  const { model, messages, stream } = body;
  if (typeof model !== "string" || !models.has(model)) {
    return refuse(
      404,
      `The model \`${String(model)}\` does not exist or you do not have access to it.`,
      "model_not_found",
    );
  }
  if (reasoning.has(model) && body.max_tokens !== undefined) {
    const instead = "Use 'max_completion_tokens' instead.";
    return refuse(400, `Unsupported parameter: 'max_tokens' is not supported with this model. ${instead}`);
  }
  if (stream === true) return refuse(400, "This imitation doesn't stream.");
  if (!Array.isArray(messages) || messages.length === 0) return refuse(400, "[] is too short - 'messages'");
  const parts = { system: "", user: "" };
  for (const message of messages as { role?: unknown; content?: unknown }[]) {
    if (message.role !== "system" && message.role !== "user")
      return refuse(400, `Invalid role: ${String(message.role)}`);
    const words = wordsOf(message.content);
    if (words === null) return refuse(400, "Invalid type for 'messages.content'.");
    parts[message.role] += words;
  }
  const limit = body.max_tokens ?? body.max_completion_tokens ?? null;
  if (limit !== null && (typeof limit !== "number" || limit < 1)) return refuse(400, "Invalid 'max_tokens'.");
  return { model, ...parts, maxTokens: limit, data: dataOf(parts.user) };
}

function wordsOf(content: unknown): string | null {
  if (typeof content === "string") return content;
  if (!Array.isArray(content)) return null;
  const texts = (content as { type?: unknown; text?: unknown }[]).map(({ type, text }) =>
    type === "text" ? text : null,
  );
  return texts.every((text) => typeof text === "string") ? texts.join("") : null;
}

function dataOf(user: string): ModelData | null {
  try {
    const data = JSON.parse(user) as ModelData;
    return Array.isArray(data.conversation) ? data : null;
  } catch {
    return null;
  }
}

function refuse(status: number, message: string, code: string | null = null): LoopbackAnswer {
  return { status, body: { error: { message, type: "invalid_request_error", param: null, code } } };
}
