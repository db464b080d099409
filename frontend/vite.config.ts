/**
 * How the pages are built and, while developing, served.
 *
 * `npm run dev` serves the pages with hot reload and passes API, WHIP and WHEP requests on to a Harmonie server,
 * by default the one `make run` starts; HARMONIE_DEV_SERVER names another.
 */
import type { Plugin } from "vite";
import { defineConfig } from "vitest/config";

const server = process.env["HARMONIE_DEV_SERVER"] ?? "http://127.0.0.1:8080";

/** While developing, as the server does: the overlay is a page of its own. */
const overlay: Plugin = {
  name: "overlay",
  configureServer({ middlewares }) {
    middlewares.use((request, _response, next) => {
      if (request.url?.startsWith("/overlay/") === true) request.url = "/overlay.html";
      next();
    });
  },
};

export default defineConfig({
  plugins: [overlay],
  build: {
    // The server sends `default-src 'self'`: a file inlined as a data: address would be refused by the browser.
    assetsInlineLimit: 0,
    target: "es2022",
    sourcemap: false,
    rolldownOptions: { input: ["index.html", "overlay.html"] },
  },
  server: {
    host: "127.0.0.1",
    proxy: { "/api": server, "/pictures": server, "/whip": server, "/whep": server, "/ws": { target: server, ws: true } },
  },
  test: { include: ["src/**/*.test.ts"], environment: "node" },
});
