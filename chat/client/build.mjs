// Bundles the element, the script for other sites and the sign-in window's last page into assets/chat/, one file each.
import { build } from "esbuild";

await build({
  entryPoints: { "parley-chat": "src/index.ts", embed: "src/site/embed.ts", handover: "src/handover.ts" },
  outdir: "../../assets/chat",
  bundle: true,
  minify: true,
  format: "iife",
  target: ["es2022"],
  loader: { ".svg": "text", ".css": "text" },
  legalComments: "none",
});
