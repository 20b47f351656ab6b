import { Record as CloudflareRecord } from '@cdktf/provider-cloudflare/lib/record';
import { Construct } from 'constructs';
import { atAddress, movedToAddress } from './address';

/** How the public reaches a host: through Cloudflare's tunnel, or at the line's own addresses. */
export type PublicDns =
  | { readonly type: 'proxied'; readonly tunnelId: string }
  | { readonly type: 'non-proxied'; readonly ipv4: string; readonly ipv6: string };

export interface DnsRecordsProps {
  /** Name below the zone; `@` for the zone itself. */
  readonly name: string;
  readonly zoneId: string;
  readonly dns: PublicDns;
  /** Terraform names are `<prefix>a`, `<prefix>aaaa` or `<prefix>cname`. */
  readonly addressPrefix: string;
  /** Address prefix in the existing state, to which `a[0]` and so on are appended. */
  readonly movedFromPrefix?: string;
}

/** The Cloudflare records of one host. They take over a record of the same name instead of failing on it. */
export class DnsRecords extends Construct {
  constructor(scope: Construct, id: string, props: DnsRecordsProps) {
    super(scope, id);
    for (const { type, content, proxied } of recordsOf(props.dns)) {
      const suffix = type.toLowerCase();
      const record = new CloudflareRecord(this, type, {
        zoneId: props.zoneId,
        name: props.name,
        type,
        content,
        proxied,
        ttl: 1,
        allowOverwrite: true,
      });
      const address = `${props.addressPrefix}${suffix}`;
      if (props.movedFromPrefix === undefined) atAddress(record, address);
      else movedToAddress(record, address, `${props.movedFromPrefix}${suffix}[0]`);
    }
  }
}

function recordsOf(dns: PublicDns): { type: string; content: string; proxied: boolean }[] {
  switch (dns.type) {
    case 'proxied':
      return [{ type: 'CNAME', content: `${dns.tunnelId}.cfargotunnel.com`, proxied: true }];
    case 'non-proxied':
      return [
        { type: 'A', content: dns.ipv4, proxied: false },
        { type: 'AAAA', content: dns.ipv6, proxied: false },
      ];
  }
}
