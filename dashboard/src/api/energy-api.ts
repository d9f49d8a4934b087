import type {
  NewRulingDoc,
  QuarantinedDoc,
  RulingDoc,
  SeriesDoc,
  SimpleReadingDoc,
  StateDoc,
} from "../../../lib/api/types";
import type { Asker } from "./asker";

/** All that the view of now asks of the server. Each call rejects with an `ApiProblem`. */
export interface EnergyApi {
  state(): Promise<StateDoc>;
  /** All meters, or those that are named. */
  readings(from: number, to: number, points: number, meters?: readonly string[]): Promise<SeriesDoc>;
  /** The newest readings at or after `since`, newest first. */
  recent(since: number): Promise<SimpleReadingDoc[]>;
  streamUrl(lastEventId: string): string;
  command(device: string, on: boolean): Promise<void>;
  /** Values that wait for a person, newest first. */
  openValues(limit: number): Promise<QuarantinedDoc[]>;
  /** What was decided, newest first. */
  rulings(limit: number): Promise<RulingDoc[]>;
  rule(ruling: NewRulingDoc): Promise<RulingDoc>;
  undoRuling(id: string): Promise<RulingDoc>;
  login(token: string): Promise<void>;
  logout(): Promise<void>;
}

export function makeEnergyApi({ url, read, send, tell }: Asker): EnergyApi {
  const iso = (at: number): string => new Date(at).toISOString();

  return {
    state: () => read("api/v1/state"),
    readings: (from, to, points, meters) => {
      const span = { from: iso(from), to: iso(to), points: String(points) };
      return read("api/v1/readings", meters ? { ...span, meters: meters.join(",") } : span);
    },
    recent: (since) => read("api/energy", { since: iso(since), limit: "1000" }),
    streamUrl: (lastEventId) => url("api/v1/stream", { lastEventId }),
    command: (device, on) => tell(`api/v1/devices/${encodeURIComponent(device)}/commands`, { on }),
    openValues: (limit) => read("api/v1/quarantine", { open: "true", limit: String(limit) }),
    rulings: (limit) => read("api/v1/quarantine/rulings", { limit: String(limit) }),
    rule: (ruling) => send("api/v1/quarantine/rulings", ruling),
    undoRuling: (id) => send(`api/v1/quarantine/rulings/${encodeURIComponent(id)}/undo`, {}),
    login: (token) => tell("energy/login", { token }),
    logout: () => tell("energy/logout", {}),
  };
}
