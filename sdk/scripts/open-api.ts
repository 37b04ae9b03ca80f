import { buildApi } from "../../server/src/api/server.ts";
import { loadConfig } from "../../server/src/config.ts";

/** The OpenAPI document, as a Herald serves it; made without a database. */
export async function openApi(): Promise<OpenApi> {
  const db = { query: () => Promise.reject(new Error("Nothing is asked for.")) };
  const app = buildApi({ db, config: loadConfig({ HERALD_LOG_LEVEL: "silent" }), tail: { stop() {} } } as never, {
    docs: true,
  });
  await app.ready();
  try {
    return (await app.inject({ url: "/openapi.json" })).json();
  } finally {
    await app.close();
  }
}

interface Content {
  content?: Record<string, { schema?: object }>;
}

export interface OpenApi {
  paths: Record<
    string,
    Record<
      string,
      {
        summary?: string;
        parameters?: { in: string; name: string; required?: boolean; description?: string; schema?: object }[];
        requestBody?: Content & { required?: boolean };
        responses: Record<string, Content>;
      }
    >
  >;
  components?: { schemas?: Record<string, object> };
}
