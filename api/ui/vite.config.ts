import optimizeLocales from "@react-aria/optimize-locales-plugin";
import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

export default defineConfig({
  plugins: [
    react(),
    tailwindcss(),
    // react-aria's own strings come in 34 languages, none of them Persian; it falls back to English.
    optimizeLocales.vite({ locales: ["en-US"] }),
  ],
  build: {
    target: "es2022",
    // The page's Content-Security-Policy lets fonts and scripts come from files only, never from data: addresses.
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
