import { asksForLogin } from '../derived/registries';
import type { Rule } from './rule';

/** A credential travels encrypted: containerd sends what it has for a host to whatever a hosts.toml names. */
export const credentialPath: Rule = (estate) =>
  estate.pullThroughCaches
    .filter(({ upstream }) => asksForLogin(estate, upstream))
    .map(
      ({ name, upstream, port }) =>
        `estate.pullThroughCaches["${name}"]: serves a registry that asks for credentials over plain http, got upstream "${upstream}" on port ${port}; let nodes pull from it directly`,
    );
