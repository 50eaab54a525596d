'use strict';
// A page that React renders on the server. A component starts a timer in its constructor, which runs on the server as
// well, where componentWillUnmount never does. INNOCENT=1 starts it in componentDidMount, which runs in browsers only.

const http = require('node:http');
const React = require('react');
const { renderToString } = require('react-dom/server');

class Clock extends React.Component {
  constructor(props) {
    super(props);
    this.state = { now: Date.now(), visitor: props.visitor };
    if (process.env.INNOCENT !== '1') this.start();
  }

  componentDidMount() {
    this.start();
  }

  componentWillUnmount() {
    clearInterval(this.timer);
  }

  start() {
    this.timer = setInterval(() => this.setState({ now: Date.now() }), 3_600_000); // name: Clock|setInterval|Timeout
  }

  render() {
    return React.createElement('p', null, `${this.state.visitor}: ${this.state.now}`);
  }
}

const server = http.createServer((request, response) => {
  const page = React.createElement('main', null, React.createElement(Clock, { visitor: request.url }));
  response.end(`<!doctype html>${renderToString(page)}`);
});
server.listen(Number(process.env.PORT ?? 3000), '127.0.0.1', () => console.log(`listening on :${server.address().port}`));
