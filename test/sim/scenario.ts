// What a scenario is, and the pairs that most of them begin with.
import type { Luck } from "./assertions.ts";
import { type Expectation, expect } from "./expectation.ts";
import type { LinkQuality } from "./network.ts";
import type { SimNode } from "./node.ts";
import { SITE_KINDS, type SiteKind } from "./sites.ts";
import { CLEAN, roughLink, type World, type WorldOptions } from "./world.ts";

export interface Scenario {
  readonly name: string;
  /** Share of the seeds. */
  readonly weight: number;
  readonly options?: WorldOptions;
  readonly run: (world: World) => Luck | undefined;
}

export interface Pair {
  readonly nodes: readonly [SimNode, SimNode];
  readonly kinds: readonly [SiteKind, SiteKind];
  readonly links: readonly [LinkQuality, LinkQuality];
  readonly isRough: boolean;
  readonly what: string;
  readonly expectation: Expectation;
}

export function anyPair(
  world: World,
  kinds: readonly SiteKind[] = SITE_KINDS,
  others = kinds,
  mayBeRough = true,
): Pair {
  const { random } = world;
  const isRough = random.unit() < 0.5 && mayBeRough;
  const link = isRough ? () => roughLink(random) : () => CLEAN;
  const links = [link(), link()] as const;
  const kindA = random.pick(kinds);
  const kindB = random.pick(others);
  return pairOf(world, [kindA, kindB], links);
}

export function pairOf(
  world: World,
  kinds: readonly [SiteKind, SiteKind],
  links: readonly [LinkQuality, LinkQuality] = [CLEAN, CLEAN],
): Pair {
  const [a, b] = [world.node(world.places(kinds[0], links[0])), world.node(world.places(kinds[1], links[1]))];
  const isRough = links.some(({ jitterMs, loss }) => jitterMs > 0 || loss > 0);
  const what = `${kinds[0]} with ${kinds[1]}${isRough ? " on rough links" : ""}`;
  return { nodes: [a, b], kinds, links, isRough, what, expectation: expect(kinds[0], kinds[1], links) };
}

/** Of a meeting that is no matter of luck, or was lucky. */
export function hasMet(luck: Luck | undefined): boolean {
  return luck === undefined || luck.direct;
}
