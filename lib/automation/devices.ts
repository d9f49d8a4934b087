/** What is known of a switched device; nothing is guessed: a device that did not confirm is `unknown`. */
export interface DeviceState {
  readonly id: string;
  readonly name: string;
  readonly state: "on" | "off" | "unknown";
  /** A command under way: what is wanted and since when. */
  readonly pending?: { readonly on: boolean; readonly since: number };
  /** Epoch ms of the last confirmation. */
  readonly confirmedAt?: number;
  /** Why a wish waits: minimum on or off time, until this instant. */
  readonly waitsUntil?: number;
  /** The meter whose power this device draws, if the user named it. */
  readonly meter?: string;
}

export interface Device {
  readonly id: string;
  /** Another instance switches it, and tells of it. */
  readonly isElsewhere?: true;
  state(): DeviceState;
  /**
   * Resolves when the device confirmed, when a minimum time makes it wait (`waitsUntil` says until when), or, of a device
   * that cannot confirm, when the command is out. Rejects `no-answer` once the device is unknown, `broker-offline` when
   * the command could not go out in time.
   */
  command(on: boolean, by: string): Promise<void>;
}

export interface Devices {
  /** A node offers its device; the function returned takes it back. */
  offer(device: Device): () => void;
  get(id: string): Device | undefined;
  all(): readonly Device[];
}

/** Who shows devices as they change. */
export interface DeviceFeed {
  publish(event: { readonly kind: "device"; readonly device: DeviceState }): void;
}

/** The devices of one site. A device that is offered is told live at once; its later changes it tells by itself. */
export function makeDevices(live: DeviceFeed): Devices {
  const devices = new Map<string, Device>();
  return {
    offer: (device) => {
      devices.set(device.id, device);
      if (!device.isElsewhere) live.publish({ kind: "device", device: device.state() });
      return () => {
        // A redeployed node may have offered its successor already.
        if (devices.get(device.id) === device) devices.delete(device.id);
      };
    },
    get: (id) => devices.get(id),
    all: () => [...devices.values()],
  };
}
