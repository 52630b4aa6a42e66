// SVG as text: the few shapes that a chart consists of.

export type Attributes = Readonly<Record<string, string | number>>;

/** `inner` is markup already. */
export function element(name: string, attributes: Attributes, inner = ""): string {
  const pairs = Object.entries(attributes).map(([key, value]) => ` ${key}="${attributeText(value)}"`);
  return inner === "" ? `<${name}${pairs.join("")}/>` : `<${name}${pairs.join("")}>${inner}</${name}>`;
}

export function text(x: number, y: number, words: string, attributes: Attributes = {}): string {
  return element("text", { x, y, ...attributes }, escapeText(words));
}

export function line(x1: number, y1: number, x2: number, y2: number, attributes: Attributes): string {
  return element("line", { x1, y1, x2, y2, ...attributes });
}

export function escapeText(words: string): string {
  return words
    .replaceAll(/\p{Cc}/gu, " ")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;");
}

function attributeText(value: string | number): string {
  return typeof value === "number"
    ? String(Math.round(value * 100) / 100)
    : escapeText(value).replaceAll('"', "&quot;");
}
