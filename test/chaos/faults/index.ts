// All faults, in the order in which they are tried.
import type { Fault } from "../fault.ts";
import { clockFaults } from "./clocks.ts";
import { databaseFaults } from "./database.ts";
import { descriptorFaults } from "./descriptors.ts";
import { diskFaults } from "./disks.ts";
import { fileFaults } from "./files.ts";
import { kills } from "./kills.ts";
import { networkFaults } from "./network.ts";
import { pauses } from "./pauses.ts";

export const faults: readonly Fault[] = [
  ...kills,
  ...pauses,
  ...networkFaults,
  ...clockFaults,
  ...diskFaults,
  ...fileFaults,
  ...databaseFaults,
  ...descriptorFaults,
];
