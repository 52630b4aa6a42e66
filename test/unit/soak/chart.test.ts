// The picture of a run: well-formed, everything within its frame, every process and metric in it.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseXml, type XmlElement } from "@rgrove/parse-xml";
import { chart } from "../../soak/chart.ts";
import { METRICS } from "../../soak/metrics.ts";
import { timeText, timeTicks, valueTicks } from "../../soak/panel.ts";
import { recordOf } from "./records.ts";

function all(element: XmlElement, name: string): readonly XmlElement[] {
  const inner = element.children.flatMap((child) => ("children" in child ? all(child, name) : []));
  return element.name === name ? [element, ...inner] : inner;
}

const record = {
  ...recordOf({ "<steady> & sound": {}, reborn: { restartsAt: 1200 } }),
  events: [
    { at: 10, kind: "roam", text: "phone moved" },
    { at: 9999, kind: "kill", text: "ghost", problem: 'no "answer" & no <word>' },
  ],
};

describe("the chart", () => {
  const root = parseXml(chart(record)).root;
  assert.ok(root !== null);

  it("names every process and every metric", () => {
    const words = all(root, "text").map(({ text }) => text);
    assert.ok(words.includes("<steady> & sound"));
    for (const { name } of METRICS)
      assert.ok(
        words.some((each) => each.startsWith(name)),
        name,
      );
  });

  it("has a line for every life of a process in every panel, inside the picture", () => {
    const lines = all(root, "polyline");
    assert.equal(lines.length, 3 * METRICS.length);
    const [width, height] = [Number(root.attributes.width), Number(root.attributes.height)];
    for (const { attributes } of lines) {
      for (const point of (attributes.points ?? "").split(" ")) {
        const [x = NaN, y = NaN] = point.split(",").map(Number);
        assert.ok(x >= 0 && x <= width && y >= 0 && y <= height, point);
      }
    }
  });

  it("marks what happened, and what had trouble", () => {
    const marks = all(root, "circle");
    assert.equal(marks.length, 2);
    assert.equal(marks.filter(({ attributes }) => attributes.fill === "#d62728").length, 1);
    assert.ok(marks.every(({ attributes }) => Number(attributes.cx) <= 1240));
  });
});

describe("the axes", () => {
  it("have round numbers around all values", () => {
    assert.deepEqual(valueTicks([0.2, 4.9]), [0, 1, 2, 3, 4, 5]);
    assert.deepEqual(valueTicks([61.2, 68.9]), [60, 62, 64, 66, 68, 70]);
    assert.deepEqual(valueTicks([]), [0, 1]);
    const flat = valueTicks([30, 30]);
    assert.ok(flat.length >= 2 && (flat[0] ?? 99) <= 30 && (flat.at(-1) ?? 0) >= 30);
  });

  it("have at most 13 spans of time, however long the run", () => {
    for (const seconds of [45, 180, 3600, 86_400, 30 * 86_400]) {
      const ticks = timeTicks(seconds);
      assert.ok(ticks.length >= 2 && ticks.length <= 14, `${seconds}: ${ticks.length}`);
      assert.ok((ticks.at(-1) ?? 0) <= seconds);
    }
    assert.deepEqual([timeText(30), timeText(600), timeText(10_800)], ["30 s", "10 min", "3 h"]);
  });
});
