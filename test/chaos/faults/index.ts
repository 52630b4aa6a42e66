// All faults, in the order in which they are tried.
import type { Fault } from "../fault.ts";
import { kills } from "./kills.ts";

export const faults: readonly Fault[] = [...kills];
