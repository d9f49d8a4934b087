import type { ProblemDoc } from "../../../lib/api/types";
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

/** How anything is asked of the server. Each call rejects with an `ApiProblem`, or with its signal's reason. */
export interface Asker {
  url(path: string, query?: Readonly<Record<string, string>>): string;
  read<Doc>(path: string, query?: Readonly<Record<string, string>>): Promise<Doc>;
  /** Sends JSON, and reads JSON. */
  send<Doc>(path: string, body: unknown, signal?: AbortSignal): Promise<Doc>;
  /** Sends JSON, and nothing comes back. */
  tell(path: string, body: unknown): Promise<void>;
  remove(path: string): Promise<void>;
  /** Sends a piece of a file, and reads JSON. */
  sendFile<Doc>(path: string, query: Readonly<Record<string, string>>, body: Blob, signal: AbortSignal): Promise<Doc>;
}

/** `root` is where Node-RED's own pages hang, with a slash at its end; `language` is asked at each call. */
export function makeAsker(root: URL, language: () => Language | undefined): Asker {
  const url: Asker["url"] = (path, query) =>
    new URL(query ? `${path}?${new URLSearchParams(query).toString()}` : path, root).href;

  const ask = async (address: string, init: RequestInit = {}): Promise<Response> => {
    const headers = new Headers(init.headers);
    headers.set("Accept", "application/json");
    const spoken = language();
    if (spoken) headers.set("Accept-Language", spoken);
    const response = await fetch(address, { ...init, headers }).catch((cause: unknown) => {
      init.signal?.throwIfAborted();
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
  const change = (
    method: "POST" | "DELETE",
    address: string,
    body: string | Blob,
    type = "application/json",
    signal: AbortSignal | null = null,
  ): Promise<Response> => ask(address, { method, body, signal, headers: { "Content-Type": type, "X-Vatio": "1" } });

  return {
    url,
    read: async (path, query) => docOf(await ask(url(path, query))),
    send: async (path, body, signal) =>
      docOf(await change("POST", url(path), JSON.stringify(body), "application/json", signal)),
    tell: async (path, body) => void (await change("POST", url(path), JSON.stringify(body))),
    remove: async (path) => void (await change("DELETE", url(path), "{}")),
    sendFile: async (path, query, body, signal) =>
      docOf(await change("POST", url(path, query), body, "application/octet-stream", signal)),
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
