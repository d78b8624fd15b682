import parser from "@typescript-eslint/parser";
import reactHooks from "eslint-plugin-react-hooks";
import { defineConfig, globalIgnores } from "eslint/config";

// Only short functions and the rules of hooks: everything else that matters here is an error of the TypeScript compiler.
export default defineConfig([
  globalIgnores(["**/dist", "**/src/api/schema.d.ts"]),
  {
    files: ["**/*.{ts,tsx}"],
    languageOptions: { parser },
    rules: { "max-lines-per-function": ["error", { max: 80, skipBlankLines: false, skipComments: false }] },
  },
  {
    files: ["**/src/**/*.{ts,tsx}"],
    extends: [reactHooks.configs.flat["recommended-latest"]],
  },
]);
