import { fileURLToPath } from "node:url";

/**
 * Compiled code is kept beside the program: half of what a start costs is compiling the same modules again. Not in the
 * folder for temporary files, Node's default: others can write there, and what is in the cache is run. Where this user
 * can't write beside the program there is no cache, and that is all. NODE_COMPILE_CACHE names another folder,
 * NODE_DISABLE_COMPILE_CACHE=1 does without.
 */
export const compileCacheFolder = fileURLToPath(new URL("../../node_modules/.cache/herald", import.meta.url));
