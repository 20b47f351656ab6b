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

export async function createCertificateAuthority(folder: string): Promise<CertificateAuthority> {
  const make = async (
    name: string,
    subject: string,
    extensions: readonly string[],
    signer: readonly string[] = [],
  ): Promise<Certificate> => {
    const [certFile, keyFile] = [join(folder, `${name}.crt`), join(folder, `${name}.key`)];
    await runOk('openssl', [
      ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'],
      ...['-days', '30', '-subj', subject, '-keyout', keyFile, '-out', certFile, ...signer],
      ...extensions.flatMap((extension) => ['-addext', extension]),
    ]);
    return { certFile, keyFile };
  };
  const ca = await make('ca', '/CN=lab authority', ['keyUsage=critical,keyCertSign,cRLSign']);
  return {
    caFile: ca.certFile,
    issue: ({ name, organization, hosts = [] }) => {
      const names = hosts.map((host) => `${isIP(host) === 0 ? 'DNS' : 'IP'}:${host}`);
      return make(
        name,
        `${organization === undefined ? '' : `/O=${organization}`}/CN=${name}`,
        [
          ...['basicConstraints=critical,CA:FALSE', 'extendedKeyUsage=serverAuth,clientAuth'],
          ...(names.length === 0 ? [] : [`subjectAltName=${names.join(',')}`]),
        ],
        ['-CA', ca.certFile, '-CAkey', ca.keyFile],
      );
    },
  };
}
