import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  escapeFor,
  escapeHeader,
  escapeUrl,
  fillTemplate,
  type TemplateValues,
} from "../../../../lib/alerts/channels/template";

const VALUES: TemplateValues = {
  title: "T",
  message: "M",
  severity: "warning",
  meter: "grid",
  site: "Home",
  secret: "s3cret",
};
const wellFormed = (text: string): string => Buffer.from(text).toString();

describe("fillTemplate", () => {
  it.each([
    ["{{title}}: {{ message }}", "T: M"],
    ["{{constructor}} {{__proto__}} {{nothing}}", "{{constructor}} {{__proto__}} {{nothing}}"],
    ["{title} {{{title}}}", "{title} {T}"],
  ])("fills in %j as %j", (template, expected) => {
    expect(fillTemplate(template, VALUES, String)).toBe(expected);
  });

  it("does not look into what it filled in", () => {
    expect(fillTemplate("{{message}}", { ...VALUES, message: "{{secret}} $& $1" }, String)).toBe("{{secret}} $& $1");
  });

  it("keeps JSON sound, and the text as it was, whatever the text is", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (message) => {
        const body = fillTemplate(
          '{"text": "{{message}}"}',
          { ...VALUES, message },
          escapeFor("application/json; charset=utf-8"),
        );
        expect(JSON.parse(body)).toEqual({ text: wellFormed(message) });
      }),
    );
  });

  it("keeps a form sound, and the text as it was", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (message) => {
        const body = fillTemplate(
          "to=me&text={{message}}",
          { ...VALUES, message },
          escapeFor("application/x-www-form-urlencoded"),
        );
        expect([...new URLSearchParams(body)]).toEqual([
          ["to", "me"],
          ["text", wellFormed(message)],
        ]);
      }),
    );
  });

  it("cannot leave its place in a URL", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (message) => {
        const url = new URL(
          fillTemplate("https://host.example/a/{{message}}x?b={{message}}", { ...VALUES, message }, escapeUrl),
        );
        expect(url.host).toBe("host.example");
        expect(url.hash).toBe("");
        expect(url.searchParams.get("b")).toBe(wellFormed(message));
      }),
    );
  });

  it.each([
    ["application/xml", "<b>&amp;</b>".replace("&amp;", "{{message}}"), "a<&>\"'", "<b>a&lt;&amp;&gt;&quot;&#39;</b>"],
    ["application/vnd.api+json", '"{{message}}"', 'say "hi"', '"say \\"hi\\""'],
    ["text/plain", "{{message}}", "a\nb & c", "a\nb & c"],
  ])("escapes for %s", (type, template, message, expected) => {
    expect(fillTemplate(template, { ...VALUES, message }, escapeFor(type))).toBe(expected);
  });

  it("keeps a header on one line, in the bytes of UTF-8", () => {
    expect(escapeHeader("a\r\nX-Evil: 1")).toBe("a X-Evil: 1");
    expect(Buffer.from(escapeHeader("señal"), "latin1").toString("utf8")).toBe("señal");
  });
});
