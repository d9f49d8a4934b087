import { describe, expect, it } from "vitest";
import { parseReading } from "../../../lib/energy/reading";

describe("parseReading", () => {
  it.each([0, Date.UTC(1970, 0), Date.UTC(2038, 0, 19, 3, 14, 8), Date.UTC(2099, 11, 31)])(
    "takes the instant %d",
    (at) => {
      expect(parseReading({ meter: "m", at, powerW: 1 }).at).toBe(at);
    },
  );

  it.each([8.64e15, Number.MAX_SAFE_INTEGER, -8.64e15, Date.UTC(2026, 0) + 0.5, NaN, Infinity, "2026-01-01"])(
    "refuses %s, which is no instant that anybody could be told of",
    (at) => {
      expect(() => parseReading({ meter: "m", at, powerW: 1 })).toThrow(
        expect.objectContaining({ code: "invalid-reading", field: "at" }) as Error,
      );
    },
  );
});
