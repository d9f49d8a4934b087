import { listEdits, makeEdit, undoEdit } from "../../lib/api/answers/edits";
import { mergeMeter, purgeMeter, renameMeter, startVerifying, verification } from "../../lib/api/answers/maintain";
import { EDITS_QUERY, MERGE, NEW_EDIT, PURGE, RENAME, VERIFY } from "../../lib/api/edits-contract";
import { parseBody, parseQuery } from "../../lib/api/parse-request";
import { nameOf } from "./ask";
import type { Handler } from "./handlers";

type EditRoute =
  "edits" | "edit" | "undoEdit" | "renameMeter" | "mergeMeter" | "purgeMeter" | "verify" | "verification";

/** What people correct of a meter's history, and what becomes of whole meters. */
export const EDIT_ANSWERS: Record<EditRoute, Handler> = {
  edits: async ({ api, language, req, res }) => {
    const query = parseQuery(EDITS_QUERY, req.query, language);
    res.json(await api.turns.take(() => listEdits(api.site, query)));
  },
  edit: async (ask) => {
    const { api, language, req, res } = ask;
    const wish = parseBody(NEW_EDIT, req.body, language);
    const made = await api.turns.take(() => makeEdit(api.site, wish, nameOf(ask)));
    const { edit } = made;
    if (edit) api.audit("energy.edit.made", req, { edit: edit.id, meter: edit.meter, kind: edit.kind, by: edit.by });
    res.status(edit ? 201 : 200).json(made);
  },
  undoEdit: async (ask) => {
    const { api, req, res } = ask;
    const undone = await undoEdit(api.site, String(req.params.id), nameOf(ask));
    api.audit("energy.edit.undone", req, { edit: undone.id, by: undone.undoneBy ?? "" });
    res.json(undone);
  },

  renameMeter: async (ask) => {
    const { api, language, req, res } = ask;
    const { to } = parseBody(RENAME, req.body, language);
    const meter = String(req.params.key);
    await renameMeter(api.site, meter, to);
    api.audit("energy.meter.renamed", req, { meter, to, by: nameOf(ask) });
    res.status(204).end();
  },
  mergeMeter: async (ask) => {
    const { api, language, req, res } = ask;
    const { into } = parseBody(MERGE, req.body, language);
    const meter = String(req.params.key);
    await mergeMeter(api.site, meter, into);
    api.audit("energy.meter.merged", req, { meter, into, by: nameOf(ask) });
    res.status(204).end();
  },
  purgeMeter: async (ask) => {
    const { api, language, req, res } = ask;
    const wish = parseBody(PURGE, req.body, language);
    const meter = String(req.params.key);
    const purged = await purgeMeter(api.site, meter, wish);
    const { from = "", to = "" } = wish;
    api.audit("energy.meter.purged", req, { meter, from, to, by: nameOf(ask) });
    res.json(purged);
  },

  verify: (ask) => {
    const { api, language, req, res } = ask;
    const { repair } = parseBody(VERIFY, req.body, language);
    // The answer does not wait: all energy is reckoned anew.
    if (startVerifying(api.site, repair, api.report))
      api.audit("energy.verify.started", req, { repair, by: nameOf(ask) });
    res.status(202).json(verification(api.site));
  },
  verification: ({ api, res }) => void res.json(verification(api.site)),
};
