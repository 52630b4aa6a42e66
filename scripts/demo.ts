// npm run demo [-- --keep]: the main job on real input. A coordinator on a public server, a laptop and a phone each behind its
// own NAT, joined with one command each; then what people do with a mesh: ping, a web server, SSH, a big file.
import { parseArgs } from "node:util";
import { Lab } from "../test/lab/index.ts";
import { paint, say } from "./console.ts";
import { ensureDebianTools } from "./debian.ts";
import { demonstrate } from "./demo-story.ts";
import { buildProduct } from "./product.ts";

const help = `npm run demo            show meshd at work, then clean up
npm run demo -- --keep  leave the network running and print how to look around`;

async function main(): Promise<number> {
  const { values } = parseArgs({ options: { keep: { type: "boolean" }, help: { type: "boolean" } } });
  if (values.help === true) {
    say(help);
    return 0;
  }
  if (process.getuid?.() !== 0) {
    say("The demo builds network namespaces and TUN devices: run it as root (sudo npm run demo).");
    return 1;
  }
  if (!(await ensureDebianTools()) || !(await buildProduct())) return 1;
  const lab = await Lab.create({
    publicHosts: ["server"],
    sites: {
      home: { kind: "port-restricted", hosts: ["laptop"], lan: "192.168.1" },
      cafe: { kind: "port-restricted", hosts: ["phone"], lan: "192.168.1" },
    },
  });
  try {
    await demonstrate(lab, values.keep === true);
    if (values.keep === true) lab.keep();
    return 0;
  } catch (error) {
    say();
    say(`${paint("red", "✗")} ${error instanceof Error ? error.message : String(error)}`);
    lab.saveLogs("build/demo-logs");
    say("The daemons' logs are in build/demo-logs/.");
    return 1;
  } finally {
    if (values.keep !== true) lab.destroy();
  }
}

// Programs of the lab may still hold pipes open.
process.exit(await main());
