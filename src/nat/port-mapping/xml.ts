// XML from a router: small, strict, without document types (and so without entities of its own).
import { parseXml, XmlElement } from "@rgrove/parse-xml";

/** Descriptions have a few kilobytes; the largest seen, with every optional service, less than thirty. */
export const MAX_XML_BYTES = 65_536;
/** UPnP documents nest devices three levels deep, each in a list, each with services. */
const MAX_DEPTH = 24;

/** The elements of a document, level by level; undefined if it is no well-formed document within the limits. */
export function parseElements(text: string): readonly XmlElement[] | undefined {
  if (text.length > MAX_XML_BYTES || text.includes("<!DOCTYPE")) return undefined;
  const root = parseRoot(text);
  const elements: XmlElement[] = [];
  let level = root === undefined ? [] : [root];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth === MAX_DEPTH) return undefined;
    elements.push(...level);
    level = level.flatMap(({ children }) => children.filter((child) => child instanceof XmlElement));
  }
  return root && elements;
}

/** The parser throws for what is not well-formed, and for what is nested deeper than the stack takes. */
function parseRoot(text: string): XmlElement | undefined {
  try {
    return parseXml(text.trim()).root ?? undefined;
  } catch {
    return undefined;
  }
}

/** Without its namespace prefix, which every router chooses as it likes. */
export function localName({ name }: XmlElement): string {
  return name.slice(name.indexOf(":") + 1);
}

/** The trimmed text of the first direct child of that name. */
export function childText(element: XmlElement, name: string): string | undefined {
  const child = element.children.find((each) => each instanceof XmlElement && localName(each) === name);
  return child instanceof XmlElement ? child.text.trim() : undefined;
}

export function escapeXml(text: string): string {
  return text.replace(/[<>&"']/g, (character) => `&#${String(character.charCodeAt(0))};`);
}
