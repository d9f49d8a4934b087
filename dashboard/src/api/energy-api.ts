import type {
  NewRulingDoc,
  ProblemDoc,
  QuarantinedDoc,
  RulingDoc,
  SeriesDoc,
  SimpleReadingDoc,
  StateDoc,
} from "../../../lib/api/types";
import type { Language } from "../texts";

/** The server said no, or said nothing: `detail` is its own sentence, `status` 0 when there was no answer. */
export class ApiProblem extends Error {
  override readonly name = "ApiProblem";

  constructor(
    readonly status: number,
    readonly detail: string | undefined,
    options?: ErrorOptions,
  ) {
    super(detail ?? `HTTP ${status}`, options);
  }
}

/** All that the dashboard asks of the server. Each call rejects with an `ApiProblem`. */
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

/** `root` is where Node-RED's own pages hang, with a slash at its end; `language` is asked at each call. */
export function makeEnergyApi(root: URL, language: () => Language | undefined): EnergyApi {
  const ask = async (path: string, init: RequestInit = {}): Promise<Response> => {
    const headers = new Headers(init.headers);
    headers.set("Accept", "application/json");
    const spoken = language();
    if (spoken) headers.set("Accept-Language", spoken);
    const response = await fetch(new URL(path, root), { ...init, headers }).catch((cause: unknown) => {
      throw new ApiProblem(0, undefined, { cause });
    });
    if (!response.ok) throw new ApiProblem(response.status, await problemDetail(response));
    return response;
  };

  const docOf = async <Doc>(response: Response): Promise<Doc> => {
    try {
      return (await response.json()) as Doc;
    } catch (cause) {
      throw new ApiProblem(response.status, undefined, { cause });
    }
  };
  const read = async <Doc>(path: string): Promise<Doc> => docOf(await ask(path));

  const send = (path: string, body: unknown): Promise<Response> => {
    const headers = { "Content-Type": "application/json", "X-Vatio": "1" };
    return ask(path, { method: "POST", headers, body: JSON.stringify(body) });
  };
  const write = async (path: string, body: unknown): Promise<void> => void (await send(path, body));

  const query = (values: Record<string, string>): string => new URLSearchParams(values).toString();
  const iso = (at: number): string => new Date(at).toISOString();

  return {
    state: () => read("api/v1/state"),
    readings: (from, to, points, meters) => {
      const span = { from: iso(from), to: iso(to), points: String(points) };
      return read(`api/v1/readings?${query(meters ? { ...span, meters: meters.join(",") } : span)}`);
    },
    recent: (since) => read(`api/energy?${query({ since: iso(since), limit: "1000" })}`),
    streamUrl: (lastEventId) => new URL(`api/v1/stream?${query({ lastEventId })}`, root).href,
    command: (device, on) => write(`api/v1/devices/${encodeURIComponent(device)}/commands`, { on }),
    openValues: (limit) => read(`api/v1/quarantine?${query({ open: "true", limit: String(limit) })}`),
    rulings: (limit) => read(`api/v1/quarantine/rulings?${query({ limit: String(limit) })}`),
    rule: async (ruling) => docOf(await send("api/v1/quarantine/rulings", ruling)),
    undoRuling: async (id) => docOf(await send(`api/v1/quarantine/rulings/${encodeURIComponent(id)}/undo`, {})),
    login: (token) => write("energy/login", { token }),
    logout: () => write("energy/logout", {}),
  };
}

/** The sentence of a problem document; a proxy's error page has none. */
async function problemDetail(response: Response): Promise<string | undefined> {
  if (!response.headers.get("Content-Type")?.includes("json")) return undefined;
  try {
    const { detail } = (await response.json()) as Partial<ProblemDoc>;
    return typeof detail === "string" ? detail : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
