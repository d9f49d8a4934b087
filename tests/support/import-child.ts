import { makeDeliveries } from "../../lib/site/deliveries";
import { openSite } from "../../lib/site/open-site";
import type { SiteSettings } from "../../lib/site/site";
import type { ImportState } from "../../lib/exchange/import-state";

/** What it was asked to import, and how far that came. */
export interface ImportAsk {
  readonly settings: SiteSettings;
  readonly file: string;
}

/** A process that may be killed: a site that imports a file, or goes on with it, and tells its state once it is over. */
const { settings, file } = JSON.parse(process.argv[2] ?? "{}") as ImportAsk;
const fail = (error: unknown): never => {
  throw error;
};
const site = openSite(settings, { now: Date.now, onProblem: fail, deliveries: makeDeliveries() });
site.imports
  .open(file, "day.lp")
  .then(({ state: { id } }) => site.imports.run(id).then(() => site.imports.finished(id)))
  .then(async (state: ImportState) => {
    await site.close();
    process.send?.(state);
  })
  .catch(fail);
