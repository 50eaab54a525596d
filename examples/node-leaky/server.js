'use strict';
// A small shop on Node's own http server. It needs no package from npm, and listens on $PORT.

const { createServer } = require('node:http');
const { Catalog } = require('./lib/catalog');
const { PriceFeed } = require('./lib/price_feed');
const pages = require('./lib/pages');

// `watchPrices(feed, page, response)` is what the two shops differ in: see lib/price_watch.js.
function startShop(watchPrices) {
  const catalog = new Catalog();
  const feed = new PriceFeed();

  const server = createServer((request, response) => {
    const url = new URL(request.url, 'http://shop');
    const product = url.pathname.match(/^\/products\/(\d+)$/);
    if (product) {
      const page = { path: url.pathname, visitor: request.headers['user-agent'], price: null, seen: new Date() };
      watchPrices(feed, page, response);
      return send(response, 200, pages.product(catalog.find(Number(product[1])), page));
    }
    if (url.pathname === '/search') return send(response, 200, pages.search(catalog.search(url.searchParams.get('q') ?? '')));
    if (url.pathname === '/health') return send(response, 200, `listeners ${feed.listenerCount('price')}, searches ${catalog.cached}\n`);
    return send(response, 404, 'not found\n');
  });

  server.listen(Number(process.env.PORT ?? 3000), '127.0.0.1', () => {
    console.log(`listening on http://127.0.0.1:${server.address().port}`);
  });
  process.on('SIGTERM', () => process.exit(0));
}

function send(response, status, body) {
  response.writeHead(status, { 'content-type': 'text/html; charset=utf-8', 'content-length': Buffer.byteLength(body) });
  response.end(body);
}

if (require.main === module) startShop(require('./lib/price_watch').watchPrices);

module.exports = { startShop };
