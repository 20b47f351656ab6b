import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { join } from 'node:path';
import { runOk } from '../../terminal/run';

/** A key and its certificate, as PEM files. */
export interface Certificate {
  readonly certFile: string;
  readonly keyFile: string;
}

export interface CertificateProps {
  readonly name: string;
  /** The subject's organization, which Kubernetes reads as a group. @default none */
  readonly organization?: string;
  /** DNS names and IP addresses that a server is reached by. @default [] */
  readonly hosts?: readonly string[];
}

/** A private certificate authority in a folder; nothing outside the lab trusts it. */
export interface CertificateAuthority {
  readonly caFile: string;
  issue(props: CertificateProps): Promise<Certificate>;
}

const days = '30';
const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];

export async function createCertificateAuthority(folder: string): Promise<CertificateAuthority> {
  const caFile = join(folder, 'ca.crt');
  const caKey = join(folder, 'ca.key');
  await runOk('openssl', [
    ...[
      'req',
      '-x509',
      ...newKey,
      '-keyout',
      caKey,
      '-out',
      caFile,
      '-days',
      days,
      '-subj',
      '/CN=lab authority',
    ],
    ...['-addext', 'keyUsage=critical,keyCertSign,cRLSign'],
  ]);

  const issue = async ({ name, organization, hosts = [] }: CertificateProps): Promise<Certificate> => {
    const [certFile, keyFile, request, extensions] = ['crt', 'key', 'csr', 'ext'].map((ending) =>
      join(folder, `${name}.${ending}`),
    ) as [string, string, string, string];
    const subject = `${organization === undefined ? '' : `/O=${organization}`}/CN=${name}`;
    const names = hosts.map((host) => `${isIP(host) === 0 ? 'DNS' : 'IP'}:${host}`);
    const lines = [
      'basicConstraints=critical,CA:FALSE',
      'extendedKeyUsage=serverAuth,clientAuth',
      ...(names.length === 0 ? [] : [`subjectAltName=${names.join(',')}`]),
    ];
    writeFileSync(extensions, lines.join('\n'));
    await runOk('openssl', ['req', ...newKey, '-keyout', keyFile, '-out', request, '-subj', subject]);
    await runOk('openssl', [
      ...['x509', '-req', '-in', request, '-CA', caFile, '-CAkey', caKey, '-days', days],
      ...['-set_serial', `0x${randomBytes(8).toString('hex')}`, '-extfile', extensions, '-out', certFile],
    ]);
    return { certFile, keyFile };
  };
  return { caFile, issue };
}
