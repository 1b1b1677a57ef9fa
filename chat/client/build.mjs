// Bundles the element into assets/chat/parley-chat.js: one file, no request beyond it.
import { build } from "esbuild";

await build({
  entryPoints: ["src/index.ts"],
  outfile: "../../assets/chat/parley-chat.js",
  bundle: true,
  minify: true,
  format: "iife",
  target: ["es2022"],
  loader: { ".svg": "text", ".css": "text" },
  legalComments: "none",
});
