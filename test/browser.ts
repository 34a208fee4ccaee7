import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { type Browser, type BrowserContextOptions, chromium, type Locator, type Page } from 'playwright-core';
import sharp from 'sharp';
import { project } from './project.ts';

/** Where Debian, Ubuntu and others keep it; `CHROMIUM` names another place. */
export const chromiumPath = [
  process.env['CHROMIUM'],
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
].find(path => path && existsSync(path));

/** Without these it looks up addresses of its own at every start. */
const args = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking'];

export const launch = (): Promise<Browser> =>
  chromium.launch({ executablePath: chromiumPath ?? '', args: [...args, '--disable-component-update', '--disable-sync'] });

export type Sandbox = { url: string; folder: string; process: ChildProcess };

/** `npm start` with an empty environment, but for a port and a folder of its own; resolves with the address that it prints. */
export async function startSandbox(t: ExecutionContext, env: Record<string, string> = {}): Promise<Sandbox> {
  const folder = mkdtempSync(join(tmpdir(), 'sandbox-'));
  const child = spawn(process.execPath, [join(project, 'dist/src/main.js')], {
    cwd: folder,
    env: { PATH: process.env['PATH'] ?? '', HOME: folder, PORT: '0', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  t.teardown(async () => {
    const ended = new Promise(resolve => child.once('exit', resolve));
    if (child.exitCode === null && child.kill('SIGTERM')) await ended;
    rmSync(folder, { recursive: true, force: true });
  });
  return { url: await printedAddress(child), folder, process: child };
}

const printedAddress = (child: ChildProcess): Promise<string> =>
  new Promise((resolve, reject) => {
    let said = '';
    const listen = (part: Buffer) => {
      said += part;
      const [address] = /http:\/\/\S+/.exec(said) ?? [];
      if (address) resolve(address);
    };
    child.stdout?.on('data', listen);
    child.stderr?.on('data', listen);
    child.once('exit', code => reject(new Error(`the sandbox ended with ${code}: ${said}`)));
  });

/** A tab, and whatever in it should not have happened: scripts that failed, addresses that are not the sandbox's own. */
export type Tab = { page: Page; complaints: string[] };

export async function openTab(
  t: ExecutionContext,
  browser: Browser,
  url: string,
  options: BrowserContextOptions = {},
): Promise<Tab> {
  const context = await browser.newContext({ locale: 'ru-RU', reducedMotion: 'reduce', ...options });
  const page = await context.newPage();
  t.teardown(async () => {
    if (!t.passed) t.log(await page.innerText('body').catch(() => 'the page shows nothing'));
    await context.close();
  });
  page.setDefaultTimeout(90_000);
  const complaints: string[] = [];
  page.on('pageerror', error => complaints.push(`a script failed: ${error.message}`));
  page.on('console', message => {
    if (message.type() === 'error') complaints.push(`the console says: ${message.text()}`);
  });
  page.on('request', request => {
    const address = new URL(request.url());
    if (address.protocol.startsWith('http') && address.origin !== new URL(url).origin)
      complaints.push(`asked outside: ${address}`);
  });
  await page.goto(url);
  return { page, complaints };
}

export const desktop: BrowserContextOptions = { viewport: { width: 1440, height: 900 } };
export const phone: BrowserContextOptions = {
  viewport: { width: 390, height: 844 },
  deviceScaleFactor: 2,
  isMobile: true,
  hasTouch: true,
};

/** The chat of one person, by the hooks of the page. */
export class ChatPage {
  readonly page: Page;
  readonly chat: Locator;
  readonly #personId: number;

  constructor(page: Page, personId: number) {
    this.page = page;
    this.#personId = personId;
    this.chat = page.getByTestId(`chat-${personId}`);
  }

  async open(): Promise<void> {
    await this.page.getByTestId(`person-${this.#personId}`).click();
    await this.chat.waitFor();
  }

  message(text: string | RegExp): Locator {
    return this.chat.getByTestId('message').filter({ hasText: text }).last();
  }

  /** Resolves when the bot has said so. */
  async hears(text: string | RegExp): Promise<Locator> {
    const message = this.message(text);
    await message.waitFor();
    return message;
  }

  press = (label: string | RegExp): Promise<void> =>
    this.chat.getByTestId('inline-button').filter({ hasText: label }).last().click();
  key = (label: string): Promise<void> => this.chat.getByTestId('reply-key').filter({ hasText: label }).click();

  async start(): Promise<void> {
    await this.chat.getByTestId('start').click();
    await this.hears('Добро пожаловать');
  }

  async says(text: string): Promise<void> {
    await this.chat.getByTestId('composer').fill(text);
    await this.chat.getByTestId('send').click();
  }

  /** Photos from the disk; several are an album. */
  async sendsPhotos(photos: readonly Buffer[], caption = ''): Promise<void> {
    const files = photos.map((buffer, n) => ({ name: `photo-${n}.jpg`, mimeType: 'image/jpeg', buffer }));
    await this.chat.getByTestId('file-input').setInputFiles(files);
    if (caption) await this.page.getByTestId('caption').fill(caption);
    await this.page.getByTestId('send-photos').click();
  }
}

/**
 * For whoever wants to see: into `SCREENSHOTS`, in a palette, which is enough for a README; otherwise out of the way, as it is.
 */
export async function picture(page: Page, name: string): Promise<void> {
  const wanted = process.env['SCREENSHOTS'];
  const folder = join(project, wanted ?? 'dist/screenshots');
  mkdirSync(folder, { recursive: true });
  const path = join(folder, `${name}.png`);
  if (wanted)
    await sharp(await page.screenshot())
      .png({ palette: true, quality: 90 })
      .toFile(path);
  else await page.screenshot({ path });
}
