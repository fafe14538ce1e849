const shared = require('./jest.config.js');

/** `npm run test:unit`: what needs no server, and so nothing that a whole run sets up first, and may have every core. */
module.exports = {
  ...shared,
  roots: ['<rootDir>/test/unit'],
  globalSetup: undefined,
  globalTeardown: undefined,
  maxWorkers: '100%',
};
