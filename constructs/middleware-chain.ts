/** Middlewares that live in the `traefik` namespace and that many ingresses share. */
export type SharedMiddleware =
  | 'retry'
  | 'error-pages'
  | 'rate-limit'
  | 'csp-headers'
  | 'crowdsec'
  | 'ai-bot-block'
  | 'anti-ai-headers'
  | 'authentik-forward-auth'
  | 'authentik-forward-auth-public'
  | 'local-only';

/** Who lets a visitor in. There is no default: 64 callers of the predecessor were open by silence (2026-05-10). */
export type Auth = 'required' | 'public' | 'app' | 'none';

/** A Middleware of this project, as an object: a dangling reference makes Traefik drop the whole router. */
export interface MiddlewareReference {
  /** `<namespace>-<name>@kubernetescrd` */
  readonly reference: string;
}

export interface MiddlewareChainProps {
  readonly auth: Auth;
  readonly antiAiScraping: boolean;
  readonly localOnly: boolean;
  /** Shared middlewares this router must not pass through. */
  readonly bypasses: readonly SharedMiddleware[];
  /** Replaces the shared `csp-headers`. */
  readonly contentSecurityPolicy: MiddlewareReference | undefined;
  /** In order, after the shared ones. */
  readonly own: readonly MiddlewareReference[];
}

/** The value of `traefik.ingress.kubernetes.io/router.middlewares`, outermost first. */
export function middlewareChain(props: MiddlewareChainProps): string {
  const shared: SharedMiddleware[] = [
    'retry',
    'error-pages',
    'rate-limit',
    ...(props.contentSecurityPolicy === undefined ? (['csp-headers'] as const) : []),
    'crowdsec',
    ...(props.antiAiScraping ? (['ai-bot-block', 'anti-ai-headers'] as const) : []),
    ...authMiddlewares[props.auth],
    ...(props.localOnly ? (['local-only'] as const) : []),
  ];
  const references = [
    ...shared.filter((name) => !props.bypasses.includes(name)).map((name) => `traefik-${name}@kubernetescrd`),
    ...(props.contentSecurityPolicy === undefined ? [] : [props.contentSecurityPolicy.reference]),
    ...props.own.map(({ reference }) => reference),
  ];
  return [...new Set(references)].join(',');
}

const authMiddlewares: Record<Auth, readonly SharedMiddleware[]> = {
  required: ['authentik-forward-auth'],
  public: ['authentik-forward-auth-public'],
  app: [],
  none: [],
};
