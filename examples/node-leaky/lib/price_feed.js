'use strict';

const { EventEmitter } = require('node:events');

// Prices as they change; one for the whole process.
class PriceFeed extends EventEmitter {
  constructor() {
    super();
    // The warning about more than ten listeners was a nuisance, so somebody turned it off.
    this.setMaxListeners(0);
  }
}

module.exports = { PriceFeed };
