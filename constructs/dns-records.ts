import { Record as CloudflareRecord } from '@cdktf/provider-cloudflare/lib/record';
import { Construct } from 'constructs';
import { movedToAddress } from './address';

export interface DnsRecordsProps {
  /** Name below the zone; `@` for the zone itself. */
  readonly name: string;
  readonly zoneId: string;
  /** The line's own addresses. */
  readonly ipv4: string;
  readonly ipv6: string;
  /** Terraform names are `<prefix>a` and `<prefix>aaaa`. */
  readonly addressPrefix: string;
  /** Address prefix in the existing state, to which `a[0]` and so on are appended. */
  readonly movedFromPrefix: string;
}

/** The Cloudflare records of one host. They take over a record of the same name instead of failing on it. */
export class DnsRecords extends Construct {
  constructor(scope: Construct, id: string, props: DnsRecordsProps) {
    super(scope, id);
    for (const [type, content] of Object.entries({ A: props.ipv4, AAAA: props.ipv6 })) {
      const suffix = type.toLowerCase();
      const record = new CloudflareRecord(this, type, {
        zoneId: props.zoneId,
        name: props.name,
        type,
        content,
        proxied: false,
        ttl: 1,
        allowOverwrite: true,
      });
      movedToAddress(record, `${props.addressPrefix}${suffix}`, `${props.movedFromPrefix}${suffix}[0]`);
    }
  }
}
