import type { Request, RequestHandler, Response } from "express";
import { Refused } from "../../lib/api/refused";
import type { DashboardFile } from "./dashboard-files";

export type FileRoute = "page" | "file";

/** The dashboard's page and files: public, since they hold no data, and so without asking the database who may. */
export function makeFileAnswers(
  dashboard: () => ReadonlyMap<string, DashboardFile>,
): Record<FileRoute, RequestHandler> {
  return {
    page: (req, res) => {
      const index = dashboard().get("index.html");
      if (!index) throw new Refused("not-ready", "noDashboard");
      // Its files are named relative to an address without a slash at its end.
      if (req.path.endsWith("/")) res.redirect(308, "../energy");
      else sendFile(req, res, index);
    },
    file: (req, res) => {
      const parts: unknown = req.params.file;
      const file = dashboard().get(`assets/${Array.isArray(parts) ? parts.join("/") : String(parts)}`);
      if (!file) throw new Refused("not-found", "noRoute");
      sendFile(req, res, file);
    },
  };
}

function sendFile(req: Request, res: Response, file: DashboardFile): void {
  res.setHeader("Cache-Control", file.immutable ? "public, max-age=31536000, immutable" : "private, no-cache");
  res.setHeader("ETag", file.etag);
  if (req.headers["if-none-match"] === file.etag) {
    res.status(304).end();
    return;
  }
  res.setHeader("Content-Type", file.type);
  res.setHeader("Content-Length", file.body.length);
  res.end(req.method === "HEAD" ? undefined : file.body);
}
