import { Router } from 'express';

const STYLE =
  'body{font:16px/1.5 system-ui,sans-serif;max-width:42rem;margin:3rem auto;padding:0 1rem;color:#1f2328}' +
  'code{background:#f3f4f6;padding:.1em .3em;border-radius:4px}@media(prefers-color-scheme:dark){' +
  'body{background:#0d1117;color:#e6edf3}a{color:#79c0ff}code{background:#21262d}}';

/**
 * What `/` answers: what this is and where to go, to a browser as a page and to others as JSON.
 * @param production GraphiQL is not served there.
 */
export function landingRouter(production: boolean): Router {
  const router = Router();
  const places = {
    name: 'Likeness',
    description: 'Face search for many tenants behind one GraphQL API.',
    graphql: '/graphql',
    health: ['/livez', '/readyz'],
  };
  const graphiql = production
    ? 'Send operations with <code>POST /graphql</code>. The page to try them out is switched off in production.'
    : 'Try it in the browser: <a href="./graphql">GraphiQL</a>. Programs send operations with <code>POST /graphql</code>.';
  const page = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<link rel="icon" href="data:,">
<title>Likeness</title>
<style>${STYLE}</style>
</head>
<body>
<h1>Likeness</h1>
<p>This is a face search for many tenants behind one GraphQL API. It knows faces that its tenants have enrolled, and answers
"who is this?" about others.</p>
<p>${graphiql}</p>
<p>Every operation wants a key: <code>Authorization: Bearer lk_...</code>. Ask whoever runs this server for one. On the
server itself, <code>npm run operator-key</code> prints the key that makes tenants.</p>
<p>Its health: <a href="./livez">/livez</a> and <a href="./readyz">/readyz</a>.</p>
</body>
</html>
`;
  router.get('/', (req, res) => {
    if (req.accepts(['json', 'html']) !== 'html') {
      res.json(places);
      return;
    }
    res.setHeader(
      'Content-Security-Policy',
      "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'",
    );
    res.type('html').send(page);
  });
  return router;
}
