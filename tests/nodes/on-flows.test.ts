import { EventEmitter } from "node:events";
import { expect, it } from "vitest";
import { onFlows } from "../../nodes/shared/on-flows";

it("hears each event once for however many nodes, and tells none that left", () => {
  const events = new EventEmitter();
  const told: string[] = [];
  const ends = Array.from({ length: 1_000 }, (_, index) =>
    onFlows({ events }, "flows:started", () => void told.push(`${index}`)),
  );
  const end = onFlows({ events }, "flows:stopping", () => void told.push("stopping"));

  events.emit("flows:started");
  expect(told).toHaveLength(1_000);
  expect(events.listenerCount("flows:started")).toBe(1);

  for (const each of ends) each();
  events.emit("flows:started");
  events.emit("flows:stopping");
  expect(told.slice(1_000)).toEqual(["stopping"]);
  end();
});
