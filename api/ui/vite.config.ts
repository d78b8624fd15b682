import optimizeLocales from "@react-aria/optimize-locales-plugin";
import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";
import { compress } from "./compress.ts";

export default defineConfig({
  plugins: [
    react(),
    tailwindcss(),
    // React Aria's own texts come in 34 languages, none of them Persian, so it falls back to English.
    optimizeLocales.vite({ locales: ["en-US"] }),
    compress(),
  ],
  build: {
    target: "es2022",
    // The page's Content-Security-Policy allows fonts and scripts from files only, not from data: URLs.
    assetsInlineLimit: 0,
  },
  server: {
    proxy: { "/api": { target: process.env.AVAGAR_API ?? "http://localhost:3001", ws: true } },
  },
  test: {
    environment: "happy-dom",
    include: ["src/**/*.test.{ts,tsx}"],
  },
});
