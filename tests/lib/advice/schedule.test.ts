import { describe, expect, it } from "vitest";
import { openSchedule } from "../../../lib/advice/schedule";
import { until } from "../../support/until";

describe("openSchedule", () => {
  it("runs when the clock matches, and no more once it is closed", async () => {
    let runs = 0;
    const schedule = openSchedule("* * * * * *", "Europe/Madrid", () => (runs += 1));
    await until("the first second", () => runs > 0);
    schedule.close();
    expect(runs).toBe(1);
  });

  it.each(["every morning", "99 * * * *", "* * *"])("refuses %j and names the setting", (cron) => {
    expect(() => openSchedule(cron, "Europe/Madrid", () => undefined)).toThrow(
      expect.objectContaining({ code: "invalid-config", field: "schedule" }),
    );
  });
});
