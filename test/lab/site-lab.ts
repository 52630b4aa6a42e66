// A lab made of the sites of sites.ts: routers run, proxies serve; what happens to networks in a day can be made to happen.
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { Lab, type Host } from "./lab.ts";
import { startMiniupnpd } from "./port-mapping.ts";
import { rebootRouter, routerCounters, type RouterCounters, setRouterOption, startRouter } from "./router-control.ts";
import { planSites, type PlannedRouter, type PlannedSite, type SitePlan } from "./site-plan.ts";
import { siteType, type SiteName } from "./sites.ts";

const PROXY_PORT = 3128;
const FIRST_MOVED = 3;
/** Of a LAN with 24 bits. */
const MOST_MOVED = 200;
const proxyProgram = fileURLToPath(new URL("programs/connect-proxy.ts", import.meta.url));

export interface Pair {
  readonly lab: SiteLab;
  readonly server: Host;
  readonly left: Host;
  readonly right: Host;
}

export class SiteLab {
  readonly lab: Lab;
  readonly #plan: SitePlan;
  readonly #sites: readonly PlannedSite[];
  /** Site → which of its public addresses it has; where hosts were moved to: how many ports are in use. */
  readonly #reboots = new Map<string, number>();
  #moves = 0;

  private constructor(lab: Lab, plan: SitePlan, sites: readonly PlannedSite[]) {
    this.lab = lab;
    this.#plan = plan;
    this.#sites = sites;
  }

  static async create(servers: readonly string[], sites: readonly PlannedSite[]): Promise<SiteLab> {
    const plan = planSites(servers, sites);
    const made = new SiteLab(await Lab.createPlanned(plan.lab), plan, sites);
    try {
      await Promise.all([
        ...plan.routers.map((router) => made.#startRouter(router)),
        ...[...plan.proxies.values()].map((name) => made.#startProxy(name)),
      ]);
      return made;
    } catch (error) {
      made.destroy();
      throw error;
    }
  }

  /** A server, and two hosts on sites of these types (or in one, where the type says so), "left" and "right". */
  static async createPair(left: SiteName, right: SiteName): Promise<Pair> {
    const [leftType, rightType] = [siteType(left), siteType(right)];
    const together = left === right && leftType.together === true;
    const lab = await SiteLab.create(
      ["server"],
      together
        ? [{ name: "a", type: leftType, hosts: ["left", "right"] }]
        : [
            { name: "a", type: leftType, hosts: ["left"] },
            { name: "b", type: rightType, hosts: ["right"] },
          ],
    );
    return { lab, server: lab.lab.host("server"), left: lab.lab.host("left"), right: lab.lab.host("right") };
  }

  host(name: string): Host {
    return this.lab.host(name);
  }

  /** What a host there needs in its environment to reach anything: its proxy, if it has one. */
  environmentOf(siteName: string): Readonly<Record<string, string>> {
    const proxy = this.#plan.proxies.get(siteName);
    return proxy === undefined ? {} : { HTTPS_PROXY: `http://${this.host(proxy).ipv4}:${PROXY_PORT}` };
  }

  environmentOfHost(hostName: string): Readonly<Record<string, string>> {
    const site = this.#sites.find(({ hosts }) => hosts.includes(hostName));
    return site === undefined ? {} : this.environmentOf(site.name);
  }

  /** Every mapping is forgotten, and the site comes back under another public address. Returns that address. */
  async rebootSite(siteName: string): Promise<string> {
    const router = this.#outermost(siteName);
    const count = (this.#reboots.get(siteName) ?? 0) + 1;
    this.#reboots.set(siteName, count);
    const address = router.publicAddresses[count % router.publicAddresses.length];
    if (address === undefined) throw new Error(`${siteName} has no public address to change`);
    await rebootRouter(this.host(router.node), address);
    return address;
  }

  async blockUdp(siteName: string): Promise<void> {
    await this.setOption(siteName, "block-udp");
  }

  async unblockUdp(siteName: string): Promise<void> {
    await this.setOption(siteName, "block-udp", "off");
  }

  /** Any option of the site's line: delay, loss, rate, mtu, ... */
  async setOption(siteName: string, name: string, value: string | number = "on"): Promise<void> {
    await setRouterOption(this.host(this.#outermost(siteName).node), name, value);
  }

  async counters(siteName: string): Promise<RouterCounters> {
    return routerCounters(this.host(this.#outermost(siteName).node));
  }

  /** Pulls the host's cable out and plugs it into another site's router, where it gets that network's addresses. */
  moveHost(hostName: string, siteName: string): void {
    this.#moves += 1;
    const { namespace } = this.host(hostName);
    // Numbers that the site's own hosts do not use; used again in the end.
    const attachment = this.#plan.attachment(siteName, FIRST_MOVED + (this.#moves % MOST_MOVED));
    const router = this.host(attachment.router).namespace;
    const port = `moved${this.#moves}`;
    batch(namespace, ["link delete dev eth0"]);
    const index = 5000 + 2 * this.#moves;
    execFileSync("ip", [
      ...["link", "add", "name", "eth0", "netns", namespace, "index", String(index), "type", "veth"],
      ...["peer", "name", port, "netns", router, "index", String(index + 1)],
    ]);
    batch(router, [`link set dev ${port} master lan`, `link set dev ${port} up`]);
    batch(namespace, [
      ...attachment.addresses.map(
        (address) => `address add ${address} dev eth0${address.includes(":") ? " nodad" : ""}`,
      ),
      "link set dev eth0 up",
      ...attachment.gateways.map((via) => `route add ${via.includes(":") ? "::/0" : "0.0.0.0/0"} via ${via}`),
    ]);
  }

  /** A cable pulled out or put back. Routes through it are gone with it, as in life, and come back with it. */
  setCable(hostName: string, state: "up" | "down"): void {
    const { namespace } = this.host(hostName);
    const site = this.#sites.find(({ hosts }) => hosts.includes(hostName));
    const gateways = site === undefined ? [] : this.#plan.attachment(site.name, 0).gateways;
    batch(namespace, [
      `link set dev eth0 ${state}`,
      ...(state === "down"
        ? []
        : gateways.map((via) => `route replace ${via.includes(":") ? "::/0" : "0.0.0.0/0"} via ${via}`)),
    ]);
  }

  keep(): void {
    this.lab.keep();
  }

  destroy(): void {
    this.lab.destroy();
  }

  [Symbol.dispose](): void {
    this.lab[Symbol.dispose]();
  }

  #outermost(siteName: string): PlannedRouter {
    const router = this.#plan.chains.get(siteName)?.[0];
    if (router === undefined) throw new Error(`no site ${siteName}`);
    return router;
  }

  async #startRouter({ node, spec, options }: PlannedRouter): Promise<void> {
    if (spec.kind === "port-mapping") await startMiniupnpd(this.host(node));
    else await startRouter(this.host(node), options);
  }

  async #startProxy(name: string): Promise<void> {
    const host = this.host(name);
    const proxy = host.spawn([process.execPath, proxyProgram, host.ipv4, String(PROXY_PORT)]);
    await proxy.waitForLine(/^proxying$/);
  }
}

function batch(namespace: string, commands: readonly string[]): void {
  execFileSync("ip", ["-n", namespace, "-batch", "-"], { input: commands.join("\n") });
}
