/** A headless Chromium driven over its debugging pipe: no package, no port, no network. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';

const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--hide-scrollbars',
  '--remote-debugging-pipe',
];
const CALL_TIMEOUT_MS = 30_000;

/** Path of a browser, or null: tests that need one are skipped with that reason. */
export function findChromium(): string | null {
  return process.env.CHROMIUM ?? PLACES.find((path) => existsSync(path)) ?? null;
}

type Params = Record<string, unknown>;
interface Message {
  id?: number;
  method?: string;
  sessionId?: string;
  params?: Params;
  result?: Params;
  error?: { message: string };
}

export class Chromium {
  private readonly child: ChildProcess;
  private readonly profile: string;
  private readonly waiting = new Map<number, { resolve: (r: Params) => void; reject: (e: Error) => void }>();
  private readonly listeners = new Set<(message: Message) => void>();
  private lastId = 0;
  private buffer = '';

  constructor(path: string) {
    this.profile = mkdtempSync(join(tmpdir(), 'infersweep-chromium-'));
    const stdio = ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'] as const;
    this.child = spawn(path, [...FLAGS, `--user-data-dir=${this.profile}`, 'about:blank'], { stdio: [...stdio] });
    const output = this.child.stdio[4] as Readable;
    output.setEncoding('utf8');
    output.on('data', (chunk: string) => this.read(chunk));
    this.child.on('exit', () => {
      for (const { reject } of this.waiting.values()) reject(new Error('chromium ended'));
    });
  }

  call(method: string, params: Params = {}, sessionId?: string): Promise<Params> {
    const id = ++this.lastId;
    const answer = new Promise<Params>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`${method} got no answer`)), CALL_TIMEOUT_MS);
      const settle =
        <T>(f: (value: T) => void) =>
        (value: T) => {
          clearTimeout(timer);
          this.waiting.delete(id);
          f(value);
        };
      this.waiting.set(id, { resolve: settle(resolve), reject: settle(reject) });
    });
    (this.child.stdio[3] as Writable).write(`${JSON.stringify({ id, method, params, sessionId })}\0`);
    return answer;
  }

  on(listener: (message: Message) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Opens a page that is watched from its first request on. */
  async open(url: string, device: { width: number; height: number; mobile: boolean; dark?: boolean }): Promise<Page> {
    const { targetId } = await this.call('Target.createTarget', { url: 'about:blank' });
    const { sessionId } = await this.call('Target.attachToTarget', { targetId, flatten: true });
    const page = new Page(this, sessionId as string);
    await page.start(url, device);
    return page;
  }

  async close(): Promise<void> {
    const ended = new Promise((resolve) => this.child.once('exit', resolve));
    await this.call('Browser.close').catch(() => this.child.kill('SIGKILL'));
    await ended;
    rmSync(this.profile, { recursive: true, force: true, maxRetries: 5 });
  }

  /** Messages end with a zero byte. */
  private read(chunk: string): void {
    const parts = (this.buffer + chunk).split('\0');
    this.buffer = parts.pop()!;
    for (const part of parts) {
      const message = JSON.parse(part) as Message;
      const asked = message.id === undefined ? undefined : this.waiting.get(message.id);
      if (asked === undefined) for (const listener of this.listeners) listener(message);
      else if (message.error) asked.reject(new Error(message.error.message));
      else asked.resolve(message.result ?? {});
    }
  }
}

export class Page {
  /** Errors and warnings of the console, uncaught exceptions, refused content. */
  readonly complaints: string[] = [];
  readonly requests: string[] = [];
  private readonly browser: Chromium;
  private readonly session: string;

  constructor(browser: Chromium, session: string) {
    this.browser = browser;
    this.session = session;
  }

  async start(url: string, device: { width: number; height: number; mobile: boolean; dark?: boolean }): Promise<void> {
    const call = (method: string, params: Params = {}) => this.browser.call(method, params, this.session);
    for (const domain of ['Page', 'Runtime', 'Log', 'Network']) await call(`${domain}.enable`);
    // A tab of a browser loses the focus while another is activated, and with it `:focus`: each page has it all the time.
    await call('Emulation.setFocusEmulationEnabled', { enabled: true });
    await call('Network.emulateNetworkConditions', {
      offline: true,
      latency: 0,
      downloadThroughput: -1,
      uploadThroughput: -1,
    });
    const { width, height, mobile } = device;
    await call('Emulation.setDeviceMetricsOverride', { width, height, mobile, deviceScaleFactor: mobile ? 2 : 1 });
    await call('Emulation.setEmulatedMedia', {
      features: [{ name: 'prefers-color-scheme', value: device.dark ? 'dark' : 'light' }],
    });
    const loaded = new Promise<void>((resolve) => {
      this.browser.on((message) => {
        if (message.sessionId === this.session) this.hear(message, resolve);
      });
    });
    await call('Page.navigate', { url });
    await loaded;
  }

  /** As paper sees it, or the screen again. */
  async emulate(media: 'print' | 'screen', dark: boolean): Promise<void> {
    const features = [{ name: 'prefers-color-scheme', value: dark ? 'dark' : 'light' }];
    await this.browser.call('Emulation.setEmulatedMedia', { media, features }, this.session);
  }

  async pressTab(): Promise<void> {
    for (const type of ['keyDown', 'keyUp'])
      await this.browser.call(
        'Input.dispatchKeyEvent',
        { type, key: 'Tab', code: 'Tab', windowsVirtualKeyCode: 9 },
        this.session,
      );
  }

  /** Value of an expression, as JSON. */
  async evaluate<T>(expression: string): Promise<T> {
    const { result, exceptionDetails } = (await this.browser.call(
      'Runtime.evaluate',
      { expression, returnByValue: true },
      this.session,
    )) as { result: { value: T }; exceptionDetails?: { text: string } };
    if (exceptionDetails) throw new Error(exceptionDetails.text);
    return result.value;
  }

  /** The whole page as PNG. */
  async screenshot(): Promise<Buffer> {
    const params = { format: 'png', captureBeyondViewport: true };
    const { data } = await this.browser.call('Page.captureScreenshot', params, this.session);
    return Buffer.from(data as string, 'base64');
  }

  private hear({ method, params }: Message, loaded: () => void): void {
    if (method === 'Page.loadEventFired') loaded();
    if (method === 'Runtime.consoleAPICalled' || method === 'Runtime.exceptionThrown')
      this.complaints.push(JSON.stringify(params));
    if (method === 'Log.entryAdded') this.complaints.push(JSON.stringify(params));
    if (method === 'Network.requestWillBeSent')
      this.requests.push((params as { request: { url: string } }).request.url);
  }
}
