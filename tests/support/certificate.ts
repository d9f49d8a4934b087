import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";

/**
 * A certificate for this machine that vouches for itself: authority, server and client in one; files and their PEM.
 * `extensions` are OpenSSL's, such as `extendedKeyUsage=clientAuth`.
 */
export function makeCertificate(...extensions: readonly string[]): {
  keyFile: string;
  certFile: string;
  key: string;
  cert: string;
} {
  const folder = mkdtempSync(join(tmpdir(), "vatio-tls-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const [keyFile, certFile] = [join(folder, "key.pem"), join(folder, "cert.pem")];
  const request = ["-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"];
  const names = ["subjectAltName=DNS:localhost,IP:127.0.0.1", ...extensions].flatMap((line) => ["-addext", line]);
  execFileSync("openssl", ["req", ...request, ...names, "-keyout", keyFile, "-out", certFile], { stdio: "ignore" });
  return { keyFile, certFile, key: readFileSync(keyFile, "utf8"), cert: readFileSync(certFile, "utf8") };
}
