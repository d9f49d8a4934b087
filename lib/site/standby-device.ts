import type { DeviceState } from "../automation/devices";
import type { Site } from "./site";

/**
 * A device that another instance switches: shown as that one tells of it, and what a person wants of it is handed there, which
 * is all that is waited for. The function returned takes it back.
 */
export function offerStandby(
  site: Pick<Site, "live" | "devices" | "leases">,
  { id, name }: Pick<DeviceState, "id" | "name">,
  handOver: (on: boolean) => void,
): () => void {
  let told: DeviceState = { id, name, state: "unknown" };
  const ends = [
    site.live.subscribe(({ event }) => {
      if (event.kind === "device" && event.device.id === id) told = event.device;
    }),
    site.devices.offer({
      id,
      isElsewhere: true,
      state: () => told,
      command: async (on) => {
        handOver(on);
        await site.leases.handed();
      },
    }),
  ];
  return () => {
    for (const end of ends) end();
  };
}
