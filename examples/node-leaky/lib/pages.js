'use strict';

const escape = (text) => String(text).replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);
const price = (cents) => `${(cents / 100).toFixed(2)} EUR`;

function layout(title, body) {
  return `<!doctype html>\n<title>${escape(title)}</title>\n${body}\n`;
}

function product({ name, cents }, page) {
  return layout(name, `<h1>${escape(name)}</h1>\n<p>${price(page.price ?? cents)}</p>`);
}

function search(found) {
  const rows = found.map(({ id, name, cents }) => `<li><a href="/products/${id}">${escape(name)}</a> ${price(cents)}</li>`);
  return layout('Search', `<h1>${found.length} results</h1>\n<ul>\n${rows.join('\n')}\n</ul>`);
}

module.exports = { product, search };
