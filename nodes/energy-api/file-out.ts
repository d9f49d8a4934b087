import type { Scope } from "../../lib/storage/access-store";
import { stillMay } from "../../lib/api/gate";
import type { Ask } from "./ask";
import type { Stream } from "./live-api";

/** Somebody who sends or takes nothing for so long is gone. */
export const IDLE_MS = 60_000;

/** Sends a long answer as fast as it is taken, until the asker, the node or the login goes. */
export async function openAnswer(
  { api, gate, asker, who, res }: Ask,
  scope: Scope,
  send: () => Promise<void>,
): Promise<void> {
  const stillAllowed = (): boolean => stillMay(scope, who, asker, gate);
  const stop = (): void => void res.destroy();
  const stream: Stream = { who: "file", check: () => (stillAllowed() ? undefined : stop()), stop };
  api.streams.add(stream);
  res.setTimeout(IDLE_MS, stop);
  try {
    await send();
  } catch (error) {
    if (!res.destroyed || res.errored) throw error;
  } finally {
    api.streams.delete(stream);
  }
}
