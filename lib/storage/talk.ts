import { asError, EnergyError, type ErrorCode } from "../errors";

/** One end of a pair of threads that ask each other: the thread's own port, or the thread as its parent sees it. */
export interface Port {
  postMessage(said: Said): void;
  on(event: "message", hear: (said: Said) => void): unknown;
}

interface Call {
  readonly call: number;
  readonly method: string;
  readonly args: readonly unknown[];
}
/** Who called does not wait any more. */
interface Stop {
  readonly stop: number;
}
interface Answer {
  readonly answer: number;
  readonly value?: unknown;
  readonly error?: { readonly code: ErrorCode; readonly message: string };
}
type Said = Call | Stop | Answer;

/** What is done for the other end. `stop`: nobody waits for it any more. */
export type Serve = (method: string, args: readonly unknown[], stop: AbortSignal) => unknown;

export interface Talk {
  /**
   * Rejects with what the other end rejects with; a code that is not ours comes as `storage-failed`. When `stop` says so it
   * rejects at once with its reason, and the other end is told.
   */
  call(method: string, args: readonly unknown[], stop?: AbortSignal): Promise<unknown>;
  readonly isWaiting: boolean;
  /** There is nobody at the other end any more: whatever waits for an answer gets this one. */
  end(error: EnergyError): void;
}

/** Both ends of a talk are made by this. */
export function makeTalk(port: Port, serve: Serve): Talk {
  const waiting = new Map<number, (answer: Answer) => void>();
  const serving = new Map<number, AbortController>();
  let nextId = 1;

  const answer = async ({ call, method, args }: Call): Promise<void> => {
    const stopping = new AbortController();
    serving.set(call, stopping);
    let said: Answer;
    try {
      said = { answer: call, value: await serve(method, args, stopping.signal) };
    } catch (caught) {
      const error = asError(caught);
      const code = error instanceof EnergyError ? error.code : "storage-failed";
      said = { answer: call, error: { code, message: error.message } };
    }
    serving.delete(call);
    if (!stopping.signal.aborted) port.postMessage(said);
  };

  port.on("message", (said) => {
    if ("call" in said) void answer(said);
    else if ("stop" in said) serving.get(said.stop)?.abort();
    else waiting.get(said.answer)?.(said);
  });

  return {
    call: (method, args, stop) =>
      new Promise((resolve, reject) => {
        stop?.throwIfAborted();
        const id = nextId++;
        const stopped = (): void => {
          waiting.delete(id);
          port.postMessage({ stop: id });
          reject(asError(stop?.reason));
        };
        waiting.set(id, ({ value, error }) => {
          waiting.delete(id);
          stop?.removeEventListener("abort", stopped);
          if (error) reject(new EnergyError(error.code, error.message));
          else resolve(value);
        });
        stop?.addEventListener("abort", stopped, { once: true });
        port.postMessage({ call: id, method, args });
      }),
    get isWaiting() {
      return waiting.size > 0;
    },
    end: (error) => {
      for (const [id, end] of waiting) end({ answer: id, error });
      for (const stopping of serving.values()) stopping.abort();
    },
  };
}
