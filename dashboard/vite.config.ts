import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

/** Where `npm run dev -w dashboard` finds a running Herald. */
const herald = process.env.HERALD_URL ?? "http://127.0.0.1:8484";

export default defineConfig({
  root: import.meta.dirname,
  plugins: [react()],
  build: {
    target: "es2023",
    // Those that know light-dark(): written out for older ones, it is no colour at all.
    cssTarget: ["chrome123", "firefox120", "safari17.5"],
    // The server gives them away for good: their names have hashes.
    assetsDir: "assets",
    manifest: true,
    // The source is public; maps would double the package.
    sourcemap: false,
    // An inlined file would need `data:` in more of the page's policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 700,
    reportCompressedSize: false,
    rolldownOptions: {
      output: {
        codeSplitting: {
          groups: [
            { name: "first", tags: ["$initial"], priority: 1 },
            {
              name: "shared",
              test: (id: string) => !id.endsWith("-page.tsx"),
              minShareCount: 4,
              entriesAware: true,
              entriesAwareMergeThreshold: 10_000,
            },
          ],
        },
      },
    },
  },
  server: {
    host: "127.0.0.1",
    port: 5173,
    proxy: Object.fromEntries(
      // The Origin of the page is not that of the API; both are this machine, and the API compares them.
      ["/v1", "/docs", "/openapi.json"].map((path) => [
        path,
        { target: herald, changeOrigin: true, headers: { origin: herald } },
      ]),
    ),
  },
});
