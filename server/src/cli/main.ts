import { enableCompileCache } from "node:module";
import { compileCacheFolder } from "./compile-cache.ts";
import { boundHeap } from "./heap.ts";

// Before anything else is loaded.
enableCompileCache(compileCacheFolder);

boundHeap();

const { run } = await import("./program.ts");
await run();
