// npm run build: TypeScript to dist/, the engine to native/meshd.node; each only when its sources changed.
import { buildProduct } from "./product.ts";

process.exitCode = (await buildProduct()) ? 0 : 1;
