/** A text of meter-in, in the editor's language. */
export function text(key, values) {
  return RED._("@vatio/node-red-energy/meter-in:meter-in." + key, values);
}

export function number(value, digits) {
  return value.toLocaleString(RED.i18n.lang(), { maximumFractionDigits: digits });
}
