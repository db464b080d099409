// Firefox for the tests, driven over WebDriver BiDi: one JSON command a line on standard input, one answer a line on
// standard output. `node firefox_driver.mjs FIREFOX PROBE SECURE_HOST`. Ends with its input.
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import puppeteer from "puppeteer-core";

const [executablePath, probeFile, secureHost] = process.argv.slice(2);
const probe = readFileSync(probeFile, "utf8");
const browser = await puppeteer.launch({
  browser: "firefox",
  executablePath,
  headless: true,
  extraPrefsFirefox: {
    "media.navigator.permission.disabled": true,
    "media.navigator.streams.fake": true,
    "media.devices.insecure.enabled": true,
    "media.getusermedia.insecure.enabled": true,
    "media.autoplay.default": 0,
    // The server of the test has no certificate; its page may use devices all the same.
    "dom.securecontext.allowlist": secureHost,
    // Nothing is asked of the network but the test's own server.
    "app.update.enabled": false,
    "browser.safebrowsing.downloads.enabled": false,
    "browser.safebrowsing.malware.enabled": false,
    "browser.safebrowsing.phishing.enabled": false,
    "network.captive-portal-service.enabled": false,
    "network.connectivity-service.enabled": false,
  },
});

const tabs = new Map();
// Firefox opens no devices for a page behind another, and shows no frames there.
const inFront = async (tab) => {
  const page = tabs.get(tab);
  await page.bringToFront();
  return page;
};
const commands = {
  // `apart`: with cookies and storage of its own, as another person's browser.
  async open({ tab, apart }) {
    const page = await (apart ? await browser.createBrowserContext() : browser).newPage();
    await page.evaluateOnNewDocument(probe);
    page.on("dialog", (dialog) => dialog.accept());
    tabs.set(tab, page);
  },
  goto: async ({ tab, url }) => void (await (await inFront(tab)).goto(url, { waitUntil: "domcontentloaded" })),
  reload: async ({ tab }) => void (await (await inFront(tab)).reload({ waitUntil: "domcontentloaded" })),
  evaluate: ({ tab, expression }) => tabs.get(tab).evaluate(expression),
  click: async ({ tab, selector }) => (await inFront(tab)).click(selector),
  // A line break is the Enter key.
  type: async ({ tab, selector, text }) => (await inFront(tab)).type(selector, text),
  select: ({ tab, selector, value }) => tabs.get(tab).select(selector, value),
  async close({ tab }) {
    await tabs.get(tab).close();
    tabs.delete(tab);
  },
};

const answer = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);
answer({ ready: await browser.version() });
for await (const line of createInterface({ input: process.stdin })) {
  const { id, command, ...given } = JSON.parse(line);
  // Not awaited: a slow page does not hold up the others.
  commands[command](given)
    .then((value) => answer({ id, value: value ?? null }))
    .catch((error) => answer({ id, error: String(error) }));
}
await browser.close();
