import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join, normalize } from 'node:path';
import test from 'ava';

/** Who may import whom. A folder may always import itself; the files that stand in `src` itself put the house together. */
const mayImport: Record<string, readonly string[]> = {
  'src/domain/': [],
  'workflows/': ['src/domain/'],
  'actors/': ['src/domain/', 'workflows/'],
  'db/': ['actors/protocol.ts', 'src/domain/'],
  'src/providers/': ['src/domain/'],
  'src/payments/': ['src/http/', 'src/domain/'],
  'src/images/': ['src/domain/'],
  'src/storage/': ['src/images/', 'src/domain/'],
  'src/bot/': ['actors/protocol.ts', 'actors/nact.ts', 'db/queries.ts', 'src/domain/'],
  'src/http/': ['actors/protocol.ts', 'actors/nact.ts', 'db/queries.ts', 'src/domain/'],
  'src/sandbox/': ['src/domain/'],
  'web/': ['src/sandbox/page/wire.ts'],
};

/** What the outside world is spoken to with; actors know none of it. */
const outside =
  /^(telegraf|koa|@koa\/router|superagent|sequelize|sqlite3|pg|sharp|ws|umzug|ioredis|pino|node-cron|node:(fs|http|https|net))\b/;

const filesIn = (root: string, endings: RegExp): string[] =>
  existsSync(root)
    ? readdirSync(root, { recursive: true, encoding: 'utf8' })
        .map(name => join(root, name))
        .filter(name => endings.test(name) && !name.includes('node_modules'))
    : [];
const files = ['src', 'actors', 'db', 'workflows', 'web'].flatMap(root => filesIn(root, /\.(ts|mjs|js)$/));
const everywhere = [...files, ...['test', 'bench'].flatMap(root => filesIn(root, /\.(ts|mjs|js)$/))];

const textOf = (file: string): string => readFileSync(file, 'utf8');
const importsOf = (file: string, text = textOf(file)): string[] =>
  [...text.matchAll(/(?:\bfrom\s+|\bimport\s*\(?\s*|\brequire\)?\(\s*|createRequire\([^)]*\)\(\s*)'([^']+)'/g)].map(
    ([, specifier]) => specifier!,
  );
const folderOf = (file: string): string | undefined => Object.keys(mayImport).find(folder => file.startsWith(folder));

test('there is something to look at', t => {
  t.true(files.length > 50);
  t.true(importsOf('actors/nact.ts').includes('nact/lib/actor.js'));
});

test('every file belongs to a folder whose imports are ruled, or stands in src itself', t => {
  for (const file of files) t.true(folderOf(file) !== undefined || dirname(file) === 'src', file);
});

test('every folder imports only what it may', t => {
  for (const file of files) {
    const folder = folderOf(file);
    if (!folder) continue;
    for (const specifier of importsOf(file).filter(one => one.startsWith('.'))) {
      const target = normalize(join(dirname(file), specifier));
      const allowed = [folder, ...mayImport[folder]!].some(prefix => target.startsWith(prefix));
      t.true(allowed, `${file} must not import ${target}`);
    }
  }
});

test('no file leads back to itself by what it imports', t => {
  const targets = new Map(
    files.map(file => [
      file,
      importsOf(file)
        .filter(one => one.startsWith('.'))
        .map(one => normalize(join(dirname(file), one))),
    ]),
  );
  const done = new Set<string>();
  const walk = (file: string, path: readonly string[]): void => {
    if (path.includes(file)) t.fail([...path.slice(path.indexOf(file)), file].join(' → '));
    if (path.includes(file) || done.has(file)) return;
    for (const target of targets.get(file) ?? []) walk(target, [...path, file]);
    done.add(file);
  };
  for (const file of files) walk(file, []);
  t.true(done.size >= files.length);
});

test('a gateway has a name in its own room, in the catalogue and among the variables, and nowhere else in the house', t => {
  const knows = (file: string) => /stripe/i.test(textOf(file)) && !/^src\/(sandbox\/comfyui|payments\/stripe)\//.test(file);
  t.deepEqual(files.filter(knows).sort(), ['src/gateways.ts', 'src/payment-config.ts']);
});

test('the domain knows no package and no part of Node', t => {
  for (const file of files.filter(name => name.startsWith('src/domain/')))
    for (const specifier of importsOf(file)) t.true(specifier.startsWith('.'), `${file} must not import ${specifier}`);
});

test('actors know nothing of the outside world', t => {
  for (const file of files.filter(name => name.startsWith('actors/')))
    for (const specifier of importsOf(file)) t.notRegex(specifier, outside, `${file} must not import ${specifier}`);
});

test('one file alone imports nact', t => {
  for (const file of everywhere)
    for (const specifier of importsOf(file))
      if (/^nact(\/|$)/.test(specifier)) t.is(file, 'actors/nact.ts', `${file} must not import ${specifier}`);
});

test('an actor knows another only as its own child: messages are types, and refs are handed in', t => {
  const actors = ['users', 'user', 'ledger', 'jobs', 'gpu', 'comfy-session', 'outbox', 'payments', 'wakeups', 'bonus', 'desk'];
  const children: Record<string, readonly string[]> = { system: actors, users: ['user'], jobs: ['gpu'], gpu: ['comfy-session'] };
  for (const file of files.filter(name => name.startsWith('actors/')))
    for (const specifier of importsOf(file, textOf(file).replace(/\bimport type [^;]*;/g, ''))) {
      const [target, other] = [normalize(join(dirname(file), specifier)), basename(specifier, '.ts')];
      if (target.startsWith('actors/') && actors.includes(other))
        t.true(children[basename(file, '.ts')]?.includes(other), `${file} must not import ${specifier}`);
    }
});

test('a room of actors takes of another only the child that it spawns', t => {
  const roomOf = (file: string) => /^actors\/(\w+)\//.exec(file)?.[1];
  for (const file of files.filter(roomOf))
    for (const specifier of importsOf(file)) {
      const target = normalize(join(dirname(file), specifier));
      const room = roomOf(target);
      if (room && room !== roomOf(file)) t.deepEqual([roomOf(file), target], ['jobs', 'actors/gpu/gpu.ts'], file);
    }
});

test('the environment is read in one place', t => {
  for (const file of files)
    if (!['src/config.ts', 'src/main.ts'].includes(file)) t.notRegex(textOf(file), /process\.env\b/, file);
});

test('time is asked of a clock that a test can wind', t => {
  // A question that nobody answers is a fault, and no rule of the house: nact times it by the real clock.
  for (const file of files.filter(name => /^(actors|src\/domain|workflows)\//.test(name) && name !== 'actors/nact.ts'))
    t.notRegex(textOf(file), /\bDate\.now\b|new Date\(\)|\bsetTimeout\b|\bsetInterval\b/, file);
});

test('the domain leaves chance to others, so that replay gives the same', t => {
  for (const file of files.filter(name => name.startsWith('src/domain/')))
    t.notRegex(textOf(file), /Math\.random|randomUUID|crypto/, file);
});

test('no comment is wider than the code', t => {
  for (const file of everywhere) {
    const wide = textOf(file)
      .split('\n')
      .filter(line => line.length > 130 && /^\s*(\/\/|\/?\*)/.test(line));
    t.deepEqual(wide, [], file);
  }
});

test('no file is longer than 300 lines', t => {
  for (const file of files) t.true(textOf(file).split('\n').length <= 301, file);
});

test('files are called by what they hold, not by what they do for others', t => {
  for (const file of everywhere) t.notRegex(basename(file), /manager|service|helper|util|handler|processor/i, file);
});

test('no test is skipped or runs alone, and none is left to be written', t => {
  for (const file of everywhere.filter(name => name.startsWith('test/') && !name.endsWith('tidy.test.ts')))
    t.notRegex(textOf(file), /\btest(\.serial)?\.(only|todo|failing)\(/, file);
});
