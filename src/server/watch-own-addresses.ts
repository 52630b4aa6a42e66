// A server's addresses, followed while they change.
import { type AddressQuestion, findOwnAddresses, type OwnAddresses } from "./own-addresses.ts";

const POLL_MS = 10_000;

/** Looks again every `POLL_MS`; ends with the signal. */
export function watchOwnAddresses(
  question: AddressQuestion,
  first: OwnAddresses,
  onChange: (addresses: OwnAddresses) => void,
  onFailure: (error: unknown) => void,
  signal: AbortSignal,
): void {
  let known = JSON.stringify(first);
  const look = async (): Promise<void> => {
    const addresses = await findOwnAddresses(question);
    const text = JSON.stringify(addresses);
    // A host that has lost all addresses will get one again; until then the old ones are as good as none.
    if (signal.aborted || text === known || addresses.ips.length === 0) return;
    known = text;
    onChange(addresses);
  };
  const timer = setInterval(() => void look().catch(onFailure), POLL_MS);
  signal.addEventListener("abort", () => {
    clearInterval(timer);
  });
}
