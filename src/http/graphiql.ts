import { Router } from 'express';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** File in the page -> where it lies, from an installed package: nothing is fetched from outside. React 18 was the last with such files. */
const ASSETS: Readonly<Record<string, readonly [packageName: string, file: string]>> = {
  'react.js': ['react-18', 'umd/react.production.min.js'],
  'react-dom.js': ['react-dom-18', 'umd/react-dom.production.min.js'],
  'graphiql.js': ['graphiql', 'graphiql.min.js'],
  'graphiql.css': ['graphiql', 'graphiql.min.css'],
  'graphql-ws.js': ['graphql-ws', 'dist/client.js'],
};

const SCRIPT = `
import { createClient } from './graphql-ws.js';

const socketUrl = location.href.replace(/^http/, 'ws').replace(/[?#].*$/, '');
let socket;
let socketKey;

// A socket belongs to one key: another key in the header editor opens another.
function socketFor(authorization) {
  if (!socket || socketKey !== authorization) {
    socket?.dispose();
    socketKey = authorization;
    socket = createClient({ url: socketUrl, connectionParams: { authorization } });
  }
  return socket;
}

function headerOf(headers, name) {
  const found = Object.keys(headers ?? {}).find((key) => key.toLowerCase() === name);
  return found === undefined ? undefined : headers[found];
}

// By the text: the parsed document that GraphiQL has is that of a moment ago.
function isSubscription({ query, operationName }) {
  const text = query.replace(/#.*|"""[^]*?"""|"(?:\\\\.|[^"\\\\])*"/g, ' ');
  const operations = [];
  let depth = 0;
  let words = [];
  for (const [token] of text.matchAll(/[{}]|\\w+/g)) {
    if (token === '}') depth -= 1;
    else if (token !== '{') words.push(token);
    else if (depth++ === 0) operations.push(words);
    if (token === '{' || token === '}') words = [];
  }
  const chosen = operations.find(([, name]) => name === operationName) ?? operations[0];
  return chosen?.[0] === 'subscription';
}

function fetcher(parameters, options) {
  if (isSubscription(parameters)) {
    return socketFor(headerOf(options?.headers, 'authorization')).iterate(parameters);
  }
  return fetch(location.pathname, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...options?.headers },
    body: JSON.stringify(parameters),
  }).then((answer) => answer.json());
}

ReactDOM.createRoot(document.getElementById('graphiql')).render(
  React.createElement(GraphiQL, {
    fetcher,
    shouldPersistHeaders: false,
    isHeadersEditorEnabled: true,
    defaultEditorToolsVisibility: 'headers',
    defaultHeaders: JSON.stringify({ Authorization: 'Bearer ' }, null, 2),
    defaultQuery: '# Put your API key into the Headers tab below, then run this.\\n{\\n  viewer {\\n    keyName\\n    scopes\\n  }\\n}\\n',
  }),
);
`;

const PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<link rel="icon" href="data:,">
<title>Likeness GraphiQL</title>
<link rel="stylesheet" href="./graphql/assets/graphiql.css">
<style>body { margin: 0 } #graphiql { height: 100vh }</style>
</head>
<body>
<div id="graphiql">Loading...</div>
<script src="./graphql/assets/react.js"></script>
<script src="./graphql/assets/react-dom.js"></script>
<script src="./graphql/assets/graphiql.js"></script>
<script type="module" src="./graphql/assets/page.js"></script>
</body>
</html>
`;

const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; font-src 'self' data:; img-src 'self' data:; " +
  "connect-src 'self' ws: wss:; frame-ancestors 'none'";

/** The GraphiQL page at `/graphql` for a browser's GET, and the files it needs. Development only. */
export function graphiqlRouter(): Router {
  const router = Router();
  router.get('/graphql', (_req, res) => {
    res.setHeader('Content-Security-Policy', POLICY);
    res.type('html').send(PAGE);
  });
  router.get('/graphql/assets/:name', (req, res, next) => {
    const { name } = req.params;
    const type = name.endsWith('.css') ? 'css' : 'js';
    if (name === 'page.js') {
      res.type(type).send(SCRIPT);
      return;
    }
    const asset = Object.hasOwn(ASSETS, name) ? ASSETS[name] : chunkOf(name);
    const file = asset && join(dirname(require.resolve(`${asset[0]}/package.json`)), asset[1]);
    if (file === undefined || !existsSync(file)) return next();
    res.type(type).send(readFileSync(file));
  });
  return router;
}

/** graphql-ws' client imports one chunk of its own, whose name changes with each release. */
function chunkOf(name: string): readonly [string, string] | undefined {
  return /^common-[\w-]+\.js$/.test(name) ? ['graphql-ws', `dist/${name}`] : undefined;
}
