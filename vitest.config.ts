import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts', 'lab/**/*.test.ts'],
    // `npm run e2e`: what they need takes minutes to build
    exclude: ['test/e2e/**'],
    testTimeout: 30_000,
  },
});
