import { ApiProblem } from "../api/asker";
import type { Arrived, Part } from "../api/history-api";

export interface Sending<Whole> {
  sendPart(part: Part, bytes: Blob, signal: AbortSignal): Promise<Arrived<Whole>>;
  /** Hears how many bytes have arrived. */
  onArrived(bytes: number): void;
  readonly signal: AbortSignal;
  /** Resolves after a while, or rejects with the signal's reason. */
  wait(ms: number, signal: AbortSignal): Promise<void>;
  /** In ms. */
  now(): number;
}

/** A piece is as large as the line carries in some seconds: no request lasts long, and what is sent twice after a cut is little. */
const [LEAST, FIRST, MOST] = [256_000, 1_000_000, 64_000_000];
const [FAST_MS, SLOW_MS] = [4_000, 20_000];
const [FIRST_WAIT_MS, LONGEST_WAIT_MS] = [1_000, 30_000];
/** A server that is away comes back within some minutes, or somebody has to look. */
const MOST_FAILURES = 20;
/** No answer, or one that says to try again. */
const MAY_PASS: ReadonlySet<number> = new Set([0, 408, 429, 502, 503, 504]);

/**
 * Sends a file in pieces, and goes on where it was after a cut. The same file sent again goes on as well, for a day. Rejects with an
 * `ApiProblem` the server's refusal, or with the signal's reason.
 */
export async function sendFile<Whole>(file: File, sending: Sending<Whole>): Promise<Whole> {
  const { sendPart, onArrived, signal, wait, now } = sending;
  const upload = uploadOf(file);
  let [at, length, most] = [0, FIRST, MOST];
  let failures = 0;
  /** At first and after a cut only the server knows how much it has: it is asked with nothing before it is sent more. */
  let isLost = true;
  for (;;) {
    const began = now();
    try {
      const part = { upload, name: file.name, at, size: file.size };
      const { received, whole } = await sendPart(part, file.slice(at, isLost ? at : at + length), signal);
      onArrived(received);
      if (whole) return whole;
      if (received > at) failures = 0;
      at = received;
      const tookMs = now() - began;
      if (isLost) isLost = false;
      else if (tookMs < FAST_MS) length = Math.min(2 * length, most);
      else if (tookMs > SLOW_MS) length = Math.max(Math.floor(length / 2), LEAST);
    } catch (error) {
      if (!(error instanceof ApiProblem)) throw error;
      // A proxy on the way takes no more at once than it is set to, and says so without a sentence of ours.
      const isTooLong = error.status === 413 && error.detail === undefined && length > LEAST;
      failures += 1;
      if (!(isTooLong || MAY_PASS.has(error.status)) || failures > MOST_FAILURES) throw error;
      length = Math.max(Math.floor(length / 2), LEAST);
      if (isTooLong) most = length;
      isLost = !isTooLong;
      if (isLost) await wait(Math.min(FIRST_WAIT_MS * 2 ** (failures - 1), LONGEST_WAIT_MS), signal);
    }
  }
}

/** The same file has the same name for its upload, so that it can be gone on with after a reload. */
export function uploadOf({ name, size, lastModified }: Pick<File, "name" | "size" | "lastModified">): string {
  // Large enough to keep apart what one person sends within a day; browsers give real hashes to pages with HTTPS alone.
  let hash = 0;
  for (const letter of name) hash = (Math.imul(hash, 31) + (letter.codePointAt(0) ?? 0)) >>> 0;
  return [hash, size, lastModified]
    .map((number) => number.toString(36))
    .join("-")
    .padStart(8, "0");
}

/** A file on its way to the server. */
export interface Upload {
  readonly name: string;
  readonly size: number;
  readonly arrived: number;
  readonly stop: AbortController;
}

/** Sends a file over the page's own line; `show` hears how far it is, and can stop it. */
export function upload<Whole>(
  file: File,
  sendPart: Sending<Whole>["sendPart"],
  show: (upload: Upload) => void,
): { readonly signal: AbortSignal; readonly whole: Promise<Whole> } {
  const stop = new AbortController();
  const { signal } = stop;
  const onArrived = (arrived: number): void => show({ name: file.name, size: file.size, arrived, stop });
  onArrived(0);
  return { signal, whole: sendFile(file, { sendPart, onArrived, signal, wait: pause, now: () => performance.now() }) };
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = window.setTimeout(resolve, ms);
    signal.addEventListener(
      "abort",
      () => {
        clearTimeout(timer);
        reject(signal.reason as DOMException);
      },
      { once: true },
    );
  });
}
