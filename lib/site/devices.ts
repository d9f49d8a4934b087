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
  state(): DeviceState;
  /** Resolves when the device confirmed; rejects `no-answer` once it is unknown. */
  command(on: boolean, by: string): Promise<void>;
}

export interface Devices {
  /** A node offers its device; the function returned takes it back. */
  offer(device: Device): () => void;
  get(id: string): Device | undefined;
  all(): readonly Device[];
}
