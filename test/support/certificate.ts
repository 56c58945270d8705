/** A certificate for localhost and 127.0.0.1, made where it is needed and trusted by nobody else. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Certificate {
  key: Buffer;
  cert: Buffer;
  /** For NODE_EXTRA_CA_CERTS. */
  certPath: string;
  remove(): void;
}

/** null where there is no openssl. */
export function makeCertificate(): Certificate | null {
  const folder = mkdtempSync(join(tmpdir(), 'tls-'));
  const [keyPath, certPath] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'];
  const options = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-keyout', keyPath, '-out', certPath];
  try {
    execFileSync('openssl', [...options, ...subject], { stdio: 'ignore' });
  } catch {
    rmSync(folder, { recursive: true });
    return null;
  }
  const remove = () => rmSync(folder, { recursive: true, force: true });
  return { key: readFileSync(keyPath), cert: readFileSync(certPath), certPath, remove };
}
