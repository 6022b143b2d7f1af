import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/e2e/**/*.test.ts'],
    // one cluster at a time
    fileParallelism: false,
    testTimeout: 60_000,
    hookTimeout: 300_000,
  },
});
