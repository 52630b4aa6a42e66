// This node's place in the mesh, on the host: addresses and routes on the TUN device, and names.
import type { NodeEngine, TunInfo } from "../engine/index.ts";
import { type HostDns, startHostDns, type ZoneData } from "../dns/index.ts";
import { type Collision, describeCollision, findCollisions } from "../host/collisions.ts";
import { lowerGuard, raiseGuard } from "../host/overlay-guard.ts";
import { hostRoutes } from "../host/routes.ts";
import { configureTun } from "../host/tun-network.ts";
import type { NetmapView } from "../netmap/index.ts";
import { MeshdError } from "../protocol/errors.ts";

/** What the host does for the overlay; replaced in tests. */
export interface OverlayHost {
  readonly routes: typeof hostRoutes;
  readonly configureTun: typeof configureTun;
  readonly raiseGuard: typeof raiseGuard;
  readonly lowerGuard: typeof lowerGuard;
  readonly startDns: typeof startHostDns;
}

export const SYSTEM_HOST: OverlayHost = {
  routes: hostRoutes,
  configureTun,
  raiseGuard,
  lowerGuard,
  startDns: startHostDns,
};

export interface OverlayOptions {
  readonly engine: NodeEngine;
  readonly tun: TunInfo;
  readonly stateDir: string;
  readonly stateId: string;
  readonly acceptDns: boolean;
  readonly host: OverlayHost;
}

/** Addresses as prefixes of one. */
export function hostPrefixes(ips: readonly string[]): readonly string[] {
  return ips.map((ip) => `${ip}/${ip.includes(":") ? "128" : "32"}`);
}

export class Overlay {
  readonly #options: OverlayOptions;
  #acceptDns: boolean;
  /** What the device was configured for. */
  #configured = "";
  #tunWarnings: readonly string[] = [];
  #guardWarning: string | undefined;
  /** It is raised beside everything else: the first packets need not wait for it. */
  #guarding: Promise<void> = Promise.resolve();
  #dnsProblem: string | undefined;
  #dns: HostDns | undefined;
  #view: NetmapView | undefined;
  /** One change after the other. */
  #queue: Promise<void> = Promise.resolve();

  constructor(options: OverlayOptions) {
    this.#options = options;
    this.#acceptDns = options.acceptDns;
  }

  get health(): readonly string[] {
    const problems = [this.#guardWarning, this.#dnsProblem];
    return [...this.#tunWarnings, ...problems.filter((problem) => problem !== undefined)];
  }

  /** Rejects with `MeshdError` where the device cannot be configured, or the mesh's addresses collide with the host's. */
  apply(view: NetmapView): Promise<void> {
    return this.#enqueue(async () => {
      this.#view = view;
      await this.#configure(view);
      await this.#applyDns();
    });
  }

  setAcceptDns(acceptDns: boolean): Promise<void> {
    return this.#enqueue(async () => {
      this.#acceptDns = acceptDns;
      await this.#applyDns();
    });
  }

  close(): Promise<void> {
    return this.#enqueue(async () => {
      await Promise.all([this.#stopDns(), this.#lowerGuard()]);
    });
  }

  /** Which of the host's networks these prefixes would take the place of, in words. */
  collisionWith(prefixes: readonly string[]): string | undefined {
    const overridden = this.#collisions(prefixes).find(({ kind }) => kind === "overrides");
    return overridden && describeCollision(overridden);
  }

  #collisions(prefixes: readonly string[]): readonly Collision[] {
    const { host, tun } = this.#options;
    return findCollisions(prefixes, host.routes(), tun.name);
  }

  #enqueue(action: () => Promise<void>): Promise<void> {
    const done = this.#queue.then(action);
    this.#queue = done.catch(() => undefined);
    return done;
  }

  async #configure({ self, mesh }: NetmapView): Promise<void> {
    if (self === undefined || mesh === undefined) return;
    const { engine, tun, host } = this.#options;
    const prefixes = [mesh.ipv4Prefix, mesh.ipv6Prefix];
    const wanted = [...self.ips, ...prefixes].join(" ");
    if (wanted === this.#configured) return;
    const overridden = this.collisionWith(prefixes);
    if (overridden !== undefined) throw new MeshdError("collision", 1, overridden);
    this.#raiseGuard(prefixes);
    engine.setSelf([...hostPrefixes(self.ips)]);
    const network = { device: tun.name, mtuBytes: tun.mtuBytes, ips: self.ips, prefixes };
    this.#tunWarnings = [...this.#collisions(prefixes).map(describeCollision), ...(await host.configureTun(network))];
    this.#configured = wanted;
  }

  #raiseGuard(prefixes: readonly string[]): void {
    const { host, tun } = this.#options;
    this.#guarding = this.#guarding.then(async () => {
      this.#guardWarning = await host.raiseGuard(tun.name, prefixes);
    });
  }

  async #lowerGuard(): Promise<void> {
    await this.#guarding;
    if (this.#configured !== "") await this.#options.host.lowerGuard(this.#options.tun.name);
  }

  async #applyDns(): Promise<void> {
    const zone = this.#view === undefined ? undefined : zoneOf(this.#view);
    if (!this.#acceptDns || zone === undefined) return this.#stopDns();
    if (this.#dns !== undefined) {
      this.#dns.setZone(zone);
      return;
    }
    const { host, stateDir, stateId, tun } = this.#options;
    this.#dns = await host.startDns({
      stateDir,
      stateId,
      device: tun.name,
      ownIp: this.#view?.self?.ips.find((ip) => !ip.includes(":")),
      zone,
      onHealth: (problem) => {
        this.#dnsProblem = problem;
      },
    });
  }

  async #stopDns(): Promise<void> {
    await this.#dns?.stop();
    this.#dns = undefined;
    this.#dnsProblem = undefined;
  }
}

function zoneOf({ self, mesh, peers }: NetmapView): ZoneData | undefined {
  if (self === undefined || mesh === undefined) return undefined;
  const records = [self, ...peers.values()].map(({ hostname, ips }) => ({ name: hostname, ips }));
  const prefixes = [mesh.ipv4Prefix, mesh.ipv6Prefix];
  return { domain: mesh.domain, prefixes, records };
}
