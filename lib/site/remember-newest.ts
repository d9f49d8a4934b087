import { asError } from "../errors";

const RETRY_MS = 1_000;

export interface NewestMemory {
  /** Never waits and never throws. */
  remember(value: unknown): void;
  close(): void;
}

/** Stores the newest value, again and again until the store takes it; what it replaces need not be stored any more. */
export function rememberNewest(
  store: (value: unknown) => Promise<void>,
  onProblem: (error: Error) => void,
): NewestMemory {
  let newest: unknown;
  let timer: NodeJS.Timeout | undefined;
  let failing = false;
  let closed = false;

  const attempt = (value: unknown): void => {
    store(value).then(
      () => {
        failing = false;
      },
      (error: unknown) => {
        if (value !== newest || closed) return;
        if (!failing) onProblem(asError(error));
        failing = true;
        timer = setTimeout(() => attempt(value), RETRY_MS);
      },
    );
  };

  return {
    remember: (value) => {
      clearTimeout(timer);
      newest = value;
      attempt(value);
    },
    close: () => {
      closed = true;
      clearTimeout(timer);
    },
  };
}
