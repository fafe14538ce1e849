const { readFileSync } = require('node:fs');
const { availableParallelism } = require('node:os');

const swc = JSON.parse(readFileSync(`${__dirname}/.swcrc`, 'utf8'));

/** Tests run from TypeScript; worker threads and child processes run from dist/, which `npm test` builds first. */
module.exports = {
  testEnvironment: 'node',
  roots: ['<rootDir>/test'],
  testMatch: ['**/*.test.ts'],
  setupFiles: ['reflect-metadata'],
  globalSetup: '<rootDir>/test/global-setup.ts',
  globalTeardown: '<rootDir>/test/global-teardown.ts',
  moduleNameMapper: {
    '^@likeness/client$': '<rootDir>/packages/client/src/index.ts',
    // An ES module alone: Node imports it, jest takes it for CommonJS.
    '^h5wasm$': '<rootDir>/node_modules/h5wasm/dist/esm/hdf5_hl.js',
  },
  transform: {
    // The Prisma client imports its compiler dynamically, Likeness' client a WebSocket and the model compiler HDF5, which jest only
    // allows as require.
    '/(database/generated|packages/client|packages/packs/src/keras)/.+\\.ts$': [
      '@swc/jest',
      { ...swc, module: { ...swc.module, ignoreDynamic: false } },
    ],
    '^.+\\.ts$': '@swc/jest',
    // The Milvus SDK requires a package that is an ES module: Node can, jest cannot before Node 24.9.
    '/node_modules/(uuid|h5wasm)/.+\\.js$': '@swc/jest',
  },
  transformIgnorePatterns: ['/node_modules/(?!(uuid|h5wasm)/)'],
  testTimeout: 60_000,
  // Half of a suite's time is waiting, so two cores bear two of them; beyond fifteen, two would share a database of Redis.
  maxWorkers: Math.min(Math.max(2, availableParallelism() - 1), 15),
};
