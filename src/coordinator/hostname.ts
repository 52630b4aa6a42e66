// Names of nodes: one DNS label each (RFC 1123 §2.1: letters, digits, hyphens, at most 63), unique in the mesh.

const MAX_LABEL_LENGTH = 63;

/** Makes a label out of any wish: "Ann's Laptop.local" becomes "anns-laptop". */
export function toDnsLabel(wish: string): string {
  const host = wish.split(".", 1)[0] ?? "";
  const label = host
    .normalize("NFKD")
    .toLowerCase()
    .replace(/['’\p{Mn}]/gu, "")
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+/, "")
    .slice(0, MAX_LABEL_LENGTH)
    .replace(/-+$/, "");
  // A label of digits only would read as a part of an address.
  if (label === "" || isReserved(label)) return label === "" ? "node" : `node-${label}`;
  return /^[0-9]+$/.test(label) ? `node-${label}`.slice(0, MAX_LABEL_LENGTH) : label;
}

/** `name`, or the first free one of `name-1`, `name-2`, … */
export function uniqueName(label: string, isTaken: (name: string) => boolean): string {
  if (!isTaken(label)) return label;
  for (let number = 1; ; number += 1) {
    const suffix = `-${String(number)}`;
    const name = label.slice(0, MAX_LABEL_LENGTH - suffix.length).replace(/-+$/, "") + suffix;
    if (!isTaken(name)) return name;
  }
}

/** For names that people type: true if it needs no change to be a node's name. */
export function isDnsLabel(name: string): boolean {
  return name !== "" && toDnsLabel(name) === name;
}

// What resolvers and hosts files answer themselves.
function isReserved(label: string): boolean {
  return label === "localhost" || label === "mesh";
}
