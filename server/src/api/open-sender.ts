import type { SenderConnection } from "../channels/channel.ts";
import type { Sender } from "../db/sender.ts";
import { HeraldError } from "../domain/error.ts";
import type { ApiContext } from "./context.ts";

/** A connection of its own for one call of the API; whoever asks for it closes it. */
export function openSender(api: ApiContext, workspaceId: string, sender: Sender): SenderConnection {
  const adapter = api.adapters.get(sender.provider);
  if (!adapter) throw new HeraldError("invalid_state", `This Herald doesn't know the provider ${sender.provider}.`);
  const credentials: unknown = sender.credentials
    ? JSON.parse(api.box.open(sender.credentials, `${workspaceId}/${sender.id}`))
    : {};
  return adapter.open({
    senderId: sender.id,
    workspaceId,
    channel: sender.channel,
    name: sender.name,
    config: adapter.config.parse(sender.config),
    credentials: adapter.credentials.parse(credentials),
  });
}
