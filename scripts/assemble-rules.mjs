// What is left out of installed packages when an image is assembled: other platforms' binaries, other databases' compilers,
// sources, declarations and manuals. Licences stay.

const BINARIES = `${process.platform}/${process.arch}`;
const PREBUILDS = `${process.platform}-${process.arch}`;

/** What of a package is kept where its own rules say so; a folder is kept while something below it may be. */
const KEPT = {
  'onnxruntime-node': (file) => !/^bin\/napi-v\d+\/./.test(file) || isOnTheWayTo(file, 2, BINARIES),
  usearch: (file) =>
    !/^(c|cpp|cmake|include|numkong)(\/|$)/.test(file) &&
    (!file.startsWith('prebuilds/') || file.startsWith(`prebuilds/${PREBUILDS}`)),
  '@prisma/client': (file) =>
    !file.startsWith('runtime/') ||
    /^runtime\/(client|index-browser|query_compiler_fast_bg\.postgresql(\.wasm-base64)?)\.js$/.test(file),
  bullmq: (file) => !file.startsWith('dist/esm'),
};
/** Each has one bundle for Node, beside many for browsers. */
const TFJS = (file) => /^(package\.json|dist|dist\/[\w.-]+\.node\.js|dist\/[\w-]+\.wasm)$/.test(file);

const MANUALS = /\.(map|md|markdown|flow|d\.[cm]?ts|tsbuildinfo)$/i;
const SOURCES = /(^|\/)[^/]+\.tsx?$/;
const ASIDE = /^(__tests__|tests?|docs?|examples?|coverage|benchmarks?|\.github)(\/|$)/i;
const LICENCE = /(^|\/)(licen[cs]e|notice|copying|copyright)[^/]*$/i;

/**
 * @param file place in the package, with `/`.
 * @param packFiles files that packs read, where the package is there for its weights: nothing else of it is kept.
 */
export function isLeftOut(name, file, packFiles) {
  // A package that lies inside another one is copied for itself.
  if (/(^|\/)node_modules(\/|$)/.test(file)) return true;
  if (LICENCE.test(file)) return false;
  if (packFiles)
    return !(file === 'package.json' || [...packFiles].some((one) => one === file || one.startsWith(`${file}/`)));
  if (name.startsWith('@tensorflow/tfjs-')) return !TFJS(file);
  if (KEPT[name] && !KEPT[name](file)) return true;
  return MANUALS.test(file) || SOURCES.test(file) || ASIDE.test(file);
}

/** Whether a place is the wanted one, above it or below it, from its part of that number on. */
function isOnTheWayTo(file, from, wanted) {
  const rest = file.split('/').slice(from).join('/');
  return wanted === rest || wanted.startsWith(`${rest}/`) || rest.startsWith(`${wanted}/`);
}
