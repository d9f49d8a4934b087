/** `text` without the secret, nor its Base64 form. */
export function redact(text: string, secret: string | undefined): string {
  if (!secret) return text;
  const forms = [secret, encodeURIComponent(secret), Buffer.from(secret).toString("base64")];
  return forms.reduce((clean, form) => clean.replaceAll(form, "•••"), text);
}
