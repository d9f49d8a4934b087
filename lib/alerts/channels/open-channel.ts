import type { ChannelSettings } from "./channel-settings";
import type { Channel } from "./channel";
import { makeEmail } from "./email";
import { makeWebhook } from "./webhook";

export function openChannel(settings: ChannelSettings): Channel {
  return settings.kind === "email" ? makeEmail(settings) : makeWebhook(settings);
}
