/** A vitest reporter that leaves the sum in the file named by SKOOP_TALLY: counts, and each skipped test with its reason. */
import { writeFileSync } from 'node:fs';

export default class TallyReporter {
  onTestRunEnd(modules, unhandledErrors) {
    const tally = { passed: 0, failed: unhandledErrors.length, skipped: [] };
    for (const module of modules) {
      // A file that could not be loaded has no tests, and is a failure all the same.
      if (module.errors().length > 0) tally.failed++;
      for (const test of module.children.allTests()) {
        const result = test.result();
        if (result.state === 'passed') tally.passed++;
        else if (result.state === 'failed') tally.failed++;
        else tally.skipped.push({ name: `${module.relativeModuleId}: ${test.fullName}`, note: result.note ?? '' });
      }
    }
    writeFileSync(process.env.SKOOP_TALLY, JSON.stringify(tally));
  }
}
