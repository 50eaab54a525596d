'use strict';

// Keeps the price on a page up to date while it is being made.
//
// THIS IS THE LEAK: the listener is never taken off. The feed lives as long as the process, each listener holds its
// page, and so every page that was ever shown stays.
function watchPrices(feed, page) {
  feed.on('price', function showPrice(id, cents) {
    if (page.path === `/products/${id}`) page.price = cents;
  });
}

module.exports = { watchPrices };
