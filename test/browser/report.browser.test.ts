/**
 * The report as a reader has it: a file opened in the system's Chromium, without a network, with and
 * without scripts, by keyboard, in the dark, on a narrow screen, on paper.
 */

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { AxeBuilder } from "@axe-core/playwright";
import { type Browser, chromium as driver, type Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { judge, replayCommand } from "../../lab/judge.ts";
import { packageRoot } from "../../lab/package-root.ts";
import { compareExpectations } from "../../lab/report/expectation.ts";
import { renderHtml } from "../../lab/report/html.ts";
import { renderSuiteHtml } from "../../lab/report/suite.ts";
import { chromium } from "../builders/chromium.ts";
import { sampleRun } from "../builders/sample-run.ts";

const folder = mkdtempSync(join(tmpdir(), "zklab-browser-"));
let browser: Browser;
beforeAll(async () => {
  browser = await driver.launch({ executablePath: chromium(), timeout: 20_000 });
});
afterEach(async () => {
  await Promise.all(browser.contexts().map((context) => context.close()));
});
afterAll(async () => {
  await browser?.close();
  rmSync(folder, { recursive: true, force: true });
});

/** A run as a builder makes it, a run as it really was, and a suite. */
const PAGES: Readonly<Record<string, () => string>> = {
  sample: () => {
    const { evidence, result } = sampleRun();
    return renderHtml(evidence, result, { replay: replayCommand(evidence) });
  },
  real: () => {
    const { evidence, result } = judge(join(packageRoot(), "test", "fixtures", "gc-pause"));
    return renderHtml(evidence, result, { replay: replayCommand(evidence) });
  },
  suite: () => {
    const { evidence, result } = sampleRun();
    const { run } = evidence;
    const { verdict } = result.report;
    const expectations = [...compareExpectations(run, result.report)];
    const row = { run: "../run", scenario: "gc-pause", seed: run.seed, verdict };
    const runs = [{ ...row, asExpected: true, expectations }];
    return renderSuiteHtml({ schema: 1, suite: "seeds", planned: 2, runs });
  },
};
const NAMES = Object.keys(PAGES);

interface Opened {
  readonly page: Page;
  /** Errors on the console, uncaught errors, and requests for anything but the file itself. */
  readonly complaints: string[];
}

async function open(
  name: string,
  options: Parameters<Browser["newContext"]>[0] = {},
): Promise<Opened> {
  const file = join(folder, `${name}.html`);
  writeFileSync(file, PAGES[name]?.() ?? "");
  const url = pathToFileURL(file).href;
  const context = await browser.newContext({ viewport: { width: 1200, height: 900 }, ...options });
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error") complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("request", (request) => {
    if (request.url() !== url) complaints.push(`request: ${request.url()}`);
  });
  await page.goto(url);
  return { page, complaints };
}

/** The DOM's types are not part of this project: expressions travel as text. */
const ask = async (page: Page, expression: string): Promise<unknown> => page.evaluate(expression);

/** What axe calls serious or critical, as `rule: where`. */
async function barriers(axe: AxeBuilder): Promise<readonly string[]> {
  const { violations } = await axe.options({ resultTypes: ["violations"] }).analyze();
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.target.join(" ")).join(", ")}`);
}

describe.each(NAMES)("the %s page in Chromium", (name) => {
  it("loads without an error, and asks for nothing but itself", async () => {
    const { page, complaints } = await open(name);
    expect(await page.locator("h1").isVisible()).toBe(true);
    await page.mouse.move(600, 500);
    expect(complaints).toEqual([]);
  });

  it("does not scroll sideways on a narrow screen", async () => {
    const { page } = await open(name, { viewport: { width: 390, height: 800 } });
    expect(await ask(page, "document.scrollingElement.scrollWidth")).toBeLessThanOrEqual(390);
  });
});

/** Axe takes seconds a page: the builder's page has nothing that the real one has not. */
describe.each(["real", "suite"])("the %s page for everybody", (name) => {
  it("has no serious barrier, and contrast enough in the dark too", async () => {
    const light = await open(name, { colorScheme: "light" });
    expect(await barriers(new AxeBuilder({ page: light.page }))).toEqual([]);
    const dark = await open(name, { colorScheme: "dark" });
    const contrast = new AxeBuilder({ page: dark.page }).withRules("color-contrast");
    expect(await barriers(contrast)).toEqual([]);
  });
});

describe.each(["sample", "real"])("the %s report", (name) => {
  it("tells everything with scripts off", async () => {
    const { page } = await open(name, { javaScriptEnabled: false });
    expect(await page.locator("h1 .verdict").textContent()).toMatch(/violated/i);
    expect(await page.locator("ol.story").first().isVisible()).toBe(true);
    expect(await page.locator(".toolbar").isVisible()).toBe(false);
    const drawn = await page.locator("#timeline-track").boundingBox();
    expect(drawn?.height).toBeGreaterThan(200);
    await page.locator("a.goto").first().click();
    const flag = page.locator(".flag:target line");
    expect(await flag.count()).toBe(1);
  });

  it("goes from a finding to its witnesses", async () => {
    const { page, complaints } = await open(name);
    await page.locator("a.goto").first().click();
    expect(await page.locator("#clock").textContent()).toMatch(/^finding 1 of \d+$/);
    expect(await page.locator("#timeline-track .on").count()).toBeGreaterThan(2);
    expect(await page.locator("#timeline-scroll").isVisible()).toBe(true);
    expect(complaints).toEqual([]);
  });

  it("is worked by keyboard alone", async () => {
    const { page } = await open(name);
    const focused = (): Promise<unknown> => ask(page, "document.activeElement.tagName");
    await page.keyboard.press("Tab");
    expect(await focused()).toBe("SUMMARY");
    const isOpen = "document.querySelector('details.finding').open";
    await page.keyboard.press("Enter");
    expect(await ask(page, isOpen)).toBe(false);
    await page.keyboard.press("Enter");
    expect(await ask(page, isOpen)).toBe(true);
    const seen = new Set<unknown>();
    for (let tabs = 0; tabs < 60; tabs += 1) {
      await page.keyboard.press("Tab");
      const id = await ask(page, "document.activeElement.id");
      seen.add(id);
      if (id === "timeline-scroll") break;
    }
    expect(seen).toContain("timeline-scroll");
    const width = "document.getElementById('timeline-track').clientWidth";
    const before = Number(await ask(page, width));
    await page.keyboard.press("+");
    expect(Number(await ask(page, width))).toBeGreaterThan(1.9 * before);
    await page.keyboard.press("n");
    expect(await page.locator("#clock").textContent()).toMatch(/^finding 1 of/);
    await page.keyboard.press("0");
    expect(Number(await ask(page, width))).toBe(before);
  });

  it("prints on a few sheets", async () => {
    const { page } = await open(name);
    const pdf = await page.pdf({ format: "A4" });
    const sheets = pdf.toString("latin1").match(/\/Type\s*\/Page\b/g)?.length;
    expect(sheets).toBeGreaterThan(0);
    expect(sheets).toBeLessThanOrEqual(6);
  });
});

describe("the page's colours", () => {
  it("follow the reader's system", async () => {
    const background = "getComputedStyle(document.body).backgroundColor";
    const sum = (rgb: unknown): number =>
      [...String(rgb).matchAll(/\d+/g)].reduce((total, [n]) => total + Number(n), 0);
    const light = await open("suite", { colorScheme: "light" });
    expect(sum(await ask(light.page, background))).toBeGreaterThan(600);
    const dark = await open("suite", { colorScheme: "dark" });
    expect(sum(await ask(dark.page, background))).toBeLessThan(150);
  });

  it("would be called a barrier if they were too faint", async () => {
    const { page } = await open("suite");
    await ask(page, "document.documentElement.style.setProperty('--soft', '#ccc')");
    expect(await barriers(new AxeBuilder({ page }))).toEqual([
      expect.stringMatching(/^color-contrast: /),
    ]);
  });
});
