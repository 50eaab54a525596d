'use strict';
// The shop of ../node-leaky, with its files, but for one: a listener goes when its page is out.

const { startShop } = require('../node-leaky/server');

startShop((feed, page, response) => {
  const showPrice = (id, cents) => {
    if (page.path === `/products/${id}`) page.price = cents;
  };
  feed.on('price', showPrice);
  response.on('close', () => feed.off('price', showPrice));
});
