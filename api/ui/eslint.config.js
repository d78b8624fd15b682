import parser from "@typescript-eslint/parser";
import reactHooks from "eslint-plugin-react-hooks";
import { defineConfig, globalIgnores } from "eslint/config";

// Only the rules of hooks: everything else that matters here is an error of the TypeScript compiler.
export default defineConfig([
  globalIgnores(["dist", "src/api/schema.d.ts"]),
  {
    files: ["src/**/*.{ts,tsx}"],
    languageOptions: { parser },
    extends: [reactHooks.configs.flat["recommended-latest"]],
  },
]);
