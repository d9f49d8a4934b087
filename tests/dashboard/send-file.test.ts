import { describe, expect, it } from "vitest";
import { ApiProblem } from "../../dashboard/src/api/asker";
import type { Part } from "../../dashboard/src/api/history-api";
import { sendFile, uploadOf, type Sending } from "../../dashboard/src/model/send-file";
import type { GuessedImportDoc } from "../../lib/api/types";

const WHOLE = { id: "whole" } as unknown as GuessedImportDoc;
const bytes = (length: number): Uint8Array<ArrayBuffer> => Uint8Array.from({ length }, (_, at) => (at * 7) % 251);
const fileOf = (content: Uint8Array<ArrayBuffer>): File => new File([content], "grid.csv", { lastModified: 5 });

/** A server that keeps what comes, and a line that takes as long as the test says; `refuse` is asked before each piece. */
function server(
  size: number,
  {
    refuse,
    tookMs = () => 100,
  }: { refuse?: (part: Part, length: number) => ApiProblem | undefined; tookMs?: (length: number) => number } = {},
) {
  const kept = new Uint8Array(size);
  const stop = new AbortController();
  const lengths: number[] = [];
  const waits: number[] = [];
  const arrived: number[] = [];
  let received = 0;
  let now = 0;
  const sending: Sending<GuessedImportDoc> = {
    sendPart: async (part, blob) => {
      lengths.push(blob.size);
      now += tookMs(blob.size);
      const problem = refuse?.(part, blob.size);
      if (problem) throw problem;
      if (part.at === received) {
        kept.set(new Uint8Array(await blob.arrayBuffer()), part.at);
        received += blob.size;
      }
      return { received, whole: received === size ? WHOLE : undefined };
    },
    onArrived: (count) => void arrived.push(count),
    signal: stop.signal,
    wait: (ms, signal) => {
      waits.push(ms);
      signal.throwIfAborted();
      return Promise.resolve();
    },
    now: () => now,
  };
  const lose = (length: number): void => {
    received = length;
  };
  return { sending, kept, lengths, waits, arrived, stop, lose };
}

describe("a file on its way to the server", () => {
  it("arrives whole, in pieces that grow on a fast line", async () => {
    const content = bytes(20_000_000);
    const { sending, kept, lengths, arrived } = server(content.length);
    expect(await sendFile(fileOf(content), sending)).toBe(WHOLE);
    expect(Buffer.compare(kept, content)).toBe(0);
    expect(lengths).toEqual([0, 1_000_000, 2_000_000, 4_000_000, 8_000_000, 5_000_000]);
    expect(arrived.at(-1)).toBe(20_000_000);
  });

  it("is cut finer on a slow line: no request lasts for minutes", async () => {
    const content = bytes(3_000_000);
    const tookMs = (length: number): number => length / 20;
    const { sending, lengths } = server(content.length, { tookMs });
    await sendFile(fileOf(content), sending);
    expect(Math.max(...lengths.slice(3).map(tookMs))).toBeLessThanOrEqual(20_000);
  });

  it("goes on where the server is after cuts, and after the server lost what it had", async () => {
    const content = bytes(6_000_000);
    let cuts = 0;
    const { sending, kept, lengths, waits, lose } = server(content.length, {
      refuse: ({ at }) => {
        if (at < 1_000_000 || cuts >= 3) return undefined;
        cuts += 1;
        if (cuts === 3) lose(0);
        return new ApiProblem(0, undefined);
      },
    });
    expect(await sendFile(fileOf(content), sending)).toBe(WHOLE);
    expect(Buffer.compare(kept, content)).toBe(0);
    expect(waits).toEqual([1_000, 2_000, 4_000]);
    // What the server has is asked with nothing, not with a piece that it may not want.
    expect(lengths.slice(0, 6)).toEqual([0, 1_000_000, 2_000_000, 0, 0, 0]);
  });

  it("keeps below what a proxy on the way takes at once", async () => {
    const content = bytes(9_000_000);
    const { sending, lengths, waits } = server(content.length, {
      refuse: (_, length) => (length > 1_048_576 ? new ApiProblem(413, undefined) : undefined),
    });
    await sendFile(fileOf(content), sending);
    expect([lengths.filter((length) => length > 1_048_576), waits]).toEqual([[2_000_000], []]);
  });

  it.each([
    ["the server refuses it", new ApiProblem(413, "The file is larger than 1 MB.")],
    ["nobody is logged in any more", new ApiProblem(401, "Log in.")],
  ])("is given up at once where %s", async (_, problem) => {
    const { sending, lengths } = server(10, { refuse: () => problem });
    await expect(sendFile(fileOf(bytes(10)), sending)).rejects.toBe(problem);
    expect(lengths).toEqual([0]);
  });

  it("is given up after some minutes without an answer, or when somebody cancels", async () => {
    const away = server(10, { refuse: () => new ApiProblem(0, undefined) });
    await expect(sendFile(fileOf(bytes(10)), away.sending)).rejects.toBeInstanceOf(ApiProblem);
    const waited = away.waits.reduce((sum, ms) => sum + ms, 0);
    expect([waited > 300_000, waited < 900_000]).toEqual([true, true]);

    const cancelled = server(10, { refuse: () => new ApiProblem(0, undefined) });
    cancelled.stop.abort();
    await expect(sendFile(fileOf(bytes(10)), cancelled.sending)).rejects.toMatchObject({ name: "AbortError" });
  });

  it("has the same name for its upload when it is chosen again, and no other file has it", () => {
    const file = { name: "grid.csv", size: 51_234, lastModified: 1_770_000_000_000 };
    expect(uploadOf({ ...file })).toBe(uploadOf(file));
    const others = [{ name: "grid2.csv" }, { size: 51_235 }, { lastModified: 1_770_000_000_001 }];
    expect(new Set([file, ...others.map((other) => ({ ...file, ...other }))].map(uploadOf)).size).toBe(4);
    for (const one of [
      file,
      { name: "", size: 0, lastModified: 0 },
      { name: "é".repeat(300), size: 2e12, lastModified: 9e12 },
    ])
      expect(uploadOf(one)).toMatch(/^[\w-]{8,64}$/);
  });
});
